// Tidewire behind nginx and HAProxy, with the configurations of deploy/: the official client, server-sent events, large bodies and streams of
// changes, a reload of the proxy while clients are connected, and kill -9 of the server behind it.
import assert from "node:assert/strict";
import http from "node:http";
import { after, before, describe, test } from "node:test";
import { Centrifuge } from "centrifuge";
import WebSocket from "ws";
import { Server } from "../support/server.mjs";
import { EventStream } from "./support/event_stream.mjs";
import { call, entityPath, eventsPath, readEntities, roomPath } from "./support/http.mjs";
import { Proxy, kinds } from "./support/proxy.mjs";
import { publishUntilAcknowledged } from "./support/publisher.mjs";
import { MapWatcher, StreamWatcher, connect, range } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const numbersOf = (watcher) => watcher.publications.map(({ data }) => data.n);
const offsetsOf = (watcher) => watcher.publications.map(({ offset }) => offset);

for (const kind of Object.keys(kinds)) {
  describe(kind, () => {
    let server;
    let proxy;

    before(async () => {
      server = await Server.start();
      proxy = await Proxy.start(kind, server);
    });

    after(async () => {
      await proxy?.dispose();
      await server?.dispose();
    });

    test("the official client subscribes and publishes, also without WebSocket", async () => {
      const client = connect(proxy);
      const map = new MapWatcher(client, "proxy:map");
      const stream = new StreamWatcher(client, "proxy:stream");
      await until("the subscriptions", () => map.syncs.length === 1 && stream.subscribed.length === 1);
      const plain = new Centrifuge([{ transport: "http_stream", endpoint: `${proxy.url}/connection/http_stream` }], {
        ...{ emulationEndpoint: `${proxy.url}/emulation`, fetch, readableStream: ReadableStream },
      });
      plain.on("error", () => {});
      server.atEnd(() => plain.disconnect());
      plain.connect();
      const other = new StreamWatcher(plain, "proxy:stream");
      await until("the subscription without WebSocket", () => other.subscribed.length === 1);
      for (const n of range(1, 50)) await (n % 2 ? client : plain).publish("proxy:stream", { n });
      await call(proxy, "PUT", entityPath("proxy:map", "lamp"), { body: { on: true } });
      await until("the changes", () => stream.publications.length === 50 && other.publications.length === 50 && map.state.size === 1);
      assert.deepEqual(numbersOf(stream), range(1, 50));
      assert.deepEqual(numbersOf(other), range(1, 50));
      assert.deepEqual(map.state.get("lamp"), { on: true });
      client.disconnect();
      plain.disconnect();
    });

    test("server-sent events come when they happen", async () => {
      const stream = await EventStream.open(`${proxy.url}${roomPath("proxy:events")}/stream`);
      try {
        assert.match(stream.response.headers.get("content-type"), /^text\/event-stream/);
        for (const n of range(1, 20)) {
          await call(proxy, "POST", eventsPath("proxy:events"), { body: { key: "k", op: "set", data: { n } } });
          await until(`event ${n}`, () => stream.state.get("k")?.n === n);
        }
      } finally {
        stream.close();
      }
      const watching = async () => (await call(server, "GET", roomPath("proxy:events"))).body.subscribers;
      await until("the server hears that the reader has gone", async () => (await watching()) === 0);
    });

    test("large bodies pass, and what is too large is refused by the server, not by the proxy", async () => {
      const items = range(1, 60).map((n) => ({ key: `large/${n}`, op: "set", data: { text: "x".repeat(100_000), n } }));
      const { status, body } = await call(proxy, "POST", eventsPath("proxy:large"), { body: items });
      assert.equal(status, 200, JSON.stringify(body).slice(0, 500));
      assert.equal((await readEntities({ url: proxy.url, request: server.request }, "proxy:large")).rows.length, 60);
      const refused = await call(proxy, "POST", eventsPath("proxy:large"), { body: [...items, ...items] });
      assert.deepEqual([refused.status, refused.body.type], [413, "/problems/payload-too-large"]);
    });

    test("a stream of changes is applied as it comes", async () => {
      const headers = { "Content-Type": "application/x-ndjson", "Transfer-Encoding": "chunked" };
      const request = http.request(`${proxy.url}/api/v1/ingest`, { method: "POST", headers });
      const answered = new Promise((resolve, reject) => request.once("response", resolve).once("error", reject));
      for (const n of range(1, 5)) {
        request.write(`${JSON.stringify({ room: "proxy:ingest", key: "k", op: "set", data: { n } })}\n`);
        await until(`line ${n}`, async () => (await call(server, "GET", entityPath("proxy:ingest", "k"))).body.data?.n === n);
      }
      request.end();
      const response = await answered;
      response.resume();
      assert.equal(response.statusCode, 200);
    });

    test("a reload of the proxy cuts nobody off", async () => {
      const client = connect(proxy);
      const stream = new StreamWatcher(client, "proxy:reload");
      await until("the subscription", () => stream.subscribed.length === 1);
      await proxy.reload();
      const late = connect(proxy);
      const lateStream = new StreamWatcher(late, "proxy:reload");
      await until("a subscription after the reload", () => lateStream.subscribed.length === 1);
      for (const n of range(1, 20)) await late.publish("proxy:reload", { n });
      await until("the changes", () => stream.publications.length === 20 && lateStream.publications.length === 20);
      assert.deepEqual(stream.interruptions, []);
      assert.deepEqual(numbersOf(stream), range(1, 20));
      client.disconnect();
      late.disconnect();
    });

    test("kill -9 of the server: the proxy says so, and clients recover what they missed", async () => {
      const room = "proxy:kill";
      const client = connect(proxy);
      const stream = new StreamWatcher(client, room);
      await until("the subscription", () => stream.subscribed.length === 1);
      const publish = (n) => publishUntilAcknowledged(proxy, room, { data: { n }, idempotency_key: `kill/${n}` });
      for (const n of range(1, 10)) await publish(n);
      await server.kill();
      await until("the proxy knows", async () => [502, 503].includes((await fetch(`${proxy.url}/readyz`)).status));
      const publishing = range(11, 30).reduce((before, n) => before.then(() => publish(n)), Promise.resolve());
      await server.restart();
      await publishing;
      await until("all that was missed", () => stream.publications.length >= 30);
      assert.deepEqual(numbersOf(stream), range(1, 30));
      assert.deepEqual(offsetsOf(stream), range(1, 30));
      assert.ok(stream.subscribed.slice(1).every(({ recovered }) => recovered));
      client.disconnect();
    });

    test("no token is written down", async () => {
      const stream = await EventStream.open(`${proxy.url}${roomPath("proxy:log")}/stream?access_token=a-secret`);
      stream.close();
      await until("the line of the log", async () => (await proxy.accesses()).includes("proxy%3Alog") || (await proxy.accesses()).includes("proxy:log"));
      assert.doesNotMatch(await proxy.accesses(), /a-secret/);
    });
  });

  test(`what a server behind ${kind} is told of its clients`, async () => {
    const seen = [];
    const server = http.createServer((request, response) => {
      if (request.headers["x-test"]) seen.push(request.headers);
      response.end("ok");
    });
    server.on("upgrade", (request, socket) => {
      seen.push(request.headers);
      socket.destroy();
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    let proxy;
    try {
      proxy = await Proxy.start(kind, { port: server.address().port });
      await until("the proxy trusts the server", async () => {
        const headers = { "X-Test": "1", Origin: "https://page.example", "X-Forwarded-Proto": "https" };
        return (await fetch(proxy.url, { headers })).status === 200;
      });
      const socket = new WebSocket(proxy.websocketUrl, { headers: { "X-Test": "1" } });
      await new Promise((resolve) => socket.once("error", resolve));
      const [plain, upgrade] = [seen.at(0), seen.at(-1)];
      assert.equal(plain.host, `127.0.0.1:${proxy.port}`);
      assert.equal(plain.origin, "https://page.example");
      assert.equal(plain["x-forwarded-for"], "127.0.0.1");
      assert.equal(plain["x-forwarded-proto"], "http", "what a client says of itself does not count");
      assert.notEqual(plain.connection, "close");
      assert.equal(upgrade.upgrade, "websocket");
      assert.match(upgrade.connection, /upgrade/i);
    } finally {
      await proxy?.dispose();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
}
