// Profiles of the running server, opened by the tools of those who made the formats.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { binary, Server } from "../support/server.mjs";
import { range } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const run = promisify(execFile);

async function started(t) {
  const server = await Server.start();
  t.after(() => server.dispose());
  return server;
}

// Keeps the server at work until the answer is there.
async function whileBusy(server, asked) {
  let over = false;
  const answer = asked.finally(() => (over = true));
  for (let n = 0; !over; n += 1) await server.publish(`r${n % 5}`, range(1, 200).map((k) => ({ key: `k${k}`, data: { n, text: "x".repeat(200) } })));
  return answer;
}

test("where CPU time goes, as pprof reads it", async (t) => {
  const server = await started(t);
  const response = await whileBusy(server, fetch(`${server.adminUrl}/debug/pprof/profile?seconds=2`));
  assert.equal(response.status, 200);
  const profile = Buffer.from(await response.arrayBuffer());
  // Header of the format: 0, words that follow, version 0, microseconds between two samples, 0.
  assert.deepEqual([0, 1, 2, 3, 4].map((n) => Number(profile.readBigUInt64LE(n * 8))), [0, 3, 0, 10_000, 0]);
  const file = path.join(server.folder, "cpu.prof");
  await writeFile(file, profile);
  const { stdout } = await run("google-pprof", ["--text", "--lines", binary, file], { maxBuffer: 1 << 26 });
  assert.match(stdout, /^Total: \d+ samples\n/);
  assert.match(stdout, /tidewire/);
});

test("the path among the others gives the same profile, to POST alone", async (t) => {
  const server = await started(t);
  const alias = `${server.adminUrl}/api/v1/performance/profile/cpu`;
  const asked = fetch(`${alias}?seconds=1`, { method: "POST" });
  assert.equal((await until("it is under way", async () => {
    const second = await fetch(`${alias}?seconds=1`, { method: "POST" });
    return second.status === 409 && second;
  })).headers.get("content-type"), "application/problem+json");
  const response = await asked;
  assert.deepEqual([response.status, response.headers.get("content-type")], [200, "application/octet-stream"]);
  const profile = Buffer.from(await response.arrayBuffer());
  assert.deepEqual([0, 1, 2, 3, 4].map((n) => Number(profile.readBigUInt64LE(n * 8))), [0, 3, 0, 10_000, 0]);
  assert.equal((await fetch(`${alias}?seconds=0`, { method: "POST" })).status, 400);
  const wrong = await fetch(alias);
  assert.deepEqual([wrong.status, wrong.headers.get("allow")], [405, "POST, OPTIONS"]);
});

test("one at a time, for a time that makes sense", async (t) => {
  const server = await started(t);
  const first = fetch(`${server.adminUrl}/debug/pprof/profile?seconds=1`);
  const statuses = [];
  for (const query of ["?seconds=0", "?seconds=121", "?seconds=x", "?minutes=1"])
    statuses.push((await fetch(`${server.adminUrl}/debug/pprof/heap${query}`)).status);
  assert.deepEqual(statuses, [400, 400, 400, 400]);
  assert.equal((await fetch(`${server.adminUrl}/debug/pprof/heap?seconds=1`)).status, 409);
  assert.equal((await first).status, 200);
});

test("what was allocated meanwhile and is still there, as jeprof reads it; or why there is none", async (t) => {
  const server = await started(t);
  const response = await whileBusy(server, fetch(`${server.adminUrl}/debug/pprof/heap?seconds=1`));
  const text = await response.text();
  if (response.status === 503) return assert.match(JSON.parse(text).detail, /jemalloc/); // another allocator, as with a sanitizer
  assert.equal(response.status, 200);
  assert.match(text, /^heap_v2\/\d+\n/);
  assert.match(text, /\nMAPPED_LIBRARIES:\n/);
  assert.match(text, /\n  t\*: [1-9]\d*: [1-9]\d* /);
});

test("a server that ends does not wait for a profile", async (t) => {
  const server = await started(t);
  const asked = fetch(`${server.adminUrl}/debug/pprof/profile?seconds=120`).then(
    ({ status }) => status,
    () => "the connection ended",
  );
  await fetch(`${server.adminUrl}/livez`);
  assert.equal(await server.stop(), 0);
  assert.ok([503, "the connection ended"].includes(await asked));
});
