// `tidectl tail --json` as a process, line by line as it comes.
import { once } from "node:events";
import { createInterface } from "node:readline";
import { startTidectl } from "./tidectl.mjs";
import { until } from "./until.mjs";

export class Tail {
  lines = []; // all so far
  #taken = 0;
  #child;
  #ended;

  constructor(server, args) {
    // The public listener: the other one has another port after a restart.
    this.#child = startTidectl(server, ["tail", "--json", "--server", new URL(server.url).host, ...args]);
    this.#ended = once(this.#child, "close");
    createInterface({ input: this.#child.stdout }).on("line", (line) => this.lines.push(JSON.parse(line)));
    this.#child.stderr.resume();
  }

  // The next line that was not taken yet.
  async next() {
    await until(() => `a line; there are ${JSON.stringify(this.lines)}`, () => this.lines.length > this.#taken);
    return this.lines[this.#taken++];
  }

  get publicationsSoFar() {
    return this.lines.filter(({ live, reset, gap }) => !live && !reset && !gap);
  }

  // All of them once there are so many.
  async publications(count) {
    await until(() => `${count} publications; there are ${this.publicationsSoFar.length}`, () => this.publicationsSoFar.length >= count);
    return this.publicationsSoFar;
  }

  async interrupt(signal) {
    this.#child.kill(signal);
    return this.ended();
  }

  // The exit status, or the signal that killed it.
  async ended() {
    const [status, signal] = await this.#ended;
    return status ?? signal;
  }

  closeOutput() {
    this.#child.stdout.destroy();
  }

  async end() {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }
}
