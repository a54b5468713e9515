// What operators see of a running server, and what they restart: actors, the supervision tree, metrics, and rooms with all rights.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { get } from "node:http";
import { test } from "node:test";
import { Server } from "../support/server.mjs";
import { metricsOf } from "./support/engine_view.mjs";
import { range } from "./support/subscriber.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";
import { until } from "./support/until.mjs";

async function started(t, options = {}) {
  const server = await Server.start(options);
  t.after(() => server.dispose());
  return server;
}

// What the admin listener answers: {status, headers, body}, the body as JSON if it is.
async function admin(server, path, { method = "GET", body, headers = {} } = {}) {
  const response = await fetch(`${server.adminUrl}${path}`, {
    method,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  const json = response.headers.get("content-type")?.includes("json") ?? false;
  return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text };
}

const actors = async (server, query) => (await admin(server, `/api/v1/performance/actors?${query}`)).body;

// The node of that id, wherever it is.
function find(node, id) {
  if (node.id === id) return node;
  return (node.children ?? []).map((each) => find(each, id)).find((each) => each !== undefined);
}

test("actors are listed in the order that is asked for, with what they did", async (t) => {
  const server = await started(t);
  for (const room of ["a", "b"]) await server.publish(room, range(1, 5).map((n) => ({ key: `k${n}`, data: { n } })));
  const rooms = await actors(server, "kind=room&sort=handled");
  assert.equal(rooms.total, 2);
  assert.deepEqual(rooms.data.map(({ name }) => name).sort(), ["room a", "room b"]);
  for (const each of rooms.data) {
    assert.ok(each.handled > 0 && each.handler_s > 0 && each.p99_us > 0 && each.max_us >= each.mean_us && each.memory_bytes > 1_000);
    assert.deepEqual([each.mailbox, each.oldest_wait_ms, each.restarts, each.last_error], [0, 0, 0, null]);
  }
  assert.equal((await actors(server, "kind=entity&limit=3")).data.length, 3);
  assert.equal((await actors(server, "kind=entity&limit=3")).total, 10);
  assert.deepEqual((await actors(server, "name=room%20b")).data.map(({ kind }) => kind), ["room"]);
  const kinds = (await admin(server, "/api/v1/actors")).body;
  assert.equal(kinds.entity.alive, 10);
  assert.ok(kinds.journal.p99_us > 0 && kinds.journal.handler_s > 0);
  for (const wrong of ["sort=beauty", "limit=0", "limit=1001", "colour=red"])
    assert.equal((await admin(server, `/api/v1/performance/actors?${wrong}`)).status, 400, wrong);
});

test("who works most is known without a look at all: the busy room and its broadcaster", async (t) => {
  const server = await started(t);
  const client = await ProtocolClient.connect(server);
  t.after(() => client.terminate());
  await client.result("subscribe", { channel: "busy" });
  for (const batch of range(1, 6)) await server.publish("busy", range(1, 100).map((n) => ({ data: { batch, n } })));
  await server.publish("calm", { data: 1 });
  const hot = (await admin(server, "/api/v1/performance/hot?limit=5")).body;
  assert.equal(hot.rooms.data[0].name, "busy");
  assert.ok(hot.rooms.data[0].told >= 256);
  assert.ok(hot.rooms.data.every(({ name }) => name !== "calm"));
  assert.ok(hot.actors.total > 0);
});

test("the tree shows what crashed, how often and why, and a restart heals it without a loss", async (t) => {
  const server = await started(t, { config: "[test]\nfaults = true\n" });
  await server.publish("a", { key: "k", data: { n: 1 } });
  const before = (await admin(server, "/api/v1/tree")).body;
  assert.deepEqual(before.children.map(({ id }) => id), ["store", "world", "fan-out", "edge", "operations"]);
  assert.equal(find(before, "rooms").children_total, 1);
  assert.equal(find(before, "a").kind, "room");
  assert.deepEqual([find(before, "broadcaster").phase, find(before, "broadcaster").restarts], ["running", 0]);

  await admin(server, "/test/faults", { method: "POST", body: { kind: "broadcaster", messages: 1 } });
  await server.publish("a", { key: "k", data: { n: 2 } });
  await until("the broadcaster was started again", async () => {
    const now = find((await admin(server, "/api/v1/tree")).body, "broadcaster");
    return now.restarts === 1 && now.phase === "running" && /injected fault/.test(now.last_error);
  });
  const shown = (await actors(server, "kind=broadcaster")).data[0];
  assert.equal(shown.restarts, 1);
  assert.match(shown.last_error, /injected fault/);

  const asked = await admin(server, "/api/v1/tree/restart", { method: "POST", body: { id: "broadcaster" } });
  assert.equal(asked.status, 200);
  const after = find((await admin(server, "/api/v1/tree")).body, "broadcaster");
  assert.deepEqual([after.actor, after.restarts], [asked.body.actor, 2]);
  const room = await admin(server, "/api/v1/tree/restart", { method: "POST", body: { supervisor: "rooms", id: "a" } });
  assert.equal(room.status, 200);
  await server.publish("a", { key: "k", data: { m: 3 } });
  assert.deepEqual((await admin(server, "/api/v1/rooms/a/entities/k")).body.data, { n: 2, m: 3 });
  assert.equal((await metricsOf(server)).get('actor_restarts_total{supervisor="fan-out"}'), 2);
});

test("what can't be restarted is said, and changes nothing", async (t) => {
  const server = await started(t);
  const restart = (body) => admin(server, "/api/v1/tree/restart", { method: "POST", body });
  assert.equal((await restart({ id: "nobody" })).status, 404);
  assert.equal((await restart({ supervisor: "nobody", id: "a" })).status, 404);
  assert.equal((await restart({ supervisor: "rooms", id: "not there" })).status, 404);
  assert.equal((await restart({})).status, 400);
  assert.equal((await restart({ id: 7 })).status, 400);
  assert.equal((await restart({ id: "a", when: "now" })).status, 400);
  const wrong = await admin(server, "/api/v1/tree/restart");
  assert.deepEqual([wrong.status, wrong.headers.get("allow")], [405, "POST, OPTIONS"]);
  assert.equal((await admin(server, "/api/v1/tree?limit=many")).status, 400);
  assert.equal((await admin(server, "/api/v1/tree/elsewhere")).status, 404);
});

test("the children of a supervisor are cut at the limit, and their number is told", async (t) => {
  const server = await started(t);
  for (const n of range(1, 7)) await server.publish(`r${n}`, { data: n });
  const rooms = find((await admin(server, "/api/v1/tree?limit=5")).body, "rooms");
  assert.deepEqual([rooms.children.length, rooms.children_total, rooms.answered], [5, 7, true]);
});

test("metrics: what was asked for and told is there under the field's names, in both formats", async (t) => {
  const server = await started(t);
  const client = await ProtocolClient.connect(server);
  t.after(() => client.terminate());
  await client.result("subscribe", { channel: "a" });
  await server.publish("a", [{ key: "k", data: 1 }, { data: 2 }]);
  await fetch(`${server.url}/api/v1/rooms/a/entities/none`);
  const all = await metricsOf(server);
  const labels = '{method="POST",endpoint="/api/v1/rooms/{room}/events",status="200"}';
  assert.equal(all.get(`http_requests_total${labels}`), 1);
  assert.equal(all.get('http_requests_total{method="GET",endpoint="/api/v1/rooms/{room}/entities/{key}",status="404"}'), 1);
  assert.equal(all.get('http_request_duration_seconds_count{method="POST",endpoint="/api/v1/rooms/{room}/events"}'), 1);
  assert.equal(all.get("websocket_connections_active"), 1);
  assert.equal(all.get("websocket_connections_total"), 1);
  assert.equal(all.get("rooms_active"), 1);
  assert.equal(all.get("deliveries_total"), 2);
  assert.equal(all.get("server_ready"), 1);
  assert.equal(all.get('database_queries_total{operation="put",table="stream"}'), 2);
  assert.equal(all.get('database_queries_total{operation="put",table="state"}'), 1);
  assert.equal(all.get('database_commit_duration_seconds_count{synced="true"}') > 0, true);
  assert.ok(all.get('actor_handler_seconds_count{kind="room"}') > 0);
  for (const name of ["process_cpu_seconds_total", "process_resident_memory_bytes", "disk_free_bytes"]) assert.ok(all.get(name) > 0, name);

  const open = await admin(server, "/metrics", { headers: { accept: "application/openmetrics-text; version=1.0.0" } });
  assert.match(open.headers.get("content-type"), /^application\/openmetrics-text; version=1\.0\.0/);
  assert.match(open.body, /\n# TYPE http_requests counter\n(http_requests_total\{.*\} \d+\n)+/);
  assert.ok(open.body.endsWith("\n# EOF\n"));
});

test("what is wrong comes first, with what helps; nothing is wrong with a server at rest", async (t) => {
  const server = await started(t, { config: "[test]\nfaults = true\n" });
  const status = async () => (await admin(server, "/api/v1/performance/status")).body;
  const rest = await status();
  assert.equal(rest.ready, true);
  assert.ok(rest.disk_free_bytes > 0 && rest.resident_bytes > 0);
  const own = ({ what }) => !/disk/.test(what); // that of this machine may be as full as it likes
  assert.deepEqual(rest.problems.filter(own), []);
  await admin(server, "/test/faults", { method: "POST", body: { kind: "entity", key: "k", messages: 2 } });
  await fetch(`${server.url}/api/v1/rooms/a/entities/k`, { method: "PUT", headers: { "content-type": "application/json" }, body: "1" });
  const [problem] = (await status()).problems.filter(own);
  assert.deepEqual([problem.severity, problem.what, problem.detail], ["warning", "commands were set aside since the start", "1"]);
  assert.match(problem.remedy, /tidectl quarantine list/);
});

test("the database tells of its tables, and how long commits take", async (t) => {
  const server = await started(t);
  await server.publish("a", range(1, 20).map((n) => ({ key: `k${n}`, data: { n } })));
  const database = (await admin(server, "/api/v1/performance/database")).body;
  const table = (name) => database.tables.find((each) => each.name === name);
  assert.equal(table("stream").queries.put, 20);
  assert.equal(table("state").rows, 20);
  assert.equal(database.writes_stopped, false);
  assert.ok(database.commits.synced.count > 0 && database.commits.synced.p99_us > 0);
});

test("pages of other sites are refused, also those that a name has brought to this machine", async (t) => {
  const server = await started(t);
  const ask = (headers) =>
    new Promise((resolve, reject) =>
      get(`${server.adminUrl}/api/v1/actors`, { headers }, (response) => resolve(response.resume().statusCode)).on("error", reject),
    );
  const own = new URL(server.adminUrl).host;
  assert.equal(await ask({ origin: "http://elsewhere.example" }), 403);
  assert.equal(await ask({ origin: `http://${own}` }), 200);
  assert.equal(await ask({ "sec-fetch-site": "same-origin", host: "rebound.example:8001" }), 403);
  assert.equal(await ask({ "sec-fetch-site": "same-origin", host: "localhost:8001" }), 200);
  assert.equal(await ask({ host: "tidewire.example:8001" }), 200); // no browser: Prometheus, curl
});

test("operators read and change rooms without credentials that clients need", async (t) => {
  const server = await started(t, { dev: false, config: '[token]\nhmac_secret = "a secret of at least thirty-two bytes"\n' });
  assert.equal((await fetch(`${server.url}/api/v1/rooms`)).status, 401);
  const published = await admin(server, "/api/v1/rooms/a/events", {
    method: "POST",
    body: { key: "k", data: { n: 1 } },
    headers: { "content-type": "application/json" },
  });
  assert.deepEqual([published.status, published.body.offset], [200, 1]);
  assert.deepEqual((await admin(server, "/api/v1/rooms")).body.data.map(({ room }) => room), ["a"]);
  assert.deepEqual((await admin(server, "/api/v1/rooms/a/entities")).body.data.map(({ key }) => key), ["k"]);
});

test("with a token, operators show it; the probes stay open", async (t) => {
  const token = "an operator's token";
  const hash = createHash("sha256").update(token).digest("hex");
  const server = await started(t, { config: `admin_token_hash = "${hash}"\n` });
  for (const path of ["/metrics", "/api/v1/actors", "/api/v1/tree", "/api/v1/rooms", "/api/v1/quarantine", "/nowhere"]) {
    const refused = await admin(server, path);
    assert.equal(refused.status, 401, path);
    assert.match(refused.headers.get("www-authenticate"), /^Bearer/);
    assert.equal((await admin(server, path, { headers: { authorization: "Bearer another" } })).status, 401, path);
    const shown = await admin(server, path, { headers: { authorization: `Bearer ${token}` } });
    assert.equal(shown.status, path === "/nowhere" ? 404 : 200, path);
    assert.notEqual((await admin(server, path, { headers: { "x-api-key": token } })).status, 401, path);
  }
  for (const probe of ["/livez", "/readyz"]) assert.equal((await admin(server, probe)).status, 200);
});

test("a refusal says what the path takes, and leads to a page that explains it to whoever was refused", async (t) => {
  const hash = createHash("sha256").update("token").digest("hex");
  const server = await started(t, { config: `admin_token_hash = "${hash}"\n` });
  const headers = { authorization: "Bearer token" };
  const wrong = await admin(server, "/api/v1/limits", { method: "DELETE", headers });
  assert.deepEqual([wrong.status, wrong.headers.get("allow")], [405, "GET, HEAD, OPTIONS"]);
  const options = await admin(server, "/api/v1/exports/1", { method: "OPTIONS", headers });
  assert.deepEqual([options.status, options.headers.get("allow")], [204, "GET, HEAD, DELETE, OPTIONS"]);
  const unknown = await admin(server, "/api/v1/limits?colour=red", { headers });
  assert.deepEqual([unknown.status, unknown.body.detail], [400, 'unknown query parameter "colour"']);
  assert.equal((await admin(server, "/readyz?verbose=1&added=by-a-monitor")).status, 200);
  const { type } = (await admin(server, "/api/v1/limits")).body;
  assert.match((await admin(server, type)).body, /^unauthorized/i);
  assert.equal((await admin(server, "/problems/no-such")).status, 404);
});

test("without the clocks of actors, messages are counted all the same", async (t) => {
  const server = await started(t, { config: "[statistics]\nactor_times = false\n" });
  await server.publish("a", { data: 1 });
  const room = (await actors(server, "kind=room")).data[0];
  assert.ok(room.handled > 0);
  assert.deepEqual([room.handler_s, room.max_us], [0, 0]);
});
