// tidectl's commands about rooms on a real server: for people and as JSON, over both listeners, with every exit status.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { assertHarmless } from "./support/harmless.mjs";
import { sign, secret } from "./support/credentials.mjs";
import { entityPath } from "./support/http.mjs";
import { connect } from "./support/subscriber.mjs";
import { tidectl, tidectlDone } from "./support/tidectl.mjs";
import { until } from "./support/until.mjs";

const room = "sensor:lab";
let server;
let guarded;

before(async () => {
  server = await Server.start();
  for (let n = 1; n <= 3; n += 1)
    await server.publish(room, { key: `t${n}`, data: { type: "thermometer", state: n === 2 ? "off" : "ok", n } });
  await server.publish("log:deploys", { data: { version: "1.2" } });
  guarded = await Server.start({ dev: false, config: `[token]\nhmac_secret = "${secret}"\n` });
});

after(async () => {
  await server?.dispose();
  await guarded?.dispose();
});

const lines = ({ stdout }) => stdout.trimEnd().split("\n");
const done = async (...args) => {
  const ended = await tidectl(server, args);
  assert.equal(ended.status, 0, ended.stderr);
  return ended;
};

test("rooms are listed, all or by prefix, and cut by --limit", async () => {
  const listed = lines(await done("rooms"));
  assert.match(listed[0], /^ROOM +OFFSET +ENTITIES +EPOCH$/);
  assert.deepEqual(listed.slice(1).map((line) => line.split(/ +/).slice(0, 2)), [["log:deploys", "1"], ["sensor:lab", "3"]]);
  assert.deepEqual((await tidectlDone(server, ["rooms", "sensor:"])).json.rooms.map((each) => each.room), [room]);
  const cut = await done("rooms", "--limit", "1");
  assert.equal(lines(cut).length, 3);
  assert.match(cut.stdout, /there are more/);
  assert.match((await done("rooms", "nobody:")).stdout, /no rooms/);
  assert.deepEqual((await tidectlDone(server, ["rooms", "nobody:"])).json, { rooms: [] });
});

test("one room: where it stands; one that is not there is refused", async () => {
  assert.match((await done("room", room)).stdout, /^room +sensor:lab\noffset +3\nepoch +[0-9a-f]{16}\nentities +3\nsubscribers +0\n$/);
  assert.equal((await tidectlDone(server, ["room", room])).json.offset, 3);
  const unknown = await tidectl(server, ["room", "no:such"]);
  assert.equal(unknown.status, 1);
  assert.match(unknown.stderr, /^tidectl: nothing was ever published/);
  const told = await tidectl(server, ["room", "no:such", "--json"]);
  assert.equal(told.status, 1);
  assert.equal(told.json.error.type, "not-found");
});

test("entities: filters, parts of documents, and the past", async () => {
  assert.deepEqual(lines(await done("entities", room)).slice(1).map((line) => line.split(/ +/)[0]), ["t1", "t2", "t3"]);
  const some = await tidectlDone(server, ["entities", room, "--type", "thermometer", "--state", "off", "--fields", "n"]);
  assert.deepEqual(some.json.entities.map(({ key, data }) => [key, data]), [["t2", { n: 2 }]]);
  assert.equal(some.json.offset, 3);
  const then = await tidectlDone(server, ["entities", room, "--at", "1"]);
  assert.deepEqual(then.json.entities.map(({ key }) => key), ["t1"]);
  assert.match((await done("entities", room, "--source", "nobody")).stdout, /no such entities/);
  assert.equal((await tidectlDone(server, ["entities", room, "--limit", "2"])).json.entities.length, 2);
});

test("an entity: its document over several lines, now and before", async () => {
  const shown = await done("entity", room, "t2");
  assert.match(shown.stdout, /^key +t2\nversion +2\nupdated +\S+\ntags +state=off, type=thermometer\n\{\n  "type": "thermometer",/);
  assert.deepEqual((await tidectlDone(server, ["entity", room, "t2", "--fields", "n"])).json.data, { n: 2 });
  await server.publish("past:1", [{ key: "a", data: { n: 1 } }, { key: "a", data: { n: 2 } }]);
  assert.deepEqual((await tidectlDone(server, ["entity", "past:1", "a", "--at", "1"])).json.data, { n: 1 });
  assert.equal((await tidectl(server, ["entity", room, "nobody"])).status, 1);
});

test("publishing: keys, operations, conditions, tags, standard input, and once", async () => {
  assert.equal((await done("publish", "made:1", "--key", "k", '{"n": 1}', "--tag", "a=b", "--tag", "c=d=e")).stdout, "made:1: offset 1, version 1\n");
  assert.deepEqual((await server.request("GET", entityPath("made:1", "k"))).tags, { a: "b", c: "d=e" });
  await done("publish", "made:1", "--key", "k", "--op", "increment", '{"n": 4}');
  assert.deepEqual((await server.request("GET", entityPath("made:1", "k"))).data, { n: 5 });
  const late = await tidectl(server, ["publish", "made:1", "--key", "k", "{}", "--if-version", "1", "--json"]);
  assert.equal(late.status, 1);
  assert.equal(late.json.error.type, "version-conflict");
  const once = ["publish", "made:1", '"x"', "--idempotency-key", "i"];
  assert.deepEqual((await tidectlDone(server, once)).json, (await tidectlDone(server, once)).json);
  await tidectlDone(server, ["publish", "made:1", "--key", "read", "-"], { input: '{"from":\n"stdin"}\n' });
  assert.deepEqual((await server.request("GET", entityPath("made:1", "read"))).data, { from: "stdin" });
  await done("publish", "made:1", "--key", "k", "--op", "remove");
  assert.equal((await tidectl(server, ["entity", "made:1", "k"])).status, 1);
  await done("publish", "made:1", "--", "-5");
});

test("a wrong command line is told before the server is asked", async () => {
  const wrong = [
    ["publish", room, "{not json"], ["publish", room], ["publish", room, "1", "--op", "maybe"], ["publish", room, "1", "--tag", "x"],
    ["publish", room, "1", "--if-version", "-1"], ["entity", room], ["rooms", "--limit", "few"], ["nothing"], [],
  ];
  for (const args of wrong) assert.equal((await tidectl(null, ["--admin", "127.0.0.1:1", ...args])).status, 2, args.join(" "));
  assert.match((await tidectl(server, ["publish", room, "{not json"])).stderr, /no JSON/);
});

test("history: the newest, or from an offset on", async () => {
  for (let n = 1; n <= 30; n += 1) await server.publish("long:1", { data: n });
  const newest = lines(await done("history", "long:1"));
  assert.equal(newest.length, 20);
  assert.match(newest[0], /^11 +\S+ +- +11$/);
  assert.match(newest[19], /^30 /);
  const after_ = await tidectlDone(server, ["history", "long:1", "--since", "3", "--limit", "2"]);
  assert.deepEqual(after_.json.publications.map(({ offset }) => offset), [4, 5]);
  assert.equal((await tidectlDone(server, ["history", "long:1", "--limit", "0"])).json.publications.length, 30);
  assert.match((await done("history", "no:such")).stdout, /no publications/);
});

test("presence: who is subscribed now", async () => {
  assert.match((await done("presence", room)).stdout, /nobody/);
  const client = connect(server);
  const subscription = client.newSubscription(room);
  subscription.subscribe();
  await until("subscribed", () => subscription.state === "subscribed");
  const clients = (await tidectlDone(server, ["presence", room])).json.clients;
  assert.equal(clients.length, 1);
  assert.match((await done("presence", room)).stdout, new RegExp(`^CLIENT +USER +INFO\n${clients[0].client}`));
  client.disconnect();
});

test("without a token the operators' listener is asked first; a server that has not these paths there is asked at the other", async () => {
  const { host: admin } = new URL(guarded.adminUrl);
  const { host } = new URL(guarded.url);
  const token = sign({ scope: "read publish" });
  const asked = (args) => tidectl(null, args);
  // With a token the public listener alone is asked: the other address leads nowhere.
  const published = await asked(["publish", "a:1", "1", "--token", token, "--server", host, "--admin", "127.0.0.1:1"]);
  assert.equal(published.status, 0, published.stderr);
  // Whoever names the public one alone means it.
  const nameless = await asked(["rooms", "--server", host]);
  assert.equal(nameless.status, 1);
  assert.match(nameless.stderr, /--token/);
  assert.equal((await tidectl(null, ["rooms"], { env: { TIDEWIRE_SERVER: host, TIDEWIRE_TOKEN: token } })).status, 0);
  // What was named on the command line counts, not the environment.
  assert.equal((await tidectl(null, ["rooms", "--server", host], { env: { TIDEWIRE_ADMIN: "127.0.0.1:1", TIDEWIRE_TOKEN: token } })).status, 0);
  assert.equal((await asked(["rooms", "--admin", "127.0.0.1:1", "--server", host])).status, 3);
  assert.equal((await tidectl(server, ["rooms"])).status, 0);
  assert.notEqual((await asked(["room", "a:1", "--admin", admin, "--server", host])).status, 3);
});

test("a token that is good for nothing, and a server that is not there", async () => {
  const { host } = new URL(guarded.url);
  const bad = await tidectl(null, ["rooms", "--server", host, "--token", "nonsense"]);
  assert.equal(bad.status, 1);
  const forbidden = await tidectl(null, ["publish", "a:1", "1", "--server", host, "--token", sign({ scope: "read" })]);
  assert.equal(forbidden.status, 1);
  for (const args of [["rooms"], ["room", room], ["entities", room], ["entity", room, "t1"], ["publish", room, "1"], ["history", room], ["presence", room], ["tail", room]]) {
    const away = await tidectl(null, ["--admin", "127.0.0.1:1", "--server", "127.0.0.1:1", ...args]);
    assert.equal(away.status, 3, args.join(" "));
    assert.match(away.stderr, /^tidectl: cannot connect to 127\.0\.0\.1:1/);
  }
  const told = await tidectl(null, ["--admin", "127.0.0.1:1", "--json", "rooms"]);
  assert.equal(told.json.error.type, "unavailable");
});

test("nothing hostile reaches a terminal raw, of names, keys, tags or documents", async () => {
  const turned = "x\u202ey\u009b31mz\u007f";
  const odd = "x\u202ey"; // control characters are refused in names, keys and tags, but not in documents
  const hostileRoom = `odd:${odd}`;
  await server.publish(hostileRoom, [
    { key: odd, data: { type: turned, text: "\u001b]0;title\u0007\u001b[2J", [turned]: turned }, tags: { tag: odd } },
    { data: `\u001b[31m${turned}` },
  ]);
  const commands = [
    ["rooms", "odd:"], ["room", hostileRoom], ["entities", hostileRoom], ["entity", hostileRoom, odd], ["history", hostileRoom],
    ["tail", hostileRoom, "--since", "0", "--count", "2"], ["publish", hostileRoom, `"${turned}"`], ["room", `no:${turned}`],
    ["entity", hostileRoom, `${turned}-`], ["presence", hostileRoom],
  ];
  for (const args of commands)
    for (const more of [[], ["--json"]]) {
      const ended = await tidectl(server, [...args, ...more]);
      assert.ok([0, 1].includes(ended.status), `${args}: ${ended.stderr}`);
      assertHarmless(ended.stdout);
      assertHarmless(ended.stderr);
    }
  const { json } = await tidectlDone(server, ["entity", hostileRoom, odd]);
  assert.equal(json.key, odd);
  assert.equal(json.data[turned], turned);
  assert.match((await done("entity", hostileRoom, odd)).stdout, /x\\u202ey\\x9b31mz\\x7f/);
});
