// Entities, listings and history over HTTP: conditions, entity tags, patches, and cursors that tell everything once.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { call, entityPath, readAll, readEntities, roomPath } from "./support/http.mjs";
import { range } from "./support/subscriber.mjs";

let server;

before(async () => {
  server = await Server.start();
});

after(async () => {
  await server?.dispose();
});

const entity = (method, room, key, options) => call(server, method, entityPath(room, key), options);
const mergePatch = { "Content-Type": "application/merge-patch+json" };

test("PUT, GET, PATCH and DELETE of one entity", async () => {
  const room = "entity:1";
  const created = await entity("PUT", room, "a/b c", { body: { x: 1, y: 2 } });
  assert.equal(created.status, 201);
  const { epoch } = created.body;
  assert.deepEqual(created.body, { room, epoch, offset: 1, version: 1 });
  assert.equal(created.headers.get("etag"), `"${epoch}:1"`);

  const read = await entity("GET", room, "a/b c");
  assert.equal(read.status, 200);
  assert.equal(read.headers.get("etag"), `"${epoch}:1"`);
  assert.match(read.body.updated_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/);
  assert.deepEqual(
    { ...read.body, updated_at: "" },
    { key: "a/b c", version: 1, offset: 1, updated_at: "", tags: {}, data: { x: 1, y: 2 } },
  );

  assert.equal((await entity("PUT", room, "a/b c", { body: { x: 2, y: 2 } })).status, 200);
  const patched = await entity("PATCH", room, "a/b c", { body: { y: null }, headers: mergePatch });
  assert.equal(patched.status, 200);
  assert.equal(patched.headers.get("etag"), `"${epoch}:3"`);
  assert.deepEqual((await entity("GET", room, "a/b c")).body.data, { x: 2 });
  assert.equal((await entity("DELETE", room, "a/b c")).status, 200);
  assert.equal((await entity("GET", room, "a/b c")).status, 404);
});

test("a large entity is gzipped for those who take it, and the tag of that form means the same version", async () => {
  const room = "entity:large";
  const data = { text: "tide ".repeat(1_000) };
  const created = await entity("PUT", room, "a", { body: data });
  const plain = await entity("GET", room, "a", { headers: { "Accept-Encoding": "identity" } });
  const gzipped = await entity("GET", room, "a", { headers: { "Accept-Encoding": "gzip" } });
  assert.deepEqual(gzipped.body, plain.body);
  assert.equal(plain.headers.get("content-encoding"), null);
  assert.equal(gzipped.headers.get("content-encoding"), "gzip");
  for (const each of [plain, gzipped]) assert.equal(each.headers.get("vary"), "accept-encoding");
  assert.ok(Number(gzipped.headers.get("content-length")) < data.text.length / 10);

  const tag = gzipped.headers.get("etag");
  assert.equal(plain.headers.get("etag"), created.headers.get("etag"));
  assert.equal(tag, created.headers.get("etag").replace(/"$/, '-gzip"'));
  const unchanged = await entity("GET", room, "a", { headers: { "Accept-Encoding": "gzip", "If-None-Match": tag } });
  assert.equal(unchanged.status, 304);
  assert.equal(unchanged.headers.get("etag"), tag);
  assert.equal((await entity("PUT", room, "a", { body: 1, headers: { "If-Match": tag } })).status, 200);
  assert.equal((await entity("PUT", room, "a", { body: 2, headers: { "If-Match": tag } })).status, 412);
});

test("If-Match, If-None-Match: 412 when the condition does not hold, 304 when nothing changed", async () => {
  const room = "entity:conditions";
  const absent = { "If-None-Match": "*" };
  const created = await entity("PUT", room, "a", { body: 1, headers: absent });
  assert.equal(created.status, 201);
  assert.equal((await entity("PUT", room, "a", { body: 1, headers: absent })).status, 412);
  const etag = created.headers.get("etag");

  assert.equal((await entity("GET", room, "a", { headers: { "If-None-Match": etag } })).status, 304);
  const changed = await entity("PUT", room, "a", { body: 2, headers: { "If-Match": etag } });
  assert.equal(changed.status, 200);
  for (const [method, stale] of [
    ["PUT", etag],
    ["PATCH", etag],
    ["DELETE", etag],
    ["PUT", `W/${changed.headers.get("etag")}`],
    ["PUT", '"other:2"'],
  ]) {
    const headers = { "If-Match": stale, ...(method === "PATCH" ? mergePatch : {}) };
    const refused = await entity(method, room, "a", { body: method === "DELETE" ? undefined : {}, headers });
    assert.equal(refused.status, 412, `${method} ${stale}`);
    assert.equal(refused.body.type, "/problems/version-conflict");
  }
  const fresh = await entity("GET", room, "a", { headers: { "If-None-Match": etag } });
  assert.equal(fresh.status, 200);
  assert.equal(fresh.body.data, 2);
  assert.equal((await entity("GET", room, "a", { headers: { "If-None-Match": `"x:1", W/${fresh.headers.get("etag")}` } })).status, 304);
  assert.equal((await entity("PUT", room, "never", { body: 1, headers: { "If-Match": "*" } })).status, 412);
  assert.equal((await entity("DELETE", room, "a", { headers: { "If-Match": `"x:9", ${fresh.headers.get("etag")}` } })).status, 200);
});

test("415 names the patches that are understood; malformed requests are refused", async () => {
  const room = "entity:refused";
  await entity("PUT", room, "a", { body: {} });
  const refused = await entity("PATCH", room, "a", { body: "x", headers: { "Content-Type": "text/plain" } });
  assert.equal(refused.status, 415);
  assert.match(refused.headers.get("accept-patch"), /application\/merge-patch\+json/);
  assert.equal((await entity("PATCH", room, "a", { body: "{", headers: mergePatch })).status, 400);
  assert.equal((await entity("PUT", room, "a", { body: "{" })).status, 400);
  assert.equal((await entity("PUT", room, "a", { body: 1, headers: { "If-Match": "unquoted" } })).status, 400);
  assert.equal((await entity("PUT", room, "x".repeat(513), { body: 1 })).status, 400);
});

test("an entity listing: every entity once, in the order of keys, whatever the page", async () => {
  const room = "listing:entities";
  const keys = range(1, 250).map((n) => `k/${n}`);
  for (const first of [0, 125])
    await server.publish(
      room,
      keys.slice(first, first + 125).map((key) => ({ key, op: "set", data: { key } })),
    );
  for (const limit of [1, 7, 100, 250, 1_000]) {
    const { rows, offset } = await readEntities(server, room, limit);
    assert.deepEqual(
      rows.map(({ key }) => key),
      [...keys].sort(),
      `limit ${limit}`,
    );
    assert.ok(rows.every(({ key, data }) => data.key === key));
    assert.equal(offset, 250);
  }
  const page = await server.request("GET", `${roomPath(room)}/entities`);
  assert.equal(page.data.length, 100);
  assert.equal(page.has_more, true);
  const empty = await server.request("GET", `${roomPath("listing:nobody")}/entities`);
  assert.deepEqual([empty.data, empty.has_more, empty.next_cursor], [[], false, null]);
});

test("a listing stays whole while entities change and go", async () => {
  const room = "listing:moving";
  await server.publish(
    room,
    range(1, 100).map((n) => ({ key: `k${n}`, op: "set", data: n })),
  );
  const seen = [];
  let cursor = "";
  for (let page = { has_more: true }; page.has_more; cursor = page.next_cursor) {
    page = await server.request("GET", `${roomPath(room)}/entities?limit=10${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
    seen.push(...page.data.map(({ key }) => key));
    await server.publish(room, [
      { key: page.data[0].key, op: "remove" },
      { key: page.data.at(-1).key, op: "set", data: "again" },
    ]);
  }
  assert.deepEqual(
    seen,
    range(1, 100)
      .map((n) => `k${n}`)
      .sort(),
  );
});

test("the rooms, by prefix and page by page", async () => {
  const names = range(1, 25).map((n) => `listed:${n}`);
  await Promise.all(names.map((room) => server.publish(room, { data: 1 })));
  const { rows } = await readAll(server, "/api/v1/rooms?prefix=listed%3A", 4);
  assert.deepEqual(
    rows.map(({ room }) => room),
    [...names].sort(),
  );
  assert.ok(rows.every(({ offset, epoch }) => offset === 1 && epoch));
  const one = await server.request("GET", roomPath("listed:7"));
  assert.deepEqual(one, { room: "listed:7", epoch: rows.find(({ room }) => room === "listed:7").epoch, offset: 1, entities: 0, subscribers: 0 });
});

test("a room says how many entities it has", async () => {
  const room = "listing:counted";
  const counted = async () => (await server.request("GET", roomPath(room))).entities;
  await server.publish(room, [
    { key: "a", data: 1 },
    { key: "b", data: 1 },
    { key: "a", data: 2 },
    { data: "no entity" },
  ]);
  assert.equal(await counted(), 2);
  await server.publish(room, [
    { key: "c", data: 1 },
    { key: "c", op: "remove" },
    { key: "a", op: "remove" },
  ]);
  assert.equal(await counted(), 1);
  await server.kill();
  await server.restart();
  assert.equal(await counted(), 1);
  const { rows } = await readAll(server, `/api/v1/rooms?prefix=${encodeURIComponent(room)}`);
  assert.deepEqual(rows.map(({ entities }) => entities), [1]);
});

test("history: forwards, backwards, since, page by page", async () => {
  const room = "listing:history";
  await server.publish(
    room,
    range(1, 30).map((n) => (n % 3 ? { data: { n } } : { key: `k${n}`, op: n % 2 ? "set" : "remove", ...(n % 2 ? { data: n } : {}) })),
  );
  const offsets = async (query, limit) =>
    (await readAll(server, `${roomPath(room)}/history${query}`, limit)).rows.map(({ offset }) => offset);
  for (const limit of [1, 7, 30, 1_000]) {
    assert.deepEqual(await offsets("", limit), range(1, 30), `limit ${limit}`);
    assert.deepEqual(await offsets("?reverse=true", limit), range(1, 30).reverse(), `limit ${limit}`);
  }
  const page = await server.request("GET", `${roomPath(room)}/history?since=27&limit=10`);
  assert.deepEqual(
    page.data.map(({ offset, key, removed }) => [offset, key, removed]),
    [
      [28, undefined, undefined],
      [29, undefined, undefined],
      [30, "k30", true],
    ],
  );
  assert.equal(page.has_more, false);
  assert.equal(page.offset, 30);
  const last = await server.request("GET", `${roomPath(room)}/history?reverse=true&limit=2`);
  assert.deepEqual(
    last.data.map(({ offset }) => offset),
    [30, 29],
  );
});

test("400: queries that make no sense; 404: what was never there", async () => {
  for (const query of ["limit=0", "limit=x", "limit=1001", "cursor=nonsense", "colour=red", "limit=1&limit=2"]) {
    assert.equal((await call(server, "GET", `${roomPath("a")}/entities?${query}`)).status, 400, query);
  }
  for (const query of ["since=x", "reverse=1", "since=1&cursor=x"]) {
    assert.equal((await call(server, "GET", `${roomPath("a")}/history?${query}`)).status, 400, query);
  }
  for (const path of [roomPath("never:1"), entityPath("never:1", "k"), "/api/v1/nothing", "/api/v2/rooms", "/nothing"]) {
    const answer = await call(server, "GET", path);
    assert.equal(answer.status, 404, path);
    assert.equal(answer.body.type, "/problems/not-found", path);
  }
});

test("what was acknowledged can be read at once", async () => {
  const room = "entity:read-own";
  await Promise.all(
    range(1, 10).map(async (writer) => {
      for (const n of range(1, 20)) {
        const { version } = await server.publish(room, { key: `k${writer}`, op: "set", data: n });
        const { body } = await entity("GET", room, `k${writer}`);
        assert.deepEqual([body.version, body.data], [version, n]);
      }
    }),
  );
});
