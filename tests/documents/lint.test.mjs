// The documents of the interfaces are well formed and well kept: by Redocly, Spectral and the parser of AsyncAPI. TIDEWIRE_DOCUMENTS is the
// folder where the build has written them.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Parser } from "@asyncapi/parser";
import redocly from "@redocly/openapi-core";
import spectral from "@stoplight/spectral-core";
import rulesets from "@stoplight/spectral-rulesets";

const folder = process.env.TIDEWIRE_DOCUMENTS;
const openapi = ["api/v1/openapi.json", "admin/openapi.json"];
const text = (name) => readFile(join(folder, name), "utf8");

// What does not fit: no licence is given, the server is this machine, and paths look alike (/api/v1/rooms/{room}/… and /problems/{slug}).
// A handshake of WebSocket has no other success than 101.
const isHandshake = (place) => /connection(~1|\/)websocket/.test(place);
const redoclyRules = {
  extends: ["recommended-strict"],
  rules: { "info-license": "off", "info-license-url": "off", "no-server-example.com": "off", "no-ambiguous-paths": "off" },
};

const spectralRules = { "info-license": "off", "license-url": "off", "contact-properties": "off" };

for (const name of openapi) {
  test(`${name}: Redocly`, async () => {
    const config = await redocly.createConfig(redoclyRules);
    const found = await redocly.lintFromString({ source: await text(name), absoluteRef: join(folder, name), config });
    const kept = found.filter(({ ruleId, location }) => !(ruleId === "operation-2xx-response" && isHandshake(location[0].pointer)));
    assert.deepEqual(kept.map(({ ruleId, message, location }) => `${ruleId}: ${message} at ${location[0]?.pointer}`), []);
  });

  test(`${name}: Spectral`, async () => {
    const linter = new spectral.Spectral();
    linter.setRuleset({ extends: [[rulesets.oas, "all"]], rules: spectralRules });
    const found = await linter.run(JSON.parse(await text(name)));
    const kept = found.filter(({ code, path }) => !(code === "operation-success-response" && isHandshake(path.join("/"))));
    assert.deepEqual(kept.map(({ code, message, path }) => `${code}: ${message} at ${path.join("/")}`), []);
  });
}

test("api/v1/asyncapi.json: the parser of AsyncAPI", async () => {
  const { document, diagnostics } = await new Parser().parse(await text("api/v1/asyncapi.json"));
  const kept = diagnostics.filter(({ code }) => code !== "asyncapi-latest-version"); // 3.0 is what more tools read
  assert.deepEqual(kept.map(({ code, message, path }) => `${code}: ${message} at ${path.join("/")}`), []);
  assert.equal(document.version(), "3.0.0");
  assert.ok(document.allOperations().length >= 12);
});

// The table of the server: [path with a star for each parameter, methods, parameters of the query, whether others change nothing].
const routeRow = /^ +\{"(\S+)", (?:"([A-Z, ]+)"|(\w+)), "([\w, ]*)"(, true)?\},$/gm;
const split = (list) => (list === "" ? [] : list.split(", "));

test("the operators' listener has the paths, methods and parameters of its document", async () => {
  const source = await readFile(new URL("../../actors/edge/admin_routes.cpp", import.meta.url), "utf8");
  const named = Object.fromEntries([...source.matchAll(/^constexpr std::string_view (\w+) = "([A-Z, ]+)";$/gm)].map(([, name, methods]) => [name, methods]));
  const served = {};
  for (const [, path, methods, name, parameters] of source.matchAll(routeRow))
    served[path] = { methods: split(methods ?? named[name]).sort(), parameters: split(parameters).sort() };
  assert.ok(Object.keys(served).length >= 30);

  const { paths } = JSON.parse(await text("admin/openapi.json"));
  const told = {};
  for (const [path, { parameters, ...item }] of Object.entries(paths)) {
    const queried = Object.values(item).flatMap((each) => each.parameters).filter((each) => each.in === "query");
    told[path.replaceAll(/\{\w+\}/g, "*")] = {
      methods: Object.keys(item).map((each) => each.toUpperCase()).sort(),
      parameters: [...new Set(queried.map((each) => each.name))].sort(),
    };
  }
  // The handshake, and the rooms, which are the gateway's.
  const others = Object.keys(told).filter((path) => !(path in served));
  assert.deepEqual(others.filter((path) => !/^\/(connection\/websocket|api\/v1\/(rooms|entities|events|batch).*)$/.test(path)), []);
  for (const path of others) delete told[path];
  assert.deepEqual(told, served);
});

// A linter that is not asked anything finds nothing.
test("the linters find what is wrong", async () => {
  const broken = JSON.parse(await text(openapi[0]));
  delete broken.paths["/api/v1/rooms"].get.responses;
  broken.paths["/api/v1/rooms"].get.operationId = "publish";
  const config = await redocly.createConfig(redoclyRules);
  const source = JSON.stringify(broken);
  assert.ok((await redocly.lintFromString({ source, absoluteRef: join(folder, openapi[0]), config })).length > 0);
  const linter = new spectral.Spectral();
  linter.setRuleset({ extends: [[rulesets.oas, "all"]], rules: {} });
  assert.ok((await linter.run(broken)).length > 0);
  const { diagnostics } = await new Parser().parse('{"asyncapi":"3.0.0","info":{}}');
  assert.ok(diagnostics.length > 0);
});
