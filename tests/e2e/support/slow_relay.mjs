// Slow links to a server: slow_relay.py as a process, and clients behind it that can be held up.
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { ProtocolClient } from "./protocol_client.mjs";

const program = path.join(path.dirname(fileURLToPath(import.meta.url)), "slow_relay.py");

export class SlowRelay {
  #child;
  #ended;
  #port;

  static async start(server) {
    const relay = new SlowRelay();
    relay.#child = spawn("python3", [program, String(server.port)], { stdio: ["pipe", "pipe", "inherit"] });
    relay.#ended = once(relay.#child, "exit");
    const [line] = await once(createInterface({ input: relay.#child.stdout }), "line");
    relay.#port = Number(line);
    return relay;
  }

  get websocketUrl() {
    return `ws://127.0.0.1:${this.#port}/connection/websocket`;
  }

  // What the connection is sent whose own port that is: not at all, again, so much a second (0: no limit).
  pause(port) {
    this.#say(`pause ${port}`);
  }

  resume(port) {
    this.#say(`resume ${port}`);
  }

  rate(port, bytesPerSecond) {
    this.#say(`rate ${port} ${bytesPerSecond}`);
  }

  // A connected client with pause() and resume() for what it is sent.
  async connect() {
    const client = await ProtocolClient.connect(this);
    return Object.assign(client, { pause: () => this.pause(client.port), resume: () => this.resume(client.port) });
  }

  async stop() {
    this.#child.stdin.end();
    await this.#ended;
  }

  #say(text) {
    this.#child.stdin.write(`${text}\n`);
  }
}
