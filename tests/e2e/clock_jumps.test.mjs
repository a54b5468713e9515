// The clock of the machine jumps, forward and back, while the server runs. What has a time by that clock goes by it: keys, idempotency ids, history,
// tokens. What is live goes by the time since boot and notices nothing: order, connections, pings.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { signToken } from "../support/token.mjs";
import { call, entityPath, readHistory } from "./support/http.mjs";
import { Injector } from "./support/injector.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";
import { publishUntilAcknowledged } from "./support/publisher.mjs";
import { MapWatcher, StreamWatcher, connect, range } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const hour = 3_600;
const day = 24 * hour;
const secret = "a secret of at least thirty-two bytes";
const config = `
[token]
hmac_secret = "${secret}"
[limits]
ping_interval_s = 1
pong_timeout_s = 1
[[namespace]]
name = "aged"
history_ttl = "1h"
`;

const holder = {};
let server;
let client;
let live; // a subscriber from before the first jump to the end
let map;
let moveClock;
let published = 0;
let stopped = false;
let publishing;

before(async () => {
  server = await Server.start({ config, environment: Injector.into(holder) });
  moveClock = (seconds) => holder.injector.moveClock(seconds);
  client = connect(server);
  live = new StreamWatcher(client, "live:1");
  map = new MapWatcher(client, "ttl:1");
  await until("the subscriptions", () => live.subscribed.length === 1 && map.syncs.length === 1);
  publishing = (async () => {
    for (let n = 1; !stopped; n += 1) {
      const { refusals } = await publishUntilAcknowledged(server, "live:1", { data: n, idempotency_key: `${n}` });
      assert.deepEqual(refusals, []);
      published += 1;
    }
  })();
  publishing.catch(() => (stopped = true)); // told where it is awaited
});

after(async () => {
  stopped = true;
  client?.disconnect();
  await server?.dispose();
});

const set = (key, ttl) => server.publish("ttl:1", { key, op: "set", data: key, ...(ttl ? { ttl } : {}) });
const isThere = async (key) => (await call(server, "GET", entityPath("ttl:1", key))).status === 200;
const goes = (key) => until(`the end of ${key}`, async () => !(await isThere(key)), 90_000);
const goesOn = async () => {
  const enough = published + 20;
  await until("more publications", () => stopped || published >= enough);
};

test("a key goes when its time has come by the clock, whichever way that jumped", async () => {
  await set("hour", hour);
  await set("days", 3 * day);
  await set("kept");
  await moveClock(2 * hour);
  await goes("hour");
  assert.ok(await isThere("days"));

  await set("second", 1);
  await goes("second");
  await set("later", hour); // in three hours
  await moveClock(-day);
  await set("back", 1);
  await goes("back");
  assert.ok((await isThere("later")) && (await isThere("days")), "their time has not come again");
  await moveClock(4 * hour);
  await goes("later");
  await moveClock(4 * day);
  await goes("days");
  assert.ok(await isThere("kept"));
  await moveClock(0);
  await until("the subscriber knows", () => map.state.size === 1);
  assert.deepEqual([...map.state.keys()], ["kept"]);
  await goesOn();
});

test("an idempotency id is remembered for its time by the clock", async () => {
  const once = () => server.publish("once:1", { data: 1, idempotency_key: "x" });
  const first = await once();
  await moveClock(23 * hour);
  assert.deepEqual(await once(), first);
  await moveClock(-day);
  assert.deepEqual(await once(), first, "and longer where the clock went back");
  await moveClock(25 * hour);
  assert.equal((await once()).offset, first.offset + 1);
  await moveClock(0);
  assert.equal((await once()).offset, first.offset + 1);
  await goesOn();
});

test("history ages by the clock; its order is that of offsets, not of times", async () => {
  await server.publish("aged:1", [{ data: 1 }, { data: 2 }]);
  await moveClock(-hour);
  await server.publish("aged:1", { data: 3 });
  const { rows } = await readHistory(server, "aged:1");
  assert.deepEqual(
    rows.map(({ data }) => data),
    [1, 2, 3],
  );
  assert.ok(Date.parse(rows[2].time) < Date.parse(rows[0].time), "the clock went back");
  await moveClock(2 * hour);
  await server.publish("aged:1", { data: 4 }); // a room looks at the age of its history once a minute, while it is used
  await until("old publications go", async () => (await readHistory(server, "aged:1")).rows.length === 1, 90_000);
  assert.equal((await readHistory(server, "aged:1")).offset, 4);
  await moveClock(0);
  await goesOn();
});

test("a token is good until its time by the clock", async () => {
  const connectWith = async (seconds) => {
    const peer = await ProtocolClient.open(server);
    const reply = await peer.reply("connect", { token: signToken(secret, { sub: "ann", exp: Math.floor(Date.now() / 1_000) + seconds }) });
    peer.terminate();
    return reply;
  };
  assert.ok((await connectWith(hour)).connect);
  await moveClock(2 * hour);
  assert.equal((await connectWith(hour)).error.code, 109);
  await moveClock(-2 * hour);
  assert.equal((await connectWith(hour)).connect.ttl > 2 * hour, true);
  await moveClock(0);
});

test("who was live through all of it noticed nothing, and everything is there after a kill under a wrong clock", async () => {
  await moveClock(-30 * day);
  await goesOn();
  stopped = true;
  await publishing;
  const { offset: top, rows } = await readHistory(server, "live:1");
  await until("the subscriber is up to date", () => live.offset === top);
  assert.deepEqual(
    live.publications.map(({ data }) => data),
    range(1, published),
  );
  assert.equal(live.subscribed.length, 1, "the connection was lost");
  await server.kill();
  await moveClock(30 * day);
  await server.restart();
  assert.deepEqual((await readHistory(server, "live:1")).rows.at(-1), rows.at(-1));
  assert.equal((await server.publish("live:1", { data: "goes on" })).offset, top + 1);
});
