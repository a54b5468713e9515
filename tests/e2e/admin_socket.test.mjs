// Operators come over a Unix socket: who may open its file needs no token; others cannot open it.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import http from "node:http";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { hashOf } from "./support/credentials.mjs";
import { tidectl } from "./support/tidectl.mjs";

let folder;
let socketPath;
let server;

const starts = (more = "") => Server.start({ config: `admin_socket = "${socketPath}"\nadmin_token_hash = "${hashOf("token")}"\n${more}` });

function get(target, headers = {}) {
  return new Promise((resolve, reject) => {
    http
      .get({ socketPath, path: target, headers }, (answer) => {
        let body = "";
        answer.on("data", (part) => (body += part)).on("end", () => resolve({ status: answer.statusCode, body }));
      })
      .on("error", reject);
  });
}

const operate = (...args) => tidectl(null, args, { env: { TIDEWIRE_ADMIN: `unix:${socketPath}` } });

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "tidewire-socket-"));
  socketPath = path.join(folder, "admin.sock");
  server = await starts();
});

after(async () => {
  await server?.dispose();
  await rm(folder, { recursive: true, force: true });
});

test("over the socket no token is asked for, over TCP it is", async () => {
  assert.equal((await get("/api/v1/performance/status")).status, 200);
  assert.equal((await fetch(`${server.adminUrl}/api/v1/performance/status`)).status, 401);
  assert.equal((await get("/api/v1/performance/status", { Origin: "https://evil.example" })).status, 403, "a page has no business here");
});

test("nobody but the owner and the group of the file may open it", async () => {
  const { mode } = await stat(socketPath);
  assert.equal(mode & 0o777, 0o660);
});

test("tidectl comes over it", async () => {
  const { status, stdout, stderr } = await operate("status");
  assert.equal(status, 0, stderr);
  assert.match(stdout, /is ready/);
  await server.publish("sensor:a", { key: "k", data: 1 });
  assert.match((await operate("room", "sensor:a")).stdout, /sensor:a/);
});

test("a server that was killed leaves the file, and the next one takes its place; a clean end takes it away", async () => {
  await server.kill();
  assert.ok(existsSync(socketPath));
  const gone = await operate("status");
  assert.notEqual(gone.status, 0);
  assert.match(gone.stderr, /cannot connect to unix:.*is the server running/);
  await server.restart();
  assert.equal((await get("/livez")).status, 200);
  await server.stop();
  assert.ok(!existsSync(socketPath));
  await server.restart();
});

test("a path where somebody listens, or that is something else, is refused with the cause", async () => {
  await assert.rejects(starts(), /cannot listen on .*admin\.sock: .*in use; stop the process that listens there/);
  assert.equal((await get("/livez")).status, 200, "it is still there");
  const file = path.join(folder, "file");
  await writeFile(file, "precious");
  await assert.rejects(Server.start({ config: `admin_socket = "${file}"` }), /cannot listen on .*file/);
  assert.equal((await stat(file)).size, 8, "and untouched");
  await assert.rejects(Server.start({ config: `admin_socket = "/${"x".repeat(120)}"` }), /at most 107 bytes/);
});

test("hostile bytes on it harm nobody", async () => {
  await new Promise((resolve) => {
    const raw = net.connect(socketPath, () => raw.write("\0\xff garbage\r\n\r\n"));
    raw.on("error", resolve).on("close", resolve);
    raw.resume();
  });
  assert.equal((await get("/livez")).status, 200);
});
