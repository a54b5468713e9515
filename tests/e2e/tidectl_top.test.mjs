// tidectl top on a real server: on a terminal with keys, sizes and a server that dies; without one, a snapshot.
import assert from "node:assert/strict";
import path from "node:path";
import { after, before, test } from "node:test";
import { Server, binary } from "../support/server.mjs";
import { assertHarmless } from "./support/harmless.mjs";
import { Terminal } from "./support/terminal.mjs";
import { tidectl, tidectlDone } from "./support/tidectl.mjs";

const tool = process.env.TIDECTL_BIN ?? path.join(path.dirname(binary), "tidectl");
let server;
let terminal;

before(async () => {
  server = await Server.start();
  await server.publish("sensor:a", [{ key: "t1", data: { n: 1 } }, { data: 2 }]);
});

after(async () => {
  terminal?.kill();
  await server?.dispose();
});

test("on a terminal: it lives, obeys keys, takes another size, says that the server is away, and ends clean", async () => {
  terminal = new Terminal([tool, "top", "--interval", "0.2", "--admin", new URL(server.adminUrl).host], { rows: 40, columns: 120 });
  await terminal.shows(/tidectl top +127\.0\.0\.1:\d+ +ready/);
  await terminal.shows(/kinds of actors, \d+ by time/);
  await terminal.shows(/journal +2 /);
  terminal.type("s");
  await terminal.shows(/kinds of actors, \d+ by handled/);
  terminal.type("/gate\r");
  await terminal.shows(/kinds of actors, 1 by handled +filter: gate\n/);
  terminal.type("\x1b");
  await terminal.shows(/kinds of actors, (?!1 )\d+ by handled\n/);
  terminal.type("h");
  await terminal.shows(/any key goes back/);
  terminal.type("x");
  await terminal.shows(/kinds of actors/);
  terminal.type("p");
  await terminal.shows(/\(paused\)/);
  terminal.type("p");
  terminal.resize(10, 40);
  await terminal.shows(/1-4 page  s sort/);
  assert.ok(terminal.lines.every((line) => line.length <= 40));
  await server.kill();
  await terminal.shows(/AWAY: can/); // cut to the width
  terminal.type("q");
  assert.equal(await terminal.exitStatus(), 0, terminal.errors);
  assert.equal(terminal.errors, ""); // the terminal is as it was
  await server.restart();
});

test("Ctrl-C ends it as well, and leaves the terminal as it was", async () => {
  terminal = new Terminal([tool, "top", "--admin", new URL(server.adminUrl).host]);
  await terminal.shows(/ready/);
  terminal.type("\x03");
  assert.equal(await terminal.exitStatus(), 0);
  assert.equal(terminal.errors, "");
});

test("without a terminal, with --once and with --json it prints one snapshot", async () => {
  for (const args of [["top", "--interval", "0.2"], ["top", "--once", "--interval", "0.2"]]) {
    const once = await tidectl(server, args);
    assert.equal(once.status, 0, once.stderr);
    assert.match(once.stdout, /ready\n[^]*kinds of actors, \d+ by time[^]*hot rooms[^]*slow clients/);
    assertHarmless(once.stdout);
  }
  const { json } = await tidectlDone(server, ["top", "--interval", "0.2"]);
  assert.equal(json.ready, true);
  assert.ok(json.kinds.some(({ kind, started }) => kind === "journal" && started === 2));
  assert.ok("publications_per_s" in json.figures);
  assert.ok(json.memory.resident > 0);
});

test("a server that is not there, and a wrong command line", async () => {
  assert.equal((await tidectl(null, ["top", "--admin", "127.0.0.1:1"])).status, 3);
  assert.equal((await tidectl(null, ["top", "--interval", "0"])).status, 2);
});
