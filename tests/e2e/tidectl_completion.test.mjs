// tidectl completion in a real bash: what Tab offers, for every command.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { before, test } from "node:test";
import { tidectl } from "./support/tidectl.mjs";

let script;

before(async () => {
  const made = await tidectl(null, ["completion", "bash"]);
  assert.equal(made.status, 0);
  script = made.stdout;
});

// What bash offers for the words so far; the last one is being typed.
function offered(...words) {
  const program = `${script}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _tidectl
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const text = execFileSync("bash", ["--norc", "-c", program, "bash", ...words], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  return text.split("\n").filter((line) => line !== "");
}

// The commands and options of a page of help.
async function told(...args) {
  const { stdout } = await tidectl(null, [...args, "--help"]);
  const section = (name) => new RegExp(`\\n${name}:\\n((?: +.*\\n)+)`).exec(stdout)?.[1] ?? "";
  const names = (text, pattern) => [...text.matchAll(pattern)].map(([, name]) => name);
  return { commands: names(section("Subcommands"), /^  (\S+)/gm), options: names(section("Options"), /^  (?:-\w,)?(--[a-z-]+)/gm) };
}

test("the commands, all of them and those that begin so", async () => {
  const { commands } = await told();
  assert.ok(commands.length > 20);
  assert.deepEqual(offered("tidectl", "").sort(), [...commands].sort());
  assert.deepEqual(offered("tidectl", "q"), ["quarantine"]);
  assert.deepEqual(offered("tidectl", "--json", "--admin", "a:1", "ent").sort(), ["entities", "entity"]);
});

test("every option that a command's help names is offered", async () => {
  const { commands } = await told();
  for (const command of commands) {
    const { commands: inner, options } = await told(command);
    const all = offered("tidectl", command, "--");
    for (const each of options) assert.ok(all.includes(each), `${command} ${each}`);
    for (const each of ["--json", "--admin", "--help"]) assert.ok(all.includes(each), `${command} ${each}`);
    if (inner.length > 0) assert.deepEqual(offered("tidectl", command, "").sort(), [...inner].sort());
  }
});

test("values of options, and arguments that are words", () => {
  assert.deepEqual(offered("tidectl", "publish", "room", "--op", "in"), ["increment"]);
  assert.deepEqual(offered("tidectl", "publish", "room", "--op", ""), ["merge", "set", "remove", "increment", "patch"]);
  assert.deepEqual(offered("tidectl", "publish", "--op", "=", "re"), ["remove"]);
  assert.deepEqual(offered("tidectl", "completion", ""), ["bash", "zsh", "fish"]);
  assert.deepEqual(offered("tidectl", "quarantine", "replay", "--a"), ["--all", "--admin", "--admin-token"]);
  assert.deepEqual(offered("tidectl", "--token", ""), []); // any value: files are bash's own offer
  assert.deepEqual(offered("tidectl", "--admin", "rooms", "ro").sort(), ["room", "rooms"]); // a value is no command
});

test("bash takes it without a complaint, also when it is loaded twice", () => {
  execFileSync("bash", ["--norc", "-euc", `eval "$1"; eval "$1"; complete -p tidectl`, "bash", script], { stdio: ["ignore", "pipe", "inherit"] });
});
