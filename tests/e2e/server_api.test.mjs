// Centrifugo's HTTP server API, called as its documentation says, with the npm client `centrifuge` as the subscriber.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { apiKey, bearer, inSeconds, keyOf, secret, sign } from "./support/credentials.mjs";
import { EventStream } from "./support/event_stream.mjs";
import { call, roomPath } from "./support/http.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";
import { MapWatcher, StreamWatcher, connect } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const everything = ["subscribe", "publish", "history", "presence", "manage"];
const config = [
  `[token]\nhmac_secret = "${secret}"`,
  apiKey("backend", everything, ["*"]),
  apiKey("sensors", ["publish", "presence"], ["sensor:*"]),
  `[[namespace]]\nname = "quiet"\npresence = false`,
].join("\n");

let server;

before(async () => {
  server = await Server.start({ dev: false, config });
});

after(async () => {
  await server?.dispose();
});

async function api(method, request = {}, { key = keyOf("backend"), headers = {} } = {}) {
  const answer = await call(server, "POST", `/api/${method}`, { body: request, headers: { "X-API-Key": key, ...headers } });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  assert.match(answer.headers.get("content-type"), /^application\/json/);
  return answer.body;
}
async function resultOf(method, request, options) {
  const { result, error } = await api(method, request, options);
  assert.equal(error, undefined, JSON.stringify(error));
  return result;
}
const codeOf = async (method, request, options) => (await api(method, request, options)).error?.code;

const tokenOf = (user) => sign({ sub: user, scope: "read publish" });
const join = (user) => connect(server, { token: tokenOf(user) });

async function watch(user, room) {
  const client = join(user);
  const watcher = new StreamWatcher(client, room);
  await watcher.subscription.ready();
  return { client, watcher };
}

test("publish and broadcast reach subscribers, and answer where they stand", async () => {
  const { client, watcher } = await watch("ann", "news:1");
  const first = await resultOf("publish", { channel: "news:1", data: { n: 1 }, tags: { kind: "a" } });
  assert.equal(first.offset, 1);
  assert.match(first.epoch, /^\w+$/);
  const { responses } = await resultOf("broadcast", { channels: ["news:1", "news:2"], data: { n: 2 } });
  assert.deepEqual(responses[0].result, { ...first, offset: 2 });
  assert.equal(responses[1].result.offset, 1);
  await until("both", () => watcher.publications.length === 2);
  assert.deepEqual(watcher.publications.map(({ data }) => data), [{ n: 1 }, { n: 2 }]);
  client.disconnect();
});

test("a broadcast to a room that the server keeps is refused as a whole", async () => {
  assert.equal(await codeOf("broadcast", { channels: ["news:3", "$sys"], data: 1 }), 103);
  assert.deepEqual((await resultOf("history", { channel: "news:3", limit: -1 })).publications, []);
});

test("an idempotency key applies once", async () => {
  const request = { channel: "once:1", data: { n: 1 }, idempotency_key: "k1" };
  const first = await resultOf("publish", request);
  assert.deepEqual(await resultOf("publish", request), first);
  assert.equal((await resultOf("history", { channel: "once:1" })).offset, 1);
  assert.equal(await codeOf("publish", { ...request, data: 2 }), 107);
});

test("maps: publish, remove, read the state and the stream", async () => {
  const room = "map:1";
  const client = join("ann");
  const map = new MapWatcher(client, room);
  await map.subscription.ready();
  for (const n of [1, 2, 3]) await resultOf("map_publish", { channel: room, key: `k${n}`, data: { n }, tags: { n: `${n}` } });
  assert.equal((await resultOf("map_remove", { channel: room, key: "k2" })).offset, 4);
  await until("the state", () => map.offset === 4);
  assert.deepEqual(Object.fromEntries(map.state), { k1: { n: 1 }, k3: { n: 3 } });

  const page = await resultOf("map_read_state", { channel: room, limit: 1 });
  assert.deepEqual(page.entries.map(({ key, data, tags, offset }) => ({ key, data, tags, offset })), [{ key: "k1", data: { n: 1 }, tags: { n: "1" }, offset: 1 }]);
  assert.equal(page.offset, 4);
  const rest = await resultOf("map_read_state", { channel: room, cursor: page.cursor });
  assert.deepEqual(rest.entries.map(({ key }) => key), ["k3"]);
  assert.equal(rest.cursor, "");
  assert.deepEqual((await resultOf("map_read_state", { channel: room, key: "k3" })).entries.map(({ data }) => data), [{ n: 3 }]);
  assert.deepEqual((await resultOf("map_read_state", { channel: room, key: "gone" })).entries, []);

  const { entries, epoch } = await resultOf("map_read_stream", { channel: room, since_offset: 2, limit: -1 });
  assert.deepEqual(entries.map(({ key, offset, removed }) => [key, offset, removed]), [["k3", 3, undefined], ["k2", 4, true]]);
  assert.equal(await codeOf("map_read_stream", { channel: room, since_epoch: `${epoch}x`, limit: 1 }), 112);
  client.disconnect();
});

test("history: limits, since, reverse, another epoch", async () => {
  const channel = "past:1";
  for (let n = 1; n <= 5; n += 1) await resultOf("publish", { channel, data: n });
  const { epoch, ...position } = await resultOf("history", { channel });
  assert.deepEqual(position, { publications: [], offset: 5 });
  const read = async (request) => (await resultOf("history", { channel, ...request })).publications.map(({ data }) => data);
  assert.deepEqual(await read({ limit: -1 }), [1, 2, 3, 4, 5]);
  assert.deepEqual(await read({ limit: 2, since: { offset: 1, epoch } }), [2, 3]);
  assert.deepEqual(await read({ limit: 2, reverse: true }), [5, 4]);
  assert.deepEqual(await read({ limit: 9, reverse: true, since: { offset: 3, epoch } }), [2, 1]);
  assert.equal(await codeOf("history", { channel, limit: 1, since: { offset: 1, epoch: "another" } }), 112);
});

test("presence, channels and info tell who is there", async () => {
  const { client } = await watch("ann", "there:1");
  const second = await watch("ann", "there:1");
  const { presence } = await resultOf("presence", { channel: "there:1" });
  assert.deepEqual(Object.values(presence).map(({ user }) => user), ["ann", "ann"]);
  assert.deepEqual(await resultOf("presence_stats", { channel: "there:1" }), { num_clients: 2, num_users: 1 });
  assert.deepEqual(await resultOf("channels", { pattern: "there:*" }), { channels: { "there:1": { num_clients: 2 } } });
  assert.deepEqual(await resultOf("channels", { pattern: "nobody:*" }), { channels: {} });
  assert.equal(await codeOf("presence", { channel: "quiet:1" }), 108);
  const { nodes } = await resultOf("info");
  assert.equal(nodes.length, 1);
  assert.ok(nodes[0].num_clients >= 2 && nodes[0].num_subs >= 2 && nodes[0].num_users >= 1 && nodes[0].num_channels >= 1);
  client.disconnect();
  second.client.disconnect();
});

test("unsubscribe ends the subscriptions of a user to a room, for good; the connection and others go on", async () => {
  const room = "leave:1";
  const [ann, bob] = [await watch("ann", room), await watch("bob", room)];
  const ended = new Promise((resolve) => ann.watcher.subscription.on("unsubscribed", resolve));
  assert.deepEqual(await resultOf("unsubscribe", { channel: room, user: "ann" }), {});
  assert.equal((await ended).code, 2000);
  assert.deepEqual(await resultOf("presence_stats", { channel: room }), { num_clients: 1, num_users: 1 });
  await resultOf("publish", { channel: room, data: 1 });
  await until("bob hears", () => bob.watcher.publications.length === 1);
  assert.equal(ann.client.state, "connected");
  assert.equal(ann.watcher.publications.length, 0);
  ann.watcher.subscription.subscribe(); // it may come again if it wants to
  await ann.watcher.subscription.ready();
  assert.equal((await resultOf("presence_stats", { channel: room })).num_clients, 2);
  ann.client.disconnect();
  bob.client.disconnect();
});

test("unsubscribe of one connection leaves the user's others, in every dialect", async () => {
  const room = "leave:2";
  const clients = await Promise.all(["json", "msgpack"].map((dialect) => ProtocolClient.connect(server, { token: tokenOf("eve") }, { dialect })));
  for (const each of clients) await each.result("subscribe", { channel: room });
  for (const [at, each] of clients.entries()) {
    await resultOf("unsubscribe", { channel: room, user: "eve", client: each.hello.client });
    await until("told", () => each.received.some(({ push }) => push?.unsubscribe?.code === 2000));
    assert.equal((await resultOf("presence_stats", { channel: room })).num_clients, 1 - at);
  }
  assert.deepEqual(await resultOf("unsubscribe", { channel: room, user: "nobody" }), {});
  for (const each of clients) each.terminate();
});

test("unsubscribe ends an event stream of the room", async () => {
  await resultOf("map_publish", { channel: "leave:3", key: "k", data: 1 });
  const stream = await EventStream.open(`${server.url}${roomPath("leave:3")}/stream`, bearer(tokenOf("sue")));
  await until("live", () => stream.events.some(({ event }) => event === "live"));
  await resultOf("unsubscribe", { channel: "leave:3", user: "sue" });
  await until("the end", () => stream.ended);
});

test("disconnect ends the connections of a user: for good, or to come back", async () => {
  const { client } = await watch("dan", "news:1");
  const other = await watch("ann", "news:1");
  const gone = new Promise((resolve) => client.on("disconnected", resolve));
  assert.deepEqual(await resultOf("disconnect", { user: "dan" }), {});
  assert.deepEqual(await gone, { code: 3503, reason: "force disconnect" });
  assert.equal(other.client.state, "connected");

  const left = new Promise((resolve) => other.client.on("connecting", resolve));
  await resultOf("disconnect", { user: "ann", disconnect: { code: 3011, reason: "force reconnect" } });
  assert.equal((await left).code, 3011);
  await other.client.ready();
  other.client.disconnect();

  const two = await Promise.all([1, 2].map(() => ProtocolClient.connect(server, { token: tokenOf("tom") })));
  await resultOf("disconnect", { user: "tom", client: two[0].hello.client });
  assert.equal((await two[0].end()).code, 3503);
  await two[1].result("ping", {});
  two[1].terminate();
});

test("batch: replies in order, one by one or together; a failure is the affair of its command", async () => {
  const commands = [
    { publish: { channel: "batch:1", data: 1 } },
    { history: { channel: "batch:1", limit: -1 } },
    { publish: { channel: "batch:1" } },
    { refresh: {} },
    { nonsense: {} },
    { map_publish: { channel: "batch:1", key: "k", data: 2 } },
    { broadcast: { channels: ["batch:1", "batch:2"], data: 3 } },
    { info: {} },
  ];
  for (const [round, parallel] of [false, true].entries()) {
    const { replies } = await api("batch", { commands, parallel });
    assert.equal(replies.length, commands.length);
    assert.equal(replies[0].publish.offset, 1 + round * 3);
    assert.equal(replies[1].history.publications.length, 1 + round * 3);
    assert.deepEqual(replies.slice(2, 5).map(({ error }) => error.code), [107, 108, 104]);
    assert.equal(replies[5].map_publish.offset, 2 + round * 3);
    assert.equal(replies[6].broadcast.responses[0].result.offset, 3 + round * 3);
    assert.equal(replies[7].info.nodes.length, 1);
  }
  assert.deepEqual(await api("batch", { commands: [] }), { replies: [] });
});

test("what is not offered and what makes no sense is refused, and changes nothing", async () => {
  const channel = "refused:1";
  const refusals = [
    ["publish", { channel }, 107],
    ["publish", { data: 1 }, 107],
    ["publish", { channel: "a*", data: 1 }, 107],
    ["publish", { channel: "$sys", data: 1 }, 103],
    ["publish", { channel, data: 1, skip_history: true }, 108],
    ["publish", { channel, data: 1, version: 3 }, 108],
    ["publish", { channel, b64data: "MQ==" }, 108],
    ["map_publish", { channel, data: 1 }, 107],
    ["map_publish", { channel, key: "k", data: 1, key_mode: "if_new" }, 108],
    ["broadcast", { data: 1 }, 107],
    ["unsubscribe", { channel }, 107],
    ["disconnect", {}, 107],
    ["disconnect", { user: "ann", disconnect: { code: 4000, reason: "x" } }, 108],
    ["map_read_state", { channel, cursor: "nonsense" }, 107],
    ["subscribe", { channel, user: "ann" }, 108],
    ["history_remove", { channel }, 108],
    ["no_such_method", {}, 104],
    ["publish", "[1", 107],
    ["batch", { commands: 1 }, 107],
  ];
  for (const [method, request, code] of refusals) assert.equal(await codeOf(method, request), code, `${method} ${JSON.stringify(request)}`);
  assert.equal((await resultOf("history", { channel })).offset, 0);
  await resultOf("publish", { channel, data: 1, skip_history: false, version: 0, delta: true, unknown: 1 });
});

test("the error mode `transport` tells errors by the status", async () => {
  const headers = { "X-API-Key": keyOf("sensors"), "X-Centrifugo-Error-Mode": "transport" };
  const statusOf = async (method, body) => call(server, "POST", `/api/${method}`, { headers, body });
  for (const [method, request, status, code] of [
    ["publish", { channel: "news:1", data: 1 }, 403, 103],
    ["publish", { channel: "sensor:1" }, 400, 107],
    ["refresh", {}, 400, 108],
    ["nonsense", {}, 404, 104],
    ["history", { channel: "sensor:1" }, 403, 103],
  ]) {
    const answer = await statusOf(method, request);
    assert.equal(answer.status, status, method);
    assert.equal(answer.body.code, code);
    assert.equal(typeof answer.body.message, "string");
  }
  assert.equal((await statusOf("publish", { channel: "sensor:1", data: 1 })).status, 200);
});

test("a key does in its rooms what it may, and sees no others", async () => {
  const key = keyOf("sensors");
  const { client } = await watch("ann", "sensor:1");
  const other = await watch("ann", "hidden:1");
  await resultOf("publish", { channel: "sensor:1", data: 1 }, { key });
  assert.deepEqual(Object.keys((await resultOf("channels", {}, { key })).channels), ["sensor:1"]);
  for (const [method, request] of [
    ["publish", { channel: "news:1", data: 1 }],
    ["history", { channel: "sensor:1" }],
    ["map_read_state", { channel: "sensor:1" }],
    ["unsubscribe", { channel: "sensor:1", user: "ann" }],
    ["disconnect", { user: "ann" }],
    ["info", {}],
  ]) {
    assert.equal(await codeOf(method, request, { key }), 103, method);
  }
  assert.equal(client.state, "connected");
  const { replies } = await api("batch", { commands: [{ publish: { channel: "news:1", data: 1 } }] }, { key });
  assert.equal(replies[0].error.code, 103);
  client.disconnect();
  other.client.disconnect();
});

test("who is not known gets 401; the key may stand in Authorization, and a token does as well", async () => {
  const ask = (headers) => call(server, "POST", "/api/info", { body: {}, headers });
  for (const headers of [{}, { "X-API-Key": "wrong" }, bearer("nonsense"), bearer(sign({ exp: inSeconds(-60) }))]) {
    assert.equal((await ask(headers)).status, 401);
  }
  assert.ok((await ask({ Authorization: `apikey ${keyOf("backend")}` })).body.result);
  assert.ok((await ask(bearer(sign({ scope: "manage" })))).body.result);
  assert.equal((await call(server, "GET", "/api/info", { headers: { "X-API-Key": keyOf("backend") } })).status, 405);
});
