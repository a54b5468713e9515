// Hours of clients that come and go, rooms that are made and forgotten, and faults in every kind of actor: memory and file descriptors stay flat, no
// actor is stuck. A few rounds; SOAK_MINUTES=60 for the long form, which prints a line for each round and a table at the end.
//
// A round has rooms, publishers and subscribers of its own. When it is judged and its clients are gone, and rooms and entities have left memory,
// its floor is taken: what the server holds while nobody wants anything. A backup comes first, for it has the database write down what it gathers in
// memory before it writes: as much as it may, on and off. The long form begins with a full cache of the database.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { Server } from "../support/server.mjs";
import { FireRound, config, kinds } from "./support/fire.mjs";
import { slopeOf } from "./support/slope.mjs";
import { call, readEntities } from "./support/http.mjs";
import { actorsIn, filesOf, memoryOf, threadsOf } from "./support/process_view.mjs";
import { Random } from "./support/random.mjs";
import { until } from "./support/until.mjs";

const minutes = Number(process.env.SOAK_MINUTES ?? 0);
const roundsLeast = 4;
const roundsToJudgeMemory = 16; // fewer tell nothing: caches and heaps are still filling
const bounded = `${config}[memory]\nbudget = "128MiB"\n`; // else the database caches all that was ever written, which looks like a leak
const cacheDocuments = 8_000; // of 20 kB: more than the budget
const memoryMayGrow = 0.05; // of the floor, over the second half of the rounds, by their slope
const random = Random.forTest("soak");

// What nobody wants any more is gone: a stuck actor would stay, or keep its connection.
async function floorOf(server, most) {
  let found;
  await until(
    () => `nothing but what there was at first: ${JSON.stringify(most)}; now ${JSON.stringify(found)}`,
    async () => {
      const { live } = await actorsIn(server);
      found = { rooms: live.room ?? 0, entities: live.entity ?? 0, sessions: (live.session ?? 0) + (live.room_stream ?? 0), files: filesOf(server).others };
      return !most || Object.entries(found).every(([name, value]) => value <= most[name]);
    },
    60_000,
  );
  return { ...found, memory: memoryOf(server), threads: threadsOf(server), data: filesOf(server).data };
}

// More than the database caches of what it reads: a cache that still fills looks like a leak.
async function fillCache(server) {
  for (let first = 0; first < cacheDocuments; first += 100) {
    const items = Array.from({ length: 100 }, (_, n) => ({ key: `k${first + n}`, op: "set", data: randomBytes(15_000).toString("base64") }));
    await server.publish("wal:cached", items);
  }
  await backUp(server);
  await readEntities(server, "wal:cached", 100);
}

async function backUp(server) {
  const ask = (method, body) => fetch(`${server.adminUrl}/api/v1/backups`, { method, body: body && JSON.stringify(body), headers: { "Content-Type": "application/json" } });
  const begun = await ask("POST", { directory: `${server.folder}/backup`, keep: 1 });
  assert.equal(begun.status, 202, await begun.text());
  const isOver = async () => {
    const now = await (await ask("GET")).json();
    return now.state !== "running" && now;
  };
  const report = await until("the backup", isOver, 300_000);
  assert.equal(report.state, "done", JSON.stringify(report));
}

const line = (cells) => cells.map((cell) => String(cell).padStart(11)).join("");
const heads = ["round", "seconds", "changes", "clients", "faults", "floor MiB", "files", "of data", "threads"];

test(minutes > 0 ? `a soak of ${minutes} minutes` : `a soak of ${roundsLeast} rounds`, async (context) => {
  const server = await Server.start({ config: bounded });
  const { pid } = server;
  try {
    await call(server, "GET", "/livez");
    const budget = FireRound.newBudget();
    const begun = performance.now();
    const seconds = () => (performance.now() - begun) / 1_000;
    const floors = [];
    const sums = { changes: 0, clients: 0, faults: 0 };
    if (minutes > 0) await fillCache(server);
    const first = await floorOf(server);
    console.log(line(heads));
    while (floors.length < roundsLeast || seconds() < 60 * minutes) {
      const before = await actorsIn(server);
      const round = await FireRound.open(server, random, `round${floors.length + 1}`, budget);
      await round.burn(kinds.length);
      await round.judge();
      round.close();
      const after = await actorsIn(server);
      const done = (kind, { handled, crashed }) => (handled[kind] ?? 0) + (crashed[kind] ?? 0);
      for (const kind of kinds) assert.ok(done(kind, after) > done(kind, before), `${kind}: nothing was handled in a whole round`);
      await backUp(server);
      const floor = await floorOf(server, first);
      floors.push({ ...floor, at: seconds() });
      sums.changes += round.acknowledged;
      sums.clients += round.visits;
      sums.faults += kinds.length;
      console.log(
        line([floors.length, seconds().toFixed(0), sums.changes, sums.clients, sums.faults, (floor.memory / 2 ** 20).toFixed(1), floor.files, floor.data, floor.threads]),
      );
    }
    assert.equal(server.pid, pid, "the process is the one that began");
    report(context, floors, sums);
    assert.equal(await server.stop(), 0, "the end is clean");
  } finally {
    await server.dispose();
  }
});

test("the slope sees a leak among ups and downs, and takes no single peak for one", () => {
  const noise = (n) => (n * 7) % 5;
  const of = (value) => slopeOf(Array.from({ length: 20 }, (_, n) => [n, value(n)]));
  assert.ok(of((n) => 100 + n + noise(n)) > 0.8);
  assert.ok(Math.abs(of((n) => 100 + noise(n) + (n === 19 ? 500 : 0))) < 0.2);
});

function report(context, floors, sums) {
  const half = floors.slice(Math.floor(floors.length / 2));
  const span = half.at(-1).at - half[0].at;
  const grown = Object.fromEntries(["memory", "files", "threads"].map((what) => [what, slopeOf(half.map((floor) => [floor.at, floor[what]])) * span]));
  const middle = half.map(({ memory }) => memory).sort((a, b) => a - b)[Math.floor(half.length / 2)];
  const part = grown.memory / middle;
  context.diagnostic(
    `${floors.length} rounds in ${(floors.at(-1).at / 60).toFixed(1)} minutes: ${sums.changes} acknowledged changes, ${sums.clients} clients that came and went, ` +
      `${sums.faults} faults; second half: memory ${(middle / 2 ** 20).toFixed(1)} MiB, by its slope ${(100 * part).toFixed(2)} % more at the end, ` +
      `files ${grown.files.toFixed(1)} more, threads ${grown.threads.toFixed(1)} more`,
  );
  assert.ok(grown.files < 1, `file descriptors grow: ${half.map(({ files }) => files)}`);
  assert.ok(grown.threads < 1, `threads grow: ${half.map(({ threads }) => threads)}`);
  if (floors.length >= roundsToJudgeMemory) assert.ok(part < memoryMayGrow, `memory grows: ${half.map(({ memory }) => memory >> 20)} MiB`);
}
