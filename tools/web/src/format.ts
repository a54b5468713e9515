// Numbers, names and times as people read them. The unit of a number is the end of its name: usage_percent, used_bytes.

import type { Scalar } from "./document";

const units: [ending: RegExp, format: (value: number) => string][] = [
  [/_percent$/, (value) => `${fixed(value, 1)} %`],
  [/_bytes_per_second$/, (value) => `${bytes(value)}/s`],
  [/_per_second$/, (value) => `${plain(value)}/s`],
  [/_bytes$/, bytes],
  [/_celsius$/, (value) => `${fixed(value, 1)} °C`],
  [/_seconds$/, (value) => `${plain(value)} s`],
  [/_ms$/, (value) => `${plain(value)} ms`],
];

export function formatValue(name: string, value: Scalar): string {
  if (value === null) return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string") return value;
  const unit = units.find(([ending]) => ending.test(name));
  return unit ? unit[1](value) : plain(value);
}

// "read_bytes_per_second" → "read": the unit stands with the value.
export function formatName(name: string): string {
  const unit = units.find(([ending]) => ending.test(name));
  const stem = unit ? name.replace(unit[0], "") : name;
  return (stem || name).replace(/_/g, " ");
}

export function plain(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString("en-US");
  return Math.abs(value) >= 100 ? fixed(value, 1) : value.toLocaleString("en-US", { maximumFractionDigits: 3 });
}

function fixed(value: number, digits: number): string {
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function bytes(value: number): string {
  const names = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  let step = 0;
  let rest = value;
  while (Math.abs(rest) >= 999.5 && step < names.length - 1) {  // no more than three digits
    rest /= 1024;
    step += 1;
  }
  return `${step === 0 ? Math.round(rest) : rest.toPrecision(3)} ${names[step]}`;
}

// Time of day, in the reader's zone.
export function formatTime(at: Date): string {
  const two = (part: number) => String(part).padStart(2, "0");
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

export function count(number: number, singular: string, plural = `${singular}s`): string {
  return `${number.toLocaleString("en-US")} ${number === 1 ? singular : plural}`;
}
