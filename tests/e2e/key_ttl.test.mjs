// Keys that expire, seen by the npm client `centrifuge`, unmodified: they go like any other removal, also after kill -9 and in rooms that
// left memory; and the modes of maps.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Server } from "../support/server.mjs";
import { liveActors } from "./support/engine_view.mjs";
import { call, entityPath, eventsPath, readEntities, readHistory } from "./support/http.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";
import { MapWatcher, connect } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const config = `
[test]
faults = true

[limits]
entity_idle_s = 1
room_idle_s = 1

[[namespace]]
name = "memory"
durability = "memory"

[[namespace]]
name = "lobby"
map.mode = "recoverable"
map.key_ttl = "1s"

[[namespace]]
name = "cursor"
durability = "memory"
map.mode = "ephemeral"
map.key_ttl = "1s"
`;

let server;

before(async () => {
  server = await Server.start({ config });
});

after(async () => {
  await server?.dispose();
});

// A client's map of the room, live.
async function watch(room, t, options = {}) {
  const client = connect(server);
  t.after(() => client.disconnect());
  const watcher = new MapWatcher(client, room, options);
  await until("the subscription", () => watcher.syncs.length === 1);
  return watcher;
}

const gone = (room, key) =>
  until(`${key} of ${room} is gone`, async () => (await call(server, "GET", entityPath(room, key))).status === 404);
const expiresIn = (entity) => Date.parse(entity.expires_at) - Date.parse(entity.updated_at);

// How a change may ask for its time: each makes the key "k" of a room.
const ways = {
  "a plain publication": (room, ttl) => call(server, "POST", eventsPath(room), { body: { key: "k", data: ttl, op: "set", ttl } }),
  "one of a batch": (room, ttl) =>
    call(server, "POST", eventsPath(room), {
      body: [
        { key: "k", data: 0, op: "set", ttl: 600 },
        { key: "k", data: ttl, op: "set", ttl },
      ],
    }),
  "a CloudEvent": (room, ttl) =>
    call(server, "POST", eventsPath(room), {
      body: { specversion: "1.0", id: `${ttl}`, source: "/s", type: "t", subject: "k", op: "set", data: ttl, ttl },
      headers: { "Content-Type": "application/cloudevents+json" },
    }),
  PUT: (room, ttl) => call(server, "PUT", `${entityPath(room, "k")}?ttl=${ttl}`, { body: `${ttl}` }),
  PATCH: (room, ttl) =>
    call(server, "PATCH", `${entityPath(room, "k")}?ttl=${ttl}`, {
      body: `${ttl}`,
      headers: { "Content-Type": "application/merge-patch+json" },
    }),
};

describe("a change may have a ttl", { concurrency: true }, () => {
  for (const durability of ["disk", "memory"]) {
    for (const [name, make] of Object.entries(ways)) {
      test(`${durability}: ${name} has a ttl, and its key goes like any removal`, async (t) => {
        const room = `${durability}:${name.replaceAll(" ", "-")}`;
        await server.publish(room, { key: "stays", op: "set", data: "here" });
        const watcher = await watch(room, t);
        for (const ttl of [3600, 1]) {
          const { status, body } = await make(room, ttl);
          assert.ok(status === 200 || status === 201, JSON.stringify(body));
          if (ttl > 1) assert.equal(expiresIn(await server.request("GET", entityPath(room, "k"))), ttl * 1000);
        }
        await gone(room, "k");
        const { rows, offset } = await readHistory(server, room);
        assert.deepEqual([rows.at(-1).key, rows.at(-1).removed, rows.at(-2).data], ["k", true, 1]);
        await until("the client is told", () => watcher.offset === offset);
        assert.deepEqual([...watcher.state], [["stays", "here"]]);
        assert.equal((await server.request("GET", entityPath(room, "stays"))).expires_at, undefined);
      });
    }
  }
});

const refused = {
  "a ttl of a removal": { key: "k", op: "remove", ttl: 1 },
  "a ttl without a key": { data: 1, ttl: 1 },
  "a negative ttl": { key: "k", data: 1, ttl: -1 },
  "a ttl that is too long": { key: "k", data: 1, ttl: 315_360_001 },
};
for (const [name, item] of Object.entries(refused)) {
  test(`refused: ${name}`, async () => {
    const { status, body } = await call(server, "POST", eventsPath("disk:refused"), { body: item });
    assert.equal(status, 400);
    assert.match(body.detail, /^\/ttl: /);
  });
}
for (const method of ["GET", "DELETE"]) {
  test(`refused: a ttl of ${method}`, async () => {
    assert.equal((await call(server, method, `${entityPath("disk:refused", "k")}?ttl=1`)).status, 400);
  });
}

test("who refreshes a key keeps it; a change without a ttl keeps it for ever; the last word counts", async (t) => {
  const room = "disk:refreshed";
  const watcher = await watch(room, t);
  await server.publish(room, [
    { key: "stays", op: "set", data: 0, ttl: 1 },
    { key: "long", op: "set", data: 0, ttl: 1 },
    { key: "goes", op: "set", data: 0, ttl: 1 },
    { key: "stays", op: "merge", data: { n: 1 } },
    { key: "long", op: "merge", data: { n: 1 }, ttl: 3600 },
  ]);
  await until("the one that was left alone is gone", () => watcher.offset === 6);
  assert.deepEqual([...watcher.state.keys()].sort(), ["long", "stays"]);
  assert.equal((await server.request("GET", entityPath(room, "stays"))).expires_at, undefined);
  assert.equal(expiresIn(await server.request("GET", entityPath(room, "long"))), 3_600_000);
});

test("a namespace's key_ttl is for every change, of clients too, unless that says otherwise", async (t) => {
  const room = "lobby:1";
  const watcher = await watch(room, t);
  await server.publish(room, [
    { key: "guest", op: "set", data: 1 },
    { key: "host", op: "set", data: 1, ttl: 0 },
  ]);
  const client = await ProtocolClient.connect(server);
  t.after(() => client.terminate());
  await client.result("publish", { channel: room, type: 1, key: "mine", data: 2 });
  await until("only the host stays", () => watcher.offset === 5);
  assert.deepEqual([...watcher.state], [["host", 1]]);
});

test("what expires while the server is down, or was due when it was killed, goes at its start, and clients are told", async (t) => {
  const room = "disk:killed";
  await server.publish(room, { key: "stays", op: "set", data: 1 });
  const watcher = await watch(room, t);
  for (const round of [1, 2, 3]) {
    await server.publish(room, [
      { key: "k", op: "set", data: round, ttl: 1 },
      { key: "later", op: "set", data: round, ttl: 3600 },
    ]);
    await until("both", () => watcher.state.get("later") === round);
    const expired = Date.parse((await server.request("GET", entityPath(room, "later"))).updated_at) + 1_000;
    await server.kill();
    if (round === 2) await until("the key's time has passed", () => Date.now() > expired);
    await server.restart();
    await until("the removal", () => !watcher.state.has("k"));
  }
  assert.deepEqual([...watcher.state.keys()].sort(), ["later", "stays"]);
  const { rows } = await readEntities(server, room);
  assert.deepEqual(
    rows.map(({ key }) => key),
    ["later", "stays"],
  );
});

test("who removes what has expired may throw: it is started again, and nothing is forgotten", async () => {
  const room = "disk:faulty";
  await server.publish(room, { key: "k", op: "set", data: 1, ttl: 1 });
  await server.armFault("expirer", 3);
  await gone(room, "k");
});

test("a room that left memory wakes to remove what expired", async () => {
  const room = "disk:asleep";
  const asleep = async (ttl) => {
    await server.publish(room, { key: "k", op: "set", data: 1, ttl });
    await until("the room is gone from memory", async () => (await liveActors(server, "room")) === 0, 60_000);
    const { status } = await call(server, "GET", entityPath(room, "k"));
    return status === 200 || asleep(2 * ttl); // a slow machine: then it has to stay longer
  };
  await asleep(4);
  await gone(room, "k");
  const { rows } = await readHistory(server, room);
  assert.equal(rows.at(-1).removed, true);
});

const modes = {
  "disk:mode": { recoverable: true },
  "lobby:mode": { recoverable: true },
  "cursor:mode": { recoverable: undefined },
};
for (const [room, { recoverable }] of Object.entries(modes)) {
  test(`${room}: who comes back ${recoverable ? "is given what was missed" : "starts from a snapshot"}`, async (t) => {
    await server.publish(room, { key: "a", op: "set", data: 1, ttl: 3600 });
    const raw = await ProtocolClient.connect(server);
    t.after(() => raw.terminate());
    const reply = await raw.result("subscribe", { channel: room, type: 1, phase: 2 });
    assert.equal(reply.recoverable, recoverable);

    const client = connect(server);
    t.after(() => client.disconnect());
    const watcher = new MapWatcher(client, room);
    await until("the subscription", () => watcher.syncs.length === 1);
    client.disconnect();
    await server.publish(room, [
      { key: "a", op: "remove" },
      { key: "b", op: "set", data: 2, ttl: 3600 },
    ]);
    client.connect();
    await until("the state is the present one", () => watcher.state.get("b") === 2 && !watcher.state.has("a"));
    assert.equal(watcher.syncs.length, recoverable ? 1 : 2);
  });
}
