// Ten times more entities and rooms than fit into the budget: every promise holds, and the memory stays within the budget and what the
// process itself takes. The long form: MEMORY_CHANGES=1000000 MEMORY_BUDGET_MIB=64 node --test tests/e2e/memory_budget.test.mjs
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { actorsOf, cacheOf, liveActors, memoryOf, metricsOf } from "./support/engine_view.mjs";
import { readEntities, readHistory } from "./support/http.mjs";
import { memoryBound } from "./support/memory_bound.mjs";
import { Random } from "./support/random.mjs";
import { MapWatcher, connect, range } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const mib = 1_048_576;
const budget = Number(process.env.MEMORY_BUDGET_MIB ?? 32) * mib;
const changes = Number(process.env.MEMORY_CHANGES ?? 40_000);
const batch = 50;
const publishers = 8;
const processItself = 100 * mib; // code, threads, allocator, CAF, RocksDB's own: docs/configuration.md, "Memory"

const config = `
[memory]
budget = ${budget}

[[namespace]]
name = "memory"
durability = "memory"

[[namespace]]
durability = "wal"
history_size = 1000
`;

const random = Random.forTest("memory_budget");
let server;
let fits; // entities, about

before(async () => {
  server = await Server.start({ config });
  fits = Math.floor((await memoryOf(server)).parts.live.limit / 2_900);
});

after(async () => {
  await server?.dispose();
});

// Watches what is held until it is stopped: the most of each part, relative to its limit, and of the process.
function watchMemory() {
  const most = { resident: 0, parts: {} };
  let stopped = false;
  const done = (async () => {
    while (!stopped) {
      const memory = await memoryOf(server);
      most.resident = Math.max(most.resident, memory.resident);
      for (const [part, { used, limit }] of Object.entries(memory.parts)) most.parts[part] = Math.max(most.parts[part] ?? 0, used / limit);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  return async () => {
    stopped = true;
    await done;
    return most;
  };
}

function checkMemory(t, most) {
  t.diagnostic(`resident at most ${Math.round(most.resident / mib)} MiB with a budget of ${budget / mib} MiB; parts ${JSON.stringify(most.parts)}`);
  // What is at work is never let go of, and a part may be over its share for a moment.
  for (const part of ["live", "tails", "pages", "requests", "changes", "frames", "outboxes"]) {
    assert.ok(most.parts[part] <= 1.25, `${part} held ${most.parts[part]} of its share`);
  }
  assert.ok(most.resident <= memoryBound((budget + processItself) / mib), `resident ${most.resident}`);
}

test("ten times more entities than fit: random keys, a subscriber, a crash in between", async (t) => {
  const rooms = range(1, 10).map((n) => `crowd:${n}`);
  const keysOfRoom = Math.ceil((10 * fits) / rooms.length);
  const truth = new Map(rooms.map((room) => [room, { counts: new Map(), offset: 0, epoch: undefined }]));
  const client = connect(server);
  t.after(() => client.disconnect());
  const watcher = new MapWatcher(client, rooms[0]);
  await until("the subscription", () => watcher.syncs.length === 1);

  const started = (await actorsOf(server, "entity")).started;
  // One publisher at a time in a room, so that the offsets are known beforehand.
  const publishTo = async (room, chance, count) => {
    const known = truth.get(room);
    for (let left = count; left > 0; left -= batch) {
      const keys = range(1, batch).map(() => `k${chance.between(1, keysOfRoom)}`);
      const answers = await server.publish(
        room,
        keys.map((key) => ({ key, op: "increment", data: { n: 1 }, tags: { of: "the crowd" } })),
      );
      known.epoch ??= answers[0].epoch;
      assert.deepEqual(
        answers.map((answer) => [answer.epoch, answer.offset]),
        keys.map((_, i) => [known.epoch, known.offset + i + 1]),
      );
      known.offset += batch;
      for (const key of keys) known.counts.set(key, (known.counts.get(key) ?? 0) + 1);
    }
  };
  const publishAll = async (count) => {
    const waiting = [...rooms];
    await Promise.all(
      range(1, publishers).map(async () => {
        for (let room = waiting.pop(); room; room = waiting.pop()) await publishTo(room, random.fork(), count / rooms.length);
      }),
    );
  };

  const begun = Date.now();
  const stop = watchMemory();
  await publishAll(changes / 2);
  const took = Date.now() - begun;
  const most = await stop();
  const memory = await memoryOf(server);
  checkMemory(t, most);
  const live = cacheOf(memory, "entity", "live");
  const database = cacheOf(memory, "entity", "database");
  t.diagnostic(
    `${changes / 2} changes in ${took} ms; ${await liveActors(server, "entity")} of ${10 * fits} entities live (${fits} fit), ` +
      `${(await actorsOf(server, "entity")).started - started} started; live ${JSON.stringify(live)}, database ${JSON.stringify(database)}`,
  );
  assert.equal(live.hits + live.misses, changes / 2);
  assert.equal(database.hits + database.misses, live.misses - cacheOf(memory, "entity", "memory").hits);

  await server.kill();
  await server.restart();
  const again = watchMemory();
  await publishAll(changes / 2);
  checkMemory(t, await again());

  for (const [room, { counts, offset }] of truth) {
    const { rows } = await readEntities(server, room);
    assert.deepEqual(new Map(rows.map(({ key, data }) => [key, data.n])), counts, room);
    const history = (await readHistory(server, room)).rows.map((row) => row.offset);
    assert.deepEqual(history, range(history[0], offset));
  }
  await until("the subscriber has everything", () => watcher.offset === truth.get(rooms[0]).offset);
  assert.deepEqual(new Map([...watcher.state].map(([key, { n }]) => [key, n])), truth.get(rooms[0]).counts);
});

// The difference is what it takes to bring an entity back: told, not judged.
test("what an entity costs that has to be brought back", async (t) => {
  const time = async (keyOf) => {
    const took = [];
    for (const n of range(1, 300)) {
      const begun = process.hrtime.bigint();
      await server.publish("crowd:1", { key: keyOf(n), op: "increment", data: { n: 1 } });
      took.push(Number(process.hrtime.bigint() - begun) / 1e6);
    }
    took.sort((a, b) => a - b);
    return { p50: took[150], p99: took[297] };
  };
  await server.publish(
    "crowd:1",
    range(1, 300).map((n) => ({ key: `revived/${n}`, op: "set", data: { n } })),
  );
  const entities = Math.ceil(2 * fits);
  for (let n = 0; n < entities; n += 500) {
    await server.publish(
      "crowd:2",
      range(n, Math.min(n + 499, entities)).map((each) => ({ key: `other/${each}`, op: "set", data: { each } })),
    );
  }
  const before = (await actorsOf(server, "entity")).started;
  const passive = await time((n) => `revived/${n}`);
  const revived = (await actorsOf(server, "entity")).started - before;
  const live = await time(() => "revived/1");
  t.diagnostic(`over HTTP, in ms: live ${JSON.stringify(live)}, brought back ${JSON.stringify(passive)} (${revived} of 300)`);
});

for (const namespace of ["disk", "memory"]) {
  test(`ten times more rooms than fit, ${namespace}: those unused longest leave`, async (t) => {
    const fitting = Math.floor((await memoryOf(server)).parts.live.limit / 9_000);
    const rooms = range(1, 10 * fitting).map((n) => `${namespace}:small/${n}`);
    const counts = new Map();
    const stop = watchMemory();
    const waiting = [...rooms, ...range(1, 5 * fitting).map(() => rooms[random.between(0, rooms.length - 1)])];
    await Promise.all(
      range(1, publishers).map(async () => {
        for (let room = waiting.pop(); room; room = waiting.pop()) {
          const n = (counts.get(room) ?? 0) + 1;
          counts.set(room, n);
          await server.publish(room, { key: "k", op: "increment", data: { n: 1 } });
        }
      }),
    );
    checkMemory(t, await stop());
    await until("what is over the share has left", async () => {
      const { used, limit } = (await memoryOf(server)).parts.live;
      return used <= limit;
    });
    assert.ok((await liveActors(server, "room")) < 2 * fitting);
    for (let i = 0; i < 200; i += 1) {
      const room = rooms[random.between(0, rooms.length - 1)];
      const { rows } = await readEntities(server, room);
      assert.deepEqual(
        rows.map(({ data }) => data.n),
        [counts.get(room)],
      );
    }
  });
}

test("what is held is told, part by part, and adds up", async () => {
  const memory = await memoryOf(server);
  assert.equal(memory.budget, budget);
  const parts = Object.values(memory.parts);
  assert.equal(
    parts.reduce((sum, { limit }) => sum + limit, 0),
    budget,
  );
  assert.ok(memory.parts.database.used > 0 && memory.parts.live.used > 0 && memory.parts.tails.used > 0);
  assert.ok(memory.database.memtables > 0 && memory.database.memtables <= memory.parts.database.used);
  assert.ok(memory.resident > 0);
});

test("the metrics say the same", async () => {
  const { headers } = await fetch(`${server.adminUrl}/metrics`);
  assert.match(headers.get("content-type"), /^text\/plain; version=0\.0\.4/);
  const metrics = await metricsOf(server);
  const memory = await memoryOf(server);
  for (const [part, { limit }] of Object.entries(memory.parts)) {
    assert.equal(metrics.get(`memory_limit_bytes{part="${part}"}`), limit);
    assert.ok(metrics.get(`memory_usage_bytes{part="${part}"}`) >= 0);
  }
  const count = (type, level, result) => metrics.get(`cache_operations_total{type="${type}",level="${level}",result="${result}"}`);
  for (const type of ["entity", "stream", "page", "room", "dedupe"]) {
    for (const level of ["live", "memory", "database", "disk"]) {
      assert.ok(Number.isInteger(count(type, level, "hit")) && Number.isInteger(count(type, level, "miss")), `${type} ${level}`);
    }
  }
  const { hits, misses } = cacheOf(memory, "entity", "live");
  assert.ok(hits > 0 && misses > 0);
  assert.deepEqual([count("entity", "live", "hit"), count("entity", "live", "miss")], [hits, misses]);
  assert.equal(metrics.get("warm_up_over"), 1);
  assert.equal(metrics.get("warm_up_rooms_done"), memory.warm_up.rooms_done);
});
