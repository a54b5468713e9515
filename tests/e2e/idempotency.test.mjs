// What a request with an id is promised on every way to write: it applies once, the first answer comes again (also after kill -9), another
// payload is refused, and so is the same request while the first is under way. And conditions on versions, on every way too.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { signToken } from "../support/token.mjs";
import { call, entityPath, eventsPath, readHistory } from "./support/http.mjs";
import { range } from "./support/subscriber.mjs";

const config = '[[namespace]]\nname = "wal"\ndurability = "wal"\n[[namespace]]\nname = "memory"\ndurability = "memory"\n';
const mergePatch = "application/merge-patch+json";
const cloudEvent = "application/cloudevents+json";

let server;

before(async () => {
  server = await Server.start({ config });
});

after(async () => {
  await server?.dispose();
});

const send = (method, path, key, body, type = "application/json") =>
  call(server, method, path, { body, headers: { "Content-Type": type, ...(key === undefined ? {} : { "Idempotency-Key": key }) } });

// What the client sees of an answer.
const seen = ({ status, headers, body }) => ({ status, etag: headers.get("etag"), body });

// Ways to write that take the header: [name, method, path, body, type]. The room has the entity "there".
const ways = (room) => [
  ["POST of one", "POST", eventsPath(room), { key: "a", op: "increment", data: { n: 1 } }],
  ["POST without a key", "POST", eventsPath(room), { data: 1 }],
  ["POST of an array", "POST", eventsPath(room), [{ key: "a", data: {} }, { data: 2 }, { key: "b", op: "increment", data: { n: 1 } }]],
  ["PUT that creates", "PUT", entityPath(room, "new"), { n: 1 }],
  ["PUT that replaces", "PUT", entityPath(room, "there"), { n: 2 }],
  ["PATCH", "PATCH", entityPath(room, "there"), { m: 1 }, mergePatch],
  ["PATCH that creates", "PATCH", entityPath(room, "new too"), { m: 1 }, mergePatch],
  ["DELETE", "DELETE", entityPath(room, "there"), undefined],
];

for (const room of ["wal:ways", "fsync:ways", "memory:ways"]) {
  test(`the first answer comes again, with the same status and body, in ${room}`, async () => {
    await server.publish(room, { key: "there", op: "set", data: {} });
    const answers = new Map();
    for (const [name, method, path, body, type] of ways(room)) {
      const first = await send(method, path, `"${name}"`, body, type);
      assert.ok(first.status === 200 || first.status === 201, `${name}: ${first.status} ${JSON.stringify(first.body)}`);
      assert.equal(first.status === 201, name === "PUT that creates", name);
      answers.set(name, seen(first));
    }
    const { rows } = await readHistory(server, room);
    const assertReplays = async () => {
      for (const [name, method, path, body, type] of ways(room)) {
        assert.deepEqual(seen(await send(method, path, `"${name}"`, body, type)), answers.get(name), name);
      }
      assert.deepEqual((await readHistory(server, room)).rows, rows);
    };
    await assertReplays();
    if (room.startsWith("memory")) return;
    await server.kill();
    await server.restart();
    await assertReplays();
  });
}

test("the key in quotes is the key without, and another scope than idempotency_key", async () => {
  const room = "wal:quotes";
  const first = await send("POST", eventsPath(room), '"abc"', { data: 1 });
  assert.deepEqual(seen(await send("POST", eventsPath(room), "abc", { data: 1 })), seen(first));
  assert.equal((await send("POST", eventsPath(room), undefined, { data: 1, idempotency_key: "abc" })).body.offset, 2);
});

test("another payload, method or order under the same key is 422", async () => {
  const room = "wal:mismatch";
  await send("PUT", entityPath(room, "k"), "id", { n: 1 });
  for (const [method, path, body, type] of [
    ["PUT", entityPath(room, "k"), { n: 2 }],
    ["PUT", entityPath(room, "other"), { n: 1 }],
    ["DELETE", entityPath(room, "k")],
    ["PATCH", entityPath(room, "k"), { n: 1 }, mergePatch],
    ["POST", eventsPath(room), { key: "k", op: "set", data: { n: 1 } }],
    ["POST", eventsPath(room), [{ key: "k", op: "set", data: { n: 1 } }]],
    ["PUT", `${entityPath(room, "k")}?ttl=60`, { n: 1 }],
  ]) {
    const refused = await send(method, path, "id", body, type);
    assert.equal(refused.status, 422, `${method} ${path} ${JSON.stringify(body)}`);
    assert.equal(refused.body.type, "/problems/idempotency-mismatch");
  }
  assert.equal((await readHistory(server, room)).offset, 1);
  const array = [{ data: 1 }, { data: 2 }];
  await send("POST", eventsPath(room), "array", array);
  for (const other of [array.slice(0, 1), [...array].reverse(), [...array, { data: 3 }]]) {
    assert.equal((await send("POST", eventsPath(room), "array", other)).status, 422);
  }
  assert.equal((await readHistory(server, room)).offset, 3);
});

test("while the first is under way the same key is 409, and is applied once", async () => {
  const room = "fsync:flight";
  const answers = await Promise.all(range(1, 30).map(() => send("PUT", entityPath(room, "k"), "id", { n: 1 })));
  for (const answer of answers) {
    if (answer.status === 409) assert.equal(answer.body.type, "/problems/idempotency-in-flight");
    else assert.deepEqual(seen(answer), seen(answers.find(({ status }) => status === 201)));
  }
  assert.equal((await readHistory(server, room)).offset, 1);
});

test("a request that was refused may come again under its key", async () => {
  const room = "wal:refused";
  const conditional = (tag) =>
    call(server, "PUT", entityPath(room, "k"), { body: 2, headers: { "If-Match": tag, "Idempotency-Key": "id" } });
  assert.equal((await conditional('"x:1"')).status, 412);
  const { headers } = await send("PUT", entityPath(room, "k"), undefined, 1);
  const tag = headers.get("etag");
  const done = await conditional(tag);
  assert.equal(done.status, 200);
  assert.deepEqual(seen(await conditional(tag)), seen(done)); // the condition held then
  assert.equal((await conditional('"x:1"')).status, 422);
});

test("keys are of their caller", async () => {
  const secret = "a secret of thirty-two bytes, or more";
  const guarded = await Server.start({ dev: false, config: `${config}[token]\nhmac_secret = "${secret}"\n` });
  try {
    const put = (sub) =>
      call(guarded, "PUT", entityPath("wal:callers", "k"), {
        body: 1,
        headers: { "Idempotency-Key": "id" },
        token: signToken(secret, { sub, scope: "publish" }),
      });
    assert.deepEqual([(await put("ann")).status, (await put("bob")).status, (await put("ann")).status], [201, 200, 201]);
  } finally {
    await guarded.dispose();
  }
});

test("a wrong key, and one beside ids of single publications, is 400", async () => {
  const room = "wal:wrong";
  for (const key of ["", '""', '"a', "a b", '"a";x=1', "a, b"]) {
    assert.equal((await send("PUT", entityPath(room, "k"), key, 1)).status, 400, key);
  }
  assert.equal((await send("POST", eventsPath(room), "id", { data: 1, idempotency_key: "own" })).status, 400);
  const event = { specversion: "1.0", id: "1", source: "/t", type: "t", data: 1 };
  assert.equal((await send("POST", eventsPath(room), "id", event, cloudEvent)).status, 400);
  assert.equal((await readHistory(server, room)).offset, 0);
});

test("conditions on versions hold on every way to write", async () => {
  const room = "wal:conditions";
  let event = 0;
  const post = (version, data) => send("POST", eventsPath(room), undefined, { key: "k", op: "set", data, if_version: version });
  const emit = (version, data) =>
    send(
      "POST",
      eventsPath(room),
      undefined,
      { specversion: "1.0", id: `${(event += 1)}`, source: "/t", type: "t", subject: "k", op: "set", data, ifversion: version },
      cloudEvent,
    );
  const match = (method, headers, body, type = "application/json") =>
    call(server, method, entityPath(room, "k"), { body, headers: { "Content-Type": type, ...headers } });

  assert.equal((await emit(1, 1)).status, 412);
  assert.equal((await post(1, 1)).status, 412);
  assert.equal((await match("PUT", { "If-Match": "*" }, 1)).status, 412);
  assert.equal((await match("DELETE", { "If-Match": "*" })).status, 412);
  const created = await emit(0, 1);
  assert.equal(created.status, 200);
  const { epoch } = created.body;
  assert.equal((await emit(0, 2)).status, 412);
  assert.equal((await post(0, 2)).status, 412);
  assert.equal((await match("PUT", { "If-None-Match": "*" }, 2)).status, 412);
  assert.equal((await emit("1", 2)).body.version, 2); // as a string, for what is greater than 31 bits
  assert.equal((await post(2, 3)).body.version, 3);
  assert.equal((await match("PUT", { "If-Match": `"${epoch}:3"` }, { a: 1 })).body.version, 4);
  assert.equal((await match("PATCH", { "If-Match": `"${epoch}:3"` }, { b: 1 }, mergePatch)).status, 412);
  assert.equal((await match("PATCH", { "If-Match": `"${epoch}:4"` }, { b: 1 }, mergePatch)).body.version, 5);
  assert.equal((await match("DELETE", { "If-Match": `"${epoch}:4"` })).status, 412);
  assert.equal((await match("DELETE", { "If-Match": `"${epoch}:5"` })).body.version, 6);
  assert.equal((await readHistory(server, room)).offset, 6);
});

test("a batch in which one condition or id does not hold changes nothing", async () => {
  const room = "wal:atomic";
  await server.publish(room, { key: "k", op: "set", data: 1, idempotency_key: "used" });
  for (const [bad, status] of [
    [{ key: "k", op: "set", data: 2, if_version: 9 }, 412],
    [{ key: "k", op: "increment", data: { n: 1 } }, 422],
    [{ key: "k", op: "set", data: 2, idempotency_key: "used" }, 422],
  ]) {
    const batch = [{ key: "a", op: "set", data: 1, idempotency_key: "of a batch" }, { data: 1 }, bad];
    assert.equal((await send("POST", eventsPath(room), undefined, batch)).status, status);
    assert.equal((await readHistory(server, room)).offset, 1);
  }
  // Its ids were not used up.
  const batch = [{ key: "a", op: "set", data: 1, idempotency_key: "of a batch" }, { data: 1 }];
  assert.deepEqual(
    (await send("POST", eventsPath(room), undefined, batch)).body.map(({ offset }) => offset),
    [2, 3],
  );
});
