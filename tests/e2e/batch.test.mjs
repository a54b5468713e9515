// POST /api/v1/batch: many operations over many rooms, each with its own result, or those of a room all together.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { apiKey, keyOf } from "./support/credentials.mjs";
import { call, entityPath, readHistory } from "./support/http.mjs";

const config = `${apiKey("some", ["publish"], ["batch:mine*"])}\n[limits]\nbatch_items_max = 2_000\n`;

let server;
let guarded;

before(async () => {
  server = await Server.start({ config });
  guarded = await Server.start({ dev: false, config });
});

after(async () => {
  await server?.dispose();
  await guarded?.dispose();
});

const batch = (operations, { atomic, headers, to = server } = {}) => call(to, "POST", "/api/v1/batch", { body: { operations, atomic }, headers });
const get = async (room, key) => (await call(server, "GET", entityPath(room, key))).body.data;

test("every operation has its own result, in order; a refused one stops nobody", async () => {
  const { status, body } = await batch([
    { room: "batch:a", key: "k", data: { n: 1 } },
    { room: "batch:b", data: "keyless" },
    { room: "batch:a", key: "k", data: 1, if_version: 7 },
    { room: "batch:a", key: "k", op: "increment", data: { n: { by: -5, min: 0 } } },
    { room: "batch:a", key: "k", op: "patch", data: [{ op: "replace", path: "/n", value: 3 }] },
  ]);
  assert.equal(status, 200, JSON.stringify(body));
  const [first, second, third, fourth, fifth] = body.results;
  assert.deepEqual(first, { status: 200, room: "batch:a", epoch: first.epoch, offset: 1, version: 1 });
  assert.deepEqual(second, { status: 200, room: "batch:b", epoch: second.epoch, offset: 1 });
  assert.deepEqual([third.room, third.status, third.type], ["batch:a", 412, "/problems/version-conflict"]);
  assert.deepEqual([fourth.status, fourth.type], [409, "/problems/conflict"]);
  assert.deepEqual([fifth.status, fifth.version], [200, 2]);
  assert.deepEqual([body.applied, body.refused], [3, 2]);
  assert.deepEqual(await get("batch:a", "k"), { n: 3 });
});

test("atomic: the operations of a room apply all together or not at all; other rooms are not concerned", async () => {
  const { status, body } = await batch(
    [
      { room: "batch:c", key: "k", data: 1 },
      { room: "batch:d", key: "k", data: 1 },
      { room: "batch:c", key: "l", data: 1, if_version: 9 },
      { room: "batch:d", key: "k", op: "set", data: 2 },
    ],
    { atomic: true },
  );
  assert.equal(status, 200);
  assert.deepEqual(body.results.map((each) => each.status), [412, 200, 412, 200]);
  assert.deepEqual(body.results.map(({ operation }) => operation), [2, undefined, 2, undefined], "which of them was refused");
  assert.deepEqual(body.results.map(({ room }) => room), ["batch:c", "batch:d", "batch:c", "batch:d"]);
  assert.equal((await call(server, "GET", entityPath("batch:c", "k"))).status, 404);
  assert.equal(await get("batch:d", "k"), 2);
  assert.equal((await readHistory(server, "batch:d")).rows.length, 2);
});

test("a thousand operations over a hundred rooms, in order within each room", async () => {
  const operations = Array.from({ length: 1_000 }, (_, n) => ({ room: `batch:many${n % 100}`, data: n }));
  const { status, body } = await batch(operations);
  assert.equal(status, 200);
  assert.equal(body.applied, 1_000);
  assert.deepEqual(body.results.map(({ offset }) => offset), operations.map((_, n) => Math.floor(n / 100) + 1));
  const { rows } = await readHistory(server, "batch:many7");
  assert.deepEqual(rows.map(({ data }) => data), Array.from({ length: 10 }, (_, n) => 7 + 100 * n));
});

test("ids of operations apply once; the header does for an atomic batch, and is refused for another one", async () => {
  const once = [
    { room: "batch:once", key: "n", op: "increment", data: { n: 1 }, idempotency_key: "i1" },
    { room: "batch:other", key: "n", op: "increment", data: { n: 1 }, idempotency_key: "i1" },
  ];
  const first = await batch(once);
  assert.deepEqual((await batch(once)).body, first.body);
  assert.deepEqual([await get("batch:once", "n"), await get("batch:other", "n")], [{ n: 1 }, { n: 1 }]);

  const plain = once.map(({ idempotency_key: _, ...rest }) => rest);
  const headers = { "Idempotency-Key": '"whole"' };
  const whole = await batch(plain, { atomic: true, headers });
  assert.equal(whole.body.applied, 2);
  assert.deepEqual((await batch(plain, { atomic: true, headers })).body, whole.body);
  assert.deepEqual([await get("batch:once", "n"), await get("batch:other", "n")], [{ n: 2 }, { n: 2 }]);
  const other = await batch([plain[0], { ...plain[1], data: { n: 5 } }], { atomic: true, headers });
  assert.deepEqual(other.body.results.map(({ status }) => status), [200, 422], "each room knows what it was asked before");

  const refused = await batch(plain, { headers });
  assert.equal(refused.status, 400);
  assert.match(refused.body.detail, /idempotency_key/);
  assert.equal((await batch(once, { atomic: true, headers })).status, 400, "ids of operations beside the header");
});

test("what is wrong in a batch refuses all of it, with the place", async () => {
  for (const [operations, place] of [
    [[], "/operations: "],
    [[{ room: "batch:bad", data: 1 }, { data: 1 }], "/operations/1/room: "],
    [[{ room: "batch:bad", data: 1 }, { room: "batch:bad", key: "k", op: "patch", data: [{ op: "spam", path: "" }] }], "/operations/1/data: "],
  ]) {
    const { status, body } = await batch(operations);
    assert.equal(status, 400);
    assert.ok(body.detail.startsWith(place), body.detail);
  }
  assert.equal((await call(server, "GET", "/api/v1/rooms/batch%3Abad")).status, 404);
  assert.equal((await call(server, "POST", "/api/v1/batch", { body: "{}", headers: { "Content-Type": "text/plain" } })).status, 415);
  assert.equal((await batch(Array(2_001).fill({ room: "batch:bad", data: 1 }))).status, 422);
});

test("rights are those of each room; without any it is 403", async () => {
  const headers = { "X-API-Key": keyOf("some") };
  const mixed = await batch(
    [
      { room: "batch:mine1", data: 1 },
      { room: "batch:theirs", data: 1 },
    ],
    { headers, to: guarded },
  );
  assert.deepEqual(mixed.body.results.map(({ status }) => status), [200, 403]);
  assert.equal((await batch([{ room: "batch:theirs", data: 1 }], { headers, to: guarded })).status, 403);
  assert.equal((await batch([{ room: "$sys", data: 1 }])).status, 403, "rooms of the server are nobody's");
  assert.equal((await batch([{ room: "batch:mine1", data: 1 }], { to: guarded })).status, 401);
});
