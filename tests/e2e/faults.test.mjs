// Each kind of actor is made to throw in turn. The requester gets a clear error, the victim is back from committed state, nothing that was
// acknowledged is lost, and everybody else goes on.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { FaultStage, calm, kinds, victim } from "./support/fault_stage.mjs";
import { call, entityPath, eventsPath, readEntities, readHistory, roomPath } from "./support/http.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";
import { publishUntilAcknowledged } from "./support/publisher.mjs";

const attemptsMax = 5; // other mail of the engine may take the fault instead of the request
const memory = "memory:1";

let stage;
let change; // the last one that a provocation sent over HTTP

before(async () => {
  stage = await FaultStage.open();
  await stage.server.publish(memory, { key: "k1", op: "set", data: {} });
});

after(async () => {
  await stage?.close();
});

// Provocations: requests for the fault to hit. Each answers the refusal, or nothing if all went well.

const get = (path) => async (kind) => {
  const answer = await stage.crash(kind, () => call(stage.server, "GET", path));
  return answer.status === 200 ? undefined : { http: answer };
};

const publishTo = (room) => async (kind) => {
  change = { room, item: stage.nextChange() };
  const answer = await stage.crash(kind, () => call(stage.server, "POST", eventsPath(room), { body: change.item }));
  return answer.status === 200 ? undefined : { http: answer };
};

const command = (method, request) => async (kind) => {
  const client = await ProtocolClient.connect(stage.server);
  const reply = await stage.crash(kind, () => client.reply(method, request));
  client.terminate();
  return reply.error || reply.closed ? reply : undefined;
};

const subscribeCommand = command("subscribe", { channel: victim, type: 1, phase: 2 });
const publishCommand = command("publish", { channel: victim, type: 1, key: "k1", data: { n: 0 } });

const provocations = [
  ["journal", "an HTTP publish", publishTo(victim)],
  ["journal", "an HTTP publish to a room in memory", publishTo(memory)],
  ["writer", "an HTTP publish", publishTo(victim)],
  ["directory", "an HTTP publish", publishTo(victim)],
  ["room", "an HTTP publish", publishTo(victim)],
  ["entity", "an HTTP publish", publishTo(victim)],
  ["gateway", "an HTTP publish", publishTo(victim)],
  ["reader", "a GET of an entity", get(entityPath(victim, "k1"))],
  ["broadcaster", "a GET of the presence", get(`${roomPath(victim)}/presence`)],
  ["journal", "a publish command", publishCommand],
  ["writer", "a publish command", publishCommand],
  ["entity", "a publish command", publishCommand],
  ["session", "a publish command", publishCommand],
  ["directory", "a subscribe command", subscribeCommand],
  ["room", "a subscribe command", subscribeCommand],
  ["reader", "a subscribe command", subscribeCommand],
  ["broadcaster", "a subscribe command", subscribeCommand],
];

async function provoke(kind, provocation) {
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    const refusal = await provocation(kind);
    if (refusal) return refusal;
  }
  throw new Error(`no request was hit by the fault in ${kind}`);
}

function assertClear({ http, error, closed }) {
  if (http) {
    assert.ok(http.status >= 500, `${http.status} ${JSON.stringify(http.body)}`);
    assert.match(http.headers.get("content-type"), /^application\/problem\+json/);
    assert.match(http.body.type, /^\/problems\//);
    assert.ok(http.status !== 503 || http.headers.get("retry-after"), JSON.stringify(http.body));
  }
  if (error) assert.ok(error.temporary || error.message.startsWith("quarantined"), JSON.stringify(error));
  if (closed) assert.ok(closed.code >= 3000 && closed.code < 3500, `closed with ${closed.code}: the client would not come back`);
}

for (const [kind, name, provocation] of provocations) {
  test(`${kind}, by ${name}: a clear error, everybody else goes on, the ${kind} is back`, async () => {
    const { server } = stage;
    const before = stage.timesSubscribed(calm);
    change = undefined;
    assertClear(await provoke(kind, provocation));

    // The same request again, until it is done: applied once.
    if (change) await publishUntilAcknowledged(server, change.room, change.item);
    for (const room of [victim, calm, memory]) await publishUntilAcknowledged(server, room, stage.nextChange());
    await stage.assertExact(victim);
    await stage.assertExact(calm);
    if (["room", "entity", "session"].includes(kind)) {
      assert.deepEqual(stage.timesSubscribed(calm), before, "the other room's subscribers noticed nothing");
    }
    assert.equal(server.pid, stage.pid);
  });
}

test("every kind was made to throw", () => {
  assert.deepEqual(new Set(provocations.map(([kind]) => kind)), new Set(kinds));
});

test("everything that was acknowledged is still there after kill -9", async () => {
  const { server } = stage;
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
