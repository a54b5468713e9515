// tidectl sessions, session and kick on a real server with real clients.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { connect } from "./support/subscriber.mjs";
import { tidectl, tidectlDone } from "./support/tidectl.mjs";
import { until } from "./support/until.mjs";

let server;
let client;

before(async () => {
  server = await Server.start();
  client = connect(server);
  const subscription = client.newSubscription("sensor:a");
  subscription.subscribe();
  await until("subscribed", () => subscription.state === "subscribed");
});

after(async () => {
  client?.disconnect();
  await server?.dispose();
});

const sessions = async (...args) => (await tidectlDone(server, ["sessions", ...args])).json.sessions;

test("connections are listed, also by user; one is shown with its subscriptions", async () => {
  const [row] = await sessions();
  assert.equal(row.subscriptions, 1);
  assert.equal((await sessions("--user", "nobody")).length, 0);
  const text = await tidectl(server, ["sessions", "--sort", "age"]);
  assert.equal(text.status, 0, text.stderr);
  assert.match(text.stdout, /^SESSION +USER +ADDRESS/);
  const shown = await tidectl(server, ["session", row.session]);
  assert.match(shown.stdout, /^sensor:a +stream /m);
});

test("kick ends a connection; an SDK comes back as another session", async () => {
  const [{ session }] = await sessions();
  const kicked = await tidectl(server, ["kick", session]);
  assert.equal(kicked.status, 0, kicked.stderr);
  await until("it is gone", async () => (await sessions()).every((each) => each.session !== session));
  assert.equal((await tidectl(server, ["session", session])).status, 1);
  assert.equal((await tidectl(server, ["kick", session])).status, 1);
});

test("a wrong command line, and a server that is away", async () => {
  assert.equal((await tidectl(server, ["sessions", "--sort", "name"])).status, 2);
  assert.equal((await tidectl(server, ["kick"])).status, 2);
  assert.equal((await tidectl(null, ["sessions", "--admin", "127.0.0.1:1"])).status, 3);
});
