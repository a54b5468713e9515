// Files damaged while the server was down: bytes flipped, zeroed or cut off at random places of any file of the data directory. The server refuses
// to start and says what to do, or it starts and has everything that was acknowledged; single reads may be refused, none is short. With
// --recover it has what is provably whole, in new epochs. DAMAGES=n for the long form.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { cp, open, readdir, rm, stat, truncate } from "node:fs/promises";
import path from "node:path";
import { Server } from "../support/server.mjs";
import { call, eventsPath, roomPath } from "./support/http.mjs";
import { Random } from "./support/random.mjs";
import { range } from "./support/subscriber.mjs";

const damages = Number(process.env.DAMAGES ?? 24);
const rooms = ["fsync:a", "fsync:b", "wal:a"];
const config = ["fsync", "wal"].map((durability) => `[[namespace]]\nname = "${durability}"\ndurability = "${durability}"\n`).join("");
const random = Random.forTest("damaged_files");
const told = new Map(rooms.map((room) => [room, []])); // acknowledged: {epoch, offset, key, n}
let server;
let whole; // a copy of the directory, of a server that was killed

before(async () => {
  server = await Server.start({ config });
  whole = `${server.dataFolder}.whole`;
  // Some of it in tables of several generations, some in the log.
  for (const generation of range(1, 4)) {
    for (const room of rooms) {
      for (const n of range(1, 15)) await publish(room, `k${n % 7}`, 100 * generation + n);
    }
    await server.kill();
    if (generation < 4) await server.restart();
  }
  await cp(server.dataFolder, whole, { recursive: true });
});

after(() => server?.dispose());

async function publish(room, key, n) {
  const { epoch, offset } = await server.publish(room, { key, op: "set", data: { n, text: randomText() } });
  told.get(room).push({ epoch, offset, key, n });
}

// What does not compress.
const randomText = () => Array.from({ length: random.below(100) }, () => random.next().toString(36)).join("");

// One damage to one file; says what it did.
async function damage() {
  const kind = random.pick([/\.log$/, /\.log$/, /\.log$/, /\.sst$/, /\.sst$/, /^MANIFEST/, /^CURRENT$|^acknowledged$/]);
  const names = (await readdir(server.dataFolder)).filter((name) => kind.test(name));
  const name = random.pick(names.sort());
  const file = path.join(server.dataFolder, name);
  const { size } = await stat(file);
  if (size === 0) return undefined;
  const at = random.below(size);
  const how = random.pick(["flip", "zeros", "cut"]);
  if (how === "cut") {
    await truncate(file, at);
  } else {
    const bytes = Buffer.alloc(how === "flip" ? 1 : Math.min(size - at, random.between(1, 5_000)));
    const handle = await open(file, "r+");
    await handle.read(bytes, 0, bytes.length, at);
    const before = Buffer.from(bytes);
    how === "flip" ? (bytes[0] ^= random.between(1, 255)) : bytes.fill(0);
    await handle.write(bytes, 0, bytes.length, at);
    await handle.close();
    if (before.equals(bytes)) return undefined;
  }
  return `${how} ${name} at ${at} of ${size}`;
}

const start = (...args) =>
  server.restart(...args).then(
    () => undefined,
    (error) => error.message.split("\n").findLast((line) => / error /.test(line)) ?? error.message,
  );

// What a server says of a room: nothing if it says that it cannot.
async function read(target) {
  const answer = await call(server, "GET", target);
  if (answer.status >= 500) return undefined;
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body;
}

// Every change up to the top, as it was acknowledged. Answers how many reads were refused, and the tops.
async function verify(what, recovered) {
  let refused = 0;
  for (const room of rooms) {
    const acknowledged = told.get(room);
    const history = await read(`${roomPath(room)}/history?limit=1000`);
    const entities = await read(`${roomPath(room)}/entities?limit=1000`);
    refused += !history + !entities;
    const top = history?.offset ?? entities?.offset;
    if (top === undefined) continue;
    if (!recovered) assert.equal(top, acknowledged.length, `${what}: ${room} is short in silence`);
    assert.ok(top <= acknowledged.length);
    const epoch = history?.epoch ?? entities?.epoch;
    if (top > 0) assert.equal(epoch === acknowledged[0].epoch, !recovered, `${what}: the epoch`);
    const kept = acknowledged.slice(0, top);
    if (history) {
      assert.deepEqual(
        history.data.map(({ offset, key, data }) => [offset, key, data.n]),
        kept.map(({ offset, key, n }) => [offset, key, n]),
        what,
      );
    }
    if (entities) {
      const state = new Map(kept.map(({ key, n }) => [key, n]));
      assert.deepEqual(new Map(entities.data.map(({ key, data }) => [key, data.n])), state, what);
    }
  }
  return refused;
}

test(`${damages} damages to files`, async (context) => {
  const seen = { whole: 0, refusedReads: 0, refused: 0, recovered: 0, unrecoverable: 0 };
  for (let round = 0; round < damages; round += 1) {
    await rm(server.dataFolder, { recursive: true });
    await cp(whole, server.dataFolder, { recursive: true });
    const what = await damage();
    if (!what) continue;
    const refusal = await start();
    if (refusal === undefined) {
      const refused = await verify(what, false);
      seen[refused ? "refusedReads" : "whole"] += 1;
      await server.kill();
      continue;
    }
    seen.refused += 1;
    assert.match(refusal, /is damaged: restore a backup/, what);
    assert.ok(refusal.includes(server.dataFolder), what);
    const again = await start("--recover");
    if (again === undefined) {
      // Damage of a table refuses the start only if compaction comes upon it before the first write.
      assert.match(refusal, /--recover, which gives up|a write failed.* mends damage of the log alone/, what);
      seen.recovered += 1;
      await verify(what, true);
      const answer = await call(server, "POST", eventsPath(rooms[0]), { body: { key: "after", op: "set", data: { n: 0 } } });
      assert.ok(answer.status === 200 || answer.status >= 500, JSON.stringify(answer.body));
      await server.kill();
    } else {
      assert.match(again, /is damaged: restore a backup/, what);
      seen.unrecoverable += 1;
    }
  }
  context.diagnostic(JSON.stringify(seen));
  assert.ok(seen.refused > 0 && seen.recovered > 0, "no damage was noticed");
});
