// Server-side subscriptions: what comes with the token of a connection is told in the reply to connect, then live; line by line, and with
// the npm client `centrifuge`, unmodified.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { signToken } from "../support/token.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";
import { connect, range } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const secret = "a secret of at least thirty-two bytes";
const config = `
[token]
hmac_secret = "${secret}"

[client.subscribe_to_user_personal_channel]
enabled = true
personal_channel_namespace = "user"

[test]
faults = true

[[namespace]]
name = "guarded"
allow_subscribe_for_client = false

[[namespace]]
name = "unkept"
history_size = 0
`;
const sign = (claims) => signToken(secret, claims);

let server;

before(async () => {
  server = await Server.start({ dev: true, config });
});

after(async () => {
  await server?.dispose();
});

test("the reply to connect tells of all of them, in one message with what the token says", async () => {
  await server.publish("guarded:1", [{ data: 1 }, { data: 2 }]);
  const client = await ProtocolClient.open(server);
  const token = sign({ sub: "ann", channels: ["open:1"], subs: { "guarded:1": { info: { seat: 7 }, data: { theme: "dark" } }, "unkept:1": {} } });
  const [connected, pinged] = await Promise.all(client.sendAll({ connect: { token } }, { ping: {} }));
  const { subs } = connected.connect;
  assert.equal(typeof subs["guarded:1"].epoch, "string");
  assert.deepEqual(subs, {
    "guarded:1": { positioned: true, recoverable: true, epoch: subs["guarded:1"].epoch, offset: 2, data: { theme: "dark" } },
    "open:1": { positioned: true, recoverable: true, offset: 0 },
    "unkept:1": {},
    "user:#ann": { positioned: true, recoverable: true, offset: 0 },
  });
  assert.deepEqual(pinged.ping, {});
  assert.deepEqual(
    client.received.map(({ id }) => id),
    [1, 2],
  );
  const { presence } = await client.result("presence", { channel: "guarded:1" });
  assert.deepEqual(Object.values(presence), [{ client: connected.connect.client, user: "ann", chan_info: { seat: 7 } }]);
  await server.publish("user:#ann", { data: "for you" });
  assert.equal((await client.publications("user:#ann", 1))[0].data, "for you");
  assert.equal((await client.error("subscribe", { channel: "open:1" })).code, 105);
  assert.deepEqual(await client.result("unsubscribe", { channel: "open:1" }), {});
  await client.result("subscribe", { channel: "open:1" });
  client.terminate();
});

const refusals = {
  "a malformed name": { channels: ["bad:"], code: 107 },
  "a malformed pattern": { channels: ["all:*:x"], code: 107 },
  "too many": { channels: range(1, 129).map((n) => `r${n}`), code: 106 },
};

for (const [name, { channels, code }] of Object.entries(refusals)) {
  test(`${code}: ${name}`, async () => {
    const client = await ProtocolClient.open(server);
    assert.equal((await client.error("connect", { token: sign({ channels }) })).code, code);
    client.sendAll({ ping: {} });
    assert.equal((await client.end()).code, 3501);
  });
}

test("recovery: exactly what was missed, or a new start", async () => {
  await server.publish("r:1", range(1, 5).map((data) => ({ data })));
  const token = sign({ channels: ["r:1"] });
  const first = await ProtocolClient.connect(server, { token });
  const { epoch } = first.hello.subs["r:1"];
  first.terminate();
  const positions = {
    "3 are missing": { offset: 2, epoch, recovered: true, told: 2, missed: [3, 4, 5] },
    "none is missing": { offset: 5, epoch, recovered: true, told: 5, missed: undefined },
    "another epoch": { offset: 2, epoch: "other", recovered: undefined, told: 5, missed: undefined },
    "a position to come": { offset: 9, epoch, recovered: undefined, told: 5, missed: undefined },
  };
  for (const [name, { recovered, told, missed, ...position }] of Object.entries(positions)) {
    const client = await ProtocolClient.connect(server, { token, subs: { "r:1": { recover: true, ...position }, "not:mine": { recover: true } } });
    assert.deepEqual(Object.keys(client.hello.subs), ["r:1"]);
    const reply = client.hello.subs["r:1"];
    assert.equal(reply.was_recovering, true, name);
    assert.equal(reply.recovered, recovered, name);
    assert.equal(reply.offset, told, name);
    assert.deepEqual(
      reply.publications?.map(({ offset }) => offset),
      missed,
      name,
    );
    client.terminate();
  }
});

test("while others publish: the reply comes first, then every publication above its offsets", async () => {
  const rooms = ["busy:1", "busy:2", "busy:3"];
  let publishing = true;
  const publishers = rooms.map(async (room) => {
    while (publishing) await server.publish(room, { data: 0 });
  });
  for (let round = 0; round < 40; round += 1) {
    const client = await ProtocolClient.open(server);
    const [reply] = await Promise.all(client.sendAll({ connect: { token: sign({ channels: rooms }) } }));
    await until("publications of every room", () => rooms.every((room) => client.pushes(room).length > 2));
    assert.equal(client.received[0].id, 1);
    for (const room of rooms) {
      const offsets = client.pushes(room).map(({ offset }) => offset);
      const start = reply.connect.subs[room].offset + 1;
      assert.deepEqual(offsets, range(start, start + offsets.length - 1));
    }
    client.terminate();
  }
  publishing = false;
  await Promise.all(publishers);
});

// An application with the SDK that notes what it is told of its server-side subscriptions.
function watch(token) {
  const client = connect(server, { token });
  const watcher = { client, subscribed: [], offsets: [], data: [], ended: [] };
  client.on("subscribed", ({ channel, wasRecovering, recovered, data }) => watcher.subscribed.push({ channel, wasRecovering, recovered, data }));
  client.on("publication", ({ offset, data }) => {
    watcher.offsets.push(offset);
    watcher.data.push(data);
  });
  client.on("unsubscribed", ({ channel }) => watcher.ended.push(channel));
  client.on("disconnected", ({ code }) => watcher.ended.push(code));
  return watcher;
}

const losses = {
  "the server is killed": async () => {
    await server.kill();
    await server.restart();
  },
  "the broadcaster dies (3010)": async () => {
    await server.armFault("broadcaster");
    await server.publish("sdk:other", { data: "a message that the broadcaster dies of" });
  },
};

for (const [name, lose] of Object.entries(losses)) {
  test(`the SDK recovers its server-side subscriptions when ${name}`, async () => {
    const room = `sdk:${name.length}`;
    const watcher = watch(sign({ subs: { [room]: { data: "hello" } } }));
    await until("the subscription", () => watcher.subscribed.length === 1);
    await server.publish(room, range(1, 3).map((data) => ({ data })));
    await until("three publications", () => watcher.offsets.length === 3);
    await lose();
    await server.publish(room, range(4, 6).map((data) => ({ data })));
    await until("six publications", () => watcher.offsets.length === 6);
    await until("the subscription once more", () => watcher.subscribed.length === 2);
    assert.deepEqual(watcher.subscribed, [
      { channel: room, wasRecovering: false, recovered: false, data: "hello" },
      { channel: room, wasRecovering: true, recovered: true, data: "hello" },
    ]);
    assert.deepEqual(watcher.offsets, range(1, 6));
    assert.deepEqual(watcher.data, range(1, 6));
    assert.deepEqual(watcher.ended, []);
    watcher.client.disconnect();
  });
}
