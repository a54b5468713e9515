// What a document has to show. Tidewire's own form is {type, source, state, attributes}; any other JSON value is welcome.

export type Scalar = string | number | boolean | null;

export interface Shown {
  type: string;
  state: string;
  source: string;
  main: { name: string; value: number } | null; // the number that tells most: large, and with a curve
  details: [name: string, value: Scalar][];
}

const detailsMax = 12;

export function describe(data: unknown): Shown {
  const document = isRecord(data) ? data : { value: data };
  const typed = typeof document["type"] === "string";
  const body = typed && isRecord(document["attributes"]) ? document["attributes"] : document;
  const values = flatten(body, typed && body === document ? ["type", "source", "state"] : []);
  const main = mainOf(values);
  return {
    type: text(document["type"]),
    state: text(document["state"]),
    source: text(document["source"]),
    main,
    details: values.filter(([name]) => name !== main?.name).slice(0, detailsMax),
  };
}

// A share of the whole tells more than an amount, a rate more than a count; else the first number.
const telling = [/^usage_percent$/, /^value$/, /_percent$/, /_per_second$/];

function mainOf(values: [string, Scalar][]): Shown["main"] {
  const numbers = values.filter((entry): entry is [string, number] => typeof entry[1] === "number");
  for (const pattern of telling) {
    const found = numbers.find(([name]) => pattern.test(name));
    if (found) return { name: found[0], value: found[1] };
  }
  const first = numbers[0];
  return first ? { name: first[0], value: first[1] } : null;
}

// Scalars by name; those one level down as "outer.inner"; what lies deeper only as its size.
function flatten(record: Record<string, unknown>, hidden: string[]): [string, Scalar][] {
  const result: [string, Scalar][] = [];
  for (const [name, value] of Object.entries(record)) {
    if (hidden.includes(name)) continue;
    if (!isRecord(value)) {
      result.push([name, scalar(value)]);
      continue;
    }
    for (const [inner, deep] of Object.entries(value)) result.push([`${name}.${inner}`, scalar(deep)]);
  }
  return result;
}

function scalar(value: unknown): Scalar {
  if (Array.isArray(value)) return `${value.length} items`;
  if (isRecord(value)) return `${Object.keys(value).length} members`;
  return value as Scalar;
}

export type Tone = "calm" | "warn" | "alarm" | "plain";

const tones: [Tone, Set<string>][] = [
  ["calm", new Set(["ok", "idle", "calm", "active", "on", "online", "up", "open", "running", "ready", "healthy", "normal"])],
  ["warn", new Set(["busy", "warning", "degraded", "away", "starting", "stopping", "pending", "low"])],
  ["alarm", new Set(["saturated", "overloaded", "full", "short", "error", "failed", "fault", "down", "offline", "critical", "alarm"])],
];

// How a state is coloured; its word is always there too.
export function toneOf(state: string): Tone {
  return tones.find(([, words]) => words.has(state.toLowerCase()))?.[0] ?? "plain";
}

function text(value: unknown): string {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
