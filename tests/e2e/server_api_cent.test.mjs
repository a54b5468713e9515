// Centrifugo's server API as its official client for Python uses it: cent, both the blocking client and that of asyncio, unmodified; and the
// npm client `centrifuge` as the subscriber. What other requests mean is in server_api.test.mjs.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { CentClient } from "./support/cent_client.mjs";
import { apiKey, keyOf, secret, sign } from "./support/credentials.mjs";
import { StreamWatcher, connect } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const everything = ["subscribe", "publish", "history", "presence", "manage"];
const config = [`[token]\nhmac_secret = "${secret}"`, apiKey("backend", everything, ["*"]), apiKey("sensors", ["publish"], ["sensor:*"])].join("\n");

let server;

before(async () => {
  server = await Server.start({ dev: false, config });
});

after(async () => {
  await server?.dispose();
});

async function watch(t, user, room) {
  const client = connect(server, { token: sign({ sub: user, scope: "read publish" }) });
  t.after(() => client.disconnect());
  const watcher = new StreamWatcher(client, room);
  await watcher.subscription.ready();
  return { client, watcher };
}

for (const kind of ["sync", "async"]) {
  const start = (t, key) => {
    const cent = new CentClient(`${server.url}/api`, key, kind);
    t.after(async () => assert.equal(await cent.end(), 0));
    return cent;
  };
  const backend = (t) => start(t, keyOf("backend"));

  test(`${kind}: publish, broadcast and history`, async (t) => {
    const [one, other] = [`${kind}:1`, `${kind}:2`];
    const cent = backend(t);
    const { client, watcher } = await watch(t, "ann", one);
    const first = await cent.result("publish", { channel: one, data: { n: 1 }, tags: { kind: "a" }, idempotency_key: "first" });
    assert.equal(first.offset, 1);
    assert.match(first.epoch, /^\w+$/);
    assert.deepEqual(await cent.result("publish", { channel: one, data: { n: 1 }, tags: { kind: "a" }, idempotency_key: "first" }), first);
    const { responses } = await cent.result("broadcast", { channels: [one, other], data: { n: 2 } });
    assert.deepEqual(responses.map(({ error, result }) => [error, result.offset]), [[null, 2], [null, 1]]);
    await until("both are told", () => watcher.publications.length === 2);
    assert.deepEqual(watcher.publications.map(({ data }) => data), [{ n: 1 }, { n: 2 }]);

    const { publications, ...position } = await cent.result("history", { channel: one });
    assert.deepEqual([publications, position], [[], { offset: 2, epoch: first.epoch }]);
    const all = await cent.result("history", { channel: one, limit: 10 });
    assert.deepEqual(all.publications.map(({ data, offset, tags, info }) => [data, offset, tags, info]), [
      [{ n: 1 }, 1, { kind: "a" }, null],
      [{ n: 2 }, 2, null, null],
    ]);
    const since = await cent.result("history", { channel: one, limit: 10, since: { offset: 1, epoch: first.epoch } });
    assert.deepEqual(since.publications.map(({ offset }) => offset), [2]);
    const newest = await cent.result("history", { channel: one, limit: 1, reverse: true });
    assert.deepEqual(newest.publications.map(({ offset }) => offset), [2]);
    await client.publish(one, { n: 3 });
    const [own] = (await cent.result("history", { channel: one, limit: 1, reverse: true })).publications;
    assert.equal(own.info.user, "ann");
    assert.match(own.info.client, /^[0-9a-f-]{36}$/);
  });

  test(`${kind}: presence, presence_stats, channels and info`, async (t) => {
    const room = `${kind}:there`;
    const cent = backend(t);
    for (const user of ["ann", "bob"]) await watch(t, user, room);
    const { presence } = await cent.result("presence", { channel: room });
    assert.deepEqual(Object.values(presence).map(({ user }) => user).sort(), ["ann", "bob"]);
    for (const [id, { client }] of Object.entries(presence)) assert.equal(client, id);
    assert.deepEqual(await cent.result("presence_stats", { channel: room }), { num_clients: 2, num_users: 2 });
    assert.deepEqual(await cent.result("channels", { pattern: `${kind}:t*` }), { channels: { [room]: { num_clients: 2 } } });
    assert.ok(room in (await cent.result("channels", {})).channels);
    const { nodes } = await cent.result("info", {});
    assert.equal(nodes.length, 1);
    assert.ok(nodes[0].uid && nodes[0].name && nodes[0].version);
    assert.deepEqual([nodes[0].num_clients, nodes[0].num_users, nodes[0].num_subs, nodes[0].num_channels].map((n) => n >= 1), [true, true, true, true]);
  });

  test(`${kind}: unsubscribe and disconnect`, async (t) => {
    const room = `${kind}:leave`;
    const cent = backend(t);
    const { client, watcher } = await watch(t, "eve", room);
    const left = new Promise((resolve) => watcher.subscription.on("unsubscribed", resolve));
    assert.deepEqual(await cent.result("unsubscribe", { user: "eve", channel: room }), {});
    assert.equal((await left).code, 2000);
    const again = new Promise((resolve) => client.on("connecting", resolve));
    assert.deepEqual(await cent.result("disconnect", { user: "eve", disconnect: { code: 3011, reason: "force reconnect" } }), {});
    assert.equal((await again).code, 3011);
    await client.ready();
    const gone = new Promise((resolve) => client.on("disconnected", resolve));
    assert.deepEqual(await cent.result("disconnect", { user: "eve" }), {});
    assert.equal((await gone).code, 3503);
  });

  test(`${kind}: a batch, one by one and in parallel`, async (t) => {
    const room = `${kind}:batch`;
    const cent = backend(t);
    for (const [round, parallel] of [false, true].entries()) {
      const { replies } = await cent.result("batch", [
        ["publish", { channel: room, data: 1 }],
        ["broadcast", { channels: [room, `${room}:2`], data: 2 }],
        ["history", { channel: room, limit: 100 }],
        ["presence_stats", { channel: room }],
        ["channels", {}],
        ["info", {}],
      ], parallel);
      assert.equal(replies[0].offset, 1 + round * 2);
      assert.equal(replies[1].responses[0].result.offset, 2 + round * 2);
      assert.equal(replies[2].publications.length, 2 + round * 2);
      assert.deepEqual(replies[3], { num_clients: 0, num_users: 0 });
      assert.equal(replies[5].nodes.length, 1);
    }
  });

  test(`${kind}: what is refused is raised as what it is`, async (t) => {
    const cent = backend(t);
    const code = async (...what) => (({ error, code }) => [error, code])(await cent.ask(...what));
    assert.deepEqual(await code("publish", { channel: "a*", data: 1 }), ["CentApiResponseError", 107]);
    assert.deepEqual(await code("publish", { channel: "a", data: 1, skip_history: true }), ["CentApiResponseError", 108]);
    assert.deepEqual(await code("history", { channel: "a", limit: 1, since: { offset: 1, epoch: "another" } }), ["CentApiResponseError", 112]);
    for (const [method, request] of [["subscribe", { user: "ann", channel: "a" }], ["history_remove", { channel: "a" }], ["refresh", { user: "ann" }]])
      assert.deepEqual(await code(method, request), ["CentApiResponseError", 108], method);

    const sensors = start(t, keyOf("sensors"));
    assert.deepEqual((await sensors.ask("publish", { channel: "elsewhere", data: 1 })).code, 103);
    assert.equal((await sensors.result("publish", { channel: `sensor:${kind}`, data: 1 })).offset, 1);
    const nobody = start(t, "wrong");
    assert.equal((await nobody.ask("info", {})).error, "CentUnauthorizedError");
  });
}
