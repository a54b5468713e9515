// Who may read certain fields alone is never shown another one, whatever way he looks: documents hold a canary beside what he may read, and
// nothing that the server sends him may hold it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { apiKey, keyOf, list, permission, secret, sign } from "./support/credentials.mjs";
import { EventStream } from "./support/event_stream.mjs";
import { call, entityPath, eventsPath, roomPath } from "./support/http.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";
import { range } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const canary = "canary";
const fields = ["state", "attributes.level"];
const config = [
  `[token]\nhmac_secret = "${secret}"`,
  permission(["meter:*"], ["read"], `fields = ${list(fields)}`),
  permission(["*"], ["read", "publish"], 'scope = "staff"'),
  `${apiKey("display", ["subscribe", "history"], ["meter:*"])}fields = ${list(fields)}`,
  '[[namespace]]\nname = "open"\nallow_history_for_subscriber = true',
  permission(["apart:*"], ["subscribe"], 'fields = ["state"]'),
  permission(["apart:*"], ["history"], 'fields = ["attributes"]'),
  permission(["open:*"], ["subscribe"], `fields = ${list(fields)}`),
].join("\n");

const staff = sign({ sub: "staff", scope: "staff" });
const reader = { token: sign({ sub: "ann" }) };
const capable = { token: sign({ sub: "", caps: [{ channels: ["meter:*"], match: "wildcard", allow: ["sub", "hst"], fields }] }) };
let server;

before(async () => {
  server = await Server.start({ dev: false, config });
});

after(async () => {
  await server?.dispose();
});

const document = (n, state = "on") => ({
  type: canary,
  state,
  secret: canary,
  attributes: { level: n, place: canary },
});
const shown = (n, state = "on") => ({ state, attributes: { level: n } });

async function publish(room, items) {
  const { status, body } = await call(server, "POST", eventsPath(room), { token: staff, body: items });
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

// Changes of every kind: entities that come, change and go, and publications without a key.
async function fill(room) {
  for (const n of range(1, 6)) await publish(room, { key: `k${n % 3}`, op: "set", data: document(n), tags: { mine: canary } });
  await publish(room, { key: "gone", op: "set", data: document(7), tags: { mine: canary } });
  await publish(room, { key: "gone", op: "remove" });
  await publish(room, { data: document(8), tags: { mine: canary } });
}

function assertSilent(told, what) {
  const text = Buffer.isBuffer(told) || typeof told === "string" ? told.toString() : JSON.stringify(told);
  assert.ok(!text.includes(canary), `${what} tells the canary: ${text.slice(0, 2_000)}`);
  assert.ok(text.includes("level") || text.includes('"delta":true'), `${what} tells nothing: ${text.slice(0, 500)}`);
}

for (const dialect of ["json", "msgpack"])
  for (const [who, credentials] of Object.entries({ "a rule": reader, "a capability": capable })) {
    test(`clients by ${who}, ${dialect}: live, snapshots, recoveries, deltas, history`, async () => {
      const room = `meter:${dialect}-${who.at(-1)}`;
      await fill(room);
      const open = () => ProtocolClient.connect(server, credentials, { dialect });
      const subscriptions = {
        stream: { type: 0 },
        map: { type: 1, phase: 0 },
        chosen: { type: 1, phase: 0, data: { fields: ["state", "secret", "attributes"] } },
        filtered: { type: 0, tf: { key: "state", cmp: "eq", val: "on" } },
        delta: { type: 1, phase: 0, delta: "fossil" },
        streamDelta: { type: 0, delta: "fossil" },
        slowly: { type: 1, phase: 0, data: { max_rate: 20 } },
      };
      const clients = {};
      for (const [name, request] of Object.entries(subscriptions)) {
        clients[name] = await open();
        await clients[name].result("subscribe", { channel: room, ...request });
      }
      clients.pattern = await open();
      let reply = await clients.pattern.result("subscribe", { channel: "meter:*", type: 1, phase: 2, limit: 2 });
      while (reply.phase) {
        const { cursor, offset, epoch } = reply;
        reply = await clients.pattern.result("subscribe", { channel: "meter:*", type: 1, phase: cursor ? 2 : 0, cursor, offset, epoch });
      }

      await publish(room, { key: "k1", op: "set", data: document(20, "off"), tags: { mine: canary } });
      await publish(room, { key: "k1", op: "merge", data: { secret: `${canary} again` } }); // touches nothing that may be read
      const last = await publish(room, { key: "k1", op: "merge", data: { state: "on", attributes: { level: 21 } } });
      for (const [name, client] of Object.entries(clients))
        await until(`the last change, ${name}`, () => client.received.some(({ push }) => push?.pub?.offset >= last.offset || push?.pub?.data?.attributes?.level === 21));

      const late = await open();
      const recovered = await late.result("subscribe", { channel: room, recover: true, epoch: last.epoch, offset: 1 });
      assert.equal(recovered.recovered, true);
      for (const request of [{ limit: 100 }, { limit: 2, reverse: true }, { limit: -1, since: { offset: 2, epoch: last.epoch } }])
        await late.result("history", { channel: room, ...request });
      clients.late = late;

      for (const [name, client] of Object.entries(clients)) {
        assertSilent(client.received, name);
        client.terminate();
      }
      const plain = clients.map.received.filter(({ push }) => push?.pub).map(({ push }) => push.pub);
      assert.deepEqual(
        plain.map(({ data, offset }) => [offset, data]),
        [
          [last.offset - 2, shown(20, "off")],
          [last.offset, shown(21, "on")],
        ],
      );
      assert.deepEqual(plain[1].tags, { state: "on" });
    });
  }

test("what may not be read cannot be asked for", async () => {
  const client = await ProtocolClient.connect(server, reader);
  const refused = async (request) => assert.equal((await client.error("subscribe", { channel: "meter:asked", ...request })).code, 103);
  await refused({ data: { fields: ["secret"] } });
  await refused({ tf: { key: "type", cmp: "eq", val: canary } });
  await refused({ tf: { op: "not", nodes: [{ key: "mine", cmp: "ex" }] } });
  await refused({ type: 1, phase: 2, tf: { key: "mine", cmp: "ex" } });
  client.terminate();
});

test("who may read the history as a subscriber sees of it what the subscription shows", async () => {
  await fill("open:1");
  const client = await ProtocolClient.connect(server, reader);
  await client.result("subscribe", { channel: "open:1" });
  await client.result("history", { channel: "open:1", limit: 100 });
  assertSilent(client.received, "the history");
  client.terminate();
});

test("of the past what may be read of the present and of the history, and where that is nothing, nothing", async () => {
  await fill("apart:1");
  const get = async (target) => (await call(server, "GET", target, reader)).status;
  assert.equal(await get(entityPath("apart:1", "k1")), 200);
  assert.equal(await get(`${entityPath("apart:1", "k1")}?at=4`), 403);
  assert.equal(await get(`${roomPath("apart:1")}/entities?at=5`), 403);
});

test("a token for that very room, and a wider permission, show everything", async () => {
  await fill("meter:whole");
  const client = await ProtocolClient.connect(server, reader);
  const token = sign({ sub: "ann", channel: "meter:whole" });
  const reply = await client.result("subscribe", { channel: "meter:whole", type: 1, phase: 2, limit: 100, token });
  assert.ok(JSON.stringify(reply.state ?? reply).includes(canary));
  client.terminate();
  const { body } = await call(server, "GET", entityPath("meter:whole", "k1"), { token: staff });
  assert.deepEqual(body.data, document(4));
});

for (const [who, credentials] of Object.entries({
  "a rule": { headers: { Authorization: `Bearer ${reader.token}` } },
  "a capability": { headers: { Authorization: `Bearer ${capable.token}` } },
  "an API key": { headers: { "X-API-Key": keyOf("display") } },
}))
  test(`over HTTP by ${who}: entities, the past, the history, event streams`, async () => {
    const room = `meter:http-${who.replaceAll(" ", "-")}`;
    await fill(room);
    const get = async (target) => {
      const { status, body, headers } = await call(server, "GET", target, credentials);
      assert.equal(status, 200, `${target}: ${JSON.stringify(body)}`);
      assertSilent(JSON.stringify(body) + JSON.stringify([...(headers ?? [])]), target);
      return body;
    };
    assert.deepEqual((await get(entityPath(room, "k1"))).data, shown(4));
    assert.deepEqual((await get(entityPath(room, "k1"))).tags, { state: "on" });
    await get(`${entityPath(room, "k1")}?at=4`);
    await get(`${roomPath(room)}/entities`);
    await get(`${roomPath(room)}/entities?limit=1`);
    await get(`${roomPath(room)}/entities?at=5`);
    await get(`${roomPath(room)}/history`);
    await get(`${roomPath(room)}/history?reverse=true&limit=3`);
    for (const query of ["", "?type=stream&last_event_id=none.1", "?fields=state,secret,attributes"]) {
      const stream = await EventStream.open(`${server.url}${roomPath(room)}/stream${query}`, credentials.headers);
      await until("live", () => stream.events.some(({ event }) => event === "live"));
      await publish(room, { key: "k2", op: "set", data: document(30), tags: { mine: canary } });
      await until("the change", () => stream.changes.some(({ data }) => data?.attributes?.level === 30));
      assertSilent(stream.text, `the stream ${query}`);
      stream.close();
      await publish(room, { key: "k2", op: "set", data: document(31), tags: { mine: canary } });
    }
    const { status } = await call(server, "GET", `${roomPath(room)}/stream?fields=secret`, credentials);
    assert.equal(status, 403);
  });
