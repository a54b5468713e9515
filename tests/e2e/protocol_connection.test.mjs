// The connection of the client protocol: what ends it, with which code, and what keeps it alive.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";
import { until } from "./support/until.mjs";

const config = `
[limits]
ping_interval_s = 1
pong_timeout_s = 1
stale_timeout_s = 1
`;

let server;

before(async () => {
  server = await Server.start({ config });
});

after(async () => {
  await server?.dispose();
});

const badRequests = {
  "a command before connect": ['{"id":1,"subscribe":{"channel":"a"}}'],
  "a second connect": ['{"id":1,"connect":{}}', '{"id":2,"connect":{}}'],
  "a second connect in the same frame": ['{"id":1,"connect":{}}\n{"id":2,"connect":{}}'],
  "a pong without ping": ['{"id":1,"connect":{}}', "{}"],
  "no JSON": ["hello"],
  "half a JSON": ['{"id":1,"connect":{}'],
  "an empty frame": [""],
  "a frame of line breaks": ["\n\n"],
  "a command without id": ['{"connect":{}}'],
  "a command without request": ['{"id":1}'],
  "two requests in one command": ['{"id":1,"connect":{},"ping":{}}'],
  "a member of a wrong kind": ['{"id":1,"connect":{}}', '{"id":2,"subscribe":{"channel":7}}'],
  "an array": ["[]"],
};

for (const [name, messages] of Object.entries(badRequests)) {
  test(`3501: ${name}`, async () => {
    const client = await ProtocolClient.open(server);
    for (const message of messages) client.sendText(message);
    assert.deepEqual(await client.end(), { code: 3501, reason: "bad request" });
  });
}

test("3502: no connect in time", async () => {
  const client = await ProtocolClient.open(server);
  assert.deepEqual(await client.end(), { code: 3502, reason: "stale" });
});

test("pings come, and a client that answers them stays", async () => {
  const client = await ProtocolClient.connect(server);
  assert.equal(client.hello.ping, 1);
  assert.equal(client.hello.pong, true);
  await until("four pings", () => client.pings >= 4 || client.closed);
  assert.equal(client.closed, null);
  assert.deepEqual(await client.result("ping", {}), {});
  client.terminate();
});

test("3012: no pong", async () => {
  const client = await ProtocolClient.connect(server);
  client.answersPings = false;
  assert.deepEqual(await client.end(), { code: 3012, reason: "no pong" });
});

test("a message of 65,536 bytes is taken, one byte more ends the connection with 1009", async () => {
  const padded = (id, bytes) => {
    const message = JSON.stringify({ publish: { channel: "big:1", data: "" }, id });
    return message.replace('""', `"${"x".repeat(bytes - message.length)}"`);
  };
  const client = await ProtocolClient.connect(server);
  client.sendText(padded(100, 65_536));
  await until("the reply", () => client.received.find(({ id }) => id === 100)?.publish);
  client.sendText(padded(101, 65_537));
  assert.equal((await client.end()).code, 1009);
});

test("an unknown member is ignored, and blank lines are skipped", async () => {
  const client = await ProtocolClient.open(server);
  client.sendText('{"connect":{"future":{"x":[1]}},"id":1,"also":true}\n\n{"ping":{},"id":2}');
  await until("both replies", () => client.received.length === 2);
  assert.ok(client.received[0].connect.client);
  assert.deepEqual(client.received[1].ping, {});
  client.terminate();
});

test("the page of another host may not connect", async () => {
  await assert.rejects(ProtocolClient.open(server, { origin: "http://elsewhere.example" }), /403/);
  const client = await ProtocolClient.open(server, { origin: `http://127.0.0.1:${server.port}` });
  client.terminate();
});
