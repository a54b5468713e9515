// tidectl completion in a real bash, zsh and fish: what Tab offers, for every command.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { tidectl } from "./support/tidectl.mjs";

const askZsh = fileURLToPath(new URL("support/completion.zsh", import.meta.url));
const shared = ["--json", "--admin", "--help"]; // among the options of every command
const folder = mkdtempSync(path.join(tmpdir(), "tidewire-completion-"));
const inFolder = { encoding: "utf8", cwd: folder, env: { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder, TERM: "dumb" } };
let script;

async function made(shell) {
  const { status, stdout } = await tidectl(null, ["completion", shell]);
  assert.equal(status, 0);
  return stdout;
}

before(async () => {
  script = await made("bash");
  writeFileSync(path.join(folder, "_tidectl"), await made("zsh"));
  writeFileSync(path.join(folder, "tidectl.fish"), await made("fish"));
  writeFileSync(path.join(folder, "a-file"), "");
});

after(() => rmSync(folder, { recursive: true, force: true }));

// What a shell offers at the end of each line, sorted: the lines before each "." of its output.
const lists = (output) => output.split(/^\.\n/m).slice(0, -1).map((text) => text.split("\n").filter((line) => line !== "").sort());

const zsh = (...lines) => lists(execFileSync("zsh", ["-f", askZsh, folder, ...lines], inFolder));

// fish tells what it is for behind a tab.
function fish(...lines) {
  const program = "source tidectl.fish; for line in $argv; complete -C $line; echo .; end";
  const output = execFileSync("fish", ["--no-config", "-c", program, ...lines], inFolder);
  return lists(output.replaceAll(/\t.*$/gm, ""));
}

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

for (const [shell, ask] of [
  ["zsh", zsh],
  ["fish", fish],
]) {
  test(`${shell}: the commands, and every option that a command's help names`, async () => {
    const { commands } = await told();
    const pages = await Promise.all(commands.map((command) => told(command)));
    const [all, some, ...options] = ask("tidectl ", "tidectl q", ...commands.map((command) => `tidectl ${command} --`));
    assert.deepEqual(all, [...commands].sort());
    assert.deepEqual(some, ["quarantine"]);
    for (const [index, command] of commands.entries())
      for (const each of [...pages[index].options, ...shared]) assert.ok(options[index].includes(each), `${command} ${each} in ${options[index]}`);

    const nested = commands.filter((_, index) => pages[index].commands.length > 0);
    assert.ok(nested.length >= 2);
    const inner = ask(...nested.map((command) => `tidectl ${command} `));
    for (const [index, command] of nested.entries()) assert.deepEqual(inner[index], pages[commands.indexOf(command)].commands.sort(), command);
  });

  test(`${shell}: values of options, arguments that are words, and files only where they are meant`, () => {
    const expected = {
      "tidectl --json --admin a:1 ent": ["entities", "entity"],
      "tidectl --admin=a:1 ent": ["entities", "entity"],
      "tidectl --admin rooms ro": ["room", "rooms"],
      "tidectl publish room --op ": ["increment", "merge", "patch", "remove", "set"],
      "tidectl publish room --op in": ["increment"],
      "tidectl publish --op set room --op in": ["increment"],
      "tidectl completion ": ["bash", "fish", "zsh"],
      "tidectl quarantine replay --al": ["--all"],
      "tidectl quarantine --json re": ["replay"],
      "tidectl quarantine list ": [],
      "tidectl tail status ": [],
      "tidectl rooms ": [],
      "tidectl import a-": ["a-file"],
    };
    const found = ask(...Object.keys(expected));
    assert.deepEqual(Object.fromEntries(Object.keys(expected).map((line, index) => [line, found[index]])), expected);
    const [[value]] = ask("tidectl publish room --op=in");
    assert.match(value, /^(--op=)?increment$/); // fish offers the whole word
  });
}

test("zsh takes it by eval, too", async () => {
  const program = 'autoload -Uz compinit && compinit -D -u && eval "$1" && print $_comps[tidectl]';
  assert.equal(execFileSync("zsh", ["-fc", program, "zsh", await made("zsh")], inFolder), "_tidectl\n");
});
