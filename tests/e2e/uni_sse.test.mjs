// /connection/uni_sse: clients that only listen, to the rooms that their token subscribes them to; raw, and by npm `eventsource`.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { EventSource } from "eventsource";
import { Server } from "../support/server.mjs";
import { signToken } from "../support/token.mjs";
import { EventStream } from "./support/event_stream.mjs";
import { call } from "./support/http.mjs";
import { until } from "./support/until.mjs";

const secret = "a secret of at least thirty-two bytes";
let server;

before(async () => {
  server = await Server.start({ config: `[token]\nhmac_secret = "${secret}"\n[limits]\nping_interval_s = 1\npong_timeout_s = 1\n` });
});

after(async () => {
  await server?.dispose();
});

const now = () => Math.floor(Date.now() / 1000);
const tokenFor = (channels, claims = {}) => signToken(secret, { sub: "ada", exp: now() + 600, channels, ...claims });
const path = (request) => `/connection/uni_sse${request === undefined ? "" : `?${new URLSearchParams({ cf_connect: JSON.stringify(request) })}`}`;
const pushes = (stream) => stream.events.map(({ data }) => data).filter(Boolean);

test("connect, publications, pings without pongs, and the end, as bare pushes", async () => {
  const stream = await EventStream.open(server.url + path({ token: tokenFor(["uni:a", "uni:b"]) }));
  try {
    assert.equal(stream.response.headers.get("content-type"), "text/event-stream; charset=utf-8");
    await until("connect", () => pushes(stream).length > 0);
    const { connect } = pushes(stream)[0];
    assert.equal(connect.ping, 1);
    assert.equal(connect.pong, undefined);
    assert.deepEqual(Object.keys(connect.subs).sort(), ["uni:a", "uni:b"]);
    await server.publish("uni:a", { key: "k", data: { text: "two\nlines" } });
    await server.publish("uni:b", { data: 1 });
    await until("both publications", () => pushes(stream).filter(({ pub }) => pub).length === 2);
    assert.deepEqual(
      pushes(stream)
        .filter(({ pub }) => pub)
        .map(({ channel, pub }) => [channel, pub.offset, pub.data])
        .sort(),
      [
        ["uni:a", 1, { text: "two\nlines" }],
        ["uni:b", 1, 1],
      ],
    );
    await until("three pings", () => pushes(stream).filter((push) => Object.keys(push).length === 0).length === 3);
    await server.stop();
    await until("the end", () => stream.ended);
    assert.deepEqual(pushes(stream).at(-1), { disconnect: { code: 3001, reason: "shutdown" } });
  } finally {
    stream.close();
    await server.restart();
  }
});

test("without a request, by POST, and what is refused", async () => {
  const anonymous = await EventStream.open(server.url + path());
  await until("connect", () => pushes(anonymous).length > 0);
  assert.ok(pushes(anonymous)[0].connect.client);
  anonymous.close();

  const posted = await fetch(server.url + path(), { method: "POST", body: JSON.stringify({ token: tokenFor(["uni:posted"]) }) });
  const reader = posted.body.getReader();
  let text = "";
  while (!text.includes("\n\n")) text += new TextDecoder().decode((await reader.read()).value);
  assert.match(text, /^\r\ndata: \{"connect":\{.*"uni:posted"/);
  await reader.cancel();

  for (const cf_connect of ["[]", "1", "{", '{},"subscribe":{"channel":"x"}', '{}}\n{"id":2,"subscribe":{"channel":"x"}'])
    assert.equal((await call(server, "GET", `/connection/uni_sse?${new URLSearchParams({ cf_connect })}`)).status, 400, cf_connect);
  for (const [token, code] of [
    ["wrong", 3500],
    [tokenFor([], { exp: now() - 10 }), 3005],
  ]) {
    const refused = await EventStream.open(server.url + path({ token }));
    await until("the end", () => refused.ended);
    assert.equal(pushes(refused).at(-1).disconnect.code, code);
  }
});

test("npm eventsource listens, and comes back after kill -9", async () => {
  const source = new EventSource(server.url + path({ token: tokenFor(["uni:source"]) }));
  const told = [];
  source.onmessage = ({ data }) => told.push(JSON.parse(data));
  try {
    const connects = () => told.filter(({ connect }) => connect).length;
    const published = () => told.filter(({ pub }) => pub).map(({ pub }) => pub.data);
    await until("connect", () => connects() === 1);
    await server.publish("uni:source", { data: "before" });
    await until("the publication", () => published().length === 1);
    await server.kill();
    await server.restart();
    await until("connect again", () => connects() === 2);
    await server.publish("uni:source", { data: "after" });
    await until("the publication", () => published().length === 2);
    assert.deepEqual(published(), ["before", "after"]);
  } finally {
    source.close();
  }
});
