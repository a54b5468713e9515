// tidectl passivate, loglevel and config on a real server.
import assert from "node:assert/strict";
import { appendFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { readEntities } from "./support/http.mjs";
import { tidectl, tidectlDone } from "./support/tidectl.mjs";

let server;

before(async () => {
  server = await Server.start({ config: '[limits]\ntags_max = 16\n' });
  await server.publish("sensor:a", { key: "t1", data: { n: 1 } });
});

after(async () => {
  await server?.dispose();
});

test("passivate has a room leave memory, and it comes back with its state", async () => {
  assert.deepEqual((await tidectlDone(server, ["passivate", "sensor:a"])).json, { passivated: true });
  assert.equal((await readEntities(server, "sensor:a")).rows.length, 1);
  const text = await tidectl(server, ["passivate", "never:used"]);
  assert.match(text.stdout, /stays/);
});

test("loglevel shows and sets, of one part or of all", async () => {
  assert.equal((await tidectlDone(server, ["loglevel"])).json.default, "info");
  const [component] = Object.keys((await tidectlDone(server, ["loglevel"])).json.components);
  assert.equal((await tidectlDone(server, ["loglevel", component, "debug"])).json.components[component], "debug");
  assert.equal((await tidectlDone(server, ["loglevel", "warn"])).json.default, "warn");
  assert.equal((await tidectl(server, ["loglevel", "nobody", "debug"])).status, 1);
  assert.equal((await tidectl(server, ["loglevel", "loud"])).status, 2);
});

test("config shows what runs; diff what the file says; reload takes what can be taken", async () => {
  const shown = await tidectl(server, ["config", "show"]);
  assert.equal(shown.status, 0, shown.stderr);
  assert.match(shown.stdout, /tags_max = 16/);
  assert.match((await tidectl(server, ["config", "diff"])).stdout, /the file says what runs/);
  await appendFile(path.join(server.folder, "tidewire.toml"), "document_bytes_max = 65536\n");
  assert.match((await tidectl(server, ["config", "diff"])).stdout, /document_bytes_max/);
  assert.equal((await tidectl(server, ["config", "reload"])).status, 0);
  await appendFile(path.join(server.folder, "tidewire.toml"), "nonsense = 1\n");
  assert.equal((await tidectl(server, ["config", "reload"])).status, 1);
  assert.equal((await tidectl(server, ["config"])).status, 2);
});
