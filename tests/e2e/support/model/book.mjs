// The book of one room: what its publishers were acknowledged, and with it every change that the room must have had, in order.
import { isDeepStrictEqual } from "node:util";
import { readEntities, readHistory } from "../http.mjs";
import { apply } from "./documents.mjs";

export class Book {
  epoch = "";
  changes = []; // index: offset; {offset, operation, key?, data, tags, removed, before}
  end = 0; // the offset of the last publication of the run
  #acknowledged = new Map(); // offset → operation
  #unknown = new Map(); // by whom → operation: sent once, nobody knows what became of it
  #states = new Map(); // key → [{offset, now}], `now` {data, tags} or null

  // `keepsAll`: its history holds everything to the end.
  constructor({ room, keepsAll, slowConsumer }) {
    Object.assign(this, { room, keepsAll, slowConsumer });
  }

  // One request that was acknowledged: all of it, at consecutive offsets.
  acknowledge(operations, answers) {
    operations.forEach((operation, index) => {
      const { offset, epoch } = answers[index];
      this.epoch ||= epoch;
      if (epoch !== this.epoch) throw new Error(`${this.room}: ${operation.by} was acknowledged in epoch ${epoch}, not ${this.epoch}`);
      if (index > 0 && offset !== answers[index - 1].offset + 1) throw new Error(`${this.room}: a batch was torn at offset ${offset}`);
      if (this.#acknowledged.has(offset)) throw new Error(`${this.room}: offset ${offset} was given twice`);
      this.#acknowledged.set(offset, operation);
    });
  }

  leaveOpen(operation) {
    this.#unknown.set(operation.by, operation);
  }

  // Closes the book when nobody publishes any more: the server's history and state must be what the acknowledged operations make, in
  // the order of their offsets; of the others at most once. Answers the faults.
  async close(server) {
    const history = await readHistory(server, this.room);
    const entities = await readEntities(server, this.room);
    const rows = new Map(history.rows.map((row) => [row.offset, row]));
    const faults = this.#replay(entities.offset, rows);
    if (faults.length > 0) return faults;
    if (entities.epoch !== this.epoch) faults.push(`${this.room}: epoch ${entities.epoch}, not ${this.epoch}`);
    const first = history.rows[0]?.offset ?? 1;
    for (let offset = first; offset <= entities.offset; offset += 1)
      faults.push(...this.#compareRow(offset, rows.get(offset)));
    if (this.keepsAll && rows.size !== entities.offset) faults.push(`${this.room}: ${rows.size} of ${entities.offset} are in the history`);
    const stored = new Map(entities.rows.map(({ key, data, tags }) => [key, { data, tags }]));
    faults.push(...compareStates(this.room, stored, this.stateAt(this.top)));
    return faults;
  }

  get top() {
    return this.changes.length - 1;
  }

  // key → {data, tags}, as of that offset.
  stateAt(offset) {
    const state = new Map();
    for (const [key, versions] of this.#states) {
      const newest = versions.findLast((version) => version.offset <= offset);
      if (newest?.now) state.set(key, newest.now);
    }
    return state;
  }

  // The last changes of a key up to an offset, for a message.
  story(key, offset, count = 4) {
    const words = (change) => `  ${change.offset}: ${JSON.stringify(change.operation)} tags ${JSON.stringify(change.tags)}`;
    const told = this.changes.slice(1, offset + 1).filter((change) => change.key === key);
    return told.slice(-count).map(words);
  }

  #replay(top, rows) {
    this.changes = [null];
    for (let offset = 1; offset <= top; offset += 1) {
      const operation = this.#acknowledged.get(offset) ?? this.#claim(rows.get(offset));
      if (!operation) return [`${this.room}: nobody published what is at offset ${offset}: ${JSON.stringify(rows.get(offset))}`];
      this.#append(offset, operation);
    }
    const lost = [...this.#acknowledged.keys()].filter((offset) => offset > top);
    return lost.length > 0 ? [`${this.room}: acknowledged and lost: offsets ${lost}; the top is ${top}`] : [];
  }

  // An operation that was applied though nobody said so.
  #claim(row) {
    const operation = this.#unknown.get(row?.data?.by);
    if (operation) this.#unknown.delete(operation.by);
    return operation;
  }

  #append(offset, operation) {
    const { key } = operation;
    const versions = this.#states.get(key) ?? [];
    const before = key === undefined ? null : (versions.at(-1)?.now ?? null);
    const now = key === undefined ? { data: operation.data, tags: operation.tags ?? {} } : apply(operation, before);
    if (key !== undefined) this.#states.set(key, [...versions, { offset, now }]);
    this.changes.push({ offset, operation, key, data: now?.data, tags: now?.tags ?? {}, removed: now === null, before });
  }

  #compareRow(offset, row) {
    const { key, data, tags, removed } = this.changes[offset];
    const expected = { key, tags, ...(removed ? { removed } : { data }) };
    const stored = row && { key: row.key, tags: row.tags ?? {}, ...(row.removed ? { removed: true } : { data: row.data }) };
    if (isDeepStrictEqual(stored, expected)) return [];
    const words = `at offset ${offset} is ${JSON.stringify(row)} instead of ${JSON.stringify(expected)}`;
    return [`${this.room}: ${words}`, ...this.story(this.changes[offset].key, offset)];
  }
}

// What of one state is not as in the other, in words.
export function compareStates(what, found, expected) {
  const faults = [];
  for (const key of new Set([...found.keys(), ...expected.keys()])) {
    if (isDeepStrictEqual(found.get(key), expected.get(key))) continue;
    const words = (state) => (state.has(key) ? JSON.stringify(state.get(key)) : "nothing");
    faults.push(`${what}: ${key} is ${words(found)} instead of ${words(expected)}`);
  }
  return faults;
}
