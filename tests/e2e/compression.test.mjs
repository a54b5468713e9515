// Compressed WebSocket messages as two independent clients decode them, npm `ws` and undici, under every way they offer compression: small
// and large ones in turn, so that a decoder which kept something of the last message would show it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { WebSocket as UndiciWebSocket } from "undici";
import WebSocket from "ws";
import { Server } from "../support/server.mjs";
import { range } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const minSize = 100;
const rooms = 3;
const rounds = 40;

let server;

before(async () => {
  server = await Server.start({
    config: `[websocket]\ncompression = true\ncompression_min_size = ${minSize}\n`,
  });
});

after(async () => {
  await server?.dispose();
});

const text = (n) => "tide ".repeat(n % 2 === 0 ? 1 : 1 + ((n * 97) % 4_000));

// {socket, messages, extensions, ping()} for each client, with the same events.
function openWs(options) {
  const socket = new WebSocket(server.websocketUrl, options);
  const client = { messages: [], closed: null, send: (data) => socket.send(data), close: () => socket.close() };
  client.received = () => socket._socket.bytesRead;
  socket.on("message", (data) => client.messages.push(data.toString()));
  socket.on("close", (code) => (client.closed = code));
  return new Promise((resolve, reject) => {
    socket.once("error", reject).once("open", () => resolve(Object.assign(client, { extensions: socket.extensions })));
  });
}

function openUndici() {
  const socket = new UndiciWebSocket(server.websocketUrl);
  const client = { messages: [], closed: null, send: (data) => socket.send(data), close: () => socket.close() };
  socket.addEventListener("message", ({ data }) => client.messages.push(data));
  socket.addEventListener("close", ({ code }) => (client.closed = code));
  return new Promise((resolve, reject) => {
    socket.addEventListener("error", reject);
    socket.addEventListener("open", () => resolve(Object.assign(client, { extensions: socket.extensions })));
  });
}

const clients = [
  ["ws", "permessage-deflate", () => openWs({})],
  ["ws without context", "permessage-deflate", () =>
    openWs({ perMessageDeflate: { serverNoContextTakeover: true, clientNoContextTakeover: true } })],
  ["ws with a window of its own", "permessage-deflate", () => openWs({ perMessageDeflate: { clientMaxWindowBits: 10, serverMaxWindowBits: 15 } })],
  ["ws with a window we decline", "", () => openWs({ perMessageDeflate: { serverMaxWindowBits: 9 } })],
  ["ws without compression", "", () => openWs({ perMessageDeflate: false })],
  ["undici", "permessage-deflate", openUndici],
];

// Bytes that the server has compressed so far.
async function deflated() {
  const answer = await fetch(`${server.adminUrl}/api/v1/websocket/metrics`);
  return (await answer.json()).deflated_bytes;
}

const objects = (client) => client.messages.flatMap((message) => message.split("\n").map((line) => JSON.parse(line)));

for (const [name, extension, open] of clients) {
  test(`${name} reads replies and pushes, and is understood`, async () => {
    const client = await open();
    assert.equal(Object.keys(typeof client.extensions === "string" ? { [client.extensions.split(";")[0]]: 1 } : client.extensions)[0] ?? "", extension);
    const room = `log:${name.replaceAll(" ", "-")}`;
    client.send(range(0, rooms).map((id) => (id === 0 ? '{"id":1,"connect":{}}' : `{"id":${id + 1},"subscribe":{"channel":"${room}-${id}"}}`)).join("\n"));
    await until("the subscriptions", () => objects(client).filter(({ id }) => id).length === rooms + 1);
    for (const n of range(1, rounds)) {
      // By the client itself, so that what it compresses is read too.
      client.send(JSON.stringify({ id: 100 + n, publish: { channel: `${room}-${1 + (n % rooms)}`, data: { n, text: text(n) } } }));
    }
    await until("all publications", () => objects(client).filter(({ push }) => push?.pub).length === rounds);
    const told = objects(client).filter(({ push }) => push?.pub).map(({ push }) => push.pub.data);
    assert.deepEqual(
      told.sort((a, b) => a.n - b.n),
      range(1, rounds).map((n) => ({ n, text: text(n) })),
    );
    // One large reply, then a small one.
    client.send(`{"id":500,"history":{"channel":"${room}-2","limit":100}}\n{"id":501,"presence_stats":{"channel":"${room}-2"}}`);
    await until("the replies", () => objects(client).filter(({ id }) => id >= 500).length === 2);
    assert.deepEqual(
      objects(client).find(({ id }) => id === 500).history.publications.map(({ data }) => data.text),
      range(1, rounds).filter((n) => 1 + (n % rooms) === 2).map(text),
    );
    const bytes = client.messages.join("").length;
    if (extension && client.received) assert.ok(client.received() < bytes / 10, `${client.received()} bytes for ${bytes}`);
    if (!extension) assert.ok(client.received() > bytes);
    client.close();
    await until("the end", () => client.closed === 1000 || client.closed === 1005);
  });
}

// Each of so many clients, half of them undici, half npm `ws`, sends connect and then what `ask` answers to it, one command after the other.
async function crowd(size, ask) {
  const all = await Promise.all(range(1, size).map((n) => (n % 2 === 0 ? openUndici() : openWs({}))));
  await Promise.all(
    all.map(async (client) => {
      const say = async (command) => {
        const id = objects(client).length + 1;
        client.send(JSON.stringify({ id, ...command }));
        return until("the reply", () => objects(client)[id - 1]);
      };
      await say({ connect: {} });
      for (let command = ask(); command; ) command = ask((await say({ subscribe: command })).subscribe);
    }),
  );
  return all;
}

test("pages of a map that many read are compressed once for all of them", async () => {
  const room = "lamps:storm";
  const rows = range(1, 300).map((n) => ({ key: `lamp-${1_000 + n}`, data: { n, text: `of the lamp ${n * 7_919}` } }));
  await server.publish(room, rows.map((row) => ({ ...row, op: "set" })));
  const page = { channel: room, type: 1, phase: 2, limit: 200 };
  const before = await deflated();
  const readers = await crowd(20, (reply) => {
    if (!reply) return page;
    return reply.phase === 2 && { ...page, cursor: reply.cursor, offset: reply.offset, epoch: reply.epoch };
  });
  const cost = (await deflated()) - before;
  let once;
  for (const reader of readers) {
    const replies = objects(reader).slice(1);
    assert.equal(replies.length, 2);
    assert.deepEqual(
      replies.flatMap(({ subscribe }) => subscribe.state.map(({ key, data }) => ({ key, data }))),
      rows,
    );
    once = reader.messages.join("").length;
    if (reader.received) assert.ok(reader.received() < once / 2, `${reader.received()} bytes for ${once}`);
    reader.close();
  }
  assert.ok(cost > once / 2 && cost < 1.5 * once, `${cost} bytes were compressed, each client was told ${once}`);
});

test("what many missed who come back from the same offset is compressed once", async () => {
  const room = "log:storm";
  const texts = range(1, 100).map((n) => `said ${n * 7_919}`);
  const [{ epoch }] = await server.publish(room, texts.map((data) => ({ data })));
  const before = await deflated();
  let asked = 0;
  const readers = await crowd(20, (reply) => !reply && (asked += 1) && { channel: room, recover: true, offset: 10, epoch });
  const cost = (await deflated()) - before;
  for (const reader of readers) {
    const { subscribe } = objects(reader).at(-1);
    assert.equal(subscribe.recovered, true);
    assert.deepEqual(subscribe.publications.map(({ data }) => data), texts.slice(10));
    reader.close();
  }
  const once = JSON.stringify(objects(readers[0]).at(-1)).length;
  assert.equal(asked, readers.length);
  assert.ok(cost > once / 2 && cost < 3 * once, `${cost} bytes were compressed, each client was told ${once}`);
});
