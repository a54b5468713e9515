// The subprotocol tidewire.msgpack.v1 on the wire, read by the npm package @msgpack/msgpack. That it says what JSON says is shown by the
// tests that are run in both dialects (CMakeLists.txt).
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { encode } from "@msgpack/msgpack";
import { Server } from "../support/server.mjs";
import { applyFossilDelta } from "./support/model/fossil.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";
import { range } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const dialect = "msgpack";
const plain = { dialect, perMessageDeflate: false };

let server;

before(async () => {
  server = await Server.start({ config: "[websocket]\ncompression_min_size = 100\n" });
});

after(async () => {
  await server?.dispose();
});

const connect = (options = plain) => ProtocolClient.connect(server, {}, options);
const note = "n".repeat(120);
const set = (key, data) => ({ key, op: "set", data });

test("the subprotocol is agreed to, and all messages are binary", async () => {
  const client = await connect();
  assert.equal(client.subprotocol, "tidewire.msgpack.v1");
  await client.result("subscribe", { channel: "log:a" });
  await server.publish("log:a", range(1, 3).map((n) => ({ data: { n } })));
  const told = await client.publications("log:a", 3);
  assert.deepEqual(told.map(({ offset, data }) => [offset, data.n]), [[1, 1], [2, 2], [3, 3]]);
  assert.ok(client.messages.every(({ binary }) => binary));
  client.terminate();
});

test("numbers keep their kind, strings their characters", async () => {
  const client = await connect();
  await client.result("subscribe", { channel: "log:kinds" });
  const json = String.raw`{"int":1,"float":1.0,"small":-129,"large":1e300,"text":"é\n\u0000😀","list":[[],{}],"none":null}`;
  await fetch(`${server.url}/api/v1/rooms/log:kinds/events`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: `{"data":${json}}`,
  });
  const [{ data }] = await client.publications("log:kinds", 1);
  assert.deepEqual(data, JSON.parse(json));
  const published = await client.result("publish", { channel: "log:kinds", data: { whole: 7, real: 0.5, big: 2 ** 53 } });
  assert.deepEqual(published, {});
  const rows = await (await fetch(`${server.url}/api/v1/rooms/log:kinds/history?since=1`)).text();
  assert.match(rows, /"data":\{"whole":7,"real":0\.5,"big":9007199254740992(\.0)?\}/);
  client.terminate();
});

test("with deltas, data is bytes: of the JSON text, or of a delta against the one before", async () => {
  const client = await connect();
  await server.publish("lamps:delta", set("a", { state: "on", level: 1, note }));
  const reply = await client.result("subscribe", { channel: "lamps:delta", type: 1, phase: 2, delta: "fossil" });
  assert.equal(reply.delta, true);
  let text = reply.state[0].data;
  assert.ok(text instanceof Uint8Array);
  await server.publish("lamps:delta", { key: "a", data: { level: 2 } });
  const [changed] = await client.publications("lamps:delta", 1);
  assert.equal(changed.delta, true);
  assert.ok(changed.data.length < 60);
  text = applyFossilDelta(text, changed.data);
  assert.deepEqual(JSON.parse(text), { state: "on", level: 2, note });
  client.terminate();
});

test("messages worth it are compressed, the same for all who agreed", async () => {
  const clients = [await connect({ dialect }), await connect({ dialect }), await connect()];
  for (const each of clients) await each.result("subscribe", { channel: "log:deflate" });
  assert.deepEqual(clients.map(({ extensions }) => extensions.includes("permessage-deflate")), [true, true, false]);
  await server.publish("log:deflate", range(1, 20).map((n) => ({ data: { n, note } })));
  for (const each of clients) {
    const told = await each.publications("log:deflate", 20);
    assert.deepEqual(told.map(({ data }) => data), range(1, 20).map((n) => ({ n, note })));
  }
  const received = clients.map((each) => each.bytesRead);
  assert.ok(received[0] < received[2] / 2, `${received}`);
  for (const each of clients) each.terminate();
});

test("one message may hold several commands, and a reply or an error comes for each", async () => {
  const client = await ProtocolClient.open(server, plain);
  const commands = [
    { connect: {} },
    { subscribe: { channel: "log:many" } },
    { subscribe: { channel: "log:*:x" } },
    { rpc: { method: "m", data: [1] } },
    { ping: {} },
  ];
  const replies = await Promise.all(client.sendAll(...commands));
  assert.deepEqual(replies.map((reply) => reply.error?.code ?? Object.keys(reply).find((name) => name !== "id" && name !== "frame")), [
    "connect", "subscribe", 107, 108, "ping",
  ]);
  client.terminate();
});

const malformed = {
  "bytes that are no MessagePack": Buffer.from([0xc1]),
  "nothing": Buffer.alloc(0),
  "half a map": Buffer.from([0x82, 0xa2]),
  "an array that announces more than there is": Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff]),
  "JSON": Buffer.from('{"id":2,"ping":{}}'),
  "an array": encode([]),
  "no id": encode({ ping: {} }),
  "a binary payload": encode({ id: 2, publish: { channel: "log:a", data: new Uint8Array([1]) } }),
  "a timestamp": encode({ id: 2, publish: { channel: "log:a", data: new Date(0) } }),
  "a string that is not UTF-8": Buffer.concat([
    ...[Buffer.from([0x82]), encode("id"), encode(2), encode("rpc")],
    ...[Buffer.from([0x81]), encode("data"), Buffer.from([0xa1, 0xff])],
  ]),
  "a pong without ping": encode({}),
};
for (const [name, bytes] of Object.entries(malformed)) {
  test(`3501: ${name}`, async () => {
    const client = await connect();
    client.sendText(bytes);
    assert.equal((await client.end()).code, 3501);
  });
}

test("3506: text in MessagePack, and bytes in JSON", async () => {
  const client = await connect();
  client.sendText('{"id":2,"ping":{}}');
  assert.equal((await client.end()).code, 3506);
  const json = await connect({ dialect: "json" });
  json.sendText(encode({ id: 2, ping: {} }));
  assert.equal((await json.end()).code, 3506);
});

test("pings are the empty map, and their answer keeps the connection", async () => {
  const hasty = await Server.start({ config: "[limits]\nping_interval_s = 1\npong_timeout_s = 1\n" });
  try {
    const client = await ProtocolClient.connect(hasty, {}, plain);
    await until("three pings", () => client.pings >= 3);
    assert.equal(client.closed, null);
    client.answersPings = false;
    assert.equal((await client.end()).code, 3012);
  } finally {
    await hasty.dispose();
  }
});

test("a stream and a map recover after kill -9", async () => {
  const options = { data: { fields: ["state", "level"] }, tf: { key: "state", cmp: "in", vals: ["on", "off"] } };
  await server.publish("lamps:kill", set("a", { state: "on", level: 1, note }));
  const first = await connect();
  const map = await first.result("subscribe", { channel: "lamps:kill", type: 1, phase: 2, ...options });
  const stream = await first.result("subscribe", { channel: "log:kill", recoverable: true });
  assert.deepEqual(map.state.map(({ data }) => data), [{ state: "on", level: 1 }]);
  await server.kill();
  await server.restart();
  await server.publish("lamps:kill", { key: "a", data: { level: 2 } });
  await server.publish("log:kill", { data: "missed" });
  const second = await connect();
  const { epoch, offset } = map;
  const again = await second.result("subscribe", { channel: "lamps:kill", type: 1, phase: 1, recover: true, epoch, offset, ...options });
  assert.equal(again.recovered, true);
  assert.deepEqual(again.publications.map(({ data, key }) => [key, data]), [["a", { state: "on", level: 2 }]]);
  const position = { epoch: stream.epoch ?? "", offset: stream.offset ?? 0 };
  const log = await second.result("subscribe", { channel: "log:kill", recover: true, ...position });
  assert.equal(log.recovered, true);
  assert.deepEqual(log.publications.map(({ data }) => data), ["missed"]);
  second.terminate();
});
