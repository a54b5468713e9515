import assert from "node:assert/strict";
import { test } from "node:test";
import { formatAddress, parseAddress } from "../src/address";
import { count, formatName, formatValue } from "../src/format";
import { Rate } from "../src/rate";
import { inWords } from "../src/words";

test("values carry the unit of their name", () => {
  assert.equal(formatValue("usage_percent", 12.34), "12.3 %");
  assert.equal(formatValue("used_bytes", 1536), "1.50 KiB");
  assert.equal(formatValue("used_bytes", 12), "12 B");
  assert.equal(formatValue("used_bytes", 1010 * 1024 * 1024), "0.986 GiB");
  assert.equal(formatValue("read_bytes_per_second", 3 * 1024 * 1024), "3.00 MiB/s");
  assert.equal(formatValue("reads_per_second", 1234.5), "1,234.5/s");
  assert.equal(formatValue("load_1m", 0.125), "0.125");
  assert.equal(formatValue("on", true), "yes");
  assert.equal(formatValue("gone", null), "–");
});

test("names lose their unit and their underscores", () => {
  assert.equal(formatName("read_bytes_per_second"), "read");
  assert.equal(formatName("load_1m"), "load 1m");
});

test("counting has a singular", () => {
  assert.equal(count(1, "change"), "1 change");
  assert.equal(count(1200, "entity", "entities"), "1,200 entities");
});

test("an address survives the way there and back", () => {
  const address = { room: "host:a b&c#d/é", view: "stream", token: "x.y+z=" } as const;
  assert.deepEqual(parseAddress(formatAddress(address)), address);
  assert.deepEqual(parseAddress("#view=nonsense"), { room: null, view: null, token: null });
  assert.equal(formatAddress({ room: "host:vm", view: null, token: null }), "#room=host:vm");
});

test("the rate counts whole seconds only and forgets", () => {
  const rate = new Rate();
  assert.equal(rate.perSecond(1_000), 0);
  rate.add(1_500, 10);
  assert.equal(rate.perSecond(1_900), 0);
  assert.equal(rate.perSecond(2_100), 10);
  assert.equal(rate.perSecond(3_100), 5);
  assert.equal(rate.perSecond(9_000), 0);
});

test("codes have words, unknown ones keep theirs", () => {
  assert.match(inWords(103, "permission denied"), /Permission denied/);
  assert.equal(inWords(4242, "because"), "Because (code 4242)");
  assert.equal(inWords(1, "transport closed"), "The server cannot be reached.");
});
