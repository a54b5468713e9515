// The server's command line: check-config, and what keeps a server from starting.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { Server, binary } from "../support/server.mjs";

const folder = mkdtempSync(path.join(tmpdir(), "tidewire-test-"));

after(() => rmSync(folder, { recursive: true, force: true }));

function run(...args) {
  const { status, stdout, stderr } = spawnSync(binary, args, { encoding: "utf8", timeout: 30_000 });
  return { status, output: stdout + stderr };
}

function checkConfig(text) {
  const file = path.join(folder, "tidewire.toml");
  writeFileSync(file, text);
  return run("check-config", file);
}

test("without a server's binary the tests of a server say so", () => {
  const start = `import { Server } from ${JSON.stringify(import.meta.resolve("../support/server.mjs"))}; await Server.start();`;
  const env = { ...process.env, TIDEWIRE_BIN: path.join(folder, "nothing") };
  const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", start], { encoding: "utf8", env });
  assert.equal(status, 1, stderr);
  assert.match(stderr, /nothing does not start: .*TIDEWIRE_BIN/);
});

test("--version", () => {
  const { status, output } = run("--version");
  assert.equal(status, 0);
  assert.match(output, /^tidewire \d+\.\d+/);
});

test("a good configuration", () => {
  const { status, output } = checkConfig(`
[token]
hmac_secret = "a secret of at least thirty-two bytes"
[[namespace]]
name = "sensor"
durability = "wal"
history_ttl = "24h"
`);
  assert.equal(status, 0, output);
});

const mistakes = {
  "an unknown key of a namespace names the nearest one": [
    '[[namespace]]\nname = "a"\nhistory_sise = 10\n',
    /:3: .*history_sise.*history_size/,
  ],
  "an unknown key of the server": ['lisen = "127.0.0.1:1"\n', /:1: .*lisen.*listen/],
  "an unknown limit": ["[limits]\nping_interval = 3\n", /ping_interval.*ping_interval_s/],
  "a value out of range": ["[limits]\nping_interval_s = 0\n", /ping_interval_s/],
  "a value that is none": ['[[namespace]]\ndurability = "sometimes"\n', /durability/],
  "a namespace twice": ['[[namespace]]\nname = "a"\n[[namespace]]\nname = "a"\n', /"a"/],
  "no TOML": ["[limits\n", /:1/],
};

for (const [name, [text, complaint]] of Object.entries(mistakes)) {
  test(`check-config: ${name}`, () => {
    const { status, output } = checkConfig(text);
    assert.notEqual(status, 0);
    assert.match(output, complaint);
  });
}

test("without --dev and without a secret the server does not start", () => {
  const { status, output } = run("serve", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--data", path.join(folder, "data"));
  assert.notEqual(status, 0);
  assert.match(output, /hmac_secret/);
});

test("two servers cannot share a data directory", async () => {
  const server = await Server.start();
  try {
    const { status, output } = run("serve", "--dev", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--data", server.dataFolder);
    assert.notEqual(status, 0);
    assert.match(output, /lock|in use/i);
    assert.equal((await server.publish("a:1", { data: 1 })).offset, 1, "the first one goes on");
  } finally {
    await server.dispose();
  }
});
