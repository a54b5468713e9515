// Every endpoint of the public listener and every command of the client protocol, with no, wrong, expired, under-privileged and sufficient
// credentials. The rows are compared with the server's own sources: what is added there without a row here fails.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import WebSocket from "ws";
import { Server } from "../support/server.mjs";
import { apiKey, bearer, inSeconds, keyOf, secret, sign } from "./support/credentials.mjs";
import { EventStream } from "./support/event_stream.mjs";
import { call } from "./support/http.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";

const actions = ["subscribe", "publish", "presence", "history", "manage"];
const room = "walk:1";
const at = `/api/v1/rooms/${encodeURIComponent(room)}`;
const cloudEvent = { specversion: "1.0", id: "1", source: "/t", type: "t", room, data: 1 };
const json = { "Content-Type": "application/json" };
const serverApi = { ...json, "X-Centrifugo-Error-Mode": "transport" };
const ndjson = { "Content-Type": "application/x-ndjson" };

// By the names of `enum class endpoint`: [method, path, what one must be allowed to do, body, headers] of each way to ask.
// "credentials": good ones of any kind suffice. "open": none are needed.
const endpoints = {
  live: [["GET", "/livez", "open"]],
  ready: [
    ["GET", "/readyz", "open"],
    ["GET", "/healthz", "open"],
    ["GET", "/api/v1/health", "open"],
  ],
  events: [["POST", "/api/v1/events", "publish", cloudEvent, { "Content-Type": "application/cloudevents+json" }]],
  batch: [["POST", "/api/v1/batch", "publish", { operations: [{ room, data: 1 }] }, json]],
  ingest: [["POST", "/api/v1/ingest", "publish", `{"room":"${room}","data":1}`, ndjson]],
  entities: [["GET", "/api/v1/entities?type=t", "credentials"]],
  rooms: [["GET", "/api/v1/rooms", "credentials"]],
  room: [["GET", at, "subscribe"]],
  room_events: [
    ["POST", `${at}/events`, "publish", { data: 1 }, json],
    ["POST", `${at}/events`, "publish", cloudEvent, { "Content-Type": "application/cloudevents+json" }],
    ["POST", `${at}/events`, "publish", 1, { ...json, "ce-specversion": "1.0", "ce-id": "2", "ce-source": "/t", "ce-type": "t" }],
    ["POST", `${at}/events`, "publish", '{"data":1}', ndjson],
  ],
  room_entities: [
    ["GET", `${at}/entities`, "subscribe"],
    ["HEAD", `${at}/entities`, "subscribe"],
    ["GET", `${at}/entities?at=1`, "history subscribe"],
    ["GET", `${at}/entities?type=t`, "subscribe"],
  ],
  room_entity: [
    ["PUT", `${at}/entities/k`, "publish", 1, json],
    ["PATCH", `${at}/entities/k`, "publish", { a: 1 }, { "Content-Type": "application/merge-patch+json" }],
    ["PATCH", `${at}/entities/k`, "publish", [{ op: "add", path: "/b", value: 1 }], { "Content-Type": "application/json-patch+json" }],
    ["GET", `${at}/entities/k`, "subscribe"],
    ["GET", `${at}/entities/k?at=1`, "history subscribe"],
    ["DELETE", `${at}/entities/k`, "publish"],
  ],
  room_history: [["GET", `${at}/history`, "history"]],
  room_presence: [["GET", `${at}/presence`, "presence"]],
  room_messages: [["POST", `${at}/messages`, "publish", { data: 1 }, json]],
  document: [
    ["GET", "/api/v1/openapi.json", "open"],
    ["GET", "/api/v1/asyncapi.json", "open"],
  ],
  // What a command of a broadcast or a batch may not do is said in the answer (server_api.test.mjs).
  server_api: [
    ["POST", "/api/publish", "publish", { channel: room, data: 1 }, serverApi],
    ["POST", "/api/map_publish", "publish", { channel: room, key: "k", data: 1 }, serverApi],
    ["POST", "/api/map_remove", "publish", { channel: room, key: "k" }, serverApi],
    ["POST", "/api/map_read_state", "subscribe", { channel: room }, serverApi],
    ["POST", "/api/map_read_stream", "history", { channel: room }, serverApi],
    ["POST", "/api/history", "history", { channel: room, limit: 1 }, serverApi],
    ["POST", "/api/presence", "presence", { channel: room }, serverApi],
    ["POST", "/api/presence_stats", "presence", { channel: room }, serverApi],
    ["POST", "/api/unsubscribe", "manage", { channel: room, user: "nobody" }, serverApi],
    ["POST", "/api/channels", "credentials", {}, serverApi],
    ["POST", "/api/broadcast", "credentials", { channels: [room], data: 1 }, serverApi],
    ["POST", "/api/batch", "credentials", { commands: [] }, serverApi],
  ],
  problem: [["GET", "/problems/not-found", "open"]],
  asset: [["GET", "/", "open"]],
};

// The others, by their paths.
const streams = {
  "/api/v1/rooms/*/stream": [["GET", `${at}/stream`, "subscribe"]],
};
// Connections of the client protocol: what they are let do is said by their first command.
const connections = ["/connection/websocket", "/connection/http_stream", "/connection/sse", "/connection/uni_sse"];
// The name of the session is the credential (128 random bits).
const byName = ["/emulation"];

// By the names of the commands: the request, and what one must be allowed to do. "connected": whoever is connected may.
const commands = {
  connect: null, // below
  subscribe: [
    [{ channel: room }, "subscribe"],
    [{ channel: room, type: 1, phase: 2 }, "subscribe"],
    [{ channel: "walk:*" }, "subscribe"],
    [{ channel: room, recover: true, offset: 0, epoch: "" }, "subscribe"],
  ],
  unsubscribe: [[{ channel: room }, "connected"]],
  publish: [
    [{ channel: room, data: 1 }, "publish"],
    [{ channel: room, type: 1, key: "k", data: 1 }, "publish"],
    [{ channel: room, type: 1, key: "k", removed: true }, "publish"],
  ],
  presence: [[{ channel: room }, "presence"]],
  presence_stats: [[{ channel: room }, "presence"]],
  history: [
    [{ channel: room, limit: 1 }, "history"],
    [{ channel: room }, "history"],
  ],
  rpc: [[{ method: "m", data: 1 }, "connected"]],
  send: [[{ data: 1 }, "connected"]],
  refresh: [[{ token: "wrong" }, "token"]],
  sub_refresh: [[{ channel: room, token: "wrong" }, "token"]],
  ping: [[{}, "connected"]],
};

const config = [
  `[token]\nhmac_secret = "${secret}"`,
  ...actions.map((what) => apiKey(what, [what], ["walk:*"])),
  ...actions.map((what) => apiKey(`without-${what}`, actions.filter((each) => each !== what), ["walk:*"])),
  apiKey("elsewhere", actions, ["other:*", "walk:2", "walk"]),
  apiKey("everything", actions, ["walk:*"]),
].join("\n");

let server;

before(async () => {
  server = await Server.start({ dev: false, config });
  for (const key of ["k", "l"]) {
    const made = await call(server, "PUT", `${at}/entities/${key}`, { body: { type: "t" }, headers: { "X-API-Key": keyOf("everything") } });
    assert.equal(made.status, 201);
  }
});

after(async () => {
  await server?.dispose();
});

const caps = (allow, channels = ["walk:*"]) => sign({ caps: [{ channels, match: "wildcard", allow }] });
const without = (needed) => actions.filter((each) => !needed.split(" ").includes(each));

// Headers by name, of what proves nothing.
const worthless = {
  "no credentials": {},
  "an empty token": bearer(""),
  nonsense: bearer("nonsense"),
  "another scheme": { Authorization: `Basic ${Buffer.from("a:b").toString("base64")}` },
  "a token with another secret": bearer(sign({ scope: actions.join(" ") }, "another secret of thirty-two bytes!!")),
  "an unsigned token": bearer(`${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from('{"scope":"read publish"}').toString("base64url")}.`),
  "a subscription token": bearer(sign({ channel: room, scope: actions.join(" ") })),
  "an expired token": bearer(sign({ scope: actions.join(" "), exp: inSeconds(-600) })),
  "a token of the future": bearer(sign({ scope: actions.join(" "), nbf: inSeconds(600) })),
  "a wrong API key": { "X-API-Key": "wrong" },
  "a wrong API key beside a good token": { "X-API-Key": "wrong", ...bearer(sign({ scope: actions.join(" ") })) },
};
// Of what proves somebody who may not do that, though everything else, or there and nowhere else.
const insufficient = (needed) => ({
  "a token without rights": bearer(sign({})),
  "a token with all other scopes": bearer(sign({ scope: without(needed).join(" ") })),
  "a token with all other capabilities": bearer(caps(without(needed))),
  "a token for other rooms": bearer(caps(actions, ["other:*", "walk", "walk:", "walk:2", "alk:1", "*:11"])),
  "an API key with all other scopes": { "X-API-Key": keyOf(`without-${needed.split(" ")[0]}`) },
  "an API key for other rooms": { "X-API-Key": keyOf("elsewhere") },
});
const sufficient = (needed) => ({
  "a token with the scope": bearer(sign({ scope: needed })),
  "a token with the capability": bearer(caps(needed.split(" "))),
  "a token for that room": bearer(sign({ caps: [{ channels: [room], allow: needed.split(" ") }] })),
  "an API key": { "X-API-Key": keyOf(needed.includes(" ") ? "everything" : needed) },
});

const sourceOf = async (file) => readFile(new URL(`../../${file}`, import.meta.url), "utf8");
const found = (text, pattern) => [...text.matchAll(pattern)].map(([, name]) => name).sort();

test("every endpoint has a row", async () => {
  const [, body] = /enum class endpoint[^{]*\{(.*?)\n\};/s.exec(await sourceOf("actors/gateway/http_route.hpp"));
  const names = found(body, /^\s*(\w+),/gm).filter((name) => name !== "none");
  assert.ok(names.length >= 10, names.join(" "));
  assert.deepEqual(Object.keys(endpoints).sort(), names);
  for (const [name, rows] of Object.entries(endpoints)) assert.ok(rows.length > 0, name);

  const others = [
    ...found(await sourceOf("actors/edge/stream_endpoints.cpp"), /endpoint\{"([^"]+)"/g),
    ...found(await sourceOf("actors/edge/start_session.hpp"), /websocket_path = "([^"]+)"/g),
  ];
  assert.deepEqual(others.sort(), [...connections, ...byName].sort());
  // Whoever serves something else besides has to be asked here.
  const [, serving] = /void edge::on_http\([^{]*\{(.*?)\n\}/s.exec(await sourceOf("actors/edge/edge.cpp"));
  assert.deepEqual(found(serving, /\b(\w*serve\w*)\(/g), ["serve", "serve_room_stream"]);
  // What takes bodies as they come has its rows above, by its content type.
  const [, taking] = /edge::on_body\([^{]*\{(.*?)\n\}/s.exec(await sourceOf("actors/edge/edge.cpp"));
  assert.deepEqual(found(taking, /\b(\w*serve\w*)\(/g), ["serve_ingest"]);
});

test("every method of an endpoint has a row", async () => {
  for (const [name, rows] of Object.entries(endpoints)) {
    if (rows[0][2] === "open") continue;
    const allow = (await call(server, "OPTIONS", rows[0][1].split("?")[0])).headers.get("allow").split(", ");
    const asked = new Set(rows.map(([method]) => method));
    assert.deepEqual(allow.filter((method) => !["OPTIONS", "HEAD"].includes(method)).filter((method) => !asked.has(method)), [], name);
  }
});

test("every command has a row", async () => {
  const names = found(await sourceOf("actors/session/session_state.hpp"), /operator\(\)\(std::uint32_t id, const protocol::(\w+)_command/g);
  assert.ok(names.length >= 10);
  assert.deepEqual(Object.keys(commands).sort(), names);
});

async function ask([method, path, , body, headers = {}], credentials) {
  if (path.endsWith("/stream")) {
    const stream = await EventStream.open(server.url + path, credentials);
    stream.close();
    return stream.response;
  }
  return call(server, method, path, { body, headers: { ...headers, ...credentials } });
}

for (const rows of [...Object.values(endpoints), ...Object.values(streams)]) {
  for (const row of rows) {
    const [method, path, needed] = row;
    const name = `${method} ${decodeURIComponent(path)}`;
    if (needed === "open") {
      test(`${name}: open to all`, async () => {
        assert.ok(![401, 403].includes((await ask(row, {})).status));
        assert.ok(![401, 403].includes((await ask(row, worthless["a token with another secret"])).status));
      });
      continue;
    }
    test(`${name}: 401 for what proves nothing`, async () => {
      for (const [what, credentials] of Object.entries(worthless)) {
        const refused = await ask(row, credentials);
        assert.equal(refused.status, 401, what);
        assert.ok(refused.headers.get("www-authenticate"), what);
      }
    });
    if (needed === "credentials") continue;
    test(`${name}: 403 for who may not ${needed}`, async () => {
      for (const [what, credentials] of Object.entries(insufficient(needed))) assert.equal((await ask(row, credentials)).status, 403, what);
    });
    test(`${name}: done for who may ${needed}`, async () => {
      for (const [what, credentials] of Object.entries(sufficient(needed))) {
        const { status } = await ask(row, credentials);
        assert.ok(status < 300 || status === 404, `${what}: ${status}`); // 404: a row before has removed it
      }
    });
  }
}

for (const listed of ["rooms", "entities"]) test(`the listing of ${listed} shows what may be read, and nothing to who may read nothing`, async () => {
  const listing = (credentials) => ask(endpoints[listed][0], credentials);
  for (const [what, credentials] of Object.entries(insufficient("subscribe"))) {
    const { status, body } = await listing(credentials);
    if (what.endsWith("other rooms")) assert.ok(body.data.every((each) => each.room !== room), what);
    else assert.equal(status, 403, what);
  }
  for (const credentials of Object.values(sufficient("subscribe"))) {
    assert.ok((await listing(credentials)).body.data.some((each) => each.room === room));
  }
});

test("disconnect and info are for who may manage all rooms", async () => {
  for (const row of [["POST", "/api/disconnect", "", { user: "nobody" }, serverApi], ["POST", "/api/info", "", {}, serverApi]]) {
    for (const [what, credentials] of Object.entries(worthless)) assert.equal((await ask(row, credentials)).status, 401, what);
    for (const [what, credentials] of Object.entries({ ...insufficient("manage"), "an API key for some rooms": { "X-API-Key": keyOf("everything") } }))
      assert.equal((await ask(row, credentials)).status, 403, what);
    assert.equal((await ask(row, bearer(sign({ scope: "manage" })))).status, 200);
  }
});

test("a broadcast and a batch do nothing for who may not", async () => {
  const commands = [{ publish: { channel: room, data: 1 } }, { history: { channel: room } }, { disconnect: { user: "nobody" } }];
  for (const credentials of [bearer(sign({})), { "X-API-Key": keyOf("elsewhere") }]) {
    const { body: batch } = await ask(["POST", "/api/batch", "", { commands }, serverApi], credentials);
    assert.deepEqual(batch.replies.map(({ error }) => error?.code), [103, 103, 103]);
    const { body: broadcast } = await ask(["POST", "/api/broadcast", "", { channels: [room], data: 1 }, serverApi], credentials);
    assert.deepEqual(broadcast.result.responses.map(({ error }) => error?.code), [103]);
    const { body: channels } = await ask(["POST", "/api/channels", "", {}, serverApi], credentials);
    assert.deepEqual(channels.result, { channels: {} });
  }
});

// ---- the client protocol ---------------------------------------------------------------------------------------------------

const tokenOf = ({ Authorization: text = "" }) => text.replace(/^Bearer /, "");

// A connection with these credentials: the reply to connect, or how it ended.
async function open(credentials) {
  const headers = credentials["X-API-Key"] ? { "X-API-Key": credentials["X-API-Key"] } : {};
  const client = await ProtocolClient.open(server, { headers });
  const [reply] = client.sendAll({ connect: { token: tokenOf(credentials) } });
  return { client, reply: await reply };
}

test("connect: refused for what proves nothing", async () => {
  for (const [what, credentials] of Object.entries(worthless)) {
    if (credentials["X-API-Key"]) {
      const socket = new WebSocket(server.websocketUrl, { headers: { "X-API-Key": credentials["X-API-Key"] } });
      socket.on("error", () => {});
      assert.equal(await new Promise((resolve) => socket.once("unexpected-response", (_, { statusCode }) => resolve(statusCode))), 401, what);
      socket.terminate();
      continue;
    }
    const { client, reply } = await open(credentials);
    if (what === "an expired token") {
      assert.equal(reply.error.code, 109);
      client.sendAll({ publish: { channel: room, data: 1 } });
      assert.equal((await client.end()).code, 3501);
    } else {
      assert.equal(reply.closed?.code, 3500, what);
    }
    client.terminate();
  }
});

test("every command before connect closes the connection", async () => {
  for (const [method, rows] of Object.entries(commands)) {
    for (const [request] of rows ?? []) {
      const client = await ProtocolClient.open(server);
      client.sendAll({ [method]: request });
      assert.equal((await client.end()).code, 3501, method);
    }
  }
});

for (const [method, rows] of Object.entries(commands)) {
  for (const [request, needed] of rows ?? []) {
    const name = `${method} ${JSON.stringify(request)}`;
    if (needed === "connected") {
      test(`${name}: nothing of a room is told or done`, async () => {
        const { client } = await open(bearer(sign({})));
        client.sendAll({ [method]: request });
        await client.result("ping", {}); // it goes on
        assert.deepEqual(client.received.filter(({ push }) => push), []);
        client.terminate();
      });
      continue;
    }
    if (needed === "token") {
      test(`${name}: a bad token closes the connection, or there is nothing to refresh`, async () => {
        const { client } = await open(bearer(sign({})));
        const [reply] = client.sendAll({ [method]: request });
        const { closed, error } = await reply;
        assert.ok(closed?.code === 3500 || error?.code === 103);
        client.terminate();
      });
      continue;
    }
    test(`${name}: 103 for who may not ${needed}`, async () => {
      for (const [what, credentials] of Object.entries(insufficient(needed))) {
        const { client } = await open(credentials);
        assert.equal((await client.error(method, request)).code, 103, what);
        client.terminate();
      }
    });
    test(`${name}: done for who may ${needed}`, async () => {
      for (const [what, credentials] of Object.entries(sufficient(needed))) {
        if (request.channel.endsWith("*") && what === "a token for that room") continue;
        const { client } = await open(credentials);
        const [reply] = client.sendAll({ [method]: request });
        assert.equal((await reply).error, undefined, what);
        client.terminate();
      }
    });
  }
}

test("the transports without WebSocket tell strangers nothing", async () => {
  const connect = JSON.stringify({ id: 1, connect: {} });
  const wrong = JSON.stringify({ id: 1, connect: { token: tokenOf(worthless["a token with another secret"]) } });
  for (const first of [connect, wrong]) {
    const ways = [
      ["POST", "/connection/http_stream", first],
      ["POST", "/connection/sse", first],
      ["GET", `/connection/sse?cf_connect=${encodeURIComponent(first)}`, undefined],
      ["POST", "/connection/uni_sse", JSON.stringify(JSON.parse(first).connect)],
    ];
    for (const [method, path, body] of ways) {
      const { status, body: text } = await call(server, method, path, { body });
      assert.equal(status, 200);
      assert.match(JSON.stringify(text), /disconnect.*3500/, path);
      assert.doesNotMatch(JSON.stringify(text), /client/);
    }
  }
  const emulation = { session: "0".repeat(32), node: "0".repeat(32), data: JSON.stringify({ id: 2, publish: { channel: room, data: 1 } }) };
  assert.equal((await call(server, "POST", "/emulation", { body: emulation })).status, 404);
});
