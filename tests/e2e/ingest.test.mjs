// Streams of changes, application/x-ndjson: however long, in bounded memory, with an answer by which a loader goes on.
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { Readable } from "node:stream";
import { after, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { apiKey, keyOf } from "./support/credentials.mjs";
import { hitsOf } from "./support/engine_view.mjs";
import { call, entityPath, eventsPath, RawConnection, readHistory, roomPath } from "./support/http.mjs";
import { memoryOf } from "./support/process_view.mjs";
import { until } from "./support/until.mjs";

const config = `
[limits]
http_body_bytes_max = 100_000
document_bytes_max = 50_000
ingest_line_bytes_max = 2_000
ingest_errors_max = 3
ingests_max = 4
[memory]
budget = "128MiB"
[test]
faults = true
[[namespace]]
name = "wal"
durability = "wal"
history_size = 1_000_000
${apiKey("some", ["publish"], ["mine:*"])}
`;

let server;

before(async () => {
  server = await Server.start({ config });
});

after(async () => {
  await server?.dispose();
});

const ndjson = { "Content-Type": "application/x-ndjson" };
const line = (value) => `${JSON.stringify(value)}\n`;

// Sends a body that is made while it goes out: what the client's own socket does not take holds back the making. `sent` counts.
async function ingest(to, target, pieces, { headers = {}, sent = {} } = {}) {
  const request = http.request(to.url + target, { method: "POST", headers: { ...ndjson, ...headers } });
  const answered = once(request, "response");
  answered.catch(() => {});
  request.on("error", () => {});
  try {
    for await (const piece of pieces) {
      sent.pieces = (sent.pieces ?? 0) + 1;
      if (!request.write(piece)) await Promise.race([once(request, "drain"), answered]);
      if (request.res || request.destroyed) break;
    }
  } finally {
    request.end();
  }
  const [response] = await answered;
  let text = "";
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode, headers: response.headers, body: JSON.parse(text) };
}

function* counted(count, make) {
  let piece = "";
  for (let n = 1; n <= count; n += 1) {
    piece += line(make(n));
    if (piece.length > 60_000) {
      yield piece;
      piece = "";
    }
  }
  yield piece;
}

test("lines become changes, in order, whatever the pieces; the answer says what became of them", async () => {
  const text = line({ key: "a", data: { n: 1 } }) + "\r\n" + line({ data: 2 }) + JSON.stringify({ key: "a", op: "increment", data: { n: 5 } });
  for (const [room, size] of [["cut:whole", text.length], ["cut:7", 7], ["cut:1", 1]]) {
    const pieces = Readable.from(text.match(new RegExp(`[^]{1,${size}}`, "g")));
    const { status, body } = await ingest(server, eventsPath(room), pieces);
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual(body, { lines: 4, applied: 3, refused: 0, acknowledged: 4, room, epoch: body.epoch, offset: 3, errors: [] });
    assert.deepEqual((await call(server, "GET", entityPath(room, "a"))).body.data, { n: 6 });
  }
  const empty = await ingest(server, eventsPath("cut:none"), []);
  assert.deepEqual(empty.body, { lines: 0, applied: 0, refused: 0, acknowledged: 0, errors: [] });
});

test("a body with its length, and one after the other on a connection", async () => {
  const body = line({ data: 1 });
  for (const offset of [1, 2, 3]) {
    const answer = await call(server, "POST", eventsPath("length:1"), { body, headers: ndjson });
    assert.equal(answer.status, 200);
    assert.equal(answer.body.offset, offset);
  }
  const raw = await RawConnection.open(server.port);
  const head = `POST ${eventsPath("length:1")} HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\nContent-Length: ${body.length}\r\n`;
  raw.send(`${head}\r\n${body}GET /livez HTTP/1.1\r\nHost: a\r\n\r\n`);
  assert.equal(JSON.parse((await raw.answer()).body).offset, 4);
  assert.equal((await raw.answer()).body, "ok\n");
  raw.send(`${head}Expect: 100-continue\r\n\r\n`);
  assert.equal((await raw.answer()).status, 100);
  raw.send(body);
  assert.equal(JSON.parse((await raw.answer()).body).offset, 5);
  raw.close();
});

test("bad lines are named, the first ones; all others are applied", async () => {
  const lines = [
    line({ key: "a", data: 1 }),
    "{broken\n",
    line({ key: "b", data: 1, if_version: 4 }),
    line({ spoil: 1 }),
    line({ key: "c", data: "x".repeat(3_000) }),
    line({ key: "d", data: 1 }),
  ];
  const { status, body } = await ingest(server, eventsPath("bad:1"), lines);
  assert.equal(status, 200);
  assert.deepEqual([body.lines, body.applied, body.refused, body.acknowledged], [6, 2, 4, 6]);
  assert.equal(body.errors.length, 3, "ingest_errors_max");
  const named = new Map(body.errors.map((each) => [each.line, each.type]));
  assert.equal(named.get(2), "/problems/bad-request");
  for (const number of named.keys()) assert.ok([2, 3, 4, 5].includes(number));
  assert.equal((await call(server, "GET", entityPath("bad:1", "d"))).status, 200);
  const long = await ingest(server, eventsPath("bad:2"), [line({ data: "y".repeat(500_000) }), line({ data: 2 })]);
  assert.deepEqual(long.body.errors.map((each) => [each.line, each.status]), [[1, 413]]);
  assert.equal(long.body.applied, 1);
});

test("lines that name their rooms; those of others are refused line by line, and 403 if there are only such", async () => {
  const { body } = await ingest(server, "/api/v1/ingest", [line({ room: "mine:a", data: 1 }) + line({ room: "mine:b", data: 1 }) + line({ data: 1 })]);
  assert.deepEqual([body.applied, body.errors[0].line, body.epoch], [2, 3, undefined]);
  const guarded = await Server.start({ dev: false, config });
  try {
    const headers = { "X-API-Key": keyOf("some") };
    const both = [line({ room: "mine:a", data: 1 }), line({ room: "theirs", data: 1 })];
    const mixed = await ingest(guarded, "/api/v1/ingest", both, { headers });
    assert.equal(mixed.status, 200);
    assert.deepEqual(mixed.body.errors.map((each) => [each.line, each.status]), [[2, 403]]);
    assert.equal((await ingest(guarded, "/api/v1/ingest", both.slice(1), { headers })).status, 403);
    assert.equal((await ingest(guarded, eventsPath("theirs"), [line({ data: 1 })], { headers })).status, 403);
    assert.equal((await ingest(guarded, "/api/v1/ingest", both)).status, 401);
  } finally {
    await guarded.dispose();
  }
});

test("200,000 lines, many times what a body may have, in bounded memory", async () => {
  const room = "wal:bulk";
  await ingest(server, eventsPath(room), counted(20_000, (n) => ({ key: `k${n % 500}`, data: { n, text: "t".repeat(100) } })));
  const before = memoryOf(server);
  let peak = 0;
  const watch = setInterval(() => (peak = Math.max(peak, memoryOf(server))), 50);
  const { status, body } = await ingest(server, eventsPath(room), counted(200_000, (n) => ({ key: `k${n % 500}`, data: { n, text: "t".repeat(100) } })));
  clearInterval(watch);
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual([body.lines, body.applied, body.refused, body.acknowledged, body.offset], [200_000, 200_000, 0, 200_000, 220_000]);
  assert.equal((await call(server, "GET", entityPath(room, "k0"))).body.data.n, 200_000);
  const mib = (peak - before) / 2 ** 20;
  // The database has its budget; the stream was 30 MiB, and as changes on their way it would be several times that.
  assert.ok(peak > 0 && mib < 150, `${mib} MiB more`);
});

test("kill -9 in the middle: sent again with its ids, every line is applied once", async () => {
  const room = "wal:crash";
  const total = 20_000;
  const make = (n) => ({ key: `k${n % 10}`, op: "increment", data: { n: 1 }, idempotency_key: `line-${n}` });
  const sent = {};
  const first = ingest(server, eventsPath(room), counted(total * 10, make), { sent }).catch(() => null);
  await until("a part to be applied", async () => ((await call(server, "GET", roomPath(room))).body.offset ?? 0) > 2_000);
  await server.kill();
  assert.equal(await first, null, "there is no answer");
  await server.restart();
  const { offset } = (await call(server, "GET", roomPath(room))).body;
  assert.ok(offset > 2_000 && offset < total * 10);
  const { status, body } = await ingest(server, eventsPath(room), counted(Math.max(total, offset), make));
  assert.equal(status, 200, JSON.stringify(body));
  const again = Math.max(total, offset);
  assert.equal(body.applied, again);
  let sum = 0;
  for (let k = 0; k < 10; k += 1) sum += (await call(server, "GET", entityPath(room, `k${k}`))).body.data.n;
  assert.equal(sum, again);
  assert.equal((await call(server, "GET", roomPath(room))).body.offset, again);
});

test("who stalls is answered 408 with what was applied, and goes on behind it", async () => {
  const other = await Server.start({ config: "[limits]\nhttp_idle_timeout_s = 1\n" });
  const raw = await RawConnection.open(other.port);
  const some = line({ data: 1 }) + line({ data: 2 }) + '{"data": ';
  raw.send(`POST ${eventsPath("stall:1")} HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\nContent-Length: 1000000\r\n\r\n${some}`);
  const { status, headers, body } = await raw.answer();
  assert.equal(status, 408);
  assert.match(headers.get("content-type"), /^application\/problem\+json/);
  const { lines, applied, acknowledged } = JSON.parse(body);
  assert.deepEqual([lines, applied, acknowledged], [2, 2, 2]);
  await raw.ended();
  assert.equal((await readHistory(other, "stall:1")).rows.length, 2);
  await other.dispose();
});

test("the end of a connection in the middle of a line applies the lines before, and nothing of it", async () => {
  const socket = net.connect(server.port, "127.0.0.1");
  socket.write(`POST ${eventsPath("gone:1")} HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\nContent-Length: 1000\r\n\r\n`);
  socket.write(line({ data: 1 }) + '{"data":2}');
  await until("the first line", async () => (await call(server, "GET", roomPath("gone:1"))).status === 200);
  socket.destroy();
  assert.equal((await ingest(server, eventsPath("gone:1"), [line({ data: 3 })])).body.offset, 2);
});

test("so many streams at a time, and an ended one makes room", async () => {
  const held = [];
  for (let n = 0; n < 4; n += 1) {
    const raw = await RawConnection.open(server.port);
    raw.send(`POST ${eventsPath(`crowd:${n}`)} HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\nContent-Length: 100000\r\n\r\n${line({ data: 1 })}`);
    await until("it has begun", async () => (await call(server, "GET", roomPath(`crowd:${n}`))).status === 200);
    held.push(raw);
  }
  const refused = await ingest(server, eventsPath("crowd:more"), [line({ data: 1 })]);
  assert.equal(refused.status, 429);
  assert.ok(refused.headers["retry-after"]);
  assert.ok((await hitsOf(server, "ingests_max")) > 0);
  held[0].close();
  await until("room for another one", async () => (await ingest(server, eventsPath("crowd:more"), [line({ data: 1 })])).status === 200);
  for (const raw of held) raw.close();
});

test("what is no stream is refused before its body", async () => {
  assert.equal((await call(server, "POST", "/api/v1/ingest", { body: { room: "a", data: 1 } })).status, 415);
  const keyed = await ingest(server, eventsPath("a"), [line({ data: 1 })], { headers: { "Idempotency-Key": '"x"' } });
  assert.equal(keyed.status, 400);
  assert.match(keyed.body.detail, /idempotency_key/);
  assert.equal((await ingest(server, `${eventsPath("a")}?x=1`, [line({ data: 1 })])).status, 400);
  assert.equal((await ingest(server, eventsPath("$sys"), [line({ data: 1 })])).status, 403);
});

test("the death of who takes the lines is answered 503, and the next stream is taken", async () => {
  await server.armFault("ingest", 1);
  assert.equal((await ingest(server, eventsPath("fault:1"), [line({ data: 1 })])).status, 503);
  assert.equal((await ingest(server, eventsPath("fault:1"), [line({ data: 2 })])).status, 200);
});

test("SIGTERM ends a stream with an answer that says how far it came", async () => {
  const other = await Server.start({ config });
  try {
    const raw = await RawConnection.open(other.port);
    raw.send(`POST ${eventsPath("wal:end")} HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\nContent-Length: 100000\r\n\r\n${line({ data: 1 })}`);
    await until("it has begun", async () => (await call(other, "GET", roomPath("wal:end"))).status === 200);
    const stopped = other.stop();
    const { status, body } = await raw.answer();
    assert.equal(status, 503);
    const { applied, acknowledged } = JSON.parse(body);
    assert.deepEqual([applied, acknowledged], [1, 1]);
    assert.equal(await stopped, 0);
  } finally {
    await other.dispose();
  }
});
