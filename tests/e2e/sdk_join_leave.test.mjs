// Joins and leaves, with the npm client `centrifuge`, unmodified: who hears of whom, case by case, and in step with presence.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { signToken } from "../support/token.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";
import { Random } from "./support/random.mjs";
import { connect, range } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const secret = "a secret of at least thirty-two bytes";
const config = `
[token]
hmac_secret = "${secret}"

[[namespace]]
name = "asked"
join_leave = true

[[namespace]]
name = "forced"
join_leave = true
force_push_join_leave = true

[[namespace]]
name = "hidden"
join_leave = true
presence = false
`;

let server;

before(async () => {
  server = await Server.start({ dev: true, config });
});

after(async () => {
  await server?.dispose();
});

const tokenOf = (sub, claims = {}) => signToken(secret, { sub, info: { name: sub }, ...claims });

// Subscribes with the SDK and notes who is said to come and go.
function watch(room, user, options = {}, make = "newSubscription") {
  const client = connect(server, { token: tokenOf(user) });
  const subscription = client[make](room, options);
  const watcher = { client, subscription, heard: [] };
  subscription.on("join", ({ info }) => watcher.heard.push(`+${info.user}`));
  subscription.on("leave", ({ info }) => watcher.heard.push(`-${info.user}`));
  subscription.subscribe();
  return watcher;
}

const cases = {
  "who asks": { room: "asked:1", options: { joinLeave: true }, heard: ["+ann", "+bob", "-bob"] },
  "who does not ask": { room: "asked:2", options: {}, heard: [] },
  "all, where the namespace says so": { room: "forced:1", options: {}, heard: ["+ann", "+bob", "-bob"] },
  "nobody, where it is not offered": { room: "plain:1", options: { joinLeave: true }, heard: [] },
  "nobody, where presence is not to be seen": { room: "hidden:1", options: { joinLeave: true }, heard: [] },
};

for (const make of ["newSubscription", "newMapSubscription"]) {
  for (const [name, { room, options, heard }] of Object.entries(cases)) {
    if (make === "newMapSubscription" && name === "who asks") continue; // the SDK asks for streams only
    test(`${make}: ${name}`, async () => {
      const channel = `${room}/${make}`;
      const ann = watch(channel, "ann", options, make);
      await ann.subscription.ready();
      const bob = watch(channel, "bob", options, make);
      await bob.subscription.ready();
      bob.subscription.unsubscribe();
      await server.publish(channel, { key: "k", data: "a mark" });
      const marked = until("the mark", () => ann.heard.includes("mark"));
      ann.subscription.on(make === "newSubscription" ? "publication" : "update", () => ann.heard.push("mark"));
      if (heard.length > 0) await until("all that is heard", () => ann.heard.filter((each) => each !== "mark").length === heard.length);
      await server.publish(channel, { key: "k", data: "another mark" });
      await marked;
      assert.deepEqual(
        ann.heard.filter((each) => each !== "mark"),
        heard,
      );
      ann.client.disconnect();
      bob.client.disconnect();
    });
  }
}

test("the info that comes with a join and a leave, and a connection that is cut", async () => {
  const room = "forced:2";
  const ann = await ProtocolClient.connect(server, { token: tokenOf("ann") });
  await ann.result("subscribe", { channel: room });
  assert.deepEqual(await ann.pushed(room, "join"), { info: { client: ann.hello.client, user: "ann", conn_info: { name: "ann" } } });
  assert.ok(ann.received.findIndex(({ subscribe }) => subscribe) < ann.received.findIndex(({ push }) => push?.join));
  const bob = await ProtocolClient.connect(server, { token: tokenOf("bob", { subs: { [room]: { info: { seat: 1 } } } }) });
  const info = { client: bob.hello.client, user: "bob", conn_info: { name: "bob" }, chan_info: { seat: 1 } };
  await until("the join of bob", () => ann.pushes(room, "join").length === 2);
  assert.deepEqual(ann.pushes(room, "join")[1], { info });
  await until("bob's own join", () => bob.pushes(room, "join").length === 1);
  assert.equal(bob.received[0].id, 1, "the reply to connect comes first");
  const present = async () => Object.values((await ann.result("presence", { channel: room })).presence).map(({ user }) => user);
  assert.deepEqual((await present()).sort(), ["ann", "bob"]);
  bob.terminate();
  assert.deepEqual(await ann.pushed(room, "leave"), { info });
  assert.deepEqual(await present(), ["ann"]);
  ann.terminate();
});

test("overrides of a subscription token", async () => {
  const room = "plain:2";
  const on = { join_leave: { value: true }, force_push_join_leave: { value: true } };
  const subscribe = async (user, override) => {
    const client = await ProtocolClient.connect(server, { token: tokenOf(user) });
    await client.result("subscribe", { channel: room, token: tokenOf(user, { channel: room, override }) });
    return client;
  };
  const ann = await subscribe("ann", on);
  const quiet = await subscribe("quiet", {});
  const bob = await subscribe("bob", on);
  await until("the join of bob", () => ann.pushes(room, "join").length === 2);
  assert.deepEqual(
    ann.pushes(room, "join").map(({ info }) => info.user),
    ["ann", "bob"],
  );
  assert.deepEqual(quiet.pushes(room, "join"), []);
  for (const client of [ann, quiet, bob]) client.terminate();
});

test("fifty come and go: everybody who stays has heard of each of them once, in order", async () => {
  const room = "forced:3";
  const ann = await ProtocolClient.connect(server, { token: tokenOf("ann") });
  await ann.result("subscribe", { channel: room });
  await Promise.all(
    range(1, 50).map(async (n) => {
      const client = await ProtocolClient.connect(server, { token: tokenOf(`u${n}`) });
      await client.result("subscribe", { channel: room });
      n % 2 ? client.terminate() : await client.result("unsubscribe", { channel: room });
      if (n % 2 === 0) client.terminate();
    }),
  );
  await until("fifty leaves", () => ann.pushes(room, "leave").length === 50);
  const story = new Map();
  for (const { push } of ann.received) {
    const who = push?.join?.info.user ?? push?.leave?.info.user;
    if (who) story.set(who, `${story.get(who) ?? ""}${push.join ? "+" : "-"}`);
  }
  assert.equal(story.size, 51);
  story.delete("ann");
  assert.deepEqual([...new Set(story.values())], ["+-"]);
  assert.deepEqual(await ann.result("presence_stats", { channel: room }), { num_clients: 1, num_users: 1 });
  ann.terminate();
});

test("at random: whoever listens ends with exactly the presence of the room", async () => {
  const room = "forced:4";
  const random = Random.forTest("sdk_join_leave");
  const subscribe = (client) => client.result("subscribe", { channel: room });
  const listeners = await Promise.all(range(1, 3).map((n) => ProtocolClient.connect(server, { token: tokenOf(`listener${n}`) })));
  for (const each of listeners) await subscribe(each);
  const wander = async (chance, n) => {
    let client;
    let inside = false;
    for (let step = 0; step < 25; step += 1) {
      client ??= await ProtocolClient.connect(server, { token: tokenOf(`u${n}`) });
      const dice = chance.below(4);
      if (dice === 0) {
        client.terminate();
        client = undefined;
        inside = false;
      } else if (dice === 1) {
        await server.publish(room, { data: step });
      } else {
        inside ? await client.result("unsubscribe", { channel: room }) : await subscribe(client);
        inside = !inside;
      }
    }
    return client;
  };
  const wanderers = await Promise.all(range(1, 12).map((n) => wander(random.fork(), n)));
  const stay = wanderers.filter((each) => each);
  const present = async () => Object.keys((await listeners[0].result("presence", { channel: room })).presence).sort();
  for (const listener of listeners) {
    const believed = () => {
      const clients = new Set([...listeners].slice(0, listeners.indexOf(listener)).map(({ hello }) => hello.client)); // came before it
      for (const { push } of listener.received) {
        if (push?.join) {
          assert.ok(!clients.has(push.join.info.client), "nobody comes twice");
          clients.add(push.join.info.client);
        }
        if (push?.leave) assert.ok(clients.delete(push.leave.info.client), "nobody leaves who has not come");
      }
      return [...clients].sort().join();
    };
    await until("the listener to know who is present", async () => believed() === (await present()).join());
  }
  for (const each of [...listeners, ...stay]) each.terminate();
});
