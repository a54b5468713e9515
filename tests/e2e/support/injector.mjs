// Faults of disk and clock for a running server, through the library of tests/support/injector, and what a loss of power leaves.
//
//   const server = await Server.start({ environment: Injector.into(holder) });   // then holder.injector
import assert from "node:assert/strict";
import { openSync, readSync, writeSync } from "node:fs";
import { access, mkdir, open, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { randomUUID } from "node:crypto";
import { losePower, present } from "./power.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");
const library = process.env.TIDEWIRE_INJECTOR ?? path.join(root, "build/release/tests/support/injector/libfault_injector.so");
export const errno = { EIO: 5, ENOSPC: 28 };

// In the order of control.hpp.
const members = ["clockOffsetNs", "callsBeforeFault", "writeError", "syncError", "roomBytes", "callsBeforeDeath", "calls", "faults"];
const nothing = { roomBytes: -1, callsBeforeDeath: -1 };

export class Injector {
  #file; // the control, mapped by the server
  #server;
  #files;
  #before; // what the directory held when the server was last started, all of it safe

  // What Server.start() asks for its `environment`; the injector is then `holder.injector`.
  static into(holder) {
    return async (server) => {
      const injector = new Injector();
      holder.injector = injector;
      return injector.#prepare(server);
    };
  }

  async #prepare(server) {
    const at = (name) => path.join(server.folder, name);
    await access(library); // else the loader would go on without it, and no fault would ever come
    this.#server = server;
    this.#files = { control: at("control"), events: at("events"), graves: at("graves"), bootId: at("boot_id") };
    await mkdir(this.#files.graves);
    await writeFile(this.#files.control, Buffer.alloc(8 * members.length));
    this.#file = openSync(this.#files.control, "r+");
    this.set(nothing);
    await this.newKernel();
    await this.rememberFiles();
    return {
      LD_PRELOAD: library,
      ASAN_OPTIONS: [process.env.ASAN_OPTIONS, "verify_asan_link_order=0"].filter(Boolean).join(":"), // it would like to be first itself
      INJECT_CONTROL: this.#files.control,
      INJECT_DATA: server.dataFolder,
      INJECT_EVENTS: this.#files.events,
      INJECT_GRAVES: this.#files.graves,
      INJECT_BOOT_ID: this.#files.bootId,
    };
  }

  // Any of `members`, at once.
  set(values) {
    for (const [name, value] of Object.entries(values)) {
      assert.ok(members.includes(name), name);
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE(BigInt(value));
      writeSync(this.#file, bytes, 0, 8, 8 * members.indexOf(name));
    }
  }

  get(name) {
    const bytes = Buffer.alloc(8);
    readSync(this.#file, bytes, 0, 8, 8 * members.indexOf(name));
    return Number(bytes.readBigInt64LE());
  }

  // Every call that writes or syncs fails from the nth on.
  breakDisk(error, afterCalls = 0) {
    this.set({ callsBeforeFault: afterCalls, writeError: error, syncError: error });
  }

  fillDisk(roomBytes = 0) {
    this.set({ roomBytes });
  }

  mendDisk() {
    this.set({ callsBeforeFault: 0, writeError: 0, syncError: 0, roomBytes: -1 });
  }

  // The time of day, so much later or earlier than it is.
  async moveClock(seconds) {
    this.set({ clockOffsetNs: BigInt(seconds) * 1_000_000_000n });
  }

  // The process is killed at the nth call from now.
  dieAfter(calls) {
    this.set({ callsBeforeDeath: calls });
  }

  // The server runs under another kernel from its next start on.
  async newKernel() {
    await writeFile(this.#files.bootId, `${randomUUID()}\n`);
  }

  // To be called before each start after which the power may fail: what is in the files now is safe.
  async rememberFiles() {
    await (await open(this.#files.events, "w")).close();
    this.#before = await present(this.#server.dataFolder);
  }

  // Of a server that was killed: makes of its files what a loss of power would have left. Says what was lost.
  async losePower(random) {
    const lost = await losePower({ folder: this.#server.dataFolder, ...this.#files, before: this.#before, random });
    await this.newKernel();
    return lost;
  }
}
