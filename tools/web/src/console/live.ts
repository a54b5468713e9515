// What the server tells by itself: the rooms "$sys:…" over one WebSocket of the client protocol, with the SDK that the public page uses.
// While it does not come, whoever wants it asks over HTTP instead.

import { Centrifuge, type Subscription } from "centrifuge";
import { inWords } from "../words";
import type { Client } from "./client";
import { repeat, type Repeated } from "./repeat";

const delayMinMs = 500;
const delayMaxMs = 8_000;
const silentMs = 5_000; // each room is told something every second

export type LiveState = { live: boolean; why: string };

export class Live {
  private readonly socket: Centrifuge;
  private readonly users = new Set<(state: LiveState) => void>();
  private token: string | null = null; // of the connection
  private state: LiveState = { live: false, why: "The live connection is not open yet." };

  constructor(private readonly client: Client) {
    const endpoint = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/connection/websocket`;
    this.socket = new Centrifuge(endpoint, { name: "tidewire-console", minReconnectDelay: delayMinMs, maxReconnectDelay: delayMaxMs });
    this.socket.on("connected", () => this.become({ live: true, why: "" }));
    this.socket.on("connecting", ({ code, reason }) => {
      if (code !== 0) this.become({ live: false, why: inWords(code, reason) });
    });
    this.socket.on("error", ({ error }) => this.become({ live: false, why: inWords(error.code, error.message) }));
    this.socket.on("disconnected", ({ code, reason }) => this.become({ live: false, why: inWords(code, reason) }));
    document.addEventListener("visibilitychange", () => (document.hidden ? this.socket.disconnect() : this.open()));
  }

  // The server answers over HTTP, so its token is known if it wants one. If the last one was refused here, another one may be taken.
  open(): void {
    const connecting = this.socket.state !== "disconnected";
    if (document.hidden || (connecting && this.token === this.client.shownToken)) return;
    if (connecting) this.socket.disconnect();
    this.token = this.client.shownToken;
    this.socket.setToken(this.token ?? "");
    this.socket.connect();
  }

  // Called at once and at each change. Answers how to end that.
  onState(use: (state: LiveState) => void): () => void {
    this.users.add(use);
    use(this.state);
    return () => this.users.delete(use);
  }

  // Tells what comes in that room; and, when it begins or ceases to come, whether it does.
  watch<T>(room: string, hear: (document: T) => void, told: (comes: boolean) => void): () => void {
    let comes = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const become = (now: boolean) => {
      clearTimeout(timer);
      if (now) timer = setTimeout(() => become(false), silentMs);
      if (now !== comes) told((comes = now));
    };
    const subscription = this.take(room);
    const onPublication = ({ data }: { data: unknown }) => {
      become(true);
      hear(data as T);
    };
    const onLost = () => become(false);
    subscription.on("publication", onPublication);
    subscription.on("subscribing", onLost);
    subscription.on("unsubscribed", onLost);
    subscription.subscribe();
    return () => {
      clearTimeout(timer);
      subscription.off("publication", onPublication);
      subscription.off("subscribing", onLost);
      subscription.off("unsubscribed", onLost);
      if (subscription.listeners("publication").length > 0) return; // others watch
      this.socket.removeSubscription(subscription);
    };
  }

  private take(room: string): Subscription {
    return this.socket.getSubscription(room) ?? this.socket.newSubscription(room);
  }

  private become(state: LiveState): void {
    this.state = state;
    for (const use of this.users) use(state);
  }
}

// The room that repeats the answer to such a question. A "*" would make it a pattern.
export function askLive(name: string, asked: string): string {
  return `$sys:${name}${asked.replaceAll("*", "%2A")}`;
}

// Hears what the server tells in that room and, while it does not, looks again and again. now(): looks at once, in any case.
export function follow<T>(live: Live, room: string, hear: (document: T) => void, everyMs: number, look: () => Promise<void>): Repeated {
  let loop: Repeated | null = repeat(everyMs, look);
  const forget = live.watch<T>(room, hear, (comes) => {
    loop?.stop();
    loop = comes ? null : repeat(everyMs, look);
  });
  return {
    now: () => (loop ? loop.now() : void look()),
    stop: () => {
      forget();
      loop?.stop();
    },
  };
}
