// A server under fire: rooms with publishers whose book is kept, subscribers of several kinds, clients that come and go, and faults in every kind
// of actor at a steady rate. Used by supervision.test.mjs and soak.test.mjs.
import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { actorsOf } from "./engine_view.mjs";
import { call, entityPath, readEntities, roomPath } from "./http.mjs";
import { Ledger } from "./ledger.mjs";
import { makePublishers } from "./ledger_publishers.mjs";
import { ProtocolClient } from "./protocol_client.mjs";
import { publishOnce, publishUntilAcknowledged } from "./publisher.mjs";
import { MapWatcher, PlainSocket, StreamWatcher, connect, range } from "./subscriber.mjs";
import { until } from "./until.mjs";

const idleS = 1; // then rooms and entities leave memory
const waitMs = 60_000;
const changesBetweenFaultsMax = 30;
const churners = 3;
const memoryRoom = "memory:all";

export const config = `
[test]
faults = true
[sys]
lifecycle = true
[limits]
room_idle_s = ${idleS}
entity_idle_s = ${idleS}
pong_timeout_s = 3600 # everybody shares the process of the test, which may be slow to answer
[[namespace]]
name = "fsync"
map_clients_presence_channel_prefix = "clients:"
history_size = 1_000_000
idempotency_ttl = "1h"
[[namespace]]
name = "wal"
durability = "wal"
history_size = 1_000_000
idempotency_ttl = "1h"
[[namespace]]
name = "brief"
durability = "wal"
history_size = 100
map = { mode = "recoverable", key_ttl = 1 }
[[namespace]]
name = "memory"
durability = "memory"
history_size = 100
[[namespace]]
name = "clients"
subscription_type = "map_clients"
durability = "wal"
history_size = 100
map = { mode = "recoverable", key_ttl = 60 }
`;

// Which supervisors count a restart of that kind. None: one that allows a thousand, or the client that comes back. Of the supervisors those of
// rooms and sessions have most to do.
const supervisors = {
  ...{ journal: ["store"], writer: ["store"], reader: ["store"] },
  ...{ directory: ["world"], quarantine: ["world"], expirer: ["world"], presence: ["world"], lifecycle: ["world"] },
  ...{ broadcaster: ["fan-out"], gateway: ["edge"], supervisor: ["world", "edge"] },
  ...{ room: [], entity: [], session: [], room_stream: [] },
};
export const kinds = Object.keys(supervisors);

// Faults stay below what a supervisor allows, ten restarts in ten seconds, so that none gives up.
class Budget {
  #times = {}; // supervisor → of its latest faults
  static #most = 7;
  static #periodMs = 10_500;

  allows(kind) {
    return supervisors[kind].every((name) => {
      const earlier = this.#times[name]?.at(-Budget.#most);
      return earlier === undefined || performance.now() - earlier > Budget.#periodMs;
    });
  }

  spend(kind) {
    for (const name of supervisors[kind]) (this.#times[name] ??= []).push(performance.now());
  }
}

// One round of fire on rooms of its own.
export class FireRound {
  faults = Object.fromEntries(kinds.map((kind) => [kind, 0]));
  visits = 0; // of clients that came and went
  #budget;
  #server;
  #random;
  #clients = [];
  #watchers = []; // {ledger, stream, map}
  #stopped = false;
  #running = [];
  #memory = { acknowledged: 0 };

  static async open(server, random, name, budget = new Budget()) {
    const round = new FireRound();
    round.#server = server;
    round.#random = random;
    round.#budget = budget;
    round.ledgers = ["fsync", "wal"].map((durability) => new Ledger(`${durability}:${name}`));
    for (const { room } of round.ledgers) await publishUntilAcknowledged(server, room, { data: {}, idempotency_key: `first/${name}` });
    for (const ledger of round.ledgers) {
      const [one, other] = [round.#client(), round.#client()];
      round.#watchers.push({ ledger, stream: new StreamWatcher(one, ledger.room), map: new MapWatcher(other, ledger.room) });
    }
    await until("the subscriptions", () => round.#watchers.every(({ stream, map }) => stream.subscribed.length > 0 && map.syncs.length > 0), waitMs);
    round.#run(...round.ledgers.flatMap((ledger) => makePublishers(ledger, random)).map((each) => each.run(server, () => round.#stopped)));
    round.#run(round.#publishInMemory(), round.#publishBriefly(name), ...range(1, churners).map(() => round.#churn(random.fork())));
    return round;
  }

  get acknowledged() {
    return this.ledgers.reduce((sum, { entries }) => sum + entries.length, this.#memory.acknowledged);
  }

  // So many faults, between changes: each has hit its actor, and the change after it is acknowledged.
  async burn(faults, hear = () => {}) {
    for (let fault = 0; fault < faults && !this.#stopped; fault += 1) {
      await this.#moreChanges(this.#random.between(1, changesBetweenFaultsMax));
      const left = kinds.filter((kind) => this.faults[kind] === Math.min(...Object.values(this.faults)));
      const kind = this.#random.pick(left); // each as often as the others
      await until("a supervisor that has restarts left", () => this.#stopped || this.#budget.allows(kind), waitMs);
      await this.#crash(kind);
      this.faults[kind] += 1;
      hear(kind);
    }
    await this.#moreChanges(changesBetweenFaultsMax);
  }

  // Everything acknowledged is there, once, in order; who watched knows all of it; nobody hangs.
  async judge() {
    this.#stopped = true;
    await Promise.all(this.#running);
    for (const { ledger, stream, map } of this.#watchers) {
      const top = await ledger.verify(this.#server);
      await until(
        () => `${ledger.room}: at ${top}, a subscriber at ${stream.offset}`,
        () => stream.offset >= top,
        waitMs,
      );
      assert.ok(
        stream.subscribed.slice(1).every(({ recovered }) => recovered),
        JSON.stringify(stream.subscribed),
      );
      assert.deepEqual(
        stream.publications.map(({ offset }) => offset),
        range(stream.subscribed[0].offset + 1, top),
      );
      const { rows } = await readEntities(this.#server, ledger.room);
      const state = new Map(rows.map(({ key, data }) => [key, data]));
      await until(
        () => `${ledger.room}: of a map is known ${JSON.stringify(differences(map.state, state))}, at ${map.offset} of ${top}`,
        () => isDeepStrictEqual(map.state, state),
        waitMs,
      );
    }
    const { body } = await call(this.#server, "GET", entityPath(memoryRoom, "n"));
    assert.ok(body.data.n >= (this.#memory.last ?? 0), `${body.data.n} in memory, acknowledged ${this.#memory.last}`);
  }

  // Ends the clients.
  close() {
    this.#stopped = true;
    for (const each of this.#clients) each.disconnect();
  }

  #client() {
    const client = connect(this.#server, { websocket: PlainSocket, maxServerPingDelay: 3_600_000 });
    this.#clients.push(client);
    return client;
  }

  #run(...promises) {
    for (const each of promises) each.catch(() => (this.#stopped = true)); // told by judge()
    this.#running.push(...promises);
  }

  async #moreChanges(count) {
    const enough = this.acknowledged + count;
    await until("more acknowledged changes", () => this.#stopped || this.acknowledged >= enough, waitMs);
  }

  // A change that kills its entity is tried once more, so there it is two messages.
  async #crash(kind) {
    const messages = kind === "entity" ? 2 : 1;
    const { crashed } = await actorsOf(this.#server, kind);
    this.#budget.spend(kind);
    await this.#server.armFault(kind, messages);
    await until(
      `a crash of ${kind}`,
      async () => {
        if ((await actorsOf(this.#server, kind)).crashed >= crashed + messages) return true;
        await this.#poke(kind);
        return false;
      },
      waitMs,
    );
  }

  // Mail for the kinds that are not always at work.
  async #poke(kind) {
    const { room } = this.ledgers[0];
    if (kind === "reader") await call(this.#server, "GET", entityPath(room, "counter")).catch(() => null);
    if (kind === "quarantine") await fetch(`${this.#server.adminUrl}/api/v1/quarantine`).then((answer) => answer.text());
    if (kind === "room_stream") await readBegin(this.#server, `${roomPath(room)}/stream`);
  }

  // Clients that come, see and go, like those of a page that is opened and closed.
  async #churn(random) {
    while (!this.#stopped) {
      const client = this.#client();
      const { room } = random.pick(this.ledgers);
      const watcher = new (random.pick([StreamWatcher, MapWatcher]))(client, room);
      await until("a client that came to be subscribed", () => watcher.subscribed.length > 0, waitMs);
      client.disconnect();
      this.#clients.splice(this.#clients.indexOf(client), 1);
      this.visits += 1;
    }
  }

  // The last one that was acknowledged, or a later one that was not.
  async #publishInMemory() {
    let n = (await call(this.#server, "GET", entityPath(memoryRoom, "n"))).body.data?.n ?? 0;
    while (!this.#stopped) {
      n += 1;
      const answer = await publishOnce(this.#server, memoryRoom, { key: "n", op: "set", data: { n } });
      if (answer?.status === 200) [this.#memory.last, this.#memory.acknowledged] = [n, this.#memory.acknowledged + 1];
    }
  }

  // Entities that expire all the time.
  async #publishBriefly(name) {
    for (let n = 1; !this.#stopped; n += 1) {
      await publishUntilAcknowledged(this.#server, `brief:${n % 5}`, { key: `k${n % 50}`, op: "set", data: n, idempotency_key: `${name}/${n}` });
      await this.#moreChanges(5);
    }
  }
}

FireRound.newBudget = () => new Budget();

// [key, what is known, what is there], for the message of a failed test.
function differences(known, there) {
  return [...new Set([...known.keys(), ...there.keys()])]
    .filter((key) => !isDeepStrictEqual(known.get(key), there.get(key)))
    .map((key) => [key, known.get(key), there.get(key)]);
}

// Of an answer that never ends.
async function readBegin(server, target) {
  const ended = new AbortController();
  try {
    const answer = await fetch(server.url + target, { signal: ended.signal });
    await answer.body?.getReader().read();
  } catch {
    // its actor has thrown
  } finally {
    ended.abort();
  }
}
