// Faults at a steady rate into every kind of actor, under load: nothing acknowledged is lost, nobody is stuck, nothing leaks; and a fault that
// never ends is escalated, as declared, to the end of the process, from which the next start is complete. FIRE_FAULTS=n for the long form.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Server } from "../support/server.mjs";
import { FireRound, config, kinds } from "./support/fire.mjs";
import { eventsPath, call, readHistory } from "./support/http.mjs";
import { actorsIn, filesOf, memoryOf } from "./support/process_view.mjs";
import { Random } from "./support/random.mjs";
import { StreamWatcher, connect, range } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const faults = Number(process.env.FIRE_FAULTS ?? 3 * kinds.length);
const random = Random.forTest("supervision");

// Rooms and sessions of the test are gone, and what the server itself keeps is as before.
async function assertReturned(server, before) {
  let now;
  const isBack = async () => {
    now = { actors: (await actorsIn(server)).live, sockets: filesOf(server).others };
    return ["room", "entity", "session", "room_stream"].every((kind) => (now.actors[kind] ?? 0) <= (before.actors[kind] ?? 0)) && now.sockets <= before.sockets;
  };
  await until(() => `what there was before: ${JSON.stringify(before)}; now ${JSON.stringify(now)}`, isBack, 60_000);
  const lasting = ({ actors }) => Object.entries(actors).filter(([kind]) => !["room", "entity", "session", "room_stream"].includes(kind));
  assert.deepEqual(lasting(now), lasting(before));
}

async function whatIsThere(server) {
  const { live } = await actorsIn(server);
  return { actors: live, sockets: filesOf(server).others };
}

test(`${faults} faults in every kind of actor under load`, async (context) => {
  const server = await Server.start({ config });
  const { pid } = server;
  try {
    // All kinds have been there once, and connections are open that the client of HTTP keeps.
    await call(server, "GET", "/livez");
    const before = await whatIsThere(server);
    const round = await FireRound.open(server, random, "fire");
    const begun = performance.now();
    await round.burn(faults);
    const seconds = (performance.now() - begun) / 1_000;
    await round.judge();
    round.close();
    assert.equal(server.pid, pid, "no supervisor gave up so far that the process ended");
    assert.ok(!/too many restarts/.test(server.log));
    for (const kind of kinds) assert.ok(round.faults[kind] >= Math.floor(faults / kinds.length), `${kind}: ${round.faults[kind]} faults`);
    await assertReturned(server, before);
    context.diagnostic(
      `${round.acknowledged} acknowledged changes, ${(round.acknowledged / seconds).toFixed(0)}/s, ${round.visits} clients came and went; ` +
        `${(faults / seconds).toFixed(1)} faults/s: ${JSON.stringify(round.faults)}; resident ${memoryOf(server) >> 20} MiB`,
    );
    assert.equal(await server.stop(), 0, "the end is clean");
    await server.restart();
    for (const ledger of round.ledgers) await ledger.verify(server);
  } finally {
    await server.dispose();
  }
});

// store: more than ten restarts in ten seconds; root: more than three of its branches in a minute.
test("a fault that never ends is the end of the process: code 1, a reason, and a complete next start", async (context) => {
  const server = await Server.start({ config });
  const room = "fsync:end";
  const client = connect(server);
  try {
    const watcher = new StreamWatcher(client, room);
    await until("the subscription", () => watcher.subscribed.length > 0);
    for (const n of range(1, 20)) await server.publish(room, { data: n });
    const death = server.death();
    await server.armFault("journal", 1_000_000);
    const refused = await call(server, "POST", eventsPath(room), { body: { data: "never" } });
    assert.equal(refused.status, 503);
    const [code, signal] = await death;
    assert.deepEqual([code, signal], [1, null], server.log);
    const lines = server.log.split("\n");
    const gaveUp = lines.filter((line) => /too many restarts, giving up/.test(line)).map((line) => /supervisor (\S+)"/.exec(line)[1]);
    assert.deepEqual(gaveUp, ["store", "store", "store", "store", "root"], "each gives up to its parent");
    context.diagnostic(lines.slice(-3).join("\n"));
    await server.restart();
    const { rows } = await readHistory(server, room);
    assert.deepEqual(rows.filter(({ data }) => data !== "never").map(({ data }) => data), range(1, 20));
    await server.publish(room, { data: "goes on" });
    await until("what came after", () => watcher.publications.at(-1)?.data === "goes on");
    assert.deepEqual(watcher.publications.map(({ offset }) => offset), range(1, rows.length + 1));
  } finally {
    client.disconnect();
    await server.dispose();
  }
});
