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
  #port;
  #links = 0;

  static async start(server) {
    const relay = new SlowRelay();
    relay.#child = spawn("python3", [program, String(server.port)], { stdio: ["pipe", "pipe", "inherit"] });
    const [line] = await once(createInterface({ input: relay.#child.stdout }), "line");
    relay.#port = Number(line);
    return relay;
  }

  // A connected client with pause(), resume() and rate(bytesPerSecond) for what it is sent. One at a time: links count in their order.
  async connect() {
    const number = this.#links++;
    const client = await ProtocolClient.connect({ websocketUrl: `ws://127.0.0.1:${this.#port}/connection/websocket` });
    const say = (text) => this.#child.stdin.write(`${text}\n`);
    return Object.assign(client, {
      pause: () => say(`pause ${number}`),
      resume: () => say(`resume ${number}`),
      rate: (bytesPerSecond) => say(`rate ${number} ${bytesPerSecond}`),
    });
  }

  async stop() {
    const ended = once(this.#child, "exit");
    this.#child.stdin.end();
    await ended;
  }
}
