// What runs while a server is restarted again and again: publishers of every kind whose book is kept, and subscribers of every kind that come
// back by themselves. All of them know one address, `front`: the server's, or that of a proxy before it.
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { Centrifuge } from "centrifuge";
import { call, entityPath, readEntities, readHistory, roomPath } from "./http.mjs";
import { Ledger } from "./ledger.mjs";
import { makePublishers } from "./ledger_publishers.mjs";
import { callUntilAnswered, publishOnce, publishUntilAcknowledged, retryMs } from "./publisher.mjs";
import { ReturningReader } from "./returning_reader.mjs";
import { ServerApiPublisher, SocketPublisher, StreamPublisher } from "./rolling_publishers.mjs";
import { MapWatcher, PlainSocket, StreamWatcher, connect, range } from "./subscriber.mjs";
import { until } from "./until.mjs";

const durabilities = ["fsync", "wal"];
const memoryRoom = "memory:rolling";
const idleClients = 30; // connected, and told to come back with the others
const waitMs = 60_000;

// Clients are told to come back over a second or two, so that a drain can be looked at.
export const config = `
[limits]
drain_connections_per_s = 80
drain_s_max = 3
${durabilities.map((name) => `[[namespace]]\nname = "${name}"\ndurability = "${name}"\nhistory_size = 1_000_000\nidempotency_ttl = "1h"\n`).join("")}
[[namespace]]
name = "memory"
durability = "memory"
`;

export class RollingLoad {
  #server;
  #front;
  #clients = [];
  #watched = []; // {ledger, streams: {name: StreamWatcher}, map, reader}
  #memory;
  #publishers;
  #stopped = false;
  #running = [];

  static async open(server, front, random) {
    const load = new RollingLoad();
    load.#server = server;
    load.#front = front;
    load.ledgers = durabilities.map((name) => new Ledger(`${name}:rolling`));
    for (const { room } of load.ledgers) await publishUntilAcknowledged(front, room, { data: {}, idempotency_key: "first" });
    load.#watched = load.ledgers.map((ledger) => load.#watch(ledger));
    load.#memory = new ForgetfulRoom(load.#client());
    for (const _ of range(1, idleClients)) load.#client();
    await until("the subscriptions", () => load.#allSubscribed(), waitMs);
    load.#publishers = load.ledgers.flatMap((ledger) => makePublishers(ledger, random));
    const others = load.ledgers.flatMap((ledger) => [new ServerApiPublisher(ledger), new StreamPublisher(ledger, random.fork()), new SocketPublisher(ledger)]);
    load.#run(...[...load.#publishers, ...others].map((each) => each.run(front, () => load.#stopped)), load.#publishInMemory());
    return load;
  }

  get acknowledged() {
    return this.ledgers.reduce((sum, { entries, applied }) => sum + entries.length + applied.size, 0);
  }

  // How often subscriptions were interrupted so far, all together.
  get interruptions() {
    return this.#watched.reduce((sum, { streams, reader }) => sum + reader.visits - 1 + streams.reduce((all, { interruptions }) => all + interruptions.length, 0), 0);
  }

  async moreChanges(count) {
    const enough = this.acknowledged + count;
    await until("more acknowledged changes", () => this.#stopped || this.acknowledged >= enough, waitMs);
  }

  // After so many restarts: each has noticed every one of them.
  async everybodyIsBack(restarts) {
    const back = ({ streams, map, reader }) => reader.visits > restarts && [...streams, map].every(({ subscribed }) => subscribed.length > restarts);
    await until("everybody is back", () => this.#stopped || (this.#watched.every(back) && this.#allSubscribed()), waitMs);
  }

  // room → the last offset that was acknowledged.
  tops() {
    return new Map(this.ledgers.map(({ room, entries }) => [room, Math.max(0, ...entries.slice(-500).map(({ offset }) => offset))]));
  }

  // After so many restarts: everything acknowledged is there, once, in order; every subscriber was told every publication, in order, and none had to
  // begin with a snapshot again; who was in a room in memory was told that it begins anew.
  async judge(restarts) {
    this.#stopped = true;
    await Promise.all(this.#running);
    const tops = [];
    for (const watched of this.#watched) tops.push(await this.#judgeRoom(watched, restarts));
    await this.#judgeMemory(restarts);
    // What was done already is answered as it was then, and not done again.
    for (const { replays, ledger } of this.#publishers) {
      for (const { body, headers, answer } of replays) {
        assert.deepEqual((await publishUntilAcknowledged(this.#front, ledger.room, body, headers)).answer, answer);
      }
    }
    for (const [index, ledger] of this.ledgers.entries()) assert.equal(await ledger.verify(this.#server), tops[index]);
    return tops;
  }

  close() {
    this.#stopped = true;
    for (const each of this.#clients) each.disconnect();
    for (const { reader } of this.#watched) reader.close();
  }

  #client() {
    const client = connect(this.#front, { websocket: PlainSocket });
    this.#clients.push(client);
    return client;
  }

  // The official client without WebSocket.
  #plainClient() {
    const client = new Centrifuge([{ transport: "http_stream", endpoint: `${this.#front.url}/connection/http_stream` }], {
      ...{ emulationEndpoint: `${this.#front.url}/emulation`, fetch, readableStream: ReadableStream },
      ...{ minReconnectDelay: 20, maxReconnectDelay: 500 },
    });
    client.on("error", () => {}); // failed attempts to reconnect; what matters shows in the subscriptions
    this.#clients.push(client);
    client.connect();
    return client;
  }

  #watch(ledger) {
    const both = this.#client(); // one connection with both kinds of subscription
    return {
      ledger,
      streams: [new StreamWatcher(this.#client(), ledger.room), new StreamWatcher(this.#plainClient(), ledger.room)],
      map: new MapWatcher(both, ledger.room),
      reader: new ReturningReader(this.#front, `${roomPath(ledger.room)}/stream`),
    };
  }

  #allSubscribed() {
    return this.#watched.every(
      ({ streams, map, reader }) =>
        reader.live && map.syncs.length > 0 && [...streams, map].every(({ subscription, subscribed }) => subscription.state === "subscribed" && subscribed.length > 0),
    );
  }

  #run(...promises) {
    for (const each of promises) each.catch(() => (this.#stopped = true)); // told by judge()
    this.#running.push(...promises);
  }

  async #publishInMemory() {
    for (let n = 1; !this.#stopped; n += 1) {
      const answer = await publishOnce(this.#front, memoryRoom, { key: "n", op: "set", data: { n } });
      if (answer?.status !== 200) await delay(retryMs);
    }
  }

  async #judgeRoom({ ledger, streams, map, reader }, restarts) {
    const { room } = ledger;
    const top = await ledger.verify(this.#server);
    const history = await readHistory(this.#server, room);
    const keyed = history.rows.filter(({ key }) => key !== undefined);
    const state = new Map((await readEntities(this.#server, room)).rows.map(({ key, data }) => [key, data]));
    for (const stream of streams) {
      await until(() => `${room}: at ${top}, a subscriber at ${stream.offset}`, () => stream.offset >= top, waitMs);
      assert.ok(stream.subscribed.length > restarts, `${room}: ${stream.subscribed.length} times subscribed`);
      assert.ok(
        stream.subscribed.slice(1).every(({ recovered }) => recovered),
        `${room}: ${JSON.stringify(stream.subscribed)}`,
      );
      const told = history.rows.filter(({ offset }) => offset > stream.subscribed[0].offset);
      assert.deepEqual(stream.publications, told.map(({ offset, data }) => ({ offset, data: data ?? null })), `${room}: every publication, once, in order`);
    }
    const last = keyed.at(-1).offset;
    await until(() => `${room}: the last key at ${last}, a map at ${map.offset}`, () => map.offset >= last, waitMs);
    assert.equal(map.syncs.length, 1, `${room}: the map began with a snapshot again`);
    assert.ok(map.subscribed.length > restarts && map.subscribed.slice(1).every(({ recovered }) => recovered), JSON.stringify(map.subscribed));
    assert.deepEqual(map.offsets, offsetsAfter(keyed, map.syncs[0].offset), `${room}: every change of the map, once, in order`);
    assert.deepEqual(map.state, state);

    await until(() => `${room}: the last key at ${last}, a reader at ${reader.offset}`, () => reader.offset >= last, waitMs);
    const { snapshots, resets, changes, state: read, first } = reader.summary();
    assert.deepEqual([snapshots, resets], [1, 0], `${room}: server-sent events began with a snapshot again`);
    assert.ok(reader.visits > restarts, `${room}: ${reader.visits} times read`);
    assert.deepEqual(changes.map(({ offset }) => offset), offsetsAfter(keyed, first), `${room}: every event, once, in order`);
    assert.deepEqual(read, state);
    return top;
  }

  async #judgeMemory(restarts) {
    const { body, status } = await callUntilAnswered(this.#front, "GET", entityPath(memoryRoom, "n"));
    assert.equal(status, 200);
    await until("what was published in memory", () => this.#memory.last >= body.offset, waitMs);
    assert.deepEqual(this.#memory.faults, []);
    assert.ok(this.#memory.begins > restarts, `${this.#memory.begins} beginnings`);
  }
}

const offsetsAfter = (rows, first) => rows.map(({ offset }) => offset).filter((offset) => offset > first);

// A room in memory begins anew with the server. Who watches it is told so, and hears everything from there on.
class ForgetfulRoom {
  faults = [];
  begins = 0;
  last = 0;

  constructor(client) {
    const subscription = client.newSubscription(memoryRoom, { minResubscribeDelay: 20, maxResubscribeDelay: 500 });
    subscription.on("subscribed", ({ recovered, streamPosition }) => {
      if (recovered) return;
      this.begins += 1;
      this.last = streamPosition?.offset ?? 0;
    });
    subscription.on("publication", ({ offset }) => {
      if (offset !== this.last + 1) this.faults.push(`offset ${offset} after ${this.last}`);
      this.last = offset;
    });
    subscription.subscribe();
  }
}

// Whether the server says that it can be used: the status of /readyz, 0 if nobody answers.
export async function readiness(url) {
  return call({ url }, "GET", "/readyz").then(
    ({ status }) => status,
    () => 0,
  );
}
