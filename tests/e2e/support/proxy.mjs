// nginx and HAProxy of Debian with the configurations of deploy/, as ordinary processes on free ports of loopback with all their files in a folder
// of the test. Only addresses and paths are replaced, and each of these must be there to be replaced.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { root } from "../../support/server.mjs";
import { until } from "./until.mjs";

const startAttemptsMax = 10;
const pauseMs = 50;

// Where a program is: daemons are in /usr/sbin, which is not on everybody's PATH.
export function programOf(name) {
  const folders = [...process.env.PATH.split(":"), "/usr/sbin"];
  const found = folders.map((folder) => path.join(folder, name)).find(existsSync);
  if (!found) throw new Error(`there is no ${name}: apt-get install ${name}`);
  return found;
}

// A port that nobody has at this moment.
export async function freePort() {
  const listener = net.createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => listener.once("listening", resolve));
  const { port } = listener.address();
  await new Promise((resolve) => listener.close(resolve));
  return port;
}

// The text of a file of deploy/ with each of the pairs [what stands there, what shall] replaced.
export async function replaced(file, pairs) {
  let text = await readFile(path.join(root, "deploy", file), "utf8");
  for (const [from, to] of pairs) {
    if (!text.includes(from)) throw new Error(`${file} does not say ${from} any more`);
    text = text.replaceAll(from, to);
  }
  return text;
}

export const kinds = {
  nginx: {
    async write(folder, port, upstream) {
      const site = await replaced("nginx/tidewire.conf", [
        ["listen 80;", `listen 127.0.0.1:${port};`],
        ["server 127.0.0.1:8000;", `server 127.0.0.1:${upstream};`],
        ["/var/log/nginx/tidewire.log", `${folder}/access.log`],
      ]);
      await writeFile(path.join(folder, "site.conf"), site);
      const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/${name};`);
      const user = process.getuid() === 0 ? "user root;" : "";
      const file = path.join(folder, "nginx.conf");
      await writeFile(
        file,
        `${user} daemon off; worker_processes 2; pid ${folder}/pid; error_log stderr;
         events { worker_connections 768; }
         http { ${temporary.join(" ")} include ${folder}/site.conf; }`,
      );
      return ["nginx", "-p", folder, "-c", file];
    },
    reload: "SIGHUP",
  },
  haproxy: {
    async write(folder, port, upstream) {
      const file = path.join(folder, "haproxy.cfg");
      const text = await replaced("haproxy/haproxy.cfg", [
        ["bind :80", `bind 127.0.0.1:${port}`],
        ["server one 127.0.0.1:8000", `server one 127.0.0.1:${upstream}`],
        ["maxconn 65536", "maxconn 1000"], // it does not start where it may not open twice as many files
      ]);
      await writeFile(file, text);
      return ["haproxy", "-W", "-db", "-f", file];
    },
    reload: "SIGUSR2",
  },
};

export class Proxy {
  #kind;
  #folder;
  #child = null;
  #log = "";
  #server;

  // In front of `server` ({port}); it is what clients take for the server.
  static async start(kind, server) {
    const proxy = new Proxy();
    proxy.#kind = kinds[kind];
    proxy.#server = server;
    proxy.#folder = await mkdtemp(path.join(tmpdir(), `tidewire-${kind}-`));
    for (let attempt = 1; attempt <= startAttemptsMax; attempt += 1) {
      proxy.#log = "";
      proxy.port = await freePort();
      if (await proxy.#spawn()) return proxy;
      await delay(pauseMs);
    }
    await proxy.dispose();
    throw new Error(`${kind} does not start\n${proxy.#log}`);
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  get websocketUrl() {
    return `ws://127.0.0.1:${this.port}/connection/websocket`;
  }

  get log() {
    return this.#log;
  }

  get over() {
    return this.#server.over;
  }

  // What it wrote about requests.
  async accesses() {
    const file = path.join(this.#folder, "access.log");
    return existsSync(file) ? readFile(file, "utf8") : this.#log;
  }

  atEnd(job) {
    this.#server.atEnd?.(job);
  }

  forgetAtEnd(job) {
    this.#server.forgetAtEnd?.(job);
  }

  // Its processes, the first one included.
  async pids() {
    const children = await readFile(`/proc/${this.#child.pid}/task/${this.#child.pid}/children`, "utf8");
    return [this.#child.pid, ...children.trim().split(" ").map(Number)];
  }

  // Reads its configuration again; resolves when new processes serve.
  async reload() {
    const before = await this.pids();
    this.#child.kill(this.#kind.reload);
    await until("new workers", async () => (await this.pids()).some((pid) => !before.includes(pid)));
    await until("an answer", () => this.#answers());
  }

  async dispose() {
    if (this.#child) {
      const ended = new Promise((resolve) => this.#child.once("exit", resolve));
      const workers = (await this.pids()).slice(1);
      this.#child.kill("SIGKILL");
      for (const pid of workers) endQuietly(pid);
      await ended;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #spawn() {
    const [program, ...args] = await this.#kind.write(this.#folder, this.port, this.#server.port);
    const child = spawn(programOf(program), args, { stdio: ["ignore", "pipe", "pipe"] });
    let over = false;
    child.once("exit", () => (over = true));
    for (const output of [child.stdout, child.stderr]) output.on("data", (bytes) => (this.#log += bytes));
    await until("the proxy", async () => over || (await this.#answers()));
    if (!over) this.#child = child;
    return !over;
  }

  // Any answer of the proxy will do.
  async #answers() {
    return fetch(`${this.url}/livez`)
      .then((answer) => answer.arrayBuffer())
      .then(
        () => true,
        () => false,
      );
  }
}

function endQuietly(pid) {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // it has ended
  }
}
