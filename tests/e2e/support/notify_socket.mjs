// The service manager's end of sd_notify(3): what a server says, in order. Node.js has no datagrams on Unix sockets, Python has.
import { spawn } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { until } from "./until.mjs";

const program = path.join(path.dirname(fileURLToPath(import.meta.url)), "notify_socket.py");

export class NotifySocket {
  heard = []; // {name: value} of each message
  #child;

  static async open(file) {
    const socket = new NotifySocket();
    socket.path = file;
    socket.#child = spawn("python3", [program, file], { stdio: ["ignore", "pipe", "inherit"] });
    let listening = false;
    createInterface({ input: socket.#child.stdout }).on("line", (line) => {
      if (listening) socket.heard.push(Object.fromEntries(JSON.parse(line).split("\n").map(fields)));
      listening = true;
    });
    await until("the socket of the service manager", () => listening);
    return socket;
  }

  // How many messages have that name, and the value if it is given.
  count(name, value) {
    return this.heard.filter((message) => name in message && (value === undefined || message[name] === value)).length;
  }

  // The messages without those of the watchdog.
  get steps() {
    return this.heard.filter((message) => !("WATCHDOG" in message)).map((message) => Object.keys(message)[0]);
  }

  close() {
    this.#child.kill("SIGKILL");
  }
}

function fields(line) {
  const at = line.indexOf("=");
  return [line.slice(0, at), line.slice(at + 1)];
}
