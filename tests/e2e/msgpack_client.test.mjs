// The small client of examples/msgpack-client: its types fit, it keeps what it says through kills of the server, and its program runs.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { after, afterEach, before, test } from "node:test";
import WebSocket from "ws";
import { Server } from "../support/server.mjs";
import { signToken } from "../support/token.mjs";
import { buildClient, folder } from "./support/msgpack_client.mjs";
import { range } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const views = {
  "whole documents": {},
  "deltas": { delta: "fossil" },
  "chosen fields": { data: { fields: ["state", "n"] } },
  "a filter, deltas and fields": { data: { fields: ["state", "n"] }, tf: { key: "type", cmp: "eq", val: "lamp" }, delta: "fossil" },
};
const note = "n".repeat(100);
const lamp = (n) => ({ type: "lamp", state: n % 2 ? "on" : "off", n, x: n / 4, note });

let Client;
let server;
let clients = [];

before(async () => {
  ({ Client } = await buildClient());
  server = await Server.start();
});

after(async () => {
  await server?.dispose();
});

afterEach(() => {
  for (const each of clients) each.disconnect();
  clients = [];
});

function open(options = {}, at = server) {
  const websocket = (url, protocol) => new WebSocket(url, protocol);
  const client = new Client(at.websocketUrl, { websocket, backoffMinMs: 10, backoffMaxMs: 200, ...options });
  clients.push(client);
  client.connect();
  return client;
}

const shown = (document, view) => (view.data ? { state: document.state, n: document.n } : document);
const set = (key, data) => ({ key, op: "set", data });

for (const [name, view] of Object.entries(views)) {
  test(`a map through kills of the server, seen as ${name}`, async () => {
    const room = `lamps:${name.replaceAll(/\W+/g, "-")}`;
    await server.publish(room, range(1, 30).map((n) => set(`k${n}`, lamp(n))));
    await server.publish(room, { key: "gone", data: lamp(0) });
    const client = open();
    const map = client.map(room, view);
    map.pageRows = 7;
    let snapshots = 0;
    const recoveries = [];
    const removed = [];
    map.onSnapshot = () => (snapshots += 1);
    map.onLive = (recovered) => recoveries.push(recovered);
    map.onChange = (key, data) => data === undefined && removed.push(key);
    await until("the snapshot", () => map.live);
    assert.equal(map.entries.size, 31);
    for (const round of range(1, 3)) {
      await server.publish(room, { key: "k1", data: { n: 100 * round } });
      await until("the change", () => map.entries.get("k1").n === 100 * round);
      await server.kill();
      await server.restart();
      await server.publish(room, { key: "k2", data: { n: 100 * round } });
      await server.publish(room, { key: "k2", data: { n: 100 * round + 1 } });
      if (round === 1) await server.publish(room, { key: "gone", op: "remove" });
      await until("what was missed", () => map.live && map.entries.get("k2").n === 100 * round + 1);
    }
    assert.equal(snapshots, 1);
    assert.deepEqual(recoveries, [false, true, true, true]);
    assert.deepEqual(removed, ["gone"]);
    const expected = range(1, 30).map((n) => [`k${n}`, lamp(n)]);
    expected[0][1].n = 300;
    expected[1][1].n = 301;
    assert.deepEqual([...map.entries].sort(), expected.map(([key, document]) => [key, shown(document, view)]).sort());
  });
}

test("a stream tells each publication once, through kills, with deltas", async () => {
  const room = "log:stream";
  const client = open();
  const stream = client.stream(room, { delta: "fossil" });
  const told = [];
  stream.onPublication = ({ n }, { offset }) => told.push([offset, n]);
  await until("the subscription", () => stream.live);
  let sent = 0;
  for (const round of range(1, 3)) {
    for (const _ of range(1, 5)) await server.publish(room, { data: lamp(++sent) });
    await until(`${sent} publications`, () => told.length === sent);
    await server.kill();
    await server.restart();
    await server.publish(room, { data: lamp(++sent) });
    await until(`what was missed in round ${round}`, () => told.length === sent);
  }
  assert.deepEqual(told, range(1, sent).map((n) => [n, n]));
});

test("a lost history means a new snapshot, and what is refused for good is said once", async () => {
  const client = open();
  const map = client.map("lamps:lost");
  const errors = [];
  const wrong = client.map("lamps:wrong", { data: { fields: ["a..b"] } });
  wrong.onError = (why) => errors.push(why.code);
  let snapshots = 0;
  map.onSnapshot = () => (snapshots += 1);
  await server.publish("lamps:lost", set("a", lamp(1)));
  await until("the change", () => map.entries.has("a"));
  await server.loseData();
  await server.restart();
  await server.publish("lamps:lost", set("b", lamp(2)));
  await until("the new state", () => map.live && map.entries.has("b") && !map.entries.has("a"));
  assert.ok(snapshots >= 1);
  assert.ok(errors.length >= 1 && errors.every((code) => code === 107));
});

test("publishing: values keep their meaning, refusals have a code", async () => {
  const client = open();
  const stream = client.stream("log:values");
  const told = [];
  stream.onPublication = (data) => told.push(data);
  await until("the subscription", () => stream.live);
  const numbers = { whole: [0, -1, 2 ** 40, -(2 ** 40)], real: [0.5, 1e300] };
  const value = { text: "é\u0000\n😀", ...numbers, none: null, nested: { a: [{}, []] }, yes: true };
  await client.publish("log:values", { data: value });
  await until("the value", () => told.length === 1);
  assert.deepEqual(told[0], value);
  const { publications } = await server.request("GET", "/api/v1/rooms/log:values/history").then(({ data }) => ({ publications: data }));
  assert.deepEqual(publications[0].data, value);
  await assert.rejects(client.publish("log:*", { data: 1 }), ({ code }) => code === 107 || code === 103 || code === 108);
  client.unsubscribe("log:values");
  await client.publish("log:values", { data: 2 });
  assert.equal(told.length, 1);
});

test("a token is asked for each time, and a bad one ends it", async () => {
  const secret = "s".repeat(32);
  const strict = await Server.start({ dev: false, config: `[token]\nhmac_secret = "${secret}"\n` });
  try {
    let asked = 0;
    const client = open({ token: () => (asked += 1) && signToken(secret, { sub: "ann" }) }, strict);
    let connected = 0;
    client.onConnected = () => (connected += 1);
    await until("the connection", () => connected === 1);
    await strict.kill();
    await strict.restart();
    await until("the next one", () => connected === 2);
    assert.ok(asked >= 2);
    const refused = open({ token: () => "no token" }, strict);
    const ends = [];
    refused.onDisconnected = (code, reason, comesBack) => ends.push([code, comesBack]);
    await until("the refusal", () => ends.length > 0);
    assert.deepEqual(ends, [[3500, false]]);
  } finally {
    await strict.dispose();
  }
});

test("the program prints a room as it changes", async () => {
  await server.publish("lamps:printed", set("a", { state: "on" }));
  const words = [path.join(folder, "dist/main.js"), server.websocketUrl, "lamps:printed"];
  const program = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
  const lines = [];
  createInterface({ input: program.stdout }).on("line", (line) => lines.push(line));
  await until("the snapshot", () => lines.length === 2);
  await server.publish("lamps:printed", { key: "a", data: { state: "off" } });
  await until("the change", () => lines.length === 3);
  await server.publish("lamps:printed", { key: "a", op: "remove" });
  await until("the removal", () => lines.length === 4);
  program.kill("SIGINT");
  const [code] = await once(program, "exit");
  assert.equal(code, 0);
  assert.deepEqual(lines.slice(0, 4), ["lamps:printed has 1 entities", 'a {"state":"on"}', 'a {"state":"off"}', "a removed"]);
});
