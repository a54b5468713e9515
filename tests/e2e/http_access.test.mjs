// Without --dev nobody reads or publishes over HTTP without a token of the server's secret and its scope.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { signToken } from "../support/token.mjs";
import { call, entityPath, eventsPath, roomPath } from "./support/http.mjs";

const secret = "a secret of at least thirty-two bytes";
const room = "guarded:1";
const reads = [
  ["GET", `${roomPath(room)}/entities`],
  ["GET", "/api/v1/rooms"],
  ["GET", roomPath(room)],
  ["GET", entityPath(room, "a")],
  ["GET", `${roomPath(room)}/history`],
];
const writes = [
  ["POST", eventsPath(room)],
  ["PUT", entityPath(room, "a")],
  ["DELETE", entityPath(room, "a")],
];

let server;

before(async () => {
  server = await Server.start({ dev: false, config: `[token]\nhmac_secret = "${secret}"\n` });
});

after(async () => {
  await server?.dispose();
});

const tokenFor = (scope, claims = {}) => signToken(secret, { sub: "integration", scope, ...claims });
const request = ([method, path], token) =>
  call(server, method, path, { token, body: method === "GET" || method === "DELETE" ? undefined : { data: 1 } });

test("401 without a token, or with one that is worth nothing", async () => {
  const worthless = [
    undefined,
    "nonsense",
    signToken("another secret of thirty-two bytes!!", { sub: "x", scope: "read publish" }),
    tokenFor("read publish", { exp: 1 }),
  ];
  for (const token of worthless) {
    for (const asked of [...reads, ...writes]) {
      const refused = await request(asked, token);
      assert.equal(refused.status, 401, asked.join(" "));
      assert.match(refused.headers.get("content-type"), /^application\/problem\+json/);
      assert.match(refused.headers.get("www-authenticate"), /^Bearer/);
    }
  }
});

test("403 without the scope", async () => {
  for (const asked of reads) assert.equal((await request(asked, tokenFor("publish"))).status, 403, asked.join(" "));
  for (const asked of writes) assert.equal((await request(asked, tokenFor("read"))).status, 403, asked.join(" "));
  for (const asked of [...reads, ...writes]) assert.equal((await request(asked, tokenFor(undefined))).status, 403, asked.join(" "));
  assert.equal((await request(reads[0], tokenFor("reader"))).status, 403, "a scope is a whole word");
});

test("with the scopes both work", async () => {
  const token = tokenFor("publish read");
  for (const asked of writes) assert.ok((await request(asked, token)).status < 300, asked.join(" "));
  await call(server, "PUT", entityPath(room, "a"), { token, body: { x: 1 } });
  for (const asked of reads) assert.equal((await request(asked, token)).status, 200, asked.join(" "));
});

test("an idempotency id belongs to its caller", async () => {
  const item = { key: "n", op: "increment", data: { n: 1 }, idempotency_key: "same" };
  const offsets = [];
  for (const sub of ["ann", "bob", "ann"]) {
    const { body } = await call(server, "POST", eventsPath(room), { token: tokenFor("publish", { sub }), body: item });
    offsets.push(body.offset);
  }
  assert.equal(offsets[0], offsets[2]);
  assert.notEqual(offsets[0], offsets[1]);
});

test("the probes and the page are open to all", async () => {
  for (const path of ["/livez", "/readyz"]) assert.equal((await call(server, "GET", path)).status, 200);
  assert.notEqual((await call(server, "GET", "/")).status, 401);
});
