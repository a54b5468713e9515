// What happens to connections and rooms, as publications of the room "$sys".
import assert from "node:assert/strict";
import { test } from "node:test";
import { Server } from "../support/server.mjs";
import { signToken } from "../support/token.mjs";
import { readHistory } from "./support/http.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";
import { until } from "./support/until.mjs";

const secret = "a secret of at least thirty-two bytes";
const config = `
[sys]
lifecycle = true

[token]
hmac_secret = "${secret}"
`;

test("connections and rooms, in order, also across kill -9", async () => {
  const server = await Server.start({ config });
  try {
    const watcher = await ProtocolClient.connect(server);
    await watcher.result("subscribe", { channel: "$sys" });
    const told = () => watcher.pushes("$sys").map(({ data }) => data);
    const token = signToken(secret, { sub: "ann" });
    const client = await ProtocolClient.connect(server, { token });
    const id = client.hello.client;
    await client.result("subscribe", { channel: "talk:1" });
    const other = await ProtocolClient.connect(server);
    await other.result("subscribe", { channel: "talk:1" });
    await other.close();
    await client.result("unsubscribe", { channel: "talk:1" });
    await client.result("subscribe", { channel: "talk:2" });
    client.terminate();
    const of = (events) => events.filter(({ room, client: by }) => room || by === id);
    await until("the last of it", () => of(told()).length >= 6);
    const events = of(told());
    assert.deepEqual(
      events.slice(0, 4).map(({ event, room, user }) => [event, room ?? user]),
      [
        ["client_connected", "ann"],
        ["room_occupied", "talk:1"],
        ["room_vacated", "talk:1"],
        ["room_occupied", "talk:2"],
      ],
    );
    assert.deepEqual(events.slice(4).map(({ event }) => event).sort(), ["client_disconnected", "room_vacated"]);
    await server.kill();
    await server.restart();
    const { rows } = await readHistory(server, "$sys");
    assert.deepEqual(of(rows.map(({ data }) => data)), events);
  } finally {
    await server.dispose();
  }
});

test("the server says when it starts, how it had ended, and when it stops", async () => {
  const server = await Server.start({ config });
  const events = async () => (await readHistory(server, "$sys")).rows.map(({ data }) => data);
  const started = async (count) => {
    const starts = (all) => all.filter(({ event }) => event === "server_started");
    await until("the start", async () => starts(await events()).length === count);
    return (await events()).slice((await events()).findLastIndex(({ event }) => event === "server_started"));
  };
  try {
    assert.deepEqual(await started(1), [{ event: "server_started", previous: "none" }]);
    const client = await ProtocolClient.connect(server);
    const id = client.hello.client;
    await client.result("subscribe", { channel: "talk:1" });
    await until("what the client did", async () => (await events()).length === 3);
    await server.kill();
    await server.restart();
    client.terminate();
    const after = await started(2);
    assert.deepEqual(after, [{ event: "server_started", previous: "unclean" }]);
    // Nobody has said that the client is gone: the start means that.
    assert.deepEqual(
      (await events()).slice(1, 3).map(({ event, client: by, room }) => [event, by ?? room]),
      [
        ["client_connected", id],
        ["room_occupied", "talk:1"],
      ],
    );
    assert.equal((await events()).length, 4);

    const last = await ProtocolClient.connect(server);
    await until("the last client", async () => (await events()).length === 5);
    assert.equal(await server.stop(), 0);
    await server.restart();
    last.terminate();
    assert.deepEqual(await started(3), [{ event: "server_started", previous: "clean" }]);
    const all = await events();
    assert.equal(all[5].event, "server_stopping");
    assert.ok(
      all.slice(6, -1).every(({ event }) => event === "client_disconnected"),
      JSON.stringify(all),
    );
  } finally {
    await server.dispose();
  }
});

test("without --dev a room of the server needs a subscription token", async () => {
  const server = await Server.start({ dev: false, config });
  try {
    const sign = (claims) => signToken(secret, { sub: "ann", ...claims });
    const client = await ProtocolClient.connect(server, { token: sign({}) });
    assert.equal((await client.error("subscribe", { channel: "$sys" })).code, 103);
    assert.equal((await client.error("history", { channel: "$sys", limit: 10 })).code, 103);
    await client.result("subscribe", { channel: "$sys", token: sign({ channel: "$sys" }) });
    assert.equal((await client.error("publish", { channel: "$sys", data: 1 })).code, 103);
    client.terminate();
  } finally {
    await server.dispose();
  }
});
