// The npm client `centrifuge`, unmodified, and a watcher that keeps everything a subscription of it was told.
import { Centrifuge } from "centrifuge";
import WebSocket from "ws";

// Many clients share one process, which could not decompress for all of them.
export class PlainSocket extends WebSocket {
  constructor(url, protocols) {
    super(url, protocols, { perMessageDeflate: false });
  }
}

export function connect(server, options = {}) {
  const client = new Centrifuge(server.websocketUrl, { websocket: WebSocket, minReconnectDelay: 20, maxReconnectDelay: 500, ...options });
  client.on("error", () => {}); // failed attempts to reconnect; what matters shows in the subscriptions
  const end = () => client.disconnect();
  client.on("connecting", () => server.atEnd?.(end));
  client.on("disconnected", () => server.forgetAtEnd?.(end));
  client.connect();
  return client;
}

// Why a subscription that had been live was not any more: {code, reason}, of itself or of its connection.
function interruptionsOf(client, subscription) {
  const noted = [];
  let begun = false;
  subscription.on("subscribed", () => (begun = true));
  subscription.on("subscribing", ({ code, reason }) => begun && noted.push({ code, reason }));
  client.on("connecting", ({ code, reason }) => begun && noted.push({ code, reason, connection: true }));
  return noted;
}

// The state of a map subscription: set by each sync, moved by each update.
export class MapWatcher {
  state = new Map(); // key → data
  offsets = []; // of the updates since the first sync, in order
  syncs = []; // {offset, epoch} of each
  subscribed = []; // {wasRecovering, recovered} of each time it went live

  constructor(client, room, options = {}) {
    this.subscription = client.newMapSubscription(room, { minResubscribeDelay: 20, maxResubscribeDelay: 500, ...options });
    this.subscription.on("subscribed", ({ wasRecovering, recovered, streamPosition }) => {
      this.subscribed.push({ wasRecovering, recovered });
      this.#position = streamPosition;
    });
    this.subscription.on("sync", ({ entries }) => {
      this.syncs.push({ ...this.#position, entries: entries.length });
      this.state = new Map(entries.map(({ key, data }) => [key, data]));
    });
    this.subscription.on("update", ({ key, data, removed, offset }) => {
      this.offsets.push(offset);
      removed ? this.state.delete(key) : this.state.set(key, data);
    });
    this.subscription.subscribe();
  }

  // Where the subscription stands.
  get offset() {
    return this.offsets.at(-1) ?? this.syncs.at(-1)?.offset ?? 0;
  }

  #position;
}

// What a stream subscription was told.
export class StreamWatcher {
  publications = []; // {offset, data}
  subscribed = []; // {wasRecovering, recovered, offset} of each time it went live

  constructor(client, room, options = {}) {
    this.subscription = client.newSubscription(room, { minResubscribeDelay: 20, maxResubscribeDelay: 500, ...options });
    this.interruptions = interruptionsOf(client, this.subscription);
    this.subscription.on("subscribed", ({ wasRecovering, recovered, streamPosition }) => {
      this.subscribed.push({ wasRecovering, recovered, offset: streamPosition?.offset });
    });
    this.subscription.on("publication", ({ offset, data }) => this.publications.push({ offset, data }));
    this.subscription.subscribe();
  }

  get offset() {
    return this.publications.at(-1)?.offset ?? this.subscribed.at(-1)?.offset ?? 0;
  }
}

// The numbers first … last, for comparing with offsets that must be dense.
export const range = (first, last) => Array.from({ length: last - first + 1 }, (_, index) => first + index);
