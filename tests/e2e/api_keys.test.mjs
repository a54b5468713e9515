// API keys: who has one may do over HTTP and as a client what it is for, in the rooms it is for; the server knows their hashes alone.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, test } from "node:test";
import WebSocket from "ws";
import { Server, binary, openToClients } from "../support/server.mjs";
import { apiKey, hashOf, keyOf, sign } from "./support/credentials.mjs";
import { EventStream } from "./support/event_stream.mjs";
import { call, entityPath, eventsPath, roomPath } from "./support/http.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";

let server;

before(async () => {
  const config = [
    apiKey("ingest", ["publish"], ["sensor:*", "exact:1"]),
    apiKey("audit", ["read"], ["*"]),
    apiKey("all", ["read", "publish"], ["sensor:*"]),
    `[[namespace]]\nname = "open"\nallow_publish_for_client = true\n${openToClients}`,
  ].join("\n");
  server = await Server.start({ dev: false, config });
});

after(async () => {
  await server?.dispose();
});

const withKey = (name) => ({ "X-API-Key": keyOf(name) });
const publish = (room, headers) => call(server, "POST", eventsPath(room), { body: { key: "k", data: { v: 1 } }, headers });

test("a key does what it is for, where it is for, in each of its headers", async () => {
  for (const headers of [withKey("ingest"), { Authorization: `apikey ${keyOf("ingest")}` }, { Authorization: `ApiKey ${keyOf("ingest")}` }]) {
    assert.equal((await publish("sensor:a", headers)).status, 200);
    assert.equal((await publish("exact:1", headers)).status, 200);
    assert.equal((await publish("exact:12", headers)).status, 403);
    assert.equal((await publish("other", headers)).status, 403);
    assert.equal((await publish("open:1", headers)).status, 403, "what is open to clients is not open to keys");
    assert.equal((await call(server, "GET", entityPath("sensor:a", "k"), { headers })).status, 403);
  }
  for (const path of ["entities", "history", "presence"]) {
    assert.equal((await call(server, "GET", `${roomPath("sensor:a")}/${path}`, { headers: withKey("audit") })).status, 200, path);
  }
  assert.equal((await publish("sensor:a", withKey("audit"))).status, 403);
});

test("what is no key is 401, its hash above all", async () => {
  for (const key of ["x", hashOf(keyOf("audit")), `${keyOf("audit")}x`, keyOf("audit").slice(1), "x".repeat(5_000)]) {
    for (const headers of [{ "X-API-Key": key }, { Authorization: `apikey ${key}` }]) {
      const refused = await call(server, "GET", roomPath("sensor:a"), { headers });
      assert.equal(refused.status, 401);
      assert.equal(refused.body.type, "/problems/unauthorized");
    }
  }
  assert.equal((await call(server, "GET", roomPath("sensor:a"), { headers: bearerOf(keyOf("audit")) })).status, 401);
});
const bearerOf = (text) => ({ Authorization: `Bearer ${text}` });

test("a server with keys alone trusts no token", async () => {
  assert.equal((await call(server, "GET", roomPath("sensor:a"), { token: sign({ scope: "read" }) })).status, 401);
  assert.equal((await call(server, "GET", roomPath("sensor:a"), { token: sign({ scope: "read" }, "") })).status, 401);
});

test("a listing shows what the key may read", async () => {
  await publish("sensor:listed", withKey("ingest"));
  await publish("exact:1", withKey("ingest"));
  const rooms = async (name) => (await call(server, "GET", "/api/v1/rooms", { headers: withKey(name) })).body.data.map(({ room }) => room);
  assert.ok((await rooms("audit")).includes("exact:1"));
  assert.ok((await rooms("all")).every((room) => room.startsWith("sensor:")));
  assert.ok((await rooms("all")).includes("sensor:listed"));
  assert.equal((await call(server, "GET", "/api/v1/rooms", { headers: withKey("ingest") })).status, 403, "it may read none");
});

test("a client of the protocol brings its key with the handshake, and needs no token", async () => {
  const client = await ProtocolClient.connect(server, {}, { headers: withKey("all") });
  await client.result("subscribe", { channel: "sensor:live" });
  await client.result("publish", { channel: "sensor:live", data: 1 });
  const [{ info }] = await client.publications("sensor:live", 1);
  assert.equal(info.user, "apikey:all");
  await client.result("history", { channel: "sensor:live", limit: 1 });
  await client.result("subscribe", { channel: "sensor:li*" });
  for (const channel of ["other", "open:1", "*", "sens*"]) {
    const { code } = await client.error("subscribe", { channel });
    assert.ok(code === 103 || code === 107, channel);
  }
  assert.equal((await client.error("publish", { channel: "open:1", data: 1 })).code, 103);
  client.terminate();

  const writer = await ProtocolClient.connect(server, {}, { headers: withKey("ingest") });
  await writer.result("publish", { channel: "sensor:live", data: 2 });
  assert.equal((await writer.error("subscribe", { channel: "sensor:live" })).code, 103);
  assert.equal((await writer.error("history", { channel: "sensor:live", limit: 1 })).code, 103);
  assert.equal((await writer.error("presence", { channel: "sensor:live" })).code, 103);
  writer.terminate();
});

test("a handshake with a wrong key is 401, without one the connection needs a token", async () => {
  const socket = new WebSocket(server.websocketUrl, { headers: { "X-API-Key": "wrong" } });
  const status = await new Promise((resolve) => socket.once("unexpected-response", (_, response) => resolve(response.statusCode)));
  assert.equal(status, 401);
  socket.on("error", () => {});
  socket.terminate();
  const client = await ProtocolClient.open(server);
  client.sendAll({ connect: {} });
  assert.equal((await client.end()).code, 3500);
});

test("server-sent events of a room, and the transports without WebSocket", async () => {
  const open = async (path, headers) => {
    const stream = await EventStream.open(`${server.url}${path}`, headers);
    stream.close();
    return stream.response.status;
  };
  assert.equal(await open(`${roomPath("sensor:a")}/stream`, withKey("all")), 200);
  assert.equal(await open(`${roomPath("other")}/stream`, withKey("all")), 403);
  assert.equal(await open(`${roomPath("sensor:a")}/stream`, withKey("ingest")), 403);
  assert.equal(await open(`${roomPath("sensor:a")}/stream`, { "X-API-Key": "wrong" }), 401);
  assert.equal(await open("/connection/uni_sse", { "X-API-Key": "wrong" }), 401);
  assert.equal(await open("/connection/uni_sse", withKey("all")), 200);
});

test("hash-key makes keys, and says what the configuration keeps of them", () => {
  const run = (args, input = "") => spawnSync(binary, ["hash-key", ...args], { encoding: "utf8", input });
  const made = new Set();
  for (let i = 0; i < 3; i += 1) {
    const { status, stdout } = run([]);
    assert.equal(status, 0);
    const [, key, hash] = /^key: +(tidewire_[\w-]{43}) .*\nhash: ([0-9a-f]{64}) /.exec(stdout);
    assert.equal(hashOf(key), hash);
    made.add(key);
  }
  assert.equal(made.size, 3);
  assert.match(run(["--stdin"], "mine\n").stdout, new RegExp(hashOf("mine")));
  assert.equal(run(["--stdin"], "\n").status, 2);
});

test("a configuration with a key itself instead of its hash does not start", async () => {
  const config = apiKey("a", ["read"], ["*"]).replace(/hash = ".*"/, `hash = "${keyOf("a")}"`);
  await assert.rejects(Server.start({ dev: false, config }), /"hash" must be a SHA-256 in 64/);
  await assert.rejects(Server.start({ dev: false, config: apiKey("a", ["fly"], ["*"]) }), /"scopes" must be an array of/);
  await assert.rejects(Server.start({ dev: false, config: `[[api_key]]\nname = "a"\n` }), /a \[\[api_key\]\] needs "rooms"/);
  await assert.rejects(Server.start({ dev: false, config: apiKey("a", ["read"], ["*"]) + apiKey("a", ["read"], ["*"]) }), /has the name or the hash/);
});
