// A table whose rows stay the same elements while their values change, so that the focus and a selection stay too.

import { element, setText } from "../dom";
import { button } from "./parts";

export interface Column<T> {
  name: string;
  // Text, or an element that is made once for a row and then kept.
  cell: (row: T) => string | HTMLElement;
  sort?: string; // what the server calls the order by it, most first
  number?: boolean;
  minor?: boolean; // left out where it is narrow
  wide?: boolean; // a text that may break into lines
  tone?: (row: T) => string; // "" or the tone of the cell
}

interface Shown {
  node: HTMLTableRowElement;
  cells: HTMLTableCellElement[];
}

export class Table<T> {
  readonly node = element("div", "table-place");
  private readonly body = element("tbody");
  private readonly heads: [sort: string, head: HTMLTableCellElement][] = [];
  private readonly rows = new Map<string, Shown>();
  private readonly empty = element("p", "soft empty-table");

  constructor(
    caption: string,
    private readonly columns: readonly Column<T>[],
    private readonly keyOf: (row: T) => string,
    private readonly onSort: (sort: string) => void = () => {},
    private readonly none = "None.",
  ) {
    const table = element("table");
    table.append(element("caption", "unseen", caption));
    const head = element("thead");
    const line = element("tr");
    for (const column of columns) line.append(this.headOf(column));
    head.append(line);
    table.append(head, this.body);
    this.empty.hidden = true;
    this.node.append(table, this.empty);
    this.node.tabIndex = 0; // so that the keyboard can scroll it
    this.node.setAttribute("role", "region");
    this.node.setAttribute("aria-label", caption);
  }

  sortedBy(sort: string): void {
    for (const [each, head] of this.heads) {
      if (each === sort) head.setAttribute("aria-sort", "descending");
      else head.removeAttribute("aria-sort");
    }
  }

  show(rows: readonly T[]): void {
    const gone = new Set(this.rows.keys());
    let next = this.body.firstElementChild;
    for (const row of rows) {
      const key = this.keyOf(row);
      gone.delete(key);
      const shown = this.rowOf(key, row);
      this.fill(shown, row);
      if (shown.node === next) next = next.nextElementSibling;
      else this.body.insertBefore(shown.node, next);
    }
    for (const key of gone) {
      this.rows.get(key)?.node.remove();
      this.rows.delete(key);
    }
    setText(this.empty, this.none);
    this.empty.hidden = rows.length > 0;
  }

  private rowOf(key: string, row: T): Shown {
    const known = this.rows.get(key);
    if (known) return known;
    const node = element("tr");
    const cells = this.columns.map((column) => {
      const cell = element("td", classesOf(column));
      const content = column.cell(row);
      if (typeof content !== "string") cell.append(content);
      node.append(cell);
      return cell;
    });
    const made = { node, cells };
    this.rows.set(key, made);
    return made;
  }

  private fill({ cells }: Shown, row: T): void {
    this.columns.forEach((column, index) => {
      const cell = cells[index];
      if (!cell) return;
      if (column.tone) cell.dataset["tone"] = column.tone(row);
      if (cell.firstElementChild) return;
      const content = column.cell(row);
      if (typeof content === "string") setText(cell, content);
    });
  }

  private headOf(column: Column<T>): HTMLTableCellElement {
    const head = element("th", classesOf(column));
    head.scope = "col";
    const { sort } = column;
    if (sort === undefined) {
      head.textContent = column.name;
    } else {
      head.append(button(column.name, () => this.onSort(sort)));
      this.heads.push([sort, head]);
    }
    return head;
  }
}

function classesOf({ number, minor, wide }: { number?: boolean; minor?: boolean; wide?: boolean }): string {
  return [number && "number-cell", minor && "minor", wide && "wide-cell"].filter(Boolean).join(" ");
}
