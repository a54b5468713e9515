// The Dockerfile and the manifests of Kubernetes. Neither Docker nor a cluster is here: what can be held against them is a linter, the schemas of
// Kubernetes, what their parts say of each other, and the binary.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { Server, binary, root } from "../support/server.mjs";
import { replaced } from "./support/proxy.mjs";

const run = promisify(execFile);
const python = path.join(root, "build/python/bin");
const folder = path.join(root, "deploy/kubernetes");
// Not of Kubernetes itself, so there is no schema.
const foreign = ["Kustomization", "VerticalPodAutoscaler"];
let scratch;
let documents = [];

before(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), "tidewire-manifests-"));
  for (const name of (await readdir(folder)).filter((each) => each.endsWith(".yaml"))) {
    const program = "import json, sys, yaml; print(json.dumps(list(yaml.safe_load_all(open(sys.argv[1])))))";
    const { stdout } = await run(path.join(python, "python"), ["-c", program, path.join(folder, name)]);
    documents.push(...JSON.parse(stdout).map((document) => ({ ...document, file: name })));
  }
});

after(async () => {
  await rm(scratch, { recursive: true, force: true });
});

const all = (kind) => documents.filter((document) => document.kind === kind);
const one = (kind, name) => all(kind).find(({ metadata }) => metadata.name === name);
const workloads = () => [...all("StatefulSet"), ...all("Deployment")];
const matches = (selector, labels) => Object.entries(selector).every(([name, value]) => labels[name] === value);
const chosenBy = (selector) => workloads().filter(({ spec }) => matches(selector, spec.template.metadata.labels));

// {status, output}
async function attempt(program, args) {
  try {
    const { stdout, stderr } = await run(program, args);
    return { status: 0, output: stdout + stderr };
  } catch (failure) {
    if (typeof failure.code !== "number") throw failure;
    return { status: failure.code, output: `${failure.stdout}${failure.stderr}` };
  }
}

const validate = (...files) => attempt(path.join(python, "kubernetes-validate"), ["--strict", ...files]);

test("every manifest is what the schemas of Kubernetes want", async () => {
  assert.ok(documents.length >= 12);
  const files = [...new Set(documents.map(({ file }) => file))];
  const { status, output } = await validate(...files.map((file) => path.join(folder, file)));
  assert.equal(status, 0, output);
  for (const { kind, metadata } of documents.filter((document) => !foreign.includes(document.kind))) {
    assert.ok(output.includes(`passed for resource ${kind.toLowerCase()}/${metadata.name} `), `${kind} ${metadata.name} in\n${output}`);
  }
});

test("a mistake in a manifest is noticed", async () => {
  const text = await readFile(path.join(folder, "statefulset.yaml"), "utf8");
  const file = path.join(scratch, "mistaken.yaml");
  for (const [right, wrong] of [
    ["replicas: 1", "replicas: one"],
    ["readinessProbe:", "readynessProbe:"],
    ["serviceName: tidewire-peers", "unknown: tidewire-peers"],
  ]) {
    assert.ok(text.includes(right));
    await writeFile(file, text.replace(right, wrong));
    assert.notEqual((await validate(file)).status, 0, wrong);
  }
});

test("the parts find each other", async () => {
  for (const { metadata, spec } of workloads()) assert.ok(matches(spec.selector.matchLabels, spec.template.metadata.labels), metadata.name);
  for (const { metadata, spec } of all("Service")) {
    const [workload, ...others] = chosenBy(spec.selector);
    assert.ok(workload && others.length === 0, `${metadata.name} chooses one workload`);
    const named = workload.spec.template.spec.containers.flatMap(({ ports }) => ports.map(({ name }) => name));
    for (const { targetPort } of spec.ports) assert.ok(named.includes(targetPort), `${metadata.name}: ${targetPort}`);
  }
  for (const { metadata, spec } of [...all("PodDisruptionBudget")]) assert.equal(chosenBy(spec.selector.matchLabels).length, 1, metadata.name);
  for (const { metadata, spec } of all("NetworkPolicy")) assert.equal(chosenBy(spec.podSelector.matchLabels).length, 1, metadata.name);
  for (const { spec } of workloads()) {
    for (const { configMap } of spec.template.spec.volumes.filter((volume) => volume.configMap)) assert.ok(one("ConfigMap", configMap.name), configMap.name);
  }
  const [{ spec: server }] = all("StatefulSet");
  assert.ok(one("Service", server.serviceName), server.serviceName);
  const [{ resources }] = all("Kustomization");
  const files = new Set(documents.filter(({ kind }) => !foreign.includes(kind)).map(({ file }) => file));
  assert.deepEqual([...resources].sort(), [...files].sort());
});

test("nothing scales the server by replicas, and clients are kept from the operators' port", async () => {
  assert.equal(one("StatefulSet", "tidewire").spec.replicas, 1);
  for (const { spec } of all("HorizontalPodAutoscaler")) {
    assert.equal(spec.scaleTargetRef.kind, "Deployment");
    assert.ok(one("Deployment", spec.scaleTargetRef.name));
    assert.equal(one("Deployment", spec.scaleTargetRef.name).spec.replicas, undefined, "the autoscaler says how many");
  }
  const ports = one("Service", "tidewire").spec.ports.map(({ targetPort }) => targetPort);
  assert.deepEqual(ports, ["clients"]);
  const rules = one("NetworkPolicy", "tidewire").spec.ingress.filter(({ ports: open }) => open.some(({ port }) => port === "operators"));
  assert.equal(rules.length, 1);
  assert.ok(rules[0].from.every(({ namespaceSelector, podSelector }) => namespaceSelector && podSelector));
});

test("the configurations are good, and the probes ask what the server answers", async () => {
  const file = path.join(scratch, "tidewire.toml");
  await writeFile(file, one("ConfigMap", "tidewire").data["tidewire.toml"]);
  for (const each of [file, path.join(root, "deploy/docker/tidewire.toml"), path.join(root, "deploy/package/tidewire.toml")]) {
    assert.match((await run(binary, ["check-config", each])).stdout, /: ok\n$/, each);
  }
  const server = await Server.start();
  try {
    const [{ spec }] = all("StatefulSet");
    const [container] = spec.template.spec.containers;
    for (const probe of ["startupProbe", "readinessProbe", "livenessProbe"]) {
      const { path: target, port } = container[probe].httpGet;
      assert.equal(port, "clients");
      assert.equal((await fetch(server.url + target)).status, 200, `${probe} ${target}`);
    }
  } finally {
    await server.dispose();
  }
});

test("the edge has the configuration of deploy/nginx", async () => {
  const expected = await replaced("nginx/tidewire.conf", [
    ["server 127.0.0.1:8000;", "server tidewire:8000;"],
    ["listen 80;", "listen 8080;"],
    ["/var/log/nginx/tidewire.log", "/dev/stdout"],
  ]);
  assert.equal(one("ConfigMap", "tidewire-edge").data["default.conf"], expected);
});

test("the linter has nothing to say of the Dockerfile, and it builds as ./run does", async () => {
  const file = path.join(root, "deploy/docker/Dockerfile");
  const lint = (which) => attempt(path.join(python, "hadolint"), ["--ignore", "DL3008", which]); // versions are those of Debian 12
  assert.deepEqual(await lint(file), { status: 0, output: "" });
  const text = await readFile(file, "utf8");
  const mistaken = path.join(scratch, "Dockerfile");
  await writeFile(mistaken, text.replace("USER 10001:10001", "USER root").replace("WORKDIR /src", "WORKDIR src"));
  assert.notEqual((await lint(mistaken)).status, 0);
  assert.match(text, /^RUN \.\/run build && /m);
  assert.ok(existsSync(path.join(root, "run")));
  for (const [, source] of text.matchAll(/^COPY (?!--from)(\S+) /gm)) assert.ok(existsSync(path.join(root, source)), source);
});

test("the image has the libraries that the programs need", { skip: !existsSync("/usr/bin/dpkg") && "no dpkg" }, async () => {
  const text = await readFile(path.join(root, "deploy/docker/Dockerfile"), "utf8");
  const installed = /--no-install-recommends \\\n(.*?) \\\n/s.exec(text)[1].trim().split(/\s+/);
  const inEveryDebian = ["libc6", "libgcc-s1", "libstdc++6"];
  const comesWith = { libfmt9: "libspdlog1.10" };
  const libraries = new Set();
  for (const program of [binary, path.join(path.dirname(binary), "tidectl")]) {
    const { stdout: found } = await run("ldd", [program]);
    const { stdout: head } = await run("readelf", ["-d", program]);
    const needed = [...head.matchAll(/Shared library: \[(.*)\]/g)].map(([, name]) => name);
    for (const name of needed.filter((each) => !/^lib(a|ub)san/.test(each))) {
      const file = new RegExp(`${name.replaceAll("+", "\\+")} => (\\S+)`).exec(found)?.[1];
      if (file) libraries.add(file); // all but the dynamic linker
    }
  }
  assert.ok(libraries.size > 5);
  const owners = await ownersOf([...libraries]);
  for (const [file, owner] of owners) assert.ok([...installed, ...inEveryDebian].includes(comesWith[owner] ?? owner), `${file} of ${owner}`);
});

// [file, the package that it is of]; /lib and /usr/lib are the same folder.
async function ownersOf(files) {
  const bare = files.map((file) => file.replace(/^\/usr/, ""));
  const { output } = await attempt("dpkg", ["-S", ...bare, ...bare.map((file) => `/usr${file}`)]);
  return bare.map((file) => {
    const line = output.split("\n").find((each) => each.endsWith(` ${file}`) || each.endsWith(` /usr${file}`));
    assert.ok(line && !line.startsWith("dpkg-query"), `no package has ${file}`);
    return [file, line.split(":")[0]];
  });
}
