// One run of the model test: a server, rooms with their publishers, clients with their subscriptions, and the plan of what happens to them.
import { Server } from "../../../support/server.mjs";
import { SlowRelay } from "../slow_relay.mjs";
import { until } from "../until.mjs";
import { Book } from "./book.mjs";
import { kinds, randomKind, randomKindFor } from "./kinds.mjs";
import { makePlan } from "./plan.mjs";
import { endOperation } from "./publications.mjs";
import { Publisher } from "./publishers.mjs";
import { RawClient } from "./raw_client.mjs";
import { SdkClient } from "./sdk_client.mjs";
import { SubscriptionLog } from "./subscription_log.mjs";

const publishersOfEachRoom = 2;
const settleMs = 60_000;

// Small queues: who is held up for a moment is slow already.
const config = `
[limits]
backlog_bytes_max = "8KiB"
unsent_bytes_max = "4KiB"
outbox_bytes_max = "64KiB"
run_bytes_max = "16KiB"
page_rows_default = 16

[[namespace]]
name = "fsync"
history_size = 10_000_000

[[namespace]]
name = "wal"
durability = "wal"
history_size = 10_000_000
slow_consumer = "resync"

[[namespace]]
name = "short"
durability = "wal"
history_size = 40
`;
const rooms = [
  { room: "fsync:a", keepsAll: true, slowConsumer: "conflate" },
  { room: "fsync:b", keepsAll: true, slowConsumer: "conflate" },
  { room: "wal:a", keepsAll: true, slowConsumer: "resync" },
  { room: "wal:a/%2F", keepsAll: true, slowConsumer: "resync" },
  { room: "short:a", keepsAll: false, slowConsumer: "conflate" },
];

export class World {
  published = 0; // changes
  stopped = false;
  books = new Map(rooms.map((each) => [each.room, new Book(each)]));
  clients = []; // {name, handle, subscriptions}, the subscriptions by channel
  subscriptions = []; // all there ever were: {name, kind, channel, view, log, wanted}
  #random;
  #size;
  #counts = {};

  // `size`: {clients, changes, kills, troublesOfEach}. `onProgress(text)` hears how far it is.
  static async open(random, size, onProgress = () => {}) {
    const world = new World();
    Object.assign(world, { onProgress });
    world.#random = random;
    world.#size = size;
    world.server = await Server.start({ config });
    world.relay = await SlowRelay.start(world.server);
    return world;
  }

  async close() {
    this.stopped = true;
    await Promise.all(this.clients.map(({ handle }) => handle.end()));
    await this.relay?.stop();
    await this.server?.dispose();
  }

  // Answers the faults: none if everybody was told what they had to be told.
  async run() {
    const { clients, changes } = this.#size;
    const plan = makePlan(this.#random.fork(), this.#size);
    for (let number = 0; number < clients; number += 1) this.#addClient(number, this.#random.fork());
    const publishing = this.#publish(changes);
    publishing.catch(() => (this.stopped = true)); // told where it is awaited
    for (const event of plan) await this.#happen(event);
    await publishing;
    await this.#settle();
    return this.#judge();
  }

  // What happened how often, for who reads the test's output.
  get summary() {
    const logs = this.subscriptions.map(({ log }) => log.entries);
    const count = (condition) => logs.reduce((sum, entries) => sum + entries.filter(condition).length, 0);
    return {
      published: this.published,
      told: count(({ what }) => what === "told"),
      subscriptions: logs.length,
      toldOfManyRooms: count(({ what, tags }) => what === "told" && this.books.has(tags.room)),
      snapshots: count(({ what, recovered }) => what === "live" && !recovered),
      recovered: count(({ what, recovered }) => what === "live" && recovered),
      resynchronised: count(({ why }) => /2500/.test(why)),
      closedAsSlow: count(({ why }) => /3008/.test(why)),
      leftOut: this.subscriptions.reduce((sum, { log }) => sum + log.leftOut, 0),
      happened: this.#counts,
    };
  }

  // For publishers.
  add(changes) {
    const step = Math.ceil(this.#size.changes / 10);
    if (Math.floor(this.published / step) !== Math.floor((this.published + changes) / step))
      this.onProgress(`${this.published + changes} of ${this.#size.changes} changes`);
    this.published += changes;
  }

  #addClient(number, random) {
    const sdk = random.below(3) === 0;
    const relay = random.below(2) === 0 ? this.relay : null;
    const Client = sdk ? SdkClient : RawClient;
    const dialect = random.pick(["json", "msgpack"]); // the SDK speaks JSON anyway
    const handle = new Client(relay ?? this.server, { compressed: random.below(2) === 0, dialect, relay });
    const name = `client ${number} (${sdk ? "sdk" : "raw"}${relay ? ", slow link" : ""})`;
    const client = { name, sdk, handle, random, subscriptions: new Map() };
    this.clients.push(client);
    for (let count = random.between(1, 4); count > 0; count -= 1) {
      const kind = randomKind(random);
      const channel = kinds[kind].channel(random, [...this.books.keys()]);
      if (!client.subscriptions.has(channel)) this.#subscribe(client, kind, channel, "subscribe");
    }
  }

  // `how`: subscribe or renew.
  #subscribe(client, kind, channel, how) {
    const { sdk, random } = client;
    const view = kinds[kind].view(random, { sdk, rooms: [...this.books.keys()] });
    const name = `${client.name}, ${kind} of ${channel}`;
    const subscription = { name, kind, channel, view, log: new SubscriptionLog(), wanted: true };
    this.subscriptions.push(subscription);
    client.subscriptions.set(channel, subscription);
    client.handle[how](channel, view, random.pick([1, 3, 7, 100]), subscription.log);
  }

  #publish(changes) {
    const share = Math.ceil(changes / (this.books.size * publishersOfEachRoom));
    const publishers = [...this.books.values()].flatMap((book) =>
      Array.from({ length: publishersOfEachRoom }, (_, index) => new Publisher(this.server, book, `p${index}`, this.#random.fork(), this)),
    );
    return Promise.all(publishers.map((publisher) => publisher.run(share)));
  }

  async #happen({ at, act, client: number, which, how, fresh }) {
    await until(`${at} changes`, () => this.stopped || this.published >= at, settleMs);
    this.#counts[act] = (this.#counts[act] ?? 0) + 1;
    if (act === "kill") return this.#kill();
    const client = this.clients[number];
    const channels = [...client.subscriptions.keys()];
    const channel = channels[Math.floor((which ?? 0) * channels.length)];
    if (act === "renew") {
      client.subscriptions.get(channel).wanted = false;
      this.#subscribe(client, randomKindFor(channel, client.random), channel, "renew");
    } else if (act === "leave" || act === "comeBack") {
      client.handle[act](channel, fresh);
    } else {
      client.handle[act](how);
    }
  }

  async #kill() {
    await this.server.kill();
    await this.server.restart();
  }

  // Everybody comes back and is told everything: the last publication of each room says so.
  async #settle() {
    for (const { handle, subscriptions } of this.clients) {
      handle.connect();
      handle.slow("resume");
      handle.slow(0);
      for (const channel of subscriptions.keys()) handle.comeBack(channel, false);
    }
    const wanted = this.subscriptions.filter((each) => each.wanted);
    const missing = (condition) => () => `${wanted.filter((each) => !condition(each)).map(({ name }) => name)}`;
    const isLive = ({ log }) => log.isLive;
    await until(() => `all live, without ${missing(isLive)()}`, () => wanted.every(isLive), settleMs);
    for (const each of wanted) each.startsBeforeEnd = each.log.starts;
    for (const book of this.books.values()) {
      const operation = endOperation();
      const answer = await this.server.publish(book.room, operation);
      book.acknowledge([{ ...operation, by: "end" }], [answer]);
      book.end = answer.offset;
    }
    const isDone = (each) => kinds[each.kind].isDone(each, kinds[each.kind].books(each.channel, this.books));
    await until(() => `all at the end, without ${missing(isDone)()}`, () => wanted.every(isDone), settleMs);
  }

  async #judge() {
    const faults = this.clients.flatMap(({ name, handle }) => handle.faults.map((fault) => `${name}: ${fault}`));
    for (const book of this.books.values()) faults.push(...(await book.close(this.server)));
    if (faults.length > 0) return faults;
    for (const subscription of this.subscriptions) {
      const { name, kind, channel, view, log } = subscription;
      const found = [...log.faults, ...kinds[kind].judge(subscription, kinds[kind].books(channel, this.books))];
      faults.push(...found.map((fault) => `${name}, ${JSON.stringify(view)}: ${fault}`));
    }
    return faults;
  }
}
