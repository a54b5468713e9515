// Subscription tokens of the client protocol: who may subscribe to a room that asks for one, refresh and expiry, line by line.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server, openToClients } from "../support/server.mjs";
import { signToken } from "../support/token.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";

const secret = "a secret of at least thirty-two bytes";
const config = `
[token]
hmac_secret = "${secret}"
audience = "tests"
issuer = "backend"

[[namespace]]
name = "guarded"
allow_history_for_client = true
allow_presence_for_client = true

[[namespace]]
name = "named"
allow_subscribe_for_client = true

[[namespace]]
name = "members"
allow_subscribe_for_client = true
allow_publish_for_subscriber = true

[[namespace]]
name = "open"
allow_publish_for_client = true
force_recovery = false
${openToClients}
`;
const inSeconds = (seconds) => Math.floor(Date.now() / 1000) + seconds;
const sign = (claims) => signToken(secret, { aud: ["tests"], iss: "backend", ...claims });
const forRoom = (channel, claims = {}) => sign({ sub: "ann", channel, ...claims });

let server;

before(async () => {
  server = await Server.start({ dev: false, config });
});

after(async () => {
  await server?.dispose();
});

const connectAs = (sub) => ProtocolClient.connect(server, { token: sign({ sub }) });

const connections = {
  "no audience": { iss: "backend" },
  "another audience": { iss: "backend", aud: "others" },
  "another issuer": { iss: "other", aud: "tests" },
};

for (const [name, claims] of Object.entries(connections)) {
  test(`3500: a connection token with ${name}`, async () => {
    const client = await ProtocolClient.open(server);
    client.sendAll({ connect: { token: signToken(secret, { sub: "ann", ...claims }) } });
    assert.equal((await client.end()).code, 3500);
  });
}

const subscribes = {
  "no token where one is needed": { channel: "guarded:1", code: 103 },
  "a good token": { channel: "guarded:1", token: forRoom("guarded:1") },
  "a good token of this connection's user, where none is needed": { channel: "open:1", token: forRoom("open:1") },
  "no token, for somebody with a name": { channel: "named:1" },
  "no compact JWS": { channel: "guarded:1", token: "hello", code: 103 },
  "another secret": { channel: "guarded:1", token: signToken(`${secret}!`, { sub: "ann", channel: "guarded:1" }), code: 103 },
  "another audience": { channel: "guarded:1", token: forRoom("guarded:1", { aud: "others" }), code: 103 },
  "a connection token": { channel: "guarded:1", token: sign({ sub: "ann" }), code: 103 },
  "an expired token": { channel: "guarded:1", token: forRoom("guarded:1", { exp: inSeconds(-60) }), code: 109 },
  "another room": { channel: "guarded:1", token: forRoom("guarded:2"), end: 3500 },
  "another user": { channel: "guarded:1", token: forRoom("guarded:1", { sub: "bob" }), end: 3500 },
  "another connection": { channel: "guarded:1", token: forRoom("guarded:1", { client: "somebody" }), end: 3500 },
};

for (const [name, { code, end, ...request }] of Object.entries(subscribes)) {
  test(`${end ?? code ?? "subscribed"}: ${name}`, async () => {
    const client = await connectAs("ann");
    const [reply] = client.sendAll({ subscribe: request });
    if (end) {
      assert.equal((await client.end()).code, end);
    } else {
      assert.equal((await reply).error?.code, code);
      client.terminate();
    }
  });
}

test("103: without a name and a token", async () => {
  const client = await connectAs("");
  assert.equal((await client.error("subscribe", { channel: "named:1" })).code, 103);
  await client.result("subscribe", { channel: "named:1", token: forRoom("named:1", { sub: "" }) });
  client.terminate();
});

test("what the token says: info, expiry, overrides", async () => {
  const client = await connectAs("ann");
  const token = forRoom("open:2", {
    info: { role: "editor" },
    exp: inSeconds(60),
    expire_at: inSeconds(600),
    override: { force_recovery: { value: true } },
  });
  const reply = await client.result("subscribe", { channel: "open:2", token });
  assert.equal(reply.expires, true);
  assert.ok(reply.ttl > 590 && reply.ttl <= 600);
  assert.equal(reply.recoverable, true, "against the namespace");
  await client.result("publish", { channel: "open:2", data: 1 });
  const [{ info }] = await client.publications("open:2", 1);
  assert.deepEqual(info, { client: client.hello.client, user: "ann", chan_info: { role: "editor" } });
  const { presence } = await client.result("presence", { channel: "open:2" });
  assert.deepEqual(presence[client.hello.client].chan_info, { role: "editor" });
  assert.equal((await client.result("subscribe", { channel: "open:3" })).recoverable, undefined);
  client.terminate();
});

test("history and presence of a room that asks for a token are for its subscribers", async () => {
  const client = await connectAs("ann");
  const asked = { history: { limit: 1 }, presence: {}, presence_stats: {} };
  for (const [method, more] of Object.entries(asked))
    assert.equal((await client.error(method, { channel: "guarded:5", ...more })).code, 103, method);
  await client.result("subscribe", { channel: "guarded:5", token: forRoom("guarded:5") });
  for (const [method, more] of Object.entries(asked)) await client.result(method, { channel: "guarded:5", ...more });
  await client.result("unsubscribe", { channel: "guarded:5" });
  assert.equal((await client.error("history", { channel: "guarded:5", limit: 1 })).code, 103);
  client.terminate();
});

test("publishing for subscribers only", async () => {
  const client = await connectAs("ann");
  assert.equal((await client.error("publish", { channel: "members:1", data: 1 })).code, 103);
  await client.result("subscribe", { channel: "members:1" });
  await client.result("publish", { channel: "members:1", data: 2 });
  assert.equal((await client.publications("members:1", 1))[0].data, 2);
  assert.equal((await client.error("history", { channel: "members:1", limit: 1 })).code, 103);
  await client.result("unsubscribe", { channel: "members:1" });
  assert.equal((await client.error("publish", { channel: "members:1", data: 3 })).code, 103);
  client.terminate();
});

test("sub_refresh, and 2501 when it does not come", async () => {
  const client = await connectAs("ann");
  const expiring = (seconds) => forRoom("guarded:3", { exp: inSeconds(600), expire_at: inSeconds(seconds) });
  await client.result("subscribe", { channel: "guarded:3", token: expiring(-20) });
  assert.equal((await client.error("sub_refresh", { channel: "guarded:4", token: expiring(60) })).code, 103);
  assert.equal((await client.error("sub_refresh", { channel: "guarded:3", token: forRoom("guarded:3", { exp: inSeconds(-1) }) })).code, 110);
  const { expires, ttl } = await client.result("sub_refresh", { channel: "guarded:3", token: expiring(-24) });
  assert.deepEqual({ expires, ttl }, { expires: true, ttl: 1 });
  client.terminate();

  const late = await connectAs("ann");
  await late.result("subscribe", { channel: "guarded:3", token: expiring(-24) });
  assert.deepEqual(await late.pushed("guarded:3", "unsubscribe"), { code: 2501, reason: "subscription expired" });
  await late.result("subscribe", { channel: "guarded:3", token: expiring(60) });
  late.sendAll({ sub_refresh: { channel: "guarded:3", token: "hello" } });
  assert.equal((await late.end()).code, 3500);
});
