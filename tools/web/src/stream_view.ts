// The latest publications of a room, newest first.

import { element } from "./dom";
import { formatTime } from "./format";
import { perFrame } from "./frames";

export interface Publication {
  offset: number;
  at: Date | null;
  key: string | null;
  data: unknown;
  removed: boolean;
}

const rowsMax = 200;
const textMax = 2000; // characters shown of one publication

export class StreamView {
  readonly node = element("ol", "stream");
  private readonly waiting = new Map<number, Publication>();
  private readonly rows = new Map<number, HTMLElement>(); // by offset
  private words: string[] = [];
  private readonly draw = perFrame(() => this.drawNow());

  constructor() {
    this.node.setAttribute("aria-label", "Latest publications, newest first");
    this.node.tabIndex = 0;
  }

  get size(): number {
    return this.rows.size + this.waiting.size;
  }

  clear(): void {
    this.waiting.clear();
    this.rows.clear();
    this.node.replaceChildren();
  }

  // In any order; an offset that is already there is left alone.
  add(publication: Publication): void {
    if (this.rows.has(publication.offset)) return;
    this.waiting.set(publication.offset, publication);
    // A hidden page does not draw: keep no more than it would show.
    if (this.waiting.size > rowsMax) this.waiting.delete(Math.min(...this.waiting.keys()));
    this.draw();
  }

  filter(text: string): void {
    this.words = text.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of this.rows.values()) this.hideUnlessMatching(row);
  }

  private drawNow(): void {
    const coming = [...this.waiting.values()].sort((a, b) => a.offset - b.offset);
    this.waiting.clear();
    for (const publication of coming) this.insert(publication);
    while (this.rows.size > rowsMax) {
      const last = this.node.lastElementChild as HTMLElement;
      this.rows.delete(Number(last.dataset["offset"]));
      last.remove();
    }
  }

  private insert(publication: Publication): void {
    const row = rowOf(publication);
    this.hideUnlessMatching(row);
    let before = this.node.firstElementChild as HTMLElement | null;
    while (before && Number(before.dataset["offset"]) > publication.offset) before = before.nextElementSibling as HTMLElement | null;
    this.node.insertBefore(row, before);
    this.rows.set(publication.offset, row);
  }

  private hideUnlessMatching(row: HTMLElement): void {
    const text = (row.textContent ?? "").toLowerCase();
    row.hidden = !this.words.every((word) => text.includes(word));
  }
}

function rowOf({ offset, at, key, data, removed }: Publication): HTMLElement {
  const row = element("li", "publication");
  row.dataset["offset"] = String(offset);
  const head = element("div", "publication-head");
  head.append(element("span", "offset", `#${offset}`), element("span", "time", at ? formatTime(at) : ""));
  if (key !== null) head.append(element("span", "key", key));
  const text = removed ? "removed" : JSON.stringify(data) ?? "";
  const body = element("code", removed ? "removed" : "", text.length > textMax ? `${text.slice(0, textMax)}…` : text);
  row.append(head, body);
  return row;
}
