// A client that speaks the protocol by itself: it loses its connection, stops reading, leaves rooms and comes back, as it is told.
import { setTimeout as delay } from "node:timers/promises";
import { ProtocolClient } from "../protocol_client.mjs";
import { RawSubscription } from "./raw_subscription.mjs";

const retryMs = 20;
const lost = 1006;
const asSlow = [3008, 3012]; // slow, no pong: anybody may be, where many clients share one process

export class RawClient {
  faults = [];
  #wanted = true; // to be connected
  #over = false;
  #connection = null;
  #handlers = new Map(); // command id → what takes the reply
  #lastId = 1_000; // ProtocolClient counts from 1
  #subscriptions = new Map(); // channel → RawSubscription
  #numbers = new Map(); // number → channel: all there ever were
  #wake = () => {};
  #running;

  // `place`: where to connect, {websocketUrl}; a relay if this client is to be held up. `compressed`: offers permessage-deflate.
  // `dialect`: "json" or "msgpack".
  constructor(place, { compressed, dialect, relay = null }) {
    Object.assign(this, { place, relay, compressed, dialect });
    this.#running = this.#run();
  }

  subscribe(channel, view, pageLimit, log) {
    this.#subscriptions.set(channel, new RawSubscription(channel, view, pageLimit, log));
    this.#settle();
  }

  // Leaves the room for good, and subscribes to it anew when that is answered.
  renew(channel, view, pageLimit, log) {
    const old = this.#newest(channel);
    old.successor = new RawSubscription(channel, view, pageLimit, log);
    old.wanted = false;
    this.#settle();
  }

  leave(channel) {
    this.#newest(channel).wanted = false;
    this.#settle();
  }

  // `fresh`: as if it had never been there.
  comeBack(channel, fresh) {
    const subscription = this.#newest(channel);
    if (fresh && subscription.stage === "idle") subscription.forget();
    subscription.wanted = true;
    this.#settle();
  }

  disconnect() {
    this.#wanted = false;
    this.#connection?.terminate();
  }

  connect() {
    this.#wanted = true;
    this.#wake();
  }

  // "pause", "resume", or bytes a second.
  slow(how) {
    const port = this.#connection?.port;
    if (!this.relay || !port) return;
    if (typeof how === "number") this.relay.rate(port, how);
    else this.relay[how](port);
  }

  async end() {
    this.#over = true;
    this.disconnect();
    this.#wake();
    await this.#running;
  }

  #newest(channel) {
    let newest = this.#subscriptions.get(channel);
    while (newest.successor) newest = newest.successor;
    return newest;
  }

  async #run() {
    while (!this.#over) {
      if (this.#wanted) await this.#once();
      else await new Promise((resolve) => (this.#wake = resolve));
    }
  }

  // One connection, from its beginning to its end.
  async #once() {
    try {
      this.#connection = await ProtocolClient.open(this.place, { dialect: this.dialect, perMessageDeflate: this.compressed });
    } catch {
      return delay(retryMs); // the server is down
    }
    const ended = new Promise((resolve) => (this.#connection.onClosed = resolve));
    this.#connection.onObject = (object) => this.#take(object);
    this.#send(...this.#openings());
    if (!this.#wanted) this.#connection.terminate();
    const { code, reason } = await ended;
    if (code !== lost && !asSlow.includes(code)) this.faults.push(`closed: ${code} ${reason}`);
    this.#connection = null;
    this.#handlers.clear();
    for (const each of this.#subscriptions.values()) each.ended(`closed with ${code}`);
    this.#settle();
    await delay(retryMs);
  }

  // Everything in one message, as the SDK does.
  #openings() {
    const starts = [...this.#subscriptions.values()].filter(({ wanted }) => wanted);
    return [{ command: { connect: {} }, take: () => {} }, ...starts.map((each) => this.#step(each, each.start()))];
  }

  #send(...steps) {
    const commands = steps.map(({ command, take }) => {
      const id = ++this.#lastId;
      this.#handlers.set(id, take);
      return { ...command, id };
    });
    this.#connection.send(...commands);
  }

  #step(subscription, subscribe) {
    return { command: { subscribe }, take: (reply) => this.#subscribed(subscription, reply) };
  }

  #subscribed(subscription, { subscribe, error }) {
    if (error) {
      if (subscription.refused(error)) setTimeout(() => this.#settle(), retryMs);
      return;
    }
    this.#note(subscribe.id, subscription.channel);
    const next = subscription.answered(subscribe);
    if (next) this.#send(this.#step(subscription, next));
    this.#settle();
  }

  // Subscribes to what is wanted and is not under way, and leaves what is not wanted.
  #settle() {
    for (const { channel, stage, successor } of this.#subscriptions.values())
      if (stage === "idle" && successor) this.#subscriptions.set(channel, this.#newest(channel));
    if (!this.#connection || this.#connection.closed) return;
    for (const each of this.#subscriptions.values()) {
      if (each.wanted && each.stage === "idle") this.#send(this.#step(each, each.start()));
      if (!each.wanted && (each.stage === "live" || each.stage === "subscribing")) this.#leave(each);
    }
  }

  #leave(subscription) {
    subscription.leave();
    const take = ({ error }) => {
      if (error) subscription.log.fault(`unsubscribe was refused: ${error.code} ${error.message}`);
      subscription.ended("unsubscribed");
      this.#settle();
    };
    this.#send({ command: { unsubscribe: { channel: subscription.channel } }, take });
  }

  #take(object) {
    if (object.id !== undefined) {
      const take = this.#handlers.get(object.id);
      this.#handlers.delete(object.id);
      return take ? take(object) : this.faults.push(`a reply that nobody waits for: ${JSON.stringify(object)}`);
    }
    const { channel, id, pub, unsubscribe } = object.push;
    const subscription = channel === undefined ? this.#numbered(id) : this.#subscriptions.get(channel);
    if (pub && subscription) subscription.pushed(pub, id);
    else if (unsubscribe && subscription) this.#ended(subscription, unsubscribe);
    else this.faults.push(`a push that nobody waits for: ${JSON.stringify(object).slice(0, 300)}`);
  }

  #numbered(id) {
    return [...this.#subscriptions.values()].find(({ number }) => number === id);
  }

  // A number stands for one channel alone, also when the server was killed meanwhile.
  #note(number, channel) {
    const known = this.#numbers.get(number) ?? channel;
    if (known !== channel) this.faults.push(`the number ${number} of ${channel} was that of ${known}`);
    if (number !== undefined) this.#numbers.set(number, channel);
  }

  // By the server; 2500: come again and recover. Who does so already may hear of it once more, from the session and from the broadcaster, and
  // goes on, as the SDK does.
  #ended(subscription, { code, reason }) {
    const { stage } = subscription;
    if (code === 2500 && stage === "subscribing") return;
    if (code !== 2500) subscription.log.fault(`unsubscribed with ${code} ${reason} while ${stage}`);
    const leaving = stage === "leaving";
    subscription.ended(`unsubscribed with ${code}`);
    if (leaving) subscription.leave();
    else this.#settle();
  }
}
