// Numbers with the units that operators read them in.

import { formatValue, plain } from "../format";

export const bytes = (value: number): string => formatValue("_bytes", value);

export function percent(share: number): string {
  return `${plain(Math.round(share * 1000) / 10)} %`;
}

export function ms(value: number): string {
  return seconds(value / 1000);
}

export function micros(value: number): string {
  return seconds(value / 1e6);
}

// A duration in the unit that keeps it short: 34 µs, 1.2 ms, 3.4 s.
export function seconds(value: number): string {
  if (value === 0) return "0 s";
  const [size, unit] = value < 1e-3 ? [1e6, "µs"] : value < 1 ? [1e3, "ms"] : [1, "s"];
  return `${short(value * size)} ${unit}`;
}

export function perSecond(value: number): string {
  return `${short(value)}/s`;
}

// Three digits at most before it is rounded to whole numbers.
export function short(value: number): string {
  const size = Math.abs(value);
  return plain(size >= 100 ? Math.round(value) : size >= 10 ? Math.round(value * 10) / 10 : Math.round(value * 100) / 100);
}

// A span of time in its largest unit, and the next: 45 s, 3 min, 2 h 5 min, 4 d 3 h.
export function ago(spanMs: number): string {
  const s = Math.max(0, Math.round(spanMs / 1000));
  if (s < 120) return `${s} s`;
  const min = Math.floor(s / 60);
  if (min < 60) return `${min} min`;
  const h = Math.floor(min / 60);
  if (h < 48) return min % 60 === 0 ? `${h} h` : `${h} h ${min % 60} min`;
  return h % 24 === 0 ? `${Math.floor(h / 24)} d` : `${Math.floor(h / 24)} d ${h % 24} h`;
}

// Date and time of day, in the reader's zone, to the second.
export function moment(at: Date): string {
  const two = (part: number) => String(part).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}
