// A reader of server-sent events that keeps what came, as `curl -N` would show it and as its events.
export class EventStream {
  text = "";
  ended = false;
  #abort = new AbortController();

  static async open(url, headers = {}) {
    const stream = new EventStream();
    stream.response = await fetch(url, { headers, signal: stream.#abort.signal });
    (async () => {
      const decoder = new TextDecoder();
      for await (const bytes of stream.response.body) stream.text += decoder.decode(bytes, { stream: true });
      stream.ended = true;
    })().catch(() => (stream.ended = true));
    return stream;
  }

  // Whole events so far: {event, id, data, comment, retry}; data is parsed.
  get events() {
    const whole = this.text.slice(0, this.text.lastIndexOf("\n\n") + 1);
    return whole
      .split("\n\n")
      .map((block) => block.split("\n").filter((line) => line.trim() !== ""))
      .filter((lines) => lines.length > 0)
      .map((lines) => {
        const fields = {};
        for (const line of lines) {
          const at = line.indexOf(":");
          const name = at === 0 ? "comment" : line.slice(0, at);
          const value = line.slice(at + 1).replace(/^ /, "");
          fields[name] = name === "data" ? JSON.parse(value) : value;
        }
        return fields;
      });
  }

  // Changes, in order.
  get changes() {
    return this.events.filter(({ event, data }) => event === undefined && data !== undefined).map(({ data }) => data);
  }

  get lastId() {
    return this.events.map(({ id }) => id).filter(Boolean).at(-1);
  }

  // The state that the snapshot and the changes add up to: key → data.
  get state() {
    const state = new Map();
    for (const { event, data } of this.events) {
      if (event === "reset") state.clear();
      if (event === "snapshot") for (const row of data.data) state.set(row.key, row.data);
      if (event === undefined && data?.key !== undefined) data.removed ? state.delete(data.key) : state.set(data.key, data.data);
    }
    return state;
  }

  close() {
    this.#abort.abort();
  }
}
