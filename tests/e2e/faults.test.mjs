// Each kind of actor is made to throw in turn. The requester gets a clear error, the victim is back from committed state, nothing that was
// acknowledged is lost, and everybody else goes on.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { actorsOf } from "./support/engine_view.mjs";
import { call, entityPath, eventsPath, readEntities, readHistory, roomPath } from "./support/http.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";
import { publishUntilAcknowledged } from "./support/publisher.mjs";
import { Random } from "./support/random.mjs";
import { MapWatcher, StreamWatcher, connect, range } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const victim = "victim:1";
const calm = "calm:1";
const attemptsMax = 10; // other mail of the engine may take the fault instead of the request

const random = Random.forTest("faults");
let server;
let clients = [];
let watchers; // room → {map, stream}, from before the first fault to the end
let pid;
let sent = 0;

before(async () => {
  server = await Server.start({ config: "[test]\nfaults = true\n" });
  pid = server.pid;
  for (const room of [victim, calm]) await server.publish(room, range(1, 20).map((n) => ({ key: `k${n}`, op: "set", data: { n } })));
  clients = range(1, 4).map(() => connect(server));
  watchers = {
    [victim]: { map: new MapWatcher(clients[0], victim), stream: new StreamWatcher(clients[1], victim) },
    [calm]: { map: new MapWatcher(clients[2], calm), stream: new StreamWatcher(clients[3], calm) },
  };
  await until("all subscriptions", () => [victim, calm].every((room) => timesSubscribed(room).every((times) => times === 1)));
});

after(async () => {
  for (const client of clients) client.disconnect();
  await server?.dispose();
});

const timesSubscribed = (room) => Object.values(watchers[room]).map(({ subscribed }) => subscribed.length);
const nextChange = () => ({ key: `k${1 + (sent % 20)}`, op: "increment", data: { n: 1 }, idempotency_key: `change/${++sent}` });

// A request that the fault shall hit. Answers the refusal, or null if all went well.
const asHttp = (method, path, body) => async () => {
  const answer = await call(server, method, path(), { body: body?.() });
  return answer.status === 200 ? null : { http: answer, retry: body && (() => answer) };
};

async function asCommand() {
  const client = await ProtocolClient.connect(server);
  await server.armFault("session");
  const reply = await client.reply("publish", { channel: victim, data: { by: "session" } });
  const refusal = reply.closed ?? reply.error ?? null;
  client.terminate();
  return refusal && { protocol: refusal };
}

let change;
const publishing = asHttp("POST", () => eventsPath(victim), () => (change = nextChange()));
const provocations = {
  journal: publishing,
  directory: publishing,
  room: publishing,
  entity: publishing,
  gateway: publishing,
  reader: asHttp("GET", () => entityPath(victim, "k1")),
  broadcaster: asHttp("GET", () => `${roomPath(victim)}/presence`),
  session: asCommand,
};

// Makes that kind throw until a request was hit.
async function provoke(kind) {
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    const { crashed } = await actorsOf(server, kind);
    if (kind !== "session") await server.armFault(kind);
    const refusal = await provocations[kind]();
    await until(`a crash of ${kind}`, async () => (await actorsOf(server, kind)).crashed > crashed);
    if (refusal) return refusal;
  }
  throw new Error(`no request was hit by the fault in ${kind}`);
}

function assertClear({ http, protocol }) {
  if (http) {
    assert.ok(http.status >= 500, `${http.status} ${JSON.stringify(http.body)}`);
    assert.match(http.headers.get("content-type"), /^application\/problem\+json/);
    assert.match(http.body.type, /^\/problems\//);
    assert.ok(http.headers.get("retry-after"));
  } else if (protocol.temporary === undefined) {
    assert.ok(protocol.code >= 3000 && protocol.code < 3500, `closed with ${protocol.code}: the client would not come back`);
  }
}

// The subscribers of that room know exactly what the server knows.
async function assertExact(room) {
  const { map, stream } = watchers[room];
  const { rows, offset: top } = await readEntities(server, room);
  await until(() => `${room}: subscribers at ${top}, they are at ${map.offset} and ${stream.offset}`, () => map.offset >= top && stream.offset >= top);
  assert.deepEqual(map.state, new Map(rows.map(({ key, data }) => [key, data])));
  assert.deepEqual(map.offsets, range(map.syncs[0].offset + 1, top));
  assert.deepEqual(stream.publications.map(({ offset }) => offset), range(stream.subscribed[0].offset + 1, top));
  assert.equal(map.syncs.length, 1);
}

for (const kind of Object.keys(provocations)) {
  test(`${kind}: the requester hears of it, everybody else goes on, the ${kind} is back`, async () => {
    const before = timesSubscribed(calm);
    assertClear(await provoke(kind));

    // The same request again, until it is done: applied once.
    if (change) await publishUntilAcknowledged(server, victim, change);
    change = undefined;
    await publishUntilAcknowledged(server, victim, nextChange());
    await publishUntilAcknowledged(server, calm, nextChange());
    await assertExact(victim);
    await assertExact(calm);
    if (["room", "entity", "session"].includes(kind)) {
      assert.deepEqual(timesSubscribed(calm), before, "the other room's subscribers noticed nothing");
    }
    assert.equal(server.pid, pid);
  });
}

test("faults of every kind while publishers run: each increment counts once, subscribers end with the exact state", async () => {
  const room = victim;
  const publishers = 4;
  let stopped = false;
  let total = 0;
  const running = range(1, publishers).map(async (publisher) => {
    for (let sequence = 1; !stopped; sequence += 1) {
      await publishUntilAcknowledged(server, room, { key: "sum", op: "increment", data: { n: 1 }, idempotency_key: `storm/${publisher}/${sequence}` });
      total += 1;
    }
  });
  const kinds = Object.keys(provocations).filter((kind) => kind !== "session");
  const order = kinds.map((kind) => [random.next(), kind]).sort(([left], [right]) => left - right).map(([, kind]) => kind);
  for (const kind of order) {
    const enough = total + 20 + random.below(50);
    await until("more changes", () => total >= enough);
    const { crashed } = await actorsOf(server, kind);
    await server.armFault(kind);
    if (kind === "reader") await call(server, "GET", entityPath(room, "sum"));
    await until(`a crash of ${kind}`, async () => (await actorsOf(server, kind)).crashed > crashed);
  }
  const enough = total + 20;
  await until("changes after the last fault", () => total >= enough);
  stopped = true;
  await Promise.all(running);
  assert.equal((await call(server, "GET", entityPath(room, "sum"))).body.data.n, total);
  await assertExact(victim);
  await assertExact(calm);
});

test("everything that was acknowledged is still there after kill -9", async () => {
  const before = [await readHistory(server, victim), await readEntities(server, victim)];
  await server.kill();
  await server.restart();
  assert.deepEqual([await readHistory(server, victim), await readEntities(server, victim)], before);
});

test("the switch does nothing where the configuration does not allow it", async () => {
  const plain = await Server.start();
  try {
    await assert.rejects(plain.armFault("room"), /404/);
    assert.equal((await plain.publish("a:1", { data: 1 })).offset, 1);
  } finally {
    await plain.dispose();
  }
});
