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

test("clients are told to come back a few at a time, and the others are served until then", async () => {
  const server = await Server.start({ config: "[limits]\ndrain_connections_per_s = 100\n" });
  const clients = [];
  try {
    for (let n = 0; n < 200; n += 1) {
      const client = await ProtocolClient.connect(server);
      await client.result("subscribe", { channel: "drain:1" });
      clients.push(client);
    }
    const stopping = server.stop();
    const open = () => clients.filter(({ closed }) => !closed);
    await until("the first to be told", () => open().length < clients.length);
    assert.ok(open().length > 0, "all were told at once");
    const answers = await Promise.all(open().map((client, n) => client.reply("publish", { channel: "drain:1", data: n })));
    const published = answers.filter((answer) => answer.publish).length;
    assert.ok(published > 0, "nobody was served");
    assert.equal(await stopping, 0);
    const last = [...clients].sort((one, other) => one.pushes("drain:1").length - other.pushes("drain:1").length).at(-1);
    assert.ok(last.pushes("drain:1").length >= published, "whoever stayed to the end was told everything");
    for (const client of clients) assert.deepEqual(await client.end(), { code: 3001, reason: "shutdown" });
    await server.restart();
    const { offset } = await readHistory(server, "drain:1");
    assert.ok(offset >= published, "what was acknowledged is kept");
  } finally {
    for (const client of clients) client.terminate();
    await server.dispose();
  }
});
