// One entity of very many dies and starts again: nobody else starts again, and nobody else waits. RESTART_ENTITIES=100000 for the figures.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Server } from "../support/server.mjs";
import { actorsOf, liveActors } from "./support/engine_view.mjs";
import { entityPath, call } from "./support/http.mjs";
import { memoryOf } from "./support/process_view.mjs";
import { publishUntilAcknowledged } from "./support/publisher.mjs";
import { Random } from "./support/random.mjs";
import { StreamWatcher, connect, range } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const entities = Number(process.env.RESTART_ENTITIES ?? 2_000);
const crashes = Number(process.env.RESTART_CRASHES ?? 50);
const rooms = range(1, 10).map((n) => `many:${n}`);
const each = Math.ceil(entities / rooms.length);
const config = "[test]\nfaults = true\n[limits]\nentity_idle_s = 86400\nroom_idle_s = 86400\n[[namespace]]\nname = \"many\"\ndurability = \"wal\"\n";
const random = Random.forTest("restart_among_many");
const keyOf = (n) => `k${n}`;

// Milliseconds from request to answer, one after the other, while `more` says so.
async function latencies(server, more) {
  const taken = [];
  while (more(taken.length)) {
    const item = { key: keyOf(random.between(2, each)), op: "increment", data: { n: 1 } }; // nobody's victim
    const begun = performance.now();
    await server.publish(random.pick(rooms), item);
    taken.push(performance.now() - begun);
  }
  return taken.sort((left, right) => left - right);
}

const at = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))].toFixed(2);
const shown = (sorted) => `median ${at(sorted, 0.5)} ms, p99 ${at(sorted, 0.99)} ms, most ${at(sorted, 1)} ms`;

test(`one of ${entities} entities dies ${crashes} times`, async (context) => {
  const server = await Server.start({ config });
  const client = connect(server);
  try {
    for (const room of rooms)
      for (let first = 1; first <= each; first += 1_000)
        await server.publish(
          room,
          range(first, Math.min(each, first + 999)).map((n) => ({ key: keyOf(n), op: "set", data: { n: 0 } })),
        );
    assert.equal(await liveActors(server, "entity"), each * rooms.length);
    const watchers = rooms.map((room) => new StreamWatcher(client, room));
    await until("the subscriptions", () => watchers.every(({ subscribed }) => subscribed.length === 1));
    const before = await latencies(server, (count) => count < 10 * crashes);

    const [calm, started] = [(await actorsOf(server, "room")).started, (await actorsOf(server, "entity")).started];
    const victims = range(1, crashes).map(() => random.pick(rooms));
    let burning = true;
    const times = [];
    const burn = async () => {
      for (const [n, room] of victims.entries()) {
        // Once: the change that killed it is tried again, and well, with the entity that was started in its place.
        await server.armFault("entity", 1, keyOf(1));
        const begun = performance.now();
        await publishUntilAcknowledged(server, room, { key: keyOf(1), op: "increment", data: { n: 1 }, idempotency_key: `victim/${n}` });
        times.push(performance.now() - begun);
      }
      burning = false;
    };
    const [during] = await Promise.all([latencies(server, (count) => burning), burn()]);
    times.sort((left, right) => left - right);

    const after = await actorsOf(server, "entity");
    assert.equal(after.crashed, crashes);
    assert.equal(after.started - started, crashes, "only the victims were started again");
    assert.equal((await actorsOf(server, "room")).started, calm, "no room was");
    assert.equal(await liveActors(server, "entity"), each * rooms.length);
    let sum = 0;
    for (const room of rooms) sum += (await call(server, "GET", entityPath(room, keyOf(1)))).body.data.n;
    assert.equal(sum, crashes, "each change of a victim counts once");
    for (const watcher of watchers) {
      assert.equal(watcher.subscribed.length, 1, "no subscription was interrupted");
      const { offset: top } = await server.request("GET", `/api/v1/rooms/${encodeURIComponent(watcher.subscription.channel)}`);
      await until("what was published", () => watcher.offset >= top);
      assert.deepEqual(
        watcher.publications.map(({ offset }) => offset),
        range(watcher.subscribed[0].offset + 1, top),
      );
    }
    context.diagnostic(`others, before: ${shown(before)}; while ${crashes} died: ${shown(during)}`);
    context.diagnostic(`a change that killed its entity, until it was acknowledged: ${shown(times)}; resident ${memoryOf(server) >> 20} MiB`);
  } finally {
    client.disconnect();
    await server.dispose();
  }
});
