// The way of publishes through the actors, as Perfetto opens it: it goes through every actor in order, and the file is one that a reader takes.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { Server } from "../support/server.mjs";
import { ChromeTrace } from "./support/chrome_trace.mjs";
import { call, eventsPath } from "./support/http.mjs";
import { MapWatcher, StreamWatcher, connect, range } from "./support/subscriber.mjs";
import { tidectl } from "./support/tidectl.mjs";
import { until } from "./support/until.mjs";

const config = `
[[namespace]]
name = "wal"
durability = "wal"
[[namespace]]
name = "memory"
durability = "memory"
`;
const secret = "what-nobody-may-see";

async function started(t, options = { config }) {
  const server = await Server.start(options);
  t.after(() => server.dispose());
  return server;
}

// The trace of what `work` does, again and again for as long as it is taken.
async function traced(server, work, query = "seconds=1") {
  let over = false;
  const asked = fetch(`${server.adminUrl}/api/v1/performance/trace?${query}`).finally(() => (over = true));
  for (let n = 1; !over; n += 1) await work(n);
  const response = await asked;
  const text = await response.text();
  assert.equal(response.status, 200, text.slice(0, 500));
  assert.match(response.headers.get("content-type"), /^application\/json/);
  const trace = new ChromeTrace(text);
  trace.verify();
  return trace;
}

// "room:take" and so on, in order; what is the same twice in a row, once.
const stepsOf = ({ slices }) =>
  slices
    .flatMap(({ cat, name }) => name.slice(cat.length + 2).split(", ").map((step) => `${cat}:${step}`))
    .filter((step, n, all) => step !== all[n - 1]);

// The last ones of a trace may not have been answered, or told, when it ended.
const complete = (trace, room) => trace.publishesTo(room).map(stepsOf).filter((steps) => steps.includes("outbox:queue"));

const toJournal = ["directory:send", "room:take", "entity:apply", "room:order", "room:append", "journal:take"];
const writesOf = (steps) => ["journal:write", "writer:write"].filter((step) => steps.includes(step));
const afterwards = ["broadcaster:encode", "broadcaster:take", "outbox:queue"];

// By whom, through the journal by whom it is written, and back.
function assertWay(steps, from, writes) {
  const settled = steps.indexOf("room:settle");
  assert.deepEqual(steps.slice(0, settled), [`${from}:publish`, ...toJournal, ...writes], steps.join(" "));
  const rest = steps.slice(settled + 1);
  assert.deepEqual([...new Set(rest)].sort(), [...afterwards, `${from}:answer`].sort(), steps.join(" "));
  assert.ok(rest.indexOf("broadcaster:take") <= rest.indexOf("broadcaster:encode"), steps.join(" "));
  assert.ok(rest.indexOf("broadcaster:encode") < rest.indexOf("outbox:queue"), steps.join(" "));
}

test("each publish goes through every actor in order, and no payload is in it", async (t) => {
  const server = await started(t);
  const client = connect(server);
  t.after(() => client.disconnect());
  const rooms = ["fsync", "wal:a", "memory:a"];
  for (const room of rooms) {
    const watcher = new MapWatcher(client, room);
    await until("the subscription", () => watcher.syncs.length === 1);
  }
  const publish = (room, n) => call(server, "POST", eventsPath(room), { body: { key: `key-${secret}-${n % 3}`, data: { n, secret } } });
  for (const room of rooms) for (const n of range(1, 3)) await publish(room, n); // the entities are in memory from here on
  const trace = await traced(server, (n) => publish(rooms[n % 3], n));

  const [fsync, wal, memory] = rooms.map((room) => complete(trace, room));
  for (const each of [fsync, wal, memory]) assert.ok(each.length > 3, JSON.stringify(trace.about));
  for (const steps of fsync) assertWay(steps, "gateway", ["writer:write"]);
  // The journal writes at once where nothing has to wait for the disk; else the writer does, or both of them have a part of a batch.
  for (const steps of wal) {
    assert.ok(writesOf(steps).length > 0, steps.join(" "));
    assertWay(steps, "gateway", writesOf(steps));
  }
  for (const steps of memory) assertWay(steps, "gateway", ["journal:write"]);
  assert.ok(trace.slices.some(({ cat, args }) => cat === "room" && args.actor === "room wal:a"));
  assert.ok([...trace.threads.values()].includes("writer") && [...trace.threads.values()].some((name) => /^io-\d/.test(name)));
  assert.ok(!trace.text.includes(secret), "a payload or a key is in the trace");
  const { about } = trace;
  assert.equal(about.sampled, about.publishes);
  assert.deepEqual([about.publishes_dropped, about.slices_dropped, about.passages_dropped, about.sample, about.seconds], [0, 0, 0, 1, 1]);
  const spent = new Map(about.spent.map((each) => [each.what, each]));
  assert.equal(about.spent[0].what, "gateway: publish");
  assert.ok(spent.get("writer: write").handler_p50_us > 0 && about.answered_p99_us >= spent.get("writer: write").handler_p50_us);
});

test("publishes of clients, of streams of changes and without a key, many at a time", async (t) => {
  const server = await started(t);
  const client = connect(server);
  t.after(() => client.disconnect());
  const watcher = new StreamWatcher(client, "wal:b");
  await until("the subscription", () => watcher.subscribed.length === 1);
  const lines = range(1, 50).map((n) => `${JSON.stringify({ data: { n } })}\n`).join("");
  const trace = await traced(server, () =>
    Promise.all([
      client.publish("wal:b", { from: "client" }),
      call(server, "POST", eventsPath("wal:b"), { body: lines, headers: { "Content-Type": "application/x-ndjson" } }),
      ...range(1, 5).map((n) => call(server, "POST", eventsPath("wal:b"), { body: { data: { n } } })),
    ]),
  );
  const ways = complete(trace, "wal:b");
  const path_ = ["directory:send", "room:take", "room:order", "room:append", "journal:take", "room:settle", "outbox:queue"];
  for (const from of ["session", "ingest", "gateway"]) {
    const mine = ways.filter((steps) => steps[0] === `${from}:publish`);
    assert.ok(mine.length > 0, `none of ${from}`);
    for (const steps of mine) {
      const places = path_.map((step) => steps.indexOf(step));
      // In one handler of many publishes, what is done for the others stands among its own.
      assert.ok(places.every((place) => place > 0) && writesOf(steps).length > 0 && !steps.includes("entity:apply"), steps.join(" "));
    }
  }
});

test("one of so many, the next trace begins with nothing, and what a query may say", async (t) => {
  const server = await started(t);
  const publish = (n) => server.publish("sampled", { data: n });
  const { about } = await traced(server, publish, "seconds=1&sample=10");
  assert.ok(about.publishes > 10, JSON.stringify(about));
  assert.equal(about.sampled, Math.ceil(about.publishes / 10));
  const empty = await traced(server, () => setImmediate());
  assert.deepEqual([empty.about.publishes, empty.slices.length], [0, 0]);
  const statusOf = async (query) => (await fetch(`${server.adminUrl}/api/v1/performance/trace?${query}`)).status;
  for (const query of ["seconds=0", "seconds=121", "seconds=x", "sample=0", "sample=1000001", "minutes=1"]) assert.equal(await statusOf(query), 400, query);
  assert.equal((await fetch(`${server.adminUrl}/debug/pprof/profile?sample=3`)).status, 400);
  const first = statusOf("seconds=1");
  await until("one at a time", async () => (await statusOf("seconds=1")) === 409);
  assert.equal(await first, 200);
  const without = await started(t, { config: "[statistics]\nactor_times = false\n" });
  assert.equal((await fetch(`${without.adminUrl}/api/v1/performance/trace?seconds=1`)).status, 409);
});

test("actors that die while they are traced", async (t) => {
  const server = await started(t, { config: `${config}[test]\nfaults = true\n` });
  const kinds = ["room", "entity", "directory", "broadcaster", "gateway", "journal"];
  const trace = await traced(
    server,
    async (n) => {
      if (n <= kinds.length) await server.armFault(kinds[n - 1]);
      await call(server, "POST", eventsPath("wal:c"), { body: { key: "k", data: { n }, idempotency_key: `${n}` } }).catch(() => {});
    },
    "seconds=2",
  );
  assert.ok(trace.about.sampled > kinds.length);
});

test("a server that ends does not wait for a trace", async (t) => {
  const server = await started(t);
  const asked = fetch(`${server.adminUrl}/api/v1/performance/trace?seconds=120`).then(
    ({ status }) => status,
    () => "the connection ended",
  );
  await fetch(`${server.adminUrl}/livez`);
  assert.equal(await server.stop(), 0);
  assert.ok([503, "the connection ended"].includes(await asked));
});

test("tidectl trace writes the file and says where the time went", async (t) => {
  const server = await started(t);
  const file = path.join(server.folder, "trace.json");
  const run = async (...args) => {
    let over = false;
    const running = tidectl(server, ["trace", "--seconds", "1", "--output", file, ...args]).finally(() => (over = true));
    for (let n = 1; !over; n += 1) await server.publish("wal:d", { key: "k", data: { n } });
    return running;
  };
  const done = await run();
  assert.equal(done.status, 0, done.stderr);
  assert.match(done.stdout, /^IN MICROSECONDS +STOPS +WAITED +P99 +HANDLER +P99\ngateway: publish /);
  assert.match(done.stdout, /\nfrom the request to its answer: [\d,]+, p99 [\d,]+\n/);
  assert.match(done.stdout, /trace\.json: [\d,]+ of [\d,]+ publishes; open it at ui\.perfetto\.dev\n$/);
  new ChromeTrace(await readFile(file, "utf8")).verify();
  assert.equal((await tidectl(server, ["trace", "--seconds", "1", "--output", file])).status, 1, "it was there");
  const again = await run("--force", "--json");
  assert.equal(again.status, 0, again.stderr);
  assert.ok(again.json.sampled > 0 && again.json.spent.length > 5);
  const piped = await tidectl(server, ["trace", "--seconds", "1", "--output", "-"]);
  assert.equal(piped.status, 0, piped.stderr);
  assert.deepEqual(JSON.parse(piped.stdout).otherData.sampled, 0);
  assert.match(piped.stderr, /^nothing was published\n/);
  assert.equal((await tidectl(server, ["trace", "--seconds", "0"])).status, 2);
  assert.equal((await tidectl(null, ["trace", "--seconds", "1", "--output", "-", "--admin", "127.0.0.1:1"])).status, 3);
});
