// tidectl backup and restore, with the real server under load: what was acknowledged before the backup is there, and who comes back starts
// from a snapshot.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { appendFile, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { Server } from "../support/server.mjs";
import { readEntities, readHistory } from "./support/http.mjs";
import { publishOnce } from "./support/publisher.mjs";
import { MapWatcher, StreamWatcher, connect, range } from "./support/subscriber.mjs";
import { tidectl, tidectlDone } from "./support/tidectl.mjs";
import { until } from "./support/until.mjs";

const config = `
[[namespace]]
name = "logged"
durability = "wal"
`;
const rooms = ["sensor:a", "logged:b"];
const noise = (bytes) => randomBytes(bytes / 2).toString("hex");

let server;
let backups;

beforeEach(async () => {
  server = await Server.start({ config });
  backups = await mkdtemp(path.join(tmpdir(), "tidewire-backups-"));
});

afterEach(async () => {
  await server?.dispose();
  await rm(backups, { recursive: true, force: true });
});

// So much that a slow backup takes a while.
async function fill(mebibytes) {
  for (let i = 0; i < mebibytes; i += 1)
    await server.publish("big", [0, 1, 2, 3].map((part) => ({ key: `${i}/${part}`, op: "set", data: { noise: noise(262_144) } })));
}

// Publishers that go on until stopped; what was acknowledged, in order: {room, offset, id}.
class Load {
  acknowledged = [];
  #stopped = false;
  #running;

  constructor() {
    this.#running = Promise.all(
      [...rooms, ...rooms].map(async (room, publisher) => {
        for (let number = 0; !this.#stopped; number += 1) {
          const id = `${publisher}/${number}`;
          const answer = await publishOnce(server, room, { key: `k${number % 50}`, op: "set", data: { id } });
          if (answer?.status === 200) this.acknowledged.push({ room, offset: answer.body.offset, id });
        }
      }),
    );
  }

  async stop() {
    this.#stopped = true;
    await this.#running;
  }
}

async function assertHolds(entries) {
  for (const room of rooms) {
    const { rows, offset } = await readHistory(server, room);
    assert.deepEqual(
      rows.map((row) => row.offset),
      range(1, offset),
    );
    for (const entry of entries.filter((each) => each.room === room)) {
      assert.equal(rows[entry.offset - 1]?.data.id, entry.id, `what was acknowledged at ${entry.offset} of ${room} before the backup`);
    }
    const state = new Map(rows.map((row) => [row.key, row.data.id]));
    const { rows: entities } = await readEntities(server, room);
    assert.deepEqual(new Map(entities.map(({ key, data }) => [key, data.id])), state);
  }
}

test("a backup under load, restored: everything before it is there, epochs are new, clients start from a snapshot", { timeout: 120_000 }, async () => {
  await fill(8);
  const load = new Load();
  await until("the load runs", () => load.acknowledged.length > 200);
  const client = connect(server);
  const map = new MapWatcher(client, rooms[0]);
  const stream = new StreamWatcher(client, rooms[1]);
  await until("the client is live", () => map.syncs.length === 1 && stream.subscribed.length === 1);

  const before = [...load.acknowledged];
  const { json } = await tidectlDone(server, ["backup", backups, "--rate", "4"]);
  const during = load.acknowledged.length - before.length;
  assert.ok(during > 100, `publishing went on: ${during} acknowledged while the backup was copied slowly`);
  assert.equal(json.backup.id, 1);
  assert.ok(json.backup.copied_bytes > 7_000_000);
  const epochs = await Promise.all(rooms.map(async (room) => (await server.request("GET", `/api/v1/rooms/${encodeURIComponent(room)}`)).epoch));
  await until("the load goes on", () => load.acknowledged.length > before.length + during + 200);
  await load.stop();
  const top = map.offset;

  await server.loseData();
  const restored = await tidectlDone(null, ["restore", backups, "--data", server.dataFolder]);
  assert.equal(restored.json.restored.id, 1);
  await server.restart();
  await assertHolds(before);
  for (const [index, room] of rooms.entries()) {
    const now = await server.request("GET", `/api/v1/rooms/${encodeURIComponent(room)}`);
    assert.notEqual(now.epoch, epochs[index], room);
    assert.ok(index !== 0 || now.offset < top, "the client was told offsets that will be used again");
  }
  await until("the map started from a snapshot", () => map.syncs.length === 2);
  const entities = await readEntities(server, rooms[0]);
  assert.deepEqual(map.state, new Map(entities.rows.map(({ key, data }) => [key, data])));
  await until("the stream was told that it missed something", () => stream.subscribed.length === 2);
  assert.deepEqual([stream.subscribed[1].wasRecovering, stream.subscribed[1].recovered], [true, false]);
  client.disconnect();

  await server.publish(rooms[0], { key: "after", data: {} });
  const second = await tidectlDone(server, ["backup", backups, "--rate", "0"]);
  assert.equal(second.json.backup.id, 2);
  // How much depends on what the database has rewritten since, which it does by its own clock.
  assert.ok(second.json.backup.copied_bytes < second.json.backup.bytes, `a backup of a restored database shares its files: ${second.stdout}`);
});

test("one backup at a time; kill -9 in the middle of one leaves the older ones", { timeout: 120_000 }, async () => {
  await tidectlDone(server, ["backup", backups]);
  await fill(8);
  const slow = tidectl(server, ["backup", backups, "--rate", "1"]);
  const report = () => fetch(`${server.adminUrl}/api/v1/backups`).then((response) => response.json());
  await until("it copies", async () => {
    const { state, copied_bytes: copied } = await report(); // first of the backup before
    return state === "running" && copied > 0;
  });
  const second = await tidectl(server, ["backup", backups]);
  assert.equal(second.status, 1);
  assert.match(second.stderr, /under way: wait for its end/);
  const direct = await fetch(`${server.adminUrl}/api/v1/backups`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ directory: backups }),
  });
  assert.equal(direct.status, 409);

  await server.kill();
  assert.equal((await slow).status, 3);
  const list = async () => (await tidectlDone(null, ["backup", "--list", backups])).json.backups.map(({ id }) => id);
  assert.deepEqual(await list(), [1]);
  await tidectlDone(null, ["backup", "--verify", backups]);
  await server.restart();
  await tidectlDone(server, ["backup", backups, "--rate", "0"]);
  const ids = await list();
  assert.equal(ids.length, 2);
  await tidectlDone(server, ["backup", backups, "--keep", "1"]);
  assert.deepEqual((await list()).length, 1);
});

test("SIGTERM gives a backup up and does not wait for it", { timeout: 60_000 }, async () => {
  await fill(8);
  const slow = tidectl(server, ["backup", backups, "--rate", "1"]);
  await until("it copies", async () => (await (await fetch(`${server.adminUrl}/api/v1/backups`)).json()).copied_bytes > 0);
  assert.equal(await server.stop(), 0);
  assert.equal((await slow).status, 3);
  assert.deepEqual((await tidectlDone(null, ["backup", "--list", backups])).json.backups, []);
});

test("a damaged backup, a directory in use, and one that is not empty are refused", { timeout: 60_000 }, async () => {
  await server.publish("a", { key: "k", data: noise(65_536) });
  await tidectlDone(server, ["backup", backups]);
  const restore = (data) => tidectl(null, ["restore", backups, "--data", data]);

  const inUse = await restore(server.dataFolder);
  assert.equal(inUse.status, 1);
  assert.match(inUse.stderr, /in use: stop the server first/);
  await server.stop();
  const full = await restore(server.dataFolder);
  assert.equal(full.status, 1);
  assert.match(full.stderr, /not empty/);

  const shared = path.join(backups, "shared_checksum");
  let largest = { size: 0 };
  for (const name of await readdir(shared)) {
    const { size } = await stat(path.join(shared, name));
    if (size > largest.size) largest = { size, name };
  }
  await appendFile(path.join(shared, largest.name), "x");
  const target = path.join(backups, "target");
  const damaged = await restore(target);
  assert.equal(damaged.status, 1, damaged.stderr);
  assert.match(damaged.stderr, /backup 1 in .* is damaged .*use another backup/);
  await assert.rejects(stat(target));
});

test("errors say what to do", async () => {
  const wrong = await tidectl(null, ["backup", backups], { env: { TIDEWIRE_ADMIN: "127.0.0.1:1" } });
  assert.equal(wrong.status, 3);
  assert.match(wrong.stderr, /cannot connect to 127\.0\.0\.1:1: .*is the server running\?/);
  const json = await tidectl(null, ["--json", "--admin", "127.0.0.1:1", "backup", backups]);
  assert.equal(json.json.error.type, "unavailable");
  assert.equal((await tidectl(null, ["backup"])).status, 2);
  assert.equal((await tidectl(null, ["backup", "--list", path.join(backups, "none")])).status, 1);
  const inside = await tidectl(server, ["backup", path.join(server.dataFolder, "backups")]);
  assert.equal(inside.status, 1);
  assert.match(inside.stderr, /inside the database's own directory/);
  const onFile = await tidectl(server, ["backup", "/dev/null/backups"]);
  assert.equal(onFile.status, 1);
  assert.match(onFile.stderr, /Not a directory/);
  const page = await fetch(`${server.adminUrl}/api/v1/backups`, { method: "POST", body: JSON.stringify({ directory: backups }) });
  assert.equal(page.status, 415, "what a page of another origin may send without asking is refused");
});
