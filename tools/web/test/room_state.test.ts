import assert from "node:assert/strict";
import { test } from "node:test";
import { compareBytes, follows, RoomState, type HistoryRow, type Row } from "../src/console/room_state";

const row = (key: string, offset: number, data: unknown = offset): Row => ({ key, offset, version: offset, updated_at: "", tags: {}, data });
const change = (key: string | undefined, offset: number, more: Partial<HistoryRow> = {}): HistoryRow => ({
  offset,
  time: "",
  ...(key === undefined ? {} : { key }),
  data: offset,
  ...more,
});
const shown = (state: RoomState) => [...state.rows.values()].map(({ key, data }) => [key, data]);

test("changes count only for what is older than they are", () => {
  const state = new RoomState("e");
  state.addPage([row("a", 1), row("b", 9)], false);
  assert.equal(state.apply(change("a", 5)), "a");
  assert.equal(state.apply(change("b", 6)), null);
  assert.equal(state.apply(change("c", 7)), "c");
  assert.equal(state.apply(change(undefined, 8)), null);
  assert.deepEqual(shown(state), [
    ["a", 5],
    ["b", 9],
    ["c", 7],
  ]);
});

test("a removal holds against a page that is older, and what comes again is there again", () => {
  const state = new RoomState("e");
  state.addPage([row("a", 1)], true);
  assert.equal(state.apply(change("a", 4, { removed: true })), "a");
  state.addPage([row("a", 2), row("b", 3)], false);
  assert.deepEqual(shown(state), [["b", 3]]);
  assert.equal(state.apply(change("a", 6)), "a");
  assert.equal(state.apply(change("nobody", 7, { removed: true })), null);
});

test("what is behind the last page that was loaded is left to the next one", () => {
  const state = new RoomState("e");
  state.addPage([row("a", 1), row("m", 2)], true);
  assert.equal(state.whole, false);
  assert.equal(state.apply(change("z", 3)), null);
  assert.equal(state.apply(change("c", 4)), "c");
  state.addPage([row("z", 3)], false);
  assert.equal(state.whole, true);
  assert.equal(state.apply(change("zz", 5)), "zz");
  assert.deepEqual([...state.rows.keys()].sort(), ["a", "c", "m", "z", "zz"]);
});

test("changes follow without a gap, or it is noticed", () => {
  const at = { epoch: "e", offset: 5 };
  assert.equal(follows(at, { epoch: "e", offset: 5, data: [] }), true);
  assert.equal(follows(at, { epoch: "e", offset: 7, data: [change("a", 6), change("a", 7)] }), true);
  assert.equal(follows(at, { epoch: "e", offset: 9, data: [change("a", 8)] }), false);
  assert.equal(follows(at, { epoch: "e", offset: 9, data: [] }), false);
  assert.equal(follows(at, { epoch: "other", offset: 5, data: [] }), false);
});

test("keys are in the order of their bytes, as in pages", () => {
  assert.ok(compareBytes("a", "b") < 0);
  assert.ok(compareBytes("a", "aa") < 0);
  assert.equal(compareBytes("é", "é"), 0);
  assert.ok(compareBytes("\uffff", "\u{1f600}") < 0); // not in that of UTF-16
});
