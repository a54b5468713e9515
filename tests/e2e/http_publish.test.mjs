// POST /api/v1/rooms/{room}/events and /api/v1/events: what may be published, what is answered, and what is refused.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { call, entityPath, eventsPath, readEntities, readHistory } from "./support/http.mjs";
import { range } from "./support/subscriber.mjs";

const config = `
[limits]
http_body_bytes_max = 200_000
document_bytes_max = 100_000
batch_items_max = 50
`;

let server;

before(async () => {
  server = await Server.start({ config });
});

after(async () => {
  await server?.dispose();
});

const publish = (room, body, headers) => call(server, "POST", eventsPath(room), { body, headers });
const get = async (room, key) => (await call(server, "GET", entityPath(room, key))).body;

function assertProblem(answer, status, slug) {
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  assert.match(answer.headers.get("content-type"), /^application\/problem\+json/);
  assert.equal(answer.body.type, `/problems/${slug}`);
  assert.equal(answer.body.status, status);
  assert.equal(typeof answer.body.title, "string");
}

test("one item, an array, and the answer after the commit", async () => {
  const room = "publish:1";
  const plain = await publish(room, { data: { n: 1 } });
  assert.equal(plain.status, 200);
  const { epoch } = plain.body;
  assert.ok(epoch);
  assert.deepEqual(plain.body, { room, epoch, offset: 1 });
  assert.deepEqual((await publish(room, { key: "a", data: { n: 2 } })).body, { room, epoch, offset: 2, version: 2 });
  assert.deepEqual((await publish(room, [{ key: "b", op: "set", data: 3 }, { data: 4 }])).body, [
    { room, epoch, offset: 3, version: 3 },
    { room, epoch, offset: 4 },
  ]);
  assert.deepEqual((await publish(room, [{ data: 5 }])).body, [{ room, epoch, offset: 5 }], "an array for an array");
  const { rows } = await readHistory(server, room);
  assert.deepEqual(
    rows.map(({ offset, key, data }) => [offset, key, data]),
    [
      [1, undefined, { n: 1 }],
      [2, "a", { n: 2 }],
      [3, "b", 3],
      [4, undefined, 4],
      [5, undefined, 5],
    ],
  );
});

test("the operations: merge is the default, set, increment, remove", async () => {
  const room = "publish:ops";
  await publish(room, { key: "a", data: { x: 1, deep: { y: 2, z: 3 } } });
  await publish(room, { key: "a", data: { x: null, deep: { y: 4 } } });
  assert.deepEqual((await get(room, "a")).data, { deep: { y: 4, z: 3 } });
  await publish(room, { key: "a", op: "set", data: { only: true } });
  assert.deepEqual((await get(room, "a")).data, { only: true });
  await publish(room, [
    { key: "a", op: "increment", data: { n: 2 } },
    { key: "a", op: "increment", data: { n: 3.5 } },
  ]);
  assert.deepEqual((await get(room, "a")).data, { only: true, n: 5.5 });
  assert.equal((await publish(room, { key: "a", op: "remove" })).status, 200);
  assertProblem(await call(server, "GET", entityPath(room, "a")), 404, "not-found");
});

test("all or nothing: an item that fails leaves no trace of the others", async () => {
  const room = "publish:atomic";
  await publish(room, { key: "a", op: "set", data: { n: 1 } });
  const refused = await publish(room, [
    { key: "b", op: "set", data: 1 },
    { data: "stream" },
    { key: "a", op: "set", data: 2, if_version: 99 },
  ]);
  assertProblem(refused, 412, "version-conflict");
  const { rows, offset } = await readEntities(server, room);
  assert.deepEqual(
    rows.map(({ key, data }) => [key, data]),
    [["a", { n: 1 }]],
  );
  assert.equal(offset, 1);
});

test("if_version: compare and set", async () => {
  const room = "publish:cas";
  assert.equal((await publish(room, { key: "a", op: "set", data: 1, if_version: 0 })).status, 200);
  assertProblem(await publish(room, { key: "a", op: "set", data: 2, if_version: 0 }), 412, "version-conflict");
  assert.equal((await publish(room, { key: "a", op: "set", data: 2, if_version: 1 })).body.version, 2);
  assertProblem(await publish(room, { key: "a", op: "remove", if_version: 1 }), 412, "version-conflict");
  assert.equal((await publish(room, { key: "a", op: "remove", if_version: 2 })).status, 200);
});

test("of many that compare and set the same version, one wins", async () => {
  const room = "publish:race";
  await publish(room, { key: "a", op: "set", data: { winner: null } });
  const answers = await Promise.all(range(1, 20).map((winner) => publish(room, { key: "a", op: "set", data: { winner }, if_version: 1 })));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, ...range(1, 19).map(() => 412)]);
  assert.equal((await get(room, "a")).data.winner, answers.findIndex(({ status }) => status === 200) + 1);
});

test("409: an increment that would break its bound", async () => {
  const room = "publish:bounds";
  await publish(room, { key: "a", op: "increment", data: { stock: 3 } });
  assertProblem(await publish(room, { key: "a", op: "increment", data: { stock: { by: -4, min: 0 } } }), 409, "conflict");
  assert.equal((await publish(room, { key: "a", op: "increment", data: { stock: { by: -3, min: 0 } } })).status, 200);
  assert.equal((await get(room, "a")).data.stock, 0);
});

test("a wallet that many draw from at once never goes below zero, and is emptied to the last coin", async () => {
  const room = "publish:wallet";
  await publish(room, { key: "w", op: "set", data: { balance: 100, draws: 0 } });
  const draw = (by, n) => publish(room, { key: "w", op: "increment", data: { balance: { by: -1, min: 0 }, draws: 1 }, idempotency_key: `${by}-${n}` });
  const statuses = await Promise.all(range(1, 20).map(async (by) => {
    const own = [];
    for (const n of range(1, 10)) own.push((await draw(by, n)).status);
    return own;
  }));
  const drawn = statuses.flat().filter((status) => status === 200).length;
  assert.deepEqual([drawn, statuses.flat().filter((status) => status === 409).length], [100, 100]);
  assert.deepEqual((await get(room, "w")).data, { balance: 0, draws: 100 });
  const seen = (await readHistory(server, room)).rows.map(({ data }) => data.balance);
  assert.deepEqual(seen, range(0, 100).reverse());
});

test("422: well formed, but it cannot be applied", async () => {
  const room = "publish:422";
  await publish(room, { key: "a", op: "set", data: { n: "text" } });
  assertProblem(await publish(room, { key: "a", op: "increment", data: { n: 1 } }), 422, "unprocessable");
  assertProblem(
    await publish(
      room,
      range(1, 51).map((n) => ({ data: n })),
    ),
    422,
    "limit-exceeded",
  );
});

test("an idempotency key applies once: the same answer again, another payload is refused", async () => {
  const room = "publish:once";
  const item = { key: "n", op: "increment", data: { n: 1 }, idempotency_key: "first" };
  const answer = (await publish(room, item)).body;
  for (let again = 0; again < 3; again += 1) assert.deepEqual((await publish(room, item)).body, answer);
  assertProblem(await publish(room, { ...item, data: { n: 2 } }), 422, "idempotency-mismatch");
  assert.deepEqual((await publish("publish:once-more", item)).body.room, "publish:once-more", "another room, another id");
  await server.kill();
  await server.restart();
  assert.deepEqual((await publish(room, item)).body, answer, "after kill -9 too");
  assert.equal((await get(room, "n")).data.n, 1);
});

test("many requests with one id at once change the room once", async () => {
  const room = "publish:at-once";
  const item = { key: "n", op: "increment", data: { n: 1 }, idempotency_key: "same" };
  const answers = await Promise.all(range(1, 20).map(() => publish(room, item)));
  const applied = answers.filter(({ status }) => status === 200);
  assert.ok(applied.length >= 1);
  for (const { body } of applied) assert.deepEqual(body, applied[0].body);
  for (const each of answers) if (each.status !== 200) assertProblem(each, 409, "idempotency-in-flight");
  assert.equal((await get(room, "n")).data.n, 1);
});

const event = { specversion: "1.0", id: "1", source: "/tests", type: "thing.changed" };
const structured = { "Content-Type": "application/cloudevents+json" };

test("CloudEvents in structured mode: subject is the key, source and id apply once", async () => {
  const room = "events:1";
  const answer = await publish(room, { ...event, subject: "lamp", data: { on: true } }, structured);
  assert.deepEqual(answer.body, { room, epoch: answer.body.epoch, offset: 1, version: 1 });
  assert.deepEqual((await publish(room, { ...event, subject: "lamp", data: { on: true } }, structured)).body, answer.body);
  await publish(room, { ...event, source: "/others", subject: "lamp", op: "set", data: { off: 1 } }, structured);
  assert.deepEqual((await get(room, "lamp")).data, { off: 1 });
  await publish(room, { ...event, id: "2", data: "no subject: the stream alone" }, structured);
  assert.equal((await readHistory(server, room)).rows.at(-1).key, undefined);
  await publish(room, { ...event, id: "3", subject: "lamp", op: "remove" }, structured);
  assert.equal((await call(server, "GET", entityPath(room, "lamp"))).status, 404);
});

test("CloudEvents that name their room, and in a batch", async () => {
  const events = { method: "POST", target: "/api/v1/events" };
  const named = await call(server, events.method, events.target, {
    body: { ...event, room: "events:named", subject: "a", data: {} },
    headers: structured,
  });
  assert.equal(named.body.room, "events:named");
  assertProblem(
    await call(server, events.method, events.target, { body: { ...event, data: {} }, headers: structured }),
    400,
    "bad-request",
  );
  const batch = ["1", "2"].map((id) => ({ ...event, id, room: "events:batch", subject: id, data: { id } }));
  const answers = await call(server, events.method, events.target, {
    body: batch,
    headers: { "Content-Type": "application/cloudevents-batch+json" },
  });
  assert.deepEqual(
    answers.body.map(({ offset }) => offset),
    [1, 2],
  );
});

const badEvents = {
  "no specversion": { id: "1", source: "/a", type: "t" },
  "another specversion": { ...event, specversion: "0.9" },
  "an empty id": { ...event, id: "" },
  "a bad time": { ...event, time: "2018-04-05T18:31Z" },
  "a capital in an attribute": { ...event, comExample: "x" },
  "both kinds of data": { ...event, data: 1, data_base64: "MQ==" },
  "an empty subject": { ...event, subject: "" },
};

for (const [name, body] of Object.entries(badEvents)) {
  test(`400: an event with ${name}`, async () => {
    assertProblem(await publish("events:bad", body, structured), 400, "bad-request");
  });
}

const badBodies = {
  "no JSON": "hello",
  "half a JSON": '{"data":',
  "a text": '"x"',
  "an empty array": [],
  "an unknown member": { data: 1, dta: 1 },
  "no data": { key: "a" },
  "data of a removal": { key: "a", op: "remove", data: 1 },
  "an unknown operation": { key: "a", op: "replace", data: 1 },
  "an operation that needs a key": { op: "increment", data: { n: 1 } },
  "an empty key": { key: "", data: 1 },
  "tags that are no strings": { data: 1, tags: { a: 1 } },
  "a version that is no number": { key: "a", data: 1, if_version: "1" },
  "one id twice": [
    { data: 1, idempotency_key: "x" },
    { data: 2, idempotency_key: "x" },
  ],
};

for (const [name, body] of Object.entries(badBodies)) {
  test(`400: a body with ${name}`, async () => {
    assertProblem(await publish("publish:bad", body), 400, "bad-request");
  });
}

test("413 and 415: too large, and not understood", async () => {
  assertProblem(await publish("publish:large", { data: "x".repeat(100_001) }), 413, "payload-too-large");
  assertProblem(await publish("publish:large", { data: "x".repeat(200_001) }), 413, "payload-too-large");
  assertProblem(await publish("publish:text", "hello", { "Content-Type": "text/plain" }), 415, "unsupported-media-type");
  assert.equal((await call(server, "GET", "/api/v1/rooms/publish:large")).status, 404, "nothing was published");
});

test("rooms that cannot be published to", async () => {
  assertProblem(await publish("all:*", { data: 1 }), 400, "bad-request");
  assertProblem(await publish("$clients:a", { data: 1 }), 403, "permission-denied");
  assertProblem(await publish("x".repeat(256), { data: 1 }), 400, "bad-request");
});
