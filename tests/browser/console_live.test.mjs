// What the operators' console is told by its server, over the client protocol, instead of asking again and again; and that it asks when
// nothing comes.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { until } from "../e2e/support/until.mjs";
import { Server } from "../support/server.mjs";
import { launch, openPage } from "./browser.mjs";

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

// The page, the paths that it asks for, and what it is told over its WebSockets.
async function open(hash = "", url = server.adminUrl) {
  const result = await openPage(browser, `${url}/`);
  const { page } = result;
  page.setDefaultTimeout(waitMs);
  opened.push(result);
  const asked = [];
  const frames = [];
  const sockets = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname + new URL(request.url()).search));
  page.on("websocket", (socket) => {
    sockets.push(socket.url());
    socket.on("framereceived", ({ payload }) => frames.push(String(payload)));
  });
  await page.goto(`${url}/${hash}`);
  await page.reload(); // with everything noted from its beginning
  return { ...result, asked, frames, sockets };
}

async function shows(locator, text) {
  await locator.filter({ hasText: text }).first().waitFor({ timeout: waitMs });
}

const live = (page, is = true) => page.locator(`.live-state[data-live="${is}"]`).waitFor();
const box = (page, id) => page.locator(".face").filter({ has: page.locator(`.box-name:text-is("${id}")`) });
// So many more frames that hold this.
async function more(frames, mark, count) {
  const wanted = frames.filter((frame) => frame.includes(mark)).length + count;
  await until(`${count} more frames with ${mark}`, () => frames.filter((frame) => frame.includes(mark)).length >= wanted, waitMs);
}
const overviewMark = '"last_error_line"';
const treeMark = '"children_total"';
const logMark = '"after"';

test("the overview is told, and nothing is asked for any more", async () => {
  const { page, asked, frames, faults } = await open();
  await shows(page.locator(".verdict h2"), "All is well.");
  await live(page);
  await more(frames, overviewMark, 2);
  asked.length = 0;
  await server.publish("sensor:a", { key: "k", data: { n: 1 } });
  await more(frames, overviewMark, 4);
  assert.deepEqual(asked, []);
  const shown = await page.locator(".facts-place").textContent();
  await more(frames, overviewMark, 2);
  await until("the page to go on", async () => (await page.locator(".facts-place").textContent()) !== shown, waitMs);
  assert.deepEqual(faults, []);
});

test("a restart appears in the tree and on the first line, without asking for the tree or for figures", async () => {
  const { page, asked, frames, faults } = await open("#/tree");
  await box(page, "gateway").waitFor();
  await live(page);
  await more(frames, treeMark, 2);
  asked.length = 0;
  await server.armFault("gateway");
  await fetch(`${server.url}/api/v1/rooms`);
  await shows(box(page, "gateway").locator(".restarts"), "1");
  await shows(page.locator(".events"), /gateway restarted: .*injected fault/);
  await shows(page.locator("#health"), "problem");
  await more(frames, treeMark, 1);
  assert.deepEqual(
    asked.filter((path) => path.startsWith("/api/v1/tree") || path === "/metrics"),
    [],
  );
  await page.getByLabel("How many children of each supervisor").selectOption("25");
  await until("the tree is asked for, cut otherwise", () => asked.some((path) => path === "/api/v1/tree?limit=25"), waitMs);
  await page.getByLabel("How many children of each supervisor").selectOption("100");
  await more(frames, treeMark, 2);
  assert.deepEqual(faults, []);
});

test("lines of the log are told as they are written, those of before are asked for once", async () => {
  const { page, asked, frames, faults } = await open("#/logs");
  await page.locator(".log-line").first().waitFor();
  await live(page);
  await more(frames, logMark, 2);
  asked.length = 0;
  await server.armFault("gateway");
  await fetch(`${server.url}/api/v1/rooms`);
  await shows(page.locator('.log-line[data-level="error"]'), "injected fault in gateway");
  assert.deepEqual(
    asked.filter((path) => path.startsWith("/api/v1/logs") && !path.includes("level=error")),
    [],
  );
  // What came while it was held is not lost.
  await page.getByRole("button", { name: "Hold" }).click();
  const failures = page.locator(".log-line", { hasText: "injected fault in gateway" });
  const before = await failures.count();
  const told = more(frames, "injected fault in gateway", 1);
  await server.armFault("gateway");
  await fetch(`${server.url}/api/v1/rooms`);
  await told;
  assert.equal(await failures.count(), before);
  await page.getByRole("button", { name: "Go on" }).click();
  await failures.nth(before).waitFor();
  const ids = await page.locator(".log-line").evaluateAll((lines) => lines.map((line) => Number(line.dataset.id)));
  assert.equal(new Set(ids).size, ids.length);
  assert.deepEqual(
    ids,
    [...ids].sort((a, b) => b - a),
  );
  assert.deepEqual(faults, []);
});

test("the live connection comes back by itself after the server was away", async () => {
  const { page, frames } = await open();
  await live(page);
  await server.kill();
  await live(page, false);
  await shows(page.locator(".verdict h2"), "The server has not answered for");
  await server.restart();
  await live(page);
  await more(frames, overviewMark, 2);
  await shows(page.locator("#health"), "All is well");
});

test("where no WebSocket comes through, the console asks instead, and says so", async (t) => {
  const proxy = http.createServer((request, response) => {
    if (request.headers.upgrade) return request.socket.destroy();
    const { method, url, headers } = request;
    const onward = http.request(`${server.adminUrl}${url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  t.after(() => (proxy.closeAllConnections(), proxy.close()));
  const { page, asked, frames, faults } = await open("#/tree", `http://127.0.0.1:${proxy.address().port}`);
  await box(page, "gateway").waitFor();
  await live(page, false);
  await shows(page.locator(".live-state"), "Asking");
  await until("its reason", async () => /cannot be reached/.test(await page.locator(".live-state").getAttribute("title")), waitMs);
  await server.armFault("gateway");
  await fetch(`${server.url}/api/v1/rooms`);
  await shows(box(page, "gateway").locator(".restarts"), "1");
  await shows(page.locator("#health"), "problem");
  assert.ok(asked.filter((path) => path === "/metrics").length > 1);
  assert.deepEqual(frames, []);
  assert.deepEqual(faults, []);
});

test("a page in the background is told nothing", async () => {
  const { page, frames } = await open();
  await live(page);
  await more(frames, overviewMark, 1);
  const hide = (hidden) =>
    page.evaluate((is) => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => is });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
  await hide(true);
  await live(page, false);
  await hide(false);
  await live(page);
  await more(frames, overviewMark, 1);
});

test("the live connection shows the operator's token, which is in no address", async () => {
  await server.dispose();
  const token = "an operator's token";
  const hash = createHash("sha256").update(token).digest("hex");
  server = await Server.start({ config: `admin_token_hash = "${hash}"\n` });
  const { page, frames, sockets, faults } = await open("#/tree");
  const dialog = page.locator("dialog");
  await shows(dialog, "operators show a token here");
  assert.deepEqual(sockets, []); // nothing to show yet
  await dialog.getByLabel("Token").fill(token);
  await page.keyboard.press("Enter");
  await box(page, "root").waitFor();
  await live(page);
  await more(frames, treeMark, 1);
  assert.ok(sockets.length > 0 && sockets.every((url) => url === `${server.adminUrl.replace("http", "ws")}/connection/websocket`));
  assert.deepEqual(faults, []);
});
