// What every request has: a name; and where problems and the documents of the interfaces are found.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import WebSocket from "ws";
import { Server } from "../support/server.mjs";
import { call } from "./support/http.mjs";
import { EventStream } from "./support/event_stream.mjs";

let server;

before(async () => {
  server = await Server.start({ dev: true });
});

after(async () => {
  await server?.dispose();
});

test("an answer has the name of its request, whoever gives it", async () => {
  const headers = { "X-Request-Id": "trace-1:a/b" };
  for (const [method, path, body] of [
    ["GET", "/livez"],
    ["GET", "/"],
    ["GET", "/api/v1/rooms"],
    ["GET", "/api/v1/nothing"],
    ["OPTIONS", "/api/v1/rooms"],
    ["POST", "/api/v1/rooms/names:1/events", { data: 1 }],
    ["POST", "/api/publish", { channel: "names:1", data: 1 }],
    ["POST", "/emulation", { session: "a", node: "b", data: "c" }],
    ["PUT", "/api/v1/rooms/names:1/entities/k", "{"],
  ]) {
    const { headers: told } = await call(server, method, path, { body, headers });
    assert.equal(told.get("x-request-id"), headers["X-Request-Id"], `${method} ${path}`);
  }
  const stream = await EventStream.open(`${server.url}/api/v1/rooms/names:1/stream`, headers);
  assert.equal(stream.response.headers.get("x-request-id"), headers["X-Request-Id"]);
  stream.close();
  const socket = new WebSocket(server.websocketUrl, { headers });
  const [response] = await new Promise((resolve) => socket.once("upgrade", (...told) => resolve(told)));
  assert.equal(response.headers["x-request-id"], headers["X-Request-Id"]);
  socket.terminate();
  assert.equal((await fetch(`${server.adminUrl}/livez`, { headers })).headers.get("x-request-id"), headers["X-Request-Id"]);
});

test("a request without a name, or with one that is none, is given one", async () => {
  const names = new Set();
  for (const given of [undefined, "", "a b", "x".repeat(129), '"quoted"']) {
    const { headers } = await call(server, "GET", "/livez", { headers: given === undefined ? {} : { "X-Request-Id": given } });
    assert.match(headers.get("x-request-id"), /^[0-9a-f]{16}$/);
    names.add(headers.get("x-request-id"));
  }
  assert.equal(names.size, 5);
});

test("the type of a problem leads to its page", async () => {
  for (const path of ["/api/v1/nothing", "/api/v1/rooms/names:none", "/api/v1/rooms?limit=0"]) {
    const { body: problem } = await call(server, "GET", path);
    const page = await call(server, "GET", problem.type);
    assert.equal(page.status, 200);
    assert.match(page.headers.get("content-type"), /^text\/plain/);
    assert.ok(page.body.startsWith(problem.title), page.body);
    assert.ok(page.body.includes(` ${problem.status}\n`), page.body);
  }
  assert.equal((await call(server, "GET", "/problems/nonsense")).status, 404);
});

test("both listeners serve their documents", async () => {
  for (const [url, title] of [
    [`${server.url}/api/v1/openapi.json`, "Tidewire"],
    [`${server.url}/api/v1/asyncapi.json`, "Tidewire client protocol"],
    [`${server.adminUrl}/api/v1/openapi.json`, "Tidewire, for operators"],
  ]) {
    const response = await fetch(url);
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-type"), /^application\/json/);
    assert.equal((await response.json()).info.title, title);
    const etag = response.headers.get("etag");
    assert.ok(etag);
  }
  const { headers } = await call(server, "GET", "/api/v1/openapi.json");
  const again = await call(server, "GET", "/api/v1/openapi.json", { headers: { "If-None-Match": headers.get("etag") } });
  assert.equal(again.status, 304);
});

test("the document knows the paths that the server has, and their methods", async () => {
  const { body: document } = await call(server, "GET", "/api/v1/openapi.json");
  for (const [path, item] of Object.entries(document.paths)) {
    const asked = path.replace("{room}", "names:1").replace("{key}", "k").replace("{slug}", "not-found");
    if (path === "/connection/websocket") continue; // outside of a handshake there is nothing
    const { status, headers } = await call(server, "OPTIONS", asked);
    assert.equal(status, 204, path);
    const methods = Object.keys(item).filter((name) => name !== "parameters");
    assert.deepEqual(headers.get("allow").toLowerCase().split(", ").sort(), methods.sort(), path);
  }
});
