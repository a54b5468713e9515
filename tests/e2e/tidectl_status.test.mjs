// tidectl status and doctor on a real server, and without one.
import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import net from "node:net";
import path from "node:path";
import { after, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { call, eventsPath } from "./support/http.mjs";
import { tidectl, tidectlDone } from "./support/tidectl.mjs";

let server;
let folder;

before(async () => {
  server = await Server.start({ config: "[test]\nfaults = true\n" });
  folder = await mkdtemp(path.join(tmpdir(), "tidewire-test-"));
});

after(async () => {
  await server?.dispose();
  await rm(folder, { recursive: true, force: true });
});

const found = (json, what) => json.findings.find((each) => each.what === what);

// A configuration with ports that nobody holds.
async function config(more = "") {
  const file = path.join(folder, "tidewire.toml");
  await writeFile(file, `listen = "127.0.0.1:1"\nadmin = "127.0.0.1:2"\ndata = "${folder}"\n[token]\nhmac_secret = "a secret of at least thirty-two bytes"\n${more}`);
  return file;
}

test("status: all is well; then what is wrong stands first and decides the exit status", async () => {
  const well = await tidectl(server, ["status"]);
  assert.equal(well.status, 0, well.stdout + well.stderr);
  assert.match(well.stdout, /^127\.0\.0\.1:\d+ is ready, and nothing is wrong\n/);
  assert.match(well.stdout, /^memory +/m);
  assert.match(well.stdout, /^connections +0, 0 behind$/m);
  const json = (await tidectlDone(server, ["status"])).json;
  assert.equal(json.ready, true);
  assert.ok(json.memory.budget > 0);
  assert.equal(json.actors.journal.alive, 2);

  await server.armFault("entity", 1_000_000, "deadly");
  const { body } = await call(server, "POST", eventsPath("a:1"), { body: { key: "deadly", data: 1 } });
  assert.equal(body.type, "/problems/quarantined");
  await server.armFault("entity", 0, "deadly");
  const wrong = await tidectl(server, ["status"]);
  assert.equal(wrong.status, 4);
  assert.match(wrong.stdout.split("\n")[0], /is ready: 1 thing is wrong$/);
  assert.match(wrong.stdout.split("\n")[1], /^WARN +quarantine +a change was set aside$/);
  assert.match(wrong.stdout, /→ tidectl quarantine list/);
  assert.match(wrong.stdout, /^note +crashes .*entity 2/m);
  const told = await tidectl(server, ["status", "--json"]);
  assert.equal(told.status, 4);
  assert.equal(found(told.json, "quarantine").verdict, "WARN");
});

test("status of a server that is not there", async () => {
  assert.equal((await tidectl(null, ["status", "--admin", "127.0.0.1:1"])).status, 3);
  assert.equal((await tidectl(null, ["status", "--admin", "127.0.0.1:1", "--json"])).json.error.type, "unavailable");
});

test("doctor without a server: every check says what it found, and leaves nothing behind", async () => {
  const looked = await tidectl(null, ["doctor", "--config", await config(), "--admin", "127.0.0.1:1", "--json"]);
  assert.ok([0, 4].includes(looked.status), looked.stdout);
  for (const what of ["configuration", "port of listen", "port of admin", "open files", "file system", "disk", "fsync", "memory", "versions", "server", "clock"])
    assert.ok(found(looked.json, what), `${what} in ${looked.stdout}`);
  assert.match(found(looked.json, "fsync").says, /of 32 writes of 4 KiB/);
  assert.match(found(looked.json, "port of listen").says, /is free/);
  assert.equal(looked.status, looked.json.findings.some(({ verdict }) => verdict === "WARN") ? 4 : 0);
  assert.deepEqual(await readdir(folder), ["tidewire.toml"]);
  const text = await tidectl(null, ["doctor", "--config", await config(), "--admin", "127.0.0.1:1"]);
  assert.match(text.stdout, /^OK +configuration /m);
});

test("doctor: a wrong configuration, a port that is taken, and too small a budget are told with the remedy", async () => {
  const unknown = await tidectl(null, ["doctor", "--config", await config("[limits]\nconections_max = 5\n"), "--admin", "127.0.0.1:1", "--json"]);
  assert.equal(unknown.status, 1);
  assert.match(found(unknown.json, "configuration").says, /connections_max/);
  const holder = net.createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => holder.once("listening", resolve));
  const file = path.join(folder, "taken.toml");
  await writeFile(file, `listen = "127.0.0.1:${holder.address().port}"\nadmin = "127.0.0.1:2"\ndata = "${folder}"\n[memory]\nbudget = "9000GiB"\n`);
  const taken = await tidectl(null, ["doctor", "--config", file, "--admin", "127.0.0.1:1", "--json"]);
  holder.close();
  await rm(file);
  assert.equal(taken.status, 1);
  assert.equal(found(taken.json, "port of listen").verdict, "FAIL");
  assert.match(found(taken.json, "port of listen").says, new RegExp(`\\(pid ${process.pid}\\)`));
  assert.equal(found(taken.json, "memory").verdict, "FAIL");
});

test("doctor beside a running server: it is known as the holder of its ports, and asked how it is", async () => {
  const file = path.join(folder, "served.toml");
  await writeFile(file, `listen = "${new URL(server.url).host}"\nadmin = "${new URL(server.adminUrl).host}"\n[token]\nhmac_secret = "a secret of at least thirty-two bytes"\n`);
  const looked = await tidectl(server, ["doctor", "--config", file, "--data", server.dataFolder, "--json"]);
  await rm(file);
  assert.match(found(looked.json, "port of listen").says, new RegExp(`is held by tidewire \\(pid ${server.pid}\\)`));
  assert.match(found(looked.json, "open files").says, new RegExp(`of the server \\(pid ${server.pid}\\)`));
  assert.ok(looked.json.findings.some(({ what }) => what === "server" || what.startsWith("server: ")), looked.stdout);
});
