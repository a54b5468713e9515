// The operators' console in a real browser, on the admin listener of a real server: what is wrong is said at once, and healed from there.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { ProtocolClient } from "../e2e/support/protocol_client.mjs";
import { until } from "../e2e/support/until.mjs";
import { Server } from "../support/server.mjs";
import { launch, openPage, screenshot } from "./browser.mjs";

const waitMs = 30_000;
const config = "[test]\nfaults = true\n";

let browser;
let server;
let opened = [];

before(async () => {
  browser = await launch();
});

after(async () => {
  await browser?.close();
});

beforeEach(async () => {
  server = await Server.start({ config });
});

afterEach(async (context) => {
  for (const { close } of opened) await close();
  opened = [];
  if (context.error) console.error(server?.log);
  await server?.dispose();
});

async function open(hash = "", options = {}) {
  const result = await openPage(browser, `${server.adminUrl}/${hash}`, options);
  result.page.setDefaultTimeout(waitMs);
  opened.push(result);
  return result;
}

async function connect(t, room) {
  const client = await ProtocolClient.connect(server);
  t.after(() => client.terminate());
  await client.result("subscribe", { channel: room });
  return client;
}

async function shows(locator, text) {
  await locator.filter({ hasText: text }).first().waitFor({ timeout: waitMs });
}

async function ask(path) {
  const response = await fetch(server.adminUrl + path);
  return response.json();
}

// A change that its entity does not survive.
async function setAside(room, data) {
  await server.armFault("entity", 2, "boom");
  await assert.rejects(server.publish(room, { key: "boom", data }), /quarantined/);
}

const confirm = (page, action) => page.locator("dialog").getByRole("button", { name: action }).click();
const goTo = (page, name) => page.getByRole("navigation").getByRole("link", { name }).click();
const box = (page, id) => page.locator(".face").filter({ has: page.locator(`.box-name:text-is("${id}")`) });

test("the admin listener serves the console under a strict policy, the public one does not", async () => {
  const page = await fetch(`${server.adminUrl}/`);
  assert.equal(page.status, 200);
  assert.match(page.headers.get("content-security-policy"), /^default-src 'self'.*frame-ancestors 'none'/);
  const text = await page.text();
  const parts = [...text.matchAll(/(?:src|href)="\.(\/[^"]+)"/g)].map(([, path]) => path);
  assert.ok(parts.some((path) => path.startsWith("/console/")));
  for (const path of parts) {
    assert.equal((await fetch(server.adminUrl + path)).status, 200, path);
    if (path.startsWith("/console/")) assert.equal((await fetch(server.url + path)).status, 404, path);
  }
  assert.equal((await fetch(`${server.adminUrl}/index.html`)).status, 404);
  assert.equal((await fetch(`${server.url}/console.html`)).status, 404);
  assert.notEqual(await (await fetch(`${server.url}/`)).text(), text);
});

test("all is well, until an actor dies: the first line says so, and the tree shows it heal", async () => {
  const { page, faults } = await open();
  await shows(page.locator(".verdict h2"), "All is well.");
  await shows(page.locator("#health"), "All is well");
  await server.publish("sensor:a", { key: "k", data: { n: 1 } });
  await server.armFault("broadcaster");
  await server.publish("sensor:a", { key: "k", data: { n: 2 } });
  await shows(page.locator(".verdict h2"), /^1 restart within .*under fan-out/);
  await page.locator(".verdict").getByRole("link", { name: "Tree" }).first().click();

  await shows(box(page, "broadcaster").locator(".restarts"), "1");
  await box(page, "broadcaster").click();
  await shows(page.locator(".detail .error"), "injected fault in broadcaster");
  await shows(page.locator(".detail"), "root › fan-out");
  await page.locator(".detail").getByRole("button", { name: "Restart" }).click();
  await confirm(page, "Restart");
  await shows(page.locator(".message"), "broadcaster runs again");
  await shows(box(page, "broadcaster").locator(".restarts"), "2");
  await shows(page.locator(".events"), "broadcaster restarted");
  assert.match(await box(page, "broadcaster").getAttribute("data-flash"), /^[ab]$/);
  assert.deepEqual(faults, []);
});

test("a tree with many rooms is cut, and says so", async () => {
  await server.publish("many:0", { data: 0 });
  const lines = Array.from({ length: 60 }, (_, index) => JSON.stringify({ room: `many:${index}`, data: index })).join("\n");
  await fetch(`${server.url}/api/v1/ingest`, { method: "POST", headers: { "Content-Type": "application/x-ndjson" }, body: lines });
  const { page } = await open("#/tree?limit=25");
  await shows(page.locator('.box[data-depth="3"] .cut'), "and 35 more children");
  await shows(page.locator(".tree-summary"), "35 more children not shown");
});

test("the tree is reached by the keyboard", async () => {
  const { page } = await open("#/tree");
  await box(page, "root").focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await shows(page.locator(".detail h3"), "store");
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await shows(page.locator(".detail"), "operations");
});

test("what was set aside is counted, read, replayed and discarded", async () => {
  await setAside("sensor:a", { n: 1, html: "<img src=x onerror=alert(1)>" });
  const { page, faults } = await open();
  await shows(page.locator(".verdict"), "1 change waits in quarantine");
  await shows(page.locator("#pages .badge"), "1");
  await page.locator(".verdict").getByRole("link", { name: "Quarantine" }).click();
  await shows(page.locator("tbody tr"), "injected fault in entity");
  await page.locator("tbody .as-link").click();
  await shows(page.locator(".record"), "<img src=x onerror=alert(1)>");
  assert.equal(await page.locator(".record img").count(), 0);

  await page.locator(".record").getByRole("button", { name: "Replay" }).click();
  await confirm(page, "Replay");
  await shows(page.locator(".message"), "was replayed");
  assert.equal((await ask("/api/v1/rooms/sensor%3Aa/entities/boom")).data.n, 1);
  await shows(page.locator(".empty-table"), "Nothing is in quarantine.");

  await setAside("sensor:b", { n: 2 });
  await page.getByRole("button", { name: "Reload" }).click();
  await page.locator("tbody").getByRole("button", { name: "Discard" }).click();
  await page.locator("dialog").getByRole("button", { name: "Cancel" }).click();
  assert.equal((await ask("/api/v1/quarantine")).records, 1);
  await page.locator("tbody").getByRole("button", { name: "Discard" }).click();
  await confirm(page, "Discard");
  await shows(page.locator(".message"), "was discarded");
  assert.equal((await ask("/api/v1/quarantine")).records, 0);
  assert.deepEqual(faults, []);
});

test("of thousands of rooms only those in sight exist in the page, and any is found by the beginning of its name", async () => {
  const lines = Array.from({ length: 3_000 }, (_, index) => JSON.stringify({ room: `many:${String(index).padStart(5, "0")}`, data: index }));
  const loaded = await fetch(`${server.url}/api/v1/ingest`, {
    method: "POST",
    headers: { "Content-Type": "application/x-ndjson" },
    body: lines.join("\n"),
  });
  assert.equal((await loaded.json()).applied, 3_000);
  const { page, faults } = await open("#/rooms");
  await shows(page.locator(".virtual .room-row"), "many:00000");
  await shows(page.locator(".rooms-page > .soft"), "The first 200 rooms; more come while you scroll.");
  for (let shown = 200; shown < 1_000; shown += 200) {
    await page.locator(".virtual").press("End");
    await shows(
      page.locator(".rooms-page > .soft"),
      new RegExp(`The first (${[shown + 200, shown + 400].map((rows) => rows.toLocaleString("en-US")).join("|")}) rooms`),
    );
  }
  assert.ok((await page.locator(".virtual .room-row").count()) < 80);
  await page.getByLabel("Prefix").fill("many:0299");
  await shows(page.locator(".rooms-page > .soft"), "10 rooms named many:0299…, all loaded.");
  assert.equal(await page.locator(".virtual .room-row").count(), 10);
  assert.match(page.url(), /#\/rooms\?prefix=many%3A0299$/);
  await page.locator(".virtual").getByRole("link", { name: "many:02997" }).click();
  await shows(page.locator("h2"), "many:02997");
  assert.deepEqual(faults, []);
});

test("a room is followed change by change, and seen as it was", async (t) => {
  const reading = (value) => ({ key: "probe", op: "set", data: { type: "probe", state: "ok", attributes: { usage_percent: value } } });
  await server.publish("sensor:lab", [reading(10), { key: "other", data: { n: 1 } }]);
  const client = await connect(t, "sensor:lab");
  const { page, faults } = await open("#/rooms/sensor%3Alab");
  const card = (key) => page.locator(`.card[data-key="${key}"]`);
  await shows(card("probe").locator(".value"), "10.0 %");
  await shows(page.locator(".facts"), "Subscribers");
  for (let value = 1; value <= 40; value += 1) await server.publish("sensor:lab", reading(value));
  await server.publish("sensor:lab", { key: "other", op: "remove" });
  await shows(card("probe").locator(".value"), "40.0 %");
  await card("other").waitFor({ state: "detached" });
  await shows(page.locator(".tab-bar"), "1 entity, as of offset 43.");

  await page.getByRole("tab", { name: "Stream" }).click();
  await shows(page.locator(".publication"), "#43");
  assert.deepEqual(
    await page.locator(".publication .offset").allTextContents(),
    Array.from({ length: 43 }, (_, index) => `#${43 - index}`),
  );

  await page.getByRole("tab", { name: "Past" }).click();
  await shows(page.locator(".past-head"), "#43");
  await page.getByRole("slider").fill("12");
  await shows(page.locator(".past-head"), /^#12 .* probe became$/);
  await shows(card("probe").locator(".value"), "10.0 %");
  await card("other").waitFor();
  await page.getByRole("button", { name: "One change earlier" }).click();
  await shows(card("probe").locator(".value"), "9.0 %");
  assert.match(page.url(), /view=past&at=11$/);

  await page.getByRole("tab", { name: "Presence" }).click();
  await shows(page.locator("tbody"), client.hello.client);
  assert.deepEqual(faults, []);
});

test("a history that is cut behind the reader's back is begun anew, not shown with a gap", async () => {
  await server.dispose();
  server = await Server.start({ config: '[[namespace]]\nname = "short"\nhistory_size = 2\n' });
  await server.publish("short:a", { key: "k", data: { n: 0 } });
  const { page } = await open("#/rooms/short%3Aa");
  await page.locator('.card[data-key="k"]').waitFor();
  const answers = page.waitForResponse((response) => response.url().includes("/history"));
  await answers;
  // All within one request: the reader cannot look in between.
  await server.publish(
    "short:a",
    Array.from({ length: 50 }, (_, index) => ({ key: "k", op: "set", data: { n: index + 1 } })),
  );
  await shows(page.locator('.card[data-key="k"] .value'), "50");
  await shows(page.locator(".tab-bar"), "as of offset 51.");
});

test("an operator publishes, and is told what was refused in the problem's own words", async () => {
  const { page } = await open("#/rooms/sensor%3Anew?view=publish");
  await page.getByLabel("Key of the entity").fill("lamp");
  await page.getByLabel("Data, as JSON").fill('{"on": tru');
  await page.getByRole("button", { name: "Publish", exact: true }).click();
  await shows(page.locator(".message"), "The data are no JSON");
  await page.getByLabel("Data, as JSON").fill('{"on": true, "big": 12345678901234567890}');
  await page.getByRole("button", { name: "Publish", exact: true }).click();
  await shows(page.locator(".message"), "Published at offset 1, version 1 of lamp.");
  const stored = await fetch(`${server.adminUrl}/api/v1/rooms/sensor%3Anew/entities/lamp`);
  assert.match(await stored.text(), /"big":12345678901234567890/);
  await page.getByLabel("Operation").selectOption("increment");
  await page.getByLabel("Data, as JSON").fill('{"on": 1}');
  await page.getByRole("button", { name: "Publish", exact: true }).click();
  await shows(page.locator(".message"), /\(422\)$/);
});

test("text from outside stays text", async (t) => {
  const evil = "<img src=x onerror=alert(1)>";
  await server.publish(evil, { key: evil, data: { type: evil, state: evil, value: 1, [evil]: evil } });
  await connect(t, evil);
  const { page, faults } = await open("#/rooms");
  await page.getByRole("link", { name: evil }).click();
  await shows(page.locator(".card .key"), evil);
  await page.getByRole("tab", { name: "Past" }).click();
  await shows(page.locator(".past-change"), evil);
  await goTo(page, "Tree");
  await shows(page.locator(".box-name"), evil);
  await goTo(page, "Actors");
  await shows(page.locator("tbody"), evil);
  assert.equal(await page.locator("main img").count(), 0);
  assert.deepEqual(faults, []);
});

test("actors are sorted and filtered by the server", async () => {
  await server.publish(
    "sensor:a",
    Array.from({ length: 20 }, (_, index) => ({ key: `k${index}`, data: { index } })),
  );
  const { page } = await open("#/actors");
  await shows(page.locator(".actors-page > .soft"), /^The first \d+ of \d+ actors/);
  await page.locator(".filters").getByLabel("Kind").selectOption("entity");
  await shows(page.locator(".actors-page > .soft"), "The first 20 of 20 actors, most first.");
  await page.locator(".filters").getByLabel("Kind").selectOption("");
  await page.locator(".filters").getByLabel("Name").fill("sensor:a");
  await shows(page.locator(".actors-page > .soft"), "The first 1 of 1 actor, most first.");
  await page.getByRole("button", { name: "Handled" }).click();
  assert.match(page.url(), /sort=handled&name=sensor%3Aa$/);
  assert.equal(await page.locator("th", { hasText: "Handled" }).first().getAttribute("aria-sort"), "descending");
  await page.reload();
  await page.getByRole("link", { name: "room sensor:a" }).waitFor();
  assert.equal(await page.locator(".filters").getByLabel("Kind").inputValue(), "");
});

test("sessions are shown with their rooms, and ended", async (t) => {
  const client = await connect(t, "sensor:a");
  await connect(t, "sensor:b");
  const { page, faults } = await open("#/sessions");
  await shows(page.locator(".sessions-page > .soft"), "2 sessions.");
  await page.locator(`.session-id[title="${client.hello.client}"]`).click();
  await shows(page.locator(".session-detail"), client.hello.client);
  await shows(page.locator(".session-detail tbody"), "sensor:a");
  await page.locator(".session-detail").getByRole("button", { name: "End it" }).click();
  await confirm(page, "End it");
  await until("the client was told to go", () => client.closed !== null, waitMs);
  await shows(page.locator(".sessions-page > .soft"), "1 session.");
  await shows(page.locator(".session-detail"), "is not connected any more");
  assert.deepEqual(faults, []);
});

test("the log is shown as it is written, and levels are changed", async () => {
  const { page } = await open("#/logs");
  await page.locator(".log-line").first().waitFor();
  await server.armFault("broadcaster");
  await server.publish("sensor:a", { key: "k", data: 1 });
  await shows(page.locator('.log-line[data-level="error"]'), "injected fault in broadcaster");
  const ids = await page.locator(".log-line").evaluateAll((lines) => lines.map((line) => Number(line.dataset.id)));
  assert.deepEqual(
    ids,
    [...ids].sort((a, b) => b - a),
  );
  assert.equal(new Set(ids).size, ids.length);
  await page.getByLabel("Level").selectOption("error");
  await page.locator('.log-line[data-level="info"]').first().waitFor({ state: "detached" });
  await page.locator(".level-list").getByLabel("storage").selectOption("debug");
  await shows(page.locator(".levels .message"), "storage writes debug and worse");
  assert.equal((await ask("/api/v1/log-levels")).components.storage, "debug");
});

test("what an older server does not offer is said, not guessed", async () => {
  const { page, faults } = await open();
  const absent = { status: 404, contentType: "application/problem+json", body: '{"title":"not found","status":404,"detail":"no such path"}' };
  for (const path of ["sessions", "logs", "log-levels", "quarantine"])
    await page.route(new RegExp(`/api/v1/${path}`), (route) => route.fulfill(absent));
  await goTo(page, "Sessions");
  await shows(page.locator(".message"), "This server has no list of sessions");
  await goTo(page, "Logs");
  await shows(page.locator(".message"), "This server has no log to show here");
  await shows(page.locator(".levels .message"), "This server has no levels to change");
  await goTo(page, "Quarantine");
  await shows(page.locator(".message"), "This server has no quarantine.");
  await goTo(page, "Overview");
  await shows(page.locator(".verdict h2"), "All is well.");
  assert.deepEqual(faults, []);
});

test("a server that does not answer is the first line, on every page", async () => {
  const { page } = await open();
  await shows(page.locator(".verdict h2"), "All is well.");
  await server.kill();
  await shows(page.locator(".verdict h2"), "The server has not answered for");
  await shows(page.locator("#health"), "1 problem");
  assert.equal(await page.locator("#health").getAttribute("data-tone"), "alarm");
});

test("the operator's token is asked for once, and kept for the tab alone", async () => {
  await server.dispose();
  const token = "an operator's token";
  const hash = createHash("sha256").update(token).digest("hex");
  server = await Server.start({ config: `admin_token_hash = "${hash}"\n` });
  const { page, faults } = await open("#/tree");
  const dialog = page.locator("dialog");
  await shows(dialog, "operators show a token here");
  await dialog.getByLabel("Token").fill("another");
  await page.keyboard.press("Enter");
  await shows(dialog, "no such operator's token");
  await dialog.getByLabel("Token").fill(token);
  await page.keyboard.press("Enter");
  await box(page, "root").waitFor();
  await page.reload();
  await box(page, "root").waitFor();
  assert.equal(await dialog.count(), 0);
  assert.ok(!page.url().includes("token"));
  const kept = await page.evaluate(() => [Object.values(sessionStorage), Object.values(localStorage), document.cookie]);
  assert.deepEqual(kept, [[token], [], ""]);
  assert.deepEqual(faults, []);
});

test("dark and light follow the system, until the operator chooses", async () => {
  const { page } = await open("", { colorScheme: "dark" });
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await background();
  await page.getByRole("button", { name: "Light colours" }).click();
  const light = await background();
  assert.notEqual(light, dark);
  await page.reload();
  assert.equal(await background(), light);
  await page.getByRole("button", { name: "Dark colours" }).click();
  assert.equal(await background(), dark);
});

const views = [
  ["desktop-light", { colorScheme: "light" }],
  ["desktop-dark", { colorScheme: "dark" }],
  ["phone-light", { viewport: { width: 390, height: 844 }, colorScheme: "light", isMobile: true, hasTouch: true }],
  ["phone-dark", { viewport: { width: 390, height: 844 }, colorScheme: "dark", isMobile: true, hasTouch: true }],
];
const pages = [
  ["overview", "#/overview", ".plot"],
  ["tree", "#/tree", ".box"],
  ["actors", "#/actors", "tbody tr"],
  ["rooms", "#/rooms", ".virtual .room-row"],
  ["room", "#/rooms/host%3Avm", ".card[data-key]"],
  ["room-past", "#/rooms/host%3Avm?view=past", ".past-head"],
  ["room-publish", "#/rooms/host%3Avm?view=publish", ".publish"],
  ["sessions", "#/sessions", ".sessions-page tbody tr"],
  ["quarantine", "#/quarantine", ".quarantine-page tbody tr"],
  ["logs", "#/logs", ".log-line"],
];

for (const [name, options] of views) {
  test(`every page fits its window: ${name}`, async (t) => {
    const reading = (key, value) => ({
      key,
      op: "set",
      data: { type: key, source: "vm", state: "busy", attributes: { usage_percent: value, total_bytes: 2048 } },
    });
    for (let round = 1; round <= 10; round += 1)
      await server.publish(
        "host:vm",
        ["cpu", "disk", "memory"].map((key, index) => reading(key, 10 * index + round)),
      );
    await connect(t, "host:vm");
    await setAside("sensor:a-room-with-a-rather-long-name/and-a-place-in-it", { n: 1 });
    const { page, faults } = await open("", options);
    await shows(page.locator(".verdict"), "waits in quarantine");
    for (const [title, hash, ready] of pages) {
      await page.evaluate((to) => (location.hash = to), hash);
      await page.locator(ready).first().waitFor();
      await screenshot(page, `console-${title}-${name}`);
      const { content, window } = await page.evaluate(() => ({ content: document.documentElement.scrollWidth, window: innerWidth }));
      assert.ok(content <= window, `${title}: ${content} px of content in a window of ${window} px`);
    }
    assert.deepEqual(faults, []);
  });
}
