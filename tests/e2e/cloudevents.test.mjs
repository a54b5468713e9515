// CloudEvents 1.0 from the npm SDK as it is, in all three modes: what it sends is understood, and what is wrong is named.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { CloudEvent, emitterFor, HTTP, httpTransport, Mode } from "cloudevents";
import { Server } from "../support/server.mjs";
import { call, entityPath, eventsPath, readHistory } from "./support/http.mjs";

let server;

before(async () => {
  server = await Server.start();
});

after(async () => {
  await server?.dispose();
});

const get = async (room, key) => (await call(server, "GET", entityPath(room, key))).body.data;
const any = "/api/v1/events";

// What the SDK's emitter says that the server answered.
async function emit(mode, target, event) {
  const { body } = await emitterFor(httpTransport(server.url + target), { mode })(event);
  return JSON.parse(body);
}

const attributes = { id: "1", source: "/sdk", type: "com.example.reading" };
const headers = { "ce-specversion": "1.0", "ce-id": "1", "ce-source": "/hand", "ce-type": "t", "Content-Type": "application/json" };

for (const [name, mode] of [["binary", Mode.BINARY], ["structured", Mode.STRUCTURED]]) {
  test(`${name} mode: what the SDK emits is applied, once`, async () => {
    const room = `events:${name}`;
    const event = new CloudEvent({ ...attributes, subject: "cpu/0", room, data: { load: 0.5, text: "ä €" } });
    const answer = await emit(mode, any, event);
    assert.deepEqual(answer, { room, epoch: answer.epoch, offset: 1, version: 1 });
    assert.deepEqual(await get(room, "cpu/0"), { load: 0.5, text: "ä €" });
    assert.deepEqual(await emit(mode, any, event), answer, "again: the first answer");

    await emit(mode, eventsPath(room), new CloudEvent({ ...attributes, id: "2", subject: "cpu/0", op: "set", data: [1, "two"] }));
    assert.deepEqual(await get(room, "cpu/0"), [1, "two"]);
    await emit(mode, eventsPath(room), new CloudEvent({ ...attributes, id: "3", subject: "n", op: "increment", data: { n: 2 } }));
    assert.deepEqual(await get(room, "n"), { n: 2 });
    assert.equal((await emit(mode, eventsPath(room), new CloudEvent({ ...attributes, id: "4", data: { alone: true } }))).version, undefined);
    const late = new CloudEvent({ ...attributes, id: "5", subject: "n", ifversion: 1, data: {} });
    assert.equal((await emit(mode, eventsPath(room), late)).type, "/problems/version-conflict");
    const { rows } = await readHistory(server, room);
    assert.deepEqual(rows.map(({ data }) => data), [{ load: 0.5, text: "ä €" }, [1, "two"], { n: 2 }, { alone: true }]);
  });
}

test("binary and structured mode are one event: an id of one is known in the other", async () => {
  const room = "events:both";
  const event = new CloudEvent({ ...attributes, subject: "a b", room, data: { n: 1 } });
  assert.deepEqual(await emit(Mode.STRUCTURED, any, event), await emit(Mode.BINARY, any, event));
  assert.deepEqual(await get(room, "a b"), { n: 1 });
});

test("batch mode: events as the SDK writes them", async () => {
  const room = "events:batch";
  const events = [1, 2, 3].map((n) => new CloudEvent({ ...attributes, id: `b${n}`, subject: `k${n}`, room, data: { n } }));
  const body = `[${events.map((event) => HTTP.structured(event).body).join(",")}]`;
  const batch = { "Content-Type": "application/cloudevents-batch+json" };
  const { status, body: answer } = await call(server, "POST", any, { body, headers: batch });
  assert.equal(status, 200, JSON.stringify(answer));
  assert.deepEqual(answer.map(({ version }) => version), [1, 2, 3]);
  assert.deepEqual((await call(server, "POST", any, { body, headers: batch })).body, answer);
});

test("data in binary mode: JSON, or text that becomes a string; anything else is 415", async () => {
  const send = (type, body, id) =>
    call(server, "POST", eventsPath("events:data"), { body, headers: { ...headers, "ce-id": id, "ce-subject": id, "Content-Type": type } });
  assert.equal((await send("application/vnd.example+json; charset=utf-8", '{"n":1.0}', "json")).status, 200);
  assert.equal((await send("text/plain", 'a "text"\nof two lines', "text")).status, 200);
  assert.deepEqual(await get("events:data", "json"), { n: 1 });
  assert.equal(await get("events:data", "text"), 'a "text"\nof two lines');
  for (const type of ["application/octet-stream", "application/xml", "image/png", "text/plain; charset=latin1"]) {
    const { status, body } = await send(type, "x", "other");
    assert.equal(status, 415, type);
    assert.equal(body.type, "/problems/unsupported-media-type");
  }
  assert.equal((await send("application/json", '1,"room":"elsewhere"', "tricky")).status, 400);
});

test("what is missing or wrong is named by its header", async () => {
  const send = (changes, body = "1") => {
    const sent = { ...headers, ...changes };
    for (const [name, value] of Object.entries(sent)) if (value === undefined) delete sent[name];
    return call(server, "POST", eventsPath("events:wrong"), { body, headers: sent });
  };
  for (const name of ["ce-id", "ce-source", "ce-type", "ce-specversion"]) {
    const { status, body } = await send({ [name]: undefined });
    assert.equal(status, 400);
    assert.equal(body.detail, `${name}: is missing`);
  }
  for (const [name, value] of [
    ["ce-specversion", "0.3"],
    ["ce-time", "2018-04-05T18:31Z"],
    ["ce-subject", ""],
    ["ce-subject", "%C0%A0"],
    ["ce-subject", "100%"],
    ["ce-dataschema", "relative"],
    ["ce-datacontenttype", "application/json"],
    ["ce-op", "spoil"],
    ["ce-ttl", "soon"],
    ["ce-room", "events:other"],
    ["ce-my-name", "x"],
  ]) {
    const { status, body } = await send({ [name]: value });
    assert.equal(status, 400, `${name}: ${value}`);
    assert.equal(body.type, "/problems/bad-request");
    assert.ok(body.detail.startsWith(`${name}: `), body.detail);
  }
  assert.match((await send({ "ce-subject": "k" }, "{")).body.detail, /^the body: /);
  assert.equal((await call(server, "GET", `/api/v1/rooms/${encodeURIComponent("events:wrong")}`)).status, 404, "nothing was changed");
});

test("Idempotency-Key beside an event's own id is refused in binary mode too", async () => {
  const answer = await call(server, "POST", eventsPath("events:twice"), { body: "1", headers: { ...headers, "Idempotency-Key": '"x"' } });
  assert.equal(answer.status, 400);
});
