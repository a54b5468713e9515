// The npm client `centrifuge`, unmodified, with tokens that expire: what its application hears, case by case.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { signToken } from "../support/token.mjs";
import { connect } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const secret = "a secret of at least thirty-two bytes";
const config = `
[token]
hmac_secret = "${secret}"

[[namespace]]
name = "guarded"
allow_subscribe_for_client = false
`;
const inSeconds = (seconds) => Math.floor(Date.now() / 1000) + seconds;
const forConnection = (claims = {}) => signToken(secret, { sub: "ann", ...claims });
const forRoom = (channel, claims = {}) => signToken(secret, { sub: "ann", channel, ...claims });

let server;

before(async () => {
  server = await Server.start({ dev: false, config });
});

after(async () => {
  await server?.dispose();
});

// A list of tokens, given one after the other; the last one again and again.
function giver(...tokens) {
  const give = async () => {
    give.calls += 1;
    return tokens.length > 1 ? tokens.shift() : tokens[0];
  };
  give.calls = 0;
  return give;
}

const room = "guarded:sdk";
const expired = { exp: inSeconds(-60) };
const subscriptions = {
  "a token that stays": { tokens: [forRoom(room)], calls: 1, state: "subscribed" },
  "an expired token is replaced": { tokens: [forRoom(room, expired), forRoom(room)], calls: 2, state: "subscribed" },
  "a token that expires soon is refreshed": {
    tokens: [forRoom(room, { exp: inSeconds(60), expire_at: inSeconds(1) }), forRoom(room, { exp: inSeconds(600) })],
    calls: 2,
    state: "subscribed",
  },
  "a token with another secret is the end": { tokens: [signToken("x".repeat(32), { channel: room })], calls: 1, state: "unsubscribed", code: 103 },
};

for (const [name, { tokens, calls, state, code }] of Object.entries(subscriptions)) {
  for (const make of ["newSubscription", "newMapSubscription"]) {
    test(`${make}: ${name}`, async () => {
      const client = connect(server, { token: forConnection() });
      const getToken = giver(...tokens);
      const subscription = client[make](room, { getToken, minResubscribeDelay: 1, maxResubscribeDelay: 10 });
      let ended;
      subscription.on("unsubscribed", (context) => (ended = context.code));
      subscription.on("error", () => {}); // the refusals that are part of the story
      subscription.subscribe();
      await until(
        () => `${calls} tokens and ${state}, there are ${getToken.calls} and ${subscription.state}`,
        () => getToken.calls === calls && subscription.state === state,
      );
      assert.equal(ended, code);
      client.disconnect();
    });
  }
}

test("without a token the subscription is refused for good", async () => {
  const client = connect(server, { token: forConnection() });
  const subscription = client.newSubscription(room);
  const ended = new Promise((resolve) => subscription.once("unsubscribed", resolve));
  subscription.subscribe();
  assert.equal((await ended).code, 103);
  client.disconnect();
});

test("a token for another room ends the connection for good", async () => {
  const client = connect(server, { token: forConnection() });
  const ended = new Promise((resolve) => client.once("disconnected", resolve));
  client.newSubscription(room, { token: forRoom("guarded:other") }).subscribe();
  assert.equal((await ended).code, 3500);
});

test("a connection whose token expires soon is refreshed, an expired one brings a new token", async () => {
  const getToken = giver(forConnection(expired), forConnection({ exp: inSeconds(60), expire_at: inSeconds(1) }), forConnection());
  const client = connect(server, { getToken });
  await until("three tokens", () => getToken.calls === 3 && client.state === "connected");
  client.disconnect();
});
