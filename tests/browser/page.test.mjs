// The server's first page in a real browser: what a person sees while entities change, while the server is away and after it is back.
import assert from "node:assert/strict";
import { after, before, beforeEach, afterEach, test } from "node:test";
import { Server, openToClients } from "../support/server.mjs";
import { signToken } from "../support/token.mjs";
import { launch, openPage, screenshot } from "./browser.mjs";

const waitMs = 30_000;

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
  server = await Server.start();
});

afterEach(async (context) => {
  for (const { close } of opened) await close();
  opened = [];
  if (context.error) console.error(server?.log);
  await server?.dispose();
});

async function open(address = "/", options = {}) {
  const result = await openPage(browser, server.url + address, options);
  opened.push(result);
  return result;
}

function reading(key, value, state = "idle") {
  const data = { type: key.split("/")[0], source: "vm", state, attributes: { usage_percent: value, total_bytes: 2048 } };
  return { key, op: "set", data };
}

const card = (page, key) => page.locator(`.card[data-key="${key}"]`);
const status = (page) => page.locator("#status");

async function shows(locator, text) {
  await locator.filter({ hasText: text }).first().waitFor({ timeout: waitMs });
}

async function isLive(page) {
  await page.locator('#status[data-kind="live"]').waitFor({ timeout: waitMs });
}

test("the page opens the first host room and values change in place", async () => {
  await server.publish("host:vm", [reading("cpu/0", 12.5), reading("cpu/1", 3), reading("memory", 40)]);
  const { page, faults } = await open();
  await shows(card(page, "cpu/0").locator(".value"), "12.5 %");
  await isLive(page);
  assert.equal(await page.locator(".card").count(), 3);
  assert.equal(await page.inputValue("#room"), "host:vm");
  assert.deepEqual(await page.locator(".group h2").allInnerTexts(), ["cpu 2", "memory 1"]);

  // The very same element shows the new value.
  const element = await card(page, "cpu/0").elementHandle();
  const [{ version }] = await server.publish("host:vm", [reading("cpu/0", 87.5, "busy")]);
  await shows(card(page, "cpu/0").locator(".value"), "87.5 %");
  await shows(card(page, "cpu/0").locator(".state"), "busy");
  await shows(card(page, "cpu/0").locator(".version"), `v${version}`);
  assert.equal(await element.evaluate((node) => node.isConnected && node.querySelector(".value").textContent), "87.5 %");

  // Two values make a curve.
  assert.match(await card(page, "cpu/0").locator(".spark .line").getAttribute("d"), /^M.+L/);
  await shows(card(page, "cpu/1").locator(".value"), "3.0 %");
  assert.deepEqual(faults, []);
});

test("entities come and go", async () => {
  await server.publish("host:vm", [reading("cpu/0", 1)]);
  const { page } = await open();
  await card(page, "cpu/0").waitFor({ timeout: waitMs });
  await server.publish("host:vm", [reading("disk/vda", 5), { key: "cpu/0", op: "remove" }]);
  await card(page, "disk/vda").waitFor({ timeout: waitMs });
  await card(page, "cpu/0").waitFor({ state: "detached", timeout: waitMs });
});

test("the page waits for a first host room", async () => {
  const { page } = await open();
  await shows(page.locator("#empty"), "No room named host:… yet");
  await server.publish("host:late", [reading("cpu/0", 1)]);
  await card(page, "cpu/0").waitFor({ timeout: waitMs });
});

test("killed in the middle, the server comes back and the page resumes by itself", async () => {
  await server.publish("host:vm", [reading("cpu/0", 1)]);
  const { page, faults } = await open();
  await shows(card(page, "cpu/0").locator(".value"), "1.0 %");
  await isLive(page);

  await server.kill();
  await shows(status(page), "Connection lost, reconnecting…");
  await shows(status(page), "Next attempt within");
  await page.locator("body.stale").waitFor({ timeout: waitMs });
  await screenshot(page, "connection-lost");
  // What was known stays in sight.
  assert.equal(await card(page, "cpu/0").locator(".value").innerText(), "1.0 %");

  await server.restart();
  await server.publish("host:vm", [reading("cpu/0", 2), reading("cpu/1", 9)]);
  await isLive(page);
  await shows(card(page, "cpu/0").locator(".value"), "2.0 %");
  await shows(card(page, "cpu/1").locator(".value"), "9.0 %");
  await shows(page.locator("#notice"), "Resumed, nothing missed");
  await screenshot(page, "resumed");
  assert.deepEqual(faults, []);
});

test("a server that has lost its data is not taken for the old one", async () => {
  await server.publish("host:vm", [reading("cpu/0", 1), reading("cpu/1", 2)]);
  const { page } = await open();
  await shows(card(page, "cpu/1").locator(".value"), "2.0 %");
  await isLive(page);

  await server.loseData();
  await shows(status(page), "Connection lost");
  await server.restart();
  await server.publish("host:vm", [reading("cpu/0", 7)]);
  await shows(page.locator("#notice"), "Started again from a snapshot");
  await shows(card(page, "cpu/0").locator(".value"), "7.0 %");
  await card(page, "cpu/1").waitFor({ state: "detached", timeout: waitMs });
});

test("another room is opened by its name, and the address remembers it", async () => {
  await server.publish("host:vm", [reading("cpu/0", 1)]);
  await server.publish("sensor:lab", [reading("probe/1", 21)]);
  const { page } = await open();
  await card(page, "cpu/0").waitFor({ timeout: waitMs });
  await page.fill("#room", "sensor:lab");
  await page.keyboard.press("Enter");
  await shows(card(page, "probe/1").locator(".value"), "21.0 %");
  assert.equal(await card(page, "cpu/0").count(), 0);
  assert.equal(new URL(page.url()).hash, "#room=sensor:lab");
  await page.goBack();
  await card(page, "cpu/0").waitFor({ timeout: waitMs });
});

test("a room without entities is shown as a stream, its text as text", async () => {
  await server.publish("chat:lobby", { data: { text: "<img src=x onerror=alert(1)>" } });
  const { page, faults } = await open("/#room=chat:lobby");
  await shows(page.locator(".publication"), "<img src=x onerror=alert(1)>");
  await isLive(page);
  await server.publish("chat:lobby", { data: { text: "second" } });
  await shows(page.locator(".publication").first(), "second");
  assert.deepEqual(await page.locator(".publication .offset").allInnerTexts(), ["#2", "#1"]);
  assert.equal(await page.locator(".publication img").count(), 0);
  assert.deepEqual(faults, []);
});

test("a room of 1,500 entities arrives whole and can be filtered", async () => {
  const all = Array.from({ length: 1500 }, (_, index) => reading(`probe/${index}`, index % 100));
  for (let first = 0; first < all.length; first += 500) await server.publish("sensor:many", all.slice(first, first + 500));
  const { page } = await open("/#room=sensor:many");
  await shows(page.locator('[data-fact="Entities"]'), "1,500");
  await page.waitForFunction(() => document.querySelectorAll(".card").length === 1500, null, { timeout: waitMs });
  await page.fill("#filter", "probe/1499");
  await page.waitForFunction(() => document.querySelectorAll(".card").length === 1, null, { timeout: waitMs });
  await shows(card(page, "probe/1499").locator(".value"), "99.0 %");
});

test("without --dev the page says that it needs a token, and takes one from its address", async () => {
  const secret = "a secret of at least thirty-two bytes";
  await server.dispose();
  server = await Server.start({ dev: false, config: `[token]\nhmac_secret = "${secret}"\n[[namespace]]\n${openToClients}` });
  const { page } = await open("/#room=host:vm");
  await page.locator('#status[data-kind="ended"]').waitFor({ timeout: waitMs });
  await shows(status(page), "#token=…");

  const token = signToken(secret, { sub: "ann", exp: Math.floor(Date.now() / 1000) + 600 });
  const { page: other } = await open(`/#room=host:vm&token=${token}`);
  await isLive(other);
});

for (const [name, options] of [
  ["desktop-light", { colorScheme: "light" }],
  ["desktop-dark", { colorScheme: "dark" }],
  ["phone", { viewport: { width: 390, height: 844 }, colorScheme: "light", isMobile: true, hasTouch: true }],
]) {
  test(`the page fits its window: ${name}`, async () => {
    const keys = ["cpu/0", "cpu/1", "disk/vda", "load", "memory", "network/eth0", "network/lo"];
    await server.publish("host:vm", keys.map((key, index) => reading(key, index)));
    const { page } = await open("/", options);
    await isLive(page);
    for (let round = 1; round <= 30; round += 1) {
      await server.publish("host:vm", keys.map((key, index) => reading(key, Math.round(50 + 40 * Math.sin(index + round / 4)))));
    }
    await shows(card(page, "cpu/0").locator(".value"), `${Math.round(50 + 40 * Math.sin(30 / 4))}.0 %`);
    await screenshot(page, name);
    const { content, window } = await page.evaluate(() => ({ content: document.documentElement.scrollWidth, window: innerWidth }));
    assert.ok(content <= window, `${content} px of content in a window of ${window} px`);
  });
}
