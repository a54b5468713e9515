// What a loss of power leaves of a directory: of each file what was synced, and of what came later anything or nothing; of created, renamed and
// deleted names those that were there when the directory was last synced, and of later ones the first few. The record is that of
// tests/support/injector/files.cpp.
import assert from "node:assert/strict";
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";

const pageBytes = 4096;

// The files of a directory as they are: name → {inode, size}.
export async function present(folder) {
  const found = new Map();
  for (const name of await readdir(folder).catch(() => [])) {
    const { ino, size } = await stat(path.join(folder, name));
    found.set(name, { inode: String(ino), size });
  }
  return found;
}

// What is safe according to the record: `names` (name → inode), `synced` (inode → {size, bytes?}), and changes of names that may be lost.
export function readRecord(text, before) {
  const names = new Map([...before].map(([name, { inode }]) => [name, inode]));
  const synced = new Map([...before.values()].map(({ inode, size }) => [inode, { size }]));
  let pending = [];
  for (const line of text.split("\n").filter(Boolean)) {
    const [kind, number, ...rest] = line.split(" ");
    const begun = Number(number);
    if (kind === "S") {
      const [inode, size, hex] = rest;
      synced.set(inode, { size: Number(size), bytes: hex === undefined ? undefined : Buffer.from(hex, "hex") });
    } else if (kind === "D") {
      for (const change of pending.filter((each) => each.begun < begun)) apply(change, names);
      pending = pending.filter((each) => each.begun >= begun);
    } else {
      if (kind === "C") synced.set(rest[0], { size: 0 });
      pending.push({ kind, begun, rest });
    }
  }
  return { names, synced, pending };
}

function apply({ kind, rest }, names) {
  if (kind === "C") names.set(rest[1], rest[0]);
  if (kind === "U") names.delete(rest[0]);
  if (kind === "R") {
    const [from, to] = rest;
    if (names.has(from)) names.set(to, names.get(from));
    names.delete(from);
  }
}

// Of bytes that were not synced: none, some from the front, or pages here and there.
function survivors(bytes, random) {
  const kept = Buffer.from(bytes.subarray(0, random.pick([0, bytes.length, random.below(bytes.length + 1)])));
  if (random.below(3) === 0) {
    for (let at = 0; at < kept.length; at += pageBytes) if (random.below(2) === 0) kept.fill(0, at, Math.min(at + pageBytes, kept.length));
  }
  return kept;
}

function contentAfter(bytes, { size, bytes: small }, random) {
  if (small !== undefined && !small.equals(bytes.subarray(0, small.length))) return random.pick([small, bytes]); // written through a mapping
  return Buffer.concat([bytes.subarray(0, size), survivors(bytes.subarray(size), random)]);
}

export async function losePower({ folder, events, graves, before, random }) {
  const { names, synced, pending } = readRecord(await readFile(events, "utf8"), before);
  const kept = random.pick([0, pending.length, random.below(pending.length + 1)]);
  for (const change of pending.slice(0, kept)) apply(change, names);

  const places = new Map(); // inode → path
  for (const name of await readdir(graves)) places.set(name, path.join(graves, name));
  for (const [name, { inode }] of await present(folder)) places.set(inode, path.join(folder, name));

  const after = `${folder}.after`;
  await mkdir(after);
  const lost = { names: pending.length - kept, bytes: 0 };
  for (const [name, inode] of names) {
    assert.ok(places.has(inode), `the record knows ${name}, which is nowhere`);
    const bytes = await readFile(places.get(inode));
    const content = contentAfter(bytes, synced.get(inode), random);
    lost.bytes += bytes.length - content.length;
    await writeFile(path.join(after, name), content);
  }
  await rm(folder, { recursive: true });
  await rename(after, folder);
  for (const name of await readdir(graves)) await rm(path.join(graves, name));
  return lost;
}
