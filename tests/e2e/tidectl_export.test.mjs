// tidectl export and import, with real servers: what is exported from one is the same in another.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, afterEach, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { call, entityPath, readEntities, readHistory, roomPath } from "./support/http.mjs";
import { publishOnce } from "./support/publisher.mjs";
import { tidectl, tidectlDone } from "./support/tidectl.mjs";
import { until } from "./support/until.mjs";

const config = `
[[namespace]]
name = "memory"
durability = "memory"

[[namespace]]
name = "short"
history_size = 20
[namespace.map]
key_ttl = 3600
`;

let source;
let folder;
let targets = [];

before(async () => {
  source = await Server.start({ config });
  folder = await mkdtemp(path.join(tmpdir(), "tidewire-export-"));
  await source.publish(
    "sensor:a",
    Array.from({ length: 900 }, (_, i) => ({ key: `k${i % 300}`, op: "set", data: { i, text: "ünï\n\"☃" }, tags: { floor: `${i % 3}` } })),
  );
  await source.publish("sensor:a", [
    { key: "k7", op: "remove" },
    { key: "schlüssel/ä b", data: { type: "lamp", state: "on", attributes: { level: 1e-7 } } },
    { key: "later", op: "set", data: 1, ttl: 3_600 },
    { key: "until", op: "set", data: 2, expires_at: "2035-01-02T03:04:05.678Z" },
    { data: { only: "the stream" }, tags: { type: "mine" } },
  ]);
  await source.publish("memory:m", [{ key: "a", data: { x: [1, 2.50, null] } }, { key: "b", op: "set", data: "text" }]);
  for (let i = 0; i < 30; i += 1) await source.publish("short:s", [{ key: `s${i % 5}`, op: "set", data: i }, { key: "stays", op: "set", data: i, ttl: 0 }]);
  await source.publish("short:s", { key: "once", op: "set", data: 1 });
  for (let i = 0; i < 60; i += 1) await source.publish("short:s", { key: "busy", op: "set", data: i });
});

after(async () => {
  await source?.dispose();
  await rm(folder, { recursive: true, force: true });
});

afterEach(async () => {
  for (const each of targets) await each.dispose();
  targets = [];
});

async function target() {
  const made = await Server.start({ config });
  targets.push(made);
  return made;
}

const file = (name) => path.join(folder, name);
const rooms = async (server) => (await server.request("GET", "/api/v1/rooms?limit=1000")).data.map(({ room }) => room);

// The state of all rooms: what an export carries and an import makes again.
async function stateOf(server) {
  const state = {};
  for (const room of await rooms(server))
    state[room] = (await readEntities(server, room)).rows.map(({ key, tags, data, expires_at }) => ({ key, tags, data, expires_at }));
  return state;
}

async function assertSameState(server) {
  assert.deepEqual(await stateOf(server), await stateOf(source));
}

for (const format of ["ndjson", "cloudevents"]) {
  test(`a round trip as ${format} gives the same state`, async () => {
    const name = file(`state.${format}`);
    const { json } = await tidectlDone(source, ["export", "--format", format, name]);
    assert.equal(json.exported.rooms, 3);
    const lines = (await readFile(name, "utf8")).trimEnd().split("\n").map((line) => JSON.parse(line));
    if (format === "cloudevents") {
      assert.ok(lines.every((event) => event.specversion === "1.0" && event.id && event.source && event.type === "tidewire.entity"));
      assert.equal(new Set(lines.map(({ id, source: from }) => `${from} ${id}`)).size, lines.length);
    } else {
      assert.equal(lines[0].tidewire_export, 1);
      assert.deepEqual(lines.at(-1), { tidewire_export_end: 1, rooms: 3, entities: json.exported.entities, publications: 0 });
      const { rows, epoch, offset } = await readEntities(source, "sensor:a");
      assert.deepEqual(
        lines.filter((line) => line.room === "sensor:a"),
        [{ room: "sensor:a", epoch, offset }, ...rows.map(({ offset: _, ...row }) => ({ room: "sensor:a", ...row }))],
      );
    }
    const to = await target();
    const imported = (await tidectlDone(to, ["import", name])).json.imported;
    assert.deepEqual(imported, { applied: json.exported.entities, refused: 0, expired: 0, refusals: [] });
    await assertSameState(to);

    const tops = await Promise.all((await rooms(to)).map(async (room) => (await readHistory(to, room)).offset));
    await tidectlDone(to, ["import", name]);
    assert.deepEqual(await Promise.all((await rooms(to)).map(async (room) => (await readHistory(to, room)).offset)), tops, "nothing is applied twice");
    await tidectlDone(to, ["import", "--again", name]);
    assert.notDeepEqual(await Promise.all((await rooms(to)).map(async (room) => (await readHistory(to, room)).offset)), tops);
    await assertSameState(to);
  });

  test(`a round trip with history as ${format} gives the same state and, where all of it is kept, the same history`, async () => {
    const name = file(`history.${format}`);
    await tidectlDone(source, ["export", "--history", "--format", format, name]);
    const to = await target();
    await tidectlDone(to, ["import", name]);
    await assertSameState(to);
    const history = async (server, room) => (await readHistory(server, room)).rows.map(({ time: _, ...row }) => row);
    for (const room of ["sensor:a", "memory:m"]) assert.deepEqual(await history(to, room), await history(source, room));
    const kept = await history(source, "short:s");
    assert.ok(kept[0].offset > 1, "its history is trimmed");
    const made = (await history(to, "short:s")).slice(-20);
    assert.deepEqual(
      made.map(({ key, data }) => [key, data]),
      kept.slice(-20).map(({ key, data }) => [key, data]),
    );
  });
}

test("an import that was interrupted is repeated, and applies nothing twice", async () => {
  const name = file("whole.ndjson");
  await tidectlDone(source, ["export", "--history", "--room", "sensor:a", name]);
  const text = await readFile(name, "utf8");
  const to = await target();
  const cut = await tidectl(to, ["import", "-"], { input: text.slice(0, text.length / 2) });
  assert.equal(cut.status, 1);
  assert.match(cut.stderr, /line \d+: /, "half a line is no line");
  const half = (await readHistory(to, "sensor:a")).offset;
  assert.ok(half > 100);
  const short = await tidectl(to, ["import", "-"], { input: text.slice(0, text.lastIndexOf("\n", text.length / 2) + 1) });
  assert.equal(short.status, 1);
  assert.match(short.stderr, /cut short/);
  await tidectlDone(to, ["import", "-"], { input: text });
  const history = async (server) => (await readHistory(server, "sensor:a")).rows.map(({ time: _, ...row }) => row);
  assert.deepEqual(await history(to), await history(source));
});

test("an import goes on through a crash of the server", { timeout: 60_000 }, async () => {
  const lines = Array.from({ length: 40_000 }, (_, i) => JSON.stringify({ room: `r${i % 3}`, key: `k${i}`, tags: {}, data: i }));
  const to = await target();
  const importing = tidectl(to, ["import", "-", "--json"], { input: lines.join("\n") });
  await until("it is under way", async () => ((await call(to, "GET", roomPath("r0"))).body.offset ?? 0) > 500);
  await to.kill();
  await to.restart();
  const done = await importing;
  assert.equal(done.status, 0, done.stdout + done.stderr);
  assert.equal(done.json.imported.applied, lines.length);
  const tops = await Promise.all([0, 1, 2].map(async (i) => (await call(to, "GET", roomPath(`r${i}`))).body.offset));
  assert.equal(
    tops.reduce((sum, top) => sum + top, 0),
    lines.length,
    "each line took one offset",
  );
});

test("what is refused is told by line; the import stops, or goes on when it is told to", async () => {
  const lines = [
    { room: "r", key: "a", data: 1 },
    { room: "r", key: "", data: 2 },
    { room: "r", key: "b", data: 3 },
    { key: "c", data: 4 },
    { room: "$sys", key: "d", data: 5 },
    { room: "r", key: "e", data: "x".repeat(2_000_000) },
    { room: "r", key: "f", data: 6, tags: { t: "y".repeat(300) } },
    { room: "r", key: "g", data: 7 },
    { room: "r", key: "gone", version: 3, data: 8, expires_at: "2020-01-01T00:00:00Z" },
  ].map((line) => JSON.stringify(line));
  lines.splice(3, 0, "", "no JSON");
  const input = `${lines.join("\n")}\n`;
  const to = await target();
  const going = await tidectl(to, ["import", "-", "--keep-going", "--json"], { input });
  assert.equal(going.status, 4);
  const { applied, refused, expired, refusals } = going.json.imported;
  assert.deepEqual([applied, refused, expired], [3, 6, 1]);
  assert.deepEqual(refusals.map(({ line }) => line).sort((left, right) => left - right), [2, 5, 6, 7, 8, 9]);
  assert.equal(refusals.find(({ line }) => line === 8).type, "payload-too-large");
  assert.equal(refusals.find(({ line }) => line === 7).type, "permission-denied");
  assert.deepEqual((await readEntities(to, "r")).rows.map(({ key, data }) => [key, data]), [["a", 1], ["b", 3], ["g", 7]]);

  const stopping = await tidectl(to, ["import", "-", "--again"], { input });
  assert.equal(stopping.status, 1);
  assert.match(stopping.stderr, /line \d+: /);
  assert.match(stopping.stderr, /--keep-going leaves out what is refused/);
});

test("pipes: one server's export is another's import", async () => {
  const { stdout, stderr } = await tidectl(source, ["export", "-"]);
  assert.match(stderr, /^exported .* entities/, "what is said goes elsewhere than what is exported");
  const to = await target();
  const done = await tidectl(to, ["import", "-"], { input: stdout });
  assert.equal(done.status, 0, done.stderr);
  await assertSameState(to);
});

test("--room and --prefix choose; a file that is there is kept", async () => {
  const roomsIn = async (args) => {
    const { stdout } = await tidectl(source, ["export", "-", ...args]);
    return [...new Set(stdout.trimEnd().split("\n").map((line) => JSON.parse(line).room).filter(Boolean))];
  };
  assert.deepEqual(await roomsIn(["--room", "sensor:a"]), ["sensor:a"]);
  assert.deepEqual(await roomsIn(["--prefix", "s"]), ["sensor:a", "short:s"]);
  assert.deepEqual(await roomsIn(["--prefix", "memory:"]), ["memory:m"]);
  assert.deepEqual(await roomsIn(["--room", "sensor:"]), []);
  assert.equal((await tidectl(source, ["export", "-", "--room", "a", "--prefix", "b"])).status, 2);
  await writeFile(file("kept"), "precious");
  const kept = await tidectl(source, ["export", file("kept")]);
  assert.equal(kept.status, 1);
  assert.match(kept.stderr, /--force/);
  assert.equal(await readFile(file("kept"), "utf8"), "precious");
  await tidectlDone(source, ["export", "--force", file("kept")]);
  await assert.rejects(stat(`${file("kept")}.part`));
});

test("an export is of one moment of all rooms on disk while they change", { timeout: 120_000 }, async () => {
  const busy = await target();
  for (let i = 0; i < 10; i += 1)
    await busy.publish("one", Array.from({ length: 500 }, (_, k) => ({ key: `filler/${i * 500 + k}`, op: "set", data: { text: "x".repeat(400) } })));
  let stopped = false;
  let round = 0;
  // The first and the last key of the room change together, and then one of another room: never is the other one ahead.
  const changing = (async () => {
    for (; !stopped; round += 1) {
      await publishOnce(busy, "one", [{ key: "a", op: "set", data: round }, { key: "z", op: "set", data: round }]);
      await publishOnce(busy, "two", { key: "k", op: "set", data: round });
    }
  })();
  await until("it changes", () => round > 20);
  for (let i = 0; i < 5; i += 1) {
    const before = round;
    const { stdout } = await tidectl(busy, ["export", "-"]);
    const lines = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    const of = (room, key) => lines.find((line) => line.room === room && line.key === key);
    assert.equal(lines.filter((line) => line.room === "one" && line.key).length, 5_002);
    assert.equal(of("one", "a").data, of("one", "z").data);
    assert.ok(of("two", "k").data <= of("one", "a").data && of("two", "k").data >= of("one", "a").data - 1);
    assert.ok(of("one", "a").data >= before - 1);
    assert.equal(lines.find((line) => line.room === "one" && line.epoch).offset, of("one", "z").version);
  }
  stopped = true;
  await changing;
});

test("--at: the state of an earlier moment, or a plain refusal", async () => {
  const to = await target();
  for (let i = 1; i <= 5; i += 1) await to.publish("r", { key: `k${i % 2}`, op: "set", data: i });
  const { time } = (await readHistory(to, "r")).rows[2];
  const at = async (...args) => {
    const done = await tidectl(to, ["export", "-", ...args]);
    assert.equal(done.status, 0, done.stderr);
    return done.stdout.trimEnd().split("\n").map((line) => JSON.parse(line)).filter(({ key }) => key).map(({ key, data }) => [key, data]);
  };
  assert.deepEqual(await at("--room", "r", "--at", "3"), [["k0", 2], ["k1", 3]]);
  assert.deepEqual(await at("--room", "r", "--at", "1"), [["k1", 1]]);
  const then = await at("--at", time);
  assert.ok(then.some(([key, data]) => key === "k1" && data >= 3));
  const other = await tidectl(to, ["export", "-", "--at", "3"]);
  assert.equal(other.status, 1);
  assert.match(other.stderr, /name the room, or give a time/);
  const trimmed = await tidectl(source, ["export", "-", "--room", "short:s", "--at", "3"]);
  assert.equal(trimmed.status, 1);
  assert.match(trimmed.stderr, /cannot be told any more/);
  assert.equal(trimmed.stdout.includes("tidewire_export_end"), false);
});

test("the past over HTTP", async () => {
  const to = await target();
  await to.publish("r", [{ key: "a", op: "set", data: 1, tags: { t: "1" } }, { key: "b", op: "set", data: 2 }, { key: "a", op: "remove" }, { key: "a", op: "set", data: 4 }]);
  const then = async (key, at) => call(to, "GET", `${entityPath("r", key)}?at=${at}`);
  const first = await then("a", 2);
  assert.equal(first.status, 200);
  assert.deepEqual([first.body.version, first.body.data, first.body.tags], [1, 1, { t: "1" }]);
  assert.equal((await then("a", 3)).status, 404);
  assert.equal((await then("b", 1)).status, 404);
  assert.equal((await then("a", 4)).body.data, 4);
  assert.equal((await then("a", 5)).status, 400);
  const page = (await call(to, "GET", `${roomPath("r")}/entities?at=3&limit=1`)).body;
  assert.deepEqual([page.offset, page.data.map(({ key }) => key), page.has_more], [3, ["b"], false]);
  assert.equal((await call(to, "GET", `${roomPath("none")}/entities?at=3`)).status, 404);

  const gone = await call(source, "GET", `${roomPath("short:s")}/entities?at=5`);
  assert.deepEqual([gone.status, gone.body.type], [410, "/problems/no-longer-kept"]);
  const still = await call(source, "GET", `${entityPath("short:s", "once")}?at=62`);
  assert.deepEqual([still.status, still.body.data], [200, 1]);
});
