// Rooms that nobody uses are forgotten after room_ttl and begin anew; what is too old goes also from rooms that are not in memory.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Server } from "../support/server.mjs";
import { liveActors } from "./support/engine_view.mjs";
import { call, entityPath, readEntities, readHistory, roomPath } from "./support/http.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";
import { MapWatcher, connect, range } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const config = `
[limits]
entity_idle_s = 1
room_idle_s = 1

[[namespace]]
name = "short"
durability = "wal"
room_ttl = "2s"

[[namespace]]
name = "memory"
durability = "memory"
room_ttl = "2s"

[[namespace]]
name = "aging"
durability = "wal"
history_ttl = "2s"
`;

let server;

before(async () => {
  server = await Server.start({ config });
});

after(async () => {
  await server?.dispose();
});

const known = async (room) => (await call(server, "GET", roomPath(room))).status === 200;
const forgotten = (room) => until(`${room} is forgotten`, async () => !(await known(room)), 60_000);

for (const namespace of ["short", "memory"]) {
  test(`${namespace}: a room that nobody uses is forgotten, and begins anew`, async (t) => {
    const room = `${namespace}:idle`;
    const items = range(1, 1_200).map((n) => ({ key: `k${n}`, op: "set", data: { type: "lamp", n }, ttl: 3_600 }));
    const first = await server.publish(room, items.slice(0, 600));
    await server.publish(room, items.slice(600));
    await server.publish(room, { data: "once", idempotency_key: "once" });
    await forgotten(room);
    assert.deepEqual((await readEntities(server, room)).rows, []);
    assert.equal((await call(server, "GET", entityPath(room, "k1"))).status, 404);

    const [{ epoch, offset }] = [await server.publish(room, { data: "once", idempotency_key: "once" })].flat();
    assert.equal(offset, 1);
    assert.notEqual(epoch, first[0].epoch);
    await server.publish(room, { key: "k1", op: "set", data: 1, if_version: 0 }); // nothing is left of the old one
    const { rows } = await readEntities(server, room);
    assert.deepEqual(
      rows.map(({ key, data }) => [key, data]),
      [["k1", 1]],
    );

    const raw = await ProtocolClient.connect(server);
    t.after(() => raw.terminate());
    const stream = await raw.result("subscribe", { channel: room, recover: true, epoch: first[0].epoch, offset: 1 });
    assert.equal(stream.recovered ?? false, false);
    assert.equal(stream.epoch, epoch);
    const other = await ProtocolClient.connect(server);
    t.after(() => other.terminate());
    const map = await other.error("subscribe", { channel: room, type: 1, phase: 0, recover: true, epoch: first[0].epoch, offset: 1 });
    assert.equal(map.code, 112);
  });

  test(`${namespace}: a room with a subscriber, or with changes, stays`, async (t) => {
    const [watched, busy] = [`${namespace}:watched`, `${namespace}:busy`];
    const [{ epoch }] = [await server.publish(watched, [{ key: "k", op: "set", data: 1 }])].flat();
    const [first] = [await server.publish(busy, [{ data: 0 }])].flat();
    const client = connect(server);
    t.after(() => client.disconnect());
    const watcher = new MapWatcher(client, watched);
    await until("the subscription", () => watcher.syncs.length === 1);
    for (const n of range(1, 10)) {
      await delay(700); // several times room_ttl in all: this is what must not matter
      const [answer] = [await server.publish(busy, [{ data: n }])].flat();
      assert.deepEqual([answer.epoch, answer.offset], [first.epoch, n + 1]);
    }
    assert.ok(await known(watched));
    const [next] = [await server.publish(watched, [{ key: "k", op: "set", data: 2 }])].flat();
    assert.deepEqual([next.epoch, next.offset], [epoch, 2]);
    await until("the change", () => watcher.state.get("k") === 2);
    assert.equal(watcher.syncs.length, 1);
    client.disconnect();
    await forgotten(watched);
  });
}

test("a subscriber who comes back finds the new room, whatever it had of the old one", async (t) => {
  const room = "short:back";
  await server.publish(room, range(1, 5).map((n) => ({ key: `k${n}`, op: "set", data: n })));
  const client = connect(server);
  t.after(() => client.disconnect());
  const watcher = new MapWatcher(client, room);
  await until("the subscription", () => watcher.syncs.length === 1);
  client.disconnect();
  await forgotten(room);
  await server.publish(room, { key: "new", op: "set", data: "here" });
  client.connect();
  await until("the new state", () => watcher.syncs.length === 2);
  assert.deepEqual([...watcher.state], [["new", "here"]]);
});

test("changes at the very moment of being forgotten are never lost", async () => {
  const rooms = range(1, 20).map((n) => `short:edge/${n}`);
  await Promise.all(
    rooms.map(async (room, i) => {
      let last = { epoch: undefined, offset: 0 };
      for (const round of range(1, 4)) {
        const { status, body } = await call(server, "POST", `${roomPath(room)}/events`, { body: { key: "a", op: "set", data: round } });
        assert.equal(status, 200, JSON.stringify(body));
        const answer = [body].flat()[0];
        assert.equal(answer.offset, answer.epoch === last.epoch ? last.offset + 1 : 1);
        assert.equal((await server.request("GET", entityPath(room, "a"))).data, round);
        last = answer;
        await delay(2_000 + i * 60); // about the time at which it is forgotten: this is the moment under test
      }
    }),
  );
});

test("what is too old goes from rooms that are not in memory", async () => {
  const room = "aging:asleep";
  await server.publish(room, range(1, 30).map((n) => ({ key: `k${n % 3}`, op: "set", data: n })));
  await until("the room has left memory", async () => (await liveActors(server, "room")) === 0, 60_000);
  await until("its history is gone", async () => (await readHistory(server, room)).rows.length === 0, 60_000);
  assert.equal((await readEntities(server, room)).rows.length, 3);
  const answer = [await server.publish(room, { data: "next" })].flat()[0];
  assert.equal(answer.offset, 31);
});
