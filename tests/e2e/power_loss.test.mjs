// The power fails: the process is gone, and so is whatever was not synced, in part or as a whole; files and names that no sync of the directory
// covers may be the old ones. Every change that an fsync room acknowledged is there afterwards; wal rooms are whole up to some
// offset, with another epoch. POWER_LOSSES=n for the long form.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Server } from "../support/server.mjs";
import { readEntities, readHistory } from "./support/http.mjs";
import { Injector } from "./support/injector.mjs";
import { Ledger } from "./support/ledger.mjs";
import { makePublishers } from "./support/ledger_publishers.mjs";
import { publishOnce, publishUntilAcknowledged } from "./support/publisher.mjs";
import { Random } from "./support/random.mjs";
import { range } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const losses = Number(process.env.POWER_LOSSES ?? 12);
const changesBetweenLossesMax = 150;
const config = ["fsync", "wal"]
  .map((durability) => `[[namespace]]\nname = "${durability}"\ndurability = "${durability}"\nhistory_size = 10_000_000\n`)
  .join("")
  .concat('[[namespace]]\nname = "trimmed"\nhistory_size = 40\n');

const random = Random.forTest("power_loss");
const ledgers = [new Ledger("fsync:ledger"), new Ledger("trimmed:ledger", { trimmed: true })];
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

// Changes of one wal room from now until the power fails; what was acknowledged, in order of offsets.
function publishToWal(room) {
  const acknowledged = [];
  let ended = false;
  const running = (async () => {
    for (let n = 1; !ended; n += 1) {
      const answer = await publishOnce(server, room, { key: `k${n % 7}`, op: "set", data: { n } });
      if (answer?.status !== 200) return;
      acknowledged.push({ n, ...answer.body });
    }
  })();
  return { acknowledged, end: () => ((ended = true), running) };
}

// What is left of it is the front of what was acknowledged, told in another epoch.
async function verifyWal(room, acknowledged) {
  const { rows, offset: top, epoch } = await readHistory(server, room);
  assert.deepEqual(
    rows.map(({ offset }) => offset),
    range(1, top),
  );
  for (const { offset, n } of acknowledged.filter(({ offset }) => offset <= top)) assert.equal(rows[offset - 1].data.n, n);
  for (const told of acknowledged) assert.notEqual(epoch, told.epoch, "offsets may be used again, so the epoch is another");
  const built = new Map(rows.map(({ key, data, offset }) => [key, { data, version: offset }]));
  const { rows: entities } = await readEntities(server, room);
  assert.deepEqual(new Map(entities.map(({ key, data, version }) => [key, { data, version }])), built);
  return Math.max(0, acknowledged.length - top);
}

// Publishers of all ledgers, until end() is awaited.
function publishToLedgers(prefix) {
  let ended = false;
  const publishers = ledgers.flatMap((ledger) => makePublishers(ledger, random, prefix));
  const running = Promise.all(publishers.map((publisher) => publisher.run(server, () => stopped || ended)));
  running.catch(() => (stopped = true)); // told where it is awaited
  return { publishers, end: () => ((ended = true), running) };
}

test(`every change that was synced survives ${losses} losses of power`, async (context) => {
  const { injector } = holder;
  const acknowledged = () => ledgers.reduce((sum, { entries }) => sum + entries.length, 0);
  const lost = { names: 0, bytes: 0, changes: 0 };
  let publishers = [];

  for (let loss = 0; loss < losses && !stopped; loss += 1) {
    const publishing = publishToLedgers(`${loss}/`);
    publishers = publishing.publishers;
    const enough = acknowledged() + random.below(changesBetweenLossesMax);
    await until("more acknowledged changes", () => stopped || acknowledged() >= enough);
    // Every sync takes all changes before it along, so every other time there are none towards the end.
    if (loss % 2 === 0) await publishing.end();
    const room = `wal:round${loss}`;
    const wal = publishToWal(room);
    const some = random.below(30);
    await until("changes of the wal room", () => stopped || wal.acknowledged.length >= some);
    if (random.below(2) === 0) {
      const death = server.death();
      injector.dieAfter(random.below(40));
      await death;
    } else {
      await delay(random.below(20));
      await server.kill();
    }
    await wal.end();
    await failPower(lost);
    // Also while it starts again: nothing of what it had just made of the files may be needed and not be synced.
    while (random.below(3) === 0) {
      injector.dieAfter(random.below(80));
      const started = await server.restart().then(
        () => true,
        (error) => assert.match(error.message, /SIGKILL/),
      );
      if (started) await server.kill();
      await failPower(lost);
    }
    await server.restart();
    await publishing.end();
    lost.changes += await verifyWal(room, wal.acknowledged);
  }

  const tops = [];
  for (const ledger of ledgers) tops.push(await ledger.verify(server));
  context.diagnostic(`${acknowledged()} acknowledged changes, offsets up to ${tops}`);
  context.diagnostic(`lost: ${lost.bytes} bytes and ${lost.names} changes of names that were not synced; ${lost.changes} changes of wal rooms`);
  assert.ok(lost.bytes > 0 && lost.names > 0 && lost.changes > 0, "nothing was lost: the test has tested nothing");
  for (const { replays, ledger } of publishers) {
    for (const { body, headers, answer } of replays) {
      assert.deepEqual((await publishUntilAcknowledged(server, ledger.room, body, headers)).answer, answer);
    }
  }
});

async function failPower(lost) {
  const { injector } = holder;
  injector.dieAfter(-1);
  const { names, bytes } = await injector.losePower(random);
  lost.names += names;
  lost.bytes += bytes;
  await injector.rememberFiles();
}
