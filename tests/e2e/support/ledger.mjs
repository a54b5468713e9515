// What publishers were promised, and whether the server kept it.
import assert from "node:assert/strict";
import { call, readEntities, readHistory, roomPath } from "./http.mjs";
import { range } from "./subscriber.mjs";

export const counterKey = "counter";

// The book of one room. An entry is one acknowledged change: {publisher, epoch, offset, expected}, where `expected` is what the
// publication at that offset must be: {key?, id} for a change whose document carries its id, {key, by} for an increment.
export class Ledger {
  entries = [];
  batches = []; // of each request with several changes their ids, in order
  attemptedBlindly = new Set(); // ids sent without idempotency key: at most once, acknowledged or not
  applied = new Set(); // ids acknowledged without saying at which offset: the lines of a stream, what the SDK publishes

  // `trimmed`: the room forgets its oldest publications, so only what is kept can be compared.
  constructor(room, { trimmed = false } = {}) {
    this.room = room;
    this.trimmed = trimmed;
  }

  record(publisher, answer, expected) {
    this.entries.push({ publisher, epoch: answer.epoch, offset: answer.offset, expected });
  }

  // Everything acknowledged is there, in order, once; nothing else is.
  async verify(server) {
    const { rows: kept, epoch, offset: top } = await readHistory(server, this.room);
    const first = this.trimmed ? (kept[0]?.offset ?? top + 1) : 1;
    assert.deepEqual(
      kept.map(({ offset }) => offset),
      range(first, top),
      "offsets are dense",
    );
    const rows = new Map(kept.map((row) => [row.offset, row]));
    this.#verifyEntries(rows, epoch, first, top);
    this.#verifyIds(kept);
    if (!this.trimmed) this.#verifyBatches(kept);
    this.#verifyCounter(rows, first);
    await this.#verifyState(server, kept, top);
    return top;
  }

  #verifyEntries(rows, epoch, first, top) {
    const lastOffset = new Map(); // publisher → offset
    const taken = new Set();
    for (const { publisher, epoch: told, offset, expected } of this.entries) {
      assert.equal(told, epoch, "the epoch never changes");
      assert.ok(!taken.has(offset), `offset ${offset} was given to two changes`);
      taken.add(offset);
      assert.ok(offset > (lastOffset.get(publisher) ?? 0), `${publisher} was acknowledged out of order at ${offset}`);
      lastOffset.set(publisher, offset);
      assert.ok(offset <= top, `the acknowledged change at ${offset} is lost`);
      if (offset < first) continue;
      const row = rows.get(offset);
      assert.equal(row.key, expected.key, `another key at ${offset}`);
      if (expected.id) assert.equal(row.data.id, expected.id, `another change at ${offset}`);
    }
  }

  // Each id once: those acknowledged, and perhaps some of those that nobody asked about again.
  #verifyIds(rows) {
    const times = new Map();
    for (const { data } of rows) if (data.id) times.set(data.id, (times.get(data.id) ?? 0) + 1);
    for (const [id, count] of times) assert.equal(count, 1, `${id} was applied ${count} times`);
    const acknowledged = new Set(this.entries.map(({ expected }) => expected.id).filter(Boolean));
    for (const id of this.applied) assert.ok(times.has(id) || this.trimmed, `${id} was acknowledged and is lost`);
    for (const id of times.keys()) {
      const known = acknowledged.has(id) || this.applied.has(id) || this.attemptedBlindly.has(id);
      assert.ok(known, `nobody published ${id}`);
    }
  }

  // The changes of one request stand one behind the other, or none of them does.
  #verifyBatches(rows) {
    const places = new Map(rows.map(({ data, offset }) => [data.id, offset]));
    for (const ids of this.batches) {
      const offsets = ids.map((id) => places.get(id));
      const [first] = offsets;
      assert.deepEqual(offsets, first === undefined ? ids.map(() => undefined) : range(first, first + ids.length - 1), `batch ${ids[0]}`);
    }
  }

  // The increments, in the order of their offsets, give each value of the counter.
  #verifyCounter(rows, first) {
    const increments = this.entries.filter(({ expected }) => expected.by).sort((left, right) => left.offset - right.offset);
    const kept = increments.filter(({ offset }) => offset >= first);
    const shown = [...rows.values()].filter(({ key }) => key === counterKey);
    assert.equal(shown.length, kept.length, "each increment was applied once");
    let sum = 0;
    for (const { offset, expected } of increments) {
      sum += expected.by;
      if (offset >= first) assert.equal(rows.get(offset).data.count, sum, `the counter at ${offset}`);
    }
  }

  // The state is what the stream builds, and what acknowledged changes built before it began.
  async #verifyState(server, rows, top) {
    const built = new Map();
    for (const { publisher, offset, expected } of this.entries) {
      const { key, id } = expected;
      if (this.trimmed && key !== undefined && offset > (built.get(key)?.version ?? 0)) built.set(key, { id, version: offset, publisher });
    }
    for (const { key, data, offset } of rows) if (key !== undefined) built.set(key, { data, version: offset });
    const { rows: entities, offset } = await readEntities(server, this.room);
    assert.equal(offset, top);
    const { status, body } = await call(server, "GET", roomPath(this.room));
    assert.equal(status === 404 ? 0 : body.entities, entities.length, "the room knows how many entities it has");
    for (const { key, data } of entities) {
      const known = built.get(key);
      if (known && known.data === undefined && (known.id === undefined || known.id === data.id)) known.data = data; // older than the stream
    }
    assert.deepEqual(
      new Map(entities.map(({ key, data, version }) => [key, { data, version }])),
      new Map([...built].map(([key, { data, version }]) => [key, { data, version }])),
    );
  }
}
