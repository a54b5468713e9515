// The Debian package: what is in it, and its life in a root of its own: installed, served from, upgraded, removed, purged. dpkg does all of that
// without chroot and without touching this machine: its scripts honour DPKG_ROOT. What needs a running systemd is seen by deploy/try/package.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { appendFile, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { binary } from "../support/server.mjs";
import { signToken } from "../support/token.mjs";
import { call, entityPath } from "./support/http.mjs";

const run = promisify(execFile);
const build = path.dirname(path.dirname(binary));
const home = "/var/lib/tidewire";
const settings = "/etc/tidewire/tidewire.toml";
const secrets = "/etc/tidewire/tidewire.env";
const notRoot = process.getuid() !== 0 && "dpkg --root wants to be root";
let folder;
let root;
let first;
let second;

const at = (file) => path.join(root, file);

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "tidewire-package-"));
  root = path.join(folder, "root");
  await run("cpack", ["-G", "DEB", "-B", folder, "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=gzip"], { cwd: build });
  const [name] = (await readdir(folder)).filter((file) => file.endsWith(".deb"));
  first = path.join(folder, name);
  second = await laterVersion(first);
  for (const file of ["var/lib/dpkg/updates", "var/lib/dpkg/info", "etc"]) await mkdir(at(file), { recursive: true });
  await writeFile(at("var/lib/dpkg/status"), "");
});

after(async () => {
  await rm(folder, { recursive: true, force: true });
});

// The same package as version 9.9.9.
async function laterVersion(file) {
  const unpacked = path.join(folder, "later");
  await run("dpkg-deb", ["-R", file, unpacked]);
  const control = path.join(unpacked, "DEBIAN/control");
  await writeFile(control, (await readFile(control, "utf8")).replace(/^Version: .*$/m, "Version: 9.9.9"));
  const packed = path.join(folder, "later.deb");
  await run("dpkg-deb", ["-Zgzip", "--root-owner-group", "-b", unpacked, packed]);
  return packed;
}

// Its output. What the package depends on is not in that root.
async function dpkg(...args) {
  const options = [`--root=${root}`, `--log=${folder}/dpkg.log`, "--force-script-chrootless", "--force-depends"];
  const { stdout, stderr } = await run("dpkg", [...options, ...args], { env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } });
  return stdout + stderr;
}

async function secret() {
  return /^TIDEWIRE_TOKEN_HMAC_SECRET=([0-9a-f]{64})$/m.exec(await readFile(at(secrets), "utf8"))[1];
}

// Runs the installed server with its own configuration while `use` uses it.
async function served(use) {
  const args = ["serve", "--config", at(settings), "--data", at(home), "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"];
  const environment = { ...process.env, TIDEWIRE_TOKEN_HMAC_SECRET: await secret() };
  const server = spawn(at("usr/bin/tidewire"), args, { env: environment, stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => server.once("exit", resolve));
  try {
    for await (const line of createInterface({ input: server.stdout })) {
      const [, port] = /listening on 127\.0\.0\.1:(\d+)/.exec(line) ?? [];
      if (!port) continue;
      await use({ url: `http://127.0.0.1:${port}` });
      break;
    }
  } finally {
    server.kill("SIGTERM");
    assert.equal(await ended, 0);
  }
}

test("what is in the package, and what it says of itself", async () => {
  const { stdout: contents } = await run("dpkg-deb", ["--contents", first]);
  const files = new Map(contents.trim().split("\n").map((line) => [line.split(/\s+/)[5], line.split(/\s+/).slice(0, 2).join(" ")]));
  for (const file of ["usr/bin/tidewire", "usr/bin/tidectl"]) assert.equal(files.get(`./${file}`), "-rwxr-xr-x root/root", file);
  for (const file of ["usr/lib/systemd/system/tidewire.service", "usr/lib/sysusers.d/tidewire.conf"])
    assert.equal(files.get(`./${file}`), "-rw-r--r-- root/root", file);
  assert.equal(files.get(`.${settings}`), "-rw-r----- root/root");
  assert.ok([...files.keys()].every((file) => /^\.\/(usr|etc)?/.test(file)));

  const { stdout: info } = await run("dpkg-deb", ["--field", first]);
  assert.match(info, /^Package: tidewire$/m);
  assert.match(info, /^Version: \d+\.\d+\.\d+$/m);
  assert.match(info, /^Depends: .*libcaf-core0\.17.*librocksdb7\.8/m);
  const { stdout: conffiles } = await run("dpkg-deb", ["--info", first, "conffiles"]);
  assert.equal(conffiles, `${settings}\n`);
});

test("its scripts are for any shell", async () => {
  const unpacked = path.join(folder, "later/DEBIAN");
  for (const script of ["preinst", "postinst", "prerm", "postrm"]) {
    await run("sh", ["-n", path.join(unpacked, script)]);
    assert.equal((await stat(path.join(unpacked, script))).mode & 0o777, 0o755);
  }
});

test("installed, served from, upgraded with its data, removed, purged", { skip: notRoot }, async () => {
  await dpkg("-i", first);
  const checked = await run(at("usr/bin/tidewire"), ["check-config", at(settings)]);
  assert.match(checked.stdout, /: ok\n$/);
  const user = /^tidewire:[^:]*:(\d+):(\d+):/m.exec(await readFile(at("etc/passwd"), "utf8"));
  const { uid, gid, mode } = await stat(at(home));
  assert.deepEqual([String(uid), String(gid), mode & 0o777], [user[1], user[2], 0o750]);
  for (const file of [settings, secrets]) {
    const { uid: owner, gid: group, mode: bits } = await stat(at(file));
    assert.deepEqual([owner, String(group), bits & 0o777], [0, user[2], 0o640], file);
  }

  const key = await secret();
  const token = signToken(key, { sub: "backend", scope: "publish read", exp: Math.floor(Date.now() / 1000) + 3600 });
  const lamp = entityPath("lab:1", "lamp");
  await served(async (server) => {
    assert.equal((await call(server, "PUT", lamp, { body: { on: true } })).status, 401, "nobody comes in without a token");
    assert.equal((await call(server, "PUT", lamp, { body: { on: true }, token })).status, 201);
  });

  await appendFile(at(settings), "\n# changed by the operator\n");
  await dpkg("-i", second);
  assert.match(await dpkg("--status", "tidewire"), /^Version: 9\.9\.9$/m);
  assert.match(await readFile(at(settings), "utf8"), /# changed by the operator\n$/);
  assert.equal((await stat(at(settings))).mode & 0o777, 0o640);
  assert.equal(await secret(), key, "tokens stay good");
  await served(async (server) => {
    assert.deepEqual((await call(server, "GET", lamp, { token })).body.data, { on: true });
  });

  await dpkg("--remove", "tidewire");
  assert.ok(!existsSync(at("usr/bin/tidewire")));
  for (const file of [settings, secrets, `${home}/CURRENT`]) assert.ok(existsSync(at(file)), file);

  const told = await dpkg("--purge", "tidewire");
  assert.match(told, /the database is left where it is: \/var\/lib\/tidewire/);
  for (const file of [settings, secrets]) assert.ok(!existsSync(at(file)), file);
  assert.ok(existsSync(at(`${home}/CURRENT`)), "data outlives the package");

  await rm(at(home), { recursive: true });
  await dpkg("-i", second);
  assert.notEqual(await secret(), key, "each installation has a secret of its own");
  await rm(at(home), { recursive: true });
  assert.doesNotMatch(await dpkg("--purge", "tidewire"), /is left where it is/);
});
