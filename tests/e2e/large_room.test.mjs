// A large room reaches a client completely, page by page, while it changes: at the end the client's state is the server's, the others were
// told every change meanwhile, and the server needed little memory for it. ROOM_ENTITIES=1000000 for the long form, which says what it took.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import WebSocket from "ws";
import { Server } from "../support/server.mjs";
import { roomPath } from "./support/http.mjs";
import { Random } from "./support/random.mjs";
import { StreamWatcher, connect, range } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const long = process.env.ROOM_ENTITIES !== undefined;
const entities = Number(process.env.ROOM_ENTITIES ?? 30_000);
const pageRows = long ? 1_000 : 200;
const batch = 1_000;
const room = "large";
const growthMaxMiB = 192; // more than block cache, memtables and what is under way; far less than the room
const random = Random.forTest("large_room");

const config = `
[limits]
entity_idle_s = 1

[[namespace]]
durability = "wal"
`;

let server;

before(async () => {
  server = await Server.start({ config });
});

after(async () => {
  await server?.dispose();
});

const key = (n) => `k${String(n).padStart(8, "0")}`;
const document = (n, value) => ({ type: "thing", state: value, attributes: { n, note: "a note of some length, as things have" } });
const set = (n, value) => ({ key: key(n), op: "set", data: document(n, value) });

function residentMiB() {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))[1]) / 1024;
}

// One client on a socket of its own: asks for page after page, then follows. `events` tells what happened in which order.
class PagingClient {
  state = new Map(); // key → data as text
  pages = 0;
  live = false;
  peakMiB = 0;
  #socket;
  #id = 1;
  #events;

  constructor(events) {
    this.#events = events;
  }

  async start() {
    this.#socket = new WebSocket(server.websocketUrl, { perMessageDeflate: false });
    await new Promise((resolve, reject) => this.#socket.once("open", resolve).once("error", reject));
    this.#socket.on("message", (data) => data.toString().split("\n").forEach((line) => this.#take(JSON.parse(line))));
    this.#socket.send(JSON.stringify({ id: 1, connect: {} }));
    await until("connect is answered", () => this.greeted);
    this.#ask({ phase: 2 });
  }

  close() {
    this.#socket?.terminate();
  }

  #ask(position) {
    this.#id += 1;
    this.#socket.send(JSON.stringify({ id: this.#id, subscribe: { channel: room, type: 1, limit: pageRows, ...position } }));
  }

  #apply({ key: of, data, removed }) {
    removed ? this.state.delete(of) : this.state.set(of, JSON.stringify(data));
  }

  #take(message) {
    assert.equal(message.error, undefined, JSON.stringify(message));
    if (Object.keys(message).length === 0) this.#socket.send("{}"); // a ping
    if (message.connect) this.greeted = true;
    if (message.push?.pub) this.#apply(message.push.pub);
    const page = message.subscribe;
    if (!page) return;
    this.pages += 1;
    this.#events.push("page");
    if (this.pages % 10 === 0) this.peakMiB = Math.max(this.peakMiB, residentMiB());
    page.state?.forEach((row) => this.#apply(row));
    page.publications?.forEach((row) => this.#apply(row));
    if (!page.phase) {
      this.live = true;
    } else {
      const { epoch, offset, cursor } = page;
      this.#ask(cursor ? { phase: 2, epoch, offset, cursor } : { phase: 1, epoch, offset });
    }
  }
}

// The server's state, row by row.
async function* rowsOfServer() {
  let cursor = "";
  do {
    const query = `limit=1000${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
    const page = await server.request("GET", `${roomPath(room)}/entities?${query}`);
    yield* page.data;
    cursor = page.next_cursor;
  } while (cursor);
}

// Changes some entities, removes one and makes a new one, again and again; the next time when the watcher has been told all of it.
async function keepChanging(watcher, events, ended) {
  for (let round = 1; !ended(); round += 1) {
    const changes = range(1, 8).map(() => set(random.between(1, entities), `round ${round}`));
    changes.push({ key: key(random.between(1, entities)), op: "remove" }, set(entities + round, "new"));
    const last = (await server.publish(room, changes)).at(-1).offset;
    while (watcher.offset < last) await new Promise((resolve) => watcher.subscription.once("publication", resolve));
    events.push("told");
  }
}

// The most pages that the client read from one time to the next that the others were told something.
function longestSilence(events) {
  let longest = 0;
  let silence = 0;
  for (const event of events) {
    silence = event === "page" ? silence + 1 : 0;
    longest = Math.max(longest, silence);
  }
  return longest;
}

test(`${entities} entities reach a client while they change`, { timeout: 1_800_000 }, async (t) => {
  for (let first = 1; first <= entities; first += batch) {
    await server.publish(room, range(first, Math.min(first + batch - 1, entities)).map((n) => set(n, "first")));
  }
  const others = connect(server);
  t.after(() => others.disconnect());
  const watcher = new StreamWatcher(others, room);
  await until("the others are there", () => watcher.subscribed.length === 1);
  const beforeMiB = residentMiB();

  const events = [];
  const client = new PagingClient(events);
  t.after(() => client.close());
  const publisher = keepChanging(watcher, events, () => client.live);
  const began = performance.now();
  await client.start();
  await until("the client is live", () => client.live, 1_500_000);
  const tookS = (performance.now() - began) / 1000;
  await publisher;
  const { offset } = await server.publish(room, set(0, "end"));
  await until("everybody is told the end", () => client.state.has(key(0)) && watcher.offset === offset);

  let rows = 0;
  for await (const row of rowsOfServer()) {
    rows += 1;
    assert.ok(client.state.get(row.key) === JSON.stringify(row.data), `${row.key}: ${client.state.get(row.key)} is not ${JSON.stringify(row.data)}`);
  }
  assert.equal(client.state.size, rows);
  const silence = longestSilence(events);
  assert.ok(silence <= client.pages / 3, `the others were told nothing while ${silence} of ${client.pages} pages were read`);
  const grewMiB = client.peakMiB - beforeMiB;
  assert.ok(grewMiB < growthMaxMiB, `the server grew by ${grewMiB} MiB`);
  if (long)
    console.log(
      `# ${rows} entities in ${client.pages} pages, ${tookS.toFixed(1)} s, ${events.length - client.pages} rounds of changes told meanwhile; ` +
        `server ${beforeMiB.toFixed(0)} MiB before, at most ${client.peakMiB.toFixed(0)} MiB while`,
    );
});
