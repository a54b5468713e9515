// Reads Chrome's traces (Trace Event Format), and says what a reader such as Perfetto would refuse or draw wrongly.
import assert from "node:assert/strict";

const phases = ["M", "X", "s", "t", "f", "b", "e"];
const nsOf = (us) => Math.round(us * 1_000);

export class ChromeTrace {
  #byThread = new Map(); // tid → its slices, in order
  #ways = new Map(); // id → events, in order

  constructor(text) {
    this.text = text;
    this.whole = JSON.parse(text);
    this.events = this.whole.traceEvents;
    this.slices = this.#of("X").map((each) => ({ ...each, from: nsOf(each.ts), to: nsOf(each.ts) + nsOf(each.dur) }));
    for (const each of [...this.slices].sort((one, other) => one.from - other.from || other.to - one.to)) {
      if (!this.#byThread.has(each.tid)) this.#byThread.set(each.tid, []);
      this.#byThread.get(each.tid).push(each);
    }
    for (const each of this.events.filter(({ ph }) => "stf".includes(ph))) {
      if (!this.#ways.has(each.id)) this.#ways.set(each.id, []);
      this.#ways.get(each.id).push(each);
    }
    this.threads = new Map(this.#of("M").filter(({ name }) => name === "thread_name").map(({ tid, args }) => [tid, args.name]));
  }

  get about() {
    return this.whole.otherData;
  }

  // Every event has what its phase needs; slices of a thread lie one behind the other or one in the other; each way begins once, ends once, and
  // touches a slice of its thread each time.
  verify() {
    assert.equal(this.whole.displayTimeUnit, "ms");
    for (const each of this.events) {
      const words = JSON.stringify(each);
      assert.ok(phases.includes(each.ph) && typeof each.name === "string" && each.name !== "", words);
      for (const member of ["pid", "tid"]) assert.ok(Number.isInteger(each[member]) && each[member] >= 0, words);
      assert.ok(Number.isFinite(each.ts) && each.ts >= 0, words);
      if (each.ph === "X") assert.ok(each.dur >= 0 && this.threads.has(each.tid) && each.args.publishes.length > 0, words);
      if ("stfbe".includes(each.ph)) assert.ok(Number.isInteger(each.id), words);
      if (each.ph !== "M") assert.ok(typeof each.cat === "string" && each.cat !== "", words);
    }
    for (const tid of this.threads.keys()) this.#verifyNesting(tid);
    for (const [id, way] of this.#ways) {
      assert.deepEqual([way[0].ph, way.at(-1).ph, way.at(-1).bp], ["s", "f", "e"], `the way of ${id}`);
      assert.ok(way.slice(1, -1).every(({ ph }) => ph === "t"), `the way of ${id}`);
      for (const [n, each] of way.entries()) {
        assert.ok(n === 0 || each.ts >= way[n - 1].ts, `the way of ${id} goes back`);
        assert.ok(this.#sliceOf(each), `nothing was done for ${id} at ${each.ts}`);
      }
    }
    const open = new Map();
    for (const { id, ts } of this.#of("b")) open.set(id, ts);
    for (const { id, ts } of this.#of("e")) assert.ok(ts >= open.get(id), `${id} ended before it began`);
    assert.equal(open.size, this.#of("e").length);
  }

  // Of each publish to that room, in order: {id, slices}, the slices that its way goes through.
  publishesTo(room) {
    const ids = this.#of("b").filter(({ name, cat }) => cat === "publish" && name === room).map(({ id }) => id);
    return ids.map((id) => ({ id, slices: (this.#ways.get(id) ?? []).map((each) => this.#sliceOf(each)) }));
  }

  #of(phase) {
    return this.events.filter(({ ph }) => ph === phase);
  }

  // Where a way touches its thread. The last slice that begins no later, or one before it that ends just then.
  #sliceOf({ tid, ts, id }) {
    const all = this.#byThread.get(tid) ?? [];
    let [low, high] = [0, all.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      all[middle].from <= nsOf(ts) ? (low = middle + 1) : (high = middle);
    }
    return all.slice(Math.max(0, low - 3), low).findLast((each) => nsOf(ts) <= each.to && each.args.publishes.includes(id));
  }

  #verifyNesting(tid) {
    const open = [];
    for (const each of this.#byThread.get(tid) ?? []) {
      while (open.length > 0 && open.at(-1).to <= each.from) open.pop();
      assert.ok(open.length === 0 || each.to <= open.at(-1).to, `${JSON.stringify(each)} overlaps ${JSON.stringify(open.at(-1))}`);
      open.push(each);
    }
  }
}
