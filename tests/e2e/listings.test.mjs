// Pages of entities by what their documents say, and parts of documents.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { apiKey, keyOf } from "./support/credentials.mjs";
import { cacheOf, memoryOf } from "./support/engine_view.mjs";
import { call, entityPath, eventsPath, roomPath } from "./support/http.mjs";

const config = `
[limits]
page_rows_max = 2_000
filtered_rows_max = 50
[[namespace]]
name = "memory"
durability = "memory"
${apiKey("some", ["publish", "read"], ["mine:*"])}
${apiKey("all", ["publish", "read"], ["*"])}
`;

let server;

before(async () => {
  server = await Server.start({ config });
});

after(async () => {
  await server?.dispose();
});

const publish = (room, items, { to = server, headers } = {}) => call(to, "POST", eventsPath(room), { body: items, headers });

// All rows, page by page, "room/key" or "key" each.
async function all(target, { to = server, headers } = {}) {
  const names = [];
  let cursor;
  for (let pages = 0; pages < 100; pages += 1) {
    const url = new URL(to.url + target);
    if (cursor) url.searchParams.set("cursor", cursor);
    const { status, body } = await call(to, "GET", url.pathname + url.search, { headers });
    assert.equal(status, 200, JSON.stringify(body));
    names.push(...body.data.map(({ room, key }) => (room ? `${room}/${key}` : key)));
    if (!body.has_more) {
      assert.equal(body.next_cursor, null);
      return names;
    }
    cursor = body.next_cursor;
  }
  throw new Error("the pages do not end");
}

test("entities of a room by type, source and state, alone and together", async () => {
  const room = "lamps:1";
  await publish(room, Array.from({ length: 40 }, (_, n) => ({
    key: `k${String(n).padStart(2, "0")}`,
    data: { type: n % 2 ? "fan" : "lamp", state: n % 4 ? "off" : "on", source: `s${n % 5}`, attributes: { n } },
  })));
  const keys = (test) => Array.from({ length: 40 }, (_, n) => n).filter(test).map((n) => `k${String(n).padStart(2, "0")}`);
  const at = `${roomPath(room)}/entities`;
  for (const limit of [1, 7, 100]) {
    assert.deepEqual(await all(`${at}?type=lamp&limit=${limit}`), keys((n) => n % 2 === 0));
    assert.deepEqual(await all(`${at}?type=lamp&state=on&limit=${limit}`), keys((n) => n % 4 === 0));
    assert.deepEqual(await all(`${at}?source=s1&state=off&type=fan&limit=${limit}`), keys((n) => n % 5 === 1 && n % 2 === 1));
  }
  assert.deepEqual(await all(`${at}?type=nothing`), []);
  const { body } = await call(server, "GET", `${at}?state=on`);
  assert.equal(body.offset, 40);
  assert.ok(body.epoch);
  assert.deepEqual(Object.keys(body.data[0]), ["key", "version", "offset", "updated_at", "tags", "data"]);

  await publish(room, [{ key: "k00", data: { state: "off" } }, { key: "k04", op: "remove" }]);
  assert.deepEqual(await all(`${at}?type=lamp&state=on`), keys((n) => n % 4 === 0 && n > 4), "what has changed is found anew");
});

test("entities of all rooms, also of those in memory, in order", async () => {
  const rooms = ["found:a", "memory:b", "found:c", "memory:a"];
  for (const room of rooms) await publish(room, [1, 2, 3].map((n) => ({ key: `k${n}`, data: { type: "found", state: n === 2 ? "b" : "a" } })));
  const wanted = (keys) => [...rooms].sort().flatMap((room) => keys.map((key) => `${room}/${key}`));
  for (const limit of [1, 2, 5, 100]) {
    assert.deepEqual(await all(`/api/v1/entities?type=found&limit=${limit}`), wanted(["k1", "k2", "k3"]));
    assert.deepEqual(await all(`/api/v1/entities?type=found&state=b&limit=${limit}`), wanted(["k2"]));
  }
});

test("a page looks at so many entities, and says that there is more", async () => {
  await publish("sparse:1", Array.from({ length: 120 }, (_, n) => ({ key: `k${String(n).padStart(3, "0")}`, data: { type: "sparse", state: n === 110 ? "on" : "off" } })));
  const { body } = await call(server, "GET", "/api/v1/entities?type=sparse&state=on");
  assert.deepEqual([body.data, body.has_more], [[], true]);
  assert.deepEqual(await all("/api/v1/entities?type=sparse&state=on"), ["sparse:1/k110"]);
  assert.deepEqual(await all(`${roomPath("sparse:1")}/entities?type=sparse&state=on`), ["k110"]);
});

test("rooms that may not be read are left out", async () => {
  const guarded = await Server.start({ dev: false, config });
  try {
    const everything = { to: guarded, headers: { "X-API-Key": keyOf("all") } };
    for (const room of ["mine:1", "theirs:1"]) assert.equal((await publish(room, { key: "k", data: { type: "t" } }, everything)).status, 200);
    assert.deepEqual(await all("/api/v1/entities?type=t", everything), ["mine:1/k", "theirs:1/k"]);
    assert.deepEqual(await all("/api/v1/entities?type=t", { to: guarded, headers: { "X-API-Key": keyOf("some") } }), ["mine:1/k"]);
    assert.equal((await call(guarded, "GET", "/api/v1/entities?type=t")).status, 401);
  } finally {
    await guarded.dispose();
  }
});

test("a page is read once for each position of its room, and is never older than an acknowledged change", async () => {
  const hits = async () => cacheOf(await memoryOf(server), "page", "memory").hits;
  for (const room of ["kept:1", "memory:kept"]) {
    await publish(room, [1, 2, 3].map((n) => ({ key: `k${n}`, op: "set", data: { type: "lamp", n } })));
    const list = async (query = "") => (await call(server, "GET", `${roomPath(room)}/entities${query}`)).body;
    for (const query of ["", "?limit=2", "?type=lamp"]) {
      const before = await hits();
      const first = await list(query);
      assert.deepEqual(await list(query), first);
      assert.equal((await hits()) - before, 1, `${room} ${query}`);
      for (let n = 10; n < 15; n += 1) {
        await publish(room, { key: "k1", op: "set", data: { type: "lamp", n } });
        const page = await list(query);
        assert.equal(page.data[0].data.n, n);
        assert.equal(page.offset, first.offset + n - 9);
      }
      assert.equal((await hits()) - before, 1, `${room} ${query}`);
    }
  }
});

test("fields show parts of documents: of one entity, of pages and of the history", async () => {
  const room = "fields:1";
  await publish(room, [{ key: "a", data: { state: "on", attributes: { level: 1.50, color: "red" }, type: "lamp" } }, { data: "no object" }]);
  const shown = { state: "on", attributes: { level: 1.5 } };
  const fields = "fields=state,attributes.level";
  const one = await call(server, "GET", `${entityPath(room, "a")}?${fields}`);
  assert.deepEqual(one.body.data, shown);
  assert.equal((await call(server, "GET", `${entityPath(room, "a")}?${fields}`, { headers: { "If-None-Match": one.headers.get("etag") } })).status, 304);
  for (const target of [`${roomPath(room)}/entities?${fields}`, `${roomPath(room)}/entities?type=lamp&${fields}`, `/api/v1/entities?source=none&${fields}`]) {
    for (const row of (await call(server, "GET", target)).body.data) assert.deepEqual(row.data, shown);
  }
  assert.deepEqual((await call(server, "GET", `${roomPath(room)}/entities?${fields}&at=1`)).body.data.map(({ data }) => data), [shown]);
  assert.deepEqual((await call(server, "GET", `${roomPath(room)}/history?${fields}`)).body.data.map(({ data }) => data), [shown, {}]);
});

test("what makes no sense is refused", async () => {
  for (const target of [
    "/api/v1/entities",
    "/api/v1/entities?type=t&cursor=nonsense",
    "/api/v1/entities?type=t&limit=0",
    "/api/v1/entities?type=t&fields=",
    "/api/v1/entities?type=t&at=1",
    `${roomPath("a")}/entities?type=t&at=1`,
    `${roomPath("a")}/history?fields=a..b`,
  ]) {
    const { status, body } = await call(server, "GET", target);
    assert.equal(status, 400, `${target}: ${JSON.stringify(body)}`);
  }
  assert.equal((await call(server, "DELETE", `${entityPath("a", "k")}?fields=a`)).status, 400);
  assert.equal((await call(server, "POST", "/api/v1/entities")).status, 405);
});
