// Connection tokens of the client protocol, without --dev: who may connect, refresh and expiry.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, test } from "node:test";
import { Server, openToClients } from "../support/server.mjs";
import { signToken } from "../support/token.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";

const secret = "a secret of at least thirty-two bytes";
const config = `
[token]
hmac_secret = "${secret}"

[[namespace]]
name = "open"
allow_publish_for_client = true
${openToClients}

[[namespace]]
name = "closed"
allow_subscribe_for_client = false
`;
const inSeconds = (seconds) => Math.floor(Date.now() / 1000) + seconds;

let server;

before(async () => {
  server = await Server.start({ dev: false, config });
});

after(async () => {
  await server?.dispose();
});

async function connectWith(token) {
  const client = await ProtocolClient.open(server);
  const reply = await client.reply("connect", { token });
  return { client, reply };
}

test("a good token: the user and the info of its claims", async () => {
  const { client, reply } = await connectWith(signToken(secret, { sub: "ann", exp: inSeconds(600), info: { name: "Ann" } }));
  assert.equal(reply.connect.expires, true);
  assert.ok(reply.connect.ttl > 590 && reply.connect.ttl <= 600);
  await client.result("subscribe", { channel: "open:1" });
  await client.result("publish", { channel: "open:1", data: 1 });
  const [{ info }] = await client.publications("open:1", 1);
  assert.deepEqual(info, { client: reply.connect.client, user: "ann", conn_info: { name: "Ann" } });
  assert.equal((await client.error("publish", { channel: "other:1", data: 1 })).code, 103);
  assert.equal((await client.error("subscribe", { channel: "closed:1" })).code, 103);
  client.terminate();
});

test("a token without expiry", async () => {
  const { client, reply } = await connectWith(signToken(secret, { sub: "ann" }));
  assert.equal(reply.connect.expires, undefined);
  assert.equal(reply.connect.ttl, undefined);
  client.terminate();
});

test("109: an expired token; the connection is unusable then", async () => {
  const { client, reply } = await connectWith(signToken(secret, { sub: "ann", exp: inSeconds(-600) }));
  assert.equal(reply.error.code, 109);
  client.sendAll({ connect: { token: signToken(secret, { sub: "ann" }) } });
  assert.equal((await client.end()).code, 3501);
});

const sign = (header, claims, key) => {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part(header)}.${part(claims)}`;
  return `${signed}.${key ? createHmac("sha256", key).update(signed).digest("base64url") : ""}`;
};

const invalid = {
  "no token": "",
  "no compact JWS": "hello",
  "another secret": signToken("another secret of thirty-two bytes!!", { sub: "ann" }),
  "the algorithm none": sign({ alg: "none" }, { sub: "ann" }),
  "an algorithm that is not allowed": sign({ alg: "HS999" }, { sub: "ann" }, secret),
  "a subscription token": signToken(secret, { sub: "ann", channel: "open:1" }),
  "claims changed after signing": signToken(secret, { sub: "ann" }).replace(
    /\.[^.]+\./,
    `.${Buffer.from('{"sub":"bob"}').toString("base64url")}.`,
  ),
};

for (const [name, token] of Object.entries(invalid)) {
  test(`3500: ${name}`, async () => {
    const { client } = await connectWith(token);
    assert.deepEqual(await client.end(), { code: 3500, reason: "invalid token" });
  });
}

test("refresh lengthens the life of a connection; another user's token ends it", async () => {
  const { client } = await connectWith(signToken(secret, { sub: "ann", exp: inSeconds(30) }));
  const refreshed = await client.result("refresh", { token: signToken(secret, { sub: "ann", exp: inSeconds(900) }) });
  assert.equal(refreshed.expires, true);
  assert.ok(refreshed.ttl > 890 && refreshed.ttl <= 900);
  assert.equal((await client.error("refresh", { token: signToken(secret, { sub: "ann", exp: inSeconds(-900) }) })).code, 110);
  client.sendAll({ refresh: { token: signToken(secret, { sub: "bob", exp: inSeconds(900) }) } });
  assert.equal((await client.end()).code, 3500);
});

test("3005: an expired connection, after the grace for a new token", async () => {
  const { client, reply } = await connectWith(signToken(secret, { sub: "ann", exp: inSeconds(3) })); // whole seconds: it may be one less
  assert.equal(reply.connect.expires, true);
  assert.deepEqual(await client.end(60_000), { code: 3005, reason: "connection expired" });
});
