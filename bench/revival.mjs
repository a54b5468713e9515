// What a change costs whose entity has left memory: node bench/revival.mjs [times] [changes] [budget in MiB]
//
// Fills one room with so many times the entities that the budget has room for, then changes them at random: first few enough that all of
// them stay in memory, then all of them, so that nearly each has to be brought back. Says what a change cost the server (CPU time of the
// process, which other processes on the machine hardly disturb) and how long it took over HTTP, one at a time.
import { readFileSync } from "node:fs";
import { Server } from "../tests/support/server.mjs";

const times = Number(process.argv[2] ?? 10);
const changes = Number(process.argv[3] ?? 20_000);
const budgetMib = Number(process.argv[4] ?? 64);
const batch = 500;
const single = 2_000;
const ticksPerSecond = 100; // USER_HZ

const server = await Server.start({
  config: `
[memory]
budget = "${budgetMib}MiB"
[[namespace]]
durability = "wal"
history_size = 100
`,
});
const get = async (path) => (await fetch(`${server.adminUrl}${path}`)).json();
const memory = () => get("/api/v1/performance/memory");
const startedEntities = async () => (await get("/api/v1/actors")).entity?.started ?? 0;

function cpuMicroseconds() {
  const fields = readFileSync(`/proc/${server.pid}/stat`, "utf8").split(") ")[1].split(" ");
  return ((Number(fields[11]) + Number(fields[12])) * 1e6) / ticksPerSecond;
}

const entityBytes = 2_900; // about, with document and key: actors/room/footprint.hpp
const fit = Math.floor((await memory()).parts.live.limit / entityBytes);
const all = times * fit;
const document = (n) => ({ type: "lamp", state: "on", attributes: { level: n % 100, colour: "white", name: "the lamp in the hall" } });
const key = (n) => `lamp/${n}`;
let seed = 1;
const below = (count) => {
  seed = (seed * 48_271) % 2_147_483_647;
  return seed % count;
};
const percentile = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))].toFixed(2);

async function change(among) {
  const increments = Array.from({ length: batch }, () => ({ key: key(below(among)), op: "increment", data: { n: 1 } }));
  await server.publish("bench:one", increments);
}

async function measure(name, among) {
  for (let n = 0; n < among && among < fit; n += batch) {
    await server.publish(
      "bench:one",
      Array.from({ length: Math.min(batch, among - n) }, (_, i) => ({ key: key(n + i), op: "increment", data: { n: 1 } })),
    );
  }
  const before = { cpu: cpuMicroseconds(), started: await startedEntities() };
  for (let n = 0; n < changes; n += batch) await change(among);
  const each = (cpuMicroseconds() - before.cpu) / changes;
  const revived = ((await startedEntities()) - before.started) / changes;
  const took = [];
  for (let n = 0; n < single; n += 1) {
    const begun = process.hrtime.bigint();
    await server.publish("bench:one", { key: key(below(among)), op: "increment", data: { n: 1 } });
    took.push(Number(process.hrtime.bigint() - begun) / 1e6);
  }
  took.sort((a, b) => a - b);
  console.log(
    `${name}: ${each.toFixed(1)} µs of CPU a change, ${(100 * revived).toFixed(0)} % brought back; one at a time over HTTP ` +
      `p50 ${percentile(took, 0.5)} ms, p99 ${percentile(took, 0.99)} ms`,
  );
}

try {
  for (let n = 0; n < all; n += batch) {
    await server.publish(
      "bench:one",
      Array.from({ length: Math.min(batch, all - n) }, (_, i) => ({ key: key(n + i), op: "set", data: document(n + i) })),
    );
  }
  console.log(`budget ${budgetMib} MiB: about ${fit} entities fit, ${all} are there`);
  await measure(`among ${Math.floor(fit / 2)}`, Math.floor(fit / 2));
  await measure(`among ${all}`, all);
  const { cache, resident } = await memory();
  const at = (level) => cache.find((each) => each.type === "entity" && each.level === level) ?? { hits: 0, misses: 0 };
  const [database, disk] = [at("database"), at("disk")];
  console.log(
    `of the reads ${database.hits} found everything in the database's memory, ${disk.hits} read a file; ` +
      `resident ${(resident / 1_048_576).toFixed(0)} MiB`,
  );
} finally {
  await server.dispose();
}
