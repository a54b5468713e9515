// API keys are read again on SIGHUP: new ones are let in, those that are gone are not, and who came with them is sent away.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { apiKey, keyOf } from "./support/credentials.mjs";
import { call, eventsPath, roomPath } from "./support/http.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";
import { until } from "./support/until.mjs";

const base = "[limits]\nping_interval_s = 1\n";
const configured = (...keys) => base + keys.join("");
const headers = (name) => ({ headers: { "X-API-Key": keyOf(name) } });
const read = async (name) => (await call(server, "GET", `${roomPath("a")}/history`, headers(name))).status;
const publish = async (name) => (await call(server, "POST", eventsPath("a"), { ...headers(name), body: { data: 1 } })).status;

let server;
let reloads = 0;

async function reload(...keys) {
  await writeFile(path.join(server.folder, "tidewire.toml"), configured(...keys));
  process.kill(server.pid, "SIGHUP");
  reloads += 1;
  await until("the configuration is read again", () => server.log.split("configuration reloaded").length > reloads);
}

before(async () => {
  server = await Server.start({ dev: false, config: configured(apiKey("stays", ["read", "publish"], ["*"]), apiKey("goes", ["read"], ["*"])) });
  assert.equal(await publish("stays"), 200);
});

after(() => server?.dispose());

test("a new key is let in, one that is gone is not, and what began with it ends", async () => {
  const stays = await ProtocolClient.connect(server, {}, headers("stays"));
  const goes = await ProtocolClient.connect(server, {}, headers("goes"));
  const late = await ProtocolClient.open(server, headers("goes")); // has not connected yet
  await stays.result("subscribe", { channel: "a" });
  const stream = await fetch(`${server.url}${roomPath("a")}/stream`, headers("goes"));
  const ended = stream.text();
  assert.deepEqual([await read("goes"), await read("new")], [200, 401]);

  await reload(apiKey("new", ["read"], ["*"]), apiKey("stays", ["read", "publish"], ["*"]));
  assert.deepEqual([await read("goes"), await read("new"), await read("stays")], [401, 200, 200]);
  const [reply] = late.sendAll({ connect: {} });
  assert.equal((await reply).closed?.code, 3500, "too late to connect");
  await until("the connection is ended", () => goes.closed);
  assert.equal(goes.closed.code, 3005);
  await ended;
  assert.equal(await publish("stays"), 200);
  await until("the others go on", () => stays.received.some(({ push }) => push?.pub));
  assert.equal(stays.closed, null);
  stays.terminate();
});

test("a key that may do something else now counts as another one", async () => {
  const client = await ProtocolClient.connect(server, {}, headers("stays"));
  await reload(apiKey("stays", ["read"], ["*"]));
  assert.equal(await publish("stays"), 403);
  await until("the connection is ended", () => client.closed);
});

test("a file with a fault changes nothing", async () => {
  await writeFile(path.join(server.folder, "tidewire.toml"), configured(apiKey("", ["read"], ["*"])));
  process.kill(server.pid, "SIGHUP");
  await until("the refusal", () => /configuration not reloaded/.test(server.log));
  assert.equal(await read("stays"), 200);
});
