// Who comes through a proxy is known by the address that the proxy names, if the proxy is one that may: X-Forwarded-For.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import WebSocket from "ws";
import { Server } from "../support/server.mjs";
import { hitsOf } from "./support/engine_view.mjs";
import { call } from "./support/http.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";
import { until } from "./support/until.mjs";

const rated = '[rate_limit.address]\nrequests = 2\nwindow = "1h"\n';
const counted = "[limits]\nconnections_per_address_max = 2\n";
const starts = (proxies, limits) => Server.start({ config: `[http]\ntrusted_proxies = ${JSON.stringify(proxies)}\n${limits}` });
const from = (...addresses) => ({ headers: { "X-Forwarded-For": addresses.join(", ") } });
const statusOf = async (server, options) => (await call(server, "GET", "/api/v1/rooms", options)).status;

// The status of a handshake, and the socket if it is 101.
async function handshake(server, options) {
  const socket = new WebSocket(server.websocketUrl, options);
  const status = await new Promise((resolve) => {
    socket.once("open", () => resolve(101));
    socket.once("unexpected-response", (_, response) => resolve(response.statusCode));
    socket.on("error", () => {});
  });
  return { status, socket };
}

let crowded; // with a limit of connections

before(async () => {
  crowded = await starts(["127.0.0.1", "10.0.0.0/8"], counted);
});

after(() => crowded?.dispose());

test("each client has a rate of its own, and cannot take another one's name", async () => {
  const server = await starts(["127.0.0.1", "10.0.0.0/8"], rated);
  try {
    for (let i = 0; i < 2; i += 1) assert.equal(await statusOf(server, from("203.0.113.1")), 200);
    assert.equal(await statusOf(server, from("203.0.113.1")), 429);
    assert.equal(await statusOf(server, from("203.0.113.1", "10.9.8.7")), 429, "through two proxies of ours");
    assert.equal(await statusOf(server, from("198.51.100.1", "203.0.113.1")), 429, "what it says of itself does not count");
    assert.equal((await handshake(server, from("203.0.113.1"))).status, 429);
    assert.equal(await statusOf(server, from("203.0.113.2")), 200);
    assert.equal(await statusOf(server, from("2001:db8::1")), 200);
  } finally {
    await server.dispose();
  }
});

test("from who is no trusted proxy the header means nothing", async () => {
  const server = await starts(["192.0.2.1"], rated);
  try {
    for (const [at, wanted] of [200, 200, 429].entries()) assert.equal(await statusOf(server, from(`203.0.113.${at}`)), wanted);
  } finally {
    await server.dispose();
  }
});

test("WebSockets and streams count among those of their client, however many the proxy has; one that is over makes room", async () => {
  const sockets = [];
  for (const address of ["203.0.113.11", "203.0.113.11", "203.0.113.12", "203.0.113.13"]) {
    const { status, socket } = await handshake(crowded, from(address));
    assert.equal(status, 101);
    sockets.push(socket);
  }
  const stream = (address) => fetch(`${crowded.url}/api/v1/rooms/a/stream`, from(address));
  const second = await stream("203.0.113.12");
  assert.equal(second.status, 200);
  for (const address of ["203.0.113.11", "203.0.113.12"]) {
    assert.equal((await handshake(crowded, from("198.51.100.1", address))).status, 429, address);
    const refused = await stream(address);
    assert.equal(refused.status, 429, address);
    assert.match(await refused.text(), /connections_per_address_max/);
  }
  assert.ok((await hitsOf(crowded, "connections_per_address_max")) >= 4);
  assert.equal(await statusOf(crowded, from("203.0.113.11")), 200, "requests are no connections that stay");

  await second.body.cancel();
  await until("room for a third one", async () => {
    const { status, socket } = await handshake(crowded, from("203.0.113.12"));
    sockets.push(socket);
    return status === 101;
  });
  for (const each of sockets) each.terminate();
});

test("operators see the client's address", async () => {
  const client = await ProtocolClient.connect(crowded, {}, from("203.0.113.31"));
  await until("its session is listed", async () => {
    const { body } = await call({ url: crowded.adminUrl }, "GET", "/api/v1/sessions");
    return body.data.some(({ address }) => address === "203.0.113.31");
  });
  client.terminate();
});
