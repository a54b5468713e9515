// Presence as maps: who is subscribed to a room, by connection and by user, in rooms of their own; with the npm client `centrifuge`,
// unmodified, across kill -9 and a crash of the broadcaster.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { signToken } from "../support/token.mjs";
import { call } from "./support/http.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";
import { StreamWatcher, connect } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const secret = "a secret of at least thirty-two bytes";
const config = `
[token]
hmac_secret = "${secret}"

[test]
faults = true

[[namespace]]
name = "game"
join_leave = true
force_push_join_leave = true
map_clients_presence_channel_prefix = "clients:"
map_users_presence_channel_prefix = "users:"

[[namespace]]
name = "clients"
subscription_type = "map_clients"
durability = "wal"
map = { mode = "recoverable", key_ttl = 2 }

[[namespace]]
name = "users"
subscription_type = "map_users"
durability = "wal"
map = { mode = "recoverable", key_ttl = 2 }
`;

let server;
let opened = [];

before(async () => {
  server = await Server.start({ config });
});

after(async () => {
  await server?.dispose();
});

afterEach(() => {
  for (const each of opened) each.disconnect();
  opened = [];
});

function open(user) {
  const client = connect(server, { token: signToken(secret, { sub: user, info: { nick: `${user}!` } }) });
  opened.push(client);
  return client;
}

// What a presence map says, by key.
class PresenceWatcher {
  present = new Map(); // key → {data, info}
  events = []; // "+key", "-key" since the first sync
  syncs = 0;

  constructor(client, kind, channel) {
    this.subscription = kind === "clients" ? client.newMapClientsSubscription(channel) : client.newMapUsersSubscription(channel);
    this.subscription.on("sync", ({ entries }) => {
      this.syncs += 1;
      this.present = new Map(entries.map(({ key, data, info }) => [key, { data, info }]));
    });
    this.subscription.on("update", ({ key, data, info, removed }) => {
      this.events.push(`${removed ? "-" : "+"}${key}`);
      removed ? this.present.delete(key) : this.present.set(key, { data, info });
    });
    this.subscription.subscribe();
  }
}

async function watch(room) {
  const client = open("watcher");
  const clients = new PresenceWatcher(client, "clients", `clients:${room}`);
  const users = new PresenceWatcher(client, "users", `users:${room}`);
  await until("both snapshots", () => clients.syncs > 0 && users.syncs > 0);
  return { clients, users };
}

async function enter(user, room) {
  const client = open(user);
  const watcher = new StreamWatcher(client, room);
  await until(`${user} in ${room}`, () => watcher.subscribed.length > 0);
  return { client, watcher };
}

const users = ({ present }) => [...present.keys()].sort();
const connections = ({ present }) => [...present.values()].map(({ data }) => data.user).sort();

test("who comes and goes shows in both maps, with what its token says", async () => {
  const room = "game:1";
  const ann = await enter("ann", room);
  const seen = await watch(room);
  await until("ann", () => connections(seen.clients).join() === "ann" && users(seen.users).join() === "ann");
  const [[id, entry]] = seen.clients.present;
  assert.deepEqual(entry.data, { client: id, user: "ann", conn_info: { nick: "ann!" } });
  assert.deepEqual(entry.info, { client: id, user: "ann", connInfo: { nick: "ann!" } });
  assert.deepEqual(seen.users.present.get("ann").data, { user: "ann" });

  const again = await enter("ann", room);
  await enter("bob", room);
  await until("three connections", () => connections(seen.clients).join() === "ann,ann,bob");
  assert.deepEqual(users(seen.users), ["ann", "bob"]);
  again.client.disconnect();
  await until("two connections", () => connections(seen.clients).join() === "ann,bob");
  ann.watcher.subscription.unsubscribe();
  await until("one connection", () => connections(seen.clients).join() === "bob");
  assert.deepEqual(users(seen.users), ["ann", "bob"], "a user lingers");
  await until("ann has gone", () => users(seen.users).join() === "bob");
});

test("rows and changes carry the same info on the wire, and filters may ask for the user", async () => {
  const room = "game:wire";
  await enter("ann", room);
  await enter("bob", room);
  const raw = await ProtocolClient.connect(server, { token: signToken(secret, { sub: "eve" }) });
  opened.push({ disconnect: () => raw.terminate() });
  const ask = { channel: `clients:${room}`, type: 2, phase: 2, tf: { key: "user", cmp: "neq", val: "bob" } };
  let reply;
  await until("ann's row", async () => {
    reply = await raw.result("subscribe", ask);
    if (reply.state?.length === 1) return true;
    await raw.result("unsubscribe", { channel: ask.channel });
    return false;
  });
  assert.equal(reply.type, 2);
  assert.deepEqual(reply.state[0].info, reply.state[0].data);
  assert.equal(reply.state[0].info.user, "ann");
  await enter("eve", room);
  const [pushed] = await raw.publications(ask.channel, 1);
  assert.deepEqual(pushed.info, pushed.data);
  assert.equal(pushed.info.user, "eve");
  assert.equal((await raw.error("subscribe", { channel: "game:1", type: 2, phase: 2 })).code, 107);
  assert.equal((await raw.error("subscribe", { channel: `clients:${room}:x`, type: 3, phase: 2 })).code, 107);
});

test("only the server writes presence", async () => {
  const raw = await ProtocolClient.connect(server);
  opened.push({ disconnect: () => raw.terminate() });
  assert.equal((await raw.error("publish", { channel: "clients:game:1", type: 1, key: "forged", data: {} })).code, 103);
  const answer = await call(server, "POST", "/api/v1/rooms/clients%3Agame%3A1/events", { body: { key: "forged", data: {} } });
  assert.equal(answer.status, 403);
});

test("after kill -9 those who come back were never away, and ghosts go when their time is over", async () => {
  const room = "game:kill";
  const seen = await watch(room);
  const ghost = await enter("ghost", room);
  const ann = await enter("ann", room);
  await until("both", () => connections(seen.clients).join() === "ann,ghost");
  const ghostId = [...seen.clients.present].find(([, { data }]) => data.user === "ghost")[0];
  const left = [];
  ann.watcher.subscription.on("leave", ({ info }) => left.push(info.client));
  await server.kill();
  ghost.client.disconnect();
  seen.users.events.length = 0;
  await server.restart();
  await until("the ghost's end", () => connections(seen.clients).join() === "ann");
  assert.ok(seen.clients.events.includes(`-${ghostId}`));
  await until("the ghost's leave", () => left.includes(ghostId));
  await until("the end of its user", () => users(seen.users).join() === "ann");
  assert.ok(!seen.users.events.includes("-ann"), seen.users.events.join());
});

test("a crash of the broadcaster loses nobody", async () => {
  const room = "game:crash";
  const seen = await watch(room);
  await enter("ann", room);
  await enter("bob", room);
  await until("both", () => connections(seen.clients).join() === "ann,bob");
  seen.users.events.length = 0;
  await server.armFault("broadcaster");
  await server.publish(room, { data: 1 });
  await enter("eve", room);
  await until("three", () => connections(seen.clients).join() === "ann,bob,eve");
  await server.armFault("presence");
  await enter("zoe", room);
  await until("four", () => connections(seen.clients).join() === "ann,bob,eve,zoe");
  assert.ok(!seen.users.events.some((event) => event.startsWith("-")), seen.users.events.join());
});
