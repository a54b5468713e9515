// Every limit of schemas/limits.hpp, and what shows that it holds: a crossing on the real server (`config`, `cross`), or a test elsewhere, by file
// and name. A crossing is counted under the limit's name, unless the limit says how much at a time, how often or how fast: `paces`.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import WebSocket from "ws";
import { call, entityPath, eventsPath, roomPath, RawConnection } from "./http.mjs";
import { ProtocolClient } from "./protocol_client.mjs";
import { until } from "./until.mjs";

const shownBy = (file, name) => ({ file, name });
const paced = (file, name) => ({ ...shownBy(file, name), paces: true });

const publish = (server, body, room = "crossed:1", headers = {}) => call(server, "POST", eventsPath(room), { body, headers });

// Refused with that status and problem type, and the text names what is wrong.
function assertRefused({ status, body }, wanted, type) {
  assert.equal(status, wanted, JSON.stringify(body));
  assert.equal(body.type, `/problems/${type}`);
  assert.ok(body.detail.length > 0);
}

// One more than goes is refused, what goes is taken.
async function atTheBound(taken, refused, status, type) {
  const well = await taken;
  assert.equal(well.status, 200, JSON.stringify(well.body));
  assertRefused(await refused, status, type);
}

const nested = (levels) => JSON.parse(`${"[".repeat(levels)}1${"]".repeat(levels)}`);

async function subscribeError(server, request, code) {
  const client = await ProtocolClient.connect(server);
  assert.equal((await client.error("subscribe", request)).code, code);
  await client.result("subscribe", { channel: "crossed:other" }); // the connection goes on
  client.terminate();
}

const filterOf = (depth) => (depth === 1 ? { key: "a", cmp: "ex" } : { op: "not", nodes: [filterOf(depth - 1)] });

// A request to the operators' listener.
async function ask(server, method, target, body) {
  const headers = body ? { "Content-Type": "application/json" } : {};
  const response = await fetch(server.adminUrl + target, { method, headers, body: body && JSON.stringify(body) });
  return { status: response.status, body: response.status === 204 ? null : await response.json() };
}

const beginExport = (server, what = {}) => ask(server, "POST", "/api/v1/exports", what);
const memoryNamespace = '[[namespace]]\nname = "memory"\ndurability = "memory"\n';

async function rowsOf(server, query) {
  const { status, body } = await call(server, "GET", `${roomPath("crossed:rows")}/history?${query}`);
  return status === 200 ? body.data.length : { status, body };
}

export const rows = {
  room_name_bytes_max: {
    config: 40,
    cross: (server) => atTheBound(publish(server, { data: 1 }, "n".repeat(40)), publish(server, { data: 1 }, "n".repeat(41)), 400, "bad-request"),
  },
  key_bytes_max: {
    config: 20,
    cross: (server) =>
      atTheBound(publish(server, { key: "k".repeat(20), data: 1 }), publish(server, { key: "k".repeat(21), data: 1 }), 400, "bad-request"),
  },
  message_bytes_max: {
    config: 4096,
    cross: async (server) => {
      const client = await ProtocolClient.connect(server);
      client.sendText(Buffer.from(" ".repeat(4097)));
      assert.equal((await client.end()).code, 1009);
    },
  },
  http_body_bytes_max: {
    config: 20_000,
    cross: async (server) => assertRefused(await publish(server, " ".repeat(20_001)), 413, "payload-too-large"),
  },
  http_header_bytes_max: {
    config: 2_000,
    cross: async (server) => {
      const raw = await RawConnection.open(server.port);
      raw.send(`GET /livez HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(2_000)}\r\n\r\n`);
      assert.equal((await raw.answer()).status, 431);
      await raw.ended();
    },
  },
  document_bytes_max: {
    config: 5_000,
    cross: (server) =>
      atTheBound(publish(server, { data: "d".repeat(4_998) }), publish(server, { data: "d".repeat(4_999) }), 413, "payload-too-large"),
  },
  tags_max: {
    config: 2,
    cross: (server) =>
      atTheBound(
        publish(server, { data: 1, tags: { a: "1", b: "2" } }),
        publish(server, { data: 1, tags: { a: "1", b: "2", c: "3" } }),
        422,
        "limit-exceeded",
      ),
  },
  tag_bytes_max: {
    config: 10,
    cross: (server) =>
      atTheBound(
        publish(server, { data: 1, tags: { a: "v".repeat(10) } }),
        publish(server, { data: 1, tags: { a: "v".repeat(11) } }),
        422,
        "limit-exceeded",
      ),
  },
  json_depth_max: {
    config: 12,
    cross: (server) => atTheBound(publish(server, { data: nested(12) }), publish(server, { data: nested(13) }), 400, "bad-request"),
  },
  key_ttl_s_max: {
    config: 100,
    cross: (server) =>
      atTheBound(publish(server, { key: "k", data: 1, ttl: 100 }), publish(server, { key: "k", data: 1, ttl: 101 }), 400, "bad-request"),
  },
  batch_items_max: {
    config: 3,
    cross: (server) =>
      atTheBound(publish(server, Array(3).fill({ data: 1 })), publish(server, Array(4).fill({ data: 1 })), 422, "limit-exceeded"),
  },
  patch_work_bytes_max: {
    config: 65_536,
    cross: async (server) => {
      await publish(server, { key: "patched", op: "set", data: "d".repeat(4_000) });
      await atTheBound(
        publish(server, { key: "patched", op: "patch", data: [{ op: "replace", path: "", value: "d".repeat(3_000) }] }),
        publish(server, { key: "patched", op: "patch", data: Array(30).fill({ op: "copy", from: "", path: "" }) }),
        422,
        "limit-exceeded",
      );
    },
  },
  ingests_max: shownBy("tests/e2e/ingest.test.mjs", "so many streams at a time, and an ended one makes room"),
  ingest_line_bytes_max: {
    config: 200,
    cross: async (server) => {
      const lines = [{ data: "d".repeat(180) }, { data: "d".repeat(200) }, { data: 1 }].map((each) => JSON.stringify(each)).join("\n");
      const { status, body } = await publish(server, lines, "crossed:lines", { "Content-Type": "application/x-ndjson" });
      assert.equal(status, 200);
      assert.deepEqual(body.errors.map((each) => [each.line, each.type]), [[2, "/problems/payload-too-large"]]);
      assert.equal(body.applied, 2);
    },
  },
  ingest_lines_in_flight_max: paced("tests/actors/ingest/ingest_state_test.cpp", "so many lines are on their way, and what waits is not released"),
  ingest_bytes_in_flight_max: paced("tests/transport/body_test.cpp", "A peer is held back while too much is not released"),
  ingest_errors_max: {
    config: 2,
    cross: async (server) => {
      const { status, body } = await publish(server, "1\n2\n3\n", "crossed:lines", { "Content-Type": "application/x-ndjson" });
      assert.equal(status, 200);
      assert.deepEqual([body.refused, body.errors.length], [3, 2]);
    },
  },
  filtered_rows_max: {
    config: 3,
    cross: async (server) => {
      for (const n of [1, 2, 3, 4, 5]) await publish(server, { key: `f${n}`, op: "set", data: { type: "t", state: n === 5 ? "on" : "off" } }, "crossed:found");
      const target = `${roomPath("crossed:found")}/entities?type=t&state=on`;
      const first = (await call(server, "GET", target)).body;
      assert.deepEqual([first.data, first.has_more], [[], true]);
      const second = (await call(server, "GET", `${target}&cursor=${first.next_cursor}`)).body;
      assert.deepEqual(second.data.map(({ key }) => key), ["f5"]);
    },
  },
  idempotency_id_bytes_max: {
    config: 20,
    cross: (server) =>
      atTheBound(
        publish(server, { data: 1, idempotency_key: "i".repeat(20) }),
        publish(server, { data: 1, idempotency_key: "i".repeat(21) }),
        400,
        "bad-request",
      ),
  },
  subscriptions_max: {
    config: 3,
    cross: async (server) => {
      const client = await ProtocolClient.connect(server);
      for (const n of [1, 2, 3]) await client.result("subscribe", { channel: `crossed:${n}` });
      assert.equal((await client.error("subscribe", { channel: "crossed:4" })).code, 106);
      client.terminate();
    },
  },
  filter_depth_max: { config: 2, cross: (server) => subscribeError(server, { channel: "crossed:1", tf: filterOf(3) }, 107) },
  filter_nodes_max: {
    config: 4,
    cross: (server) => subscribeError(server, { channel: "crossed:1", tf: { key: "a", cmp: "in", vals: ["1", "2", "3", "4"] } }, 107),
  },
  fields_max: { config: 2, cross: (server) => subscribeError(server, { channel: "crossed:1", data: { fields: ["a", "b", "c"] } }, 107) },
  page_rows_default: {
    paces: true,
    config: 2,
    cross: async (server) => {
      await publish(server, [{ data: 1 }, { data: 2 }, { data: 3 }], "crossed:rows");
      assert.equal(await rowsOf(server, ""), 2);
    },
  },
  page_rows_max: {
    config: 4,
    cross: async (server) => {
      await publish(server, [{ data: 1 }, { data: 2 }, { data: 3 }], "crossed:rows");
      await publish(server, [{ data: 1 }, { data: 2 }, { data: 3 }], "crossed:rows");
      assert.equal(await rowsOf(server, "limit=4"), 4);
      const more = await rowsOf(server, "limit=5");
      if (typeof more === "number") assert.equal(more, 4);
      else assertRefused(more, 400, "bad-request");
    },
  },
  recovery_publications_max: {
    config: 3,
    cross: async (server) => {
      let epoch;
      for (let n = 0; n < 6; n += 1) ({ epoch } = (await publish(server, { data: n }, "crossed:recovery")).body);
      const client = await ProtocolClient.connect(server);
      const reply = await client.result("subscribe", { channel: "crossed:recovery", recover: true, epoch, offset: 2 });
      assert.equal(reply.recovered ?? false, false);
      client.terminate();
    },
  },
  stale_timeout_s: {
    config: 1,
    cross: async (server) => {
      const client = await ProtocolClient.open(server);
      assert.equal((await client.end()).code, 3502);
    },
  },
  ping_interval_s: {
    paces: true,
    config: 1,
    cross: async (server) => {
      const client = await ProtocolClient.connect(server);
      await until("a ping", () => client.pings > 0);
      client.terminate();
    },
  },
  pong_timeout_s: {
    config: 1,
    cross: async (server) => {
      const client = await ProtocolClient.open(server);
      client.answersPings = false;
      await client.result("connect", {});
      assert.equal((await client.end()).code, 3012);
    },
  },
  http_idle_timeout_s: {
    config: 1,
    cross: async (server) => {
      const raw = await RawConnection.open(server.port);
      raw.send("GET /livez HTTP/1.1\r\nHo");
      assert.equal((await raw.answer()).status, 408);
      await raw.ended();
    },
  },
  connections_per_address_max: shownBy("tests/e2e/front_door.test.mjs", "an address has so many connections, and an ended one makes room"),
  connections_per_user_max: shownBy("tests/e2e/front_door.test.mjs", "a user has so many connections, and an ended one makes room"),
  connections_max: {
    alone: true,
    config: 3,
    cross: async (server) => {
      const open = () =>
        new Promise((resolve) => {
          const socket = new WebSocket(server.websocketUrl);
          socket.once("open", () => resolve({ socket }));
          socket.once("error", () => {});
          socket.once("unexpected-response", (_, { statusCode }) => resolve({ statusCode }));
        });
      const held = [await open(), await open(), await open()];
      assert.ok(held.every(({ socket }) => socket));
      assert.equal((await open()).statusCode, 503);
      held[0].socket.terminate();
      await until("room for another one", async () => (await open()).socket);
    },
  },
  past_publications_max: {
    config: 2,
    cross: async (server) => {
      for (let n = 0; n < 6; n += 1) await publish(server, { key: `k${n % 2}`, op: "set", data: n }, "crossed:past");
      const target = `${roomPath("crossed:past")}/entities?at=`;
      assert.equal((await call(server, "GET", `${target}6`)).status, 200);
      assertRefused(await call(server, "GET", `${target}1`), 422, "limit-exceeded");
    },
  },
  exports_max: {
    alone: true,
    config: 1,
    cross: async (server) => {
      const first = await beginExport(server);
      assert.equal(first.status, 200, JSON.stringify(first.body));
      assertRefused(await beginExport(server), 429, "too-many-requests");
      assert.equal((await ask(server, "DELETE", `/api/v1/exports/${first.body.id}`)).status, 204);
      assert.equal((await beginExport(server)).status, 200);
    },
  },
  export_idle_s: {
    alone: true,
    config: 1,
    also: { exports_max: 1 },
    cross: async (server) => {
      const { body } = await beginExport(server);
      await until("the end of the export that nobody reads", async () => (await beginExport(server)).status === 200);
      assertRefused(await ask(server, "GET", `/api/v1/exports/${body.id}`), 404, "not-found");
    },
  },
  export_copy_bytes_max: {
    alone: true,
    config: '"1MiB"',
    more: memoryNamespace,
    cross: async (server) => {
      for (const key of ["a", "b", "c"]) await publish(server, { key, op: "set", data: "d".repeat(500_000) }, "memory:large");
      const { body } = await beginExport(server, { room: "memory:large" });
      const page = await ask(server, "GET", `/api/v1/exports/${body.id}`);
      assert.ok(page.status >= 400 && page.status < 500, JSON.stringify(page.body));
      assert.match(page.body.detail, /export_copy_bytes_max/);
      assert.equal((await publish(server, { key: "d", data: 1 }, "memory:large")).status, 200);
    },
  },
  export_page_bytes_max: {
    alone: true,
    config: 1_024,
    cross: async (server) => {
      for (let n = 0; n < 10; n += 1) await publish(server, { key: `k${n}`, op: "set", data: "d".repeat(400) }, "crossed:pages");
      const { body } = await beginExport(server);
      const page = await ask(server, "GET", `/api/v1/exports/${body.id}`);
      assert.equal(page.body.has_more, true);
      assert.ok(page.body.data.length < 6);
    },
  },
  backup_bytes_per_s_default: {
    paces: true,
    alone: true,
    config: '"64KiB"',
    cross: async (server) => {
      for (let n = 0; n < 8; n += 1) await publish(server, { key: `k${n}`, op: "set", data: randomBytes(20_000).toString("base64") });
      const begun = performance.now();
      await ask(server, "POST", "/api/v1/backups", { directory: `${server.dataFolder}.backup` });
      const report = await until("the backup", async () => {
        const { body } = await ask(server, "GET", "/api/v1/backups");
        return body.state !== "running" && body;
      });
      assert.equal(report.state, "done", JSON.stringify(report));
      const leastMs = (report.copied_bytes / 65_536 / 2) * 1_000; // it may begin with a second's worth
      assert.ok(leastMs > 500 && performance.now() - begun > leastMs, `${report.copied_bytes} bytes in ${performance.now() - begun} ms`);
    },
  },
  quarantine_bytes_max: {
    alone: true,
    config: 0,
    more: "[test]\nfaults = true\n",
    cross: async (server) => {
      await server.armFault("entity", 1_000, "deadly");
      const { status, body } = await publish(server, { key: "deadly", data: 1 });
      assert.equal(status, 500);
      assert.match(body.detail, /could not be set aside/);
      assert.equal((await publish(server, { key: "calm", data: 1 })).status, 200);
    },
  },

  quarantine_records_max: shownBy("tests/e2e/quarantine.test.mjs", "a full quarantine refuses what is new, keeps what is old and counts"),
  audiences_max: shownBy("tests/actors/fanout/views_test.cpp", "too many different wishes in one room are refused, and an empty place is used again"),
  commands_in_flight_max: paced(
    "tests/actors/session/order_test.cpp",
    "beyond the bound commands wait, and their message is not released before the last of them has started",
  ),
  outbox_bytes_max: shownBy("tests/e2e/slow_clients.test.mjs", "who is to be disconnected is closed with 3008, and comes back"),
  backlog_bytes_max: shownBy("tests/e2e/slow_clients.test.mjs", "a map is conflated for who is slow: the newest of each key, never back, and then live"),
  outboxes_bytes_max: shownBy("tests/transport/backlog_test.cpp", "When the server has queued too much, nobody may have more than a fair part"),
  requests_bytes_max: shownBy("tests/transport/body_test.cpp", "When the bodies of others fill their part, a long one is refused, and a short one or a lone one never"),
  outbox_bytes_fair: paced("tests/transport/backlog_test.cpp", "When the server has queued too much, nobody may have more than a fair part"),
  unsent_bytes_max: paced("tests/e2e/slow_clients.test.mjs", "who is slow is not taken for gone: a ping may wait behind what the client still takes"),
  close_timeout_s: shownBy("tests/transport/server_test.cpp", "A peer that does not answer the close frame is cut off in time"),
  drain_connections_per_s: paced("tests/e2e/shutdown.test.mjs", "clients are told to come back a few at a time, and the others are served until then"),
  drain_s_max: {
    paces: true,
    alone: true,
    config: 0,
    also: { drain_connections_per_s: 1 },
    cross: async (server) => {
      const clients = await Promise.all([1, 2, 3].map(() => ProtocolClient.connect(server)));
      const begun = performance.now();
      assert.equal(await server.stop(), 0);
      assert.ok(performance.now() - begun < 3_000, "one a second would take three");
      for (const client of clients) assert.equal((await client.end()).code, 3001);
      await server.restart();
    },
  },
  request_timeout_s: shownBy("tests/actors/gateway/time_test.cpp", "a request without an answer ends with 503; an answer that comes later is dropped"),
  page_bytes_max: paced("tests/actors/room/map_subscribe_test.cpp", "a page of changes is bounded by bytes"),
  recovery_bytes_max: shownBy("tests/actors/room/stream_subscribe_test.cpp", "a recovery is bounded by bytes"),
  tail_publications_max: paced("tests/actors/room/room_tail_test.cpp", "a tail is bounded by count"),
  tail_bytes_max: paced("tests/actors/room/room_tail_test.cpp", "a tail is bounded by bytes, but keeps the newest"),
  shared_pages_bytes_max: paced(
    "tests/actors/room/shared_pages_test.cpp",
    "pages are kept for as long as somebody wants them, and within a bound",
  ),
  shared_page_ms: paced("tests/actors/room/shared_pages_test.cpp", "a first page may be from a moment ago: what came since comes behind it"),
  slots_max: shownBy("tests/actors/room/commit_test.cpp", "more than the room's slots is refused at once"),
  in_flight_bytes_max: shownBy("tests/actors/room/commit_test.cpp", "more bytes than the room may hold are refused at once"),
  dedupe_in_flight_max: shownBy("tests/actors/room/idempotency_test.cpp", "ids in flight are bounded"),
  load_ms: shownBy("tests/actors/room/entity_test.cpp", "a cold entity holds its room no longer than load_ms"),
  catchup_bytes_max: paced("tests/actors/room/trim_test.cpp", "trimming spares what a page flow will want"),
  catchup_s_max: paced("tests/actors/room/trim_test.cpp", "trimming spares what a page flow will want"),
  entity_idle_s: paced("tests/actors/room/entity_test.cpp", "an idle entity leaves memory and comes back"),
  room_idle_s: paced("tests/actors/room/commit_test.cpp", "a quiet room is idle after its time, and nothing on its way is quiet"),
  live_entities_max: shownBy("tests/actors/room/entity_test.cpp", "the least recently used of too many entities leaves, passing over those at work"),
  expiry_in_flight_max: paced("tests/actors/world/expirer_state_test.cpp", "only so many are on their way, and more when half of them are done"),
  journal_batch_bytes_max: paced("tests/actors/store/journal_test.cpp", "a batch that has grown large is written before more is gathered"),
  run_bytes_max: paced("tests/actors/fanout/broadcaster_state_test.cpp", "a run is cut at run_bytes_max"),
  pending_run_bytes_max: paced("tests/actors/fanout/bounds_test.cpp", "beyond pending_run_bytes_max a run goes out without credit"),
  fanout_in_flight_bytes_max: shownBy(
    "tests/actors/fanout/bounds_test.cpp",
    "beyond fanout_in_flight_bytes_max the audience must subscribe again",
  ),
};
