// Kills at chosen moments: while the server starts, at the nth call to the disk, while it drains, while rooms leave memory and are trimmed.
// Everything acknowledged is there afterwards, as each durability promises. LEDGER_KILLS=n for the long form.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Server } from "../support/server.mjs";
import { call, entityPath, readEntities, readHistory } from "./support/http.mjs";
import { Injector } from "./support/injector.mjs";
import { Ledger } from "./support/ledger.mjs";
import { makePublishers } from "./support/ledger_publishers.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";
import { publishUntilAcknowledged } from "./support/publisher.mjs";
import { Random } from "./support/random.mjs";
import { range } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const kills = Number(process.env.LEDGER_KILLS ?? 30);
const changesBetweenKillsMax = 100;
const config = `
[limits]
entity_idle_s = 1
room_idle_s = 1
[[namespace]]
name = "fsync"
durability = "fsync"
history_size = 10_000_000
[[namespace]]
name = "wal"
durability = "wal"
history_size = 10_000_000
[[namespace]]
name = "trimmed"
history_size = 40
[[namespace]]
name = "memory"
durability = "memory"
`;

const random = Random.forTest("kill_moments");
const ledgers = [new Ledger("fsync:ledger"), new Ledger("wal:ledger"), new Ledger("trimmed:ledger", { trimmed: true })];
const quiet = range(1, 5).flatMap((n) => [`fsync:quiet${n}`, `wal:quiet${n}`]);
const counted = new Map(quiet.map((room) => [room, 0])); // increments of each that were acknowledged
const holder = {};
let server;
let stopped = false; // the publishers

before(async () => {
  server = await Server.start({ config, environment: Injector.into(holder) });
});

after(async () => {
  stopped = true;
  await server?.dispose();
});

const dieAt = async (calls) => {
  const death = server.death();
  holder.injector.dieAfter(calls);
  await death;
};

// Each leaves the server dead.
const moments = {
  "at a random moment": async () => {
    await delay(random.below(20));
    await server.kill();
  },
  // before a write, between it and its sync, while the journal is at work
  "at the nth call to the disk": async () => dieAt(random.below(60)),
  // replaying the log, making tables of it, writing lists of tables
  "while it starts": async () => {
    await server.kill();
    for (let attempt = 0; attempt < 3; attempt += 1) {
      holder.injector.dieAfter(random.below(120));
      const started = await server.restart().then(
        () => true,
        (error) => assert.match(error.message, /SIGKILL/),
      );
      if (started) return server.kill();
    }
  },
  "while it drains": async () => {
    await server.stopOrKill(random.below(30));
  },
  "while rooms leave memory": async () => {
    for (const room of quiet) {
      const item = { key: "n", op: "increment", data: { n: 1 }, idempotency_key: `${room}/${counted.get(room)}` };
      await publishUntilAcknowledged(server, room, item);
      counted.set(room, counted.get(room) + 1);
    }
    await delay(random.between(900, 1_200)); // about the idle time: this is the moment under test
    await server.kill();
  },
};

test(`every acknowledged change survives ${kills} kills at chosen moments, in order, once`, async (context) => {
  const publishers = ledgers.flatMap((ledger) => makePublishers(ledger, random));
  const running = Promise.all(publishers.map((publisher) => publisher.run(server, () => stopped)));
  running.catch(() => (stopped = true)); // told where it is awaited

  const acknowledged = () => ledgers.reduce((sum, { entries }) => sum + entries.length, 0);
  const names = Object.keys(moments);
  for (let kill = 0; kill < kills && !stopped; kill += 1) {
    const enough = acknowledged() + random.below(changesBetweenKillsMax);
    await until("more acknowledged changes", () => stopped || acknowledged() >= enough);
    await moments[names[kill % names.length]]();
    holder.injector.dieAfter(-1);
    await server.restart();
  }
  const some = acknowledged() + 1;
  await until("changes after the last kill", () => stopped || acknowledged() >= some);
  stopped = true;
  await running;

  const tops = [];
  for (const ledger of ledgers) tops.push(await ledger.verify(server));
  context.diagnostic(`${acknowledged()} acknowledged changes, offsets up to ${tops}`);
  for (const [room, n] of counted) assert.equal((await readEntities(server, room)).rows[0]?.data.n ?? 0, n, room);
  assert.ok((await readHistory(server, "trimmed:ledger")).rows[0].offset > 1, "nothing was trimmed");

  // What was done already is answered as it was then, and not done again.
  for (const { replays, ledger } of publishers) {
    for (const { body, headers, answer } of replays) {
      assert.deepEqual((await publishUntilAcknowledged(server, ledger.room, body, headers)).answer, answer);
    }
  }
  for (const [index, ledger] of ledgers.entries()) assert.equal(await ledger.verify(server), tops[index]);
});

test("a room in memory begins anew with another epoch, and who comes back is told so", async () => {
  const room = "memory:gone";
  const before = await server.publish(room, { key: "a", op: "set", data: 1 });
  const client = await ProtocolClient.connect(server);
  assert.equal((await client.result("subscribe", { channel: room })).epoch, before.epoch);
  await server.kill();
  await client.end();
  await server.restart();

  assert.deepEqual((await readHistory(server, room)).rows, []);
  assert.equal((await call(server, "GET", entityPath(room, "a"))).status, 404);
  const back = await ProtocolClient.connect(server);
  const asked = { channel: room, recover: true, epoch: before.epoch, offset: before.offset };
  const early = await back.result("subscribe", asked);
  assert.equal(early.recovered ?? false, false, "nothing is left to recover from");
  assert.equal(early.was_recovering, true);
  await back.close();

  const after = await server.publish(room, { key: "a", op: "set", data: 2 });
  assert.equal(after.offset, 1);
  assert.notEqual(after.epoch, before.epoch);
  const late = await ProtocolClient.connect(server);
  const reply = await late.result("subscribe", asked); // the same offset is another change now
  assert.equal(reply.recovered ?? false, false);
  assert.equal(reply.epoch, after.epoch);
  await late.close();
  const map = await ProtocolClient.connect(server);
  assert.equal((await map.error("subscribe", { ...asked, type: 1, phase: 1, limit: 100 })).code, 112, "so is who watches its map");
  await map.close();
});
