// One subscription of a raw client: the commands that it sends and what it makes of the answers. It does what the SDK does, and can do it
// in any combination of options.
//
//   idle → subscribing (pages, phases) → live → leaving → idle
import { applyFossilDelta } from "./fossil.mjs";
import { isPattern } from "./room_pattern.mjs";
import { compactionFlag, subscribeOptions } from "./view.mjs";

const unrecoverable = 112;
const temporary = [100, 111, 113];

export class RawSubscription {
  wanted = true;
  stage = "idle";
  number = 0; // what pushes say instead of the channel; 0: the channel
  #position = null; // {epoch, offset} to recover from; of many rooms there is none
  #excused = true; // a snapshot is what it asks for
  #flow = null; // of the subscribe under way
  #texts = new Map(); // with deltas: what each key has now; of a stream under ""

  constructor(channel, view, pageLimit, log) {
    Object.assign(this, { channel, view, pageLimit, log });
  }

  // The next subscribe starts from nothing.
  forget() {
    this.#position = null;
    this.#excused = true;
  }

  // The first command of a subscribe.
  start() {
    this.stage = "subscribing";
    const recovering = this.#position !== null;
    if (!recovering) this.#texts.clear();
    this.#flow = { recovering, state: new Map(), publications: [], frozen: null };
    if (this.view.type === 0) return { channel: this.channel, ...subscribeOptions(this.view), ...this.#recovery() };
    return { ...this.#page(), phase: recovering ? 1 : 2, ...subscribeOptions(this.view), ...this.#recovery() };
  }

  // A result; the next command if there is one.
  answered(result) {
    if (this.stage === "idle") return null;
    if (this.view.type === 0) return this.#streamIsLive(result);
    const flow = this.#flow;
    flow.frozen ??= result.phase === 2 ? (result.offset ?? 0) : null; // a snapshot of one page does not say
    for (const row of result.state ?? []) this.#takeRow(row, flow.frozen ?? result.offset);
    flow.publications.push(...(result.publications ?? []));
    if (!result.phase) return this.#mapIsLive(result);
    if (this.stage === "leaving") return null;
    const { offset = 0, epoch = "", cursor } = result;
    if (result.phase === 2 && cursor) return { ...this.#page(), phase: 2, cursor, offset, epoch };
    return { ...this.#page(), phase: 1, offset, epoch, ...(flow.recovering && { recover: true }) };
  }

  // Refused: whether to try again.
  refused({ code, message }) {
    if (this.stage === "subscribing") this.stage = "idle";
    if (code === unrecoverable) {
      this.log.gone("unrecoverable");
      this.#position = null;
    } else if (!temporary.includes(code)) {
      this.log.fault(`subscribe was refused: ${code} ${message}`);
      return false;
    }
    return true;
  }

  // `number`: undefined if the push names the channel.
  pushed(publication, number = 0) {
    if (number !== this.number) this.log.fault(`told offset ${publication.offset} under the number ${number}, not ${this.number}`);
    if (this.stage !== "live" && this.stage !== "leaving") this.log.fault(`told offset ${publication.offset} while ${this.stage}`);
    else this.#tell(publication);
  }

  leave() {
    this.stage = "leaving";
  }

  // It is over: with the connection, by the server, or as the client wished.
  ended(why) {
    this.stage = "idle";
    this.number = 0;
    this.#flow = null;
    this.log.gone(why);
  }

  #page() {
    return { channel: this.channel, type: 1, limit: this.pageLimit, ...compactionFlag(this.view) };
  }

  #recovery() {
    return this.#position ? { recover: true, ...this.#position } : {};
  }

  #streamIsLive({ recovered = false, was_recovering: tried = false, offset = 0, epoch = "", publications = [], delta, id }) {
    const { recovering } = this.#flow;
    if (tried !== recovering) this.log.fault(`was_recovering ${tried} in the reply to recover ${recovering}`);
    if (recovered && offset !== this.#position.offset) this.log.fault(`recovered from ${offset}, asked from ${this.#position.offset}`);
    this.#goLive({ recovered, offset, excused: this.#excused }, epoch, { delta, id });
    for (const each of publications) this.#tell(each);
    return null;
  }

  #mapIsLive({ recovered = false, offset = 0, epoch = "", delta, id }) {
    const { recovering, state, publications } = this.#flow;
    if (recovered !== recovering) this.log.fault(`recovered ${recovered} in the reply to recover ${recovering}`);
    if (recovered) {
      this.#goLive({ recovered, offset, excused: this.#excused }, epoch, { delta, id });
      for (const each of publications) this.#tell(each);
    } else {
      this.#catchUp(state, publications);
      this.#goLive({ recovered, offset, state, excused: this.#excused }, epoch, { delta, id });
    }
    this.#keep({ epoch, offset });
    this.log.caughtUp(offset);
    return null;
  }

  #goLive(entry, epoch, { delta = false, id = 0 }) {
    if (this.stage === "subscribing") this.stage = "live";
    if ((id !== 0) !== (this.view.compact === true)) this.log.fault(`the number ${id} was told to compact ${this.view.compact}`);
    this.number = id;
    if (delta !== (this.view.delta !== undefined)) this.log.fault(`delta ${delta} was granted to ${this.view.delta}`);
    this.#keep({ epoch, offset: entry.offset });
    this.log.live(entry);
    this.#excused = false;
    this.#flow = null;
  }

  #takeRow({ offset, key, data }, frozen) {
    if (offset > frozen) this.log.fault(`a row of offset ${offset} in a snapshot of ${frozen}`);
    this.#flow.state.set(key, this.#decoded({ key, data }));
  }

  // What changed while the pages were read.
  #catchUp(state, publications) {
    let last = this.#flow.frozen ?? 0;
    for (const each of publications) {
      if (each.offset <= last) this.log.fault(`offset ${each.offset} behind ${last} of a catch-up`);
      last = each.offset;
      const data = this.#decoded(each);
      if (each.removed) state.delete(each.key);
      else state.set(each.key, data);
    }
  }

  #tell({ offset, epoch, ...rest }) {
    this.log.told({ ...rest, offset, data: this.#decoded(rest) });
    this.#keep({ epoch: epoch ?? this.#position?.epoch, offset });
  }

  #keep(position) {
    if (!isPattern(this.channel)) this.#position = position;
  }

  #decoded({ key, data, delta, removed }) {
    if (!this.view.delta || removed) {
      if (removed) this.#texts.delete(key);
      return data;
    }
    const place = this.view.type === 1 ? key : "";
    try {
      const text = delta ? applyFossilDelta(this.#texts.get(place), data) : data.toString();
      this.#texts.set(place, text);
      return JSON.parse(text);
    } catch (error) {
      this.log.fault(`what was sent of ${place} is nothing: ${error.message}`);
      return undefined;
    }
  }
}
