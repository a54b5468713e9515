// What a running server holds, as the kernel and its operators' listener tell.
import { readFileSync, readdirSync, readlinkSync } from "node:fs";

// Bytes: `VmRSS` now, `VmHWM` at the peak.
export function memoryOf(server, what = "VmRSS") {
  return Number(new RegExp(`${what}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))[1]) * 1024;
}

export function threadsOf(server) {
  return readdirSync(`/proc/${server.pid}/task`).length;
}

// How many open files there are: of the database, whose number depends on what is stored, and all others: sockets, timers and the like.
export function filesOf(server) {
  const folder = `/proc/${server.pid}/fd`;
  let data = 0;
  let others = 0;
  for (const name of readdirSync(folder)) {
    try {
      readlinkSync(`${folder}/${name}`).startsWith(server.dataFolder) ? (data += 1) : (others += 1);
    } catch {
      // closed meanwhile
    }
  }
  return { data, others };
}

// kind → how many are in memory; `handled` of each kind.
export async function actorsIn(server) {
  const kinds = await (await fetch(`${server.adminUrl}/api/v1/actors`)).json();
  const entries = Object.entries(kinds);
  return {
    live: Object.fromEntries(entries.map(([kind, { started, ended }]) => [kind, started - ended])),
    handled: Object.fromEntries(entries.map(([kind, { handled }]) => [kind, handled])),
    crashed: Object.fromEntries(entries.map(([kind, { crashed }]) => [kind, crashed])),
  };
}
