// What operators see of the connections of clients, how they end one, and how a room leaves memory.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Server } from "../support/server.mjs";
import { signToken } from "../support/token.mjs";
import { liveActors } from "./support/engine_view.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";
import { until } from "./support/until.mjs";

const secret = "a secret of at least thirty-two bytes";

async function started(t, options = {}) {
  const server = await Server.start(options);
  t.after(() => server.dispose());
  return server;
}

async function connected(t, server, options) {
  const client = await ProtocolClient.connect(server, options);
  t.after(() => client.terminate());
  return client;
}

async function admin(server, path, method = "GET") {
  const response = await fetch(`${server.adminUrl}${path}`, { method });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === "" ? null : JSON.parse(text) };
}

const list = async (server, query = "") => (await admin(server, `/api/v1/sessions${query}`)).body;

test("connections are listed with whom they are of, and in the order that is asked for", async (t) => {
  const server = await started(t, { config: `[token]\nhmac_secret = "${secret}"\n` });
  assert.deepEqual(await list(server), { data: [], total: 0 });
  const first = await connected(t, server, { token: signToken(secret, { sub: "ann" }) });
  const second = await connected(t, server);
  await second.result("subscribe", { channel: "a", type: 1 });
  await second.result("subscribe", { channel: "b" });
  await until("its subscriptions are known", async () => (await list(server, "?sort=subscriptions")).data[0]?.subscriptions === 2);
  const { data, total } = await list(server, "?sort=subscriptions");
  assert.equal(total, 2);
  assert.deepEqual(data.map(({ user, address, protocol, queued_bytes, missed }) => ({ user, address, protocol, queued_bytes, missed })), [
    { user: "", address: "127.0.0.1", protocol: "json", queued_bytes: 0, missed: 0 },
    { user: "ann", address: "127.0.0.1", protocol: "json", queued_bytes: 0, missed: 0 },
  ]);
  assert.equal((await list(server, "?sort=age&limit=1")).data[0].user, "ann");
  assert.deepEqual((await list(server, "?user=ann")).data.map(({ session }) => session), [first.hello.client]);
  assert.equal((await list(server, "?user=nobody")).total, 0);
  for (const wrong of ["?sort=colour", "?limit=0", "?limit=1001", "?room=a"])
    assert.equal((await admin(server, `/api/v1/sessions${wrong}`)).status, 400, wrong);
});

test("one of them tells what it is subscribed to, and how", async (t) => {
  const server = await started(t);
  const client = await connected(t, server);
  await server.publish("a", { key: "k", data: 1 });
  await client.result("subscribe", { channel: "a", type: 1 });
  await client.result("subscribe", { channel: "b", data: { max_rate: 5 } });
  const { status, body } = await admin(server, `/api/v1/sessions/${client.hello.client}`);
  assert.equal(status, 200);
  assert.equal(body.session, client.hello.client);
  const rooms = [...body.rooms].sort((one, other) => (one.room < other.room ? -1 : 1));
  assert.deepEqual(rooms, [
    { room: "a", kind: "map", live: true, policy: "conflate", interval_ms: 0 },
    { room: "b", kind: "stream", live: true, policy: "resync", interval_ms: 200 },
  ]);
  assert.equal((await admin(server, "/api/v1/sessions/nobody")).status, 404);
  assert.equal((await admin(server, "/api/v1/sessions/a/b")).status, 404);
});

test("who misses something is found without the others", async (t) => {
  const server = await started(t, { config: '[limits]\nbacklog_bytes_max = "64KiB"\nunsent_bytes_max = "16KiB"\n' });
  const slow = await connected(t, server);
  const other = await connected(t, server);
  for (const client of [slow, other]) await client.result("subscribe", { channel: "a", type: 1 });
  assert.deepEqual(await list(server, "?behind=true"), { data: [], total: 0 });
  slow.stall();
  const large = "x".repeat(10_000);
  const behind = await until("somebody is behind", async () => {
    await server.publish("a", Array.from({ length: 50 }, (_, n) => ({ key: `k${n}`, data: large })));
    const found = await list(server, "?behind=true");
    return found.total > 0 && found;
  });
  assert.deepEqual([behind.total, behind.data[0].session, behind.data[0].missed], [1, slow.hello.client, 1]);
  assert.ok(behind.data[0].queued_bytes > 0);
  assert.equal((await list(server, "?behind=false&limit=1")).status, 400);
  slow.stall(false);
  await until("he has made up for it", async () => (await list(server, "?behind=true")).total === 0);
  slow.stall();
  await until("somebody is behind again", async () => {
    await server.publish("a", Array.from({ length: 50 }, (_, n) => ({ key: `k${n}`, data: large })));
    return (await list(server, "?behind=true")).total > 0;
  });
  slow.terminate();
  await until("he is gone", async () => (await list(server, "?behind=true")).total === 0);
});

test("a reader of a room's stream is a session, too", async (t) => {
  const server = await started(t);
  const reading = new AbortController();
  t.after(() => reading.abort());
  const response = await fetch(`${server.url}/api/v1/rooms/a/stream`, { signal: reading.signal });
  assert.equal(response.status, 200);
  await until("it is listed", async () => (await list(server)).total === 1);
  const { data } = await list(server);
  assert.equal(data[0].protocol, "room-events");
  assert.deepEqual((await admin(server, `/api/v1/sessions/${data[0].session}`)).body.rooms.map(({ room }) => room), ["a"]);
});

test("who is disconnected is told so, and nobody else", async (t) => {
  const server = await started(t);
  const [out, stays] = [await connected(t, server), await connected(t, server)];
  assert.equal((await admin(server, `/api/v1/sessions/${out.hello.client}`, "DELETE")).status, 204);
  await until("its connection has ended", () => out.closed);
  assert.equal(out.closed.code, 3503);
  await stays.result("history", { channel: "a", limit: 0 });
  await until("it is gone from the list", async () => (await list(server)).total === 1);
  assert.equal((await admin(server, `/api/v1/sessions/${out.hello.client}`, "DELETE")).status, 404);
  const wrong = await admin(server, "/api/v1/sessions", "DELETE");
  assert.deepEqual([wrong.status, wrong.headers.get("allow")], [405, "GET, HEAD, OPTIONS"]);
});

test("a room leaves memory on demand, and comes back as it was", async (t) => {
  const server = await started(t);
  const client = await connected(t, server);
  await server.publish("a", { key: "k", data: { n: 1 } });
  await client.result("subscribe", { channel: "a", type: 1 });
  assert.equal(await liveActors(server, "room"), 1);
  await until("it rests, and leaves", async () => (await admin(server, "/api/v1/rooms/a/passivate", "POST")).body.passivated);
  await until("it is gone", async () => (await liveActors(server, "room")) === 0);
  assert.deepEqual((await admin(server, "/api/v1/rooms/a/passivate", "POST")).body, { in_memory: false, passivated: false });
  await server.publish("a", { key: "k", data: { m: 2 } });
  const [pushed] = await client.publications("a", 1);
  assert.deepEqual(pushed.data, { n: 1, m: 2 });
  assert.equal((await admin(server, "/api/v1/rooms/a/passivate")).status, 405);
});
