// Centrifugo's client for Python (cent), unmodified, in a process of its own: cent_client.py says how they talk. It is among the packages of
// tests/documents/requirements.txt.
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { root } from "../../support/server.mjs";

const python = path.join(root, "build/python/bin/python");
const program = fileURLToPath(new URL("cent_client.py", import.meta.url));

export class CentClient {
  #child;
  #lines;

  // `kind`: "sync" or "async", the two clients of the package.
  constructor(url, key, kind) {
    this.#child = spawn(python, ["-B", program, url, key, kind], { stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  // {result}, or {error, code, status} of what the client raised.
  async ask(...what) {
    this.#child.stdin.write(`${JSON.stringify(what)}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`${what[0]}: the Python client ended`);
    return JSON.parse(value);
  }

  async result(...what) {
    const answer = await this.ask(...what);
    if (answer.error) throw new Error(`${what[0]}: ${JSON.stringify(answer)}`);
    return answer.result;
  }

  async end() {
    const over = once(this.#child, "close");
    this.#child.stdin.end();
    return (await over)[0];
  }
}
