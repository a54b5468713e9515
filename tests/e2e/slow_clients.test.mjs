// Clients that do not take what they are sent, beside others who do: each ends where its policy says, nobody is held back, and the server's
// memory stays within its limits.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, afterEach, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { hitsOf } from "./support/engine_view.mjs";
import { readEntities } from "./support/http.mjs";
import { memoryBound } from "./support/memory_bound.mjs";
import { Random } from "./support/random.mjs";
import { SlowRelay } from "./support/slow_relay.mjs";
import { MapWatcher, StreamWatcher, connect } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const keys = 40;
const batch = 10;
const documentBytes = 3_000;
const random = Random.forTest("slow_clients");
const config = `
[limits]
backlog_bytes_max = "64KiB"
unsent_bytes_max = "16KiB"
outbox_bytes_max = "256KiB"
run_bytes_max = "64KiB"

[[namespace]]
name = "map"
durability = "wal"
history_size = 100000

[[namespace]]
name = "strict"
durability = "wal"
slow_consumer = "disconnect"

[[namespace]]
name = "short"
durability = "wal"
history_size = 100
`;

let server;
let relay;
let opened = [];

before(async () => {
  server = await Server.start({ config });
  relay = await SlowRelay.start(server);
});

after(async () => {
  await relay?.stop();
  await server?.dispose();
});

afterEach(() => {
  for (const each of opened) each.disconnect();
  opened = [];
});

const document = (n) => ({ n, note: randomBytes(documentBytes).toString("base64") }); // nothing to compress

// That many changes of random keys, the last of each told apart by its number; a removal now and then. Returns the last offset. Those who
// keep pace are waited for: {get offset}.
async function change(room, count, first = 1, keepPace = []) {
  let last = 0;
  for (let n = first; n < first + count; n += batch) {
    const items = Array.from({ length: Math.min(batch, first + count - n) }, (_, index) => {
      const key = `k${random.below(keys)}`;
      return random.below(20) === 0 ? { key, op: "remove" } : { key, op: "set", data: document(n + index) };
    });
    last = (await server.publish(room, items)).at(-1).offset;
    await until("everybody to keep pace", () => keepPace.every((each) => each.offset === last));
  }
  return last;
}

const stateOf = async (room) => new Map((await readEntities(server, room, 100)).rows.map(({ key, data }) => [key, data.n]));

async function residentBytes() {
  const status = await readFile(`/proc/${server.pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)[1]) * 1024;
}

// A raw client behind a slow link, and the map that it sees: key → number.
class SlowClient {
  state = new Map();
  offsets = [];
  #read = 0; // of what the client received

  static async open(room, options = {}) {
    const slow = new SlowClient();
    slow.client = await relay.connect();
    slow.room = room;
    opened.push({ disconnect: () => slow.client.terminate() });
    const { state = [], publications = [] } = await slow.client.result("subscribe", { channel: room, type: 1, phase: 2, limit: 1000, ...options });
    for (const { key, data } of state) slow.state.set(key, data.n);
    for (const each of publications) slow.#apply(each);
    return slow;
  }

  pause() {
    this.client.pause();
  }

  resume() {
    this.client.resume();
  }

  get offset() {
    this.read();
    return this.offsets.at(-1);
  }

  // What it was told so far, applied.
  read() {
    const { received } = this.client;
    for (; this.#read < received.length; this.#read += 1) {
      const { push } = received[this.#read];
      if (push?.channel === this.room && push.pub) this.#apply(push.pub);
    }
    return this.state;
  }

  #apply({ key, data, removed, offset }) {
    this.offsets.push(offset);
    removed ? this.state.delete(key) : this.state.set(key, data.n);
  }
}

const sorted = (state) => [...state].sort();

test("a map is conflated for who is slow: the newest of each key, never back, and then live", async () => {
  const room = "map:conflated";
  await change(room, 100);
  const healthy = new MapWatcher(open(), room);
  await until("the healthy one's snapshot", () => healthy.syncs.length > 0);
  const slow = await SlowClient.open(room);
  slow.pause();
  const before = await residentBytes();
  let last = await change(room, 1_500, 1_000, [healthy]);
  assert.equal(healthy.offsets.length, 1_500);
  slow.resume();
  await until("the slow one to be current", () => slow.offset === last);
  const expected = await stateOf(room);
  assert.deepEqual(sorted(slow.state), sorted(expected));
  assert.ok(slow.offsets.length < 1_500, `${slow.offsets.length} of 1,500 changes were told`);
  assert.ok((await hitsOf(server, "backlog_bytes_max")) > 0);
  assert.deepEqual(
    slow.offsets,
    [...slow.offsets].sort((a, b) => a - b),
  );
  last = await change(room, 100, 5_000);
  await until("it to be live", () => slow.offset === last);
  assert.deepEqual(sorted(slow.state), sorted(await stateOf(room)));
  const grown = (await residentBytes()) - before;
  assert.ok(grown < memoryBound(256), `the server has grown by ${grown} bytes`);
});

function open() {
  const client = connect(server);
  opened.push(client);
  return client;
}

test("slow ones that come and go among healthy ones all end at the current state", async () => {
  const room = "map:crowd";
  await change(room, 100);
  const views = [{}, { data: { fields: ["n"] } }, { tf: { key: "nothing", cmp: "nex" } }];
  const crowd = [];
  for (let index = 0; index < 30; index += 1) crowd.push(await SlowClient.open(room, views[index % views.length]));
  const healthy = crowd.slice(12);
  for (let round = 0; round < 6; round += 1) {
    for (const each of crowd.slice(0, 12)) random.below(2) === 0 ? each.pause() : each.resume();
    await change(room, 150, 10_000 + round * 150, healthy);
  }
  for (const each of crowd) each.resume();
  const expected = sorted(await stateOf(room));
  for (const [index, each] of crowd.entries()) {
    await until(`client ${index} to be current`, () => JSON.stringify(sorted(each.read())) === JSON.stringify(expected));
    assert.deepEqual(
      each.offsets,
      [...each.offsets].sort((a, b) => a - b),
    );
  }
  for (const [index, each] of healthy.entries())
    if (index % views.length === 0) assert.equal(each.offsets.length, 900, "who keeps pace is told everything");
});

test("a stream is resynchronised: it comes again, and recovers every publication", async () => {
  const room = "map:stream";
  const healthy = new StreamWatcher(open(), room);
  const raw = await relay.connect();
  opened.push({ disconnect: () => raw.terminate() });
  await raw.result("subscribe", { channel: room });
  const other = "map:other";
  await raw.result("subscribe", { channel: other });
  raw.pause();
  for (let n = 0; n < 20; n += 1)
    await server.publish(
      room,
      Array.from({ length: 100 }, (_, index) => ({ data: document(n * 100 + index) })),
    );
  await until("the healthy one", () => healthy.publications.length === 2_000);
  raw.resume();
  const [ended] = await until("2500", () => raw.pushes(room, "unsubscribe").length > 0 && raw.pushes(room, "unsubscribe"));
  assert.deepEqual(ended, { code: 2500, reason: "insufficient state" });
  const told = raw.pushes(room).length;
  assert.ok(told > 0 && told < 2_000, `${told} of 2,000 were told`);
  const position = raw.pushes(room).at(-1).offset;
  const { epoch } = await raw.result("history", { channel: room, limit: 0 });
  const recovery = await raw.result("subscribe", { channel: room, recover: true, offset: position, epoch });
  assert.equal(recovery.recovered, true);
  assert.equal(recovery.publications.length, 2_000 - position);
  await server.publish(other, { data: document(1) });
  await raw.publications(other, 1); // that subscription was not touched
});

test("what history does not hold any more is not conflated: the subscription comes again and starts from a snapshot", async () => {
  const room = "short:map";
  await change(room, 50);
  const slow = await SlowClient.open(room);
  slow.pause();
  await change(room, 3_000);
  slow.resume();
  await until("2500", () => slow.client.pushes(room, "unsubscribe").length > 0);
  assert.equal(slow.client.pushes(room, "unsubscribe")[0].code, 2500);
});

test("who is to be disconnected is closed with 3008, and comes back", async () => {
  const room = "strict:map";
  await change(room, 50);
  const slow = await SlowClient.open(room);
  const chosen = await SlowClient.open(room, { data: { slow: "conflate" } });
  for (const each of [slow, chosen]) each.pause();
  const last = await change(room, 1_000);
  for (const each of [slow, chosen]) each.resume();
  assert.equal((await slow.client.end()).code, 3008);
  await until("the other to be current", () => chosen.offset === last);
  assert.deepEqual(sorted(chosen.state), sorted(await stateOf(room)));
  assert.ok((await hitsOf(server, "outbox_bytes_max")) > 0);
});

test("who is slow is not taken for gone: a ping may wait behind what the client still takes", async () => {
  const impatient = await Server.start({ config: config.replace("[limits]", "[limits]\nping_interval_s = 1\npong_timeout_s = 1") });
  const link = await SlowRelay.start(impatient);
  try {
    const client = await link.connect();
    await client.result("subscribe", { channel: "map:rate", type: 1, phase: 2 });
    link.rate(client.port, 20_000); // so a full queue takes it four seconds
    const count = 30;
    for (let n = 0; n < count; n += 1) await impatient.publish("map:rate", { key: `k${n}`, op: "set", data: document(n) });
    const told = () => new Set(client.pushes("map:rate").map(({ key }) => key));
    await until(() => `${count} keys, there are ${told().size}`, () => client.closed || told().size === count);
    assert.equal(client.closed, null);
    client.terminate();
  } finally {
    await link.stop();
    await impatient.dispose();
  }
});

test("operators see how many are behind, and what became of them", async () => {
  const { slow } = await (await fetch(`${server.adminUrl}/api/v1/websocket/metrics`)).json();
  for (const what of ["missed", "resumed", "resynchronised", "disconnected"]) assert.ok(slow[what] > 0, `${what}: ${JSON.stringify(slow)}`);
  await until("nobody is behind any more", async () => {
    const now = await (await fetch(`${server.adminUrl}/api/v1/websocket/metrics`)).json();
    return now.slow.behind === 0;
  });
});

test("what a client asks for never makes it a slow one: long replies come one by one", async () => {
  const [room, other] = ["map:much", "map:more"];
  for (const each of [room, other]) await change(each, 200);
  const { rows, epoch } = await readEntities(server, other);
  const commands = [
    { subscribe: { channel: room, recover: true, offset: 0, epoch: (await readEntities(server, room)).epoch } },
    { history: { channel: room, limit: 1_000 } },
    { subscribe: { channel: other, type: 1, phase: 2, limit: 1_000 } },
    { history: { channel: other, limit: 1_000, reverse: true } },
    { publish: { channel: "map:note", data: "behind them" } },
  ];
  const raw = await relay.connect();
  opened.push({ disconnect: () => raw.terminate() });
  raw.pause();
  const replies = raw.sendAll(...commands);
  const healthy = await relay.connect();
  opened.push({ disconnect: () => healthy.terminate() });
  await Promise.all(healthy.sendAll(...commands.slice(0, 4)));
  raw.resume();
  const [recovery, history, page, reverse, published] = await Promise.all(replies);
  assert.equal(raw.closed, null);
  assert.equal(recovery.subscribe.publications.length, 200);
  assert.equal(history.history.publications.length, 200);
  assert.deepEqual([page.subscribe.state.length, page.subscribe.epoch], [rows.length, epoch]);
  assert.equal(reverse.history.publications.length, 200);
  assert.deepEqual(published.publish, {});
});
