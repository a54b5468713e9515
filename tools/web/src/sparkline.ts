// A small curve of the last values of one number. Decoration for the eye: the number itself stands beside it.

import { curve, Series } from "./series";

const namespace = "http://www.w3.org/2000/svg";
const width = 120;
const height = 32;
const capacity = 60;
const percentCeilings = [10, 25, 50, 100];

export class Sparkline {
  readonly node: SVGSVGElement;
  private readonly line: SVGPathElement;
  private readonly area: SVGPathElement;
  private readonly series = new Series(capacity);
  private name = "";

  constructor() {
    this.node = document.createElementNS(namespace, "svg");
    this.node.setAttribute("class", "spark");
    this.node.setAttribute("viewBox", `0 -2 ${width} ${height + 4}`);
    this.node.setAttribute("preserveAspectRatio", "none");
    this.node.setAttribute("aria-hidden", "true");
    this.area = this.path("area");
    this.line = this.path("line");
  }

  // Remembers a value; another name begins another curve.
  push(name: string, value: number): void {
    if (name !== this.name) this.series.clear();
    this.name = name;
    this.series.push(value);
  }

  draw(): void {
    const values = this.series.toArray();
    const line = curve(values, width, height, capacity, this.ceiling(values));
    const left = width - (width / (capacity - 1)) * (values.length - 1);
    this.line.setAttribute("d", line);
    this.area.setAttribute("d", line && `${line}L${width} ${height}L${left.toFixed(1)} ${height}Z`);
  }

  private ceiling(values: number[]): number | undefined {
    if (!this.name.endsWith("_percent")) return undefined;
    const greatest = Math.max(...values);
    return percentCeilings.find((ceiling) => ceiling >= greatest);
  }

  private path(className: string): SVGPathElement {
    const path = document.createElementNS(namespace, "path");
    path.setAttribute("class", className);
    return this.node.appendChild(path);
  }
}
