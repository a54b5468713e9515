// One entity on the page. Its elements are made once and then only their text changes.

import { toneOf, type Scalar, type Shown } from "./document";
import { element, setText } from "./dom";
import { formatName, formatTime, formatValue } from "./format";
import type { Change } from "./room_feed";
import { Sparkline } from "./sparkline";

const halfRowMax = 18; // characters of a name and its value that fit side by side

export class EntityCard {
  readonly node = element("article", "card");
  private readonly state = element("span", "state");
  private readonly value = element("span", "value");
  private readonly valueName = element("span", "value-name");
  private readonly details = element("dl", "details");
  private readonly rows = new Map<string, HTMLElement>();
  private readonly time = element("span", "time");
  private readonly version = element("span", "version");
  private readonly spark = new Sparkline();

  constructor(readonly key: string) {
    this.node.dataset["key"] = key;
    const head = element("header");
    const name = element("h3", "key", key);
    name.title = key;
    head.append(name, this.state);
    const figure = element("div", "figure");
    const number = element("div", "number");
    number.append(this.value, this.valueName);
    figure.append(number, this.spark.node);
    const foot = element("footer");
    foot.append(this.time, this.version);
    this.node.append(head, figure, this.details, foot);
  }

  // Takes note of a value for the curve; cheap, for every change.
  record(shown: Shown): void {
    if (shown.main) this.spark.push(shown.main.name, shown.main.value);
  }

  // Shows the newest change. `at` is when it came, null if it was part of the snapshot.
  show(change: Change, shown: Shown, at: Date | null): void {
    this.showState(shown.state);
    this.showMain(shown.main, at !== null);
    this.showDetails(shown.details);
    this.node.title = shown.source ? `from ${shown.source}` : "";
    setText(this.time, at ? `changed ${formatTime(at)}` : "from the snapshot");
    setText(this.version, change.offset === null ? "" : `v${change.offset}`);
    this.spark.draw();
  }

  private showState(state: string): void {
    setText(this.state, state);
    this.state.dataset["tone"] = toneOf(state);
    this.state.hidden = state === "";
  }

  private showMain(main: Shown["main"], flash: boolean): void {
    this.node.classList.toggle("no-number", main === null);
    if (!main) return;
    setText(this.valueName, formatName(main.name));
    if (setText(this.value, formatValue(main.name, main.value)) && flash) this.flash();
  }

  // Two names for one animation: a change of name starts it again without a forced layout.
  private flash(): void {
    this.value.dataset["flash"] = this.value.dataset["flash"] === "a" ? "b" : "a";
  }

  private showDetails(details: [string, Scalar][]): void {
    const gone = new Set(this.rows.keys());
    for (const [name, value] of details) {
      gone.delete(name);
      const text = formatValue(name, value);
      setText(this.row(name), text);
      // Once too narrow for two columns, it stays so: no jumping back and forth.
      if (formatName(name).length + text.length > halfRowMax) this.details.classList.add("wide");
    }
    for (const name of gone) {
      this.rows.get(name)?.parentElement?.remove();
      this.rows.delete(name);
    }
  }

  private row(name: string): HTMLElement {
    const known = this.rows.get(name);
    if (known) return known;
    const row = element("div");
    const value = element("dd");
    row.append(element("dt", "", formatName(name)), value);
    this.details.append(row);
    this.rows.set(name, value);
    return value;
  }
}

