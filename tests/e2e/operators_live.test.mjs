// What operators are told by itself: the client protocol on their listener, and the rooms "$sys:…", which are for nobody else.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import WebSocket from "ws";
import { Server } from "../support/server.mjs";
import { apiKey, keyOf, permission, secret, sign } from "./support/credentials.mjs";
import { call, roomPath } from "./support/http.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";
import { until } from "./support/until.mjs";

const actions = ["subscribe", "publish", "presence", "history", "manage"];
const rooms = ["$sys:overview", "$sys:tree", "$sys:log", "$sys:sessions?sort=age", "$sys:actors?kind=room"];
const permissionDenied = 103;
const notAvailable = 108;
const invalidToken = 3500;

async function started(t, options = {}) {
  const server = await Server.start(options);
  t.after(() => server.dispose());
  return server;
}

// The operators' listener, as protocol clients want it.
const doorOf = (server) => ({ websocketUrl: `${server.adminUrl.replace("http", "ws")}/connection/websocket` });

async function open(t, at, options) {
  const client = await ProtocolClient.open(at, options);
  t.after(() => client.terminate());
  return client;
}

async function connected(t, at, request, options) {
  const client = await open(t, at, options);
  client.hello = await client.result("connect", request ?? {});
  return client;
}

// What was told so far in that room.
const told = (client, room) => client.pushes(room).map(({ data }) => data);
const next = (client, room) => client.publications(room, client.pushes(room).length + 1);

function find(node, id) {
  if (node.id === id) return node;
  return (node.children ?? []).map((each) => find(each, id)).find((each) => each !== undefined);
}

// How an upgrade is answered: 101, or the status of its refusal.
async function upgrade(at, headers) {
  const socket = new WebSocket(at.websocketUrl, { headers });
  return new Promise((resolve, reject) => {
    socket.once("open", () => resolve((socket.terminate(), 101)));
    socket.once("unexpected-response", (request, response) => resolve((request.destroy(), response.statusCode)));
    socket.once("error", reject);
  });
}

test("an operator is told what the server counts, each second", async (t) => {
  const server = await started(t);
  const operator = await connected(t, doorOf(server));
  await operator.result("subscribe", { channel: "$sys:overview" });
  const first = (await operator.publications("$sys:overview", 1))[0].data;
  assert.equal(first.ready, true);
  assert.ok(first.resident_bytes > 0 && first.disk.size_bytes >= first.disk.free_bytes);
  assert.ok(Date.parse(first.started_at) <= Date.parse(first.time));
  assert.equal(first.connections, 0); // an operator is no client
  assert.ok(first.memory.database.limit > 0);
  assert.equal(first.request_durations.counts.length, first.request_durations.up_to_ns.length);

  const client = await connected(t, server);
  await client.result("subscribe", { channel: "sensor:a" });
  await server.publish("sensor:a", { data: 1 });
  await client.publications("sensor:a", 1);
  const now = await until("both are counted", () => told(operator, "$sys:overview").find(({ connections, requests }) => connections === 1 && requests > 0));
  assert.ok(now.publications > first.publications && now.deliveries > first.deliveries);
  assert.ok(now.commit_durations.total > 0 && now.request_durations.total > 0);
  assert.deepEqual(now.quarantine, { set_aside: 0, lost: 0 });
});

test("a restart is seen in the tree, and its reason in the log", async (t) => {
  const server = await started(t, { config: "[test]\nfaults = true\n" });
  const operator = await connected(t, doorOf(server));
  for (const room of ["$sys:tree", "$sys:log"]) await operator.result("subscribe", { channel: room });
  const [{ data: before }] = await operator.publications("$sys:tree", 1);
  assert.equal(find(before, "gateway").restarts, 0);
  assert.equal(find(before, "live-desk").phase, "running");
  const [{ data: begun }] = await operator.publications("$sys:log", 1);
  await server.armFault("gateway");
  assert.equal((await call(server, "GET", "/api/v1/rooms")).status, 503);
  await until("the restart in the tree", () => told(operator, "$sys:tree").some((tree) => find(tree, "gateway").restarts === 1));
  await until("its error in the log", () =>
    told(operator, "$sys:log").some(({ data }) => data.some(({ level, message }) => level === "error" && /injected fault in gateway/.test(message))),
  );
  // Each publication goes on where the one before ended.
  let last = begun.after;
  for (const { after, data, last: end } of told(operator, "$sys:log")) {
    assert.equal(after, last);
    for (const { id } of data) assert.equal(id, ++last);
    assert.equal(end, last);
  }
});

test("a question is a room: it repeats the answer to the request of that name", async (t) => {
  const server = await started(t);
  const operator = await connected(t, doorOf(server));
  const client = await connected(t, server);
  const first = async (room) => {
    await operator.result("subscribe", { channel: room });
    return (await operator.publications(room, 1))[0].data;
  };
  const gateways = await first("$sys:actors?kind=gateway&sort=handled&limit=5");
  assert.deepEqual([gateways.total, gateways.data.length, gateways.data[0].kind], [1, 1, "gateway"]);
  const asked = await (await fetch(`${server.adminUrl}/api/v1/performance/actors?kind=gateway&sort=handled&limit=5`)).json();
  assert.deepEqual(Object.keys(gateways.data[0]), Object.keys(asked.data[0]));
  assert.equal((await first("$sys:kinds")).gateway.alive, 1);
  assert.deepEqual(Object.keys(await first("$sys:hot?limit=3")), ["actors", "rooms"]);
  assert.deepEqual((await first("$sys:sessions?sort=age")).data.map(({ session }) => session), [client.hello.client]);
  assert.equal((await first("$sys:tree?limit=2")).id, "root");

  const one = `$sys:sessions/${client.hello.client}`;
  assert.deepEqual((await first(one)).rooms, []);
  client.terminate();
  await until("he is gone", () => told(operator, one).some(({ status }) => status === 404));
  // What is wrong is told its problem.
  const wrong = await first("$sys:actors?sort=colour");
  assert.deepEqual([wrong.status, wrong.type.endsWith("/bad-request")], [400, true]);
});

test("only what somebody watches is told", async (t) => {
  const server = await started(t);
  const operator = await connected(t, doorOf(server));
  const offset = async () => {
    const response = await fetch(`${server.adminUrl}${roomPath("$sys:overview")}`);
    return (await response.json()).offset;
  };
  await operator.result("subscribe", { channel: "$sys:overview" });
  await operator.publications("$sys:overview", 2);
  await operator.result("subscribe", { channel: "$sys:log" });
  await operator.result("unsubscribe", { channel: "$sys:overview" });
  await next(operator, "$sys:log"); // counted again: what was told of the overview before that is committed
  await next(operator, "$sys:log");
  const still = await offset();
  await next(operator, "$sys:log");
  await next(operator, "$sys:log");
  assert.equal(await offset(), still);
});

for (const kind of ["live-desk", "broadcaster", "operator-desk", "session-desk"]) {
  test(`who watches is told on when the ${kind} has died`, async (t) => {
    const server = await started(t, { config: "[test]\nfaults = true\n" });
    const operator = await connected(t, doorOf(server));
    operator.onObject = ({ push }) => {
      if (push?.unsubscribe) operator.sendAll({ subscribe: { channel: push.channel } }); // it lost its subscriptions
    };
    for (const room of rooms) await operator.result("subscribe", { channel: room });
    for (const room of rooms) await operator.publications(room, 1);
    await server.armFault(kind);
    const restarted = (tree) => find(tree, kind).restarts > 0;
    const seen = await until("the restart", () => told(operator, "$sys:tree").findIndex(restarted) + 1);
    await operator.publications("$sys:tree", seen + 1);
    for (const room of rooms) await next(operator, room);
  });
}

test("an operator may look at every room, and change none this way", async (t) => {
  const server = await started(t, { dev: false, config: `[sys]\nlifecycle = true\n${apiKey("backend", actions, ["*"])}` });
  const asBackend = { "X-API-Key": keyOf("backend") };
  await call(server, "POST", `${roomPath("sensor:a")}/events`, { body: { key: "k", data: { n: 1 } }, headers: asBackend });
  const operator = await connected(t, doorOf(server));
  const page = await operator.result("subscribe", { channel: "sensor:a", type: 1, phase: 2, limit: 10 });
  assert.deepEqual(page.state.map(({ key, data }) => [key, data]), [["k", { n: 1 }]]);
  assert.equal((await operator.result("history", { channel: "sensor:a", limit: 10 })).publications.length, 1);
  assert.equal((await operator.error("publish", { channel: "sensor:a", data: 1 })).code, permissionDenied);
  assert.equal((await operator.error("publish", { channel: "$sys:log", data: 1 })).code, permissionDenied);
  await operator.result("subscribe", { channel: "$sys", recover: true, offset: 0, epoch: "" });
  const sessions = await (await fetch(`${server.adminUrl}/api/v1/sessions`)).json();
  assert.equal(sessions.total, 0); // of clients
  const events = (await operator.result("history", { channel: "$sys", limit: 100 })).publications.map(({ data }) => data.event);
  assert.ok(!events.includes("client_connected"), events.join(" "));
});

test("nobody else is let into operators' rooms, whatever he brings", async (t) => {
  const config = [
    `[token]\nhmac_secret = "${secret}"`,
    "[[namespace]]\nallow_subscribe_for_client = true\nallow_subscribe_for_anonymous = true\nallow_wildcards_for_client = true\n" +
      "allow_history_for_client = true\nallow_presence_for_client = true",
    permission(["*"], actions),
    apiKey("everything", actions, ["*"]),
    apiKey("operator", actions, ["$sys:*", "*"]),
  ].join("\n");
  const server = await started(t, { dev: false, config });
  const operator = await connected(t, doorOf(server));
  for (const room of rooms) {
    await operator.result("subscribe", { channel: room });
    await operator.publications(room, 1);
  }
  const everything = { scope: actions.join(" "), caps: [{ channels: ["*", "$sys:*"], match: "wildcard", allow: ["sub", "pub", "hst", "prs"] }] };
  const askers = [
    await connected(t, server, { token: sign({}) }),
    await connected(t, server, { token: sign(everything) }),
    await connected(t, server, { token: sign({ ...everything, sub: "operator" }) }),
    await connected(t, server, {}, { headers: { "X-API-Key": keyOf("everything") } }),
    await connected(t, server, {}, { headers: { "X-API-Key": keyOf("operator") } }),
  ];
  const dev = await started(t);
  askers.push(await connected(t, dev));
  for (const asker of askers) {
    for (const channel of [...rooms, "$sys:*", "$sys:o*", "$sys:nothing"]) {
      for (const more of [{}, { type: 1, phase: 2 }, { recover: true, offset: 0, epoch: "" }])
        assert.equal((await asker.error("subscribe", { channel, ...more })).code, permissionDenied, channel);
    }
    assert.ok([permissionDenied, notAvailable].includes((await asker.error("history", { channel: "$sys:overview", limit: 1 })).code));
    for (const method of ["presence", "presence_stats"])
      assert.equal((await asker.error(method, { channel: "$sys:overview" })).code, permissionDenied, method);
    assert.equal((await asker.error("publish", { channel: "$sys:overview", data: 1 })).code, permissionDenied);
    assert.equal(asker.pushes("$sys:overview").length, 0);
  }
  // A backend that signs for such a room has no say there either.
  const signed = sign({ channel: "$sys:overview" });
  assert.equal((await askers[0].error("subscribe", { channel: "$sys:overview", token: signed })).code, permissionDenied);
  const byToken = await open(t, server);
  assert.equal((await byToken.error("connect", { token: sign({ subs: { "$sys:overview": {} } }) })).code, permissionDenied);
  const withoutToken = await open(t, server);
  withoutToken.sendAll({ connect: {} }, { subscribe: { channel: "$sys:overview" } });
  assert.equal((await withoutToken.end()).code, invalidToken);

  const at = roomPath("$sys:overview");
  for (const credentials of [{ "X-API-Key": keyOf("operator") }, { Authorization: `Bearer ${sign(everything)}` }]) {
    for (const path of [at, `${at}/entities`, `${at}/history`, `${at}/presence`, `${at}/stream`])
      assert.equal((await call(server, "GET", path, { headers: credentials })).status, 403, path);
    const listed = await call(server, "GET", "/api/v1/rooms", { headers: credentials });
    assert.deepEqual(listed.body.data.map(({ room }) => room).filter((room) => room.startsWith("$sys:")), []);
    const channels = await call(server, "POST", "/api/channels", { body: {}, headers: credentials });
    assert.deepEqual(Object.keys(channels.body.result.channels).filter((room) => room.startsWith("$sys:")), []);
    const history = await call(server, "POST", "/api/history", { body: { channel: "$sys:overview", limit: 1 }, headers: credentials });
    assert.equal(history.body.error.code, permissionDenied);
  }
  // Nor are operators' rooms found by a pattern.
  assert.equal((await operator.error("subscribe", { channel: "$sys:*" })).code, permissionDenied);
});

test("operators show their token with the upgrade, or when they connect", async (t) => {
  const token = "an operator's token";
  const hash = createHash("sha256").update(token).digest("hex");
  const server = await started(t, { dev: false, config: `admin_token_hash = "${hash}"\n[token]\nhmac_secret = "${secret}"\n${apiKey("all", actions, ["*"])}` });
  const door = doorOf(server);
  const shown = await connected(t, door, { token });
  await shown.result("subscribe", { channel: "$sys:overview" });
  await shown.publications("$sys:overview", 1);
  const known = await connected(t, door, {}, { headers: { Authorization: `Bearer ${token}` } });
  await known.result("subscribe", { channel: "$sys:overview" });
  for (const wrong of ["", "another", hash, sign({ sub: "operator", scope: actions.join(" ") }), keyOf("all"), "x".repeat(300)]) {
    const stranger = await open(t, door);
    stranger.sendAll({ connect: wrong === "" ? {} : { token: wrong } }, { subscribe: { channel: "$sys:overview" } });
    assert.equal((await stranger.end()).code, invalidToken, wrong);
    assert.deepEqual(stranger.received, []);
    if (wrong !== "") assert.equal(await upgrade(door, { Authorization: `Bearer ${wrong}` }), 401, wrong);
  }
  assert.equal(await upgrade(door, { Authorization: `Bearer ${token}` }), 101);
  const impatient = await open(t, door);
  impatient.sendAll({ subscribe: { channel: "$sys:overview" } });
  await impatient.end();
  assert.deepEqual(impatient.received, []);
  // The token is the operators' listener's alone.
  const elsewhere = await open(t, server);
  elsewhere.sendAll({ connect: { token } });
  assert.equal((await elsewhere.end()).code, invalidToken);
});

test("pages of other origins, other names and other paths get no WebSocket there", async (t) => {
  const server = await started(t, { config: 'allowed_origins = ["https://app.example.com"]\n' });
  const door = doorOf(server);
  const host = new URL(server.adminUrl).host;
  assert.equal(await upgrade(door, { Origin: server.adminUrl }), 101);
  for (const origin of ["https://app.example.com", "http://evil.example", "null", server.url])
    assert.equal(await upgrade(door, { Origin: origin }), 403, origin);
  assert.equal(await upgrade(door, { Host: `evil.example:${host.split(":")[1]}`, Origin: `http://evil.example:${host.split(":")[1]}` }), 403);
  assert.equal(await upgrade({ websocketUrl: `${door.websocketUrl}/x` }, {}), 404);
});

test("the server ends with its operators watching", async (t) => {
  const server = await started(t);
  const operator = await connected(t, doorOf(server));
  await operator.result("subscribe", { channel: "$sys:overview" });
  await operator.publications("$sys:overview", 1);
  assert.equal(await server.stop(), 0);
  assert.equal((await operator.end()).code, 3001);
});
