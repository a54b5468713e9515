// Channel compaction with the npm client `centrifuge`, unmodified, which always agrees to it: each push reaches its subscription, whatever
// happens to the server.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import WebSocket from "ws";
import { Server } from "../support/server.mjs";
import { signToken } from "../support/token.mjs";
import { MapWatcher, StreamWatcher, connect, range } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const secret = "a secret of at least thirty-two bytes";
const config = `
[token]
hmac_secret = "${secret}"

[test]
faults = true

[[namespace]]
name = "joined"
join_leave = true
force_push_join_leave = true
`;

let server;
let clients = [];

before(async () => {
  server = await Server.start({ config });
});

after(async () => {
  await server?.dispose();
});

afterEach(() => {
  for (const each of clients) each.disconnect();
  clients = [];
});

const tokenOf = (sub, claims = {}) => signToken(secret, { sub, ...claims });

// An SDK client, and all that is said on its connections: {replies, pushes}.
function open(options = {}) {
  const wire = { replies: [], pushes: [] };
  const websocket = class extends WebSocket {
    constructor(url, protocols) {
      super(url, protocols);
      this.on("message", (data) => {
        for (const { push, ...reply } of data.toString().split("\n").map((line) => JSON.parse(line)))
          push ? wire.pushes.push(push) : wire.replies.push(reply);
      });
    }
  };
  const client = connect(server, { websocket, ...options });
  clients.push(client);
  return { client, wire };
}

const numbersIn = ({ replies }) => replies.flatMap(({ subscribe }) => (subscribe?.id ? [subscribe.id] : []));
const of = (wire, kind) => wire.pushes.filter((push) => push[kind]);
const dataOf = ({ publications }) => publications.map(({ data }) => data);

test("streams, maps and many rooms: nothing is told under a name, and everything reaches its subscription", async () => {
  const { client, wire } = open();
  const rooms = range(1, 4).map((n) => `many:${n}`);
  const streams = rooms.map((room) => new StreamWatcher(client, room));
  const all = new StreamWatcher(client, "many:*");
  const map = new MapWatcher(client, "lamps:a");
  await until("all subscriptions", () => [...streams, all, map].every(({ subscribed }) => subscribed.length === 1));
  for (const n of range(1, 20)) await server.publish(rooms[n % 4], { data: n });
  await server.publish("lamps:a", [{ key: "k", op: "set", data: 1 }, { key: "k", op: "set", data: 2 }]);
  await until("everything", () => all.publications.length === 20 && map.state.get("k") === 2);
  streams.forEach((stream, index) => assert.deepEqual(dataOf(stream), range(1, 20).filter((n) => n % 4 === index)));
  assert.deepEqual(dataOf(all), range(1, 20));
  assert.equal(of(wire, "pub").length, 42);
  assert.ok(of(wire, "pub").every(({ channel }) => channel === undefined));
  assert.deepEqual(new Set(of(wire, "pub").map(({ id }) => id)), new Set(numbersIn(wire)));
});

test("joins and leaves reach it under the number", async () => {
  const { client, wire } = open({ token: tokenOf("ann") });
  const heard = [];
  const subscription = client.newSubscription("joined:a");
  subscription.on("join", ({ info }) => heard.push(`+${info.user}`));
  subscription.on("leave", ({ info }) => heard.push(`-${info.user}`));
  subscription.subscribe();
  await subscription.ready();
  const { client: other } = open({ token: tokenOf("bob") });
  const brief = other.newSubscription("joined:a");
  brief.subscribe();
  await brief.ready();
  brief.unsubscribe();
  await until("the leave", () => heard.includes("-bob"));
  assert.deepEqual(heard, ["+ann", "+bob", "-bob"]);
  const [id] = numbersIn(wire);
  assert.ok([...of(wire, "join"), ...of(wire, "leave")].every((push) => push.id === id && push.channel === undefined));
});

test("a broadcaster that dies: the end is told by name, and the SDK comes back under another number", async () => {
  const { client, wire } = open();
  const stream = new StreamWatcher(client, "log:crash");
  const map = new MapWatcher(client, "lamps:crash");
  await until("the subscriptions", () => stream.subscribed.length === 1 && map.subscribed.length === 1);
  await server.publish("log:crash", { data: 1 });
  await until("the first", () => stream.publications.length === 1);
  await server.armFault("broadcaster");
  await fetch(`${server.url}/api/v1/rooms/log:crash/presence`);
  await until("both again", () => stream.subscribed.length === 2 && map.subscribed.length === 2);
  assert.deepEqual(of(wire, "unsubscribe").map(({ channel, id, unsubscribe }) => [channel, id, unsubscribe.code]).sort(), [
    ["lamps:crash", undefined, 2500],
    ["log:crash", undefined, 2500],
  ]);
  await server.publish("log:crash", { data: 2 });
  await server.publish("lamps:crash", { key: "k", op: "set", data: 3 });
  await until("what comes then", () => stream.publications.length === 2 && map.state.get("k") === 3);
  assert.deepEqual(dataOf(stream), [1, 2]);
  assert.equal(new Set(numbersIn(wire)).size, 4);
});

// The SDK keeps the number of a subscription that it has left.
test("kill -9: what was left does not swallow what is told to others, before and after", async () => {
  const { client, wire } = open();
  const rooms = range(1, 10).map((n) => `log:left-${n}`);
  const left = rooms.map((room) => new StreamWatcher(client, room));
  await until("the first ones", () => left.every(({ subscribed }) => subscribed.length === 1));
  for (const { subscription } of left) subscription.unsubscribe();
  const stays = range(1, 10).map((n) => new StreamWatcher(client, `log:stays-${n}`));
  const publish = (n) => Promise.all(stays.map((_, index) => server.publish(`log:stays-${index + 1}`, { data: n })));
  await until("the others", () => stays.every(({ subscribed }) => subscribed.length === 1));
  await publish(1);
  for (const round of range(2, 4)) {
    await until("the last round", () => stays.every(({ publications }) => publications.length === round - 1));
    await server.kill();
    await server.restart();
    await publish(round);
    await until("everybody", () => stays.every(({ subscribed }) => subscribed.length === round));
  }
  await publish(5);
  await until("everything", () => stays.every(({ publications }) => publications.length === 5));
  for (const each of stays) assert.deepEqual(dataOf(each), range(1, 5));
  for (const each of left) assert.deepEqual(dataOf(each), []);
  assert.equal(new Set(numbersIn(wire)).size, 50, "no number was told twice");
});

test("server-side subscriptions are told by name: the SDK looks for no number there", async () => {
  const room = "log:server-side";
  const { client, wire } = open({ token: tokenOf("ann", { channels: [room] }) });
  const told = [];
  client.on("publication", ({ channel, data }) => told.push([channel, data]));
  await until("the connection", () => wire.replies.length === 1);
  await server.publish(room, { data: 1 });
  await until("the publication", () => told.length === 1);
  assert.deepEqual(told, [[room, 1]]);
  assert.deepEqual(of(wire, "pub").map(({ channel, id }) => [channel, id]), [[room, undefined]]);
});
