// Idle entities and rooms leave memory and come back on demand with nothing lost, in every durability.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Server } from "../support/server.mjs";
import { liveActors } from "./support/engine_view.mjs";
import { call, entityPath, eventsPath, readEntities, readHistory } from "./support/http.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";
import { Random } from "./support/random.mjs";
import { MapWatcher, connect, range } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const config = `
[limits]
entity_idle_s = 1
room_idle_s = 1

[[namespace]]
name = "memory"
durability = "memory"
`;

const random = Random.forTest("passivation");
let server;
let client;

before(async () => {
  server = await Server.start({ config });
});

after(async () => {
  client?.disconnect();
  await server?.dispose();
});

const nobody = (kind) => until(`no live ${kind}`, async () => (await liveActors(server, kind)) === 0, 60_000);

for (const room of ["disk:sleepy", "memory:sleepy"]) {
  test(`${room}: gone from memory and back, again and again, nothing lost`, async () => {
    let epoch;
    let offset = 0;
    const expected = new Map();
    for (const round of range(1, 3)) {
      const items = range(1, 10).map((n) => ({ key: `k${n}`, op: "increment", data: { n: round } }));
      const answers = await server.publish(room, items);
      epoch ??= answers[0].epoch;
      for (const { key, data } of items) expected.set(key, (expected.get(key) ?? 0) + data.n);
      assert.deepEqual(
        answers.map((answer) => [answer.epoch, answer.offset]),
        range(offset + 1, offset + 10).map((each) => [epoch, each]),
      );
      offset += 10;
      await nobody("entity");
      await nobody("room");
      const { rows } = await readEntities(server, room);
      assert.deepEqual(new Map(rows.map(({ key, data }) => [key, data.n])), expected);
    }
    assert.deepEqual(
      (await readHistory(server, room)).rows.map((row) => row.offset),
      range(1, offset),
    );
  });
}

test("a condition is checked against what was stored", async () => {
  const room = "disk:condition";
  await server.publish(room, { key: "a", op: "set", data: 1 });
  await nobody("entity");
  assert.equal((await call(server, "POST", eventsPath(room), { body: { key: "a", op: "set", data: 2, if_version: 7 } })).status, 412);
  assert.equal((await call(server, "POST", eventsPath(room), { body: { key: "a", op: "set", data: 2, if_version: 1 } })).status, 200);
});

test("an idempotency key is remembered by a room that was away", async () => {
  const room = "disk:once";
  const item = { key: "a", op: "increment", data: { n: 1 }, idempotency_key: "once" };
  const first = await server.publish(room, item);
  await nobody("room");
  assert.deepEqual(await server.publish(room, item), first);
  assert.equal((await server.request("GET", entityPath(room, "a"))).data.n, 1);
});

test("a subscriber of a room that goes and comes back hears every change, and need not know", async () => {
  const room = "disk:watched";
  await server.publish(room, { key: "a", op: "set", data: 0 });
  client = connect(server);
  const watcher = new MapWatcher(client, room);
  await until("the subscription", () => watcher.syncs.length === 1);
  for (const n of range(1, 3)) {
    await nobody("entity");
    await server.publish(room, { key: "a", op: "set", data: n });
  }
  await until("all changes", () => watcher.offset === 4);
  client.disconnect();
  assert.deepEqual(watcher.offsets, [2, 3, 4]);
  assert.equal(watcher.state.get("a"), 3);
  assert.equal(watcher.subscribed.length, 1);
});

test("a room that was away recovers a subscriber from what is stored", async () => {
  const room = "disk:recovered";
  const [{ epoch }] = await server.publish(
    room,
    range(1, 5).map((n) => ({ data: n })),
  );
  await nobody("room");
  const client = await ProtocolClient.connect(server);
  const reply = await client.result("subscribe", { channel: room, recover: true, epoch, offset: 2 });
  client.terminate();
  assert.deepEqual(
    reply.publications.map(({ data }) => data),
    [3, 4, 5],
  );
});

// Changes that arrive just as their room or entity leaves are sent again, not lost and not refused.
test("changes at the very moment of leaving", async () => {
  const rooms = range(1, 20).map((n) => `disk:edge/${n}`);
  const rounds = 5;
  await Promise.all(
    rooms.map(async (room) => {
      const chance = random.fork();
      for (let round = 0; round < rounds; round += 1) {
        const answer = await call(server, "POST", eventsPath(room), { body: { key: "a", op: "increment", data: { n: 1 } } });
        assert.equal(answer.status, 200, JSON.stringify(answer.body));
        await delay(chance.between(950, 1_150)); // about the idle time: this is the moment under test
      }
      assert.equal((await server.request("GET", entityPath(room, "a"))).data.n, rounds);
    }),
  );
});
