// A disk that is full, and one that fails: writes are refused with a clear error and never acknowledged, reads and live streams go on, writes go
// on by themselves when the disk does, and nothing that was acknowledged is lost. DISK_FAULTS=n for the long form. Where a small file
// system may be mounted (root), DISK_FAULTS also fills a real one.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { Server } from "../support/server.mjs";
import { call, eventsPath, readEntities, readHistory } from "./support/http.mjs";
import { Injector, errno } from "./support/injector.mjs";
import { Ledger } from "./support/ledger.mjs";
import { makePublishers } from "./support/ledger_publishers.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";
import { publishUntilAcknowledged } from "./support/publisher.mjs";
import { Random } from "./support/random.mjs";
import { StreamWatcher, connect, range } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const faults = Number(process.env.DISK_FAULTS ?? 8);
// Publishers and subscribers share this process, and on a busy machine the npm client inflates what it is sent so slowly that it answers
// pings late: no reason to end a connection here, neither for the server nor for the client.
const patienceS = 3_600;
const config = `[limits]\npong_timeout_s = ${patienceS}\n`
  .concat(
    ...["fsync", "wal"].map(
      (durability) => `[[namespace]]\nname = "${durability}"\ndurability = "${durability}"\nhistory_size = 10_000_000\n`,
    ),
  )
  .concat('[[namespace]]\nname = "memory"\ndurability = "memory"\n');
const insufficientState = 2500; // of the client protocol: subscribe again, and recover
const random = Random.forTest("disk_faults");

const publishTo = (server, room, item) => call(server, "POST", eventsPath(room), { body: item });

// The disk takes nothing: every kind of request says so, and what needs no disk goes on.
async function assertRefusing(server, ledger, watcher) {
  const probe = () => {
    const id = `probe/${ledger.attemptedBlindly.size}`;
    ledger.attemptedBlindly.add(id);
    return { data: { id } };
  };
  const refused = await until("a refusal", async () => {
    const answer = await publishTo(server, ledger.room, probe());
    return answer.status !== 200 && answer;
  });
  assertClear(refused);
  const client = await ProtocolClient.connect(server);
  const error = await client.error("publish", { channel: ledger.room, ...probe() });
  assert.deepEqual([error.code, error.temporary], [100, true]);
  client.terminate();
  await assertGoesOn(server, ledger, watcher);
}

function assertClear(refused) {
  assert.equal(refused.status, 503, JSON.stringify(refused.body));
  assert.match(refused.headers.get("content-type"), /^application\/problem\+json/);
  // The latter of a room that could not open in request_timeout_s.
  assert.match(refused.body.type, /^\/problems\/(storage-refused|timeout)$/);
  assert.ok(refused.headers.get("retry-after"));
}

// It stayed; or where it may come again, that was by the room's wish, and it was given what it had missed.
function assertLive({ subscribed, interruptions }, comesAgain = false) {
  const told = JSON.stringify({ subscribed, interruptions });
  if (!comesAgain) return assert.equal(subscribed.length, 1, `live streams stay: ${told}`);
  assert.ok(
    interruptions.every(({ code, connection }) => code === insufficientState && !connection),
    told,
  );
  assert.ok(
    subscribed.slice(1).every(({ recovered }) => recovered),
    told,
  );
}

// Reads, and what is only in memory.
async function assertGoesOn(server, ledger, watcher) {
  const client = await ProtocolClient.connect(server);
  const { rows, offset } = await readHistory(server, ledger.room);
  assert.ok(rows.length >= offset); // more where what the database let go of has made room again
  await readEntities(server, ledger.room);
  const live = await client.result("subscribe", { channel: "memory:live" });
  const { offset: next } = await server.publish("memory:live", { data: "goes on" });
  assert.equal(next, (live.offset ?? 0) + 1);
  await client.publications("memory:live", 1);
  // A room that has to open again cannot take new subscribers until then: they are told to come again, and the SDK does.
  const late = await client.reply("subscribe", { channel: ledger.room });
  assert.ok(late.subscribe || (late.error.code === 100 && late.error.temporary), JSON.stringify(late));
  client.terminate();
  assertLive(watcher, ledger.comesAgain);
}

// Publishers that go on through all of it, and one subscriber who shall notice nothing but a pause.
class Stage {
  static async open(server, name) {
    const stage = new Stage();
    stage.server = server;
    stage.ledgers = ["fsync", "wal"].map((durability) => new Ledger(`${durability}:${name}`));
    for (const { room } of stage.ledgers) await publishTo(server, room, { data: {} });
    stage.client = connect(server, { maxServerPingDelay: patienceS * 1_000 });
    stage.watchers = stage.ledgers.map(({ room }) => new StreamWatcher(stage.client, room));
    await until("the subscriptions", () => stage.watchers.every(({ subscribed }) => subscribed.length === 1));
    stage.stopped = false;
    stage.publishers = stage.ledgers.flatMap((ledger) => makePublishers(ledger, random));
    stage.running = Promise.all(stage.publishers.map((publisher) => publisher.run(server, () => stage.stopped)));
    stage.running.catch(() => (stage.stopped = true)); // told where it is awaited
    return stage;
  }

  acknowledged() {
    return this.ledgers.reduce((sum, { entries }) => sum + entries.length, 0);
  }

  async more(changes) {
    const enough = this.acknowledged() + changes;
    await until("more acknowledged changes", () => this.stopped || this.acknowledged() >= enough);
  }

  // Everything acknowledged is there, also after kill -9; the subscribers heard all of it, once.
  async finish(context) {
    this.stopped = true;
    await this.running;
    const tops = [];
    for (const ledger of this.ledgers) tops.push(await ledger.verify(this.server));
    for (const [index, watcher] of this.watchers.entries()) {
      await until(
        () => `subscribers at ${tops[index]}, ${watcher.offset}`,
        () => watcher.offset >= tops[index],
      );
      assert.deepEqual(
        watcher.publications.map(({ offset }) => offset),
        range(2, tops[index]),
      );
      assertLive(watcher, this.comesAgain);
    }
    await this.server.kill();
    await this.server.restart();
    for (const [index, ledger] of this.ledgers.entries()) assert.equal(await ledger.verify(this.server), tops[index]);
    for (const { replays, ledger } of this.publishers) {
      for (const { body, headers, answer } of replays.slice(0, 10)) {
        assert.deepEqual((await publishUntilAcknowledged(this.server, ledger.room, body, headers)).answer, answer);
      }
    }
    context.diagnostic(`${this.acknowledged()} acknowledged changes, offsets up to ${tops}`);
    this.client.disconnect();
  }
}

const broken = {
  "no space at the nth call": (injector) => injector.breakDisk(errno.ENOSPC, random.below(20)),
  "a write that fails": (injector) => injector.set({ callsBeforeFault: random.below(20), writeError: errno.EIO }),
  "a sync that fails": (injector) => injector.set({ callsBeforeFault: random.below(20), syncError: errno.EIO }),
  "room for a few bytes more: a record is torn": (injector) => injector.fillDisk(random.below(20_000)),
};

test(`a disk that is full or fails, ${faults} times`, async (context) => {
  const holder = {};
  const server = await Server.start({ config, environment: Injector.into(holder) });
  const { injector } = holder;
  const { pid } = server;
  try {
    const stage = await Stage.open(server, "ledger");
    const kinds = Object.keys(broken);
    for (let fault = 0; fault < faults && !stage.stopped; fault += 1) {
      await stage.more(random.below(200));
      broken[kinds[fault % kinds.length]](injector);
      await until("a fault", () => injector.get("faults") > 0);
      await assertRefusing(server, stage.ledgers[0], stage.watchers[0]);
      injector.mendDisk();
      injector.set({ faults: 0 });
      await stage.more(100);
    }
    assert.equal(server.pid, pid, "the server was not started again");
    await stage.finish(context);
  } finally {
    await server.dispose();
  }
});

// As an operator meets it: files may not grow past a limit. The signal that comes with it must not end the server.
test("files at their size limit are a full disk, and no end of the server", async (context) => {
  const server = await Server.start({ config, shell: "ulimit -S -f 1000" }); // KiB
  const { pid } = server;
  const limit = (value) => execFileSync("prlimit", ["--pid", String(pid), `--fsize=${value}:unlimited`]);
  try {
    const stage = await Stage.open(server, "ledger");
    const big = "x".repeat(200_000);
    await until("the limit is met", async () => (await publishTo(server, "wal:big", { data: big })).status === 503);
    limit(0); // a new file would have room again
    await assertRefusing(server, stage.ledgers[1], stage.watchers[1]);
    limit("unlimited");
    await stage.more(100);
    assert.equal(server.pid, pid);
    await stage.finish(context);
  } finally {
    await server.dispose();
  }
});

// A real file system of a few megabytes, filled by somebody else and freed again.
const mounting = process.env.DISK_FAULTS === undefined ? "only in the long form" : !canMount() && "mounting is not permitted here";
test("a real file system runs full", { skip: mounting }, async (context) => {
  let folder;
  const environment = async ({ dataFolder }) => {
    await mkdir(dataFolder);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64m", "tmpfs", dataFolder]);
    folder = dataFolder;
    return {};
  };
  const server = await Server.start({ config, environment });
  try {
    const stage = await Stage.open(server, "ledger");
    stage.comesAgain = true; // the room may have them come again, when it opens again
    for (const ledger of stage.ledgers) ledger.comesAgain = true;
    for (let time = 0; time < faults; time += 1) {
      await stage.more(random.below(200));
      const filler = path.join(folder, "filler");
      await writeFile(filler, Buffer.alloc(64 << 20)).catch(({ code }) => assert.equal(code, "ENOSPC"));
      // What the log has reserved is still written to; and when it is refused, opening the database again may make a little room.
      const big = { data: "x".repeat(100_000) };
      const refused = await until("a refusal", async () => {
        const answer = await publishTo(server, "wal:big", big);
        return answer.status !== 200 && answer;
      });
      assertClear(refused);
      await assertGoesOn(server, stage.ledgers[1], stage.watchers[1]);
      await rm(filler);
      await stage.more(100);
    }
    await stage.finish(context);
  } finally {
    await server.kill();
    execFileSync("umount", [folder]);
    await server.dispose();
  }
});

function canMount() {
  const folder = path.join(tmpdir(), `tidewire-mount-${process.pid}`);
  try {
    execFileSync("bash", ["-c", 'mkdir "$0" && mount -t tmpfs -o size=1m tmpfs "$0" && umount "$0"', folder], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  } finally {
    execFileSync("rmdir", [folder]);
  }
}
