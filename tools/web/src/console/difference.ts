// What happened between two looks at counters that only grow, and begin again at zero when the server does.

import type { Histogram } from "./metrics";

export function increase(before: number | null, after: number | null): number {
  if (after === null) return 0;
  return before === null || after < before ? after : after - before;
}

// By name; only what grew. A name that is new has grown from zero.
export function increases(before: Record<string, number>, after: Record<string, number>): [name: string, by: number][] {
  return Object.entries(after)
    .map(([name, value]): [string, number] => [name, increase(before[name] ?? null, value)])
    .filter(([, by]) => by > 0);
}

// Observations between the two; all of `after` if it is not the same histogram grown.
export function between(before: Histogram | null, after: Histogram): Histogram {
  const grown =
    before !== null &&
    before.bounds.length === after.bounds.length &&
    before.bounds.every((bound, index) => bound === after.bounds[index]) &&
    before.counts.every((count, index) => count <= (after.counts[index] ?? 0));
  if (!grown) return after;
  return { bounds: after.bounds, counts: after.counts.map((count, index) => count - (before.counts[index] ?? 0)), sum: after.sum - before.sum };
}

export function observations(of: Histogram): number {
  return of.counts[of.counts.length - 1] ?? 0;
}

// The value that this share of the observations does not pass, as if each bucket were filled evenly; null without observations. What lies
// in the last, unbounded bucket is told as that bucket's lower bound.
export function quantile(of: Histogram, share: number): number | null {
  const rank = observations(of) * share;
  if (rank === 0) return null;
  const bucket = of.counts.findIndex((count) => count >= rank);
  const upper = of.bounds[bucket] ?? Infinity;
  const lower = bucket === 0 ? 0 : (of.bounds[bucket - 1] ?? 0);
  const below = bucket === 0 ? 0 : (of.counts[bucket - 1] ?? 0);
  if (upper === Infinity) return lower;
  return lower + (upper - lower) * ((rank - below) / ((of.counts[bucket] ?? 0) - below));
}
