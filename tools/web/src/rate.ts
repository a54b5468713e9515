// Changes per second over the last few seconds, counted in one-second buckets.

const windowS = 5;

export class Rate {
  private readonly buckets = new Map<number, number>(); // second → changes
  private since: number | null = null;

  add(nowMs: number, changes = 1): void {
    const second = Math.floor(nowMs / 1000);
    this.since ??= second;
    this.buckets.set(second, (this.buckets.get(second) ?? 0) + changes);
  }

  // The second under way does not count: it is not over.
  perSecond(nowMs: number): number {
    const now = Math.floor(nowMs / 1000);
    let sum = 0;
    for (const [second, changes] of this.buckets) {
      if (second < now - windowS) this.buckets.delete(second);
      else if (second < now) sum += changes;
    }
    const seconds = Math.min(windowS, now - (this.since ?? now));
    return seconds > 0 ? sum / seconds : 0;
  }
}
