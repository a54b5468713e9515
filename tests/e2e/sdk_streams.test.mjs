// The npm client `centrifuge`, unmodified, where no WebSocket gets through: over http_stream and over server-sent events it publishes, pages
// through a map, and resumes after kill -9, just as over a WebSocket.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Centrifuge } from "centrifuge";
import { EventSource } from "eventsource";
import { Server } from "../support/server.mjs";
import { readEntities } from "./support/http.mjs";
import { MapWatcher, StreamWatcher, range } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const entities = 250;
let server;

before(async () => {
  server = await Server.start();
});

after(async () => {
  await server?.dispose();
});

function connect(transport) {
  const client = new Centrifuge([{ transport, endpoint: `${server.url}/connection/${transport}` }], {
    emulationEndpoint: `${server.url}/emulation`,
    eventsource: EventSource,
    fetch,
    readableStream: ReadableStream,
    minReconnectDelay: 20,
    maxReconnectDelay: 500,
  });
  client.on("error", () => {});
  client.connect();
  return client;
}

for (const transport of ["http_stream", "sse"]) {
  test(`${transport}: commands, pages, live changes, kill -9, and exactly the server's state`, async () => {
    const map = `fleet:${transport}`;
    const log = `log:${transport}`;
    await server.publish(
      map,
      range(1, entities).map((n) => ({ key: `device/${n}`, op: "set", data: { n, note: "wörld \u2028 + line\nbreak" } })),
    );
    const client = connect(transport);
    const entitiesSeen = new MapWatcher(client, map, { pageSize: 100 });
    const stream = new StreamWatcher(client, log);
    await until("both subscriptions", () => entitiesSeen.syncs.length === 1 && stream.subscribed.length === 1);
    assert.equal(entitiesSeen.syncs[0].entries, entities);

    for (const n of range(1, 20)) await client.publish(log, { n, text: "a + b & c" });
    await until("the publications", () => stream.publications.length === 20);
    const history = await client.history(log, { limit: 5 });
    assert.deepEqual(
      history.publications.map(({ offset }) => offset),
      range(1, 5),
    );

    await server.kill();
    await server.restart();
    for (const n of range(21, 40)) await server.publish(log, { data: { n, text: "a + b & c" } });
    await server.publish(map, [{ key: "device/1", op: "remove" }, { key: "device/2", op: "merge", data: { late: true } }]);
    await until("what was missed", () => stream.publications.length === 40 && entitiesSeen.offset === entities + 2);
    client.disconnect();

    assert.deepEqual(
      stream.publications,
      range(1, 40).map((n) => ({ offset: n, data: { n, text: "a + b & c" } })),
    );
    assert.deepEqual(stream.subscribed.at(-1).recovered, true);
    assert.equal(entitiesSeen.syncs.length, 1, "resumed, never started again from a snapshot");
    const { rows } = await readEntities(server, map);
    assert.deepEqual(entitiesSeen.state, new Map(rows.map(({ key, data }) => [key, data])));
  });

  test(`${transport}: an orderly stop is told, and the client comes back`, async () => {
    const client = connect(transport);
    const stream = new StreamWatcher(client, `log:stop-${transport}`);
    await until("the subscription", () => stream.subscribed.length === 1);
    const told = [];
    client.on("connecting", ({ code, reason }) => told.push([code, reason]));
    await server.restart();
    await until("the client", () => stream.subscribed.length === 2);
    client.disconnect();
    assert.deepEqual(told[0], [3001, "shutdown"]);
  });
}
