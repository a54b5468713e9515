import assert from "node:assert/strict";
import { test } from "node:test";
import { query } from "../src/console/client";
import { formatRoute, parseRoute } from "../src/console/routes";
import { ago, bytes, micros, ms, percent, perSecond } from "../src/console/units";

test("a route survives the way there and back, whatever a room is called", () => {
  const path = ["rooms", "sensor:a/b?c#d é%"];
  const route = parseRoute(formatRoute(path, { view: "past", at: "2026-11-30T05:53:18Z", none: "" }));
  assert.deepEqual(route, { path, query: { view: "past", at: "2026-11-30T05:53:18Z" } });
  assert.deepEqual(parseRoute(""), { path: [], query: {} });
  assert.deepEqual(parseRoute("#/rooms/%E0%A4%A"), { path: ["rooms", "%E0%A4%A"], query: {} });
});

test("a query leaves out what is not asked for", () => {
  assert.equal(query({ prefix: "", cursor: undefined }), "");
  assert.equal(query({ prefix: "a b&", limit: 0 }), "?prefix=a+b%26&limit=0");
});

test("numbers have units, in the size that keeps them short", () => {
  assert.equal(micros(34.2), "34.2 µs");
  assert.equal(micros(4115.607), "4.12 ms");
  assert.equal(ms(1234), "1.23 s");
  assert.equal(ms(0), "0 s");
  assert.equal(perSecond(0.5), "0.5/s");
  assert.equal(perSecond(12345.6), "12,346/s");
  assert.equal(bytes(2048), "2.00 KiB");
  assert.equal(percent(0.1234), "12.3 %");
});

test("spans of time", () => {
  assert.equal(ago(-5), "0 s");
  assert.equal(ago(119_000), "119 s");
  assert.equal(ago(125_000), "2 min");
  assert.equal(ago(2 * 3_600_000 + 5 * 60_000), "2 h 5 min");
  assert.equal(ago(49 * 3_600_000), "2 d 1 h");
});
