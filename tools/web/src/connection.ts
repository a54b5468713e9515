// The one connection of the page: wraps the SDK's client and says in words how it is doing. The SDK reconnects by itself.

import { Centrifuge } from "centrifuge";
import { inWords } from "./words";

export type Status =
  | { kind: "connecting" }
  | { kind: "live" }
  | { kind: "lost"; reason: string; withinS: number } // and the next attempt comes within so many seconds
  | { kind: "ended"; reason: string };

const delayMinMs = 500;
const delayMaxMs = 8_000;

export class Connection {
  readonly client: Centrifuge;
  private attempts = 0; // failed since the connection was last up
  private reason: string | null = null; // why it is not up; null while it never failed
  private retrying = false;

  constructor(
    token: string | null,
    private readonly onStatus: (status: Status) => void,
  ) {
    const endpoint = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/connection/websocket`;
    this.client = new Centrifuge(endpoint, {
      token: token ?? "",
      name: "tidewire-web",
      minReconnectDelay: delayMinMs,
      maxReconnectDelay: delayMaxMs,
    });
    this.client.on("connecting", ({ code, reason }) => {
      if (code !== 0) this.lost(inWords(code, reason));
      else if (!this.retrying) this.onStatus({ kind: "connecting" });
    });
    this.client.on("error", ({ error }) => {
      this.attempts += 1;
      this.lost(this.reason ?? inWords(error.code, error.message));
    });
    this.client.on("connected", () => {
      this.attempts = 0;
      this.reason = null;
      this.onStatus({ kind: "live" });
    });
    this.client.on("disconnected", ({ code, reason }) => {
      if (!this.retrying) this.onStatus({ kind: "ended", reason: inWords(code, reason) });
    });
  }

  open(): void {
    this.client.connect();
  }

  // Does not wait for the next attempt. Subscriptions keep their positions.
  retry(): void {
    this.retrying = true;
    this.client.disconnect();
    this.client.connect();
    this.retrying = false;
  }

  private lost(reason: string): void {
    this.reason = reason;
    this.onStatus({ kind: "lost", reason, withinS: this.longestDelayS() });
  }

  // The SDK waits for a random time up to this one (full jitter); it does not tell which.
  private longestDelayS(): number {
    const longestMs = Math.min(delayMaxMs, delayMinMs + Math.min(delayMaxMs, delayMinMs * 2 ** this.attempts));
    return Math.ceil(longestMs / 1000);
  }
}
