// TLS on the public listener: HTTP, WebSocket and event streams through it, certificates that are replaced while clients stay, and peers
// that speak it badly or not at all.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import https from "node:https";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import tls from "node:tls";
import { promisify } from "node:util";
import WebSocket from "ws";
import { Server } from "../support/server.mjs";
import { makeCertificate } from "./support/certificates.mjs";
import { eventsPath, roomPath } from "./support/http.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";
import { SlowRelay } from "./support/slow_relay.mjs";
import { MapWatcher, connect, range } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const run = promisify(execFile);
let folder;
let files;
let authority; // the certificate that clients trust
let server;

// What the test's clients know of the server: where it is behind TLS.
const secure = (of = server) => ({
  websocketUrl: `wss://127.0.0.1:${of.port}/connection/websocket`,
  atEnd: (job) => of.atEnd(job),
  forgetAtEnd: (job) => of.forgetAtEnd(job),
});
const configOf = ({ certificate, key }) => `[tls]\ncertificate_file = "${certificate}"\nprivate_key_file = "${key}"\n`;
const at = (name) => ({ certificate: path.join(folder, `${name}.pem`), key: path.join(folder, `${name}.key`) });

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "tidewire-tls-"));
  files = at("server");
  authority = (await makeCertificate(files)).certificate;
  server = await Server.start({ config: `${configOf(files)}[limits]\nhttp_idle_timeout_s = 2\n` });
});

after(async () => {
  await server?.dispose();
  await rm(folder, { recursive: true, force: true });
});

// One request, on a connection of its own unless an agent says else; {status, body, certificate}.
function request(method, target, body, { ca = authority, agent = false } = {}) {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const asked = https.request({ host: "127.0.0.1", port: server.port, method, path: target, ca, headers, agent }, (response) => {
      const certificate = response.socket.getPeerCertificate?.();
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => resolve({ status: response.statusCode, body: Buffer.concat(chunks).toString(), certificate }));
      response.on("error", reject);
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

const publish = async (room, items) => {
  const answer = await request("POST", eventsPath(room), JSON.stringify(items));
  assert.equal(answer.status, 200, answer.body);
  return JSON.parse(answer.body);
};

test("curl publishes and reads, and refuses who is not trusted", async () => {
  const url = `https://localhost:${server.port}${roomPath("curl:1")}`;
  const data = ["-H", "content-type: application/json", "-d", '{"key":"a","data":{"n":1}}'];
  const published = await run("curl", ["-sS", "--cacert", files.certificate, ...data, `${url}/events`]);
  assert.equal(JSON.parse(published.stdout).offset, 1);
  const read = await run("curl", ["-sS", "--cacert", files.certificate, "--tlsv1.3", `${url}/entities/a`]);
  assert.deepEqual(JSON.parse(read.stdout).data, { n: 1 });
  const older = await run("curl", ["-sS", "--cacert", files.certificate, "--tls-max", "1.2", `${url}/entities/a`]);
  assert.deepEqual(JSON.parse(older.stdout).data, { n: 1 });
  await assert.rejects(run("curl", ["-sS", `${url}/entities/a`]), ({ code }) => code === 60);
});

test("large bodies pass in both directions, byte for byte", async () => {
  const items = range(1, 30).map((n) => ({ key: `k${n}`, op: "set", data: `${n}:${"x".repeat(100_000)}` }));
  await publish("large:1", items);
  const { status, body } = await request("GET", `${roomPath("large:1")}/entities?limit=1000`);
  assert.equal(status, 200);
  const rows = new Map(JSON.parse(body).data.map(({ key, data }) => [key, data]));
  for (const { key, data } of items) assert.ok(rows.get(key) === data, key);
});

test("requests that come in one record are answered one after the other", async () => {
  const socket = tls.connect({ host: "127.0.0.1", port: server.port, ca: authority });
  await once(socket, "secureConnect");
  let heard = "";
  socket.on("data", (bytes) => (heard += bytes));
  socket.write("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n".repeat(50));
  await until("fifty answers", () => heard.split("HTTP/1.1 200").length === 51);
  socket.destroy();
});

test("the SDK subscribes over wss, and is told everything, across a kill", async () => {
  const client = connect(secure(), { websocket: class extends WebSocket { constructor(url, protocols) { super(url, protocols, { ca: authority }); } } });
  const watcher = new MapWatcher(client, "home:1");
  await until("the first sync", () => watcher.syncs.length > 0);
  for (const n of range(1, 200)) await publish("home:1", { key: `k${n % 7}`, op: "set", data: { n } });
  await until("all of it", () => watcher.offsets.length === 200);
  await server.kill();
  await server.restart();
  for (const n of range(201, 210)) await publish("home:1", { key: `k${n % 7}`, op: "set", data: { n } });
  await until("what came after", () => watcher.state.get("k0")?.n === 210 && watcher.offsets.length === 210);
  assert.deepEqual(watcher.offsets, range(1, 210));
  client.disconnect();
});

test("an event stream goes on behind TLS", async () => {
  await publish("events:1", { key: "a", data: { n: 0 } });
  const heard = [];
  const asked = https.get({ host: "127.0.0.1", port: server.port, path: `${roomPath("events:1")}/stream`, ca: authority }, (response) => {
    response.on("error", () => {});
    response.on("data", (bytes) => heard.push(bytes));
  });
  asked.on("error", () => {});
  await until("the snapshot", () => Buffer.concat(heard).includes("event: live"));
  await publish("events:1", { key: "a", data: { n: 1 } });
  await until("the change", () => Buffer.concat(heard).includes('"data":{"n":1}'));
  asked.destroy();
});

test("a slow peer is conflated, and ends with the very state", async () => {
  const room = "slow:map";
  const limited = await Server.start({ config: `${configOf(files)}[limits]\nbacklog_bytes_max = 65536\nunsent_bytes_max = 16384\n` });
  const link = await SlowRelay.start(limited);
  try {
    const send = (items) =>
      new Promise((resolve, reject) => {
        const body = JSON.stringify(items);
        const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
        const options = { host: "127.0.0.1", port: limited.port, method: "POST", path: eventsPath(room), ca: authority, headers };
        https.request(options, (response) => response.resume().on("end", () => resolve(response.statusCode))).on("error", reject).end(body);
      });
    const client = await ProtocolClient.connect({ websocketUrl: link.websocketUrl.replace("ws:", "wss:") }, {}, { ca: authority });
    await client.result("subscribe", { channel: room, type: 1 });
    const port = client.port;
    link.pause(port);
    const rounds = 400;
    const item = (n, k) => ({ key: `k${k}`, op: "set", data: { n, pad: randomBytes(3_000).toString("base64") } });
    for (const n of range(1, rounds)) assert.equal(await send(range(1, 5).map((k) => item(n, k))), 200);
    link.resume(port);
    const state = new Map();
    await until("the newest of each key", () => {
      for (const { push } of client.received) if (push?.pub) state.set(push.pub.key, push.pub.data.n);
      return range(1, 5).every((k) => state.get(`k${k}`) === rounds);
    });
    assert.ok(client.received.length < rounds * 5, `${client.received.length} were told`);
    client.terminate();
  } finally {
    await link.stop();
    await limited.dispose();
  }
});

test("SIGHUP shows the new certificate to who comes, and nobody is disturbed; a bad one changes nothing", async () => {
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
  const before = await request("GET", "/livez", undefined, { agent });
  const old = before.certificate.fingerprint256;
  const stays = await ProtocolClient.connect(secure(), {}, { ca: authority });
  await stays.result("subscribe", { channel: "stays:1" });

  await writeFile(files.key, "not a key");
  process.kill(server.pid, "SIGHUP");
  await until("the refusal", () => /certificate was not reloaded: .*private_key_file/.test(server.log));
  assert.equal((await request("GET", "/livez")).certificate.fingerprint256, old);

  const next = at("next");
  const fresh = await makeCertificate(next);
  await copyFile(next.key, files.key);
  process.kill(server.pid, "SIGHUP");
  await until("the mismatch", () => /is not the key of/.test(server.log));
  await copyFile(next.certificate, files.certificate);
  process.kill(server.pid, "SIGHUP");
  await until("the new certificate", async () => {
    const shown = await request("GET", "/livez", undefined, { ca: [authority, fresh.certificate] });
    return shown.certificate.fingerprint256 !== old;
  });
  await assert.rejects(request("GET", "/livez"), /self.signed/i);
  assert.equal((await request("GET", "/livez", undefined, { agent })).status, 200, "the connection before goes on");
  authority = fresh.certificate;
  await publish("stays:1", { data: 1 });
  await until("a push on the connection before", () => stays.received.some(({ push }) => push?.pub));
  stays.terminate();
  agent.destroy();
});

test("peers that speak no TLS, or never finish the handshake, are ended and disturb nobody", async () => {
  const bystander = await ProtocolClient.connect(secure(), {}, { ca: authority });
  const open = async (bytes) => {
    const socket = net.connect(server.port, "127.0.0.1");
    await once(socket, "connect");
    socket.on("error", () => {});
    socket.resume();
    if (bytes) socket.write(bytes);
    return new Promise((resolve) => socket.once("close", resolve));
  };
  const hello = Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]);
  await Promise.all([
    open("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    open(Buffer.alloc(20_000, 0xff)),
    open(Buffer.concat([hello, Buffer.alloc(3)])),
    ...range(1, 50).map(() => open()),
  ]);
  await assert.rejects(
    once(tls.connect({ host: "127.0.0.1", port: server.port, ca: authority, ALPNProtocols: ["h2"] }), "secureConnect"),
    "only HTTP/1.1 is spoken",
  );
  assert.deepEqual(await bystander.result("subscribe", { channel: "calm:1" }).then(({ error }) => error), undefined);
  bystander.terminate();
});

test("files that are no good are refused at the start, by name and with the reason", async () => {
  const bad = at("bad");
  const other = at("other");
  await makeCertificate(bad);
  await makeCertificate(other);
  await assert.rejects(Server.start({ config: configOf({ ...bad, key: other.key }) }), /is not the key of/);
  await assert.rejects(Server.start({ config: configOf({ ...bad, certificate: bad.key }) }), /tls\.certificate_file/);
  await assert.rejects(Server.start({ config: configOf({ ...bad, certificate: path.join(folder, "none") }) }), /tls\.certificate_file/);
  await assert.rejects(Server.start({ config: `[tls]\ncertificate_file = "${bad.certificate}"\n` }), /needs both/);
});
