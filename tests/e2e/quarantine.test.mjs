// A change that kills its actor twice is set aside: its sender is told, everybody else goes on, and an operator may look at it, try it
// again or discard it, also after kill -9.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { actorsOf, hitsOf } from "./support/engine_view.mjs";
import { call, entityPath, eventsPath, readEntities, readHistory } from "./support/http.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";
import { publishUntilAcknowledged } from "./support/publisher.mjs";
import { range } from "./support/subscriber.mjs";

const config = `
[test]
faults = true
[[namespace]]
name = "wal"
durability = "wal"
[[namespace]]
name = "memory"
durability = "memory"
`;
const always = 1_000_000;

let server;

before(async () => {
  server = await Server.start({ config });
});

after(async () => {
  await server?.dispose();
});

async function admin(method, target) {
  const response = await fetch(server.adminUrl + target, { method });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === "" ? null : JSON.parse(text) };
}
const list = async () => (await admin("GET", "/api/v1/quarantine?limit=1000")).body;
const show = (id) => admin("GET", `/api/v1/quarantine/${id}`);
const replay = (id) => admin("POST", `/api/v1/quarantine/${id}/replay`);
const discard = (id) => admin("DELETE", `/api/v1/quarantine/${id}`);

const publish = (room, item, headers) => call(server, "POST", eventsPath(room), { body: item, headers });
const idIn = (text) => /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/.exec(text)?.[0];

// The sender is told the number of the record.
function assertQuarantined(answer) {
  assert.equal(answer.status, 500, JSON.stringify(answer.body));
  assert.equal(answer.body.type, "/problems/quarantined");
  const id = idIn(answer.body.detail);
  assert.ok(id, answer.body.detail);
  return id;
}

for (const [kind, room] of [
  ["entity", "wal:entity"],
  ["entity", "fsync:entity"],
  ["entity", "memory:entity"],
  ["room", "wal:room"],
  ["room", "memory:room"],
]) {
  test(`a change that kills its ${kind} twice is set aside, in ${room}`, async () => {
    const item = { key: "deadly", op: "increment", data: { n: 1 }, tags: { a: "b" }, ttl: 600, idempotency_key: "once" };
    await server.publish(room, [
      { key: "deadly", op: "set", data: { n: 1 } },
      { key: "calm", op: "set", data: { n: 1 } },
    ]);
    await server.armFault(kind, always, "deadly");
    const before = await actorsOf(server, kind);
    const id = assertQuarantined(await publish(room, item));
    assert.equal((await actorsOf(server, kind)).crashed, before.crashed + 2);

    // Others go on: the same room, and when the fault is over the same key.
    await publishUntilAcknowledged(server, room, { key: "calm", op: "increment", data: { n: 1 }, idempotency_key: "calm" });
    const { body } = await show(id);
    assert.equal(body.kind, "command");
    assert.equal(body.room, room);
    assert.equal(body.actor, kind);
    assert.equal(body.tries, 2);
    assert.match(body.error, /^std::runtime_error: injected fault in (entity|room) by deadly$/);
    assert.ok(
      body.backtrace.some((line) => line.includes("fault_switch::strike")),
      `the place that threw: ${body.backtrace.join("\n")}`,
    );
    assert.deepEqual(body.operations, [
      {
        key: "deadly",
        op: "increment",
        data: { n: 1 },
        tags: { a: "b" },
        ttl: 600,
        idempotency: { kind: "key", caller: "", id: "once" },
      },
    ]);
    assert.ok((await list()).data.some((row) => row.id === id && row.room === room));

    // Replayed while it still kills: the same record, tried twice more.
    const failed = await replay(id);
    assert.equal(failed.status, 500);
    assert.equal(idIn(failed.body.detail), id);
    assert.equal((await show(id)).body.tries, 4);
    assert.equal((await list()).data.filter((row) => row.room === room).length, 1);

    await server.armFault(kind, 0, "deadly");
    const done = await replay(id);
    assert.equal(done.status, 200, JSON.stringify(done.body));
    const [change] = done.body.changes;
    assert.deepEqual(change, { room, epoch: change.epoch, offset: 4, version: 4 });
    assert.equal((await show(id)).status, 404);
    assert.equal((await call(server, "GET", entityPath(room, "deadly"))).body.data.n, 2);

    // It kept its idempotency id: its sender, who comes again, gets that answer.
    assert.deepEqual((await publish(room, item)).body, change);
    assert.equal((await readHistory(server, room)).offset, 4);
  });
}

test("a change that kills once is done after all, and nobody notices", async () => {
  for (const kind of ["entity", "room"]) {
    const room = `wal:once-${kind}`;
    await server.armFault(kind, 1, "k");
    const answer = await publish(room, { key: "k", op: "set", data: 1 });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    assert.equal(answer.body.offset, 1);
  }
});

test("the other changes of the room and of the entity are done in order while one is set aside", async () => {
  const room = "wal:order";
  await server.publish(room, { key: "deadly", op: "set", data: { log: [] } });
  await server.armFault("entity", 2, "deadly");
  const answers = await Promise.all([
    publish(room, { key: "deadly", data: { a: 1 } }),
    ...range(1, 20).map((n) => publish(room, { key: n % 2 ? "deadly" : "other", data: { n } })),
  ]);
  const refused = answers.filter(({ status }) => status !== 200);
  assert.equal(refused.length, 1);
  assertQuarantined(refused[0]);
  const { rows } = await readHistory(server, room);
  assert.deepEqual(
    rows.map(({ offset }) => offset),
    range(1, 21),
  );
  await discard((await list()).data.find((row) => row.room === room).id);
});

test("a batch is set aside as a whole and applied as a whole", async () => {
  const room = "wal:batch";
  await server.armFault("entity", always, "deadly");
  const id = assertQuarantined(
    await publish(room, [{ key: "a", op: "set", data: 1 }, { data: "note" }, { key: "deadly", op: "set", data: 1 }]),
  );
  assert.equal((await readHistory(server, room)).offset, 0);
  assert.equal((await show(id)).body.operations.length, 3);
  await server.armFault("entity", 0, "deadly");
  assert.deepEqual(
    (await replay(id)).body.changes.map(({ offset }) => offset),
    [1, 2, 3],
  );
});

test("a client of the protocol is told too, and does not try again by itself", async () => {
  await server.armFault("entity", always, "deadly");
  const client = await ProtocolClient.connect(server);
  const reply = await client.reply("publish", { channel: "wal:client", type: 1, key: "deadly", data: { n: 1 } });
  client.terminate();
  assert.equal(reply.error.code, 100);
  assert.equal(reply.error.temporary, undefined);
  const id = idIn(reply.error.message);
  assert.ok(id, reply.error.message);
  assert.equal((await discard(id)).status, 204);
  assert.equal((await discard(id)).status, 404);
  await server.armFault("entity", 0, "deadly");
});

test("a replay whose condition does not hold any more leaves the record", async () => {
  const room = "wal:condition";
  await server.armFault("entity", 2, "deadly");
  const id = assertQuarantined(await publish(room, { key: "deadly", op: "set", data: 1, if_version: 0 }));
  await server.publish(room, { key: "deadly", op: "set", data: 2 });
  const refused = await replay(id);
  assert.equal(refused.status, 412);
  assert.equal((await show(id)).status, 200);
  await discard(id);
});

test("kill -9: what was told to be set aside is there, and is applied once", async () => {
  const rooms = ["wal:killed", "fsync:killed"];
  const ids = [];
  for (const room of rooms) {
    await server.armFault("entity", 2, "deadly");
    ids.push(assertQuarantined(await publish(room, { key: "deadly", op: "increment", data: { n: 1 } })));
  }
  const before = await Promise.all(ids.map(async (id) => (await show(id)).body));
  const { records, bytes } = await list();
  await server.kill();
  await server.restart();
  assert.deepEqual(await Promise.all(ids.map(async (id) => (await show(id)).body)), before);
  const listed = await list();
  assert.deepEqual([listed.records, listed.bytes], [records, bytes]);

  // Killed between a replay and its answer, again and again: applied once in the end.
  for (const [index, room] of rooms.entries()) {
    const asked = replay(ids[index]).catch(() => undefined);
    await new Promise((resolve) => setImmediate(resolve));
    await server.kill();
    await asked;
    await server.restart();
    const again = await replay(ids[index]);
    assert.ok(again.status === 200 || again.status === 404, JSON.stringify(again.body));
    assert.deepEqual(
      (await readEntities(server, room)).rows.map(({ data }) => data),
      [{ n: 1 }],
    );
    assert.equal((await readHistory(server, room)).offset, 1);
  }
});

test("a full quarantine refuses what is new, keeps what is old and counts", async () => {
  const small = await Server.start({ config: `${config}[limits]\nquarantine_records_max = 2\n` });
  try {
    await small.armFault("entity", always, "deadly");
    const answers = [];
    for (const n of range(1, 3)) answers.push(await call(small, "POST", eventsPath("wal:full"), { body: { key: "deadly", data: { n } } }));
    assert.deepEqual(
      answers.map(({ body }) => body.type),
      ["/problems/quarantined", "/problems/quarantined", "/problems/internal"],
    );
    assert.match(answers[2].body.detail, /could not be set aside/);
    assert.ok((await hitsOf(small, "quarantine_records_max")) > 0);
    const { body } = await (async () => {
      const response = await fetch(`${small.adminUrl}/api/v1/quarantine`);
      return { body: await response.json() };
    })();
    assert.deepEqual(
      [body.data.map(({ id }) => id), body.records, body.quarantined, body.refused],
      [answers.slice(0, 2).map(({ body: { detail } }) => idIn(detail)), 2, 2, 1],
    );
    const crossed = await (await fetch(`${small.adminUrl}/api/v1/limits`)).json();
    assert.equal(crossed.quarantine_records_max, 1);
  } finally {
    await small.dispose();
  }
});

test("the list comes in pages, in the order of time", async () => {
  const { data } = await list();
  for (const { id } of data) await discard(id);
  const ids = [];
  for (const room of ["wal:page", "memory:page", "fsync:page", "wal:page", "memory:page"]) {
    await server.armFault("entity", 2, "deadly");
    ids.push(assertQuarantined(await publish(room, { key: "deadly", data: {} })));
  }
  const seen = [];
  let cursor = null;
  do {
    const { body } = await admin("GET", `/api/v1/quarantine?limit=2${cursor ? `&cursor=${cursor}` : ""}`);
    seen.push(...body.data.map(({ id }) => id));
    cursor = body.next_cursor;
    assert.equal(body.has_more, cursor !== null);
  } while (cursor);
  assert.deepEqual(seen, ids);
  assert.equal((await admin("GET", "/api/v1/quarantine?colour=1")).status, 400);
  assert.equal((await admin("PUT", "/api/v1/quarantine")).status, 405);
});
