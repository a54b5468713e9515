// tidectl tail on a real server: live, through crashes and the unborn room without a gap, and a clean end.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { entityPath } from "./support/http.mjs";
import { Tail } from "./support/tail.mjs";
import { tidectl, tidectlDone } from "./support/tidectl.mjs";
import { until } from "./support/until.mjs";
import { range } from "./support/subscriber.mjs";

let server;
let tails = [];

before(async () => {
  server = await Server.start({ config: '[[namespace]]\nname = "short"\nhistory_size = 5\n' });
});

afterEach(async () => {
  for (const each of tails) await each.end();
  tails = [];
});

after(async () => {
  await server?.dispose();
});

function tail(...args) {
  const made = new Tail(server, args);
  tails.push(made);
  return made;
}

test("what happens is told as it happens, as lines of JSON", async () => {
  await server.publish("a:1", { key: "before", data: 1 });
  const watched = tail("a:1");
  assert.deepEqual((await watched.next()).live.offset, 1);
  await server.publish("a:1", [{ key: "k", data: { n: 1 } }, { data: "stream" }]);
  await server.request("DELETE", entityPath("a:1", "k"));
  const told = [await watched.next(), await watched.next(), await watched.next()];
  assert.deepEqual(told.map(({ offset, key, data, removed }) => [offset, key, data, removed]), [
    [2, "k", { n: 1 }, undefined],
    [3, undefined, "stream", undefined],
    [4, "k", undefined, true],
  ]);
  assert.equal(await watched.interrupt("SIGINT"), 0);
});

test("a server that is killed and comes back is followed on, with nothing missing and nothing twice", async () => {
  const watched = tail("kill:1");
  await watched.next();
  let sent = 0;
  for (const round of range(1, 3)) {
    await server.publish("kill:1", range(1, 20).map((n) => ({ data: sent + n })));
    sent += 20;
    if (round === 2) await watched.publications(30); // in the middle of what it is told
    await server.kill();
    await server.restart();
    await server.publish("kill:1", { data: (sent += 1) });
  }
  assert.deepEqual((await watched.publications(sent)).map(({ data }) => data), range(1, sent));
  assert.deepEqual(watched.publicationsSoFar.map(({ offset }) => offset), range(1, sent));
  assert.equal(watched.lines.some((line) => line.gap || line.reset), false);
  assert.equal(await watched.interrupt("SIGTERM"), 0);
});

test("a room that begins while the server is away for the reader is told from its first change on", async () => {
  const watched = tail("unborn:1");
  assert.equal((await watched.next()).live.offset, 0);
  await server.kill();
  await server.restart();
  await server.publish("unborn:1", [{ data: 1 }, { data: 2 }]);
  assert.deepEqual((await watched.publications(2)).map(({ data }) => data), [1, 2]);
});

test("--since begins behind an offset; what is not kept any more is told as a reset", async () => {
  await server.publish("since:1", range(1, 6).map((n) => ({ data: n })));
  const some = await tidectl(server, ["tail", "since:1", "--since", "4", "--count", "2", "--json"]);
  assert.equal(some.status, 0);
  assert.deepEqual(some.stdout.trim().split("\n").map((line) => JSON.parse(line).offset), [5, 6]);
  for (const n of range(1, 40)) await server.publish("short:1", { data: n });
  const first = async () => (await server.request("GET", "/api/v1/rooms/short:1/history?limit=1")).data[0].offset;
  await until("the first ones are not kept any more", async () => (await first()) > 2);
  await until("nor in memory", async () => (await tidectlDone(server, ["passivate", "short:1"])).json.passivated);
  const watched = tail("short:1", "--since", "1");
  assert.deepEqual(await watched.next(), { reset: {} });
  assert.equal((await watched.next()).live.offset, 40);
});

test("--key and --fields choose", async () => {
  const byKey = tail("choose:1", "--key", "t*");
  const byField = tail("choose:1", "--fields", "n");
  await byKey.next();
  await byField.next();
  await server.publish("choose:1", [{ key: "x", data: { n: 1, m: 1 } }, { key: "t1", data: { n: 1, m: 1 } }]);
  await server.publish("choose:1", { key: "t1", data: { m: 2 } }); // none of its fields
  await server.publish("choose:1", { key: "t1", data: { n: 3 } });
  assert.deepEqual((await byKey.publications(3)).map(({ offset }) => offset), [2, 3, 4]);
  const fields = await byField.publications(3);
  assert.deepEqual(fields.map(({ offset, data }) => [offset, data]), [[1, { n: 1 }], [2, { n: 1 }], [4, { n: 3 }]]);
});

test("for people: a line each; --count ends it; a reader that goes away ends it too", async () => {
  await server.publish("people:1", { key: "k", data: { a: 1 } });
  const shown = await tidectl(server, ["tail", "people:1", "--since", "0", "--count", "1"]);
  assert.equal(shown.status, 0);
  assert.match(shown.stdout, /^1 +\d{4}-\S+Z +k +\{"a":1\}\n$/);
  const watched = tail("people:1");
  await watched.next();
  watched.closeOutput();
  // It notices when it writes.
  await server.publish("people:1", [{ data: 1 }]);
  await server.publish("people:1", [{ data: 2 }]);
  assert.equal(await watched.ended(), 0);
});

test("--patience gives up, and says where", async () => {
  const away = await tidectl(null, ["tail", "a:1", "--patience", "1", "--admin", "127.0.0.1:1"]);
  assert.equal(away.status, 3);
  assert.match(away.stderr, /cannot connect/);
  assert.equal((await tidectlDone(server, ["tail", "a:1", "--since", "0", "--count", "1"])).json.offset, 1);
});
