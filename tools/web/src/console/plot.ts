// One live plot: some curves over the last minutes, their newest values as text beside it, those under the pointer while there is one.

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { element, setText } from "../dom";
import { formatTime } from "../format";
import { onTheme } from "./theme";

export interface Curve {
  name: string;
  colour: number; // of the palette: 1 to 7
  unit: "left" | "right";
}

export interface PlotOptions {
  title: string;
  format: { left: (value: number) => string; right?: (value: number) => string };
  curves: Curve[];
  spanS: number; // shown at most
  binary?: boolean; // the left axis counts bytes
  none: string; // what stands for a value that is not there
}

const height = 156;
const spanMinS = 60;

export class Plot {
  readonly node = element("section", "plot card");
  private readonly canvas = element("div", "plot-canvas");
  private readonly values: HTMLElement[] = [];
  private readonly chart: uPlot;
  private readonly resized = new ResizeObserver(() => this.fit());
  private readonly forgetTheme: () => void;
  private times: number[] = [];
  private rows: (number | null)[][] = [];

  constructor(private readonly options: PlotOptions) {
    const legend = element("div", "legend");
    for (const curve of options.curves) {
      const entry = element("span", "legend-entry");
      const swatch = element("span", "swatch");
      swatch.dataset["colour"] = String(curve.colour);
      const value = element("b", "", options.none);
      entry.append(swatch, curve.name, " ", value);
      this.values.push(value);
      legend.append(entry);
    }
    this.node.append(element("h3", "", options.title), legend, this.canvas);
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", `${options.title}, the last minutes as curves`);
    this.chart = new uPlot(this.uplotOptions(), [[], ...options.curves.map(() => [])], this.canvas);
    this.forgetTheme = onTheme(() => this.chart.redraw(false));
    this.resized.observe(this.canvas);
  }

  // Each row belongs to the curve of the same place.
  show(times: number[], rows: (number | null)[][]): void {
    this.times = times;
    this.rows = rows;
    const end = times[times.length - 1] ?? Date.now() / 1000;
    const span = Math.min(this.options.spanS, Math.max(spanMinS, end - (times[0] ?? end)));
    this.chart.setData([times, ...rows], false);
    this.chart.batch(() => {
      this.chart.setScale("x", { min: end - span, max: end });
      for (const side of ["left", "right"] as const) {
        const top = this.top(side);
        if (top !== null) this.chart.setScale(side, { min: 0, max: top });
      }
    });
    this.tell(null);
  }

  close(): void {
    this.resized.disconnect();
    this.forgetTheme();
    this.chart.destroy();
  }

  private tell(at: number | null): void {
    this.options.curves.forEach((curve, index) => {
      const row = this.rows[index] ?? [];
      const value = at === null ? row[row.length - 1] : row[at];
      const node = this.values[index];
      if (node) setText(node, value === null || value === undefined ? this.options.none : this.formatOf(curve.unit)(value));
    });
    const time = at === null ? undefined : this.times[at];
    this.node.dataset["at"] = time === undefined ? "" : formatTime(new Date(time * 1000));
  }

  private formatOf(side: "left" | "right"): (value: number) => string {
    return (side === "right" ? this.options.format.right : undefined) ?? this.options.format.left;
  }

  private top(side: "left" | "right"): number | null {
    const rows = this.rows.filter((_, index) => this.options.curves[index]?.unit === side);
    if (rows.length === 0) return null;
    let greatest = 0;
    for (const row of rows) for (const value of row) greatest = Math.max(greatest, value ?? 0);
    return greatest > 0 ? greatest * 1.15 : 1;
  }

  private fit(): void {
    const width = Math.floor(this.canvas.clientWidth);
    if (width > 0) this.chart.setSize({ width, height });
  }

  private uplotOptions(): uPlot.Options {
    const { curves, format } = this.options;
    const axis = (scale: "left" | "right", side: uPlot.Axis.Side): uPlot.Axis => ({
      scale,
      side,
      size: 62,
      space: 36,
      font: fontOf(),
      stroke: () => colourOf("--soft"),
      grid: { show: scale === "left", width: 1, stroke: () => colourOf("--edge") },
      ticks: { show: false },
      values: (_, marks) => marks.map((mark) => this.formatOf(scale)(mark)),
      ...(this.options.binary ? { incrs: binarySteps } : {}),
    });
    const axes: uPlot.Axis[] = [
      {
        font: fontOf(),
        stroke: () => colourOf("--soft"),
        grid: { show: false },
        ticks: { show: false },
        gap: 10,
        size: 30,
        space: 70,
        values: (_, marks) => marks.map((mark) => formatTime(new Date(mark * 1000))),
        incrs: [15, 30, 60, 120, 300],
      },
      axis("left", 3),
    ];
    if (format.right) axes.push(axis("right", 1));
    return {
      width: 320,
      height,
      padding: [8, format.right ? 0 : 12, 0, 0],
      legend: { show: false },
      cursor: { x: true, y: false, drag: { x: false, y: false }, points: { show: false } },
      scales: { x: { time: true, auto: false }, left: { auto: false }, ...(format.right ? { right: { auto: false } } : {}) },
      axes,
      series: [
        {},
        ...curves.map((curve): uPlot.Series => ({
          scale: curve.unit,
          label: curve.name,
          width: 1.6,
          stroke: () => colourOf(`--curve-${curve.colour}`),
          points: { show: false },
        })),
      ],
      hooks: { setCursor: [(chart) => this.tell(chart.cursor.idx ?? null)] },
    };
  }
}

// Powers of two from a byte to an exbibyte.
const binarySteps = Array.from({ length: 60 }, (_, power) => 2 ** power);

// A custom property as a colour that a canvas understands.
const probe = element("span");
probe.hidden = true;

function colourOf(property: string): string {
  if (!probe.isConnected) document.body.append(probe);
  probe.style.color = `var(${property})`;
  return getComputedStyle(probe).color;
}

function fontOf(): string {
  return "11px system-ui, sans-serif";
}
