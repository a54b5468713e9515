import assert from "node:assert/strict";
import { test } from "node:test";
import { problemsOf, unreachable, type Health } from "../src/console/health";
import { beginningOf, type Reading } from "../src/console/reading";

const minute = 60_000;

function reading(more: Partial<Reading> = {}): Reading {
  return {
    atMs: 100 * minute,
    ready: true,
    startedMs: 0,
    residentBytes: 1,
    disk: { free: 50, size: 100 },
    warmUp: { rooms: 0, done: 0, over: true },
    connections: 0,
    rooms: 0,
    requests: 0,
    failures: 0,
    deliveries: 0,
    slowClients: 0,
    slowEnded: 0,
    queuedBytes: 0,
    restarts: {},
    crashes: {},
    refused: {},
    limits: {},
    setAside: 0,
    quarantineLost: 0,
    memory: { live: { used: 1, limit: 10 }, changes: { used: 1, limit: 10 } },
    ...more,
  };
}

function health(now: Partial<Reading>, more: Partial<Health> = {}): Health {
  return {
    now: reading(now),
    before: reading({ atMs: 97 * minute }),
    commitP99Ms: 3,
    requestP95Ms: 3,
    quarantined: 0,
    errors: { lines: 0, newest: "", spanMs: 5 * minute },
    ...more,
  };
}

const words = (of: Health) => problemsOf(of).map(({ severity, text, link }) => `${severity} ${text} ${link?.href ?? ""}`.trim());

test("a server that does well has no problem", () => {
  assert.deepEqual(problemsOf(health({})), []);
});

test("each thing that is wrong is said, with where to heal it", () => {
  const cases: [Health, RegExp][] = [
    [health({ ready: false }), /^alarm The server is not ready.* #\/tree$/],
    [health({ restarts: { rooms: 2, "fan-out": 1 } }), /^warn 3 restarts within 3 min, under rooms \(2\), fan-out\. #\/tree$/],
    [health({ crashes: { session: 1 } }), /^warn 1 actor crashed within 3 min: session\. #\/tree$/],
    [health({ slowClients: 1 }), /^warn 1 client is too slow and misses changes now\. #\/sessions\?behind=true$/],
    [health({ slowEnded: 2 }), /^warn 2 connections were closed as slow within 3 min\. #\/sessions/],
    [health({}, { quarantined: 2 }), /^warn 2 changes wait in quarantine.* #\/quarantine$/],
    [health({ quarantineLost: 1 }), /^alarm 1 change could not be set aside.* #\/quarantine$/],
    [
      health({ memory: { changes: { used: 95, limit: 100 } } }),
      /^warn The memory part "changes" is at 95 % of its limit, 100 B\. #\/actors\?sort=mailbox$/,
    ],
    [health({ disk: { free: 8, size: 100 } }), /^warn The disk is nearly full: 8 B of 100 B are left \(8 %\)\./],
    [health({ disk: { free: 2, size: 100 } }), /^alarm The disk is nearly full/],
    [health({}, { commitP99Ms: 300 }), /^warn Commits are slow: p99 is 300 ms\. #\/actors\?kind=writer$/],
    [health({}, { commitP99Ms: 1500 }), /^alarm Commits are slow: p99 is 1\.5 s\./],
    [health({}, { requestP95Ms: 700 }), /^warn Requests are slow: p95 is 700 ms\. #\/actors\?sort=wait$/],
    [health({ failures: 3 }), /^warn 3 requests failed with 5xx within 3 min\. #\/logs$/],
    [
      health({}, { errors: { lines: 2, newest: "actor crashed: room", spanMs: 5 * minute } }),
      /^warn 2 errors in the log of the last 5 min; the newest: actor crashed: room #\/logs\?level=error$/,
    ],
    [health({ refused: { room: 9 } }), /^warn Full mailboxes refused messages within 3 min: room \(9\)\. #\/actors\?sort=mailbox$/],
    [health({ limits: { connections_max: 1 } }), /^warn Limits were reached within 3 min: connections_max\.$/],
  ];
  for (const [of, expected] of cases) {
    const said = words(of);
    assert.equal(said.length, 1, `${expected}: ${said.join("; ")}`);
    assert.match(said[0] ?? "", expected);
  }
});

test("a full cache and a young server are notes, not problems", () => {
  assert.deepEqual(words(health({ memory: { live: { used: 100, limit: 100 } } })), ['note The cache "live" is full (100 B).']);
  assert.deepEqual(words(health({ startedMs: 99 * minute })), ["note The server started 60 s ago. #/logs"]);
  assert.deepEqual(words(health({ warmUp: { rooms: 10, done: 4, over: false } })), ["note Warming up: 4 of 10 rooms are back in memory."]);
});

test("restarts of long ago are a note: nobody is called for them", () => {
  const before = reading({ atMs: 97 * minute, restarts: { rooms: 4 } });
  assert.deepEqual(words(health({ restarts: { rooms: 4 } }, { before })), [
    "note 4 restarts since the start 1 h 40 min ago, under rooms (4); none of late. #/tree",
  ]);
});

test("of a process that has just begun, all that happened is of late", () => {
  const now = reading({ startedMs: 99 * minute, restarts: { rooms: 1 }, failures: 2 });
  const said = words(health(now, { before: beginningOf(now) }));
  assert.deepEqual(said.slice(0, 2), ["warn 1 restart within 60 s, under rooms. #/tree", "warn 2 requests failed with 5xx within 60 s. #/logs"]);
});

test("the worst comes first", () => {
  const said = words(health({ slowClients: 1, ready: false, memory: { live: { used: 1, limit: 1 } } }));
  assert.deepEqual(
    said.map((each) => each.split(" ")[0]),
    ["alarm", "warn", "note"],
  );
});

test("counters of another process count from zero, and a first look knows nothing recent", () => {
  const before = reading({ atMs: 97 * minute, restarts: { rooms: 9 }, failures: 9 });
  assert.deepEqual(words(health({ restarts: { rooms: 1 } }, { before })), ["warn 1 restart within 3 min, under rooms. #/tree"]);
  assert.deepEqual(words(health({ failures: 7, slowEnded: 3 }, { before: null })), []);
});

test("what the server does not tell is no problem", () => {
  assert.deepEqual(
    problemsOf(
      health(
        { ready: null, disk: null, warmUp: null, startedMs: null, memory: {} },
        { quarantined: null, errors: null, commitP99Ms: null, requestP95Ms: null },
      ),
    ),
    [],
  );
});

test("a server that does not answer is the worst of all", () => {
  const { severity, text } = unreachable(0, 3 * minute, "it cannot be reached");
  assert.deepEqual([severity, text], ["alarm", "The server has not answered for 3 min: it cannot be reached"]);
});
