// A program on a terminal (terminal.py), and what stands on its screen: the few sequences that ncurses writes for TERM=xterm.
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { until } from "./until.mjs";

const program = path.join(path.dirname(fileURLToPath(import.meta.url)), "terminal.py");

export class Terminal {
  #child;
  #ended;
  #rest = "";
  #cells = [];
  #row = 0;
  #column = 0;
  errors = "";

  constructor(command, { rows = 24, columns = 100, env = {} } = {}) {
    this.#child = spawn("python3", [program, String(rows), String(columns), ...command], { env: { ...process.env, ...env }, stdio: "pipe" });
    this.#ended = once(this.#child, "close");
    this.#child.stdout.setEncoding("utf8").on("data", (text) => this.#draw(text));
    this.#child.stderr.setEncoding("utf8").on("data", (text) => (this.errors += text));
    this.#child.stdin.on("error", () => {});
    this.resize(rows, columns, false);
  }

  type(text) {
    this.#child.stdin.write(`keys ${JSON.stringify(text)}\n`);
  }

  resize(rows, columns, tell = true) {
    this.rows = rows;
    this.columns = columns;
    this.#cells = Array.from({ length: rows }, (_, row) => Array.from({ length: columns }, (_, column) => this.#cells[row]?.[column] ?? " "));
    if (tell) this.#child.stdin.write(`size ${rows} ${columns}\n`);
  }

  get lines() {
    return this.#cells.map((cells) => cells.join("").trimEnd());
  }

  get text() {
    return this.lines.join("\n");
  }

  async shows(pattern) {
    await until(() => `${pattern} on\n${this.text}\n${this.errors}`, () => pattern.test(this.text));
  }

  async exitStatus() {
    const [status, signal] = await this.#ended;
    return status ?? signal;
  }

  kill() {
    this.#child.kill("SIGKILL");
  }

  #draw(text) {
    let left = this.#rest + text;
    this.#rest = "";
    while (left !== "") {
      const sequence = /^\x1b(?:\[([?>]?)([0-9;]*)([@-~])|[()][0-9A-Z]|[=>78cM])/.exec(left);
      if (sequence) {
        if (sequence[3]) this.#obey(sequence[1], sequence[2], sequence[3]);
        left = left.slice(sequence[0].length);
      } else if (left[0] === "\x1b") {
        this.#rest = left; // cut in the middle
        return;
      } else {
        const character = String.fromCodePoint(left.codePointAt(0));
        this.#write(character);
        left = left.slice(character.length);
      }
    }
  }

  #write(character) {
    if (character === "\r") this.#column = 0;
    else if (character === "\n") this.#row = Math.min(this.#row + 1, this.rows - 1);
    else if (character === "\b") this.#column = Math.max(0, this.#column - 1);
    else if (character >= " ") {
      if (this.#cells[this.#row] && this.#column < this.columns) this.#cells[this.#row][this.#column] = character;
      this.last = character;
      this.#column += 1;
    }
  }

  #obey(mark, parameters, order) {
    if (mark !== "") return;
    const [first, second] = parameters.split(";").map(Number);
    const count = first || 1;
    const clear = (row, from, to) => this.#cells[row]?.fill(" ", from, to);
    if (order === "H") [this.#row, this.#column] = [(first || 1) - 1, (second || 1) - 1];
    if (order === "d") this.#row = count - 1;
    if (order === "G") this.#column = count - 1;
    if (order === "A") this.#row = Math.max(0, this.#row - count);
    if (order === "B") this.#row = Math.min(this.rows - 1, this.#row + count);
    if (order === "C") this.#column += count;
    if (order === "D") this.#column = Math.max(0, this.#column - count);
    if (order === "X") clear(this.#row, this.#column, this.#column + count);
    if (order === "b") for (let n = 0; n < count; n += 1) this.#write(this.last);
    if (order === "K") first === 1 ? clear(this.#row, 0, this.#column + 1) : clear(this.#row, first === 2 ? 0 : this.#column);
    if (order === "J") {
      clear(this.#row, first === 2 ? 0 : this.#column);
      for (let row = first === 2 ? 0 : this.#row + 1; row < this.rows; row += 1) clear(row, 0);
    }
    if (order === "P") {
      const cells = this.#cells[this.#row];
      cells.splice(this.#column, count);
      while (cells.length < this.columns) cells.push(" ");
    }
    if (order === "@") {
      const cells = this.#cells[this.#row];
      cells.splice(this.#column, 0, ...Array(count).fill(" "));
      cells.length = this.columns;
    }
    if (order === "L" || order === "M") {
      const empty = () => Array(this.columns).fill(" ");
      for (let n = 0; n < count; n += 1) {
        if (order === "L") {
          this.#cells.splice(this.#row, 0, empty());
          this.#cells.length = this.rows;
        } else {
          this.#cells.splice(this.#row, 1);
          this.#cells.push(empty());
        }
      }
    }
  }
}
