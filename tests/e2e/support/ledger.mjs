// What publishers were promised, and whether the server kept it.
import assert from "node:assert/strict";
import { readEntities, readHistory } from "./http.mjs";
import { range } from "./subscriber.mjs";

export const counterKey = "counter";

// The book of one room. An entry is one acknowledged change: {publisher, epoch, offset, expected}, where `expected` is what the
// publication at that offset must be: {key?, id} for a change whose document carries its id, {key, by} for an increment.
export class Ledger {
  entries = [];
  batches = []; // of each request with several changes their ids, in order
  attemptedBlindly = new Set(); // ids sent without idempotency key: at most once, acknowledged or not

  constructor(room) {
    this.room = room;
  }

  record(publisher, answer, expected) {
    this.entries.push({ publisher, epoch: answer.epoch, offset: answer.offset, expected });
  }

  // Everything acknowledged is there, in order, once; nothing else is.
  async verify(server) {
    const { rows, epoch, offset: top } = await readHistory(server, this.room);
    assert.deepEqual(
      rows.map(({ offset }) => offset),
      range(1, top),
      "offsets are dense",
    );
    this.#verifyEntries(rows, epoch);
    this.#verifyIds(rows);
    this.#verifyBatches(rows);
    this.#verifyCounter(rows);
    await this.#verifyState(server, rows, top);
    return top;
  }

  #verifyEntries(rows, epoch) {
    const lastOffset = new Map(); // publisher → offset
    const taken = new Set();
    for (const { publisher, epoch: told, offset, expected } of this.entries) {
      assert.equal(told, epoch, "the epoch never changes");
      assert.ok(!taken.has(offset), `offset ${offset} was given to two changes`);
      taken.add(offset);
      assert.ok(offset > (lastOffset.get(publisher) ?? 0), `${publisher} was acknowledged out of order at ${offset}`);
      lastOffset.set(publisher, offset);
      const row = rows[offset - 1];
      assert.ok(row, `the acknowledged change at ${offset} is lost`);
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
    for (const id of times.keys()) assert.ok(acknowledged.has(id) || this.attemptedBlindly.has(id), `nobody published ${id}`);
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
  #verifyCounter(rows) {
    const increments = this.entries.filter(({ expected }) => expected.by).sort((left, right) => left.offset - right.offset);
    assert.equal(rows.filter(({ key }) => key === counterKey).length, increments.length, "each increment was applied once");
    let sum = 0;
    for (const { offset, expected } of increments) {
      sum += expected.by;
      assert.equal(rows[offset - 1].data.count, sum, `the counter at ${offset}`);
    }
  }

  // The state is what the stream builds.
  async #verifyState(server, rows, top) {
    const built = new Map();
    for (const { key, data, offset } of rows) if (key !== undefined) built.set(key, { data, version: offset });
    const { rows: entities, offset } = await readEntities(server, this.room);
    assert.equal(offset, top);
    assert.deepEqual(new Map(entities.map(({ key, data, version }) => [key, { data, version }])), built);
  }
}
