// The load generator against the real server: what it counts is what the server has.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Server } from "../support/server.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const binary = process.env.TIDEWIRE_LOAD ?? path.join(root, "build/release/bench/load/tidewire-load");
const run = promisify(execFile);
const clean = { gaps: 0, duplicates: 0, out_of_order: 0, missing: 0 };
let folder;
let server;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "tidewire-load-"));
  server = await Server.start({ config: '[[namespace]]\nname = "bench"\ndurability = "wal"\n' });
});
after(async () => {
  await server.dispose();
  await rm(folder, { recursive: true, force: true });
});

// The result of a run, which must exit 0.
async function load(scenario, ...options) {
  const file = path.join(folder, `${scenario}.json`);
  await run(binary, [scenario, "--connect", `127.0.0.1:${server.port}`, "--json", file, ...options]);
  return JSON.parse(await readFile(file, "utf8"));
}

async function published() {
  const page = await (await fetch(`${server.url}/api/v1/rooms?prefix=bench:`)).json();
  return page.data.reduce((sum, room) => sum + room.offset, 0);
}

const tidewire = ["--peer", "tidewire"];
const shape = ["--rooms", "3", "--subscribers", "7", "--publishers", "2", "--seconds", "0.5", "--warm-up-s", "0.1"];

test("fan-out: every publication is delivered once to each subscriber of its room", async () => {
  for (const speed of [
    ["--in-flight", "20"],
    ["--rate", "500", "--burst", "5"],
  ]) {
    const already = await published();
    const result = await load("fan-out", ...tidewire, ...shape, ...speed, "--pid", String(server.pid));
    assert.ok(result.publishes > 0);
    assert.equal(result.total.deliveries, 7 * result.total.publishes);
    assert.equal(await published(), already + result.total.publishes);
    assert.deepEqual(result.violations, clean);
    assert.ok(result.server.rss_bytes > 0);
  }
});

test("idle: connections are counted", async () => {
  const result = await load("idle", ...tidewire, "--pid", String(server.pid), "--connections", "50", "--subscribe", "--seconds", "0.1");
  assert.equal(result.connections, 50);
});

test("storm: everyone gets what was missed", async () => {
  const result = await load("storm", ...tidewire, "--connections", "40", "--rooms", "4", "--missed", "25");
  assert.equal(result.recovered, 40 * 25);
  assert.deepEqual(result.violations, clean);
});

test("storm: of a room of entities, everyone gets what was missed, or the whole state", async () => {
  const room = ["--connections", "30", "--rooms", "1", "--first-room", "9", "--keys", "200", "--missed", "5", "--hold-s", "0.1"];
  const result = await load("storm", ...tidewire, ...room);
  assert.equal(result.recovered, 30 * 5);
  assert.deepEqual(result.violations, clean);
  const snapshots = await load("storm", ...tidewire, ...room, "--snapshots");
  assert.ok(snapshots.connected_by_ms <= snapshots.cut_ms && snapshots.cut_ms <= snapshots.back_by_ms);
});

test("storm: the server is killed and started again, and everyone gets what was missed", async () => {
  // The command asks us, who have the server.
  const us = http.createServer(async (_, response) => {
    await server.kill();
    await server.restart();
    response.end(`${server.pid}\n`);
  });
  await new Promise((resolve) => us.listen(0, "127.0.0.1", resolve));
  const killed = server.pid;
  try {
    const command = `curl -sSf http://127.0.0.1:${us.address().port}/`;
    const options = ["--connections", "40", "--rooms", "4", "--first-room", "20", "--missed", "25"];
    const result = await load("storm", ...tidewire, ...options, "--pid", String(killed), "--restart", command);
    assert.notEqual(server.pid, killed);
    assert.equal(result.recovered, 40 * 25);
    assert.deepEqual(result.violations, clean);
    assert.ok(result.server.rss_bytes > 0, "of the new process");

    const broken = load("storm", ...tidewire, ...options, "--pid", String(server.pid), "--restart", "echo of no use");
    await assert.rejects(broken, (error) => error.code === 1 && /it failed, or printed no number of a process/.test(error.stderr));
  } finally {
    us.close();
  }
});

test("fan-out: the latencies of each stretch of time add up to all of them", async () => {
  const speed = ["--rate", "200", "--keys", "7", "--slice-ms", "100", "--seconds", "0.5", "--warm-up-s", "0.1"];
  const result = await load("fan-out", ...tidewire, "--rooms", "1", "--subscribers", "3", ...speed);
  assert.deepEqual(result.violations, clean);
  assert.ok(result.slices.length >= 5);
  assert.equal(Math.max(...result.slices.map(({ max }) => max)), result.latency_ms.max);
});

test("publish: what is acknowledged is what the rooms have", async () => {
  for (const how of [
    ["--how", "http"],
    ["--how", "http", "--pipeline", "4", "--keys", "3"],
    ["--how", "http-batch", "--batch", "20", "--keys", "7"],
    ["--how", "ws", "--pipeline", "8"],
    ["--how", "ws", "--keys", "3"],
  ]) {
    const already = await published();
    const result = await load("publish", ...tidewire, ...how, "--rooms", "3", "--connections", "5", "--seconds", "0.3", "--warm-up-s", "0.1");
    assert.ok(result.publishes > 0);
    assert.equal(result.total.stored, result.total.publishes);
    assert.equal(await published(), already + result.total.publishes);
    assert.equal(result.errors, 0);
    assert.deepEqual(result.violations, clean);
  }
});

test("publish: the first refusal is quoted, with exit code 1", async () => {
  const options = ["--how", "http-batch", "--batch", "1001", "--rooms", "1", "--connections", "1", "--seconds", "0.3"];
  const told = load("publish", ...tidewire, ...options);
  await assert.rejects(told, (error) => error.code === 1 && /answer 422: .*limit-exceeded/.test(error.stderr));
});

test("publish: a peer that cannot do it that way is a wrong command line, with exit code 2", async () => {
  const told = load("publish", "--peer", "redis", "--how", "http", "--rooms", "1");
  await assert.rejects(told, (error) => error.code === 2 && /not with --peer redis/.test(error.stderr));
});

test("fill: every entity is stored", async () => {
  const already = await published();
  const result = await load("fill", "--entities", "1003", "--rooms", "10", "--batch", "30");
  assert.equal(result.entities, 1003);
  assert.equal(await published(), already + 1003);
});

test("a server that is not there is said, with exit code 1", async () => {
  const told = run(binary, ["fan-out", ...tidewire, ...shape, "--in-flight", "1", "--connect", "127.0.0.1:1"]);
  await assert.rejects(told, (error) => error.code === 1 && /cannot connect to 127\.0\.0\.1:1: Connection refused/.test(error.stderr));
});
