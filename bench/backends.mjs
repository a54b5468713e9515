// What backends are promised, and what they get: node bench/backends.mjs [seconds] [entities]
//
// The promises are those that the documentation of five typical backends makes to its users (a home hub, an event site, a risk service, a
// betting market, a festival wallet): requests a second with a tail, clients with a latency, memory, reads, hits of the cache, long lists.
// Each row says what is promised, what was measured here, whether that is kept, and whether ten times as much would be; with every change synced to the
// disk (`durability = "fsync"`). Load generator and server share the machine; times are taken at the client, from the moment when a request was due.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Server } from "../tests/support/server.mjs";

const load = process.env.TIDEWIRE_LOAD ?? fileURLToPath(new URL("../build/release/bench/load/tidewire-load", import.meta.url));
const run = promisify(execFile);

const seconds = Number(process.argv[2] ?? 20);
const entities = Number(process.argv[3] ?? 100_000);
const clients = 1_000;
const rows = [];
// `kept` and `tenfold`: whether the promise is kept, and ten times as much; undefined where that makes no sense.
const row = (promise, measured, kept, tenfold) => {
  const said = (met) => (met === undefined ? "" : met ? "yes" : "**no**");
  rows.push([promise, measured, said(kept), said(tenfold)]);
  console.error(`${promise}: ${measured}`);
};
const percentiles = (sorted) => `p50 ${ms(at(sorted, 0.5))}, p95 ${ms(at(sorted, 0.95))}, p99 ${ms(at(sorted, 0.99))}`;
const within = (sorted, limit) => [at(sorted, 0.95) < limit, at(sorted, 0.95) < limit / 10];

const server = await Server.start({ config: '[[namespace]]\nname = "bench"\n[limits]\npage_rows_max = 10000\n' });
const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const mib = (bytes) => bytes / 1_048_576;
const resident = () => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))[1]) * 1_024;
const at = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
const ms = (value) => `${value.toFixed(2)} ms`;
const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));

function send(method, path, body) {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const asked = request({ host: "127.0.0.1", port: server.port, method, path, agent, headers }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () =>
        response.statusCode < 300 ? resolve(Buffer.concat(chunks)) : reject(new Error(`${response.statusCode} ${Buffer.concat(chunks)}`)),
      );
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

// So many requests a second for that long, whatever the answers take; the latencies in order, in ms.
async function paced(rate, make) {
  const took = [];
  const all = [];
  const begun = performance.now();
  for (let n = 0; n < rate * seconds; n += 1) {
    const due = begun + (n * 1_000) / rate;
    if (due > performance.now() + 1) await pause(due - performance.now());
    const begin = Math.min(due, performance.now()); // a timer may be early
    all.push(make(n).then(() => took.push(performance.now() - begin)));
  }
  await Promise.all(all);
  return took.sort((a, b) => a - b);
}

const document = (n) => JSON.stringify({ type: "wallet", state: "open", balance: n, owner: `guest ${n}` });
const entity = (n) => `/api/v1/rooms/bench%3Aone/entities/e${n}`;

async function fill() {
  for (let n = 0; n < entities; n += 500) {
    const batch = Array.from({ length: Math.min(500, entities - n) }, (_, i) => ({ key: `e${n + i}`, op: "set", data: JSON.parse(document(n + i)) }));
    await send("POST", "/api/v1/rooms/bench%3Aone/events", JSON.stringify(batch));
  }
}

async function list() {
  const begun = performance.now();
  let cursor = "";
  let count = 0;
  do {
    const page = JSON.parse(await send("GET", `/api/v1/rooms/bench%3Aone/entities?limit=10000${cursor && `&cursor=${encodeURIComponent(cursor)}`}`));
    count += page.data.length;
    cursor = page.next_cursor;
  } while (cursor);
  if (count !== entities) throw new Error(`${count} of ${entities} were listed`);
  return performance.now() - begun;
}

// Changes a minute, 64 at a time.
async function flatOut() {
  const begun = performance.now();
  let done = 0;
  const work = async (worker) => {
    for (let n = worker; performance.now() - begun < seconds * 1_000; n += 64, done += 1) await send("PUT", entity(n % 5_000), document(n));
  };
  await Promise.all(Array.from({ length: 64 }, (_, worker) => work(worker)));
  return (done / (performance.now() - begun)) * 60_000;
}

// Clients of one room, publications at 50 a second: from the moment when each was due until each client has it. They are the load generator, whose time
// for a message is short beside the server's.
let full = 0; // resident memory with all of them
async function fanOut() {
  const file = path.join(server.folder, "fan_out.json");
  const crowd = ["fan-out", "--rooms", "1", "--subscribers", String(clients), "--rate", "50", "--seconds", String(seconds)];
  const running = run(load, [...crowd, "--peer", "tidewire", "--connect", `127.0.0.1:${server.port}`, "--json", file]);
  await pause(3_000);
  full = resident();
  await running;
  return JSON.parse(await readFile(file, "utf8")).latency_ms;
}

const cacheShare = (cache) => {
  const sum = (level, what) => cache.filter((each) => each.type === "entity" && each.level === level).reduce((all, each) => all + each[what], 0);
  const hits = sum("live", "hits") + sum("memory", "hits") + sum("database", "hits");
  return hits / (hits + sum("disk", "hits") + sum("disk", "misses"));
};

try {
  await pause(1_000);
  const idle = mib(resident());
  row("under 100 MB idle", `${idle.toFixed(0)} MiB`, idle < 95);

  const writes = await paced(1_000, (n) => send("PUT", entity(n % 5_000), document(n)));
  row("1,000 changes a second, p95 under 100 ms", percentiles(writes), ...within(writes, 100));
  const reads = await paced(1_000, (n) => send("GET", entity((n * 7) % 5_000)));
  row("1,000 reads a second, p95 under 100 ms", percentiles(reads), ...within(reads, 100));
  const aMinute = await flatOut();
  row("10,000 requests a minute", `${Math.round(aMinute).toLocaleString("en")} changes`, aMinute >= 10_000, aMinute >= 100_000);

  const { p50, p95, p99 } = await fanOut();
  row(`${clients.toLocaleString("en")} WebSocket clients, p95 under 10 ms`, `p50 ${ms(p50)}, p95 ${ms(p95)}, p99 ${ms(p99)}`, p95 < 10, p95 < 1);

  await fill();
  const listed = await list();
  row(`${entities.toLocaleString("en")} entities listed by cursor in under 1 s`, ms(listed), listed < 1_000);
  const spread = await paced(500, (n) => send("GET", entity((n * 7_919) % entities)));
  row(`reads of any of them, 500 a second, p95 under 10 ms`, percentiles(spread), ...within(spread, 10));
  const { cache } = await (await fetch(`${server.adminUrl}/api/v1/performance/memory`)).json();
  const share = cacheShare(cache);
  row("over 80 % of reads from memory", `${(100 * share).toFixed(1)} %`, share > 0.8);
  const most = mib(Math.max(resident(), full));
  row("under 512 MB under load", `${most.toFixed(0)} MiB`, most < 488);

  console.log("| promised | measured | kept | tenfold |\n|---|---|---|---|");
  for (const each of rows) console.log(`| ${each.join(" | ")} |`);
} finally {
  agent.destroy();
  await server.dispose();
}
