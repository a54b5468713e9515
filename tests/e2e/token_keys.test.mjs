// Tokens signed with public keys, by the npm `jose`: from PEM files and from JWK sets behind a URL or in a file that are rotated meanwhile.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import https from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { SignJWT, UnsecuredJWT, exportJWK, exportSPKI, generateKeyPair } from "jose";
import { Server } from "../support/server.mjs";
import { signToken } from "../support/token.mjs";
import { call, roomPath } from "./support/http.mjs";
import { ProtocolClient } from "./support/protocol_client.mjs";
import { connect } from "./support/subscriber.mjs";
import { until } from "./support/until.mjs";

const secret = "a secret of at least thirty-two bytes";
const algorithms = {
  RS256: {},
  RS384: {},
  RS512: {},
  ES256: {},
  ES384: {},
  ES512: {},
  EdDSA: { crv: "Ed25519" },
};
const keys = {}; // by algorithm: {publicKey, privateKey, kid}
let folder;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "tidewire-keys-"));
  for (const [alg, options] of Object.entries(algorithms)) {
    keys[alg] = { ...(await generateKeyPair(alg, { ...options, extractable: true })), kid: `key-${alg}` };
    await writeFile(path.join(folder, `${alg}.pem`), await exportSPKI(keys[alg].publicKey));
  }
});

after(async () => {
  await rm(folder, { recursive: true, force: true });
});

const inSeconds = (seconds) => Math.floor(Date.now() / 1000) + seconds;
const sign = (alg, claims = {}, { key = keys[alg], kid = key.kid, header = {} } = {}) =>
  new SignJWT({ sub: "ann", scope: "read", ...claims }).setProtectedHeader({ alg, ...(kid ? { kid } : {}), ...header }).sign(key.privateKey);
const jwk = async (alg, key = keys[alg]) => ({ ...(await exportJWK(key.publicKey)), alg, use: "sig", kid: key.kid });

const status = async (server, token) => (await call(server, "GET", "/api/v1/rooms", { token })).status;
const keysOf = async (server) => (await (await fetch(`${server.adminUrl}/api/v1/access/metrics`)).json()).token_keys;

// How a connection with that token ends, or what it is told.
async function connectWith(server, token) {
  const client = await ProtocolClient.open(server);
  const [reply] = client.sendAll({ connect: { token } });
  const told = await reply;
  client.terminate();
  return told.closed?.code ?? told.error?.code ?? "connected";
}

// A server of key sets: `set` is what it answers, `answers` how often it has.
class KeyServer {
  set = { keys: [] };
  status = 200;
  answers = 0;

  async start(options) {
    const answer = (request, response) => {
      this.answers += 1;
      response.writeHead(this.status, { "Content-Type": "application/json" });
      response.end(typeof this.set === "string" ? this.set : JSON.stringify(this.set));
    };
    this.server = options ? https.createServer(options, answer) : http.createServer(answer);
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    this.url = `${options ? "https://localhost" : "http://127.0.0.1"}:${this.server.address().port}/jwks.json`;
    return this;
  }

  async stop() {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }
}

test("every algorithm, with keys from PEM files, for connections, subscriptions and HTTP", async () => {
  const files = Object.keys(algorithms).map((alg) => JSON.stringify(path.join(folder, `${alg}.pem`)));
  const server = await Server.start({ dev: false, config: `[token]\nhmac_secret = "${secret}"\npublic_key_files = [${files}]\n` });
  try {
    for (const alg of Object.keys(algorithms)) {
      assert.equal(await status(server, await sign(alg)), 200, alg);
      assert.equal(await status(server, await sign(alg, {}, { kid: null })), 200, `${alg} without kid`);
      const client = await ProtocolClient.connect(server, { token: await sign(alg, { scope: undefined }) });
      const token = await sign(alg, { channel: "room", scope: undefined });
      assert.equal((await client.error("subscribe", { channel: "room" })).code, 103, alg);
      await client.result("subscribe", { channel: "room", token });
      client.terminate();
      const other = await generateKeyPair(alg, algorithms[alg]);
      assert.equal(await status(server, await sign(alg, {}, { key: other })), 401, `${alg} with another key`);
    }
    for (const alg of ["HS256", "HS384", "HS512"]) {
      const token = await new SignJWT({ sub: "ann", scope: "read" }).setProtectedHeader({ alg }).sign(Buffer.from(secret));
      assert.equal(await status(server, token), 200, alg);
      const forged = await new SignJWT({ sub: "ann", scope: "read" }).setProtectedHeader({ alg }).sign(Buffer.from(`${secret}!`));
      assert.equal(await status(server, forged), 401, `${alg} with another secret`);
    }
  } finally {
    await server.dispose();
  }
});

test("algorithms are not confused, and none is none", async () => {
  const pem = path.join(folder, "RS256.pem");
  for (const withSecret of ["", `hmac_secret = "${secret}"\n`]) {
    const server = await Server.start({ dev: false, config: `[token]\n${withSecret}public_key_files = ["${pem}"]\n` });
    try {
      const good = await sign("RS256");
      assert.equal(await status(server, good), 200);
      const [, payload, signature] = good.split(".");
      const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
      const text = await readFile(pem, "utf8");
      const forged = [
        new UnsecuredJWT({ sub: "ann", scope: "read" }).encode(),
        `${part({ alg: "none" })}.${payload}.`,
        `${part({ alg: "NONE" })}.${payload}.${signature}`,
        `${part({ alg: "RS512" })}.${payload}.${signature}`,
        `${part({ alg: "RS256", crit: ["exp"] })}.${payload}.${signature}`,
        await sign("ES256"),
        await sign("RS256", {}, { header: { jwk: await jwk("RS256") }, key: { ...(await generateKeyPair("RS256")), kid: null } }),
      ];
      // The public key as the secret of an HMAC, in every form in which somebody might have stored it.
      for (const key of [text, text.trim(), text.replace(/-----.*-----|\s/g, ""), Buffer.from(text.replace(/-----.*-----|\s/g, ""), "base64")]) {
        for (const [alg, hash] of [["HS256", "sha256"], ["HS512", "sha512"]]) {
          const signed = `${part({ alg })}.${payload}`;
          forged.push(`${signed}.${createHmac(hash, key).update(signed).digest("base64url")}`);
        }
      }
      for (const token of forged) {
        assert.equal(await status(server, token), 401, token.slice(0, 40));
        assert.equal(await connectWith(server, token), 3500, token.slice(0, 40));
      }
    } finally {
      await server.dispose();
    }
  }
});

test("times, audience and issuer count for public keys as well", async () => {
  const config = `[token]\npublic_key_files = ["${path.join(folder, "ES256.pem")}"]\naudience = "us"\nissuer = "backend"\nleeway = "30s"\n`;
  const server = await Server.start({ dev: false, config });
  try {
    const token = (claims) => sign("ES256", { aud: "us", iss: "backend", ...claims });
    const rows = [
      [{}, 200],
      [{ aud: ["them", "us"] }, 200],
      [{ aud: "them" }, 401],
      [{ iss: "other" }, 401],
      [{ exp: inSeconds(60) }, 200],
      [{ exp: inSeconds(-5) }, 200],
      [{ exp: inSeconds(-40) }, 401],
      [{ nbf: inSeconds(600) }, 401],
      [{ nbf: inSeconds(-1) }, 200],
    ];
    for (const [claims, wanted] of rows) assert.equal(await status(server, await token(claims)), wanted, JSON.stringify(claims));
    assert.equal(await connectWith(server, await token({ exp: inSeconds(-40) })), 109);
  } finally {
    await server.dispose();
  }
});

test("a key set behind a URL: a token of a new key is good as soon as the set has been fetched again", async () => {
  const issuer = await new KeyServer().start();
  issuer.set = { keys: [await jwk("RS256"), { kty: "oct", k: "c2VjcmV0", kid: "secret" }] };
  const config = `[token]\njwks_public_endpoint = "${issuer.url}"\njwks_refresh_interval_min = "1s"\n`;
  const server = await Server.start({ dev: false, config });
  try {
    await until("the first keys", async () => (await status(server, await sign("RS256"))) === 200);
    assert.equal(await connectWith(server, await sign("RS256")), "connected");

    // The issuer rotates. The SDK comes by itself until the key is there, and hears of no refusal that ends it.
    issuer.set = { keys: [await jwk("EdDSA"), await jwk("RS256")] };
    const ends = [];
    const client = connect(server, { getToken: () => sign("EdDSA", { scope: undefined }) });
    client.on("disconnected", ({ code }) => ends.push(code));
    await client.ready();
    assert.deepEqual(ends, []);
    client.disconnect();
    assert.equal(await status(server, await sign("RS256")), 200, "the old key is still in the set");

    // It is taken away, and then good no more.
    issuer.set = { keys: [await jwk("EdDSA")] };
    await until("the key to go", async () => {
      await status(server, await sign("ES256")); // of a key that nobody knows: makes the server look
      return (await status(server, await sign("RS256"))) !== 200;
    });
    await until("the end of all hope", async () => (await status(server, await sign("RS256"))) === 401);
    assert.equal(await connectWith(server, await sign("RS256")), 3500);
    assert.equal(await status(server, await sign("EdDSA")), 200);
  } finally {
    await server.dispose();
    await issuer.stop();
  }
});

test("tokens of unknown keys make the server ask no more often than it may", async () => {
  const issuer = await new KeyServer().start();
  issuer.set = { keys: [await jwk("ES256")] };
  const config = `[token]\njwks_public_endpoint = "${issuer.url}"\njwks_refresh_interval_min = "1h"\n`;
  const server = await Server.start({ dev: false, config });
  try {
    await until("the first keys", async () => (await status(server, await sign("ES256"))) === 200);
    // They may be of a key that is to come, so none is refused for good before the next look, which is an hour away.
    for (let i = 0; i < 50; i += 1) assert.equal(await status(server, await sign("RS256", {}, { kid: `unknown-${i}` })), 503);
    assert.equal(issuer.answers, 1);
  } finally {
    await server.dispose();
    await issuer.stop();
  }
});

test("keys stay when the set cannot be had, or is none", async () => {
  const issuer = await new KeyServer().start();
  issuer.set = { keys: [await jwk("ES256")] };
  const config = `[token]\njwks_public_endpoint = "${issuer.url}"\njwks_refresh_interval_min = "1s"\n`;
  const server = await Server.start({ dev: false, config });
  try {
    const good = await sign("ES256");
    const unknown = await sign("RS256");
    await until("the first keys", async () => (await status(server, good)) === 200);
    for (const [name, change] of Object.entries({
      "an error": () => (issuer.status = 500),
      "no set": () => ((issuer.status = 200), (issuer.set = "<html>")),
      "an empty set": () => (issuer.set = { keys: [] }),
      "a set that is too long": () => (issuer.set = `{"keys":[],"x":"${"x".repeat(300_000)}"}`),
      "nobody there": () => issuer.stop(),
    })) {
      const { failed } = await keysOf(server);
      await change();
      await until(`a failure: ${name}`, async () => {
        const told = await status(server, unknown);
        assert.ok(told === 401 || told === 503, `${told}`);
        return (await keysOf(server)).failed > failed;
      });
      // Nobody knows whether that key is good: it is not refused for good.
      assert.equal(await status(server, good), 200, name);
    }
    assert.equal(await status(server, unknown), 503);
  } finally {
    await server.dispose();
  }
});

test("a server that starts before its issuer refuses nobody for good", async () => {
  const issuer = await new KeyServer().start();
  issuer.status = 503;
  const config = `[token]\njwks_public_endpoint = "${issuer.url}"\njwks_refresh_interval_min = "1s"\n`;
  const server = await Server.start({ dev: false, config });
  try {
    const token = await sign("ES256");
    const refused = await call(server, "GET", "/api/v1/rooms", { token });
    assert.equal(refused.status, 503);
    assert.ok(Number(refused.headers.get("retry-after")) > 0);
    assert.equal(await connectWith(server, token), 100);
    issuer.set = { keys: [await jwk("ES256")] };
    issuer.status = 200;
    await until("the keys", async () => (await status(server, token)) === 200);
  } finally {
    await server.dispose();
    await issuer.stop();
  }
});

test("over TLS the issuer must prove its name", async () => {
  const [certificate, key] = [path.join(folder, "tls.pem"), path.join(folder, "tls.key")];
  const made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost"];
  execFileSync("openssl", [...made, "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate], { stdio: "ignore" });
  const issuer = await new KeyServer().start({ cert: await readFile(certificate), key: await readFile(key) });
  issuer.set = { keys: [await jwk("ES256")] };
  const start = (url, environment) =>
    Server.start({
      dev: false,
      config: `[token]\njwks_public_endpoint = "${url}"\njwks_refresh_interval_min = "1s"\n`,
      environment: () => environment,
    });
  const trusting = await start(issuer.url, { SSL_CERT_FILE: certificate });
  const strangers = [
    await start(issuer.url, {}), // does not know the authority
    await start(issuer.url.replace("localhost", "127.0.0.1"), { SSL_CERT_FILE: certificate }), // the certificate is for another name
  ];
  try {
    const token = await sign("ES256");
    await until("the keys", async () => (await status(trusting, token)) === 200);
    for (const server of strangers) {
      await until("a failure", async () => (await keysOf(server)).failed > 0);
      assert.equal(await status(server, token), 503);
      assert.match(server.log, /certificate verify failed/);
    }
  } finally {
    await Promise.all([trusting, ...strangers].map((server) => server.dispose()));
    await issuer.stop();
  }
});

test("a key set in a file, and PEM files: read again on SIGHUP", async () => {
  const [set, pem] = [path.join(folder, "set.json"), path.join(folder, "one.pem")];
  await writeFile(set, JSON.stringify({ keys: [await jwk("ES256")] }));
  await writeFile(pem, await readFile(path.join(folder, "RS256.pem")));
  const server = await Server.start({ dev: false, config: `[token]\njwks_file = "${set}"\npublic_key_files = ["${pem}"]\njwks_refresh_interval_min = "1s"\n` });
  try {
    assert.equal(await status(server, await sign("ES256")), 200);
    assert.equal(await status(server, await sign("RS256")), 200);
    await writeFile(set, JSON.stringify({ keys: [await jwk("ES384")] }));
    await writeFile(pem, await readFile(path.join(folder, "EdDSA.pem")));
    process.kill(server.pid, "SIGHUP");
    await until("the new keys", async () => (await status(server, await sign("EdDSA"))) === 200);
    await until("the new set", async () => (await status(server, await sign("ES384"))) === 200);
    await until("the old key to go", async () => (await status(server, await sign("ES256"))) === 401);
    await writeFile(pem, "nonsense");
    const { failed } = await keysOf(server);
    process.kill(server.pid, "SIGHUP");
    await until("the failure", async () => (await keysOf(server)).failed > failed);
    assert.equal(await status(server, await sign("EdDSA")), 200);
  } finally {
    await server.dispose();
  }
});

test("a file that is no key is a reason not to start", async () => {
  const file = path.join(folder, "bad.pem");
  await writeFile(file, "nonsense");
  await assert.rejects(Server.start({ dev: false, config: `[token]\npublic_key_files = ["${file}"]\n` }), /bad\.pem: is not a public key/);
  await assert.rejects(Server.start({ dev: false, config: `[token]\npublic_key_files = ["${folder}/none.pem"]\n` }), /none\.pem: cannot be read/);
  await assert.rejects(Server.start({ dev: false, config: `[token]\nrsa_public_key = "x"\n` }), /rsa_public_key" is not a public key/);
});

test("a public key in the configuration itself", async () => {
  const rsa = await readFile(path.join(folder, "RS512.pem"), "utf8");
  const elliptic = await readFile(path.join(folder, "ES256.pem"), "utf8");
  const server = await Server.start({ dev: false, config: `[token]\nrsa_public_key = """${rsa}"""\necdsa_public_key = """${elliptic}"""\n` });
  try {
    assert.equal(await status(server, await sign("RS512")), 200);
    assert.equal(await status(server, await sign("ES256")), 200);
    assert.equal(await status(server, signToken("x".repeat(32), { sub: "ann", scope: "read" })), 401);
    assert.equal((await call(server, "GET", roomPath("r"), { token: await sign("EdDSA") })).status, 401);
  } finally {
    await server.dispose();
  }
});
