// What the server notices by itself: what its database takes long for, and what grows and does not stop.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Server } from "../support/server.mjs";
import { tidectl } from "./support/tidectl.mjs";
import { until } from "./support/until.mjs";

async function started(t, config) {
  const server = await Server.start({ config });
  t.after(() => server.dispose());
  return server;
}

const admin = async (server, path) => (await fetch(`${server.adminUrl}${path}`)).json();
const metrics = async (server) => (await fetch(`${server.adminUrl}/metrics`)).text();
const logs = async (server, component) => (await admin(server, `/api/v1/logs?component=${component}&limit=1000`)).data.map(({ message }) => message);

const changes = (from, count, bytes) =>
  Array.from({ length: count }, (_, n) => ({ key: `private-${from + n}`, op: "set", data: { text: `private ${"x".repeat(bytes)}` } }));

test("what the database took long for is kept and told, without a word of what it was about", async (t) => {
  const server = await started(t, "[statistics]\nslow_query = 1\n");
  let n = 0;
  const slow = await until("a commit and a scan took longer than a millisecond", async () => {
    await server.publish("private-room", changes((n += 1), 1_000, 4_000));
    await server.request("GET", "/api/v1/rooms/private-room/entities?limit=1000");
    const database = await admin(server, "/api/v1/performance/database");
    return ["commit", "scan"].every((what) => database.slow.some(({ operation }) => operation === what)) && database;
  });
  assert.ok(slow.slow.length <= 64 && slow.slow_total >= slow.slow.length);
  for (const row of slow.slow) {
    assert.deepEqual(Object.keys(row), ["time", "operation", "table", "us"]);
    assert.match(row.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.ok(row.us >= 1_000);
    assert.ok(row.operation === "commit" ? row.table === "*" : slow.tables.some(({ name }) => name === row.table), row.table);
  }
  assert.deepEqual(slow.slow.map(({ time }) => time), slow.slow.map(({ time }) => time).sort().reverse());
  assert.match(await metrics(server), /^database_slow_queries_total [1-9]/m);
  const told = (await logs(server, "storage")).filter((message) => message.startsWith("slow query: "));
  assert.match(told[0], /^slow query: operation=(commit|scan|get) table=\S+ ms=\d+ left_out=0$/);
  assert.ok(!JSON.stringify([slow.slow, told]).includes("private"));
});

test("what is quick enough is not among them", async (t) => {
  const server = await started(t, '[statistics]\nslow_query = "1h"\n');
  await server.publish("a", changes(0, 1_000, 1_000));
  const { slow, slow_total: total } = await admin(server, "/api/v1/performance/database");
  assert.deepEqual([slow, total], [[], 0]);
});

test("what grows and does not stop is named, until it stops", async (t) => {
  const server = await started(
    t,
    `[memory]
budget = "32MiB"
[leak_watch]
window = "1s"
windows = 3
growth = "8MiB"
growth_percent = 5
[[namespace]]
name = "kept"
durability = "memory"
`,
  );
  const watch = async () => (await admin(server, "/api/v1/performance/memory")).watch;
  const names = ["database", "live", "tails", "pages", "requests", "changes", "frames", "outboxes", "resident", "files", "sessions"];
  const first = await until("somebody looked", async () => {
    const told = await watch();
    return told.components.length > 0 && told;
  });
  assert.deepEqual(first.components.map(({ component }) => component), names);
  assert.deepEqual([first.window_s, first.windows, first.suspected], [1, 3, []]);
  let n = 0;
  const told = await until("the growth is noticed", async () => {
    await server.publish("kept:a", changes((n += 500), 500, 4_000)); // nothing bounds what is kept in memory alone
    const now = await watch();
    return now.suspected.length > 0 && now;
  });
  assert.deepEqual(told.suspected, ["resident"]);
  const row = told.components.find(({ component }) => component === "resident");
  assert.ok(row.suspected && row.grown_windows >= 3 && row.peak - row.baseline > 8 * 2 ** 20, JSON.stringify(row));
  assert.match(await metrics(server), /^leak_suspected\{component="resident"\} 1$/m);
  assert.match(await metrics(server), /^leak_suspected\{component="files"\} 0$/m);
  const { problems } = await admin(server, "/api/v1/performance/status");
  assert.match(problems.find(({ what }) => what === "something grows and does not stop").detail, /^resident: \d+ then, \d+ now$/);
  assert.ok((await logs(server, "operations")).some((message) => /^it grows and does not stop: component=resident baseline=\d+ now=\d+ windows=3$/.test(message)));
  const status = await tidectl(server, ["status"]);
  assert.equal(status.status, 4);
  assert.match(status.stdout, /WARN {2}leak +resident grows and does not stop/);
  await until("it stopped", async () => (await watch()).suspected.length === 0);
  assert.ok((await logs(server, "operations")).some((message) => message.startsWith("it does not grow any more: component=resident")));
  assert.match(await metrics(server), /^leak_suspected\{component="resident"\} 0$/m);
});

test("window = 0 watches nothing", async (t) => {
  const server = await started(t, "[leak_watch]\nwindow = 0\n");
  assert.deepEqual((await admin(server, "/api/v1/performance/memory")).watch, { window_s: 0, windows: 6, suspected: [], components: [] });
});
