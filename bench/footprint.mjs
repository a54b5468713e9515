// What entities and rooms take in memory, beside what is charged for them: node bench/footprint.mjs [entities] [rooms]
// Both are brought into memory and let go of again; the difference of what the process has is theirs.
import { Server } from "../tests/support/server.mjs";

const entities = Number(process.argv[2] ?? 100_000);
const rooms = Number(process.argv[3] ?? 20_000);
const idle_s = 20;
const batch = 500;

const server = await Server.start({
  config: `
[limits]
entity_idle_s = ${idle_s}
room_idle_s = ${idle_s}
[memory]
budget = "4GiB"
[[namespace]]
durability = "wal"
history_size = 0
`,
});
const memory = async () => (await fetch(`${server.adminUrl}/api/v1/performance/memory`)).json();
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const document = { type: "lamp", state: "on", attributes: { level: 70, colour: "white", name: "the lamp in the hall" } };

async function settled() {
  for (let last = Infinity; ; ) {
    await pause(5_000); // the allocator gives back what is free
    const now = await memory();
    if (Math.abs(now.resident - last) < 1_048_576) return now;
    last = now.resident;
  }
}

async function measure(name, count, publish) {
  for (let n = 0; n < count; n += batch) await publish(n, Math.min(n + batch, count));
  const full = await memory();
  while ((await memory()).parts.live.used > full.parts.live.used / 20) await pause(1_000);
  const empty = await settled();
  const each = (bytes) => Math.round(bytes / count);
  const rest = (of) => of.resident - of.parts.database.used;
  console.log(
    `${name}: ${each(rest(full) - rest(empty))} bytes each, of which ${each(full.parts.live.used - empty.parts.live.used)} are charged as live ` +
      `and ${each(full.parts.tails.used - empty.parts.tails.used)} as tails`,
  );
}

try {
  const items = (from, to) => Array.from({ length: to - from }, (_, i) => ({ key: `lamp/${from + i}`, op: "set", data: document }));
  await measure("entities", entities, (from, to) => server.publish("bench:one", items(from, to)));
  await measure("rooms with one entity", rooms, (from, to) =>
    Promise.all(Array.from({ length: to - from }, (_, i) => server.publish(`bench:${from + i}`, items(0, 1)))),
  );
} finally {
  await server.dispose();
}
