// The rooms that were used most are in memory again after a start; a crash does not matter, and it can be switched off.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Server } from "../support/server.mjs";
import { cacheOf, liveActors, memoryOf } from "./support/engine_view.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";
import { range } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const rooms = range(1, 30).map((n) => `warm:${n}`);

async function fill(server) {
  for (const room of rooms) await server.publish(room, range(1, 20).map((n) => ({ key: `k${n}`, op: "set", data: { n } })));
}

const warm = async (server) => {
  await until("the warm-up is over", async () => (await memoryOf(server)).warm_up.over);
  return (await memoryOf(server)).warm_up;
};

test("after an orderly stop the rooms come back before anybody asks, and readers find them at hand", async (t) => {
  const server = await Server.start();
  t.after(() => server.dispose());
  assert.deepEqual(await warm(server), { rooms: 0, rooms_done: 0, bytes: 0, over: true });
  await fill(server);
  await server.restart();
  const done = await warm(server);
  assert.deepEqual([done.rooms, done.rooms_done], [rooms.length, rooms.length]);
  assert.ok(done.bytes > 0);
  assert.equal(await liveActors(server, "room"), rooms.length);
  const ready = await (await fetch(`${server.adminUrl}/readyz?verbose`)).text();
  assert.equal(ready, `ok\nwarm-up: over, ${rooms.length} of ${rooms.length} rooms\n`);

  const client = await ProtocolClient.connect(server);
  t.after(() => client.terminate());
  const { epoch } = await server.request("GET", `/api/v1/rooms/${rooms[3]}`);
  const reply = await client.result("subscribe", { channel: rooms[3], recover: true, epoch, offset: 5 });
  assert.equal(reply.publications.length, 15);
  assert.equal(cacheOf(await memoryOf(server), "stream", "memory").hits, 1);

  await server.kill(); // the note of the last orderly stop is still there
  await server.restart();
  assert.equal((await warm(server)).rooms, rooms.length);
  await server.publish(rooms[0], { key: "k1", op: "merge", data: { n: 2 } });
});

test("it can be switched off", async (t) => {
  const server = await Server.start({ config: "[memory]\nwarm_up = 0\n" });
  t.after(() => server.dispose());
  await fill(server);
  await server.restart();
  assert.deepEqual(await warm(server), { rooms: 0, rooms_done: 0, bytes: 0, over: true });
  assert.equal(await liveActors(server, "room"), 0);
});
