// Whether what one subscription of many rooms was told is what it had to be told. There are no offsets and no recovery: what it is told
// is found in the books again.
//
// Of a map each key, of a stream each room goes through its changes in their order and never back, and between a start and the next break
// nothing is left out, except for a rate. What is told of a room, whatever the key, is in the room's order. A map's snapshots hold of
// each key what it was at some time, not before what was told already; in the end the state is that of all rooms.
import { isDeepStrictEqual } from "node:util";
import { compareStates } from "./book.mjs";
import { asOfRoom, keyOfRoom, roomOfKey } from "./room_pattern.mjs";
import { Track } from "./track.mjs";
import { look, lookAtState } from "./view.mjs";

const faultsMax = 3; // of one subscription: the first ones matter
const nearby = 4; // entries of the log that a fault shows

class Verdict {
  faults = [];
  #tracks = new Map(); // of a map by key, of a stream by room
  #floors = new Map(); // room → what it is told of it next is above this offset
  #state = new Map(); // of a map

  constructor({ view, log, wanted }, books) {
    Object.assign(this, { view, log, wanted, books: new Map(books.map((book) => [book.room, book])), isMap: view.type === 1 });
    this.strict = !(this.isMap && view.maxRate);
    for (const book of books) this.#addTracks(book);
  }

  judge() {
    this.log.entries.forEach((entry, at) => {
      if (this.faults.length >= faultsMax) return;
      this.at = at;
      if (entry.what === "live") this.#live(entry);
      if (entry.what === "told") this.#told(entry);
    });
    if (this.faults.length === 0 && this.wanted && this.isMap) this.#end();
    return this.faults;
  }

  #addTracks({ room, changes }) {
    const steps = changes.slice(1).map((each) => {
      const change = asOfRoom(room, each);
      return { offset: each.offset, change, sight: look(this.view, change) };
    });
    const named = new Map(this.isMap ? [] : [[room, steps]]);
    for (const step of this.isMap ? steps : []) {
      const { key } = step.change;
      if (key !== undefined) named.set(key, [...(named.get(key) ?? []), step]);
    }
    for (const [name, own] of named) this.#tracks.set(name, { room, track: new Track(own, this.strict) });
    this.#floors.set(room, 0);
  }

  #live({ recovered, state }) {
    if (recovered) return this.#fault("it was recovered, which nobody can be");
    if (!this.isMap) {
      for (const { track } of this.#tracks.values()) track.begin(() => true);
      return;
    }
    this.#state = state;
    for (const key of state.keys()) if (!this.#tracks.has(key)) this.#fault(`the snapshot has ${key}, which there never was`);
    for (const [key, { track }] of this.#tracks) {
      const isShown = ({ sight }) => sight !== undefined && !sight.removed;
      const fits = (step) => isShown(step) === state.has(key) && (!state.has(key) || isDeepStrictEqual(step.sight.data, state.get(key)));
      if (!track.begin(fits)) this.#fault(`the snapshot has ${JSON.stringify(state.get(key))} of ${key}, which is old or never was`, key);
    }
    // What it is told from now on came behind the whole snapshot.
    for (const { room, track } of this.#tracks.values()) this.#raise(room, track.offset);
  }

  #told(entry) {
    const name = this.isMap ? entry.key : entry.tags.room;
    const found = this.#tracks.get(name);
    if (!found) return this.#fault(`it was told ${name}, which there never was`);
    const { room, track } = found;
    const floor = this.#floors.get(room);
    if (!track.advance((step) => step.offset > floor && this.#looksLike(step, entry)))
      return this.#fault(`it was told what cannot follow what it was told of ${name} (at ${track.offset}) and ${room} (at ${floor})`, name);
    this.#raise(room, track.offset);
    if (entry.removed) this.#state.delete(name);
    else this.#state.set(name, entry.data);
  }

  #raise(room, offset) {
    this.#floors.set(room, Math.max(this.#floors.get(room), offset));
  }

  #looksLike({ change, sight }, { data, removed, tags }) {
    // What was left out may have been what made it visible.
    if (sight.told === "never" && (this.strict || !sight.removed)) return false;
    if (this.isMap && removed !== (sight.removed === true)) return false;
    if (!isDeepStrictEqual(data, sight.data)) return false;
    const onlyLeftTheFilter = sight.removed === true && !change.removed;
    return onlyLeftTheFilter || isDeepStrictEqual(tags, change.tags);
  }

  #end() {
    const expected = new Map();
    for (const [room, book] of this.books) {
      const shown = [...book.stateAt(book.top)].map(([key, { data, tags }]) => [keyOfRoom(room, key), { data, tags: { ...tags, room } }]);
      for (const [key, data] of lookAtState(this.view, new Map(shown))) expected.set(key, data);
    }
    const differences = compareStates("its state in the end", this.#state, expected);
    for (const words of differences.slice(0, faultsMax)) this.#fault(words, /: (\S+) is/.exec(words)[1]);
    for (const [key, { track }] of this.#tracks) if (!track.isComplete) this.#fault(`it was not told all of ${key}`, key);
  }

  // With the changes of the key or room concerned around there, and what the subscription heard of it before.
  #fault(what, name) {
    const { room, track } = this.#tracks.get(name) ?? {};
    const story = track ? this.books.get(room).story(this.isMap ? name.slice(name.indexOf("/") + 1) : null, track.offset) : [];
    const isOfIt = (entry) => entry.what !== "told" || !track || (this.isMap ? entry.key : entry.tags.room) === name;
    const heard = this.log.entries.slice(0, this.at + 1).filter(isOfIt).slice(-nearby);
    this.faults.push([what, ` the last changes of ${name}:`, ...story, " it heard:", ...heard.map(brief)].join("\n"));
  }
}

function brief({ state, ...entry }) {
  return `  ${JSON.stringify({ ...entry, ...(state && { entries: state.size }) }).slice(0, 300)}`;
}

export function judgeRooms(subscription, books) {
  return new Verdict(subscription, books).judge();
}
