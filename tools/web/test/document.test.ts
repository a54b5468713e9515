import assert from "node:assert/strict";
import { test } from "node:test";
import { describe, toneOf } from "../src/document";

test("a document of Tidewire's form shows its attributes, the most telling number first", () => {
  const shown = describe({ type: "cpu", source: "vm", state: "busy", attributes: { user_percent: 1, usage_percent: 45.5, note: "x" } });
  assert.equal(shown.type, "cpu");
  assert.equal(shown.state, "busy");
  assert.equal(shown.source, "vm");
  assert.deepEqual(shown.main, { name: "usage_percent", value: 45.5 });
  assert.deepEqual(shown.details, [["user_percent", 1], ["note", "x"]]);
});

test("a rate is shown before a count", () => {
  assert.deepEqual(describe({ type: "n", attributes: { errors: 3, sent_bytes_per_second: 7 } }).main, { name: "sent_bytes_per_second", value: 7 });
});

test("any JSON value has something to show", () => {
  assert.deepEqual(describe(42).main, { name: "value", value: 42 });
  assert.deepEqual(describe("text").details, [["value", "text"]]);
  assert.deepEqual(describe(null).details, [["value", null]]);
  assert.deepEqual(describe([1, 2]).details, [["value", "2 items"]]);
  assert.equal(describe({}).main, null);
  assert.deepEqual(describe({ a: { b: 1, c: { d: 2 } } }).details, [["a.c", "1 members"]]);
});

test("a document without attributes does not repeat its type and state", () => {
  assert.deepEqual(describe({ type: "lamp", state: "on", level: 3 }).details, []);
});

test("known states have a tone, all others none", () => {
  assert.equal(toneOf("OK"), "calm");
  assert.equal(toneOf("saturated"), "alarm");
  assert.equal(toneOf("purple"), "plain");
});
