// What a subscription chooses to see: fields, tags filters and deltas, with the npm client `centrifuge`, unmodified, and with raw
// WebSockets where the client cannot ask for a combination.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";
import { MapWatcher, StreamWatcher, connect } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const config = `
[limits]
filter_depth_max = 3
filter_nodes_max = 8
fields_max = 4

[[namespace]]
name = "plain"
allow_tags_filter = false
allowed_delta_types = []
`;

let server;
let opened = [];

before(async () => {
  server = await Server.start({ config });
});

after(async () => {
  await server?.dispose();
});

afterEach(() => {
  for (const each of opened) each.disconnect();
  opened = [];
});

function open() {
  const client = connect(server);
  opened.push(client);
  return client;
}

const note = "n".repeat(120);
const lamp = (state, level) => ({ type: "lamp", state, attributes: { level, note } });
const set = (key, data) => ({ key, op: "set", data });
const isOn = { key: "state", cmp: "eq", val: "on" };

// A map subscription that is live, with this room's two lamps: a is on, b is off.
async function watchLamps(room, options) {
  await server.publish(room, [set("a", lamp("on", 1)), set("b", lamp("off", 2))]);
  const watcher = new MapWatcher(open(), room, options);
  await until("the snapshot", () => watcher.syncs.length > 0);
  return watcher;
}

// Each way to look at the same room: what its subscriber has at the start, and after the changes below.
const chosenFields = (state, level) => ({ state, attributes: { level } });
const ways = {
  "as it is": { options: {}, start: { a: lamp("on", 1), b: lamp("off", 2) }, end: { a: lamp("off", 1), c: lamp("on", 3) }, updates: 5 },
  "with chosen fields": {
    options: { data: { fields: ["state", "attributes.level"] } },
    start: { a: chosenFields("on", 1), b: chosenFields("off", 2) },
    end: { a: chosenFields("off", 1), c: chosenFields("on", 3) },
    updates: 3,
  },
  "through a filter": { options: { tagsFilter: isOn }, start: { a: lamp("on", 1) }, end: { c: lamp("on", 3) }, updates: 4 },
  "with deltas": {
    options: { delta: "fossil" },
    start: { a: lamp("on", 1), b: lamp("off", 2) },
    end: { a: lamp("off", 1), c: lamp("on", 3) },
    updates: 5,
  },
  "with deltas of chosen fields": {
    options: { delta: "fossil", data: { fields: ["state", "attributes.level"] } },
    start: { a: chosenFields("on", 1), b: chosenFields("off", 2) },
    end: { a: chosenFields("off", 1), c: chosenFields("on", 3) },
    updates: 3,
  },
};

for (const [name, { options, start, end, updates }] of Object.entries(ways)) {
  test(`a map ${name}`, async () => {
    const room = `lamps:${name}`;
    const watcher = await watchLamps(room, options);
    assert.deepEqual(Object.fromEntries(watcher.state), start);
    await server.publish(room, set("c", lamp("on", 3)));
    await server.publish(room, { key: "c", data: { attributes: { note: `${note}!` } } }); // nothing that the fields choose
    await server.publish(room, set("c", lamp("on", 3)));
    await server.publish(room, set("a", lamp("off", 1))); // leaves the filter
    await server.publish(room, { key: "b", op: "remove" });
    await server.publish(room, set("end", lamp("on", 9)));
    await until("the last change", () => watcher.state.delete("end"));
    assert.deepEqual(Object.fromEntries(watcher.state), end);
    assert.equal(watcher.offsets.length, updates + 1);
  });
}

test("deltas are deltas on the wire, and the client's state survives a reconnect with them", async () => {
  const room = "lamps:wire";
  const watcher = await watchLamps(room, { delta: "fossil" });
  const raw = await ProtocolClient.connect(server);
  opened.push({ disconnect: () => raw.terminate() });
  const reply = await raw.result("subscribe", { channel: room, type: 1, phase: 2, delta: "fossil" });
  assert.equal(reply.delta, true);
  assert.deepEqual(JSON.parse(reply.state[0].data), lamp("on", 1));
  await server.publish(room, { key: "a", data: { attributes: { level: 5 } } });
  const [pushed] = await raw.publications(room, 1);
  assert.equal(pushed.delta, true);
  assert.ok(pushed.data.length < 60, pushed.data);
  await until("the change", () => watcher.state.get("a").attributes.level === 5);

  await server.kill();
  await server.restart();
  await server.publish(room, { key: "a", data: { attributes: { level: 6 } } });
  await server.publish(room, { key: "a", data: { attributes: { level: 7 } } });
  await until("what was missed", () => watcher.state.get("a").attributes.level === 7);
  assert.deepEqual(watcher.subscribed.at(-1), { wasRecovering: true, recovered: true });
  await server.publish(room, { key: "a", data: { attributes: { level: 8 } } });
  await until("the next change", () => watcher.state.get("a").attributes.level === 8);
});

test("a map with a rate is told the newest of each key, a stream everything, both in fewer messages", async () => {
  const channel = "lamps:rate";
  const raw = await ProtocolClient.connect(server);
  opened.push({ disconnect: () => raw.terminate() });
  const stream = await ProtocolClient.connect(server);
  opened.push({ disconnect: () => stream.terminate() });
  await raw.result("subscribe", { channel, type: 1, phase: 2, data: { max_rate: 1, fields: ["attributes.level"] } });
  await stream.result("subscribe", { channel, data: { max_rate: 1 } });
  const count = 60;
  for (let level = 1; level <= count; level += 1) await server.publish(channel, set(`lamp-${level % 3}`, lamp("on", level)));
  await stream.publications(channel, count);
  const offsets = (client) => client.pushes(channel).map(({ offset }) => offset);
  await until("the newest of each key", () => offsets(raw).at(-1) === count);
  assert.deepEqual(
    offsets(stream),
    Array.from({ length: count }, (_, index) => index + 1),
  );
  const newest = new Map(raw.pushes(channel).map(({ key, data }) => [key, data.attributes.level]));
  assert.deepEqual([...newest].sort(), [
    ["lamp-0", count],
    ["lamp-1", count - 2],
    ["lamp-2", count - 1],
  ]);
  assert.ok(offsets(raw).length < count, `${offsets(raw).length} of ${count} changes were told`);
  const frames = new Set(stream.received.filter(({ push }) => push).map(({ frame }) => frame));
  assert.ok(frames.size < count, `${frames.size} messages`);
});

test("a stream with deltas is told every publication, whole or not", async () => {
  const room = "stream:delta";
  const watcher = new StreamWatcher(open(), room, { delta: "fossil" });
  await until("the subscription", () => watcher.subscribed.length > 0);
  for (let level = 1; level <= 5; level += 1) await server.publish(room, { data: lamp("on", level) });
  await until("all of them", () => watcher.publications.length === 5);
  assert.deepEqual(
    watcher.publications.map(({ data }) => data.attributes.level),
    [1, 2, 3, 4, 5],
  );
});

test("a stream through a filter skips offsets and recovers through it", async () => {
  const room = "stream:filter";
  const watcher = new StreamWatcher(open(), room, { tagsFilter: { key: "level", cmp: "gte", val: "3" } });
  await until("the subscription", () => watcher.subscribed.length > 0);
  const publish = (level) => server.publish(room, { data: { level }, tags: { level: `${level}` } });
  for (const level of [1, 3, 2, 4]) await publish(level);
  await until("what passes", () => watcher.publications.length === 2);
  await server.kill();
  await server.restart();
  for (const level of [0, 9]) await publish(level);
  await until("what passes after the restart", () => watcher.publications.length === 3);
  assert.deepEqual(
    watcher.publications.map(({ offset, data }) => [offset, data.level]),
    [
      [2, 3],
      [4, 4],
      [6, 9],
    ],
  );
});

test("filter, fields and delta together, for clients that ask for it", async () => {
  const channel = "lamps:all";
  const raw = await ProtocolClient.connect(server);
  opened.push({ disconnect: () => raw.terminate() });
  await server.publish(channel, [set("a", lamp("on", 1)), set("b", lamp("off", 2))]);
  const reply = await raw.result("subscribe", { channel, type: 1, phase: 2, tf: isOn, delta: "fossil", data: { fields: ["attributes"] } });
  assert.deepEqual(
    reply.state.map(({ key, data }) => [key, JSON.parse(data)]),
    [["a", { attributes: { level: 1, note } }]],
  );
  await server.publish(channel, [
    { key: "a", data: { attributes: { level: 2 } } }, // a delta
    { key: "a", data: { type: "torch" } }, // nothing that was chosen
    { key: "b", data: { state: "on" } }, // enters, whole
    { key: "a", data: { state: "off" } }, // leaves
    { key: "a", data: { attributes: { level: 3 } } }, // outside
  ]);
  const pushed = await raw.publications(channel, 3);
  assert.deepEqual(
    pushed.map(({ offset, key, delta, removed }) => ({ offset, key, delta, removed })),
    [
      { offset: 3, key: "a", delta: true, removed: undefined },
      { offset: 5, key: "b", delta: undefined, removed: undefined },
      { offset: 6, key: "a", delta: undefined, removed: true },
    ],
  );
});

test("what cannot be chosen is refused with the reason", async () => {
  const raw = await ProtocolClient.connect(server);
  opened.push({ disconnect: () => raw.terminate() });
  const deep = (levels) => (levels === 0 ? isOn : { op: "not", nodes: [deep(levels - 1)] });
  const wide = { key: "state", cmp: "in", vals: Array.from({ length: 8 }, (_, index) => `${index}`) };
  const refusals = {
    "a filter too deep": [{ tf: deep(3) }, /deep/],
    "a filter too large": [{ tf: wide }, /nodes/],
    "no filter": [{ tf: { op: "xor", nodes: [isOn] } }, /xor/],
    "too many fields": [{ data: { fields: ["a", "b", "c", "d", "e"] } }, /fields/],
    "no path": [{ data: { fields: [".a"] } }, /path/],
    "a rate that is none": [{ data: { max_rate: 0 } }, /max_rate/],
    "a policy nobody knows": [{ data: { slow: "drop" } }, /conflate/],
    "an unknown option": [{ data: { colour: "red" } }, /colour/],
    "options that are no object": [{ data: [1] }, /object/],
    "an unknown delta": [{ delta: "bsdiff" }, /bsdiff/],
  };
  for (const [name, [request, reason]] of Object.entries(refusals)) {
    const error = await raw.error("subscribe", { channel: "lamps:refused", ...request });
    assert.equal(error.code, 107, name);
    assert.match(error.message, reason, name);
  }
  assert.match((await raw.error("subscribe", { channel: "plain:a", tf: isOn })).message, /not offered/);
  assert.equal((await raw.result("subscribe", { channel: "plain:a", delta: "fossil" })).delta, undefined);
});
