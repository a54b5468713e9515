// The npm client `centrifuge`, unmodified, with the same handles and the same logs as a raw client.
import { Centrifuge } from "centrifuge";
import WebSocket from "ws";

const pace = { minResubscribeDelay: 20, maxResubscribeDelay: 300 };

export class SdkClient {
  faults = [];
  #client;
  #subscriptions = new Map(); // channel → {subscription, log, excused}
  #socket = null; // the newest one

  constructor(place, { compressed, relay = null }) {
    this.relay = relay;
    const opened = (socket) => (this.#socket = socket);
    const websocket = class extends WebSocket {
      constructor(url, protocols) {
        super(url, protocols, { perMessageDeflate: compressed });
        opened(this);
      }
    };
    this.#client = new Centrifuge(place.websocketUrl, { websocket, minReconnectDelay: 20, maxReconnectDelay: 300 });
    this.#client.on("error", () => {}); // failed attempts to come back
    this.#client.on("disconnected", ({ code, reason }) => {
      if (code !== 0) this.faults.push(`gave up: ${code} ${reason}`);
    });
    this.#client.connect();
  }

  subscribe(channel, view, pageSize, log) {
    const { type, fields, filter, delta, maxRate, slow } = view;
    const data = { ...(fields && { fields }), ...(maxRate && { max_rate: maxRate }), ...(slow && { slow }) };
    const options = { ...pace, data, ...(filter && { tagsFilter: filter }), ...(delta && { delta }) };
    const subscription =
      type === 1 ? this.#client.newMapSubscription(channel, { ...options, pageSize }) : this.#client.newSubscription(channel, options);
    const entry = { subscription, log, excused: true };
    this.#subscriptions.set(channel, entry);
    this.#listen(entry, type);
    subscription.subscribe();
  }

  renew(channel, view, pageSize, log) {
    this.#client.removeSubscription(this.#subscriptions.get(channel).subscription);
    this.subscribe(channel, view, pageSize, log);
  }

  leave(channel) {
    this.#subscriptions.get(channel).subscription.unsubscribe();
  }

  // The SDK recovers if it can, whatever it is told.
  comeBack(channel) {
    this.#subscriptions.get(channel).subscription.subscribe();
  }

  disconnect() {
    this.#client.disconnect();
  }

  connect() {
    this.#client.connect();
  }

  slow(how) {
    const port = this.#socket?._socket?.localPort;
    if (!this.relay || !port) return;
    if (typeof how === "number") this.relay.rate(port, how);
    else this.relay[how](port);
  }

  async end() {
    this.#client.disconnect();
  }

  #listen(entry, type) {
    const { subscription, log } = entry;
    let position;
    const live = (state) => {
      log.live({ recovered: false, offset: position, state, excused: entry.excused });
      entry.excused = false;
    };
    subscription.on("subscribed", ({ recovered, streamPosition }) => {
      position = streamPosition?.offset ?? 0;
      if (recovered) log.live({ recovered, offset: position, excused: false });
      else if (type === 0) live();
      if (recovered && type === 1) log.caughtUp(position);
    });
    subscription.on("sync", ({ entries }) => live(new Map(entries.map(({ key, data }) => [key, data]))));
    subscription.on(type === 1 ? "update" : "publication", (publication) => log.told(publication));
    subscription.on("subscribing", ({ code, reason }) => log.gone(`${code} ${reason}`));
    subscription.on("unsubscribed", ({ code, reason }) => {
      log.gone(`${code} ${reason}`);
      if (code !== 0) log.fault(`unsubscribed for good with ${code} ${reason}`);
    });
    subscription.on("error", () => {}); // it tries again
  }
}
