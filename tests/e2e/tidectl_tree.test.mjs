// tidectl tree and restart on a real server: the tree is drawn, an actor is begun anew, and nothing acknowledged is lost by that.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { readEntities } from "./support/http.mjs";
import { tidectl, tidectlDone } from "./support/tidectl.mjs";
import { until } from "./support/until.mjs";

let server;

before(async () => {
  server = await Server.start();
  await server.publish("sensor:a", { key: "t1", data: { n: 1 } });
});

after(async () => {
  await server?.dispose();
});

const nodes = (node) => [node, ...(node.children ?? []).flatMap(nodes)];
const find = async (id) => nodes((await tidectlDone(server, ["tree", "--limit", "1000"])).json).find((each) => each.id === id);

test("the tree has its branches and the rooms", async () => {
  const text = await tidectl(server, ["tree"]);
  assert.equal(text.status, 0, text.stderr);
  assert.match(text.stdout, /^root +supervisor +running/);
  for (const each of ["store", "world", "journal", "broadcaster", "sensor:a"]) assert.match(text.stdout, new RegExp(`[├└]─ ${each} `));
  assert.equal((await find("sensor:a")).kind, "room");
});

test("a restart gives a new actor, and the state is what was committed", async () => {
  const before_ = await find("sensor:a");
  const done = await tidectl(server, ["restart", "sensor:a", "--supervisor", "rooms"]);
  assert.equal(done.status, 0, done.stderr);
  await server.publish("sensor:a", { key: "t2", data: { n: 2 } });
  const after_ = await until("a new actor", async () => {
    const now = await find("sensor:a");
    return now && now.actor !== before_.actor ? now : null;
  });
  assert.ok(after_.actor > 0);
  assert.deepEqual((await readEntities(server, "sensor:a")).rows.map(({ key }) => key), ["t1", "t2"]);
  assert.equal((await tidectl(server, ["restart", "broadcaster"])).status, 0);
  await server.publish("sensor:a", { key: "t3", data: { n: 3 } });
});

test("who is not there is refused; a server that is away too", async () => {
  assert.equal((await tidectl(server, ["restart", "nobody"])).status, 1);
  assert.equal((await tidectl(null, ["tree", "--admin", "127.0.0.1:1"])).status, 3);
  assert.equal((await tidectl(server, ["restart"])).status, 2);
});
