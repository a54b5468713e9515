// A room as server-sent events, for a reader that comes back with the id that it heard last for as long as it is not closed, as browsers do.
import { setTimeout as delay } from "node:timers/promises";
import { EventStream } from "./event_stream.mjs";
import { until } from "./until.mjs";

const pauseMs = 50;
const visitMsMax = 3_600_000;

export class ReturningReader {
  visits = 0; // that were answered
  #earlier = []; // events of visits that have ended
  #stream = null;
  #lastId = "";
  #closed = false;

  constructor(server, target) {
    server.atEnd?.(() => this.close());
    this.#run(server, target);
  }

  get live() {
    return this.#stream !== null && !this.#stream.ended && this.#id !== "";
  }

  // Of the last id that was heard.
  get offset() {
    return Number(this.#id.split(".")[1] ?? 0);
  }

  // All that was told: how many pages of snapshots and resets, the changes, the state that they add up to, and the offset of the snapshot.
  summary() {
    const events = [...this.#earlier, ...(this.#stream?.events ?? [])];
    const count = (name) => events.filter(({ event }) => event === name).length;
    const changes = events.filter(({ event, data }) => event === undefined && data !== undefined).map(({ data }) => data);
    const state = new Map();
    for (const { event, data } of events) {
      if (event === "snapshot") for (const row of data.data) state.set(row.key, row.data);
      if (event === undefined && data?.key !== undefined) data.removed ? state.delete(data.key) : state.set(data.key, data.data);
    }
    const first = events.find(({ event }) => event === "live").data.offset;
    return { snapshots: count("snapshot"), resets: count("reset"), changes, state, first };
  }

  close() {
    this.#closed = true;
    this.#stream?.close();
  }

  // Found from the end: the text is long. What is not whole yet does not count.
  get #id() {
    const text = this.#stream?.text ?? "";
    const end = text.lastIndexOf("\n\n");
    const at = end < 0 ? -1 : text.lastIndexOf("\nid: ", end);
    return at < 0 ? this.#lastId : text.slice(at + 5, text.indexOf("\n", at + 5));
  }

  async #run(server, target) {
    while (!this.#closed) {
      const headers = this.#lastId === "" ? {} : { "Last-Event-ID": this.#lastId };
      const stream = await EventStream.open(server.url + target, headers).catch(() => null);
      if (stream?.response.status === 200) {
        this.visits += 1;
        this.#stream = stream;
        await until("the end of a visit", () => stream.ended || this.#closed, visitMsMax);
        if (this.#closed) return;
        this.#lastId = this.#id;
        this.#earlier.push(...stream.events);
        this.#stream = null;
      } else {
        stream?.close();
      }
      await delay(pauseMs);
    }
  }
}
