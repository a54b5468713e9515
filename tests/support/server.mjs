// A real server for tests in JavaScript: starts the binary on a free port of loopback with a data directory of its own,
// kills it, and starts it again on the same ports and data.
//
// The binary is build/release/tools/tidewire, or what TIDEWIRE_BIN names.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
export const binary = process.env.TIDEWIRE_BIN ?? path.join(root, "build/release/tools/tidewire");

// What a namespace says that lets clients in; without --dev it is closed.
export const openToClients = `
allow_subscribe_for_client = true
allow_subscribe_for_anonymous = true
allow_history_for_client = true
allow_presence_for_client = true
`;

const startTimeoutMs = 30_000;
const stopTimeoutMs = 20_000;
const startAttemptsMax = 20;
const startPauseMs = 250;
const logLinesMax = 500;

function portIn(pattern, line) {
  const found = pattern.exec(line);
  return found ? Number(found[1]) : undefined;
}

export class Server {
  #child = null;
  #arguments;
  #folder;
  #log = [];
  #port = 0;
  #adminPort = 0;
  #ending = null; // the child that ends on our demand
  #environment = {};
  #shell = "";
  #over = false;
  #atEnd = new Set();

  constructor(folder, extraArguments) {
    this.#folder = folder;
    this.#arguments = extraArguments;
  }

  // Starts a server with an empty data directory, in development mode unless `dev` is false. `config` is the text of its
  // configuration file (TOML), `args` are further arguments of `tidewire serve`. `environment` answers variables for its process, given
  // the server; `shell` is what a shell does before it becomes the server, such as "ulimit -f 1000".
  static async start({ dev = true, config = "", args = [], environment = () => ({}), shell = "" } = {}) {
    const folder = await mkdtemp(path.join(tmpdir(), "tidewire-test-"));
    const extraArguments = dev ? ["--dev", ...args] : [...args];
    if (config !== "") {
      const file = path.join(folder, "tidewire.toml");
      await writeFile(file, config);
      extraArguments.push("--config", file);
    }
    const server = new Server(folder, extraArguments);
    server.#shell = shell;
    try {
      server.#environment = await environment(server);
      await server.#spawn();
    } catch (error) {
      await server.dispose();
      throw error;
    }
    return server;
  }

  get port() {
    return this.#port;
  }

  get url() {
    return `http://127.0.0.1:${this.#port}`;
  }

  get websocketUrl() {
    return `ws://127.0.0.1:${this.#port}/connection/websocket`;
  }

  get adminUrl() {
    return `http://127.0.0.1:${this.#adminPort}`;
  }

  // Its files, and those of what helps with it; gone with dispose().
  get folder() {
    return this.#folder;
  }

  get dataFolder() {
    return path.join(this.#folder, "data");
  }

  get pid() {
    return this.#child?.pid;
  }

  // It is gone for good, so there is no sense in trying again.
  get over() {
    return this.#over;
  }

  // What to do at dispose(): a client that goes on trying would keep a failed test from ending.
  atEnd(job) {
    this.#atEnd.add(job);
  }

  forgetAtEnd(job) {
    this.#atEnd.delete(job);
  }

  // The last lines the server printed, for the message of a failed test.
  get log() {
    return this.#log.join("\n");
  }

  // kill -9: no time for a word.
  async kill() {
    await this.#end("SIGKILL");
  }

  // The orderly way; returns the exit code.
  async stop() {
    return this.#end("SIGTERM");
  }

  // SIGTERM, and kill -9 if it has not ended within that time; returns the exit code, null if it was killed.
  async stopOrKill(ms) {
    return this.#end("SIGTERM", ms);
  }

  // It will die by itself, or be killed by somebody else: that is no surprise. Returns a promise of its end: [exit code, signal].
  async death() {
    const child = this.#child;
    this.#ending = child;
    return child ? once(child, "close") : [null, null];
  }

  // Again on the same ports and data, with further arguments for this once; stops the server first if it runs. While nobody listened, a
  // client's attempt may have been given this very port for its own end, which holds it for a moment: then again.
  async restart(...args) {
    if (this.#child) await this.stop();
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#spawn(args);
      } catch (error) {
        if (attempt === startAttemptsMax || !/Address already in use/.test(error.message)) throw error;
        await delay(startPauseMs);
      }
    }
  }

  // Ends the server and forgets what it kept; restart() begins with nothing.
  async loseData() {
    if (this.#child) await this.#end("SIGKILL");
    await rm(this.dataFolder, { recursive: true, force: true });
  }

  // The end: of the server and of all its files.
  async dispose() {
    this.#over = true;
    for (const job of this.#atEnd) job();
    if (this.#child) await this.#end("SIGKILL");
    await rm(this.#folder, { recursive: true, force: true });
  }

  // The next messages that actors of this kind handle make them throw; the configuration must say [test] faults = true. With a key only
  // changes of that key do, when entities or rooms handle them.
  async armFault(kind, messages = 1, key = undefined) {
    const response = await fetch(`${this.adminUrl}/test/faults`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ kind, messages, key }),
    });
    if (!response.ok) throw new Error(`no fault for ${kind}: ${response.status} ${await response.text()}`);
  }

  // A request with a JSON body and a JSON answer; throws on a status that is not 2xx.
  async request(method, target, body, headers = {}) {
    const response = await fetch(this.url + target, {
      method,
      headers: body === undefined ? headers : { "Content-Type": "application/json", ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${target}: ${response.status} ${text}`);
    return text === "" ? null : JSON.parse(text);
  }

  // Publishes one item or an array of them ({key, op, data, …}) to a room.
  async publish(room, items) {
    return this.request("POST", `/api/v1/rooms/${encodeURIComponent(room)}/events`, items);
  }

  async #spawn(onceArguments = []) {
    const command = [
      ...[binary, "serve", "--listen", `127.0.0.1:${this.#port}`, "--admin", `127.0.0.1:${this.#adminPort}`, "--data", this.dataFolder],
      ...[...this.#arguments, ...onceArguments],
    ];
    const [program, ...rest] = this.#shell === "" ? command : ["bash", "-c", `${this.#shell} && exec "$0" "$@"`, ...command];
    const child = spawn(program, rest, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...this.#environment } });
    this.#child = child;
    const forget = () => {
      if (this.#child === child) this.#child = null;
    };
    child.once("exit", forget);
    child.once("error", forget); // it never started: there will be no exit
    ({ port: this.#port, adminPort: this.#adminPort } = await this.#listening(child));
    child.once("close", (code, signal) => {
      if (this.#ending !== child) console.error(`the server ended by itself with ${signal ?? code}\n${this.log}`);
    });
  }

  // The ports, from the lines "listening on 127.0.0.1:PORT" and "admin on 127.0.0.1:PORT" on either output.
  #listening(child) {
    return new Promise((resolve, reject) => {
      let port;
      let adminPort;
      const timer = setTimeout(() => {
        child.kill("SIGKILL");
        reject(new Error(`the server did not listen within ${startTimeoutMs} ms\n${this.log}`));
      }, startTimeoutMs);
      child.once("error", (error) => {
        clearTimeout(timer);
        reject(new Error(`${binary} does not start: ${error.message}; build it, or say in TIDEWIRE_BIN where it is`));
      });
      child.once("close", (code, signal) => {
        clearTimeout(timer);
        reject(new Error(`the server ended with ${signal ?? code}\n${this.log}`));
      });
      for (const output of [child.stdout, child.stderr]) {
        createInterface({ input: output }).on("line", (line) => {
          this.#log.push(line);
          if (this.#log.length > logLinesMax) this.#log.shift();
          port ??= portIn(/listening on 127\.0\.0\.1:(\d+)/, line);
          adminPort ??= portIn(/admin on 127\.0\.0\.1:(\d+)/, line);
          if (!port || !adminPort) return;
          clearTimeout(timer);
          resolve({ port, adminPort });
        });
      }
    });
  }

  async #end(signal, killAfterMs) {
    const child = this.#child;
    if (!child) return null;
    this.#ending = child;
    const exited = once(child, "exit");
    child.kill(signal);
    const timer = setTimeout(() => child.kill("SIGKILL"), killAfterMs ?? stopTimeoutMs);
    const [code, endedBy] = await exited;
    clearTimeout(timer);
    if (signal === "SIGTERM" && endedBy === "SIGKILL" && killAfterMs === undefined) throw new Error(`the server did not stop within ${stopTimeoutMs} ms\n${this.log}`);
    return code;
  }
}
