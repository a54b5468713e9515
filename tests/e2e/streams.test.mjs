// The endpoints behind http_stream, sse and emulation as they show to plain HTTP: who may use them, what they refuse, how they end.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { call } from "./support/http.mjs";
import { until } from "./support/until.mjs";

const page = "https://app.example.com";
const connect = '{"id":1,"connect":{}}';
const sse = (message) => `/connection/sse?${new URLSearchParams({ cf_connect: message })}`;

let server;

before(async () => {
  server = await Server.start({
    config: `allowed_origins = ["${page}"]\n[limits]\nping_interval_s = 1\npong_timeout_s = 1\nmessage_bytes_max = 2048\ncommands_in_flight_max = 4\n`,
  });
});

after(async () => {
  await server?.dispose();
});

// A response that goes on; `text` is all of it so far.
async function open(target, { method = "GET", body, headers = {} } = {}) {
  const abort = new AbortController();
  const response = await fetch(server.url + target, { method, body, headers, signal: abort.signal });
  const stream = { response, text: "", ended: false, abort: () => abort.abort() };
  (async () => {
    const decoder = new TextDecoder();
    for await (const bytes of response.body) stream.text += decoder.decode(bytes, { stream: true });
    stream.ended = true;
  })().catch(() => {});
  stream.lines = () => stream.text.split("\n").slice(0, -1);
  return stream;
}

const openLines = (body) => open("/connection/http_stream", { method: "POST", body, headers: { "Content-Type": "application/json" } });
const emulate = (body, headers) => call(server, "POST", "/emulation", { body, headers });

async function connected(stream) {
  await until("the connect reply", () => stream.lines().length > 0);
  return JSON.parse(stream.lines()[0]).connect;
}

test("http_stream: lines, unbuffered; commands by emulation; a ping that is not answered ends it", async () => {
  const stream = await openLines(connect);
  assert.equal(stream.response.status, 200);
  assert.equal(stream.response.headers.get("x-accel-buffering"), "no");
  assert.match(stream.response.headers.get("cache-control"), /no-store/);
  const { session, node } = await connected(stream);
  assert.match(session, /^[0-9a-f]{32}$/);
  assert.match(node, /^[0-9a-f]{32}$/);

  assert.equal((await emulate({ session, node, data: '{"id":2,"subscribe":{"channel":"log:lines"}}' })).status, 204);
  await until("the subscription", () => stream.lines().some((line) => JSON.parse(line).subscribe));
  await server.publish("log:lines", { data: { n: 1 } });
  await until("the publication", () => stream.lines().some((line) => JSON.parse(line).push?.pub?.data.n === 1));
  await until("a ping", () => stream.lines().includes("{}"));
  await until("the end", () => stream.ended);
  assert.deepEqual(JSON.parse(stream.lines().at(-1)), { push: { disconnect: { code: 3012, reason: "no pong" } } });
  assert.equal((await emulate({ session, node, data: "{}" })).status, 204, "the session is gone, the node is not");
});

test("sse: events behind a first empty line, from the query or a body", async () => {
  for (const stream of [await open(sse(connect)), await open("/connection/sse", { method: "POST", body: connect })]) {
    assert.equal(stream.response.headers.get("content-type"), "text/event-stream; charset=utf-8");
    await until("the connect reply", () => stream.text.includes("\n\n"));
    assert.match(stream.text, /^\r\ndata: \{"id":1,"connect":\{.*\}\}\n\n/);
    stream.abort();
  }
});

test("what is no message, and what is no command", async () => {
  assert.equal((await call(server, "GET", "/connection/sse")).status, 400);
  assert.equal((await call(server, "GET", "/connection/sse?cf_connect=%zz")).status, 400);
  assert.equal((await call(server, "POST", "/connection/http_stream")).status, 400);
  assert.equal((await call(server, "POST", "/connection/http_stream", { body: "x".repeat(2_049) })).status, 413);
  assert.equal((await call(server, "GET", sse("x".repeat(2_049)))).status, 413);
  const protobuf = { headers: { "Content-Type": "application/octet-stream" } };
  assert.equal((await call(server, "POST", "/connection/http_stream", { body: connect, ...protobuf })).status, 415);
  for (const first of ["no json", '{"id":1,"subscribe":{"channel":"x"}}']) {
    const stream = await openLines(first);
    await until("the end", () => stream.ended);
    assert.deepEqual(JSON.parse(stream.lines().at(-1)), { push: { disconnect: { code: 3501, reason: "bad request" } } });
  }
});

test("emulation: form, node, size", async () => {
  const stream = await openLines(connect);
  const { session, node } = await connected(stream);
  for (const malformed of ["", "[]", "{", { session, node }, { session, node, data: 1 }, { session: "", node, data: "{}" }])
    assert.equal((await emulate(malformed)).status, 400, JSON.stringify(malformed));
  assert.equal((await emulate({ session, node: "0".repeat(32), data: "{}" })).status, 404);
  assert.equal((await emulate({ session: "0".repeat(32), node, data: "{}" })).status, 204);
  assert.equal((await emulate({ session, node, data: "x".repeat(2_049) })).status, 413);
  stream.abort();
});

test("methods and pages of other origins", async () => {
  for (const [path, allow] of [
    ["/connection/http_stream", "POST, OPTIONS"],
    ["/connection/sse", "GET, POST, OPTIONS"],
    ["/emulation", "POST, OPTIONS"],
  ]) {
    const refused = await call(server, "DELETE", path);
    assert.equal(refused.status, 405);
    assert.equal(refused.headers.get("allow"), allow);
    assert.equal((await call(server, "HEAD", path)).status, 405);

    const preflight = await call(server, "OPTIONS", path, { headers: { Origin: page } });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get("access-control-allow-origin"), page);
    assert.equal(preflight.headers.get("access-control-allow-methods"), allow);
    assert.equal(preflight.headers.get("access-control-allow-headers"), "content-type, x-api-key, x-request-id");
    assert.equal((await call(server, "OPTIONS", path, { headers: { Origin: "https://evil.example" } })).status, 403);
  }
  const stream = await open(sse(connect), { headers: { Origin: page } });
  assert.equal(stream.response.headers.get("access-control-allow-origin"), page);
  assert.equal(stream.response.headers.get("vary"), "origin");
  stream.abort();
  assert.equal((await call(server, "GET", sse(connect), { headers: { Origin: "https://evil.example" } })).status, 403);
  const answered = await emulate({ session: "0".repeat(32), node: "0".repeat(32), data: "{}" }, { Origin: page });
  assert.equal(answered.headers.get("access-control-allow-origin"), page);
});

test("a client that hangs up leaves nothing behind", async () => {
  const room = "log:leaving";
  const stream = await openLines(`${connect}\n{"id":2,"subscribe":{"channel":"${room}"}}`);
  await until("the subscription", () => stream.lines().length === 2);
  const watched = async () => (await server.request("GET", `/api/v1/rooms/${room}`)).subscribers;
  await server.publish(room, { data: 1 });
  assert.equal(await watched(), 1);
  stream.abort();
  await until("nobody watches", async () => (await watched()) === 0);
});
