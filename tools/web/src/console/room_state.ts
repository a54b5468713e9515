// The state of a room as pages and changes tell it. Pages are of different moments, so a change counts only for what is older than it.

export interface Row {
  key: string;
  version?: number; // not known of a row that a change made
  offset: number;
  updated_at: string;
  tags: Record<string, string>;
  data: unknown;
  expires_at?: string;
}

export interface HistoryRow {
  offset: number;
  time: string;
  key?: string;
  data?: unknown;
  removed?: boolean;
  tags?: Record<string, string>;
}

export interface Position {
  epoch: string;
  offset: number;
}

export class RoomState {
  readonly rows = new Map<string, Row>();
  private readonly removedAt = new Map<string, number>();
  private last = ""; // keys behind it are not loaded yet
  whole = false; // all keys are loaded

  constructor(readonly epoch: string) {}

  // A page, in the order of keys. `more`: there are keys behind it.
  addPage(page: readonly Row[], more: boolean): void {
    for (const row of page) {
      const known = this.rows.get(row.key);
      if (known && known.offset >= row.offset) continue;
      if ((this.removedAt.get(row.key) ?? -1) >= row.offset) continue;
      this.rows.set(row.key, row);
    }
    this.last = page[page.length - 1]?.key ?? this.last;
    this.whole = !more;
    if (this.whole) this.removedAt.clear();
  }

  // Answers the key if the change is seen in what is loaded.
  apply(change: HistoryRow): string | null {
    const { key } = change;
    if (key === undefined) return null;
    if (!this.whole && compareBytes(key, this.last) > 0) return null;
    if ((this.rows.get(key)?.offset ?? -1) >= change.offset) return null;
    if (change.removed) {
      if (!this.whole) this.removedAt.set(key, change.offset);
      return this.rows.delete(key) ? key : null;
    }
    this.rows.set(key, { key, offset: change.offset, updated_at: change.time, tags: change.tags ?? {}, data: change.data });
    return key;
  }
}

// Whether what comes after `at` is all there: the first change has the next offset. An empty answer at the same top is nothing new.
export function follows(at: Position, page: { epoch: string; offset: number; data: readonly HistoryRow[] }): boolean {
  if (page.epoch !== at.epoch) return false;
  const first = page.data[0];
  return first ? first.offset === at.offset + 1 : page.offset <= at.offset;
}

const encoder = new TextEncoder();

// The order of keys in pages: that of their bytes.
export function compareBytes(a: string, b: string): number {
  const left = encoder.encode(a);
  const right = encoder.encode(b);
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const order = (left[index] ?? 0) - (right[index] ?? 0);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}
