// What the log says of requests: off unless it is asked for, never with a secret or what was sent, and with the trace that a request is part of.
import assert from "node:assert/strict";
import { test } from "node:test";
import WebSocket from "ws";
import { Server } from "../support/server.mjs";
import { EventStream } from "./support/event_stream.mjs";
import { call } from "./support/http.mjs";
import { until } from "./support/until.mjs";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;

async function started(t, options = {}) {
  const server = await Server.start(options);
  t.after(() => server.dispose());
  return server;
}

async function setLevel(server, body) {
  const response = await fetch(`${server.adminUrl}/api/v1/log-levels`, { method: "PUT", body: JSON.stringify(body) });
  assert.equal(response.status, 200);
  return (await response.json()).components;
}

// Its words as {method, endpoint, status, ms, …}, with the level.
async function requests(server) {
  const { data } = await (await fetch(`${server.adminUrl}/api/v1/logs?component=access&limit=1000`)).json();
  return data.map(({ level, message }) => {
    assert.match(message, /^(slow )?request: /);
    const words = [...message.matchAll(/(\w+)=("[^"]*"|\S+)/g)].map(([, name, value]) => [name, value.replaceAll('"', "")]);
    return { level, ...Object.fromEntries(words) };
  });
}

// The line of the request of that name.
const lineOf = (server, id) =>
  until(`the line of ${id}`, async () => (await requests(server)).find(({ request_id }) => request_id === id));

test("requests are not in the log, until that is switched on by its name", async (t) => {
  const server = await started(t);
  await server.publish("a", { data: 1 });
  assert.deepEqual(await requests(server), []);
  assert.equal((await setLevel(server, { level: "debug" })).access, "warn");
  await server.publish("a", { data: 1 });
  assert.deepEqual(await requests(server), []);
  assert.equal((await setLevel(server, { component: "access", level: "info" })).access, "info");
  const { headers } = await call(server, "POST", "/api/v1/rooms/a/events", { body: { data: 1 } });
  const line = await lineOf(server, headers.get("x-request-id"));
  assert.deepEqual(Object.keys(line), ["level", "method", "endpoint", "status", "ms", "bytes", "request_id"]);
  assert.deepEqual([line.method, line.endpoint, line.status], ["POST", "/api/v1/rooms/{room}/events", "200"]);
  assert.ok(Number(line.ms) > 0 && Number(line.bytes) > 10);
  await setLevel(server, { component: "access", level: "warn" });
  const before = (await requests(server)).length;
  await server.publish("a", { data: 1 });
  assert.equal((await requests(server)).length, before);
});

test("[log] access = true has them from the start, and SIGHUP leaves it so", async (t) => {
  const server = await started(t, { config: "[log]\naccess = true\n" });
  await call(server, "GET", "/livez", { headers: { "X-Request-Id": "first" } });
  assert.equal((await lineOf(server, "first")).endpoint, "/livez");
  process.kill(server.pid, "SIGHUP");
  await until("the configuration is read again", () => server.log.includes("configuration reloaded"));
  await call(server, "GET", "/livez", { headers: { "X-Request-Id": "second" } });
  await lineOf(server, "second");
});

test("no secret, nothing that was sent, no name of a room or key", async (t) => {
  const server = await started(t, { config: "[log]\naccess = true\n" });
  const secret = "do-not-tell";
  const headers = { Authorization: `Bearer ${secret}`, "X-API-Key": secret, Cookie: secret, "User-Agent": secret, Referer: `http://${secret}/` };
  const path = `/api/v1/rooms/${secret}/entities/${secret}?token=${secret}`;
  for (const [n, method] of ["PUT", "GET", "PATCH", "DELETE", "POST", secret.toUpperCase()].entries()) {
    const body = method === "GET" ? undefined : { secret };
    await call(server, method, path, { body, headers: { ...headers, "X-Request-Id": `r${n}` } });
    await lineOf(server, `r${n}`);
  }
  await call(server, "GET", `/${secret}?${secret}`, { headers: { ...headers, "X-Request-Id": "elsewhere" } });
  await lineOf(server, "elsewhere");
  assert.ok(!server.log.toLowerCase().includes(secret), server.log);
});

test("the trace of a request is in its line; a traceparent that is none is ignored", async (t) => {
  const server = await started(t, { config: "[log]\naccess = true\n" });
  const event = { "ce-id": "1", "ce-source": "/s", "ce-specversion": "1.0", "ce-type": "t", "ce-room": "a" };
  const trace = async (id, headers, path = "/api/v1/rooms/a/events", body = { data: 1 }) => {
    const { status } = await call(server, "POST", path, { body, headers: { "X-Request-Id": id, ...headers } });
    assert.equal(status, 200, id);
    return (await lineOf(server, id)).trace_id;
  };
  assert.equal(await trace("plain", { traceparent }), traceId);
  assert.equal(await trace("newer", { traceparent: `01-${traceparent.slice(3)}-and-more` }), traceId);
  assert.equal(await trace("event", { ...event, "ce-traceparent": traceparent }, "/api/v1/events"), traceId);
  for (const [n, wrong] of ["", "x", traceparent.toUpperCase(), `ff-${traceparent.slice(3)}`, `${traceparent}-`, `00-${"0".repeat(32)}-b7ad6b7169203331-01`].entries())
    assert.equal(await trace(`wrong${n}`, { traceparent: wrong }), undefined, wrong);
  const rows = (await server.request("GET", "/api/v1/rooms/a/history?since=0")).data;
  assert.ok(rows.length > 8);
  assert.ok(!JSON.stringify(rows).includes(traceId), "publications are as they were");
});

test("what goes on is in the log when it is over: streams, WebSockets, streams of changes", async (t) => {
  const server = await started(t, { config: "[log]\naccess = true\n" });
  await server.publish("a", { data: 1 });
  const stream = await EventStream.open(`${server.url}/api/v1/rooms/a/stream`, { "X-Request-Id": "stream", traceparent });
  const socket = new WebSocket(server.websocketUrl, { headers: { "X-Request-Id": "socket" } });
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  const ids = (await requests(server)).map(({ request_id }) => request_id);
  assert.ok(!ids.includes("stream") && !ids.includes("socket"), ids.join());
  stream.close();
  socket.terminate();
  const streamed = await lineOf(server, "stream");
  assert.deepEqual([streamed.endpoint, streamed.status, streamed.bytes, streamed.trace_id], ["/api/v1/rooms/{room}/stream", "200", undefined, traceId]);
  const socketed = await lineOf(server, "socket");
  assert.deepEqual([socketed.method, socketed.endpoint, socketed.status], ["GET", "/connection/websocket", "101"]);
  const loaded = await call(server, "POST", "/api/v1/rooms/a/events", {
    body: '{"key":"k","data":1}\n',
    headers: { "Content-Type": "application/x-ndjson", "X-Request-Id": "load" },
  });
  assert.deepEqual([loaded.status, loaded.headers.get("x-request-id")], [200, "load"]);
  assert.equal((await lineOf(server, "load")).endpoint, "/api/v1/rooms/{room}/events");
});

test("a request that takes long is named, with its trace, though requests are not in the log", async (t) => {
  const server = await started(t, { config: "[statistics]\nslow_request = 1\n" });
  const changes = Array.from({ length: 1_000 }, (_, n) => ({ key: `k${n}`, data: { text: "x".repeat(2_000) } }));
  const slow = await until("a request took longer than a millisecond", async () => {
    await call(server, "POST", "/api/v1/rooms/a/events", { body: changes, headers: { "X-Request-Id": "large", traceparent } });
    return (await requests(server)).find(({ request_id }) => request_id === "large");
  });
  assert.deepEqual([slow.level, slow.endpoint, slow.trace_id], ["warn", "/api/v1/rooms/{room}/events", traceId]);
  assert.ok(Number(slow.ms) >= 1);
});
