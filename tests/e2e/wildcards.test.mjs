// Subscriptions to every room that matches a pattern, now and later: with the npm client `centrifuge`, unmodified, across kill -9, crashes
// of rooms and while everything changes.
import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { after, afterEach, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { signToken } from "../support/token.mjs";
import { call, readEntities } from "./support/http.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";
import { Random } from "./support/random.mjs";
import { MapWatcher, StreamWatcher, connect, range } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const secret = "a secret of at least thirty-two bytes";
const config = `
[limits]
page_rows_default = 5

[token]
hmac_secret = "${secret}"

[test]
faults = true

[[namespace]]
name = "memory"
durability = "memory"

[[namespace]]
name = "open"
allow_subscribe_for_client = true
allow_wildcards_for_client = true

[[namespace]]
name = "users"
allow_subscribe_for_client = true
allow_wildcards_for_client = true
allow_user_limited_channels = true
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

const set = (key, data, tags) => ({ key, op: "set", data, tags });
const keyOf = (room, key) => `${room.replaceAll("%", "%25").replaceAll("/", "%2F")}/${key}`;
const entries = (watcher) => [...watcher.state].sort(([a], [b]) => (a < b ? -1 : 1));

// What the server has of these rooms, as a subscriber of a pattern sees it.
async function stateOf(rooms) {
  const all = [];
  for (const room of rooms) for (const { key, data } of (await readEntities(server, room)).rows) all.push([keyOf(room, key), data]);
  return all.sort(([a], [b]) => (a < b ? -1 : 1));
}

for (const namespace of ["sensor", "memory"]) {
  test(`a map of ${namespace}:* shows rooms of before and after, and nothing else`, async () => {
    const [hall, attic, later] = ["hall", "at/tic%", "later"].map((name) => `${namespace}:${name}`);
    await server.publish(hall, [1, 2, 3].map((n) => set(`lamp ${n}`, { n })));
    await server.publish(attic, range(1, 9).map((n) => set(`k/${n}`, { n })));
    await server.publish(`${namespace}er:x`, set("k", {}));
    const watcher = new MapWatcher(open(), `${namespace}:*`);
    await until("the snapshot", () => watcher.syncs.length > 0);
    assert.deepEqual(entries(watcher), await stateOf([hall, attic]));
    assert.equal(watcher.state.size, 12);
    await server.publish(later, set("new", { n: 1 }));
    await server.publish(hall, { key: "lamp 1", op: "remove" });
    await server.publish(attic, { key: "k/9", data: { m: 2 } });
    await server.publish(attic, { data: "without a key" });
    await server.publish(later, set("end", { n: 2 }));
    await until("the last change", () => watcher.state.has(keyOf(later, "end")));
    assert.deepEqual(entries(watcher), await stateOf([hall, attic, later]));
    assert.equal(watcher.offsets.length, 4);
    assert.ok(watcher.offsets.every((offset) => !offset));
  });
}

test("a stream is told the room of every publication", async () => {
  const watcher = new StreamWatcher(open(), "talk:*");
  const told = [];
  watcher.subscription.on("publication", ({ data, tags, offset }) => told.push([tags.room, data, offset]));
  await until("the subscription", () => watcher.subscribed.length > 0);
  await server.publish("talk:a", { data: "hello" });
  await server.publish("talk:b", { data: "world", tags: { room: "forged" } });
  await server.publish("talks:c", { data: "elsewhere" });
  await server.publish("talk:b", set("k", "keyed"));
  await until("three publications", () => told.length >= 3);
  assert.deepEqual(told, [
    ["talk:a", "hello", undefined],
    ["talk:b", "world", undefined],
    ["talk:b", "keyed", undefined],
  ]);
});

for (const delta of [undefined, "fossil"]) {
  test(`a removal says its room, ${delta ? "with" : "without"} deltas`, async () => {
    const raw = await ProtocolClient.connect(server);
    opened.push({ disconnect: () => raw.terminate() });
    const pattern = `gone${delta ?? ""}:*`;
    const room = `gone${delta ?? ""}:a`;
    await server.publish(room, set("k", { n: 1 }));
    await raw.result("subscribe", { channel: pattern, delta });
    await server.publish(room, { key: "k", op: "remove" });
    const [removal] = await raw.publications(pattern, 1);
    assert.deepEqual([removal.tags, removal.offset], [{ room }, undefined]);
  });
}

test("HTTP serves one room at a time", async () => {
  await server.publish("single:a", set("k", {}));
  for (const path of ["", "/entities", "/entities/k", "/history", "/presence", "/stream"]) {
    const answer = await call(server, "GET", `/api/v1/rooms/single:*${path}`);
    assert.deepEqual([answer.status, answer.body.type], [400, "/problems/bad-request"], path);
  }
});

test("fields, a filter on rooms, deltas and a rate go together", async () => {
  const raw = await ProtocolClient.connect(server);
  opened.push({ disconnect: () => raw.terminate() });
  const note = "n".repeat(200);
  await server.publish("mix:1-hall", set("a", { level: 1, note, other: 1 }));
  await server.publish("mix:2-attic", set("a", { level: 2, note }));
  const reply = await raw.result("subscribe", {
    channel: "mix:*",
    type: 1,
    phase: 2,
    tf: { key: "room", cmp: "ew", val: "hall" },
    delta: "fossil",
    data: { fields: ["level", "note"], max_rate: 100 },
  });
  assert.deepEqual(
    reply.state.map(({ key, data, offset }) => [key, JSON.parse(data), offset]),
    [["mix:1-hall/a", { level: 1, note }, undefined]],
  );
  await server.publish("mix:2-attic", { key: "a", data: { level: 3 } }); // not chosen
  await server.publish("mix:1-hall", { key: "a", data: { other: 2 } }); // nothing chosen
  await server.publish("mix:1-hall", { key: "a", data: { level: 4 } });
  const [pushed] = await raw.publications("mix:*", 1);
  assert.equal(pushed.key, "mix:1-hall/a");
  assert.equal(pushed.delta, true);
  assert.ok(pushed.data.length < 60, pushed.data);
});

test("what a client may ask for", async () => {
  const raw = await ProtocolClient.connect(server);
  opened.push({ disconnect: () => raw.terminate() });
  for (const channel of ["*", "plain*", "a:*:b", "a:**"]) {
    assert.equal((await raw.error("subscribe", { channel })).code, 107, channel);
  }
  assert.equal((await raw.error("publish", { channel: "a:*", data: 1 })).code, 107);
  assert.equal((await raw.error("history", { channel: "a:*" })).code, 108);
  assert.equal((await raw.error("subscribe", { channel: "a:*", type: 1, phase: 1, recover: true, offset: 3 })).code, 112);
  assert.equal((await raw.error("subscribe", { channel: "a:*", type: 1, phase: 2, cursor: "nothing" })).code, 107);
  await raw.result("subscribe", { channel: "a:*" });
  assert.equal((await raw.error("subscribe", { channel: "a:*" })).code, 105);
  assert.deepEqual(await raw.result("unsubscribe", { channel: "a:*" }), {});
});

test("without --dev a pattern needs the namespace's permission or a token", async () => {
  const strict = await Server.start({ dev: false, config });
  try {
    const sign = (claims) => signToken(secret, { sub: "ann", ...claims });
    const client = await ProtocolClient.connect(strict, { token: sign({}) });
    assert.equal((await client.error("subscribe", { channel: "closed:*" })).code, 103);
    assert.equal((await client.error("subscribe", { channel: "users:*" })).code, 103);
    await client.result("subscribe", { channel: "open:*" });
    await client.result("subscribe", { channel: "users:*", token: sign({ channel: "users:*" }) });
    client.terminate();
    const told = await ProtocolClient.connect(strict, { token: sign({ channels: ["closed:*"] }) });
    assert.deepEqual(Object.keys(told.hello.subs), ["closed:*"]);
    told.terminate();
  } finally {
    await strict.dispose();
  }
});

test("after kill -9 the snapshot is there again, and so is what happens then", async () => {
  const watcher = new MapWatcher(open(), "kill:*");
  await until("the snapshot", () => watcher.syncs.length > 0);
  for (const n of range(1, 30)) await server.publish(`kill:${n}`, set("k", { n }));
  await server.kill();
  await server.restart();
  await server.publish("kill:31", set("k", { n: 31 }));
  await until("another snapshot", () => watcher.syncs.length > 1);
  await server.publish("kill:32", set("k", { n: 32 }));
  await until("the last change", () => watcher.state.has("kill:32/k"));
  assert.deepEqual(entries(watcher), await stateOf(range(1, 32).map((n) => `kill:${n}`)));
});

test("subscribers who come while everything changes and rooms crash end with the state, and no key goes back", { timeout: 100_000 }, async () => {
  const random = Random.forTest("wildcards");
  const rooms = range(1, 40).map((n) => `storm:${n}`);
  let counter = 0;
  let running = true;
  const publisher = async (choose, name) => {
    while (running) {
      const key = `${name}-${choose.below(3)}`; // its own: so the numbers of a key rise
      const change = choose.below(8) === 0 ? { key, op: "remove" } : set(key, { n: ++counter });
      await server.publish(choose.pick(rooms), { ...change, idempotency_key: `${choose.next()}` }).catch(() => {}); // of a crash
    }
  };
  const publishers = range(1, 6).map((n) => publisher(random.fork(), `k${n}`));
  const watchers = [];
  for (const n of range(1, 24)) {
    const watcher = new MapWatcher(open(), n % 3 === 0 ? "storm:1*" : "storm:*");
    watcher.pattern = n % 3 === 0 ? "storm:1" : "storm:";
    watcher.back = [];
    const newest = new Map();
    watcher.subscription.on("sync", ({ entries: rows }) => {
      newest.clear();
      for (const { key, data } of rows) newest.set(key, data.n);
    });
    watcher.subscription.on("update", ({ key, data, removed }) => {
      if (removed) return;
      if (newest.get(key) >= data.n) watcher.back.push(`${key}: ${newest.get(key)} then ${data.n}`);
      newest.set(key, data.n);
    });
    watchers.push(watcher);
    const seen = counter;
    await until("some changes", () => counter > seen + 20);
    if (n % 6 === 0) await server.armFault("room");
  }
  await until("all snapshots", () => watchers.every(({ syncs }) => syncs.length > 0), 60_000);
  running = false;
  await Promise.all(publishers);
  await server.publish("storm:1", set("end", { n: ++counter }));
  const ended = ({ state, subscription }) => subscription.state === "subscribed" && state.get("storm:1/end")?.n === counter;
  await until("the end", () => watchers.every(ended), 60_000);
  // A room that crashed tells what it had committed when it is back.
  const state = await stateOf(rooms);
  const wanted = (watcher) => state.filter(([key]) => key.startsWith(watcher.pattern));
  await until("everything that is stored has been told", () => watchers.every((each) => isDeepStrictEqual(entries(each), wanted(each)))).catch(() => {});
  for (const watcher of watchers) {
    assert.deepEqual(entries(watcher), wanted(watcher));
    assert.deepEqual(watcher.back, []);
  }
});
