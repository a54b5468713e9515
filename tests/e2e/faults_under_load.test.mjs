// Actors of every kind throw while publishers run: each increment counts once, and subscribers end with the exact state.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { FaultStage, calm, kinds, victim } from "./support/fault_stage.mjs";
import { call, entityPath } from "./support/http.mjs";
import { publishUntilAcknowledged } from "./support/publisher.mjs";
import { Random } from "./support/random.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";
import { range } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const publishers = 4;
const changesBetweenFaultsMax = 80;

const random = Random.forTest("faults_under_load");
let stage;
let stopped = false; // the publishers

before(async () => {
  stage = await FaultStage.open();
});

after(async () => {
  stopped = true;
  await stage?.close();
});

// Mail for the kinds that publishing alone does not reach.
const poke = {
  reader: () => call(stage.server, "GET", entityPath(victim, "k1")),
  session: async () => {
    const client = await ProtocolClient.open(stage.server);
    const { closed } = await client.reply("connect", {});
    assert.ok(closed === undefined || closed.code === 3004, JSON.stringify(closed));
    client.terminate();
  },
};

test("faults of every kind in the middle of publishing", async () => {
  const total = { [victim]: 0, [calm]: 0 };
  const running = range(1, publishers).map(async (publisher) => {
    const room = publisher % 2 ? victim : calm;
    for (let sequence = 1; !stopped; sequence += 1) {
      const item = { key: "sum", op: "increment", data: { n: 1 }, idempotency_key: `${publisher}/${sequence}` };
      await publishUntilAcknowledged(stage.server, room, item);
      total[room] += 1;
    }
  });
  Promise.all(running).catch(() => (stopped = true)); // told where it is awaited
  const order = kinds.map((kind) => [random.next(), kind]).sort(([left], [right]) => left - right);
  const enough = async (changes) => {
    const wanted = total[victim] + changes;
    await until("more changes", () => stopped || total[victim] >= wanted);
  };
  for (const [, kind] of order) {
    await enough(random.between(1, changesBetweenFaultsMax));
    await stage.crash(kind, poke[kind] ?? (() => {}));
  }
  await enough(changesBetweenFaultsMax);
  stopped = true;
  await Promise.all(running);

  for (const room of [victim, calm]) {
    const { body } = await call(stage.server, "GET", entityPath(room, "sum"));
    assert.equal(body.data.n, total[room]);
    await stage.assertExact(room);
  }
  assert.equal(stage.server.pid, stage.pid);
});
