// As a service of systemd: what the service manager is told at the start, at SIGHUP, while all goes well, and at SIGTERM; and the unit itself.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { Server, binary, root } from "../support/server.mjs";
import { NotifySocket } from "./support/notify_socket.mjs";
import { until } from "./support/until.mjs";

const run = promisify(execFile);
const unit = path.join(root, "deploy/systemd/tidewire.service");

async function startAsService(watchdogUs) {
  let manager;
  const server = await Server.start({
    environment: async ({ folder }) => {
      manager = await NotifySocket.open(path.join(folder, "notify"));
      return { NOTIFY_SOCKET: manager.path, ...(watchdogUs ? { WATCHDOG_USEC: String(watchdogUs) } : {}) };
    },
  });
  server.atEnd(() => manager.close());
  return { server, manager };
}

test("the service manager hears of start, reload and stop, and that all goes well", async () => {
  const { server, manager } = await startAsService(200_000);
  try {
    await until("READY", () => manager.count("READY", "1") === 1);
    assert.match(manager.heard[0].STATUS, /^Serving on 127\.0\.0\.1:/);
    const { status } = await fetch(`${server.adminUrl}/readyz`);
    assert.equal(status, 200, "READY is said when /readyz says so");

    await until("the watchdog is fed", () => manager.count("WATCHDOG", "1") >= 3);
    for (let n = 1; n <= 100; n += 1) await server.publish("service:1", { data: n });
    const fed = manager.count("WATCHDOG");
    await until("the watchdog is fed under load", () => manager.count("WATCHDOG") > fed);

    process.kill(server.pid, "SIGHUP");
    await until("READY after the reload", () => manager.count("READY", "1") === 2);
    assert.deepEqual(manager.steps, ["READY", "RELOADING", "READY"]);
    const { MONOTONIC_USEC: at } = manager.heard.find((message) => "RELOADING" in message);
    const up = Number((await readFile("/proc/uptime", "utf8")).split(" ")[0]) * 1e6;
    assert.ok(Number(at) > 0 && Number(at) <= up, `${at} is a time of the monotonic clock, now at ${up}`);

    assert.equal(await server.stop(), 0);
    await until("STOPPING", () => manager.count("STOPPING", "1") === 1);
    assert.deepEqual(manager.steps, ["READY", "RELOADING", "READY", "STOPPING"]);
  } finally {
    await server.dispose();
  }
});

test("where no watchdog waits for it, nothing is said", async () => {
  const { server, manager } = await startAsService();
  try {
    for (let n = 1; n <= 20; n += 1) await server.publish("service:1", { data: n });
    process.kill(server.pid, "SIGHUP");
    await until("READY after the reload", () => manager.count("READY") === 2);
    assert.deepEqual(manager.steps.length, manager.heard.length);
  } finally {
    await server.dispose();
  }
});

test("a server that does not start says nothing", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "tidewire-test-"));
  const manager = await NotifySocket.open(path.join(folder, "notify"));
  try {
    await writeFile(path.join(folder, "data"), "no directory");
    const environment = { ...process.env, NOTIFY_SOCKET: manager.path, WATCHDOG_USEC: "200000" };
    const args = ["serve", "--dev", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--data", path.join(folder, "data")];
    await assert.rejects(run(binary, args, { env: environment }), { code: 1 });
    assert.deepEqual(manager.heard, []);
  } finally {
    manager.close();
    await rm(folder, { recursive: true, force: true });
  }
});

test("systemd reads the unit, and finds it well confined", { skip: !existsSync("/usr/bin/systemd-analyze") && "no systemd-analyze" }, async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "tidewire-test-"));
  try {
    const copy = path.join(folder, "tidewire.service");
    await writeFile(copy, (await readFile(unit, "utf8")).replace("/usr/bin/tidewire", binary));
    const { stdout, stderr } = await run("systemd-analyze", ["verify", "--man=no", copy]);
    assert.equal(stdout + stderr, "");
    await writeFile(copy, (await readFile(copy, "utf8")).replace("WatchdogSec=", "WatchdogSecs="));
    assert.match((await run("systemd-analyze", ["verify", "--man=no", copy])).stderr, /Unknown key.* 'WatchdogSecs'/);

    const { stdout: security } = await run("systemd-analyze", ["security", "--offline=true", "--threshold=20", unit]);
    assert.match(security, /Overall exposure level for tidewire\.service: [01]\.\d/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
