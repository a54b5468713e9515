// What one subscription was told, in order. Both kinds of clients keep such a log; the verdict reads it.
//
//   {what: "live", recovered, offset, state?}   it went live; a map that was not recovered has its state as of `offset`: key → data
//   {what: "told", offset, key?, data, removed, tags}
//   {what: "gone", why}                          it is not live any more
//
// Of many rooms there are no offsets.
import { endKey, endTag } from "./publications.mjs";
import { roomOfKey } from "./room_pattern.mjs";

export class SubscriptionLog {
  entries = [];
  faults = [];
  isLive = false;
  starts = 0; // how often it went live
  reached = 0; // it has been told all up to here that it is to be told
  ends = new Set(); // of many rooms: the rooms whose last publication it was told, or has in its state
  leftOut = 0; // changes that it would have been told if it had been faster; the verdict counts them

  // `excused`: it did not ask to recover.
  live({ recovered, offset = 0, state, excused }) {
    this.entries.push({ what: "live", recovered, offset, state, excused });
    this.isLive = true;
    this.starts += 1;
    if (!recovered) this.reached = Math.max(this.reached, offset);
    for (const key of state?.keys() ?? []) if (key.endsWith(`/${endKey}`)) this.ends.add(roomOfKey(key));
  }

  told({ offset, key, data, removed = false, tags = {} }) {
    this.entries.push({ what: "told", offset, key, data, removed, tags });
    this.reached = Math.max(this.reached, offset ?? 0);
    if (endTag in tags) this.ends.add(tags.room);
  }

  // A recovered map has been told all up to here, for the reply says so.
  caughtUp(offset) {
    this.reached = Math.max(this.reached, offset);
  }

  gone(why) {
    if (this.isLive) this.entries.push({ what: "gone", why });
    this.isLive = false;
  }

  fault(text) {
    this.faults.push(text);
  }
}
