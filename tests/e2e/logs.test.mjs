// The log as operators read it, and its levels, which they change while the server runs.
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { Server } from "../support/server.mjs";
import { until } from "./support/until.mjs";

async function started(t, options = {}) {
  const server = await Server.start(options);
  t.after(() => server.dispose());
  return server;
}

async function admin(server, path, method = "GET", body = undefined) {
  const response = await fetch(`${server.adminUrl}${path}`, {
    method,
    headers: { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

const logs = async (server, query = "") => (await admin(server, `/api/v1/logs${query}`)).body;

test("the last lines are there, by component and level, and a reader goes on behind what it has", async (t) => {
  const server = await started(t, { config: "[test]\nfaults = true\n" });
  const before = await logs(server);
  assert.ok(before.data.some(({ component, level, message }) => component === "server" && level === "info" && message.startsWith("memory budget=")));
  assert.equal(before.data.at(-1).id, before.last);
  await admin(server, "/test/faults", "POST", { kind: "gateway", messages: 1 });
  await fetch(`${server.url}/api/v1/rooms`);
  const after = await until("the crash is in the log", async () => {
    const page = await logs(server, `?after=${before.last}&level=error`);
    return page.data.length > 0 && page;
  });
  assert.equal(after.data[0].component, "actors");
  assert.match(after.data[0].message, /actor crashed: actor="gateway" .*injected fault/);
  assert.match(after.data[0].time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.ok((await logs(server, `?after=${after.last}`)).data.every(({ id }) => id > after.last));
  assert.equal((await logs(server, "?component=server&limit=1")).data.length, 1);
  for (const wrong of ["?level=loud", "?limit=0", "?after=x", "?colour=red"])
    assert.equal((await admin(server, `/api/v1/logs${wrong}`)).status, 400, wrong);
});

test("a component's level is changed while the server runs, or that of all", async (t) => {
  const server = await started(t, { config: "[test]\nfaults = true\n" });
  const crash = async () => {
    await admin(server, "/test/faults", "POST", { kind: "gateway", messages: 1 });
    await fetch(`${server.url}/api/v1/rooms`);
    await until("it is up again", async () => (await fetch(`${server.url}/api/v1/rooms`)).status === 200);
  };
  await crash();
  const levels = (await admin(server, "/api/v1/log-levels")).body.components;
  assert.deepEqual([levels.actors, levels.supervision, levels.server], ["info", "info", "info"]);
  const changed = await admin(server, "/api/v1/log-levels", "PUT", { component: "actors", level: "off" });
  assert.deepEqual([changed.status, changed.body.components.actors, changed.body.components.supervision], [200, "off", "info"]);
  const { last } = await logs(server);
  await crash();
  const told = (await logs(server, `?after=${last}`)).data.map(({ component }) => component);
  assert.ok(told.includes("supervision") && !told.includes("actors"), told.join());
  assert.equal((await admin(server, "/api/v1/log-levels", "PUT", { level: "warn" })).body.components.actors, "warn");
  assert.equal((await admin(server, "/api/v1/log-levels", "PUT", { component: "nobody", level: "warn" })).status, 404);
  for (const wrong of [{}, { level: "loud" }, { level: 3 }, { level: "warn", when: "now" }])
    assert.equal((await admin(server, "/api/v1/log-levels", "PUT", wrong)).status, 400, JSON.stringify(wrong));
});

test("a handler that takes too long is named in the log", async (t) => {
  const server = await started(t, { config: "[statistics]\nslow_handler = 1\n" });
  const changes = Array.from({ length: 1_000 }, (_, n) => ({ key: `k${n}`, data: { text: "x".repeat(2_000) } }));
  const slow = await until("a handler took longer than a millisecond", async () => {
    await server.publish("a", changes);
    return (await logs(server, "?component=actors")).data.find(({ message }) => message.startsWith("slow handler: actor="));
  });
  assert.match(slow.message, /^slow handler: actor=".+" id=\d+ ms=\d+ types="/);
});

test("with [log] format = \"json\" every line is an object, whatever its message holds", async (t) => {
  const server = await started(t, { config: '[log]\nformat = "json"\n[test]\nfaults = true\n' });
  const directory = "\"quoted\" \u001b[31m\n{\"time\":\"forged\"}";
  await admin(server, "/api/v1/backups", "POST", { directory: path.join(server.folder, directory) });
  const said = await until("the line with the strange name", () => server.log.includes("forged") && server.log);
  const lines = said.split("\n").filter((line) => !/^(listening|admin) on 127/.test(line)).map((line) => JSON.parse(line));
  assert.ok(lines.length > 3);
  for (const line of lines) {
    assert.deepEqual(Object.keys(line), ["time", "level", "component", "message"]);
    assert.match(line.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.ok(["info", "warn", "error"].includes(line.level), line.level);
  }
  assert.ok(lines.some(({ level, component, message }) => level === "warn" && component === "server" && message.startsWith("test.faults is on")));
  const strange = lines.find(({ message }) => message.includes("forged"));
  assert.equal(strange.component, "operations");
  assert.ok(strange.message.includes(directory), strange.message);
  assert.ok((await logs(server)).data.some(({ message }) => message === strange.message));
});

test("the environment and the flag say the format, too; the flag is stronger", async (t) => {
  const environment = () => ({ TIDEWIRE_LOG_FORMAT: "json" });
  const line = async (options) => {
    const server = await started(t, { environment, ...options });
    return until("the line about memory", () => server.log.split("\n").find((each) => each.includes("memory budget=")));
  };
  assert.equal(JSON.parse(await line({})).component, "server");
  assert.match(await line({ args: ["--log-format", "text"] }), /^\d{4}-\S+ info server memory budget=/);
});
