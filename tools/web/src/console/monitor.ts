// Looks at /metrics all the time and keeps some minutes of it: what the overview draws, and whether all is well.

import { ApiError } from "../api";
import { between, increase, observations, quantile } from "./difference";
import { problemsOf, thresholds, unreachable, type LoggedErrors, type Problem } from "./health";
import type { Client, Listing } from "./client";
import { parseMetrics, type Scrape } from "./metrics";
import { beginningOf, readingOf, type Reading } from "./reading";
import { repeat } from "./repeat";

const everyMs = 2_000;
const kept = 150; // readings: five minutes
const latencyOver = 5; // scrapes: quantiles are of ten seconds
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
  private scrapes: Scrape[] = [];
  private readings: Reading[] = [];
  private points: Point[] = [];
  private quarantined: number | null = null;
  private errors: LogLine[] | null = null; // newest last
  private lastLine = 0;
  private answeredMs = Date.now();
  private failed: string | null = null;
  private readonly watchers = new Set<(view: View) => void>();
  private loop: { now(): void } | null = null;

  constructor(private readonly client: Client) {}

  start(): void {
    this.loop = repeat(everyMs, () => this.look());
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
      this.answeredMs = Date.now();
      this.failed = null;
      this.quarantined = quarantine;
      this.take(parseMetrics(text, this.client.now()));
    } catch (error) {
      this.failed =
        error instanceof ApiError && error.status !== 0 ? `it says "${error.message}"` : error instanceof Error ? error.message : String(error);
    }
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

  private take(scrape: Scrape): void {
    const reading = readingOf(scrape);
    const before = this.readings[this.readings.length - 1];
    if (before && before.startedMs !== reading.startedMs) this.scrapes = []; // another process: its histograms begin anew
    const past = this.scrapes[0] ?? null;
    this.scrapes = [...this.scrapes, scrape].slice(-latencyOver);
    this.readings = [...this.readings, reading].slice(-kept);
    this.points = [...this.points, pointOf(before ?? null, reading, past, scrape)].slice(-kept);
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
export function pointOf(before: Reading | null, now: Reading, past: Scrape | null, scrape: Scrape): Point {
  const spanS = before ? (now.atMs - before.atMs) / 1000 : 0;
  const rate = (from: number | null | undefined, to: number | null) => (spanS > 0 && to !== null ? increase(from ?? null, to) / spanS : null);
  const memory: Record<string, number> = {};
  for (const [name, { used }] of Object.entries(now.memory)) memory[name] = used;
  return {
    atS: now.atMs / 1000,
    // Without a client's request there is no series yet.
    requests: rate(before?.requests ?? 0, now.requests ?? 0),
    requestP95Ms: latencyMs("http_request_duration_seconds", 0.95, past, scrape),
    deliveries: rate(before?.deliveries, now.deliveries),
    connections: now.connections,
    commitP99Ms: latencyMs("database_commit_duration_seconds", 0.99, past, scrape),
    memory,
  };
}

// Null: nothing happened, or there was no look before.
function latencyMs(name: string, share: number, past: Scrape | null, now: Scrape): number | null {
  const after = now.histogram(name);
  if (!after || !past) return null;
  const seen = between(past.histogram(name), after);
  const value = observations(seen) > 0 ? quantile(seen, share) : null;
  return value === null ? null : value * 1000;
}
