// Positions of the client protocol: recovery of streams, pages, catch-up and recovery of maps, flags and offsets to the letter.
import assert from "node:assert/strict";
import { after, before, beforeEach, afterEach, test } from "node:test";
import { Server } from "../support/server.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";
import { range } from "./support/subscriber.mjs";

const config = `
[limits]
recovery_publications_max = 50

[[namespace]]
name = "short"
history_size = 5

[[namespace]]
name = "unkept"
history_size = 0
force_positioning = true
`;

let server;
let client;

before(async () => {
  server = await Server.start({ config });
});

after(async () => {
  await server?.dispose();
});

beforeEach(async () => {
  client = await ProtocolClient.connect(server);
});

afterEach(() => {
  client.terminate();
});

// Publishes 1 … count to a stream; answers its epoch.
async function publishNumbers(room, count, first = 1) {
  const answers = await server.publish(
    room,
    range(first, first + count - 1).map((n) => ({ data: { n } })),
  );
  return answers[0].epoch;
}

const subscribe = async (request) => (await ProtocolClient.connect(server)).result("subscribe", request);

test("a stream recovers what it missed, from the offset it asked for", async () => {
  const channel = "stream:1";
  const epoch = await publishNumbers(channel, 5);
  const reply = await client.result("subscribe", { channel, recover: true, epoch, offset: 2 });
  const publications = range(3, 5).map((n) => ({ data: { n }, offset: n }));
  assert.deepEqual(reply, { positioned: true, recoverable: true, epoch, offset: 2, was_recovering: true, recovered: true, publications });
  await publishNumbers(channel, 1, 6);
  assert.deepEqual(await client.publications(channel, 1), [{ data: { n: 6 }, offset: 6 }]);
});

test("a stream that missed nothing is recovered without publications; an empty epoch counts as equal", async () => {
  const channel = "stream:2";
  const epoch = await publishNumbers(channel, 3);
  const whole = { positioned: true, recoverable: true, epoch, offset: 3, was_recovering: true, recovered: true };
  assert.deepEqual(await subscribe({ channel, recover: true, epoch, offset: 3 }), whole);
  assert.deepEqual(await subscribe({ channel, recover: true, offset: 3 }), whole);
});

test("a stream that cannot be recovered starts from the top and says so; with flag 2 it is refused", async () => {
  const channel = "short:1";
  const epoch = await publishNumbers(channel, 20);
  const fromTop = { positioned: true, recoverable: true, epoch, offset: 20, was_recovering: true };
  const lost = {
    "another epoch": { epoch: "another", offset: 20 },
    "an offset above the top": { epoch, offset: 21 },
    "the sentinel": { epoch: "_" },
  };
  for (const [name, position] of Object.entries(lost)) {
    assert.deepEqual(await subscribe({ channel, recover: true, ...position }), fromTop, name);
    assert.equal((await client.error("subscribe", { channel, recover: true, flag: 2, ...position })).code, 112, name);
  }
  assert.deepEqual(
    (await subscribe({ channel, recover: true, epoch, offset: 19 })).publications.map(({ offset }) => offset),
    [20],
  );
});

test("a longer absence than recovery_publications_max starts from the top", async () => {
  const channel = "stream:long";
  const epoch = await publishNumbers(channel, 60);
  assert.equal((await subscribe({ channel, recover: true, epoch, offset: 9 })).recovered, undefined);
  assert.equal((await subscribe({ channel, recover: true, epoch, offset: 10 })).publications.length, 50);
});

test("what is trimmed cannot be recovered", async () => {
  const channel = "short:2";
  const epoch = await publishNumbers(channel, 1_000);
  await publishNumbers(channel, 1_000, 1_001);
  const reply = await subscribe({ channel, recover: true, epoch, offset: 1 });
  assert.equal(reply.recovered, undefined);
  assert.equal(reply.offset, 2_000);
});

test("a map in two pages, then live; publish and remove by key", async () => {
  const channel = "map:golden";
  const [{ epoch }] = await server.publish(
    channel,
    ["a", "b", "c"].map((key) => ({ key, op: "set", data: { k: key } })),
  );
  const first = await client.result("subscribe", { channel, type: 1, phase: 2, flag: 1, limit: 2 });
  assert.ok(first.cursor);
  assert.deepEqual(first, {
    type: 1,
    phase: 2,
    cursor: first.cursor,
    epoch,
    offset: 3,
    state: [
      { data: { k: "a" }, offset: 1, key: "a" },
      { data: { k: "b" }, offset: 2, key: "b" },
    ],
  });
  const second = await client.result("subscribe", {
    channel,
    type: 1,
    phase: 2,
    flag: 1,
    limit: 2,
    cursor: first.cursor,
    offset: 3,
    epoch,
  });
  assert.deepEqual(second, {
    type: 1,
    epoch,
    state: [{ data: { k: "c" }, offset: 3, key: "c" }],
    publications: [],
    offset: 3,
    recoverable: true,
    id: second.id,
  });

  const info = { client: client.hello.client, user: "" };
  assert.deepEqual(await client.result("publish", { channel, type: 1, key: "d", data: { k: "d" } }), {});
  assert.deepEqual(await client.result("publish", { channel, type: 1, key: "a", removed: true }), {});
  assert.deepEqual(await client.publications(channel, 2), [
    { data: { k: "d" }, offset: 4, info, key: "d" },
    { offset: 5, info, key: "a", removed: true },
  ]);
});

test("changes between the pages of a map come in the catch-up, and later pages leave out what is newer", async () => {
  const channel = "map:between";
  const [{ epoch }] = await server.publish(
    channel,
    ["a", "b", "c", "d"].map((key) => ({ key, op: "set", data: { k: key } })),
  );
  const page = { channel, type: 1, phase: 2, limit: 2 };
  const first = await client.result("subscribe", page);
  await server.publish(channel, [
    { key: "a", op: "remove" },
    { key: "d", op: "set", data: { k: "new" } },
    { data: "keyless" },
    { key: "e", op: "set", data: {} },
  ]);
  const second = await client.result("subscribe", { ...page, cursor: first.cursor, offset: 4, epoch });
  const third = second.cursor ? await client.result("subscribe", { ...page, cursor: second.cursor, offset: 4, epoch }) : second;
  const keys = [first, second, ...(third === second ? [] : [third])].flatMap(({ state = [] }) => state.map(({ key }) => key));
  assert.deepEqual(keys, ["a", "b", "c"]);
  assert.equal(third.phase, undefined);
  assert.equal(third.offset, 8);
  assert.deepEqual(third.publications, [
    { offset: 5, key: "a", removed: true },
    { data: { k: "new" }, offset: 6, key: "d" },
    { data: {}, offset: 8, key: "e" },
  ]);
});

test("a map recovers with the top as its offset, or is refused with 112", async () => {
  const channel = "map:recovered";
  const [{ epoch }] = await server.publish(
    channel,
    range(1, 6).map((n) => ({ key: `k${n}`, op: "set", data: n })),
  );
  const recover = { channel, type: 1, phase: 1, limit: 2, recover: true };
  const publications = [{ data: 6, offset: 6, key: "k6" }];
  assert.deepEqual(await subscribe({ ...recover, offset: 5, epoch }), {
    type: 1,
    epoch,
    publications,
    offset: 6,
    recoverable: true,
    was_recovering: true,
    recovered: true,
  });
  for (const position of [{ epoch: "another", offset: 5 }, { epoch, offset: 7 }, { epoch: "_" }]) {
    assert.equal((await client.error("subscribe", { ...recover, ...position })).code, 112, JSON.stringify(position));
  }
});

test("a stream subscription hears keyed changes too, a removal as null", async () => {
  const channel = "both:1";
  await client.result("subscribe", { channel });
  await server.publish(channel, [{ key: "a", op: "set", data: { v: 1 } }, { key: "a", op: "remove" }, { data: "plain" }]);
  const heard = await client.publications(channel, 3);
  assert.deepEqual(
    heard.map(({ data, offset }) => [offset, data]),
    [
      [1, { v: 1 }],
      [2, null],
      [3, "plain"],
    ],
  );
});

test("a map hears no keyless publications, though they take offsets", async () => {
  const channel = "both:2";
  await server.publish(channel, { key: "a", op: "set", data: 1 });
  await client.result("subscribe", { channel, type: 1, phase: 2 });
  await server.publish(channel, [{ data: "keyless" }, { key: "a", op: "set", data: 2 }]);
  assert.deepEqual(await client.publications(channel, 1), [{ data: 2, offset: 3, key: "a" }]);
});

test("an empty map goes live at once, and its first change brings the epoch", async () => {
  const channel = "map:empty";
  const reply = await client.result("subscribe", { channel, type: 1, phase: 2 });
  assert.deepEqual(reply, { type: 1, publications: [], offset: 0, recoverable: true });
  const { epoch } = await server.publish(channel, { key: "a", op: "set", data: 1 });
  assert.deepEqual(await client.publications(channel, 1), [{ data: 1, offset: 1, key: "a", epoch }]);
});

test("tags ride along", async () => {
  const channel = "map:tags";
  await client.result("subscribe", { channel, type: 1, phase: 2 });
  await server.publish(channel, { key: "a", op: "set", data: { type: "sensor", state: "on" }, tags: { team: "eng" } });
  const [{ tags }] = await client.publications(channel, 1);
  assert.deepEqual(tags, (await server.request("GET", `/api/v1/rooms/${channel}/entities/a`)).tags);
  assert.equal(tags.team, "eng");
});

test("a position without history: it is told and counts on, and nothing is recoverable", async () => {
  const room = "unkept:1";
  const epoch = await publishNumbers(room, 3);
  assert.deepEqual(await client.result("subscribe", { channel: room }), { positioned: true, epoch, offset: 3 });
  await publishNumbers(room, 2, 4);
  assert.deepEqual(
    (await client.publications(room, 2)).map(({ offset }) => offset),
    [4, 5],
  );
  const other = await ProtocolClient.connect(server);
  const reply = await other.result("subscribe", { channel: room, recover: true, offset: 3, epoch, positioned: true });
  assert.equal(reply.recoverable, undefined);
  assert.equal(reply.offset, reply.recovered ? 3 : 5);
  other.terminate();
});
