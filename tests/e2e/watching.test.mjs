// What the server notices by itself: what its database takes long for.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Server } from "../support/server.mjs";
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
  assert.deepEqual(slow.slow.map(({ time }) => time), slow.slow.map(({ time }) => time).toSorted().reverse());
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
