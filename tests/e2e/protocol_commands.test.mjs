// The commands of the client protocol (Centrifuge v2, JSON) and the order of their replies, line by line.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";
import { range } from "./support/subscriber.mjs";

const config = `
[limits]
subscriptions_max = 3

[[namespace]]
name = "bare"
presence = false
history_size = 0
`;

let server;
let client;

before(async () => {
  server = await Server.start({ config });
});

after(async () => {
  await server?.dispose();
});

// Each test with a connection of its own.
function protocolTest(name, body) {
  test(name, async (context) => {
    client = await ProtocolClient.connect(server);
    try {
      await body(context);
    } finally {
      client.terminate();
    }
  });
}

test("connect and a subscribe in one frame, before any reply", async () => {
  const socket = await ProtocolClient.open(server);
  const [connected, subscribed] = await Promise.all(
    socket.sendAll(
      { connect: { token: "", data: { device: "a" }, name: "js" } },
      { subscribe: { channel: "golden:1", join_leave: true, flag: 1 } },
    ),
  );
  assert.match(connected.connect.client, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(connected.connect.ping, 25);
  assert.equal(connected.connect.pong, true);
  const { id } = subscribed.subscribe;
  assert.deepEqual(subscribed.subscribe, { positioned: true, recoverable: true, offset: 0, id });
  assert.deepEqual(
    socket.received.map(({ id }) => id),
    [1, 2],
  );
  socket.terminate();
});

protocolTest("publish, history, presence, presence_stats and rpc on one stream", async () => {
  const channel = "golden:2";
  await client.result("subscribe", { channel, flag: 1 });
  assert.deepEqual(await client.result("publish", { channel, data: { v: 1 } }), {});
  const [first] = await client.publications(channel, 1);
  const { epoch } = first;
  assert.equal(typeof epoch, "string", "the first publication of a room introduces the epoch");
  assert.deepEqual(first, { data: { v: 1 }, offset: 1, info: { client: client.hello.client, user: "" }, epoch });

  const history = await client.result("history", { channel, since: { offset: 0 }, limit: 10 });
  assert.deepEqual(history, { publications: [first], epoch, offset: 1 });
  assert.deepEqual(await client.result("presence", { channel }), {
    presence: { [client.hello.client]: { client: client.hello.client, user: "" } },
  });
  assert.deepEqual(await client.result("presence_stats", { channel }), { num_clients: 1, num_users: 1 });
  assert.equal((await client.error("rpc", { method: "m", data: { a: 1 } })).code, 108);
  assert.deepEqual(await client.result("presence", { channel: "golden:nobody" }), { presence: {} });
  assert.deepEqual(await client.result("presence_stats", { channel: "golden:nobody" }), { num_clients: 0, num_users: 0 });
  client.send({ send: { data: { hi: 1 } } });
  assert.deepEqual(await client.result("ping", {}), {});
});

protocolTest("presence follows who comes and goes", async () => {
  const channel = "presence:1";
  await client.result("subscribe", { channel });
  const other = await ProtocolClient.connect(server);
  await other.result("subscribe", { channel });
  const { presence } = await client.result("presence", { channel });
  assert.deepEqual(Object.keys(presence).sort(), [client.hello.client, other.hello.client].sort());
  assert.deepEqual(await client.result("presence_stats", { channel }), { num_clients: 2, num_users: 1 });
  await other.result("unsubscribe", { channel });
  assert.deepEqual(Object.keys((await client.result("presence", { channel })).presence), [client.hello.client]);
  other.terminate();
});

protocolTest("commands of one frame start in order, and each is answered", async () => {
  const channel = "order:1";
  const commands = range(1, 20).map((n) => ({ publish: { channel, data: { n } } }));
  const replies = await Promise.all(client.sendAll({ subscribe: { channel } }, ...commands));
  assert.ok(replies.slice(1).every(({ publish }) => publish));
  const heard = await client.publications(channel, 20);
  assert.deepEqual(
    heard.map(({ data }) => data.n),
    range(1, 20),
  );
  assert.deepEqual(
    heard.map(({ offset }) => offset),
    range(1, 20),
  );
  const subscribed = client.received.findIndex(({ subscribe }) => subscribe);
  const firstPush = client.received.findIndex(({ push }) => push);
  assert.ok(subscribed < firstPush, "the subscribe reply comes before any publication of its channel");
});

protocolTest("history: limit, since, reverse, and only the position", async () => {
  const channel = "past:1";
  for (const n of range(1, 7)) await client.result("publish", { channel, data: n });
  const offsets = async (request) => (await client.result("history", { channel, ...request })).publications?.map(({ offset }) => offset);
  const { epoch } = await client.result("history", { channel });
  assert.deepEqual(await client.result("history", { channel }), { epoch, offset: 7 });
  assert.deepEqual(await offsets({ limit: 3 }), [1, 2, 3]);
  assert.deepEqual(await offsets({ limit: -1 }), range(1, 7));
  assert.deepEqual(await offsets({ limit: 2, since: { offset: 3, epoch } }), [4, 5]);
  assert.deepEqual(await offsets({ limit: 10, since: { offset: 7, epoch } }), undefined);
  assert.deepEqual(await offsets({ limit: 3, reverse: true }), [7, 6, 5]);
  assert.deepEqual(await offsets({ limit: 10, reverse: true, since: { offset: 3, epoch } }), [2, 1]);
  assert.equal((await client.error("history", { channel, limit: 1, since: { offset: 3, epoch: "another" } })).code, 112);
});

protocolTest("105: one subscription per room and connection", async () => {
  await client.result("subscribe", { channel: "twice:1" });
  const { code, message, temporary } = await client.error("subscribe", { channel: "twice:1" });
  assert.equal(code, 105);
  assert.match(message, /^already subscribed/);
  assert.equal(temporary, undefined);
});

protocolTest("106: a limited number of subscriptions", async () => {
  for (const n of range(1, 3)) await client.result("subscribe", { channel: `limit:${n}` });
  assert.equal((await client.error("subscribe", { channel: "limit:4" })).code, 106);
  await client.result("unsubscribe", { channel: "limit:1" });
  await client.result("subscribe", { channel: "limit:4" });
});

protocolTest("107: bad names and malformed requests", async () => {
  const names = ["", "x".repeat(256), "namespace:", "line\nbreak", "nul\u0000"];
  for (const channel of names) assert.equal((await client.error("subscribe", { channel })).code, 107, JSON.stringify(channel));
  assert.equal((await client.error("publish", { channel: "all:*", data: 1 })).code, 107);
  assert.equal((await client.error("publish", { channel: "$clients:a", data: 1 })).code, 103);
  assert.equal((await client.error("publish", { channel: "a:1" })).code, 107, "no data");
  assert.equal((await client.error("publish", { channel: "a:1", type: 1, data: 1 })).code, 107, "a map without key");
  assert.equal((await client.error("publish", { channel: "a:1", removed: true })).code, 107, "removed without key");
  assert.equal((await client.error("subscribe", { channel: "a:1", phase: 2 })).code, 107, "a stream has no phases");
  assert.equal((await client.error("subscribe", { channel: "a:1", data: { unknown_option: 1 } })).code, 107);
  assert.equal((await client.error("subscribe", { channel: "a:1", tf: { op: "bad" } })).code, 107);
});

protocolTest("108: what a namespace or the server does not offer", async () => {
  for (const method of ["presence", "presence_stats", "history"])
    assert.equal((await client.error(method, { channel: "bare:1", limit: 1 })).code, 108, method);
  assert.equal((await client.error("subscribe", { channel: "a:1", type: 4 })).code, 108);
});

protocolTest("a namespace without history is not recoverable", async () => {
  const reply = await client.result("subscribe", { channel: "bare:2" });
  assert.equal(reply.recoverable, undefined);
  await client.result("publish", { channel: "bare:2", data: 1 });
  assert.equal((await client.publications("bare:2", 1))[0].data, 1);
});

protocolTest("unsubscribe is always answered, and ends the publications", async () => {
  const channel = "gone:1";
  assert.deepEqual(await client.result("unsubscribe", { channel: "never:1" }), {});
  await client.result("subscribe", { channel });
  await client.result("publish", { channel, data: 1 });
  await client.publications(channel, 1);
  assert.deepEqual(await client.result("unsubscribe", { channel }), {});
  await client.result("publish", { channel, data: 2 });
  const reply = await client.result("subscribe", { channel, recover: true, offset: 1, epoch: client.pushes(channel)[0].epoch });
  assert.deepEqual(
    reply.publications.map(({ data }) => data),
    [2],
  );
  assert.equal(client.pushes(channel).length, 1);
});

protocolTest("an unsubscribe right behind its subscribe cancels it, whatever is first", async () => {
  const channel = "cancelled:1";
  for (let round = 0; round < 20; round += 1) {
    const replies = await Promise.all(client.sendAll({ subscribe: { channel } }, { unsubscribe: { channel } }));
    assert.ok(replies[0].subscribe ?? replies[0].error);
    assert.deepEqual(replies[1].unsubscribe, {});
  }
  await client.result("subscribe", { channel });
});

protocolTest("any JSON is data, byte for byte what was published", async () => {
  const channel = "any:1";
  await client.result("subscribe", { channel });
  const values = [null, 0, -1.5e300, "text \u2028 \ud83d\ude00", "", [], {}, [[{ a: [null] }]], { "": "empty name" }, false];
  for (const data of values) await client.result("publish", { channel, data });
  assert.deepEqual(
    (await client.publications(channel, values.length)).map(({ data }) => data),
    values,
  );
});
