// A storm of map subscribers: all come at once and read the same pages while the room changes; each ends with exactly the server's state.
// MAP_STORM=1000 for the long form, with a room of as many entities: it says what the storm took. MAP_STORM_QUIET=1: the room does not
// change; MAP_STORM_DEFLATE=1: clients take compressed messages.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import WebSocket from "ws";
import { Server } from "../support/server.mjs";
import { readEntities } from "./support/http.mjs";
import { range } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const long = process.env.MAP_STORM !== undefined;
const clients = Number(process.env.MAP_STORM ?? 60);
const entities = long ? 1_000 : 200;
const pageRows = long ? 1_000 : 40;
const changing = process.env.MAP_STORM_QUIET === undefined;
const deflate = process.env.MAP_STORM_DEFLATE !== undefined;
const room = "storm";
const filler = "x".repeat(long ? 150 : 10);

let server;

before(async () => {
  server = await Server.start();
});

after(async () => {
  await server?.dispose();
});

// Reads pages as a client does and keeps all it is told as text, to be looked at when the storm is over.
class Reader {
  live = false;
  told = [];
  #socket;
  #id = 1;

  static async connect() {
    const reader = new Reader();
    reader.#socket = new WebSocket(server.websocketUrl, { perMessageDeflate: deflate });
    await new Promise((resolve, reject) => reader.#socket.once("open", resolve).once("error", reject));
    const greeted = new Promise((resolve) => reader.#socket.once("message", resolve));
    reader.#socket.send(JSON.stringify({ id: 1, connect: {} }));
    await greeted;
    reader.#socket.on("message", (data) => reader.#take(data.toString()));
    return reader;
  }

  ask(position = {}) {
    this.#id += 1;
    const subscribe = { channel: room, type: 1, phase: 2, limit: pageRows, ...position };
    this.#socket.send(JSON.stringify({ id: this.#id, subscribe }));
  }

  // The state that everything told amounts to.
  state() {
    const state = new Map();
    const apply = ({ key, data, removed }) => (removed ? state.delete(key) : state.set(key, data));
    for (const message of this.told.flatMap((text) => text.split("\n")).map(JSON.parse)) {
      assert.equal(message.error, undefined, JSON.stringify(message));
      for (const row of message.subscribe?.state ?? []) apply(row);
      for (const row of message.subscribe?.publications ?? []) apply(row);
      if (message.push?.pub) apply(message.push.pub);
    }
    return state;
  }

  close() {
    this.#socket.terminate();
  }

  #take(text) {
    if (text === "{}") return this.#socket.send("{}"); // a ping
    this.told.push(text);
    const page = /^{"id":\d+,"subscribe":{"type":1,(?:"phase":(\d),(?:"cursor":("[^"]*"),)?"epoch":"([^"]*)","offset":(\d+))?/.exec(text);
    if (!page) return;
    const [, phase, cursor, epoch, offset] = page;
    if (phase === undefined) {
      this.live = true;
    } else {
      this.ask({ phase: cursor ? 2 : 1, epoch, offset: Number(offset), ...(cursor ? { cursor: JSON.parse(cursor) } : {}) });
    }
  }
}

const key = (n) => `k${String(n).padStart(5, "0")}`;
const change = (n, value) => ({ key: key(n), op: "set", data: { value, filler } });

// CPU time of the server so far, in ms.
function cpuMs() {
  const [user, system] = readFileSync(`/proc/${server.pid}/stat`, "utf8").split(") ")[1].split(" ").slice(11, 13);
  return (Number(user) + Number(system)) * 10;
}

test(`${clients} clients read ${entities} entities at once${changing ? ", while they change" : ""}`, { timeout: 300_000 }, async () => {
  await server.publish(room, range(1, entities).map((n) => change(n, 0)));
  const readers = await Promise.all(range(1, clients).map(() => Reader.connect()));
  const began = { cpu: cpuMs(), at: performance.now() };
  let storming = true;
  const publisher = (async () => {
    for (let round = 1; storming && changing; round += 1) {
      const victim = 1 + ((round * 7) % entities);
      await server.publish(room, [change(victim, round), { key: key(victim + 1), op: "remove" }, change(victim + 2, round)]);
    }
  })();
  for (const reader of readers) reader.ask();
  await until("everybody is live", () => readers.every(({ live }) => live), 240_000);
  const took = { cpu: cpuMs() - began.cpu, ms: Math.round(performance.now() - began.at) };
  storming = false;
  await publisher;
  await server.publish(room, { key: "end", op: "set", data: 1 });
  await until("everybody is told the end", () => readers.every(({ told }) => told.at(-1).includes('"key":"end"')), 60_000);

  const { rows } = await readEntities(server, room);
  const expected = new Map(rows.map(({ key: each, data }) => [each, data]));
  const texts = new Set();
  for (const reader of readers) {
    const state = reader.state();
    const text = JSON.stringify([...state].sort());
    if (!texts.has(text)) assert.deepEqual(state, expected);
    texts.add(text);
    reader.close();
  }
  if (long) console.log(`# ${clients} clients live after ${took.ms} ms, CPU time of the server ${took.cpu} ms`);
});
