// The ledger: publishers record every acknowledged change while the server is killed with -9 at random moments. Afterwards everything
// acknowledged is there, in order, once. LEDGER_KILLS=n for the long form.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Server } from "../support/server.mjs";
import { Ledger } from "./support/ledger.mjs";
import { makePublishers } from "./support/ledger_publishers.mjs";
import { publishUntilAcknowledged } from "./support/publisher.mjs";
import { Random } from "./support/random.mjs";
import { until } from "./support/until.mjs";

const kills = Number(process.env.LEDGER_KILLS ?? 20);
const changesBetweenKillsMax = 150;
const momentMsMax = 20; // a kill comes so much after the last change that was waited for

const config = ["fsync", "wal"]
  .map((durability) => `[[namespace]]\nname = "${durability}"\ndurability = "${durability}"\nhistory_size = 10_000_000\n`)
  .join("");
const random = Random.forTest("ledger");
const ledgers = [new Ledger("fsync:ledger"), new Ledger("wal:ledger")];
let server;
let stopped = false; // the publishers

before(async () => {
  server = await Server.start({ config });
});

after(async () => {
  stopped = true;
  await server?.dispose();
});

test(`every acknowledged change survives ${kills} kills, in order, once`, async (context) => {
  const publishers = ledgers.flatMap((ledger) => makePublishers(ledger, random));
  const running = Promise.all(publishers.map((publisher) => publisher.run(server, () => stopped)));
  running.catch(() => (stopped = true)); // told where it is awaited

  const acknowledged = () => ledgers.reduce((sum, { entries }) => sum + entries.length, 0);
  for (let kill = 0; kill < kills && !stopped; kill += 1) {
    const enough = acknowledged() + random.below(changesBetweenKillsMax);
    await until("more acknowledged changes", () => stopped || acknowledged() >= enough);
    await delay(random.below(momentMsMax)); // the random moment
    await server.kill();
    await server.restart();
  }
  const some = acknowledged() + 1;
  await until("changes after the last kill", () => stopped || acknowledged() >= some);
  stopped = true;
  await running;

  const tops = [];
  for (const ledger of ledgers) tops.push(await ledger.verify(server));
  context.diagnostic(`${acknowledged()} acknowledged changes, offsets up to ${tops}`);

  // What was done already is answered as it was then, and not done again.
  for (const { replays, ledger } of publishers) {
    for (const { body, headers, answer } of replays) {
      assert.deepEqual((await publishUntilAcknowledged(server, ledger.room, body, headers)).answer, answer);
    }
  }
  for (const [index, ledger] of ledgers.entries()) assert.equal(await ledger.verify(server), tops[index]);
});
