// What it costs that actors keep account of themselves, and that somebody looks: node bench/statistics.mjs [seconds] [rounds]
//
// Three servers, one after the other in each round, in an order that turns: without the clocks (`[statistics] actor_times = false`), with
// them, and with them while an operator looks twice a second at the metrics, the tree, all actors and the hot ones. Each gets the same load
// from tidewire-load at a fixed rate; told is the server's CPU time for each publication, the median of all rounds, and how much more that is.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Server } from "../tests/support/server.mjs";

const seconds = process.argv[2] ?? "5";
const rounds = Number(process.argv[3] ?? 7);
const load = process.env.TIDEWIRE_LOAD ?? fileURLToPath(new URL("../build/release/bench/load/tidewire-load", import.meta.url));
const run = promisify(execFile);

const loads = {
  "many small rooms: 100 rooms × 10, 5,000 publications/s": ["fan-out", "--rooms", "100", "--subscribers", "10", "--rate", "5000"],
  "one large room: 1 × 1,000, 200 publications/s": ["fan-out", "--rooms", "1", "--subscribers", "1000", "--rate", "200"],
  "entities: 50 rooms of 100, 3,000 changes/s": ["fan-out", "--rooms", "50", "--subscribers", "2", "--keys", "100", "--rate", "3000"],
};
const ways = {
  off: { config: "[statistics]\nactor_times = false\n" },
  on: { config: "" },
  "on, looked at": { config: "", looked: true },
};
const looksAt = ["/metrics", "/api/v1/tree", "/api/v1/performance/actors?sort=time", "/api/v1/performance/hot"];

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

async function measure(arguments_, { config, looked }) {
  const server = await Server.start({ config: `[[namespace]]\nname = "bench"\ndurability = "wal"\n${config}` });
  const look = () => Promise.all(looksAt.map(async (each) => (await fetch(`${server.adminUrl}${each}`)).arrayBuffer()));
  const looking = looked ? setInterval(look, 500) : undefined;
  try {
    const common = ["--peer", "tidewire", "--connect", `127.0.0.1:${server.port}`, "--pid", String(server.pid), "--seconds", seconds];
    const file = path.join(server.folder, "load.json");
    await run(load, [...arguments_, ...common, "--json", file]);
    const result = JSON.parse(await readFile(file, "utf8"));
    return (result.server.cpu_s * 1e6) / result.publishes;
  } finally {
    clearInterval(looking);
    await server.dispose();
  }
}

console.log("| load | CPU µs for each publication, off | on | on, looked at |\n|---|---|---|---|");
for (const [name, arguments_] of Object.entries(loads)) {
  const taken = Object.fromEntries(Object.keys(ways).map((way) => [way, []]));
  for (let round = 0; round < rounds; round += 1) {
    const order = Object.keys(ways).map((_, n, all) => all[(n + round) % all.length]);
    for (const way of order) taken[way].push(await measure(arguments_, ways[way]));
    console.error(`${name}: round ${round + 1} of ${rounds}`);
  }
  const off = median(taken.off);
  const cell = (way) => {
    // Within a round the machine is the same: the share is the median of those of the rounds.
    const more = median(taken[way].map((each, round) => each / taken.off[round] - 1));
    return `${median(taken[way]).toFixed(1)} (${more < 0 ? "−" : "+"}${Math.abs(more * 100).toFixed(1)} %)`;
  };
  console.log(`| ${name} | ${off.toFixed(1)} | ${cell("on")} | ${cell("on, looked at")} |`);
}
