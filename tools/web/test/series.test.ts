import assert from "node:assert/strict";
import { test } from "node:test";
import { curve, Series } from "../src/series";

test("a series keeps the newest values, oldest first", () => {
  const series = new Series(3);
  assert.deepEqual(series.toArray(), []);
  for (const value of [1, 2, 3, 4, 5]) series.push(value);
  assert.deepEqual(series.toArray(), [3, 4, 5]);
  series.clear();
  series.push(6);
  assert.deepEqual(series.toArray(), [6]);
});

test("a curve ends at the right edge and stays in its box", () => {
  assert.equal(curve([1], 100, 10, 11), "");
  assert.equal(curve([0, 5, 10], 100, 10, 11), "M80 10L90 5L100 0");
  assert.equal(curve([0, 5], 100, 10, 11, 100), "M90 10L100 9.5");
  assert.equal(curve([0, 0], 100, 10, 11), "M90 10L100 10");
  assert.equal(curve([-10, 0], 100, 10, 11), "M90 10L100 0");
});
