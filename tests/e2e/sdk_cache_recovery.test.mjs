// Cache recovery mode with the npm client `centrifuge`, unmodified: the newest publication is given to who comes, and to who comes back.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";
import { StreamWatcher, connect, range } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const config = `
[[namespace]]
name = "cache"
history_size = 1
force_recovery_mode = "cache"
publish_debounce = "250ms"

[[namespace]]
name = "auto"
history_size = 1
force_recovery_mode = "cache"
auto_cache_recover = true
`;

let server;

before(async () => {
  server = await Server.start({ config });
});

after(async () => {
  await server?.dispose();
});

const publish = (room, first, last) => server.publish(room, range(first, last).map((data) => ({ data })));
const since = { offset: 0, epoch: "" };

const first = {
  "who asks is given the newest": { room: "cache:1", published: 3, options: { since }, told: [3] },
  "who does not ask is given nothing": { room: "cache:2", published: 3, options: {}, told: [] },
  "where the namespace says so, everybody is": { room: "auto:1", published: 3, options: {}, told: [3] },
  "of an empty room there is nothing": { room: "cache:3", published: 0, options: { since }, told: [] },
};

for (const [name, { room, published, options, told }] of Object.entries(first)) {
  test(`a first subscribe: ${name}`, async () => {
    if (published) await publish(room, 1, published);
    const client = connect(server);
    const watcher = new StreamWatcher(client, room, options);
    await until("the subscription", () => watcher.subscribed.length === 1);
    await publish(room, 10, 10);
    await until("the next publication", () => watcher.publications.at(-1)?.data === 10);
    assert.deepEqual(
      watcher.publications.map(({ data }) => data),
      [...told, 10],
    );
    assert.equal(watcher.subscribed[0].recovered, "since" in options || room.startsWith("auto"));
    client.disconnect();
  });
}

for (const room of ["cache:4", "auto:2"]) {
  test(`${room}: who comes back is given the newest of many, and nothing if it has that`, async () => {
    await publish(room, 1, 1);
    const client = connect(server);
    const watcher = new StreamWatcher(client, room, { since });
    await until("the first one", () => watcher.publications.length === 1);
    client.disconnect();
    await publish(room, 2, 40);
    client.connect();
    await until("the newest one", () => watcher.publications.length === 2);
    await server.kill();
    await server.restart();
    await until("a third time", () => watcher.subscribed.length === 3);
    await publish(room, 41, 41);
    await until("the next one", () => watcher.publications.length === 3);
    assert.deepEqual(
      watcher.publications.map(({ offset, data }) => [offset, data]),
      [1, 40, 41].map((n) => [n, n]),
    );
    assert.ok(watcher.subscribed.every(({ recovered }) => recovered));
    client.disconnect();
  });
}

test("the reply, line by line: the newest publication, from the offset before it", async () => {
  await publish("cache:5", 1, 7);
  const client = await ProtocolClient.connect(server);
  const reply = await client.result("subscribe", { channel: "cache:5", recover: true, offset: 2, epoch: "lost", flag: 2 });
  assert.equal(typeof reply.epoch, "string");
  assert.deepEqual(reply, {
    positioned: true,
    recoverable: true,
    epoch: reply.epoch,
    offset: 6,
    was_recovering: true,
    recovered: true,
    publications: [{ data: 7, offset: 7 }],
    publish_debounce: 250,
  });
  client.terminate();
});
