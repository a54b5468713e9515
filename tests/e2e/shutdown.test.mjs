// SIGTERM: clients are told to come back, what was acknowledged is kept, the exit code is 0, and everybody resumes after the next start.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Server } from "../support/server.mjs";
import { readHistory } from "./support/http.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";
import { publishUntilAcknowledged } from "./support/publisher.mjs";
import { StreamWatcher, connect, range } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

test("an orderly stop under load, and the next start", async () => {
  const server = await Server.start();
  const room = "orderly:1";
  const client = connect(server);
  let stopped = false;
  try {
    const disconnects = [];
    client.on("connecting", ({ code }) => disconnects.push(code));
    const watcher = new StreamWatcher(client, room);
    await until("the subscription", () => watcher.subscribed.length === 1);
    const silent = await ProtocolClient.connect(server);
    const fresh = await ProtocolClient.open(server);

    const offsets = [];
    const publishing = range(1, 4).map(async (publisher) => {
      for (let sequence = 1; !stopped; sequence += 1) {
        const { answer } = await publishUntilAcknowledged(server, room, {
          data: { publisher, sequence },
          idempotency_key: `${publisher}/${sequence}`,
        });
        offsets.push(answer.offset);
      }
    });
    await until("some changes", () => offsets.length >= 100);

    assert.equal(await server.stop(), 0);
    assert.deepEqual(await silent.end(), { code: 3001, reason: "shutdown" });
    assert.deepEqual(await fresh.end(), { code: 3001, reason: "shutdown" });
    await until("the client hears of it", () => disconnects.includes(3001));

    await server.restart();
    const enough = offsets.length + 100;
    await until("changes after the restart", () => offsets.length >= enough);
    stopped = true;
    await Promise.all(publishing);

    const { rows, offset: top } = await readHistory(server, room);
    await until("the client is up to date", () => watcher.offset >= top);
    assert.deepEqual(
      [...offsets].sort((left, right) => left - right),
      range(1, top),
      "each change once",
    );
    assert.deepEqual(
      watcher.publications.map(({ offset, data }) => [offset, data]),
      rows.map(({ offset, data }) => [offset, data]),
    );
    assert.deepEqual(
      watcher.subscribed.slice(1).map(({ recovered }) => recovered),
      [true],
    );
    assert.equal(await server.stop(), 0);
  } finally {
    stopped = true;
    client.disconnect();
    await server.dispose();
  }
});

test("a server without clients stops at once", async () => {
  const server = await Server.start();
  try {
    assert.equal(await server.stop(), 0);
  } finally {
    await server.dispose();
  }
});
