// What stands before credentials: pages of other origins, rates of addresses, callers and connections, and how many connections there may be.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import WebSocket from "ws";
import { Server } from "../support/server.mjs";
import { apiKey, keyOf, secret, sign } from "./support/credentials.mjs";
import { hitsOf } from "./support/engine_view.mjs";
import { RawConnection, call, entityPath, eventsPath, roomPath } from "./support/http.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";
import { connect } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const metricsOf = async (server) => (await fetch(`${server.adminUrl}/api/v1/access/metrics`)).json();
const reader = () => ({ token: sign({ scope: "read publish" }) });

// Status and headers of the refusal of a handshake; 101 when it was accepted.
async function handshake(server, headers = {}) {
  const socket = new WebSocket(server.websocketUrl, { headers });
  const [status, told] = await new Promise((resolve) => {
    socket.on("error", () => resolve([0, {}])); // the connection was cut
    socket.once("open", () => resolve([101, {}]));
    socket.once("unexpected-response", (_, response) => resolve([response.statusCode, response.headers]));
  });
  return { status, headers: told, socket };
}

const starts = (text) => Server.start({ dev: false, config: `${text}\n[token]\nhmac_secret = "${secret}"\n${apiKey("backend", ["read"], ["*"])}` });

let server;
const friend = "https://app.example";

before(async () => {
  server = await starts(`allowed_origins = ["${friend}"]`);
});

after(async () => {
  await server?.dispose();
});

test("pages of other origins reach nothing: no room, no connection", async () => {
  const before = (await metricsOf(server)).refused.origins;
  const evil = { Origin: "https://evil.example" };
  const asked = [
    ["GET", "/api/v1/rooms"],
    ["POST", eventsPath("a")],
    ["PUT", entityPath("a", "k")],
    ["GET", `${roomPath("a")}/stream`],
    ["POST", "/connection/http_stream"],
    ["POST", "/emulation"],
    ["OPTIONS", eventsPath("a")],
  ];
  for (const [method, path] of asked) {
    const refused = await call(server, method, path, { ...reader(), headers: evil, body: method === "GET" ? undefined : { data: 1 } });
    assert.equal(refused.status, 403, `${method} ${path}`);
    assert.equal(refused.headers.get("access-control-allow-origin"), null);
  }
  for (const origin of ["https://evil.example", "null", `${friend}.evil.example`, `http://app.example`, `https://app.example:8443`]) {
    assert.equal((await handshake(server, { Origin: origin })).status, 403, origin);
  }
  assert.equal((await metricsOf(server)).refused.origins - before, asked.length);
});

test("pages of our own host, and of those that are allowed, may ask and read the answer", async () => {
  for (const origin of [friend, server.url]) {
    const answer = await call(server, "GET", "/api/v1/rooms", { ...reader(), headers: { Origin: origin } });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("access-control-allow-origin"), origin);
    assert.match(answer.headers.get("vary"), /origin/i);
    assert.match(answer.headers.get("access-control-expose-headers"), /etag/);
    const refused = await call(server, "GET", "/api/v1/rooms", { headers: { Origin: origin } });
    assert.equal(refused.status, 401);
    assert.equal(refused.headers.get("access-control-allow-origin"), origin, "a page must be able to read why");
    const { status, socket } = await handshake(server, { Origin: origin });
    assert.equal(status, 101);
    socket.terminate();
  }
  const preflight = await call(server, "OPTIONS", entityPath("a", "k"), {
    headers: { Origin: friend, "Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "if-match" },
  });
  assert.equal(preflight.status, 204);
  assert.match(preflight.headers.get("access-control-allow-methods"), /PATCH/);
  assert.match(preflight.headers.get("access-control-allow-headers"), /if-match/);
  const plain = await call(server, "OPTIONS", entityPath("a", "k"));
  assert.equal(plain.headers.get("access-control-allow-methods"), null);
  assert.equal((await call(server, "GET", "/livez", { headers: { Origin: "https://evil.example" } })).status, 200);
});

test("an address that asks too often is told when to come again", async () => {
  const limited = await starts(`[rate_limit.address]\nrequests = 5\nwindow = "1h"`);
  try {
    for (let left = 4; left >= 0; left -= 1) {
      const { status, headers } = await call(limited, "GET", "/api/v1/rooms", left % 2 ? reader() : {});
      assert.equal(status, left % 2 ? 200 : 401);
      assert.equal(headers.get("ratelimit-policy"), `"address";q=5;w=3600`);
      assert.match(headers.get("ratelimit"), new RegExp(`^"address";r=${left};t=\\d+$`));
    }
    const refused = await call(limited, "GET", "/api/v1/rooms", reader());
    assert.equal(refused.status, 429);
    assert.equal(refused.body.type, "/problems/too-many-requests");
    const again = Number(refused.headers.get("retry-after"));
    assert.ok(again > 0 && again <= 720, `${again}`);
    assert.equal(refused.headers.get("ratelimit"), `"address";r=0;t=${again}`);
    const upgrade = await handshake(limited);
    assert.equal(upgrade.status, 429);
    assert.ok(Number(upgrade.headers["retry-after"]) > 0);
    for (const path of ["/connection/uni_sse", `${roomPath("a")}/stream`]) assert.equal((await call(limited, "GET", path)).status, 429, path);
    assert.equal((await call(limited, "POST", "/emulation", { body: {} })).status, 429);
    for (const path of ["/livez", "/readyz", "/"]) assert.notEqual((await call(limited, "GET", path)).status, 429, path);
    assert.equal((await metricsOf(limited)).rate_limited.addresses, 5);
  } finally {
    await limited.dispose();
  }
});

test("each caller has a rate of its own, users and API keys alike", async () => {
  const limited = await starts(`[rate_limit.caller]\nrequests = 2\nwindow = "1h"`);
  try {
    const statuses = async (options) => {
      const all = [];
      for (let i = 0; i < 3; i += 1) all.push((await call(limited, "GET", "/api/v1/rooms", options)).status);
      return all;
    };
    assert.deepEqual(await statuses({ token: sign({ sub: "ann", scope: "read" }) }), [200, 200, 429]);
    assert.deepEqual(await statuses({ token: sign({ sub: "ann", scope: "read", jti: "another token" }) }), [429, 429, 429]);
    assert.deepEqual(await statuses({ token: sign({ sub: "bob", scope: "read" }) }), [200, 200, 429]);
    assert.deepEqual(await statuses({ headers: { "X-API-Key": keyOf("backend") } }), [200, 200, 429]);
    assert.deepEqual(await statuses({}), [401, 401, 401]);
    const stream = await call(limited, "GET", `${roomPath("a")}/stream`, { token: sign({ sub: "ann", scope: "read" }) });
    assert.equal(stream.status, 429, "an event stream counts, too");
    assert.equal((await metricsOf(limited)).rate_limited.callers, 7);
  } finally {
    await limited.dispose();
  }
});

test("commands of a connection beyond its rate are told to come again, and are not carried out", async () => {
  const limited = await starts(`[rate_limit.client]\nrequests = 3\nwindow = "1h"`);
  try {
    const client = await ProtocolClient.connect(limited, { token: sign({ scope: "read publish" }) }); // takes one
    await client.result("subscribe", { channel: "a" });
    await client.result("publish", { channel: "a", data: 1 });
    const refused = await client.error("publish", { channel: "a", data: 2 });
    assert.deepEqual(refused, { code: 111, message: "too many requests", temporary: true });
    assert.equal((await client.error("history", { channel: "a", limit: 1 })).code, 111);
    client.sendAll({ send: { data: 1 } }); // has no reply
    assert.deepEqual(await client.result("unsubscribe", { channel: "a" }), {}, "whoever wants may leave");
    client.terminate();
    const history = await call(limited, "GET", `${roomPath("a")}/history`, reader());
    assert.equal(history.body.offset, 1);
    const other = await ProtocolClient.connect(limited, { token: sign({ scope: "read" }) });
    await other.result("history", { channel: "a", limit: 1 });
    other.terminate();
    assert.equal((await metricsOf(limited)).rate_limited.clients, 3);
  } finally {
    await limited.dispose();
  }
});

test("the SDK comes back by itself when it was too fast", async () => {
  const limited = await starts(`[rate_limit.client]\nrequests = 2\nwindow = "300ms"`);
  try {
    const client = connect(limited, { token: sign({ scope: "read" }) });
    const subscriptions = ["a", "b", "c", "d"].map((room) => client.newSubscription(room, { minResubscribeDelay: 20, maxResubscribeDelay: 100 }));
    for (const each of subscriptions) {
      each.on("error", () => {});
      each.subscribe();
    }
    await until("all four", () => subscriptions.every(({ state }) => state === "subscribed"));
    client.disconnect();
    assert.ok((await metricsOf(limited)).rate_limited.clients > 0);
  } finally {
    await limited.dispose();
  }
});

test("a user has so many connections, and an ended one makes room", async () => {
  const limited = await starts("[limits]\nconnections_per_user_max = 2");
  try {
    const as = async (sub) => {
      const client = await ProtocolClient.open(limited);
      const [reply] = client.sendAll({ connect: { token: sign({ sub }) } });
      const { closed } = await reply;
      return { client, code: closed?.code };
    };
    const first = await as("ann");
    const second = await as("ann");
    assert.deepEqual([first.code, second.code], [undefined, undefined]);
    assert.equal((await as("ann")).code, 3504);
    assert.equal((await as("bob")).code, undefined);
    for (let i = 0; i < 4; i += 1) assert.equal((await as("")).code, undefined, "nobody is not one user");
    first.client.terminate();
    await until("room for another one", async () => (await as("ann")).code === undefined);
    assert.ok((await metricsOf(limited)).connections_refused.users > 0);
    assert.ok((await hitsOf(limited, "connections_per_user_max")) > 0);
  } finally {
    await limited.dispose();
  }
});

test("an address has so many connections, and an ended one makes room", async () => {
  const limited = await starts("[limits]\nconnections_per_address_max = 3");
  try {
    const open = [];
    for (let i = 0; i < 3; i += 1) open.push(await RawConnection.open(limited.port));
    for (const each of open) {
      each.send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n");
      assert.equal((await each.answer()).status, 200);
    }
    const fourth = await RawConnection.open(limited.port);
    const refused = await fourth.answer();
    assert.equal(refused.status, 429);
    assert.match(refused.body, /connections_per_address_max/);
    await fourth.ended();
    open.pop().close();
    await until("room for another one", async () => (await handshake(limited)).status === 101);
    assert.ok((await metricsOf(limited)).connections_refused.addresses > 0);
    assert.ok((await hitsOf(limited, "connections_per_address_max")) > 0);
    assert.equal((await fetch(`${limited.adminUrl}/livez`)).status, 200, "operators have their own door");
    for (const each of open) each.close();
  } finally {
    await limited.dispose();
  }
});
