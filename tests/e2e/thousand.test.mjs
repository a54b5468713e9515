// A thousand real WebSocket subscribers of one room see one sequence at the same offsets while publishers run; some of them lose their
// connection meanwhile and recover.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { readHistory } from "./support/http.mjs";
import { publishUntilAcknowledged } from "./support/publisher.mjs";
import { Random } from "./support/random.mjs";
import { RoomListener } from "./support/room_listener.mjs";
import { range } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const room = "crowd:one";
const subscribers = 1_000;
const maps = 300; // of them; the others subscribe to the stream
const publishers = 4;
const requests = 60; // of each publisher
const itemsMax = 5; // of one request
const interruptions = 100;
const wave = 100; // connections opened at a time

const random = Random.forTest("thousand");
let server;
const listeners = [];

before(async () => {
  server = await Server.start();
});

after(async () => {
  for (const listener of listeners) listener.close();
  await server?.dispose();
});

async function publish(publisher, chance) {
  for (let sequence = 1; sequence <= requests; sequence += 1) {
    const items = range(1, chance.between(1, itemsMax)).map((item) => ({
      key: `key/${chance.below(50)}`,
      op: "set",
      data: { publisher, sequence, item, text: "x".repeat(chance.below(200)) },
      idempotency_key: `${publisher}/${sequence}/${item}`,
    }));
    await publishUntilAcknowledged(server, room, items);
  }
}

test("1,000 subscribers, one sequence", async () => {
  await server.publish(room, { key: "key/0", data: { first: true } });
  for (let first = 0; first < subscribers; first += wave) {
    const opened = range(first, first + wave - 1).map((n) => RoomListener.open(server, room, n < maps ? 1 : 0));
    listeners.push(...(await Promise.all(opened)));
  }
  assert.ok(
    listeners.every(({ next }) => next === 2),
    "all start after offset 1",
  );

  let running = publishers;
  const publishing = range(1, publishers).map((n) => publish(n, random.fork()).finally(() => (running -= 1)));
  let interrupted = 0;
  const interrupting = (async () => {
    while (running > 0 && interrupted < interruptions) {
      const listener = random.pick(listeners);
      const before = listener.next;
      await until("the listener hears something", () => listener.next > before || running === 0);
      await listener.reconnect();
      interrupted += 1;
    }
  })();
  await Promise.all([...publishing, interrupting]);

  const { rows, offset: top } = await readHistory(server, room);
  const late = () => listeners.filter(({ next }) => next <= top);
  await until(
    () => `all at ${top}, ${late().length} are not`,
    () => late().length === 0,
    60_000,
  );

  assert.ok(interrupted > 10, `only ${interrupted} interruptions`);
  assert.deepEqual(
    rows.map(({ offset }) => offset),
    range(1, top),
  );
  const told = rows.slice(1).map(({ offset, key, data }) => ({ offset, key, data }));
  const expected = {
    stream: told.map(({ offset, data }) => JSON.stringify([offset, data])),
    map: told.map((row) => JSON.stringify([row.offset, row.key, row.data])),
  };
  for (const listener of listeners) {
    assert.deepEqual(listener.faults, []);
    assert.equal(listener.heard.length, top - 1);
    const wanted = listener.type === 1 ? expected.map : expected.stream;
    const different = listener.heard.findIndex((each, index) => each !== wanted[index]);
    assert.equal(different, -1, `${listener.heard[different]} instead of ${wanted[different]}`);
  }
});
