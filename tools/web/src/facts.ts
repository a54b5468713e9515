// A short row of figures: name and value, changing in place.

import { element, part, setText } from "./dom";

export class Facts {
  private readonly node = part<HTMLElement>("#facts");
  private readonly values = new Map<string, HTMLElement>();

  clear(): void {
    this.values.clear();
    this.node.replaceChildren();
  }

  show(name: string, value: string): void {
    let node = this.values.get(name);
    if (!node) {
      const row = element("div");
      row.dataset["fact"] = name;
      node = element("dd");
      row.append(element("dt", "", name), node);
      this.node.append(row);
      this.values.set(name, node);
    }
    setText(node, value);
  }
}
