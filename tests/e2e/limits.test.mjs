// Every limit has a test that crosses it: the rows are in support/limit_rows.mjs, and a limit without one fails here. Those that can be crossed
// cheaply are, on the real server, while somebody else is served as ever.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Server } from "../support/server.mjs";
import { Bystander } from "./support/bystander.mjs";
import { hitsOf } from "./support/engine_view.mjs";
import { rows } from "./support/limit_rows.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const crossed = Object.entries(rows).filter(([, { cross }]) => cross);
const configOf = (limits) => `[limits]\n${Object.entries(limits).map(([name, value]) => `${name} = ${value}\n`).join("")}`;

let server;
let bystander;

before(async () => {
  const limits = Object.fromEntries(crossed.filter(([, { alone }]) => !alone).map(([name, { config }]) => [name, config]));
  server = await Server.start({ config: configOf(limits) });
  bystander = await Bystander.start(server, "calm:1");
});

after(async () => {
  bystander?.end();
  await server?.dispose();
});

test("each limit has a row, and each row a limit", async () => {
  const header = await readFile(path.join(root, "schemas/limits.hpp"), "utf8");
  const limits = [...header.matchAll(/^ {2}std::(?:size_t|u?int\d+_t) (\w+) *=/gm)].map(([, name]) => name);
  assert.ok(limits.length > 50);
  assert.deepEqual(Object.keys(rows).sort(), limits.sort());
});

test("what a row names is there", async () => {
  for (const [limit, { file, name, cross, paces }] of Object.entries(rows)) {
    if (cross) continue;
    const text = await readFile(path.join(root, file), "utf8");
    const quoted = [`TEST_CASE("${name}"`, `test("${name}"`];
    assert.ok(
      quoted.some((each) => text.includes(each)),
      `${limit}: ${file} has no test "${name}"`,
    );
    const counts = [`crossing crossed("${limit}")`, `"${limit}")) > 0`];
    if (!paces) assert.ok(counts.some((each) => text.includes(each)), `${limit}: ${file} does not look whether it counts`);
  }
});

for (const [limit, { cross, alone, config, also, paces, more = "" }] of crossed) {
  test(`${limit} is crossed: a clear error, ${paces ? "" : "counted, "}and everybody else goes on`, async () => {
    const target = alone ? await Server.start({ config: configOf({ [limit]: config, ...also }) + more }) : server;
    try {
      const { pid } = target;
      const before = await hitsOf(target, limit);
      await cross(target);
      if (!paces) assert.ok((await hitsOf(target, limit)) > before, `${limit} does not count`);
      if (alone) return;
      await bystander.heardMore(5);
      assert.equal(target.pid, pid);
    } finally {
      if (alone) await target.dispose();
    }
  });
}

test("what is counted has the name of a limit, for Prometheus too", async () => {
  const counted = await (await fetch(`${server.adminUrl}/api/v1/limits`)).json();
  for (const name of Object.keys(counted)) assert.ok(name in rows, name);
  const metrics = await (await fetch(`${server.adminUrl}/metrics`)).text();
  const { document_bytes_max: hits } = counted;
  assert.ok(hits > 0);
  assert.ok(metrics.includes(`\nlimit_exceeded_total{limit="document_bytes_max"} ${hits}\n`), metrics);
});

test("the bystander has heard everything, once", async () => {
  await bystander.finish();
});
