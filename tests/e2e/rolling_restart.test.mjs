// A rolling restart under load, as an upgrade of the package does it: SIGTERM, the end of the drain, a start with the same address and data, again and
// again, with SIGHUP in between; straight, and behind the proxies of deploy/. ROLLING_RESTARTS=n for the long form.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Server } from "../support/server.mjs";
import { call, roomPath } from "./support/http.mjs";
import { Proxy } from "./support/proxy.mjs";
import { Random } from "./support/random.mjs";
import { RollingLoad, config, readiness } from "./support/rolling_load.mjs";
import { until } from "./support/until.mjs";

const ways = { straight: 3, nginx: 2, haproxy: 2 }; // → restarts
const changesBetween = 100;
const lookPauseMs = 5;

const random = Random.forTest("rolling_restart");

// Looks at /readyz of that address until told to stop; answers the statuses, in order.
function lookAt(url) {
  const seen = [];
  let over = false;
  const looking = (async () => {
    while (!over) {
      seen.push(await readiness(url));
      await delay(lookPauseMs);
    }
    return seen;
  })();
  return {
    seen,
    end() {
      over = true;
      return looking;
    },
  };
}

// SIGTERM: from some moment on the server is not ready, and it never says otherwise; it ends with 0, within its limits.
async function stop(server, front) {
  assert.equal(await readiness(server.adminUrl), 200);
  const looks = [lookAt(server.adminUrl), lookAt(front.url)];
  assert.equal(await server.stop(), 0);
  const [operators, clients] = await Promise.all(looks.map((look) => look.end()));
  assert.ok(operators.includes(503), `not one of ${operators.length} looks saw the drain`);
  for (const seen of [operators, clients]) {
    const unready = seen.findIndex((status) => status !== 200);
    assert.ok(unready >= 0 && !seen.slice(unready).includes(200), `ready again while it ends: ${seen}`);
  }
  assert.doesNotMatch(server.log, /connections left at the end of the drain/);
}

// A start: whoever is told that it is ready finds everything that was acknowledged before.
async function start(server, tops) {
  const look = lookAt(server.url);
  const starting = server.restart();
  starting.catch(() => look.end());
  await until("ready", () => look.seen.includes(200));
  for (const [room, top] of tops) {
    const { status, body } = await call(server, "GET", roomPath(room));
    assert.equal(status, 200, "ready, but a room cannot be read");
    assert.ok(body.offset >= top, `${room}: at ${body.offset}, ${top} was acknowledged`);
  }
  await starting;
  assert.equal(await readiness(server.adminUrl), 200);
  const seen = await look.end();
  assert.ok(!seen.slice(seen.indexOf(200)).some((status) => status !== 200), `not ready any more after the start: ${seen}`);
}

// SIGHUP takes effect, and nobody notices.
async function reload(server, load, level) {
  const before = load.interruptions;
  await writeFile(path.join(server.folder, "tidewire.toml"), `log_level = "${level}"\n${config}`);
  process.kill(server.pid, "SIGHUP");
  await until("the new level", async () => (await (await fetch(`${server.adminUrl}/api/v1/log-levels`)).json()).components.server === level);
  await load.moreChanges(changesBetween);
  assert.equal(await readiness(server.adminUrl), 200);
  assert.equal(load.interruptions, before, "somebody was interrupted by a reload");
}

for (const [way, short] of Object.entries(ways)) {
  const restarts = Number(process.env.ROLLING_RESTARTS ?? short);
  test(`${way}: ${restarts} restarts under load lose no publish and no delivery`, async (context) => {
    const server = await Server.start({ config });
    let front = server;
    let load;
    try {
      if (way !== "straight") front = await Proxy.start(way, server);
      load = await RollingLoad.open(server, front, random);
      for (let n = 1; n <= restarts; n += 1) {
        await load.moreChanges(random.below(changesBetween));
        await reload(server, load, n % 2 ? "warn" : "info");
        await delay(random.below(20)); // the random moment
        await stop(server, front);
        await start(server, load.tops());
        await load.everybodyIsBack(n);
      }
      await load.moreChanges(changesBetween);
      const tops = await load.judge(restarts);
      context.diagnostic(`${load.acknowledged} acknowledged changes, offsets up to ${tops}`);
    } finally {
      load?.close();
      if (front !== server) await front.dispose();
      await server.dispose();
    }
  });
}
