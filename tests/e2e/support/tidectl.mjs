// The operators' tool as a process: what it says, and what it returns.
import { spawn } from "node:child_process";
import path from "node:path";
import { binary } from "../../support/server.mjs";

const tool = process.env.TIDECTL_BIN ?? path.join(path.dirname(binary), "tidectl");

// Starts the tool against a server, which may be null.
export function startTidectl(server, args, { env = {}, input = "pipe" } = {}) {
  const asks = server ? { TIDEWIRE_ADMIN: new URL(server.adminUrl).host, TIDEWIRE_SERVER: new URL(server.url).host } : {};
  return spawn(tool, args, { env: { ...process.env, ...asks, ...env }, stdio: [input, "pipe", "pipe"] });
}

// Runs the tool against a server; {status, stdout, stderr}, and `json` where standard output is a JSON object. `server` may be null.
// `input` is what it reads; `onStart` is given the child.
export function tidectl(server, args, { input, env = {}, onStart } = {}) {
  const child = startTidectl(server, args, { env });
  onStart?.(child);
  child.stdin.on("error", () => {}); // it may end before it has read all
  child.stdin.end(input ?? "");
  return new Promise((resolve, reject) => {
    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"]) child[name].setEncoding("utf8").on("data", (text) => (output[name] += text));
    child.once("error", reject);
    child.once("close", (status, signal) => {
      let json = null;
      try {
        json = JSON.parse(output.stdout);
      } catch {
        // it is text for people, or data
      }
      resolve({ status: status ?? signal, ...output, json });
    });
  });
}

// The same, which must succeed; with --json.
export async function tidectlDone(server, args, options) {
  const done = await tidectl(server, [...args, "--json"], options);
  if (done.status !== 0) throw new Error(`tidectl ${args.join(" ")}: ${done.status}\n${done.stdout}${done.stderr}`);
  return done;
}
