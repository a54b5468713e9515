// Hears $sys:overview all the time, or looks at /metrics while it does not come, and keeps some minutes of it: what the overview draws, and
// whether all is well.

import { ApiError } from "../api";
import { between, increase, observations, quantile } from "./difference";
import { problemsOf, thresholds, unreachable, type LoggedErrors, type Problem } from "./health";
import type { Client, Listing } from "./client";
import { follow, type Live } from "./live";
import { parseMetrics, type Histogram } from "./metrics";
import { beginningOf, lookAt, lookOf, type Look, type Overview, type Reading } from "./reading";

const everyMs = 2_000;
const keptMs = 300_000;
const latencyOverMs = 10_000;
const recountMs = 10_000; // records in quarantine may go without a sign
const errorsKept = 500;

interface LogLine {
  time: string;
  message: string;
}

export interface Point {
  atS: number;
  requests: number | null; // a second
  requestP95Ms: number | null;
  deliveries: number | null; // a second
  connections: number | null;
  commitP99Ms: number | null;
  memory: Record<string, number>;
}

export interface View {
  problems: Problem[];
  reading: Reading | null; // the newest there is
  points: readonly Point[];
  quarantined: number | null;
}

export class Monitor {
  private looks: Look[] = []; // of the last seconds
  private readings: Reading[] = [];
  private points: Point[] = [];
  private quarantined: number | null = null;
  private errors: LogLine[] | null = null; // newest last
  private lastLine = 0;
  private answeredMs = Date.now();
  private failed: string | null = null;
  private readonly watchers = new Set<(view: View) => void>();
  private loop: { now(): void } | null = null;
  private known: { counted: string; atMs: number } | null = null; // of the quarantine
  private reading = false; // more than what is told is being read

  constructor(
    private readonly client: Client,
    private readonly live: Live,
  ) {}

  start(): void {
    this.loop = follow<Overview>(this.live, "$sys:overview", (told) => void this.hear(told), everyMs, () => this.look());
  }

  // Something was healed: look again at once.
  now(): void {
    this.loop?.now();
  }

  // Called at once and after every look. Answers how to end that.
  watch(use: (view: View) => void): () => void {
    this.watchers.add(use);
    if (this.readings.length > 0 || this.failed !== null) use(this.view());
    return () => this.watchers.delete(use);
  }

  private async look(): Promise<void> {
    try {
      const [text, quarantine] = await Promise.all([this.client.text("/metrics"), this.countQuarantine(), this.readErrors()]);
      this.answered();
      this.quarantined = quarantine;
      this.take(lookAt(parseMetrics(text, this.client.now())));
      this.live.open();
    } catch (error) {
      this.failed =
        error instanceof ApiError && error.status !== 0 ? `it says "${error.message}"` : error instanceof Error ? error.message : String(error);
    }
    this.show();
  }

  private async hear(told: Overview): Promise<void> {
    this.answered();
    this.take(lookOf(told));
    this.show();
    if (this.reading) return;
    this.reading = true;
    try {
      await this.readMore(told);
    } catch {
      // It is told again in a second, and looked at in full when it is told no more.
    }
    this.reading = false;
    this.show();
  }

  // What is not told but only that there is something new.
  private async readMore({ started_at, quarantine, last_error_line }: Overview): Promise<void> {
    const counted = JSON.stringify([started_at, quarantine]);
    const stale = this.quarantined !== 0 && Date.now() - (this.known?.atMs ?? 0) >= recountMs;
    if (this.known?.counted !== counted || stale) {
      this.quarantined = await this.countQuarantine();
      this.known = { counted, atMs: Date.now() };
    }
    this.errors ??= [];
    if (last_error_line > this.lastLine) await this.readErrors();
  }

  private answered(): void {
    this.answeredMs = Date.now();
    this.failed = null;
  }

  private show(): void {
    const view = this.view();
    for (const use of this.watchers) use(view);
  }

  private async countQuarantine(): Promise<number | null> {
    const page = await this.client.find<Listing<unknown> & { records?: number }>("/api/v1/quarantine?limit=1");
    return page?.records ?? null;
  }

  private async readErrors(): Promise<void> {
    const page = await this.client.find<{ data: LogLine[]; last: number }>(`/api/v1/logs?level=error&limit=${errorsKept}&after=${this.lastLine}`);
    if (!page) return;
    const begun = page.last < this.lastLine; // another process counts its lines anew: they are asked for next time
    this.lastLine = begun ? 0 : page.last;
    this.errors = [...(this.errors ?? []), ...(begun ? [] : page.data)].slice(-errorsKept);
  }

  private errorsOfLate(): LoggedErrors | null {
    if (!this.errors) return null;
    const since = this.client.now() - thresholds.youngMs;
    this.errors = this.errors.filter(({ time }) => Date.parse(time) >= since);
    return { lines: this.errors.length, newest: this.errors[this.errors.length - 1]?.message ?? "", spanMs: thresholds.youngMs };
  }

  private take(look: Look): void {
    const { reading } = look;
    const before = this.readings[this.readings.length - 1];
    if (before && before.startedMs !== null && reading.startedMs !== null && Math.abs(before.startedMs - reading.startedMs) > 1_000)
      this.looks = []; // another process: its histograms begin anew
    else if (before && reading.atMs <= before.atMs) return; // told and looked at in the same moment
    const past = this.looks[0] ?? null;
    this.looks = [...this.looks, look].filter((each) => each.reading.atMs > reading.atMs - latencyOverMs);
    this.readings = [...this.readings, reading].filter(({ atMs }) => atMs > reading.atMs - keptMs);
    this.points = [...this.points, pointOf(before ?? null, past, look)].filter(({ atS }) => atS > (reading.atMs - keptMs) / 1000);
  }

  private view(): View {
    const reading = this.readings[this.readings.length - 1] ?? null;
    return { problems: this.problems(reading), reading, points: this.points, quarantined: this.quarantined };
  }

  private problems(now: Reading | null): Problem[] {
    if (this.failed !== null) return [unreachable(this.answeredMs, Date.now(), this.failed)];
    const point = this.points[this.points.length - 1];
    if (!now || !point) return [];
    return problemsOf({
      now,
      before: this.before(now),
      commitP99Ms: point.commitP99Ms,
      requestP95Ms: point.requestP95Ms,
      quarantined: this.quarantined,
      errors: this.errorsOfLate(),
    });
  }

  // Of a young process all that happened is of late.
  private before(now: Reading): Reading | null {
    if (now.startedMs !== null && now.atMs - now.startedMs < thresholds.youngMs) return beginningOf(now);
    return this.readings.length > 1 ? (this.readings[0] ?? null) : null;
  }
}

// Rates are since `before`, latencies since `past`.
export function pointOf(before: Reading | null, past: Look | null, { reading: now, requests, commits }: Look): Point {
  const spanS = before ? (now.atMs - before.atMs) / 1000 : 0;
  const rate = (from: number | null | undefined, to: number | null) => (spanS > 0 && to !== null ? increase(from ?? null, to) / spanS : null);
  const memory: Record<string, number> = {};
  for (const [name, { used }] of Object.entries(now.memory)) memory[name] = used;
  return {
    atS: now.atMs / 1000,
    // Without a client's request there is no series yet.
    requests: rate(before?.requests ?? 0, now.requests ?? 0),
    requestP95Ms: past && latencyMs(0.95, past.requests, requests),
    deliveries: rate(before?.deliveries, now.deliveries),
    connections: now.connections,
    commitP99Ms: past && latencyMs(0.99, past.commits, commits),
    memory,
  };
}

// Null: nothing happened.
function latencyMs(share: number, past: Histogram | null, now: Histogram | null): number | null {
  if (!now) return null;
  const seen = between(past, now);
  const value = observations(seen) > 0 ? quantile(seen, share) : null;
  return value === null ? null : value * 1000;
}
