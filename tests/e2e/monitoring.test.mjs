// The rules and the dashboard of deploy/ with Debian's Prometheus: promtool finds nothing to complain of, each alert is tested and fires where it
// should, a real Prometheus scrapes a running server, and whatever rules and dashboard name is there to be seen.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { Server, root } from "../support/server.mjs";
import { Prometheus, promtool, rulesFolder } from "./support/prometheus.mjs";
import { MapWatcher, connect } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const run = promisify(execFile);
const ownOfPrometheus = ["up"];
let server;
let client;
let prometheus;

before(async () => {
  server = await Server.start();
  await server.publish("watched:1", [{ key: "a", op: "set", data: { n: 1 } }]);
  client = connect(server);
  const map = new MapWatcher(client, "watched:1");
  await until("the subscription", () => map.syncs.length === 1);
  prometheus = await Prometheus.start(new URL(server.adminUrl).host);
});

after(async () => {
  client?.disconnect();
  await prometheus?.dispose();
  await server?.dispose();
});

const metricsOf = async () => (await fetch(`${server.adminUrl}/metrics`)).text();

// The names of metrics in an expression of PromQL: what is left without texts, labels, groupings, ranges and functions.
function namesIn(expression) {
  const bare = expression
    .replace(/"[^"]*"/g, "")
    .replace(/\{[^}]*\}/g, "")
    .replace(/\[[^\]]*\]/g, "")
    .replace(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, "")
    .replace(/\boffset\s+\w+/g, "")
    .replace(/(?<![\w:])\d+(\.\d+)?(e[+-]?\d+)?\b/g, "");
  const words = [...bare.matchAll(/[a-zA-Z_:][\w:]*(?!\s*\()(?![\w:])/g)].map(([word]) => word);
  return words.filter((word) => !["and", "or", "unless", "bool"].includes(word));
}

async function rules() {
  const { groups } = await prometheus.ask("rules");
  return groups.flatMap((group) => group.rules);
}

async function dashboardQueries() {
  const { panels, annotations } = JSON.parse(await readFile(path.join(root, "deploy/grafana/tidewire.json"), "utf8"));
  const targets = panels.flatMap((panel) => panel.targets ?? []).concat(annotations.list);
  return targets.map(({ expr }) =>
    expr.replaceAll("$job", "tidewire").replaceAll("$instance", ".*").replaceAll("$__rate_interval", "1m"),
  );
}

test("promtool has nothing to say of the configuration, the rules and the metrics", async () => {
  for (const args of [
    ["check", "config", "prometheus.yml"],
    ["check", "rules", "tidewire.rules.yml"],
    ["test", "rules", "tidewire.test.yml"],
  ]) {
    const { status, output } = await promtool(args);
    assert.equal(status, 0, output);
  }
  const checked = await promtool(["check", "metrics"], { input: await metricsOf() });
  assert.deepEqual(checked, { status: 0, output: "" });
  const wrong = await promtool(["check", "metrics"], { input: "# HELP a A.\n# TYPE a counter\na 1\n" });
  assert.notEqual(wrong.status, 0, "a counter without _total is noticed");
});

test("each alert has a test in which it fires", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "tidewire-rules-"));
  try {
    await cp(rulesFolder, folder, { recursive: true });
    const text = await readFile(path.join(folder, "tidewire.rules.yml"), "utf8");
    const names = [...text.matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
    assert.ok(names.length > 10);
    for (const name of names) {
      await writeFile(path.join(folder, "tidewire.rules.yml"), text.replace(`- alert: ${name}\n`, `- alert: ${name}Renamed\n`));
      const { status, output } = await promtool(["test", "rules", "tidewire.test.yml"], { cwd: folder });
      assert.notEqual(status, 0, `without ${name} the tests pass`);
      assert.match(output, new RegExp(`alertname: ?${name}`));
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("Prometheus sees the server, and loads every rule", async () => {
  await until("the target is up", async () => (await prometheus.query('up{job="tidewire"}'))[0]?.value === 1);
  const targets = async () => (await prometheus.ask("targets")).activeTargets.map(({ health }) => health);
  await until("its own word for it", async () => (await targets()).join() === "up");
  await until("a metric of the server", async () => (await prometheus.query('server_ready{job="tidewire"}'))[0]?.value === 1);
  await until("the rules are evaluated", async () => (await rules()).every(({ health }) => health === "ok"));
  const loaded = (await rules()).map(({ name }) => name);
  const text = await readFile(path.join(rulesFolder, "tidewire.rules.yml"), "utf8");
  const written = [...text.matchAll(/- (?:alert|record): ([\w:]+)/g)].map(([, name]) => name);
  assert.deepEqual([...loaded].sort(), [...written].sort());
});

test("every query of the dashboard is PromQL, and the file is what its generator writes", async () => {
  const queries = await dashboardQueries();
  assert.ok(queries.length > 30);
  for (const query of queries) await prometheus.query(query);
  await run(path.join(root, "deploy/grafana/make.py"), ["--check"]);
  await assert.rejects(prometheus.query("sum by (rate("));
});

test("the panels of the dashboard do not overlap", async () => {
  const { panels } = JSON.parse(await readFile(path.join(root, "deploy/grafana/tidewire.json"), "utf8"));
  const taken = new Set();
  for (const { title, gridPos } of panels) {
    assert.ok(gridPos.x + gridPos.w <= 24, title);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
        assert.ok(!taken.has(`${x},${y}`), `${title} lies on another panel`);
        taken.add(`${x},${y}`);
      }
    }
  }
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
});

test("whatever rules and dashboard name is exported", async () => {
  const text = await metricsOf();
  const exported = new Set([...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name));
  const recorded = (await rules()).filter(({ type }) => type === "recording").map(({ name }) => name);
  const expressions = [...(await dashboardQueries()), ...(await rules()).map(({ query }) => query)];
  const named = new Set(expressions.flatMap(namesIn).map((name) => name.replace(/_(bucket|sum|count)$/, "")));
  assert.ok(named.has("memory_usage_bytes") && named.has("http_request_duration_seconds"), [...named].join(" "));
  const known = [...exported, ...recorded, ...ownOfPrometheus];
  assert.deepEqual(
    [...named].filter((name) => !known.includes(name)),
    [],
    "named, but nobody exports it",
  );
});

test("Prometheus notices that the server dies", async () => {
  const pending = async () => (await rules()).find(({ name }) => name === "TidewireDown").state;
  await until("the target is up", async () => (await prometheus.query('up{job="tidewire"}'))[0]?.value === 1);
  await server.kill();
  await until("the alert is pending", async () => (await pending()) === "pending");
});
