// Whether what one subscription of one room was told is what it had to be told.
//
// A stream, and a map that nothing may be left out of, sees every change that its view shows exactly once, in order. Any map's snapshots
// are the state of their offset, what it is told is right and never goes back, and its state in the end is the room's.
import { isDeepStrictEqual } from "node:util";
import { compareStates } from "./book.mjs";
import { look, lookAtState, tellsAll } from "./view.mjs";

const faultsMax = 3; // of one subscription: the first ones matter

class Verdict {
  faults = [];
  #at = null; // told up to here; null: never live
  #state = new Map(); // of a map

  constructor({ channel, view, log, wanted }, book) {
    Object.assign(this, { channel, view, log, wanted, book, strict: tellsAll(view, book.slowConsumer) });
    this.sights = book.changes.map((change) => change && look(view, change));
  }

  judge() {
    for (const entry of this.log.entries) {
      if (this.faults.length >= faultsMax) break;
      if (entry.what === "live") this.#live(entry);
      if (entry.what === "told") this.#told(entry);
    }
    if (this.faults.length === 0 && this.wanted) this.#end();
    return this.faults;
  }

  #live({ recovered, offset, state, excused }) {
    if (recovered) {
      if (this.#at === null) this.#fault("it was recovered, and had never been there", offset);
      return;
    }
    if (!excused && this.book.keepsAll) this.#fault(`it had to start anew at ${offset}, though the history holds all`, offset);
    this.#at = offset;
    if (this.view.type !== 1) return;
    this.#state = state;
    this.#compareState(`the snapshot at ${offset}`, offset);
  }

  #told(entry) {
    const { offset, key, data, removed } = entry;
    if (this.#at === null) return this.#fault("told before it was live", offset);
    if (offset <= this.#at) return this.#fault(`told offset ${offset} after ${this.#at}`, offset);
    if (offset > this.book.top) return this.#fault(`told offset ${offset}, the room's top is ${this.book.top}`, this.book.top);
    this.#expectNothingMissed(offset);
    this.#compareTold(entry);
    this.#at = offset;
    if (removed) this.#state.delete(key);
    else this.#state.set(key, data);
  }

  #expectNothingMissed(next) {
    for (let offset = this.#at + 1; offset < next; offset += 1) {
      if (this.sights[offset].told !== "always") continue;
      if (this.strict) return this.#fault(`it was not told offset ${offset}: ${this.#at} was followed by ${next}`, offset);
      this.log.leftOut += 1;
    }
  }

  #compareTold({ offset, key, data, removed, tags }) {
    const change = this.book.changes[offset];
    const sight = this.sights[offset];
    // What was left out may have been what made it visible.
    if (sight.told === "never" && (this.strict || !sight.removed))
      return this.#fault(`it was told offset ${offset}, which it does not see`, offset);
    const ofMap = this.view.type === 1;
    const seen = { data, ...(ofMap && { key, removed }) };
    const expected = { data: sight.data, ...(ofMap && { key: change.key, removed: sight.removed === true }) };
    if (!isDeepStrictEqual(seen, expected))
      this.#fault(`it was told ${JSON.stringify(seen)} instead of ${JSON.stringify(expected)}`, offset);
    if (!change.removed && !sight.removed && !isDeepStrictEqual(tags, change.tags))
      this.#fault(`it was told the tags ${JSON.stringify(tags)} instead of ${JSON.stringify(change.tags)}`, offset);
  }

  #end() {
    const { top } = this.book;
    if (this.#at === null) return this.#fault("it never went live", top);
    this.#expectNothingMissed(top + 1);
    if (this.view.type === 1) this.#compareState("its state in the end", top);
  }

  #compareState(what, offset) {
    const differences = compareStates(what, this.#state, lookAtState(this.view, this.book.stateAt(offset)));
    for (const words of differences.slice(0, faultsMax)) this.#fault(words, offset, /: (\S+) is/.exec(words)[1]);
  }

  // With the changes of the key concerned, and what the subscription heard around it.
  #fault(what, offset, key = this.book.changes[offset]?.key) {
    const near = this.log.entries.findLastIndex((entry) => entry.offset !== undefined && entry.offset <= offset);
    const heard = this.log.entries.slice(Math.max(0, near - 3), near + 4).map(brief);
    this.faults.push([what, ` the last changes of ${key}:`, ...this.book.story(key, offset), " it heard:", ...heard].join("\n"));
  }
}

function brief({ state, ...entry }) {
  return `  ${JSON.stringify({ ...entry, ...(state && { entries: state.size }) }).slice(0, 300)}`;
}

export function judgeRoom(subscription, [book]) {
  return new Verdict(subscription, book).judge();
}
