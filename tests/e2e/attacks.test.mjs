// Hostile clients on the real server: what they send or leave unsent costs bounded memory, ends with a clear answer or a close, and somebody else
// who publishes and listens meanwhile is told everything. ATTACK_SCALE=n: so many times as much.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import net from "node:net";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { deflateRawSync, gzipSync } from "node:zlib";
import WebSocket from "ws";
import { Server } from "../support/server.mjs";
import { Bystander } from "./support/bystander.mjs";
import { call, eventsPath, roomPath } from "./support/http.mjs";
import { memoryBound } from "./support/memory_bound.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";
import { range } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const scale = Number(process.env.ATTACK_SCALE ?? 1);
const rssBytesMax = memoryBound(384); // resident memory of the server at its peak, whatever is sent
const endWithinMs = 30_000;
const config = `
[limits]
http_idle_timeout_s = 2
stale_timeout_s = 2
entity_idle_s = 1
room_idle_s = 1
requests_bytes_max = "64MiB"
[[namespace]]
name = "memory"
durability = "memory"
`;

let server;
let bystander;

before(async () => {
  server = await Server.start({ config });
  bystander = await Bystander.start(server, "calm:1");
});

after(async () => {
  bystander?.end();
  await server?.dispose();
});

const memory = (what) => Number(new RegExp(`${what}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))[1]) * 1024;

function attack(name, act) {
  test(name, async (context) => {
    const { pid } = server;
    const before = memory("VmRSS");
    await act();
    await bystander.heardMore(10);
    assert.equal(server.pid, pid, "the server has ended");
    const peak = memory("VmHWM");
    assert.ok(peak < rssBytesMax, `${peak} bytes at the peak`);
    context.diagnostic(`resident: ${before >> 20} MiB before, ${memory("VmRSS") >> 20} MiB after, ${peak >> 20} MiB at the peak so far`);
  });
}

// A socket that keeps what it received and says when it has ended.
async function connect() {
  const socket = net.connect(server.port, "127.0.0.1");
  const peer = { socket, received: "", ended: false };
  socket.on("data", (bytes) => (peer.received += bytes.toString("latin1")));
  socket.on("error", () => {});
  socket.on("close", () => (peer.ended = true));
  await new Promise((resolve) => socket.once("connect", resolve));
  return peer;
}

const connectMany = (count) => Promise.all(range(1, count).map(connect));

// A byte every now and then, for as long as the server puts up with it.
async function trickle(peers, begin) {
  for (const { socket } of peers) socket.write(begin);
  const deadline = performance.now() + endWithinMs;
  while (peers.some(({ ended }) => !ended)) {
    assert.ok(performance.now() < deadline, `${peers.filter(({ ended }) => !ended).length} of ${peers.length} are still there`);
    for (const { socket, ended } of peers) if (!ended) socket.write("x");
    await delay(100); // slower than any client is, quicker than an idle one
  }
}

attack("request heads that never end", async () => {
  const peers = await connectMany(300 * scale);
  await trickle(peers, "GET /livez HTTP/1.1\r\nX: ");
  for (const { received } of peers) assert.match(received, /^HTTP\/1\.1 408 /);
});

attack("request bodies that never end", async () => {
  const peers = await connectMany(300 * scale);
  const head = `POST ${eventsPath("memory:slow")} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n`;
  await trickle(peers, `${head}Content-Length: 100000\r\n\r\n{`);
  for (const { received } of peers) assert.match(received, /^HTTP\/1\.1 408 /);
});

attack("long bodies that lack their last byte, from many at a time", async () => {
  const peers = await connectMany(100 * scale);
  const head = `POST ${eventsPath("memory:slow")} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 8000001\r\n\r\n`;
  const body = Buffer.alloc(8_000_000, "[");
  for (const { socket } of peers) socket.write(head);
  for (const { socket } of peers) socket.write(body);
  await until("everybody is refused", () => peers.every(({ ended }) => ended), endWithinMs);
  const statuses = peers.map(({ received }) => received.slice(9, 12));
  assert.ok(statuses.includes("503"), `${new Set(statuses)}`);
  for (const { received } of peers) assert.match(received, /^HTTP\/1\.1 (503|408) |^$/); // nothing: its answer met bytes that were still coming
});

attack("WebSocket connections that never say connect", async () => {
  const sockets = range(1, 200 * scale).map(() => new WebSocket(server.websocketUrl));
  const codes = await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once("close", resolve))));
  assert.deepEqual(new Set(codes), new Set([3502]));
});

// Bytes for ever, as quickly as the server takes them, until it ends the connection or `bytesMax` are sent.
async function flood(peer, chunk, bytesMax) {
  for (let sent = 0; sent < bytesMax && !peer.ended; sent += chunk.length) {
    if (!peer.socket.write(chunk)) {
      await Promise.race([
        new Promise((resolve) => peer.socket.once("drain", resolve)),
        new Promise((resolve) => peer.socket.once("close", resolve)),
        delay(1_000, undefined, { ref: false }),
      ]);
      if (peer.socket.writableLength > 8 << 20) return; // the server has stopped reading
    }
  }
}

attack("heads without end", async () => {
  const peers = await connectMany(50 * scale);
  const lines = Buffer.from(range(1, 100).map((n) => `X-${n}: ${"y".repeat(100)}\r\n`).join(""));
  for (const { socket } of peers) socket.write("GET / HTTP/1.1\r\nHost: a\r\n");
  await Promise.all(peers.map((peer) => flood(peer, lines, 4 << 20)));
  await until("their ends", () => peers.every(({ ended }) => ended));
  for (const { received } of peers) if (received !== "") assert.match(received, /^HTTP\/1\.1 431 /);
});

async function upgraded() {
  const peer = await connect();
  peer.socket.write(
    `GET /connection/websocket HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
  );
  await until("the upgrade", () => peer.received.includes("\r\n\r\n"));
  return peer;
}

// Masked with zeros, so that the payload is as it is written here.
function frame(opcode, payload, final = true) {
  const head = [(final ? 0x80 : 0) | opcode];
  if (payload.length < 126) head.push(0x80 | payload.length);
  else head.push(0x80 | 126, payload.length >> 8, payload.length & 0xff);
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload]);
}

const text = 1;
const continuation = 0;
const ping = 9;

async function connected() {
  const peer = await upgraded();
  peer.socket.write(frame(text, Buffer.from('{"id":1,"connect":{}}')));
  await until("the connect", () => peer.received.includes('"connect"'));
  return peer;
}

attack("pings without end, whose pongs nobody reads", async () => {
  const peers = await Promise.all(range(1, 30 * scale).map(connected));
  for (const { socket } of peers) socket.pause();
  const pings = Buffer.concat(Array(500).fill(frame(ping, Buffer.alloc(125))));
  await Promise.all(peers.map((peer) => flood(peer, pings, 4 << 20)));
  for (const { socket } of peers) socket.destroy();
});

attack("empty fragments without end", async () => {
  const peers = await Promise.all(range(1, 20 * scale).map(connected));
  const fragments = Buffer.concat(Array(5_000).fill(frame(continuation, Buffer.alloc(0), false)));
  for (const { socket } of peers) socket.write(frame(text, Buffer.alloc(0), false));
  await Promise.all(peers.map((peer) => flood(peer, fragments, 2 << 20)));
  for (const { socket } of peers) socket.destroy();
});

attack("commands without end, whose replies nobody reads", async () => {
  const peers = await Promise.all(range(1, 30 * scale).map(connected));
  for (const { socket } of peers) socket.pause();
  let id = 1;
  const message = () =>
    frame(
      text,
      Buffer.from(
        range(1, 500)
          .map(() => `{"id":${(id += 1)},"history":{"channel":"calm:1","limit":100}}`)
          .join("\n"),
      ),
    );
  await Promise.all(peers.map((peer) => flood(peer, message(), 2 << 20)));
  for (const { socket } of peers) socket.destroy();
});

attack("subscribers who read nothing, of rooms with much to tell", async () => {
  const peers = await Promise.all(range(1, 50 * scale).map(connected));
  for (const { socket } of peers) socket.write(frame(text, Buffer.from('{"id":2,"subscribe":{"channel":"memory:loud"}}')));
  await until("their subscriptions", () => peers.every(({ received }) => received.includes('"subscribe"')));
  for (const { socket } of peers) socket.pause();
  for (const n of range(1, 40)) {
    const told = await call(server, "POST", eventsPath("memory:loud"), { body: { data: `${n}${"z".repeat(500_000)}` } });
    assert.equal(told.status, 200);
  }
  for (const { socket } of peers) socket.destroy();
});

attack("small messages that stand for large ones: deflate, and gzip", async () => {
  const bomb = deflateRawSync(Buffer.alloc(48 << 20, 0x20), { level: 9 }).subarray(0, 60_000); // up to 1,000 times as much
  const closes = range(1, 20 * scale).map(async () => {
    const socket = new WebSocket(server.websocketUrl);
    await new Promise((resolve) => socket.once("open", resolve));
    assert.match(socket.extensions, /permessage-deflate/);
    const head = Buffer.from([0xc0 | text, 0x80 | 126, bomb.length >> 8, bomb.length & 0xff, 0, 0, 0, 0]); // RSV1: compressed
    socket._socket.write(Buffer.concat([head, bomb]));
    return new Promise((resolve) => socket.once("close", resolve));
  });
  assert.deepEqual(new Set(await Promise.all(closes)), new Set([1009]));

  const packed = gzipSync(Buffer.from(JSON.stringify({ data: "z".repeat(32 << 20) })));
  const answers = await Promise.all(
    range(1, 20 * scale).map(() =>
      call(server, "POST", eventsPath("memory:bomb"), { body: packed, headers: { "Content-Encoding": "gzip" } }).catch(({ cause }) => {
        assert.match(cause.code, /^(ECONNRESET|EPIPE)$/); // refused before all of it was sent
        return { status: 415 };
      }),
    ),
  );
  for (const { status, body } of answers) assert.ok(status === 415 || status === 400, `${status} ${JSON.stringify(body)}`);
});

attack("JSON that is very deep, or very wide", async () => {
  const deep = "[".repeat(65_000);
  const closes = range(1, 20 * scale).map(async () => {
    const client = await ProtocolClient.connect(server, {}, { dialect: "json" });
    client.sendText(`{"id":2,"publish":{"channel":"memory:deep","data":${deep}}}`.slice(0, 65_536));
    return (await client.end()).code;
  });
  assert.deepEqual(new Set(await Promise.all(closes)), new Set([3501]));
  const bodies = [
    `{"data":${"[".repeat(1 << 20)}`,
    `{"data":${'{"a":'.repeat(1 << 20)}`,
    `[${Array(200_000).fill("{}").join(",")}]`,
    `{${range(1, 100_000).map((n) => `"m${n}":1`)}}`,
  ];
  for (const body of bodies) {
    const { status } = await call(server, "POST", eventsPath("memory:deep"), { body });
    assert.ok(status >= 400 && status < 500, `${status} for ${body.slice(0, 20)}`);
  }
});

attack("more rooms than anybody wants, and more subscriptions", async () => {
  const clients = await Promise.all(range(1, 10).map(() => ProtocolClient.connect(server)));
  await Promise.all(
    clients.map(async (client, n) => {
      for (const round of range(1, 8 * scale)) {
        const rooms = range(1, 120).map((m) => `memory:many/${n}/${round}/${m}`);
        const replies = await Promise.all(client.sendAll(...rooms.map((channel) => ({ subscribe: { channel } }))));
        assert.ok(replies.every(({ subscribe }) => subscribe));
        await Promise.all(client.sendAll(...rooms.map((channel) => ({ unsubscribe: { channel } }))));
      }
      const rooms = range(1, 140).map((m) => `memory:too-many/${n}/${m}`);
      const replies = await Promise.all(client.sendAll(...rooms.map((channel) => ({ subscribe: { channel } }))));
      assert.equal(replies.filter(({ error }) => error?.code === 106).length, rooms.length - 128);
      client.terminate();
    }),
  );
});

attack("more keys than anybody wants", async () => {
  for (const round of range(1, 30 * scale)) {
    const items = range(1, 1_000).map((n) => ({ key: `${round}/${n}`, op: "set", data: n }));
    const { status } = await call(server, "POST", eventsPath("many:keys"), { body: items });
    assert.equal(status, 200);
  }
  const { body } = await call(server, "GET", roomPath("many:keys"));
  assert.equal(body.offset, 30_000 * scale);
});

test("the bystander was told everything, once", async (context) => {
  await bystander.finish();
  context.diagnostic(`its slowest publication took ${Math.round(bystander.slowestMs)} ms`);
});
