// The OpenAPI documents are true: schemathesis makes requests of them, good and bad ones, for a running server, and every answer has a status,
// a content type, headers and a body that the document tells of; none is a 5xx, none comes without credentials where some are needed.
//   SEED=7             the same requests again
//   SECONDS_EACH=3600  the long form: goes on for so long
// TIDEWIRE_SCHEMATHESIS is its program, TIDEWIRE_DOCUMENTS the folder where the build has written the documents.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { apiKey, keyOf } from "../e2e/support/credentials.mjs";
import { ProtocolClient } from "../e2e/support/protocol_client.mjs";
import { Server } from "../support/server.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const program = process.env.TIDEWIRE_SCHEMATHESIS ?? "schemathesis";
const folder = process.env.TIDEWIRE_DOCUMENTS;
const seed = process.env.SEED ?? "20261130";
const seconds = process.env.SECONDS_EACH;

// OPTIONS and HEAD, which are alike everywhere, are left to tests/e2e/requests.test.mjs. These do not end by themselves; the tests of streams and of the protocol are about them.
const endless = "^/(connection/|api/v1/rooms/[^/]+/stream)";
// What the document cannot say: that two parameters exclude each other, what is a pattern in a name, or is too long in bytes. Credentials are
// the affair of tests/e2e/security_walk.test.mjs: the key here stands beside whatever schemathesis puts into another header.
const leftOut = "positive_data_acceptance,negative_data_rejection,missing_required_header,ignored_auth";

let server;

before(async () => {
  const config = apiKey("all", ["read", "publish", "manage"], ["*"]);
  server = await Server.start({ dev: false, config });
});

after(async () => {
  await server?.dispose();
});

function run(document, url, more, { hooks = "serializers", environment = {}, folderOf = server } = {}) {
  const effort = seconds ? ["--max-time", seconds] : ["--max-examples", "8"];
  const command = ["run", join(folder, document), "--url", url, "--seed", seed, "--checks", "all", "--exclude-checks", leftOut,
    "--phases", "examples,coverage,fuzzing", "--no-shrink", "--no-color", "--warnings", "off", "--request-timeout", "20", "--continue-on-failure",
    "--suppress-health-check", "all", ...effort, ...more];
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1", PYTHONPATH: here, SCHEMATHESIS_HOOKS: hooks, ...environment };
  return new Promise((resolve, reject) => {
    const cwd = folderOf.folder; // what it writes goes with the server
    const child = spawn(program, command, { cwd, stdio: ["ignore", "pipe", "pipe"], env });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (output += bytes));
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, output }));
  });
}

function check({ code, output }, casesAtLeast) {
  assert.equal(code, 0, `with SEED=${seed}:\n${output.slice(0, 20_000)}`);
  const cases = Number(/([\d,]+) generated/.exec(output)?.[1].replaceAll(",", ""));
  console.log(`${cases} requests`);
  assert.ok(cases >= casesAtLeast, `${cases} requests were made:\n${output}`);
}

test("the public listener", async () => {
  check(await run("api/v1/openapi.json", server.url, ["-H", `X-API-Key: ${keyOf("all")}`, "--exclude-path-regex", endless,
    "--exclude-method", "OPTIONS", "--exclude-method", "HEAD"]), 1_000);
  assert.equal((await fetch(`${server.url}/readyz`)).status, 200);
});

// What it may not be asked as it stands, such as backups anywhere on this machine, is bounded by operators_hooks.py.
test("the operators' listener", async (t) => {
  const own = await Server.start({ config: "[test]\nfaults = true\n" });
  t.after(() => own.dispose());
  const clients = [];
  for (let n = 0; n < 40; n += 1) {
    const client = await ProtocolClient.connect(own);
    await client.result("subscribe", { channel: `generated:${n}` });
    clients.push(client);
  }
  t.after(() => clients.forEach((each) => each.terminate()));
  for (let n = 0; n < 6; n += 1) {
    await own.armFault("entity", 2, `k${n}`);
    await assert.rejects(own.publish("generated:1", { key: `k${n}`, data: { n } }));
  }
  const environment = { TIDEWIRE_ADMIN: own.adminUrl, TIDEWIRE_SCRATCH: own.folder };
  // Sanitizers bring another allocator, which has no profiles of the heap.
  const absent = (await fetch(`${own.adminUrl}/debug/pprof/heap?seconds=1`)).status === 503 ? "^/(connection/|debug/pprof/heap)" : "^/connection/";
  check(await run("admin/openapi.json", own.adminUrl, ["--exclude-path-regex", absent, "--exclude-method", "OPTIONS", "--exclude-method", "HEAD"],
    { hooks: "operators_hooks", environment, folderOf: own }), 1_000);

  // Each operation was done at least once: refusals alone would say little of its answers.
  const answers = JSON.parse(await readFile(join(own.folder, "answers.json"), "utf8"));
  const { paths } = JSON.parse(await readFile(join(folder, "admin/openapi.json"), "utf8"));
  const operations = Object.entries(paths).filter(([path]) => !new RegExp(absent).test(path))
    .flatMap(([path, item]) => Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`))
    .filter((each) => /^(GET|PUT|POST|PATCH|DELETE) /.test(each));
  assert.ok(operations.length >= 50);
  assert.deepEqual(operations.filter((each) => !answers[each]?.some((status) => status < 300)), []);
  assert.equal((await fetch(`${own.adminUrl}/readyz`)).status, 200);
});
