// A client of Tidewire in MessagePack: subscriptions and publishing over one connection at a time, which comes back by itself.
import { Connection, type ConnectionOptions } from "./connection.js";
import type { Push, View } from "./protocol.js";
import { MapSubscription, StreamSubscription, type Subscription } from "./subscription.js";

export type { ConnectionOptions, WebSocketLike } from "./connection.js";
export { type Filter, type Position, type Publication, TidewireError, type View } from "./protocol.js";
export { MapSubscription, StreamSubscription } from "./subscription.js";

export class Client {
  onConnected: () => void = () => {};
  onDisconnected: (code: number, reason: string, comesBack: boolean) => void = () => {};
  readonly #connection: Connection;
  readonly #subscriptions = new Map<string, Subscription>();
  #connected = false;

  constructor(url: string, options: ConnectionOptions) {
    this.#connection = new Connection(url, options, {
      onConnected: () => {
        this.#connected = true;
        for (const each of this.#subscriptions.values()) each.start();
        this.onConnected();
      },
      onPush: (push) => this.#take(push),
      onDisconnected: (code, reason, comesBack) => {
        this.#connected = false;
        for (const each of this.#subscriptions.values()) each.stop();
        this.onDisconnected(code, reason, comesBack);
      },
    });
  }

  connect(): void {
    this.#connection.open();
  }

  disconnect(): void {
    this.#connection.close();
  }

  // Every publication of a room. Set the callbacks of what this returns at once; one subscription of a room at a time.
  stream<Data = unknown>(channel: string, view: View = {}): StreamSubscription<Data> {
    return this.#add(new StreamSubscription<Data>(channel, view, (request, answer) => this.#connection.call("subscribe", request, answer)));
  }

  // The state of a room and every change of it.
  map<Data = unknown>(channel: string, view: View = {}): MapSubscription<Data> {
    return this.#add(new MapSubscription<Data>(channel, view, (request, answer) => this.#connection.call("subscribe", request, answer)));
  }

  unsubscribe(channel: string): void {
    this.#subscriptions.get(channel)?.stop();
    if (this.#subscriptions.delete(channel) && this.#connected) this.#connection.call("unsubscribe", { channel }, () => {});
  }

  // Rejects with a TidewireError if it is refused, with another if the connection was lost: then the outcome is unknown.
  publish(channel: string, what: { data?: unknown; key?: string; removed?: boolean }): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#connection.call("publish", { channel, ...what }, (result, why) => (result ? resolve() : reject(why)));
    });
  }

  #add<Kind extends Subscription>(made: Kind): Kind {
    if (this.#subscriptions.has(made.channel)) throw new Error(`${made.channel} is subscribed`);
    this.#subscriptions.set(made.channel, made);
    if (this.#connected) queueMicrotask(() => this.#connected && this.#subscriptions.get(made.channel) === made && made.start());
    return made;
  }

  #take({ channel, id, pub, unsubscribe }: Push["push"]): void {
    const subscription = channel === undefined ? this.#numbered(id) : this.#subscriptions.get(channel);
    if (pub) subscription?.onPush(pub);
    if (unsubscribe) subscription?.startSoon(); // 2500: what it stood on is gone
  }

  // A number lives as long as its subscription is live on this connection.
  #numbered(id: number | undefined): Subscription | undefined {
    return [...this.#subscriptions.values()].find(({ channelNumber }) => channelNumber !== 0 && channelNumber === id);
  }
}
