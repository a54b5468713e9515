// What is wrong now, and where it is healed: rules over what the server says of itself. The worst comes first.

import { count } from "../format";
import { increase, increases } from "./difference";
import type { Reading } from "./reading";
import { ago, bytes, ms, percent } from "./units";

// "note": worth knowing, nothing to do.
export type Severity = "alarm" | "warn" | "note";

export interface Problem {
  severity: Severity;
  text: string;
  remedy: string;
  link: { href: string; text: string } | null;
}

// Lines of the log of the last minutes, of level error and worse. Null: the server shows no log.
export interface LoggedErrors {
  lines: number;
  newest: string;
  spanMs: number;
}

export interface Health {
  now: Reading;
  before: Reading | null; // the oldest that is kept: what happened since then counts as recent
  commitP99Ms: number | null; // of the last seconds, as the next one
  requestP95Ms: number | null;
  quarantined: number | null; // records that wait for an operator
  errors: LoggedErrors | null;
}

export const thresholds = {
  diskWarn: 0.1, // shares of the disk that are left
  diskAlarm: 0.04,
  part: 0.9, // share of a memory part's limit
  cache: 0.98,
  commitWarnMs: 250,
  commitAlarmMs: 1_000,
  requestWarnMs: 500,
  requestAlarmMs: 2_000,
  youngMs: 5 * 60_000,
} as const;

// Parts that hold what is on its way: full, they refuse or cut off. The others are caches, which are meant to fill.
const passing: Record<string, string> = {
  requests: "Requests with long bodies are answered 503: fewer at a time, or a larger [memory] budget. /api/v1/limits counts them.",
  changes:
    "Publishers are answered 429: more comes than the disk commits. Publish less at a time; a faster disk or a larger [memory] budget helps.",
  outboxes: "Clients read too slowly; they miss frames and make up for it. Look at who is behind, and at slow_consumer of the namespace.",
  frames: "Frames that are on their way to clients fill their part. Look at who is behind.",
};

const ranks: Record<Severity, number> = { alarm: 0, warn: 1, note: 2 };
const rules = [readiness, disk, restarts, quarantine, logged, slowness, latency, memory, refusals];

export function problemsOf(health: Health): Problem[] {
  return rules.flatMap((rule) => rule(health)).sort((a, b) => ranks[a.severity] - ranks[b.severity]);
}

// The server said nothing at all.
export function unreachable(sinceMs: number, nowMs: number, why: string): Problem {
  return problem(
    "alarm",
    `The server has not answered for ${ago(nowMs - sinceMs)}: ${why}`,
    "Is the process alive (systemctl status tidewire), and does this machine reach its admin listener?",
    null,
  );
}

function problem(severity: Severity, text: string, remedy: string, link: [href: string, text: string] | null): Problem {
  return { severity, text, remedy, link: link && { href: link[0], text: link[1] } };
}

function readiness({ now }: Health): Problem[] {
  const found: Problem[] = [];
  if (now.ready === false)
    found.push(
      problem(
        "alarm",
        "The server is not ready: it is starting or stopping.",
        "Clients are turned away meanwhile. If it lasts, look at what its tree waits for.",
        ["#/tree", "Tree"],
      ),
    );
  if (now.startedMs !== null && now.atMs - now.startedMs < thresholds.youngMs)
    found.push(
      problem("note", `The server started ${ago(now.atMs - now.startedMs)} ago.`, "If nobody meant that, its log says how the run before ended.", [
        "#/logs",
        "Logs",
      ]),
    );
  if (now.warmUp && !now.warmUp.over)
    found.push(
      problem(
        "note",
        `Warming up: ${now.warmUp.done} of ${now.warmUp.rooms} rooms are back in memory.`,
        "It serves meanwhile; the first reads of other rooms come from disk.",
        null,
      ),
    );
  return found;
}

function disk({ now }: Health): Problem[] {
  if (!now.disk || now.disk.size === 0) return [];
  const left = now.disk.free / now.disk.size;
  if (left >= thresholds.diskWarn) return [];
  const severity = left < thresholds.diskAlarm ? "alarm" : "warn";
  return [
    problem(
      severity,
      `The disk is nearly full: ${bytes(now.disk.free)} of ${bytes(now.disk.size)} are left (${percent(left)}).`,
      "When it is full, every change is refused. Free space on the database's file system, or shorten history_size and history_ttl.",
      ["#/rooms", "Rooms"],
    ),
  ];
}

function restarts({ now, before }: Health): Problem[] {
  if (!before) return [];
  const again = increases(before.restarts, now.restarts);
  const died = increases(before.crashes, now.crashes);
  if (again.length === 0 && died.length === 0) return restartsOfOld(now);
  const times = again.reduce((sum, [, by]) => sum + by, 0);
  const text =
    times > 0
      ? `${count(times, "restart")} within ${ago(now.atMs - before.atMs)}, under ${names(again)}.`
      : `${count(
          died.reduce((sum, [, by]) => sum + by, 0),
          "actor",
        )} crashed within ${ago(now.atMs - before.atMs)}: ${names(died)}.`;
  return [
    problem("warn", text, "The tree shows who, and the last error why. One that keeps dying takes its supervisor with it.", ["#/tree", "Tree"]),
  ];
}

// When they were is not in the counters.
function restartsOfOld(now: Reading): Problem[] {
  const all = increases({}, now.restarts);
  if (all.length === 0 || now.startedMs === null) return [];
  const times = all.reduce((sum, [, by]) => sum + by, 0);
  return [
    problem(
      "note",
      `${count(times, "restart")} since the start ${ago(now.atMs - now.startedMs)} ago, under ${names(all)}; none of late.`,
      "The tree shows who, and the last error why.",
      ["#/tree", "Tree"],
    ),
  ];
}

function logged({ errors }: Health): Problem[] {
  if (!errors || errors.lines === 0) return [];
  return [
    problem(
      "warn",
      `${count(errors.lines, "error")} in the log of the last ${ago(errors.spanMs)}; the newest: ${errors.newest}`,
      "The server itself went wrong there.",
      ["#/logs?level=error", "Logs"],
    ),
  ];
}

function quarantine({ now, before, quarantined }: Health): Problem[] {
  const found: Problem[] = [];
  const lost = increase(before?.quarantineLost ?? 0, now.quarantineLost);
  if (lost > 0)
    found.push(
      problem(
        "alarm",
        `${count(lost, "change")} could not be set aside and ${lost === 1 ? "is" : "are"} lost to replay.`,
        "The quarantine is full, or the disk failed: empty it.",
        ["#/quarantine", "Quarantine"],
      ),
    );
  if (quarantined !== null && quarantined > 0)
    found.push(
      problem(
        "warn",
        `${count(quarantined, "change")} ${quarantined === 1 ? "waits" : "wait"} in quarantine: each killed its actor twice.`,
        "Read the error, then replay or discard.",
        ["#/quarantine", "Quarantine"],
      ),
    );
  return found;
}

function slowness({ now, before }: Health): Problem[] {
  const found: Problem[] = [];
  if (now.slowClients > 0)
    found.push(
      problem(
        "warn",
        `${count(now.slowClients, "client is too slow and misses", "clients are too slow and miss")} changes now.`,
        "They make up for it when they read again. See who, and end those that never will.",
        ["#/sessions?behind=true", "Sessions"],
      ),
    );
  const ended = before ? increase(before.slowEnded, now.slowEnded) : 0;
  if (before && ended > 0)
    found.push(
      problem(
        "warn",
        `${count(ended, "connection")} ${ended === 1 ? "was" : "were"} closed as slow within ${ago(now.atMs - before.atMs)}.`,
        "They come back. If it goes on, allow conflation (slow_consumer), or fewer changes (max_rate).",
        ["#/sessions?behind=true", "Sessions"],
      ),
    );
  return found;
}

function latency({ commitP99Ms, requestP95Ms }: Health): Problem[] {
  const found: Problem[] = [];
  if (commitP99Ms !== null && commitP99Ms >= thresholds.commitWarnMs)
    found.push(
      problem(
        commitP99Ms >= thresholds.commitAlarmMs ? "alarm" : "warn",
        `Commits are slow: p99 is ${ms(commitP99Ms)}.`,
        "The disk is slow or shared. Every answer to a durable change waits for it.",
        ["#/actors?kind=writer", "Writer"],
      ),
    );
  if (requestP95Ms !== null && requestP95Ms >= thresholds.requestWarnMs)
    found.push(
      problem(
        requestP95Ms >= thresholds.requestAlarmMs ? "alarm" : "warn",
        `Requests are slow: p95 is ${ms(requestP95Ms)}.`,
        "See which actors have mail waiting.",
        ["#/actors?sort=wait", "Actors"],
      ),
    );
  return found;
}

function memory({ now }: Health): Problem[] {
  const found: Problem[] = [];
  for (const [name, { used, limit }] of Object.entries(now.memory)) {
    if (limit === 0) continue;
    const share = used / limit;
    const remedy = passing[name];
    if (remedy && share >= thresholds.part)
      found.push(
        problem(
          "warn",
          `The memory part "${name}" is at ${percent(share)} of its limit, ${bytes(limit)}.`,
          remedy,
          name === "changes" ? ["#/actors?sort=mailbox", "Actors"] : ["#/sessions?behind=true", "Sessions"],
        ),
      );
    else if (!remedy && share >= thresholds.cache)
      found.push(
        problem(
          "note",
          `The cache "${name}" is full (${bytes(limit)}).`,
          "That is normal: what was not used longest leaves. If reads are slow, give [memory] budget more.",
          null,
        ),
      );
  }
  return found;
}

function refusals({ now, before }: Health): Problem[] {
  if (!before) return [];
  const found: Problem[] = [];
  const since = ago(now.atMs - before.atMs);
  const failed = increase(before.failures, now.failures);
  if (failed > 0)
    found.push(problem("warn", `${count(failed, "request")} failed with 5xx within ${since}.`, "The log says why.", ["#/logs", "Logs"]));
  const full = increases(before.refused, now.refused);
  if (full.length > 0)
    found.push(
      problem("warn", `Full mailboxes refused messages within ${since}: ${names(full)}.`, "Those actors get more than they can do.", [
        "#/actors?sort=mailbox",
        "Actors",
      ]),
    );
  const crossed = increases(before.limits, now.limits);
  if (crossed.length > 0)
    found.push(
      problem("warn", `Limits were reached within ${since}: ${names(crossed)}.`, 'docs/configuration.md, "Limits", says what each one bounds.', null),
    );
  return found;
}

function names(counted: [name: string, by: number][]): string {
  return counted.map(([name, by]) => (by > 1 ? `${name} (${by})` : name)).join(", ");
}
