// The npm client `centrifuge`, unmodified, while the server is killed in the middle of steady publishing and started again: the client
// resumes from its position, and is told every change exactly once.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { readEntities, readHistory } from "./support/http.mjs";
import { publishUntilAcknowledged } from "./support/publisher.mjs";
import { Random } from "./support/random.mjs";
import { MapWatcher, StreamWatcher, connect, range } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const entities = 3_000;
const batch = 500;
const kills = 3;
const publishers = 3;
const changesBetweenKills = 150;

const random = Random.forTest("sdk_resume");
let server;
let opened = []; // clients and publishing of the running test

before(async () => {
  server = await Server.start();
});

after(async () => {
  await server?.dispose();
});

afterEach(() => {
  for (const each of opened) each.disconnect();
  opened = [];
});

function openClient() {
  const client = connect(server);
  opened.push(client);
  return client;
}

// Publishers that change a room steadily until stopped, each sending its next request when the last one is acknowledged.
class SteadyPublishing {
  acknowledged = 0;
  #stopped = false;
  #running;

  constructor(room, makeItem) {
    opened.push(this);
    this.#running = Promise.all(Array.from({ length: publishers }, (_, index) => this.#run(room, index, makeItem, random.fork())));
    this.#running.catch(() => {}); // told by stop()
  }

  async stop() {
    this.disconnect();
    await this.#running;
  }

  disconnect() {
    this.#stopped = true;
  }

  async #run(room, index, makeItem, chance) {
    for (let sequence = 1; !this.#stopped; sequence += 1) {
      const id = `${index}/${sequence}`;
      await publishUntilAcknowledged(server, room, { ...makeItem(chance, id), idempotency_key: id });
      this.acknowledged += 1;
    }
  }
}

// Kills the server in the middle of the publishing and starts it again, several times; ends with a stretch of publishing.
async function killRepeatedly(publishing) {
  for (let kill = 0; kill <= kills; kill += 1) {
    const enough = publishing.acknowledged + changesBetweenKills + random.below(changesBetweenKills);
    await until("more changes", () => publishing.acknowledged >= enough);
    if (kill === kills) break;
    await server.kill();
    await server.restart();
  }
  await publishing.stop();
}

function changeSomeEntity(chance, id) {
  const key = `device/${chance.below(entities)}`;
  const dice = chance.below(10);
  if (dice === 0) return { key, op: "remove" };
  if (dice === 1) return { key: `added/${id}`, op: "set", data: { by: id } };
  if (dice === 2) return { key, op: "increment", data: { count: chance.between(1, 9) } };
  if (dice < 6) return { key, op: "merge", data: { by: id } };
  return { key, op: "set", data: { by: id, note: 'wörld \u2028 "quoted"' } };
}

test("a map of 3,000 entities: pages, live changes, kill -9, and exactly the server's state", async () => {
  const room = "fleet:all";
  for (let first = 0; first < entities; first += batch) {
    await server.publish(
      room,
      range(first, first + batch - 1).map((n) => ({ key: `device/${n}`, op: "set", data: { n, count: 0 } })),
    );
  }
  const publishing = new SteadyPublishing(room, changeSomeEntity);
  await until("the first changes", () => publishing.acknowledged > 0);

  const client = openClient();
  const watcher = new MapWatcher(client, room, { pageSize: 100 });
  await until("the first sync", () => watcher.syncs.length > 0);
  await killRepeatedly(publishing);

  const { rows, offset: top, epoch } = await readEntities(server, room);
  await until(
    () => `the client at ${top}, it is at ${watcher.offset}`,
    () => watcher.offset >= top,
  );
  client.disconnect();

  assert.equal(watcher.syncs.length, 1, "resumed, never started again from a snapshot");
  assert.equal(watcher.syncs[0].epoch, epoch);
  assert.ok(watcher.syncs[0].entries > entities / 2);
  assert.deepEqual(watcher.subscribed, [
    { wasRecovering: false, recovered: false },
    ...range(1, kills).map(() => ({ wasRecovering: true, recovered: true })),
  ]);
  assert.deepEqual(watcher.offsets, range(watcher.syncs[0].offset + 1, top), "every offset after the sync, once, in order");
  assert.deepEqual(watcher.state, new Map(rows.map(({ key, data }) => [key, data])));
});

test("a stream: every publication exactly once, through kill -9", async () => {
  const room = "log:all";
  const client = openClient();
  const watcher = new StreamWatcher(client, room);
  await until("the subscription", () => watcher.subscribed.length > 0);
  const publishing = new SteadyPublishing(room, (chance, id) => ({ data: { id, value: chance.next() } }));
  await killRepeatedly(publishing);

  const history = await readHistory(server, room);
  const { rows, offset: top } = history;
  await until(
    () => `the client at ${top}, it is at ${watcher.offset}`,
    () => watcher.offset >= top,
  );
  client.disconnect();

  assert.equal(watcher.subscribed[0].offset, 0);
  assert.equal(watcher.subscribed.length, kills + 1);
  assert.ok(watcher.subscribed.slice(1).every(({ wasRecovering, recovered }) => wasRecovering && recovered));
  assert.deepEqual(
    watcher.publications.map(({ offset }) => offset),
    range(1, top),
  );
  assert.deepEqual(
    watcher.publications,
    rows.map(({ offset, data }) => ({ offset, data })),
  );
  assert.equal(top, publishing.acknowledged, "each was published once, however often it was sent");
  assert.equal(new Set(rows.map(({ data }) => data.id)).size, top);
});

test("an absence longer than a page is caught up in several, for a map and a stream", async () => {
  const room = "log:absent";
  const missed = 2_600;
  await server.publish(room, { key: "k0", op: "set", data: 0 });
  const clients = [openClient(), openClient()];
  const map = new MapWatcher(clients[0], room, { pageSize: 500 });
  const stream = new StreamWatcher(clients[1], room);
  await until("both subscriptions", () => map.syncs.length === 1 && stream.subscribed.length === 1);

  for (const client of clients) client.disconnect();
  for (let first = 1; first <= missed; first += 650) {
    await server.publish(
      room,
      range(first, first + 649).map((n) => ({ key: `k${n % 100}`, op: n % 7 ? "set" : "remove", ...(n % 7 ? { data: n } : {}) })),
    );
  }
  await server.kill();
  await server.restart();
  for (const client of clients) client.connect();

  const { rows, offset: top } = await readEntities(server, room);
  assert.equal(top, missed + 1);
  await until(
    () => `both at ${top}, they are at ${map.offset} and ${stream.offset}`,
    () => map.offset >= top && stream.offset >= top,
  );
  for (const client of clients) client.disconnect();
  assert.deepEqual(map.offsets, range(2, top));
  assert.deepEqual(
    stream.publications.map(({ offset }) => offset),
    range(2, top),
  );
  assert.deepEqual(map.subscribed.at(-1), { wasRecovering: true, recovered: true });
  assert.equal(map.syncs.length, 1);
  assert.deepEqual(map.state, new Map(rows.map(({ key, data }) => [key, data])));
});
