// What docs/operating.md tells an operator to type in the first incident is there to be typed: paths of both listeners, commands of tidectl, and keys
// of the configuration.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { Server, binary, root } from "../support/server.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";

const run = promisify(execFile);
const tidectl = path.join(path.dirname(binary), "tidectl");
let server;
let client;
let text;

before(async () => {
  server = await Server.start();
  client = await ProtocolClient.connect(server);
  await server.publish("ROOM", { key: "a", op: "set", data: 1 });
  const page = await readFile(path.join(root, "docs/operating.md"), "utf8");
  text = page.split("\n## The first incident\n")[1].split("\n## ")[0];
});

after(async () => {
  client?.terminate();
  await server?.dispose();
});

const pathsOf = (pattern) => [...new Set([...text.matchAll(pattern)].map(([, found]) => found))];

test("the paths that are named answer", async () => {
  const paths = pathsOf(/\bA(\/[\w/-]+)/g).concat(pathsOf(/127\.0\.0\.1:8001(\/[\w/-]+)/g));
  assert.ok(paths.includes("/readyz") && paths.includes("/api/v1/actors"), paths.join(" "));
  const absent = [];
  for (const each of new Set(paths)) {
    const there = each.replace("SESSION", client.hello.client);
    if ((await fetch(server.adminUrl + there)).status === 404) absent.push(each);
  }
  assert.deepEqual(absent, []);
  for (const each of pathsOf(/127\.0\.0\.1:8000(\/[\w/-]+)/g)) assert.equal((await fetch(server.url + each)).status, 200, each);
});

test("the commands of tidectl that are named exist", async () => {
  const commands = pathsOf(/tidectl (\w+)/g);
  assert.ok(commands.includes("quarantine") && commands.includes("export"));
  const { stdout: help } = await run(tidectl, ["--help"]);
  for (const each of commands) assert.match(help, new RegExp(`^ +${each} `, "m"));
  assert.doesNotMatch(help, /^ +nothing /m);
});

test("the members of answers that are named are there", async () => {
  const websocket = await (await fetch(`${server.adminUrl}/api/v1/websocket/metrics`)).json();
  for (const name of pathsOf(/`slow\.(\w+)/g)) assert.ok(name in websocket.slow, name);
  const access = await (await fetch(`${server.adminUrl}/api/v1/access/metrics`)).json();
  for (const name of ["credentials", "origins"]) assert.ok(name in access.refused && text.includes(`\`${name}\``), name);
  assert.ok("failed" in access.token_keys && "connections_refused" in access);
});
