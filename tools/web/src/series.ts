// The last values of one number, oldest first, in a ring that never grows.

export class Series {
  private readonly values: Float64Array;
  private next = 0;
  private size = 0;

  constructor(capacity = 60) {
    this.values = new Float64Array(capacity);
  }

  push(value: number): void {
    this.values[this.next] = value;
    this.next = (this.next + 1) % this.values.length;
    this.size = Math.min(this.size + 1, this.values.length);
  }

  clear(): void {
    this.next = 0;
    this.size = 0;
  }

  toArray(): number[] {
    const first = (this.next - this.size + this.values.length) % this.values.length;
    return Array.from({ length: this.size }, (_, index) => this.values[(first + index) % this.values.length] as number);
  }
}

// Points of a curve through `values` in a box, newest at the right edge, as an SVG path. `top` is the value at the upper edge:
// 100 for percentages; without it the greatest value. Values below zero lower the floor.
export function curve(values: number[], width: number, height: number, capacity: number, top?: number): string {
  if (values.length < 2) return "";
  const floor = Math.min(0, ...values);
  const ceiling = Math.max(top ?? 0, ...values);
  const scale = ceiling > floor ? height / (ceiling - floor) : 0;
  const step = width / (capacity - 1);
  const left = width - step * (values.length - 1);
  const points = values.map((value, index) => `${round(left + index * step)} ${round(height - (value - floor) * scale)}`);
  return `M${points.join("L")}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
