// tidectl bench on a real server: every delivery is counted, and what it leaves is what it says.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { readEntities } from "./support/http.mjs";
import { tidectl } from "./support/tidectl.mjs";

let server;

before(async () => {
  server = await Server.start();
});

after(async () => {
  await server?.dispose();
});

test("it publishes, its subscribers are told all of it, and its entities are gone afterwards", async () => {
  const ended = await tidectl(server, ["bench", "--rate", "50", "--seconds", "2", "--subscribers", "3", "--keys", "5", "--json"]);
  assert.equal(ended.status, 0, ended.stdout + ended.stderr);
  const { room, published, delivered, missing, acknowledged, delivery, leaves } = ended.json;
  assert.ok(published > 0);
  assert.equal(delivered, published * 3);
  assert.equal(missing, 0);
  assert.equal(acknowledged.count, published);
  assert.equal(delivery.count, delivered);
  assert.ok(acknowledged.p50_us <= acknowledged.p99_us && acknowledged.p99_us <= acknowledged.max_us);
  assert.match(leaves, new RegExp(room));
  assert.deepEqual((await readEntities(server, room)).rows, []);
  const { data } = await server.request("GET", "/api/v1/rooms");
  assert.deepEqual(data.map((each) => each.room), [room]);
});

test("for people; without subscribers; and refused where nothing can be done", async () => {
  const text = await tidectl(server, ["bench", "--rate", "20", "--seconds", "1", "--subscribers", "0", "--room", "mine"]);
  assert.equal(text.status, 0, text.stderr);
  assert.match(text.stdout, /^\d+ publications in 1 s, \d+ a second\nacknowledged +\d+\.\d\d ms in the middle/);
  assert.match(text.stdout, /the room mine and its history stay/);
  assert.equal((await tidectl(server, ["bench", "--room", "$sys"])).status, 1);
  assert.equal((await tidectl(null, ["bench", "--admin", "127.0.0.1:1"])).status, 3);
  assert.equal((await tidectl(server, ["bench", "--rate", "0"])).status, 2);
});
