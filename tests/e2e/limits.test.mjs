// Every limit has a test that crosses it: the rows are in support/limit_rows.mjs, and a limit without one fails here. Those that can be crossed
// cheaply are, on the real server, while somebody else is served as ever.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Server } from "../support/server.mjs";
import { Bystander } from "./support/bystander.mjs";
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
  for (const [limit, { file, name, cross }] of Object.entries(rows)) {
    if (cross) continue;
    const text = await readFile(path.join(root, file), "utf8");
    const quoted = [`TEST_CASE("${name}"`, `test("${name}"`];
    assert.ok(
      quoted.some((each) => text.includes(each)),
      `${limit}: ${file} has no test "${name}"`,
    );
  }
});

for (const [limit, { cross, alone, config, also, more = "" }] of crossed) {
  test(`${limit} is crossed: a clear error, and everybody else goes on`, async () => {
    if (!alone) {
      const { pid } = server;
      await cross(server);
      await bystander.heardMore(5);
      return assert.equal(server.pid, pid);
    }
    const own = await Server.start({ config: configOf({ [limit]: config, ...also }) + more });
    try {
      await cross(own);
    } finally {
      await own.dispose();
    }
  });
}

test("the bystander has heard everything, once", async () => {
  await bystander.finish();
});
