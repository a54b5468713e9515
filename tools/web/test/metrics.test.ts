import assert from "node:assert/strict";
import { test } from "node:test";
import { between, increase, increases, observations, quantile } from "../src/console/difference";
import { parseMetrics, type Histogram } from "../src/console/metrics";
import { pointOf } from "../src/console/monitor";
import { lookAt, lookOf, readingOf, type Overview } from "../src/console/reading";

const text = `# HELP http_requests_total Answered requests.
# TYPE http_requests_total counter
http_requests_total{method="GET",endpoint="/api/v1/rooms",status="200"} 7
http_requests_total{method="POST",endpoint="/api/v1/rooms/{room}/events",status="503"} 2 1796017996000
ready 1
process_start_time_seconds 1.7960179966065593e+09
memory_usage_bytes{part="live"} 8561
memory_limit_bytes{part="live"} 10000
odd_total{name="a\\"b\\\\c\\nd,e=\\"}\\"",other=""} 3
seconds_bucket{kind="a",le="0.1"} 1
seconds_bucket{kind="a",le="+Inf"} 4
seconds_bucket{kind="b",le="0.1"} 2
seconds_bucket{kind="b",le="+Inf"} 2
seconds_sum{kind="a"} 5
seconds_sum{kind="b"} 0.5
not a line
nonsense{ 4
broken NaN
`;

test("the text of /metrics becomes samples by name, and what is no sample is left out", () => {
  const scrape = parseMetrics(text, 1000);
  assert.equal(scrape.value("http_requests_total"), 9);
  assert.equal(scrape.value("http_requests_total", { method: "GET" }), 7);
  assert.equal(scrape.value("http_requests_total", { method: "PUT" }), null);
  assert.equal(scrape.value("absent"), null);
  assert.equal(scrape.value("broken"), null);
  assert.deepEqual(scrape.by("http_requests_total", "status"), { "200": 7, "503": 2 });
  assert.deepEqual(scrape.samples("odd_total"), [{ labels: { name: 'a"b\\c\nd,e="}"', other: "" }, value: 3 }]);
});

test("series of one histogram are added, and bounds are in order", () => {
  const scrape = parseMetrics(text, 1000);
  assert.deepEqual(scrape.histogram("seconds"), { bounds: [0.1, Infinity], counts: [3, 6], sum: 5.5 });
  assert.deepEqual(scrape.histogram("seconds", { kind: "b" }), { bounds: [0.1, Infinity], counts: [2, 2], sum: 0.5 });
  assert.equal(scrape.histogram("absent"), null);
});

test("a reading holds what the server says, and nothing where it says nothing", () => {
  const reading = readingOf(parseMetrics(text, 1000));
  assert.equal(reading.ready, true);
  assert.equal(reading.failures, 2);
  assert.equal(reading.requests, 9);
  assert.deepEqual(reading.memory, { live: { used: 8561, limit: 10000 } });
  assert.deepEqual([reading.disk, reading.connections, reading.warmUp, reading.rooms], [null, null, null, null]);
});

test("counters that begin again have grown from zero", () => {
  assert.equal(increase(3, 10), 7);
  assert.equal(increase(10, 3), 3);
  assert.equal(increase(null, 4), 4);
  assert.equal(increase(4, null), 0);
  assert.deepEqual(increases({ a: 1, b: 2 }, { a: 1, b: 5, c: 2 }), [
    ["b", 3],
    ["c", 2],
  ]);
});

const histogram = (...counts: number[]): Histogram => ({ bounds: [1, 2, 4, Infinity], counts, sum: 0 });

test("quantiles are of what was observed between two looks", () => {
  const seen = between(histogram(10, 10, 10, 10), histogram(10, 20, 20, 20));
  assert.deepEqual(seen.counts, [0, 10, 10, 10]);
  assert.equal(observations(seen), 10);
  assert.equal(quantile(seen, 0.5), 1.5);
  assert.equal(quantile(seen, 1), 2);
  assert.equal(quantile(histogram(10, 20, 20, 20), 0.5), 1);
});

test("nothing observed has no quantile, and the last bucket has no upper end", () => {
  assert.equal(quantile(between(histogram(1, 2, 3, 4), histogram(1, 2, 3, 4)), 0.99), null);
  assert.equal(quantile(histogram(0, 0, 0, 5), 0.5), 4);
});

test("a histogram that shrank, or has other bounds, is another process's", () => {
  assert.deepEqual(between(histogram(5, 5, 5, 5), histogram(1, 2, 3, 4)).counts, [1, 2, 3, 4]);
  assert.deepEqual(between({ bounds: [Infinity], counts: [1], sum: 0 }, histogram(1, 2, 3, 4)).counts, [1, 2, 3, 4]);
  assert.deepEqual(between(null, histogram(1, 2, 3, 4)).counts, [1, 2, 3, 4]);
});

test("a point of the plots: rates since the look before, latencies of what came since an older one", () => {
  const at = (atMs: number, requests: number, fast: number, all: number) =>
    parseMetrics(
      `http_requests_total{status="200"} ${requests}
deliveries_total ${requests * 10}
websocket_connections_active 3
http_request_duration_seconds_bucket{le="0.1"} ${fast}
http_request_duration_seconds_bucket{le="0.2"} ${all}
http_request_duration_seconds_bucket{le="+Inf"} ${all}`,
      atMs,
    );
  const first = at(1_000, 10, 10, 10);
  const second = at(3_000, 30, 10, 30);
  const point = pointOf(readingOf(first), lookAt(first), lookAt(second));
  assert.equal(point.atS, 3);
  assert.equal(point.requests, 10);
  assert.equal(point.deliveries, 100);
  assert.equal(point.connections, 3);
  assert.ok(Math.abs((point.requestP95Ms ?? 0) - 195) < 1e-9);
  assert.equal(point.commitP99Ms, null);
  const alone = pointOf(null, null, lookAt(first));
  assert.deepEqual([alone.requests, alone.deliveries, alone.requestP95Ms], [null, null, null]);
});

test("what the server tells by itself is read like /metrics", () => {
  const told: Overview = {
    time: "2026-11-30T09:00:03.000Z",
    started_at: "2026-11-30T09:00:00.000Z",
    ready: true,
    resident_bytes: 5,
    warm_up: { rooms: 2, rooms_done: 1, over: false },
    connections: 3,
    rooms: 4,
    requests: 30,
    requests_failed: 1,
    deliveries: 300,
    slow_clients: 0,
    slow_clients_disconnected: 0,
    queued_bytes: 0,
    restarts: { rooms: 1 },
    crashes: {},
    refused: {},
    limits: {},
    quarantine: { set_aside: 1, lost: 0 },
    last_error_line: 9,
    memory: { live: { used: 1, limit: 2 } },
    request_durations: { up_to_ns: [100_000_000, 200_000_000], counts: [0, 20], total: 20 },
  };
  const second = lookOf(told);
  assert.equal(second.reading.startedMs, Date.parse(told.started_at));
  assert.deepEqual(second.reading.warmUp, { rooms: 2, done: 1, over: false });
  assert.equal(second.reading.disk, null);
  assert.equal(second.commits, null);
  const first = lookOf({
    ...told,
    time: "2026-11-30T09:00:01.000Z",
    requests: 10,
    deliveries: 100,
    request_durations: { ...told.request_durations, counts: [0, 0], total: 0 },
  });
  const point = pointOf(first.reading, first, second);
  assert.deepEqual([point.requests, point.deliveries, point.connections], [10, 100, 3]);
  assert.ok(Math.abs((point.requestP95Ms ?? 0) - 195) < 1e-9);
});
