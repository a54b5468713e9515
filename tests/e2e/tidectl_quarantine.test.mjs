// tidectl quarantine on a real server: what was set aside is listed, shown, published again and discarded.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { Server } from "../support/server.mjs";
import { call, eventsPath, readEntities } from "./support/http.mjs";
import { range } from "./support/subscriber.mjs";
import { tidectl, tidectlDone } from "./support/tidectl.mjs";

const always = 1_000_000;
const room = "sensor:a";
let server;

before(async () => {
  server = await Server.start({ config: "[test]\nfaults = true\n" });
});

after(async () => {
  await server?.dispose();
});

// So many changes are set aside; then nothing is deadly any more.
async function setAside(count) {
  await server.armFault("entity", always, "deadly");
  for (const n of range(1, count)) {
    const { body } = await call(server, "POST", eventsPath(room), { body: { key: "deadly", op: "increment", data: { [`n${n}`]: n } } });
    assert.equal(body.type, "/problems/quarantined");
  }
  await server.armFault("entity", 0, "deadly");
}

const records = async () => (await tidectlDone(server, ["quarantine", "list"])).json.records;

beforeEach(async () => {
  if ((await records()).length > 0) await tidectlDone(server, ["quarantine", "discard", "--all", "--yes"]);
});

test("what was set aside is listed in the order of time, and shown", async () => {
  assert.match((await tidectl(server, ["quarantine", "list"])).stdout, /empty/);
  await setAside(2);
  const [first, second] = await records();
  assert.equal(first.room, room);
  assert.equal(first.actor, "entity");
  assert.ok(first.id < second.id);
  const listed = await tidectl(server, ["quarantine", "list"]);
  assert.equal(listed.status, 0);
  assert.deepEqual(
    listed.stdout.trim().split("\n").map((line) => line.split(" ")[0]),
    [first.id, second.id],
  );
  const shown = await tidectlDone(server, ["quarantine", "show", first.id]);
  assert.equal(shown.json.operations[0].key, "deadly");
  const text = await tidectl(server, ["quarantine", "show", first.id]);
  assert.match(text.stdout, /^room +sensor:a$/m);
  assert.match(text.stdout, /^operations +\{.*"n1":1/m);
});

test("a replay applies it, once, and the record is gone", async () => {
  await setAside(1);
  const [{ id }] = await records();
  const replayed = await tidectl(server, ["quarantine", "replay", id]);
  assert.equal(replayed.status, 0, replayed.stderr);
  assert.equal(replayed.stdout, `${id} replayed\n`);
  assert.deepEqual((await readEntities(server, room)).rows.find(({ key }) => key === "deadly").data, { n1: 1 });
  const again = await tidectl(server, ["quarantine", "replay", id]);
  assert.equal(again.status, 1);
  assert.deepEqual(await records(), []);
});

test("all can be replayed or discarded at once; what is refused is told and stays", async () => {
  await setAside(3);
  await server.armFault("entity", always, "deadly");
  const refused = await tidectl(server, ["quarantine", "replay", "--all", "--json"]);
  assert.equal(refused.status, 4);
  assert.equal(refused.json.replayed, 0);
  assert.equal(refused.json.refused.length, 3);
  await server.armFault("entity", 0, "deadly");
  assert.deepEqual((await tidectlDone(server, ["quarantine", "replay", "--all"])).json, { replayed: 3, refused: [] });
  await setAside(2);
  const unsure = await tidectl(server, ["quarantine", "discard", "--all"]);
  assert.equal(unsure.status, 2);
  assert.match(unsure.stderr, /--yes/);
  assert.equal((await records()).length, 2);
  const discarded = await tidectl(server, ["quarantine", "discard", ...(await records()).map(({ id }) => id)]);
  assert.equal(discarded.stdout, "2 discarded, 0 refused\n");
  assert.deepEqual(await records(), []);
});

test("a wrong command line, an unknown record and a server that is not there are told apart", async () => {
  for (const args of [["quarantine"], ["quarantine", "replay"], ["quarantine", "show"], ["quarantine", "replay", "x", "--all"]])
    assert.equal((await tidectl(server, args)).status, 2, args.join(" "));
  const unknown = await tidectl(server, ["quarantine", "show", "../actors"]);
  assert.equal(unknown.status, 1);
  assert.match(unknown.stderr, /^tidectl: /);
  assert.equal((await tidectl(null, ["--admin", "127.0.0.1:1", "quarantine", "list"])).status, 3);
});
