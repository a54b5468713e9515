// A list of any length of which only what is in sight exists: rows of one height, more of them asked for when the end comes near.

import { element } from "../dom";
import { perFrame } from "../frames";

const spare = 8; // rows above and below what is in sight
const near = 60; // rows before the end at which more is asked for

export class VirtualList<T> {
  readonly node = element("div", "virtual");
  private readonly inner = element("div", "virtual-inner");
  private rows: T[] = [];
  private readonly shown = new Map<number, HTMLElement>();
  private readonly draw = perFrame(() => this.drawNow());
  private readonly resized = new ResizeObserver(() => this.draw());
  private current = 0;

  constructor(
    label: string,
    private readonly rowHeight: number,
    private readonly make: (row: T, index: number) => HTMLElement,
    private readonly more: () => void,
  ) {
    this.node.tabIndex = 0;
    this.node.setAttribute("role", "list");
    this.node.setAttribute("aria-label", label);
    this.node.append(this.inner);
    this.node.addEventListener("scroll", this.draw, { passive: true });
    this.node.addEventListener("keydown", (event) => this.key(event));
    this.resized.observe(this.node);
  }

  get size(): number {
    return this.rows.length;
  }

  close(): void {
    this.resized.disconnect();
  }

  clear(): void {
    this.rows = [];
    this.current = 0;
    this.inner.replaceChildren();
    this.shown.clear();
    this.node.scrollTop = 0;
    this.draw();
  }

  add(rows: readonly T[]): void {
    for (const row of rows) this.rows.push(row);
    this.draw();
  }

  private drawNow(): void {
    this.inner.style.height = `${this.rows.length * this.rowHeight}px`;
    const first = Math.max(0, Math.floor(this.node.scrollTop / this.rowHeight) - spare);
    const end = Math.min(this.rows.length, Math.ceil((this.node.scrollTop + this.node.clientHeight) / this.rowHeight) + spare);
    for (const [index, node] of this.shown) {
      if (index >= first && index < end) continue;
      node.remove();
      this.shown.delete(index);
    }
    for (let index = first; index < end; index += 1) if (!this.shown.has(index)) this.place(index, first);
    if (end + near >= this.rows.length) this.more();
  }

  // In the order of the rows, also in the document: that is the order of the Tab key.
  private place(index: number, first: number): void {
    const node = this.make(this.rows[index] as T, index);
    node.style.transform = `translateY(${index * this.rowHeight}px)`;
    node.style.height = `${this.rowHeight}px`;
    let before: HTMLElement | null = null;
    for (let other = index - 1; other >= first && !before; other -= 1) before = this.shown.get(other) ?? null;
    if (before) before.after(node);
    else this.inner.prepend(node);
    this.shown.set(index, node);
  }

  private key(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(this.node.clientHeight / this.rowHeight) - 1);
    const by: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -this.rows.length, End: this.rows.length };
    const step = by[event.key];
    if (step === undefined || this.rows.length === 0) return;
    event.preventDefault();
    const inside = document.activeElement !== this.node;
    this.current = inside || step !== 1 ? Math.min(this.rows.length - 1, Math.max(0, this.current + step)) : this.current;
    const top = this.current * this.rowHeight;
    if (top < this.node.scrollTop) this.node.scrollTop = top;
    if (top + this.rowHeight > this.node.scrollTop + this.node.clientHeight) this.node.scrollTop = top + this.rowHeight - this.node.clientHeight;
    this.drawNow();
    this.shown.get(this.current)?.querySelector<HTMLElement>("a, button")?.focus();
  }
}
