// The AsyncAPI document is true: what goes both ways over a connection has the schemas of its messages. TIDEWIRE_DOCUMENTS is the folder where
// the build has written it.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { ProtocolClient } from "../e2e/support/protocol_client.mjs";
import { until } from "../e2e/support/until.mjs";
import { Server } from "../support/server.mjs";

let server;
let document;
let validators;

before(async () => {
  server = await Server.start({ dev: true, config: `[[namespace]]\njoin_leave = true\nforce_push_join_leave = true` });
  document = JSON.parse(await readFile(join(process.env.TIDEWIRE_DOCUMENTS, "api/v1/asyncapi.json"), "utf8"));
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addSchema({ components: document.components }, "document");
  validators = Object.fromEntries(
    Object.keys(document.components.messages).map((name) => [name, ajv.getSchema(`document#/components/messages/${name}/payload`)]),
  );
});

after(async () => {
  await server?.dispose();
});

// The names of the messages that the object may be.
const namesOf = (object) => Object.keys(validators).filter((name) => validators[name](object));

function check(object, among) {
  const names = namesOf(object).filter(among);
  if (names.length === 1) return names[0];
  const wanted = Object.keys(object).find((key) => key !== "id");
  const told = validators[`${wanted}_reply`] ?? validators.publication_push;
  told(object);
  assert.fail(`${JSON.stringify(object)} is ${names.join(" and ") || "no message"}: ${JSON.stringify(told.errors)}`);
}

const fromServer = (name) => /_(reply|push)$/.test(name);

test("commands, replies and pushes are messages of the document, and all of them come", async () => {
  const room = "document:1";
  const seen = new Set();
  const commands = [
    ["subscribe", { channel: room, recover: true, offset: 0, epoch: "" }],
    ["publish", { channel: room, data: { n: 1 } }],
    ["publish", { channel: room, type: 1, key: "k", data: { n: 2 } }],
    ["publish", { channel: room, type: 1, key: "k", removed: true }],
    ["history", { channel: room, limit: -1, since: { offset: 0 } }],
    ["presence", { channel: room }],
    ["presence_stats", { channel: room }],
    ["subscribe", { channel: "document:2", type: 1, phase: 2, flag: 1, limit: 10, delta: "fossil" }],
    ["publish", { channel: "document:2", type: 1, key: "a", data: { a: 1 } }],
    ["publish", { channel: "document:2", type: 1, key: "a", data: { a: 2 } }],
    ["rpc", { method: "m", data: 1 }],
    ["subscribe", { channel: room }], // refused: it is there
    ["unsubscribe", { channel: "document:2" }],
    ["ping", {}],
  ];
  const client = await ProtocolClient.connect(server, {}, { dialect: "json" });
  const other = await ProtocolClient.connect(server, {}, { dialect: "json" });
  for (const [at, [method, request]] of commands.entries()) {
    seen.add(check({ id: at + 2, [method]: request }, (name) => name.endsWith("_command")));
    await client.sendAll({ [method]: request })[0];
  }
  await other.result("subscribe", { channel: room });
  await other.result("unsubscribe", { channel: room });
  await server.request("POST", `/api/v1/rooms/${encodeURIComponent(room)}/messages`, { data: "hello" });
  const unsubscribe = { channel: "document:3", user: "" };
  assert.ok(namesOf({ push: { channel: unsubscribe.channel, unsubscribe: { code: 2000, reason: "server unsubscribe" } } }).includes("unsubscribed_push"));
  await until("all pushes", () => client.received.some(({ push }) => push?.leave) && client.received.some(({ push }) => push?.message));
  for (const object of [...client.received, ...other.received]) {
    const { frame, ...told } = object;
    seen.add(check(told, fromServer));
  }
  for (const name of ["publication_push", "join_push", "leave_push", "message_push", "error_reply", "connect_reply"]) assert.ok(seen.has(name), name);
  for (const [method] of commands) assert.ok(seen.has(`${method}_command`), method);
  client.terminate();
  other.terminate();
});

test("what is no message is none", () => {
  for (const object of [{ id: 1 }, { id: 1, nonsense: {} }, { push: {} }, { push: { channel: "a", pub: { unknown: 1 } } }, { id: 0, ping: {} }]) {
    assert.deepEqual(namesOf(object).filter((name) => !["send_command"].includes(name)), [], JSON.stringify(object));
  }
});
