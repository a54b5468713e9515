// Messages to who is subscribed right now: the npm client `centrifuge` hears them, they take no offset and are not kept.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { signToken } from "../support/token.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";
import { connect } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const secret = "a secret of at least thirty-two bytes";
let server;

before(async () => {
  server = await Server.start({ dev: true });
});

after(async () => {
  await server?.dispose();
});

async function send(room, data, { to = server, headers = {} } = {}) {
  const response = await fetch(`${to.url}/api/v1/rooms/${encodeURIComponent(room)}/messages`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ data }),
  });
  return { status: response.status, body: await response.json() };
}

test("the SDK hears messages of its rooms, in their order, between publications that have their offsets", async () => {
  const room = "talk:1";
  const client = connect(server);
  const heard = [];
  client.on("message", ({ data }) => heard.push(data));
  const subscription = client.newSubscription(room);
  const offsets = [];
  subscription.on("publication", ({ offset }) => offsets.push(offset));
  subscription.subscribe();
  await subscription.ready();
  for (let n = 1; n <= 20; n += 1) {
    assert.deepEqual(await send(room, { n }), { status: 200, body: { receivers: 1 } });
    await server.publish(room, { data: n });
  }
  await until("all of both", () => heard.length === 20 && offsets.length === 20);
  assert.deepEqual(
    heard,
    Array.from({ length: 20 }, (_, n) => ({ n: n + 1 })),
  );
  assert.deepEqual(
    offsets,
    Array.from({ length: 20 }, (_, n) => n + 1),
  );
  const { publications } = await subscription.history({ limit: -1 });
  assert.equal(publications.length, 20);
  client.disconnect();
});

test("in every dialect; and nobody is told who is not subscribed any more", async () => {
  const room = "talk:2";
  const clients = await Promise.all(["json", "msgpack"].map((dialect) => ProtocolClient.connect(server, {}, { dialect })));
  for (const each of clients) await each.result("subscribe", { channel: room });
  assert.deepEqual((await send(room, [1, "two", null])).body, { receivers: 2 });
  const messages = (client) => client.received.filter(({ push }) => push?.message).map(({ push }) => push.message.data);
  await until("the message", () => clients.every((each) => messages(each).length === 1));
  for (const each of clients) {
    assert.deepEqual(messages(each), [[1, "two", null]]);
    await each.result("unsubscribe", { channel: room });
  }
  assert.deepEqual((await send(room, 2)).body, { receivers: 0 });
  for (const each of clients) each.terminate();
});

test("personal rooms, so a user is told on all connections; and credentials", async () => {
  const guarded = await Server.start({
    dev: false,
    config: `
[token]
hmac_secret = "${secret}"
[client.subscribe_to_user_personal_channel]
enabled = true
`,
  });
  const tokenOf = (claims) => signToken(secret, claims);
  const heard = [];
  const clients = ["phone", "page"].map((name) => {
    const client = connect(guarded, { token: tokenOf({ sub: "ann" }), name });
    client.on("message", ({ data }) => heard.push(`${name} ${data}`));
    return client;
  });
  await Promise.all(clients.map((each) => each.ready()));
  const authorized = (scope) => ({ to: guarded, headers: { authorization: `Bearer ${tokenOf({ sub: "shop", scope })}` } });
  assert.equal((await send("#ann", "hello", { to: guarded })).status, 401);
  assert.equal((await send("#ann", "hello", authorized("read"))).status, 403);
  assert.deepEqual((await send("#ann", "hello", authorized("publish"))).body, { receivers: 2 });
  await until("both", () => heard.length === 2);
  assert.deepEqual(heard.sort(), ["page hello", "phone hello"]);
  for (const each of clients) each.disconnect();
  await guarded.dispose();
});
