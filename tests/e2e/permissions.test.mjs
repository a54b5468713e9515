// What is allowed in which room: rules of the configuration with claims, capabilities and scopes of tokens; the same for clients of the
// protocol and over HTTP. What nobody allows is refused.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { permission, secret, sign } from "./support/credentials.mjs";
import { EventStream } from "./support/event_stream.mjs";
import { call, entityPath, eventsPath, roomPath } from "./support/http.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";

const config = [
  `[token]\nhmac_secret = "${secret}"`,
  `[sys]\nlifecycle = true`,
  permission(["user:{sub}", "inbox:{sub}:*"], ["subscribe", "publish"]),
  permission(["team:{team}:*"], ["read"]),
  permission(["ops:*"], ["subscribe", "publish"], 'scope = "ops"'),
  permission(["lobby"], ["subscribe"], "anonymous = true"),
].join("\n");

let server;

before(async () => {
  server = await Server.start({ dev: false, config });
});

after(async () => {
  await server?.dispose();
});

// Whether somebody with these claims may do each of these in the room, as [client of the protocol, HTTP]: they have to agree.
async function may(room, claims) {
  const token = sign(claims);
  const client = await ProtocolClient.connect(server, { token });
  const asked = async (method, more = {}) => {
    const [reply] = client.sendAll({ [method]: { channel: room, ...more } });
    const { error } = await reply;
    if (error) assert.equal(error.code, 103, `${method}: ${JSON.stringify(error)}`);
    return error === undefined;
  };
  const http = async (method, path, body) => {
    const { status } = await call(server, method, path, { token, body });
    assert.ok([200, 201, 403, 404].includes(status), `${method} ${path}: ${status}`);
    return status !== 403;
  };
  const stream = async () => {
    const opened = await EventStream.open(`${server.url}${roomPath(room)}/stream`, { Authorization: `Bearer ${token}` });
    opened.close();
    return opened.response.status === 200;
  };
  const told = {
    publish: [await asked("publish", { data: 1 }), await http("POST", eventsPath(room), { data: 1 })],
    entity: [await asked("publish", { type: 1, key: "k", data: 1 }), await http("PUT", entityPath(room, "k"), 1)],
    message: [await asked("publish", { data: 1 }), await http("POST", `${roomPath(room)}/messages`, { data: 1 })],
    history: [await asked("history", { limit: 1 }), await http("GET", `${roomPath(room)}/history`)],
    presence: [await asked("presence"), await http("GET", `${roomPath(room)}/presence`)],
    stats: [await asked("presence_stats"), await http("GET", `${roomPath(room)}/presence`)],
    subscribe: [await asked("subscribe"), await http("GET", `${roomPath(room)}/entities`)],
    stream: [await asked("unsubscribe").then(() => asked("subscribe", { type: 1, phase: 2 })), await stream()],
  };
  client.terminate();
  const result = {};
  for (const [what, [overProtocol, overHttp]] of Object.entries(told)) {
    assert.equal(overProtocol, overHttp, `${what} of ${room} for ${JSON.stringify(claims)}`);
    result[what] = overHttp;
  }
  return { ...result, any: Object.values(result).some(Boolean), all: Object.values(result).every(Boolean) };
}

const allows = async (room, claims, wanted) => {
  const { publish, entity, message, history, presence, stats, subscribe, stream } = await may(room, claims);
  const got = [];
  if (subscribe && stream) got.push("subscribe");
  if (publish && entity && message) got.push("publish");
  if (history) got.push("history");
  if (presence && stats) got.push("presence");
  assert.deepEqual(got, wanted, `${room} for ${JSON.stringify(claims)}`);
};

test("nothing is allowed that nobody allows", async () => {
  const { any } = await may("somewhere:1", {});
  assert.equal(any, false);
});

test("rules with claims", async () => {
  await allows("user:ann", {}, ["subscribe", "publish"]);
  await allows("user:bob", {}, []);
  await allows("user:annie", {}, []);
  await allows("inbox:ann:1", {}, ["subscribe", "publish"]);
  await allows("inbox:bob:1", {}, []);
  await allows("team:red:1", { team: "red" }, ["subscribe", "history", "presence"]);
  await allows("team:red:1", { team: "re" }, []);
  await allows("team:red:1", {}, []);
  await allows("team::1", { team: "" }, []);
});

test("rules for a scope, and for who has no name", async () => {
  await allows("ops:1", { scope: "ops" }, ["subscribe", "publish"]);
  await allows("ops:1", { scope: "devops" }, []);
  await allows("lobby", { sub: undefined }, ["subscribe"]);
  await allows("user:x", { sub: "" }, []);
  await allows("lobbyx", {}, []);
});

test("scopes are for all rooms, capabilities for some", async () => {
  await allows("x:1", { scope: "read" }, ["subscribe", "history", "presence"]);
  await allows("x:1", { scope: "publish" }, ["publish"]);
  await allows("x:1", { scope: "history presence" }, ["history", "presence"]);
  const caps = [
    { channels: ["x:1"], allow: ["sub", "hst"] },
    { channels: ["y:*"], match: "wildcard", allow: ["pub", "prs"] },
  ];
  await allows("x:1", { caps }, ["subscribe", "history"]);
  await allows("x:12", { caps }, []);
  await allows("y:12", { caps }, ["publish", "presence"]);
});

test("claims with stars are names like others", async () => {
  const client = await ProtocolClient.connect(server, { token: sign({ sub: "*" }) });
  for (const channel of ["user:ann", "user:*", "inbox:*"]) assert.equal((await client.error("subscribe", { channel })).code, 103, channel);
  client.terminate();
  const team = await ProtocolClient.connect(server, { token: sign({ team: "red" }) });
  await team.result("subscribe", { channel: "team:red:*" });
  await team.result("subscribe", { channel: "team:red:a*" });
  for (const channel of ["team:*", "team:re*", "team:blue:*"]) assert.equal((await team.error("subscribe", { channel })).code, 103, channel);
  team.terminate();
});

test("rooms that the server keeps are for who manages", async () => {
  const reader = await ProtocolClient.connect(server, { token: sign({ scope: "read publish" }) });
  assert.equal((await reader.error("subscribe", { channel: "$sys" })).code, 103);
  assert.equal((await reader.error("history", { channel: "$sys", limit: 1 })).code, 103);
  reader.terminate();
  assert.equal((await call(server, "GET", `${roomPath("$sys")}/history`, { token: sign({ scope: "read" }) })).status, 403);
  const manager = await ProtocolClient.connect(server, { token: sign({ scope: "read publish manage" }) });
  await manager.result("subscribe", { channel: "$sys" });
  assert.equal((await manager.error("publish", { channel: "$sys", data: 1 })).code, 103);
  manager.terminate();
  assert.equal((await call(server, "GET", `${roomPath("$sys")}/history`, { token: sign({ scope: "read manage" }) })).status, 200);
});

test("the past is history, how many subscribe is presence, and an event names its room", async () => {
  const subscriber = sign({ caps: [{ channels: ["z:1"], allow: ["sub", "pub"] }] });
  const everybody = sign({ scope: "read publish" });
  await call(server, "PUT", entityPath("z:1", "k"), { token: everybody, body: 1 });
  const status = async (path, token) => (await call(server, "GET", path, { token })).status;
  for (const path of [`${roomPath("z:1")}/entities?at=1`, `${entityPath("z:1", "k")}?at=1`]) {
    assert.equal(await status(path, subscriber), 403, path);
    assert.equal(await status(path, everybody), 200, path);
  }
  const room = async (token) => (await call(server, "GET", roomPath("z:1"), { token })).body;
  assert.equal((await room(everybody)).subscribers, 0);
  assert.equal((await room(subscriber)).subscribers, undefined);
  const post = (to) =>
    call(server, "POST", "/api/v1/events", {
      token: subscriber,
      headers: { "Content-Type": "application/cloudevents+json" },
      body: { specversion: "1.0", id: to, source: "/t", type: "t", room: to, data: 1 },
    });
  assert.equal((await post("z:1")).status, 200);
  assert.equal((await post("z:2")).status, 403);
});

test("a refreshed token brings its own permissions", async () => {
  const client = await ProtocolClient.connect(server, { token: sign({ scope: "publish" }) });
  await client.result("publish", { channel: "r:1", data: 1 });
  await client.result("refresh", { token: sign({ scope: "read" }) });
  assert.equal((await client.error("publish", { channel: "r:1", data: 1 })).code, 103);
  await client.result("subscribe", { channel: "r:1" });
  client.terminate();
});

test("a rule that makes no sense is a reason not to start", async () => {
  const starts = (text) => Server.start({ dev: false, config: `[token]\nhmac_secret = "${secret}"\n${text}` });
  await assert.rejects(starts(permission(["user:{sub"], ["read"])), /a claim in a pattern of rooms is written like/);
  await assert.rejects(starts(permission([], ["read"])), /"rooms" must be an array of patterns/);
  await assert.rejects(starts(permission(["a"], ["fly"])), /"allow" must be an array of/);
  await assert.rejects(starts(`[[permission]]\nrooms = ["a"]\n`), /needs "allow"/);
  await assert.rejects(starts(permission(["a"], ["read"], "scpe = 1")), /unknown key "scpe", the nearest known one is "scope"/);
});
