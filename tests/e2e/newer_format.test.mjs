// A database of a later version: refused by name, and not a byte of it is changed.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { Server } from "../support/server.mjs";

const knownFormat = 4;

// CRC-32C (RFC 3720), masked as LevelDB does it: doc/log_format of RocksDB.
function maskedCrc(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  crc = ~crc >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

// The first record of a new database's log holds the row "format"; its value becomes another one.
async function changeFormat(folder, from, to) {
  const name = (await readdir(folder)).filter((each) => each.endsWith(".log")).sort()[0];
  const bytes = await readFile(path.join(folder, name));
  const headerBytes = 7; // checksum 4, length 2, type 1
  const end = headerBytes + bytes.readUInt16LE(4);
  const row = Buffer.concat([Buffer.from([6]), Buffer.from("format"), Buffer.from([1])]);
  const at = bytes.subarray(0, end).indexOf(row) + row.length;
  assert.equal(bytes.readUInt32LE(0), maskedCrc(bytes.subarray(6, end)), "the log is as it is read here");
  assert.equal(String.fromCharCode(bytes[at]), `${from}`);
  bytes[at] = `${to}`.charCodeAt(0);
  bytes.writeUInt32LE(maskedCrc(bytes.subarray(6, end)), 0);
  await writeFile(path.join(folder, name), bytes);
}

async function fingerprints(folder) {
  const found = {};
  for (const name of (await readdir(folder)).sort()) {
    found[name] = createHash("sha256").update(await readFile(path.join(folder, name))).digest("hex");
  }
  return found;
}

test("a newer format is refused by name, also by recovery, and nothing is written", async () => {
  const server = await Server.start();
  try {
    const kept = await server.publish("kept:1", { key: "a", op: "set", data: 1 });
    await server.kill();
    await changeFormat(server.dataFolder, knownFormat, knownFormat + 1);
    const before = await fingerprints(server.dataFolder);
    for (const args of [[], ["--recover"]]) {
      const refusal = new RegExp(`ended with 1\\n[^]*format version ${knownFormat + 1}, this program knows ${knownFormat}: start the newer version`);
      await assert.rejects(server.restart(...args), refusal);
      assert.deepEqual(await fingerprints(server.dataFolder), before);
    }
    await changeFormat(server.dataFolder, knownFormat + 1, knownFormat);
    await server.restart();
    assert.equal((await server.request("GET", "/api/v1/rooms/kept%3A1/entities/a")).version, kept.version);
  } finally {
    await server.dispose();
  }
});
