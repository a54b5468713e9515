// What any HTTP/1.1 client may rely on: keep-alive, pipelining, chunked bodies, HEAD, methods, and the probes of a service manager.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server } from "../support/server.mjs";
import { RawConnection, call, entityPath, eventsPath, readHistory } from "./support/http.mjs";
import { range } from "./support/subscriber.mjs";

let server;

before(async () => {
  server = await Server.start();
});

after(async () => {
  await server?.dispose();
});

const post = (room, body) =>
  `POST ${eventsPath(room)} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

test("livez and readyz, on the public port", async () => {
  for (const path of ["/livez", "/readyz", "/healthz", "/api/v1/health"]) {
    const answer = await call(server, "GET", path);
    assert.equal(answer.status, 200, path);
    assert.equal(answer.body.trim(), "ok");
  }
});

test("keep-alive: many requests on one connection, in turn", async () => {
  const connection = await RawConnection.open(server.port);
  for (const n of range(1, 50)) {
    connection.send(post("duties:alive", `{"data":${n}}`));
    const { status, body } = await connection.answer();
    assert.equal(status, 200);
    assert.equal(JSON.parse(body).offset, n);
  }
  connection.close();
});

test("pipelining: many requests at once, answered in their order", async () => {
  const connection = await RawConnection.open(server.port);
  const count = 40;
  connection.send(
    range(1, count)
      .map((n) => (n % 2 ? post("duties:pipe", `{"data":${n}}`) : "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"))
      .join(""),
  );
  const answers = [];
  for (let n = 0; n < count; n += 1) answers.push(await connection.answer());
  assert.ok(answers.every(({ status }) => status === 200));
  assert.deepEqual(
    answers.filter((_, index) => index % 2 === 0).map(({ body }) => JSON.parse(body).offset),
    range(1, count / 2),
  );
  assert.deepEqual(
    (await readHistory(server, "duties:pipe")).rows.map(({ data }) => data),
    range(1, count).filter((n) => n % 2),
  );
  connection.close();
});

test("a chunked body, in pieces", async () => {
  const connection = await RawConnection.open(server.port);
  connection.send(
    `POST ${eventsPath("duties:chunked")} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
  );
  for (const piece of ['{"da', 'ta":', '"wörld"}']) connection.send(`${Buffer.byteLength(piece).toString(16)};ext=1\r\n${piece}\r\n`);
  connection.send("0\r\nTrailer: x\r\n\r\n");
  assert.equal((await connection.answer()).status, 200);
  connection.send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n");
  assert.equal((await connection.answer()).status, 200, "the connection goes on");
  assert.equal((await readHistory(server, "duties:chunked")).rows[0].data, "wörld");
  connection.close();
});

test("Expect: 100-continue", async () => {
  const connection = await RawConnection.open(server.port);
  const body = '{"data":1}';
  connection.send(post("duties:expect", body).replace("Host: x", "Host: x\r\nExpect: 100-continue").slice(0, -body.length));
  assert.equal((await connection.answer()).status, 100);
  connection.send(body);
  assert.equal((await connection.answer()).status, 200);
  connection.close();
});

test("HEAD answers as GET would, without the body", async () => {
  await server.publish("duties:head", { key: "a", op: "set", data: { x: 1 } });
  const connection = await RawConnection.open(server.port);
  const path = entityPath("duties:head", "a");
  connection.send(`HEAD ${path} HTTP/1.1\r\nHost: x\r\n\r\nGET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
  const head = await connection.answer({ bodiless: true });
  const get = await connection.answer();
  assert.equal(head.status, 200);
  assert.equal(head.headers.get("etag"), get.headers.get("etag"));
  assert.equal(head.headers.get("content-length"), get.headers.get("content-length"));
  assert.equal(JSON.parse(get.body).data.x, 1);
  connection.close();
});

test("405 names the methods, OPTIONS too", async () => {
  const cases = [
    ["DELETE", eventsPath("a")],
    ["POST", "/api/v1/rooms"],
    ["POST", entityPath("a", "b")],
    ["PUT", "/livez"],
  ];
  for (const [method, path] of cases) {
    const refused = await call(server, method, path, { body: {} });
    assert.equal(refused.status, 405, `${method} ${path}`);
    assert.equal(refused.body.type, "/problems/method-not-allowed");
    const options = await call(server, "OPTIONS", path);
    assert.equal(options.status, 204);
    assert.equal(refused.headers.get("allow"), options.headers.get("allow"));
    assert.ok(!options.headers.get("allow").split(", ").includes(method));
  }
});

test("malformed requests end in 400 and the end of the connection", async () => {
  const broken = [
    "GET /livez HTTP/1.1\r\n\r\n",
    "GET /livez HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    "POST /api/v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "GET /livez\r\n\r\n",
    "nonsense\r\n\r\n",
  ];
  for (const request of broken) {
    const connection = await RawConnection.open(server.port);
    connection.send(request);
    assert.equal((await connection.answer()).status, 400, request);
    await connection.ended();
  }
});

test("a connection is closed on request", async () => {
  const connection = await RawConnection.open(server.port);
  connection.send("GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const answer = await connection.answer();
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("connection"), "close");
  await connection.ended();
});
