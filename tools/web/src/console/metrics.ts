// What /metrics says, read: the text format of Prometheus 0.0.4 into samples by name. Help, types and lines that are none are left out.

export type Labels = Record<string, string>;

export interface Sample {
  labels: Labels;
  value: number;
}

// Observations up to each bound, the bounds ascending; the last one is Infinity and counts all.
export interface Histogram {
  bounds: number[];
  counts: number[];
  sum: number;
}

export class Scrape {
  constructor(
    readonly atMs: number,
    private readonly families: ReadonlyMap<string, Sample[]>,
  ) {}

  samples(name: string): readonly Sample[] {
    return this.families.get(name) ?? [];
  }

  // The sum over all samples that have these labels; null if there is none.
  value(name: string, labels: Labels = {}): number | null {
    let sum: number | null = null;
    for (const sample of this.samples(name)) if (has(sample, labels)) sum = (sum ?? 0) + sample.value;
    return sum;
  }

  // The values by one label, those of equal label together.
  by(name: string, label: string): Record<string, number> {
    const values: Record<string, number> = {};
    for (const { labels, value } of this.samples(name)) {
      const key = labels[label] ?? "";
      values[key] = (values[key] ?? 0) + value;
    }
    return values;
  }

  // All series of that name with these labels as one; null if there is none.
  histogram(name: string, labels: Labels = {}): Histogram | null {
    const counts = new Map<number, number>();
    for (const sample of this.samples(`${name}_bucket`)) {
      if (!has(sample, labels)) continue;
      const bound = numberOf(sample.labels["le"] ?? "");
      counts.set(bound, (counts.get(bound) ?? 0) + sample.value);
    }
    if (counts.size === 0) return null;
    const bounds = [...counts.keys()].sort((a, b) => a - b);
    return { bounds, counts: bounds.map((bound) => counts.get(bound) ?? 0), sum: this.value(`${name}_sum`, labels) ?? 0 };
  }
}

export function parseMetrics(text: string, atMs: number): Scrape {
  const families = new Map<string, Sample[]>();
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const read = parseLine(line);
    if (!read) continue;
    const known = families.get(read.name);
    if (known) known.push(read.sample);
    else families.set(read.name, [read.sample]);
  }
  return new Scrape(atMs, families);
}

const linePattern = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{.*\})?\s+(\S+)(?:\s+-?\d+)?\s*$/;
const labelPattern = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g;

function parseLine(line: string): { name: string; sample: Sample } | null {
  const found = linePattern.exec(line);
  if (!found) return null;
  const value = numberOf(found[3] ?? "");
  if (Number.isNaN(value)) return null;
  const labels: Labels = {};
  for (const [, name, text] of (found[2] ?? "").matchAll(labelPattern)) labels[name as string] = unescape(text as string);
  return { name: found[1] as string, sample: { labels, value } };
}

function numberOf(text: string): number {
  if (text === "+Inf") return Infinity;
  if (text === "-Inf") return -Infinity;
  return text === "" ? NaN : Number(text);
}

function unescape(text: string): string {
  return text.replace(/\\(.)/g, (_, char: string) => (char === "n" ? "\n" : char));
}

function has(sample: Sample, labels: Labels): boolean {
  return Object.entries(labels).every(([name, value]) => sample.labels[name] === value);
}
