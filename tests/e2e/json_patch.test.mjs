// JSON patch (RFC 6902) of entities: applied where the document is, so that patchers need no lock.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { call, entityPath, eventsPath, readHistory } from "./support/http.mjs";

let server;

before(async () => {
  server = await Server.start();
});

after(async () => {
  await server?.dispose();
});

const room = "patch:1";
const put = (key, body) => call(server, "PUT", entityPath(room, key), { body });
const patch = (key, body, headers) =>
  call(server, "PATCH", entityPath(room, key), { body, headers: { "Content-Type": "application/json-patch+json", ...headers } });
const get = async (key) => (await call(server, "GET", entityPath(room, key))).body.data;

test("a patch changes what it says, and nothing else", async () => {
  await put("a", '{"n": 1.000,"big":12345678901234567890,"list":[1,2,3],"state":"on"}');
  const steps = [
    { op: "test", path: "/n", value: 1 },
    { op: "add", path: "/list/-", value: 4 },
    { op: "move", from: "/list/0", path: "/first" },
    { op: "replace", path: "/state", value: "off" },
  ];
  const { status, headers, body } = await patch("a", steps);
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(headers.get("etag"), `"${body.epoch}:${body.version}"`);
  const text = await (await fetch(server.url + entityPath(room, "a"))).text();
  assert.ok(text.includes('{"n": 1.000,"big":12345678901234567890,"list":[2,3,4],"state":"off","first":1}'), text);
  assert.ok(text.includes('"tags":{"state":"off"}'), text);
});

test("what cannot be done changes nothing, and is told by its step", async () => {
  await put("b", { n: 1 });
  const add = { op: "add", path: "/m", value: 1 };
  for (const [steps, status, type, place] of [
    [[add, { op: "test", path: "/n", value: 2 }], 409, "conflict", "/1: "],
    [[add, { op: "remove", path: "/none" }], 409, "conflict", "/1: "],
    [[add, { op: "replace", path: "/n/deep", value: 1 }], 409, "conflict", "/1: "],
    [[{ op: "spoil", path: "/n" }], 400, "bad-request", "/0/op: "],
    [[add, { op: "add", path: "m", value: 1 }], 400, "bad-request", "/1/path: "],
    [{ op: "add" }, 400, "bad-request", "a JSON patch"],
  ]) {
    const { status: given, body } = await patch("b", steps);
    assert.equal(given, status, JSON.stringify(body));
    assert.equal(body.type, `/problems/${type}`);
    assert.ok(body.detail.startsWith(place), body.detail);
  }
  assert.deepEqual(await get("b"), { n: 1 });
  assert.equal((await patch("none", [add])).status, 404);
  const other = await patch("b", "[]", { "Content-Type": "application/json" });
  assert.equal(other.status, 415);
  assert.match(other.headers.get("accept-patch"), /application\/json-patch\+json/);
});

test("conditions and ids go with it", async () => {
  const { body: made } = await put("c", { n: 1 });
  const step = [{ op: "add", path: "/l", value: [] }];
  assert.equal((await patch("c", step, { "If-Match": `"${made.epoch}:${made.version + 1}"` })).status, 412);
  const headers = { "If-Match": `"${made.epoch}:${made.version}"`, "Idempotency-Key": '"p"' };
  const first = await patch("c", step, headers);
  assert.equal(first.status, 200);
  assert.deepEqual((await patch("c", step, headers)).body, first.body, "again: the first answer");
  assert.equal((await patch("c", [{ op: "remove", path: "/l" }], headers)).status, 422, "another patch under this id");
});

test("as an operation of a publication", async () => {
  await put("d", { n: 1 });
  const publish = (data) => call(server, "POST", eventsPath(room), { body: { key: "d", op: "patch", data } });
  assert.equal((await publish([{ op: "replace", path: "/n", value: 2 }])).status, 200);
  assert.deepEqual(await get("d"), { n: 2 });
  assert.match((await publish([{ op: "replace" }])).body.detail, /^\/data: \/0\/path: /);
});

test("a hundred patchers at once append, and nothing is lost", async () => {
  await put("e", { list: [] });
  const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => patch("e", [{ op: "add", path: "/list/-", value: n }])));
  assert.ok(answers.every(({ status }) => status === 200));
  const { list } = await get("e");
  assert.deepEqual([...list].sort((a, b) => a - b), Array.from({ length: 100 }, (_, n) => n));
  assert.ok((await readHistory(server, room)).rows.length >= 100);
});

test("of a hundred who compare and set, one wins each round", async () => {
  await put("f", { owner: null });
  const take = (n) => patch("f", [{ op: "test", path: "/owner", value: null }, { op: "replace", path: "/owner", value: n }]);
  const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => take(n)));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  assert.equal(answers.filter(({ status }) => status === 409).length, 99);
});
