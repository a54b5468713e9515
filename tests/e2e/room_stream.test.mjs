// GET /api/v1/rooms/{room}/stream: a room as server-sent events, read raw and by npm `eventsource`, across kill -9.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import http from "node:http";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { EventSource } from "eventsource";
import { Server } from "../support/server.mjs";
import { signToken } from "../support/token.mjs";
import { EventStream } from "./support/event_stream.mjs";
import { call, readEntities, roomPath } from "./support/http.mjs";
import { publishUntilAcknowledged } from "./support/publisher.mjs";
import { range } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const secret = "0123456789abcdef0123456789abcdef";
let server;

before(async () => {
  server = await Server.start({ config: "[limits]\nping_interval_s = 1\npage_rows_default = 100\nrecovery_publications_max = 50\n[test]\nfaults = true\n" });
});

after(async () => {
  await server?.dispose();
});

const streamUrl = (room, query = {}) => `${server.url}${roomPath(room)}/stream?${new URLSearchParams(query)}`;
const set = (n, data = { n, state: "on", attributes: { level: n, color: "red" } }) => ({ key: `lamp/${n}`, op: "set", data });

async function withStream(url, headers, use) {
  const stream = await EventStream.open(url, headers);
  try {
    return await use(stream);
  } finally {
    stream.close();
  }
}

test("a snapshot in pages, then changes, a heartbeat, and a way back", async () => {
  const room = "sse:pages";
  for (let first = 1; first <= 1_000; first += 250) await server.publish(room, range(first, first + 249).map((n) => set(n)));
  const id = await withStream(streamUrl(room), {}, async (stream) => {
    assert.equal(stream.response.status, 200);
    assert.equal(stream.response.headers.get("content-type"), "text/event-stream; charset=utf-8");
    assert.equal(stream.response.headers.get("x-accel-buffering"), "no");
    await until("the snapshot", () => stream.lastId);
    const snapshots = stream.events.filter(({ event }) => event === "snapshot");
    assert.equal(snapshots.length, 10);
    assert.deepEqual(
      snapshots.map(({ data }) => data.has_more),
      [...range(1, 9).map(() => true), false],
    );
    assert.match(stream.events[0].retry, /^[12]\d\d\d$/);
    assert.match(stream.lastId, /^[0-9a-f]+\.1000$/);

    await server.publish(room, [set(1, { n: 1, state: "off" }), { key: "lamp/2", op: "remove" }, { data: "of the stream alone" }]);
    await until("the changes", () => stream.changes.length === 2);
    const [changed, removed] = stream.changes;
    assert.deepEqual({ ...changed, time: "" }, { offset: 1001, time: "", key: "lamp/1", data: { n: 1, state: "off" }, tags: { state: "off" } });
    assert.equal(removed.removed, true);
    assert.deepEqual(stream.state, new Map((await readEntities(server, room)).rows.map(({ key, data }) => [key, data])));
    await until("a heartbeat", () => stream.events.some(({ comment }) => comment !== undefined));
    return stream.lastId;
  });
  assert.match(id, /\.1002$/);

  await server.kill();
  await server.restart();
  await server.publish(room, [set(3, "late")]);
  await withStream(streamUrl(room), { "Last-Event-ID": id }, async (stream) => {
    await until("what was missed", () => stream.changes.length === 1);
    assert.deepEqual(stream.changes[0].data, "late");
    assert.deepEqual(stream.events.map(({ event }) => event).filter(Boolean), ["live"], "no snapshot");
    await server.publish(room, [set(4, "live")]);
    await until("what happens", () => stream.changes.length === 2);
    assert.match(stream.lastId, /\.1005$/);
  });
});

test("a large snapshot reaches a reader that takes its time, whole and in one go", async () => {
  const room = "sse:large";
  const text = "x".repeat(60_000);
  for (let first = 1; first <= 400; first += 50) await server.publish(room, range(first, first + 49).map((n) => set(n, { n, text })));
  const [response] = await once(http.get(streamUrl(room)), "response");
  const keys = new Set();
  let rest = "";
  let whole = false;
  await delay(2_500); // most of a page waits while it is time for signs of life
  for await (const bytes of response) {
    await delay(1); // far slower than the server could send
    rest += bytes;
    const blocks = rest.split("\n\n");
    rest = blocks.pop();
    for (const block of blocks.filter((each) => each.startsWith("event: snapshot"))) {
      const page = JSON.parse(block.slice(block.indexOf("data: ") + 6));
      for (const { key } of page.data) keys.add(key);
      whole = !page.has_more;
    }
    if (whole) break;
  }
  assert.equal(keys.size, 400);
});

test("an id that tells nothing, or too little, is answered by a reset and a snapshot", async () => {
  const room = "sse:reset";
  await server.publish(room, [set(1)]);
  const { epoch } = await readEntities(server, room);
  for (const last_event_id of ["nonsense", "0000000000000000.1", `${epoch}.99`, `${epoch}.-1`, ".1", `${epoch}.`]) {
    await withStream(streamUrl(room, { last_event_id }), {}, async (stream) => {
      await until("the snapshot", () => stream.lastId);
      assert.deepEqual(
        stream.events.map(({ event }) => event).filter(Boolean),
        ["reset", "snapshot", "live"],
        last_event_id,
      );
      assert.equal(stream.lastId, `${epoch}.1`);
    });
  }
  // A long absence from the stream alone.
  await server.publish(room, range(1, 100).map((n) => ({ data: n })));
  await withStream(streamUrl(room, { type: "stream", last_event_id: `${epoch}.1` }), {}, async (stream) => {
    await until("the position", () => stream.lastId);
    assert.deepEqual(stream.events.map(({ event }) => event).filter(Boolean), ["reset", "live"]);
    assert.equal(stream.lastId, `${epoch}.101`);
  });
});

test("a stream of publications, from here or from a position; a room that is still empty", async () => {
  const room = "sse:log";
  await withStream(streamUrl(room, { type: "stream" }), {}, async (stream) => {
    await until("the subscription", async () => (await call(server, "GET", `${roomPath(room)}/presence`)).body.data?.length === 1);
    await server.publish(room, [{ data: "one" }, set(1, "two")]);
    await until("both", () => stream.changes.length === 2);
    assert.deepEqual(
      stream.changes.map(({ offset, key, data }) => [offset, key, data]),
      [
        [1, undefined, "one"],
        [2, "lamp/1", "two"],
      ],
    );
  });
  const { epoch } = await readEntities(server, room);
  await withStream(streamUrl(room, { type: "stream", last_event_id: `${epoch}.1` }), {}, async (stream) => {
    await until("the position", () => stream.lastId === `${epoch}.2`);
    assert.deepEqual(
      stream.changes.map(({ offset }) => offset),
      [2],
    );
  });
  await withStream(streamUrl("sse:empty"), {}, async (stream) => {
    await until("the snapshot", () => stream.events.some(({ event }) => event === "live"));
    assert.equal(stream.lastId, undefined);
    await server.publish("sse:empty", [set(1)]);
    await until("the first change", () => stream.changes.length === 1);
    assert.match(stream.lastId, /^[0-9a-f]+\.1$/);
  });
});

test("chosen fields: what changes nothing of them is not told", async () => {
  const room = "sse:fields";
  await server.publish(room, [set(1)]);
  await withStream(streamUrl(room, { fields: "state,attributes.level" }), {}, async (stream) => {
    await until("the snapshot", () => stream.lastId);
    assert.deepEqual(stream.state.get("lamp/1"), { state: "on", attributes: { level: 1 } });
    await server.publish(room, [{ key: "lamp/1", data: { attributes: { color: "blue" } } }]);
    await server.publish(room, [{ key: "lamp/1", data: { attributes: { level: 7 } } }]);
    await until("the change", () => stream.changes.length > 0);
    assert.deepEqual(stream.changes[0].data, { state: "on", attributes: { level: 7 } });
  });
});

test("what is refused", async () => {
  const target = (query) => `${roomPath("sse:refused")}/stream?${query}`;
  for (const query of ["type=both", "fields=", "fields=a,,b", "limit=1"]) assert.equal((await call(server, "GET", target(query))).status, 400, query);
  assert.equal((await call(server, "POST", target(""))).status, 405);
  assert.equal((await call(server, "HEAD", target(""))).status, 405);
  assert.equal((await call(server, "GET", target(""), { headers: { Origin: "https://evil.example" } })).status, 403);
  const options = await call(server, "OPTIONS", target(""));
  assert.equal(options.status, 204);
  assert.equal(options.headers.get("allow"), "GET, OPTIONS");
});

test("a token with the scope read, in the header or in the query", async () => {
  const guarded = await Server.start({ dev: false, config: `[token]\nhmac_secret = "${secret}"\n` });
  try {
    const now = Math.floor(Date.now() / 1000);
    const token = (claims) => signToken(secret, { sub: "ada", exp: now + 600, ...claims });
    const status = async (query, headers = {}) => {
      const stream = await EventStream.open(`${guarded.url}${roomPath("r")}/stream?${query}`, headers);
      stream.close();
      return stream.response.status;
    };
    assert.equal(await status(""), 401);
    assert.equal(await status(`access_token=${token({ scope: "publish" })}`), 403);
    assert.equal(await status(`access_token=${token({ scope: "read", exp: now - 1 })}`), 401);
    assert.equal(await status(`access_token=${token({ scope: "read" })}`), 200);
    assert.equal(await status("", { Authorization: `Bearer ${token({ scope: "read publish" })}` }), 200);
  } finally {
    await guarded.dispose();
  }
});

test("npm eventsource misses nothing when the broadcaster, the room or its own reader throws", async () => {
  const room = "sse:faults";
  await server.publish(room, [set(1)]);
  const source = new EventSource(streamUrl(room));
  const told = [];
  source.onmessage = ({ data }) => told.push(JSON.parse(data).offset);
  let opened = 0;
  source.onopen = () => (opened += 1);
  try {
    await until("the connection", () => opened === 1);
    let last = 1;
    for (const kind of ["broadcaster", "room", "room_stream"]) {
      await server.armFault(kind);
      for (let n = 0; n < 5; n += 1) {
        last += 1;
        await publishUntilAcknowledged(server, room, { ...set(1, last), idempotency_key: `${last}` });
      }
      await until("all changes", () => told.includes(last));
    }
    assert.deepEqual(told, range(2, last));
    assert.ok(opened > 1, "it came back");
  } finally {
    source.close();
  }
});

test("npm eventsource and curl follow a room through kill -9", async () => {
  const room = "sse:clients";
  await server.publish(room, [set(1)]);
  const source = new EventSource(streamUrl(room));
  const told = [];
  const snapshots = [];
  source.addEventListener("snapshot", ({ data }) => snapshots.push(JSON.parse(data)));
  source.addEventListener("reset", () => told.push("reset"));
  source.onmessage = ({ data, lastEventId }) => told.push([JSON.parse(data).data, lastEventId.split(".")[1]]);
  const curl = spawn("curl", ["-sN", streamUrl(room)], { stdio: ["ignore", "pipe", "inherit"] });
  let shown = "";
  curl.stdout.on("data", (bytes) => (shown += bytes));
  try {
    await until("both snapshots", () => snapshots.length === 1 && shown.includes("event: snapshot"));
    await server.publish(room, [set(1, "before")]);
    await until("both changes", () => told.length === 1 && shown.includes('"data":"before"'));
    await server.kill();
    await server.restart();
    await server.publish(room, [set(1, "missed")]);
    await until("what was missed", () => told.length === 2);
    await server.publish(room, [set(1, "live")]);
    await until("what happens", () => told.length === 3);
    assert.deepEqual(told, [
      ["before", "2"],
      ["missed", "3"],
      ["live", "4"],
    ]);
    assert.equal(snapshots.length, 1);
  } finally {
    source.close();
    curl.kill();
  }
});
