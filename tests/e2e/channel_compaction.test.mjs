// Channel compaction on the wire: who sends flag 1 is told the number of a room, and then that number where others are told its name.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";
import { range } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const config = `
[[namespace]]
name = "joined"
join_leave = true
force_push_join_leave = true

[[namespace]]
name = "named"
allow_channel_compaction = false
`;
const flag = 1;

let server;
let clients = [];

before(async () => {
  server = await Server.start({ config });
});

after(async () => {
  for (const each of clients) each.terminate();
  await server?.dispose();
});

async function connect() {
  const client = await ProtocolClient.connect(server);
  clients.push(client);
  return client;
}

// What a client has been told so far, without what is in it: {id | channel, kind}.
const heads = (client) =>
  client.received
    .filter(({ push }) => push)
    .map(({ push: { id, channel, ...kind } }) => ({ ...(id && { id }), ...(channel && { channel }), kind: Object.keys(kind)[0] }));

test("a stream: the number of the reply stands in each push, the name in those to others", async () => {
  const channel = "log:a";
  const [one, other, named] = [await connect(), await connect(), await connect()];
  const { id, ...reply } = await one.result("subscribe", { channel, flag });
  assert.ok(Number.isSafeInteger(id) && id > 0, `${id}`);
  assert.deepEqual(reply, { positioned: true, recoverable: true, offset: 0 });
  assert.equal((await other.result("subscribe", { channel, flag: 3 })).id, id);
  assert.equal((await named.result("subscribe", { channel, flag: 2 })).id, undefined);
  await server.publish(channel, range(1, 3).map((n) => ({ data: n })));
  for (const each of [one, other, named]) await each.publications(channel, 3);
  assert.deepEqual(heads(one), Array(3).fill({ id, kind: "pub" }));
  assert.deepEqual(heads(other), heads(one));
  assert.deepEqual(heads(named), Array(3).fill({ channel, kind: "pub" }));
  const told = ({ received }) => received.filter(({ push }) => push).map(({ push }) => push.pub);
  assert.deepEqual(told(one), told(named));
});

test("a map: the reply that goes live tells the number, pages do not", async () => {
  const channel = "map:a";
  const [{ epoch }] = await server.publish(channel, ["a", "b", "c"].map((key) => ({ key, op: "set", data: key })));
  const client = await connect();
  const page = { channel, type: 1, phase: 2, flag, limit: 2 };
  const first = await client.result("subscribe", page);
  assert.equal(first.phase, 2);
  assert.equal(first.id, undefined);
  const { id, phase } = await client.result("subscribe", { ...page, cursor: first.cursor, offset: first.offset, epoch });
  assert.equal(phase, undefined);
  assert.ok(id > 0);
  await server.publish(channel, [{ key: "a", op: "set", data: 1 }, { key: "b", op: "remove" }]);
  await client.publications(channel, 2);
  assert.deepEqual(heads(client), Array(2).fill({ id, kind: "pub" }));
  await client.result("unsubscribe", { channel });
  const again = { channel, type: 1, phase: 1, recover: true, offset: 4, epoch };
  assert.equal((await client.result("subscribe", again)).id, undefined, "not without the flag");
  await client.result("unsubscribe", { channel });
  assert.ok((await client.result("subscribe", { ...again, flag })).id > 0);
});

test("many rooms at once: the pattern has a number, and so has each room", async () => {
  const client = await connect();
  const ids = [];
  for (const channel of ["many:*", "many:a", "many:b"]) ids.push((await client.result("subscribe", { channel, flag })).id);
  assert.equal(new Set(ids).size, 3);
  await server.publish("many:a", { data: 1 });
  await server.publish("many:b", { data: 2 });
  await until("all four", () => heads(client).length === 4);
  assert.deepEqual(client.pushes("many:*").map(({ data }) => data), [1, 2]);
  assert.deepEqual(client.pushes("many:a").map(({ data }) => data), [1]);
  assert.deepEqual(client.pushes("many:b").map(({ data }) => data), [2]);
});

test("joins and leaves have the number too", async () => {
  const channel = "joined:a";
  const [ann, bob] = [await connect(), await connect()];
  const { id } = await ann.result("subscribe", { channel, flag });
  await bob.result("subscribe", { channel });
  await bob.result("unsubscribe", { channel });
  await ann.pushed(channel, "leave");
  assert.deepEqual(heads(ann), ["join", "join", "leave"].map((kind) => ({ id, kind })));
  assert.deepEqual(heads(bob)[0], { channel, kind: "join" });
});

test("a namespace may say no", async () => {
  const client = await connect();
  assert.equal((await client.result("subscribe", { channel: "named:a", flag })).id, undefined);
  await server.publish("named:a", { data: 1 });
  await client.publications("named:a", 1);
  assert.deepEqual(heads(client), [{ channel: "named:a", kind: "pub" }]);
});

test("who comes back is told the number anew: the same one as those who stayed, or one that was never told", async () => {
  const channel = "log:back";
  const [stays, client] = [await connect(), await connect()];
  const { id } = await stays.result("subscribe", { channel, flag });
  for (const _ of range(1, 3)) {
    assert.equal((await client.result("subscribe", { channel, flag })).id, id);
    await client.result("unsubscribe", { channel });
  }
  await stays.result("unsubscribe", { channel });
  const told = new Set([id]);
  for (const restart of [false, false, true, true]) {
    if (restart) {
      await server.kill();
      await server.restart();
    }
    const late = await connect();
    const next = (await late.result("subscribe", { channel, flag })).id;
    assert.ok(!told.has(next), `${next} was told before`);
    told.add(next);
    await late.result("unsubscribe", { channel });
  }
});
