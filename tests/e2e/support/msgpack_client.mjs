// The example examples/msgpack-client, type-checked and compiled: what tests import is what a reader would copy.
import { execFile } from "node:child_process";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";

export const folder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../../examples/msgpack-client");

export async function buildClient() {
  try {
    await promisify(execFile)(process.execPath, [path.join(folder, "node_modules/typescript/bin/tsc"), "--project", folder]);
  } catch (error) {
    throw new Error(`the example does not compile: ${error.stdout || error.message}`);
  }
  return import(pathToFileURL(path.join(folder, "dist/client.js")));
}
