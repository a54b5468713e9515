// Debian's Prometheus and promtool: installed, or unpacked by ./test into build/debian.
import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { root } from "../../support/server.mjs";
import { freePort, programOf, replaced } from "./proxy.mjs";
import { until } from "./until.mjs";

const run = promisify(execFile);
const startAttemptsMax = 10;
const startTimeoutMs = 60_000; // it is a large program

export const rulesFolder = path.join(root, "deploy/prometheus");

function program(name) {
  const unpacked = path.join(root, "build/debian/prometheus/usr/bin", name);
  return existsSync(unpacked) ? unpacked : programOf(name);
}

// {status, output} of promtool, which is told `input`.
export async function promtool(args, { cwd = rulesFolder, input = "" } = {}) {
  const running = run(program("promtool"), args, { cwd });
  running.child.stdin.end(input);
  try {
    const { stdout, stderr } = await running;
    return { status: 0, output: stdout + stderr };
  } catch (failure) {
    return { status: failure.code, output: `${failure.stdout}${failure.stderr}` };
  }
}

// Prometheus with the configuration and the rules of deploy/, which looks once a second.
export class Prometheus {
  #folder;
  #child = null;
  #log = "";

  static async start(target) {
    const prometheus = new Prometheus();
    prometheus.#folder = await mkdtemp(path.join(tmpdir(), "tidewire-prometheus-"));
    const config = await replaced("prometheus/prometheus.yml", [
      ["127.0.0.1:8001", target],
      ["scrape_interval: 15s", "scrape_interval: 1s\n  scrape_timeout: 1s"],
      ["evaluation_interval: 15s", "evaluation_interval: 1s"],
    ]);
    await writeFile(path.join(prometheus.#folder, "prometheus.yml"), config);
    await copyFile(path.join(rulesFolder, "tidewire.rules.yml"), path.join(prometheus.#folder, "tidewire.rules.yml"));
    for (let attempt = 1; attempt <= startAttemptsMax; attempt += 1) if (await prometheus.#spawn()) return prometheus;
    await prometheus.dispose();
    throw new Error(`prometheus does not start\n${prometheus.#log}`);
  }

  // What /api/v1 answers.
  async ask(what, parameters = {}) {
    const response = await fetch(`${this.url}/api/v1/${what}?${new URLSearchParams(parameters)}`);
    const { status, data, error } = await response.json();
    if (status !== "success") throw new Error(`${what} ${JSON.stringify(parameters)}: ${error}`);
    return data;
  }

  // The samples of an instant query: [{metric, value}].
  async query(expression) {
    const { result } = await this.ask("query", { query: expression });
    return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  }

  async dispose() {
    if (this.#child) {
      const ended = new Promise((resolve) => this.#child.once("exit", resolve));
      this.#child.kill("SIGKILL");
      await ended;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #spawn() {
    const port = await freePort();
    this.url = `http://127.0.0.1:${port}`;
    const config = path.join(this.#folder, "prometheus.yml");
    const args = [`--config.file=${config}`, `--storage.tsdb.path=${this.#folder}/data`, `--web.listen-address=127.0.0.1:${port}`];
    const child = spawn(program("prometheus"), [...args, "--log.level=warn"], { stdio: ["ignore", "ignore", "pipe"] });
    child.stderr.on("data", (bytes) => (this.#log += bytes));
    let over = false;
    child.once("exit", () => (over = true));
    const ready = () =>
      fetch(`${this.url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    await until("Prometheus", async () => over || (await ready()), startTimeoutMs);
    if (!over) this.#child = child;
    return !over;
  }
}
