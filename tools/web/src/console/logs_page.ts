// The log as it is written, and how much each component writes.

import { element, setText } from "../dom";
import { count } from "../format";
import { query, wordsOfError } from "./client";
import type { Page, Services } from "./page";
import { button, field, heading, Message, select } from "./parts";
import { follow } from "./live";
import type { Repeated } from "./repeat";
import type { Route } from "./routes";
import { moment } from "./units";

const everyMs = 1_500;
const linesMax = 2_000;
const pageLines = 500;
const levels = ["trace", "debug", "info", "warn", "error", "critical", "off"] as const;

interface Line {
  id: number;
  time: string;
  level: string;
  component: string;
  message: string;
}

// What comes in $sys:log: the lines between two ids, the first of which is none of them.
interface Lines {
  after: number;
  data: Line[];
  last: number;
}

interface Levels {
  default?: string;
  components: Record<string, string>;
}

export function logsPage(services: Services, route: Route): Page {
  return new LogsPage(services, route);
}

class LogsPage implements Page {
  readonly node = element("div", "logs-page");
  private readonly wish: { level: string; component: string };
  private readonly message = new Message();
  private readonly summary = element("p", "soft");
  private readonly lines = element("ol", "log");
  private readonly levelPart = element("section", "card levels");
  private readonly levelMessage = new Message();
  private readonly levelList = element("div", "level-list");
  private readonly components = select([["", "all components"]], "");
  private readonly hold: HTMLButtonElement;
  private readonly loop: Repeated;
  private after = 0;
  private turn = 0; // counts the wishes; a page of an older one is dropped
  private held = false;
  private looking = false;

  constructor(
    private readonly services: Services,
    { query: given }: Route,
  ) {
    this.wish = { level: given["level"] ?? "info", component: given["component"] ?? "" };
    const level = select(
      levels.slice(0, -1).map((each) => [each, `${each} and worse`] as const),
      this.wish.level,
    );
    level.addEventListener("change", () => this.change({ level: level.value }));
    this.components.addEventListener("change", () => this.change({ component: this.components.value }));
    this.hold = button("Hold", () => this.toggleHold());
    this.hold.setAttribute("aria-pressed", "false");
    const filters = element("div", "filters");
    filters.append(field("Level", level).node, field("Component", this.components).node, this.hold);
    this.lines.tabIndex = 0;
    this.lines.setAttribute("aria-label", "Log, newest first");
    this.levelPart.append(element("h3", "", "What is written"), this.levelMessage.node, this.levelList);
    this.node.append(heading("Logs", filters), this.message.node, this.summary, this.lines, this.levelPart);
    this.loop = follow<Lines>(services.live, "$sys:log", (lines) => this.hear(lines), everyMs, () => this.look());
    void this.loadLevels();
  }

  close(): void {
    this.loop.stop();
  }

  private change(wish: Partial<typeof this.wish>): void {
    Object.assign(this.wish, wish);
    this.services.note(this.wish);
    this.turn += 1;
    this.after = 0;
    this.lines.replaceChildren();
    this.loop.now();
  }

  private toggleHold(): void {
    this.held = !this.held;
    this.hold.setAttribute("aria-pressed", String(this.held));
    setText(this.hold, this.held ? "Go on" : "Hold");
    if (!this.held) this.loop.now();
  }

  private async look(): Promise<void> {
    if (this.held) return;
    const { turn } = this;
    this.looking = true;
    try {
      const path = `/api/v1/logs${query({ after: this.after, level: this.wish.level, component: this.wish.component, limit: pageLines })}`;
      const page = await this.services.client.find<{ data: Line[]; last: number }>(path);
      if (turn !== this.turn) return;
      if (!page) return this.absent();
      if (page.last < this.after) return this.change({}); // another process: its lines are counted anew
      this.after = page.last;
      // The server answers the newest: between them and those that are known may be more.
      if (page.data.length === pageLines && this.lines.hasChildNodes())
        this.lines.prepend(element("li", "log-line cut-line", "More came here than one answer holds."));
      this.show(page.data);
      this.message.clear();
    } catch (error) {
      this.message.fail(error);
    } finally {
      this.looking = false;
    }
  }

  // What is not told, for it was before or too much, is asked for.
  private hear({ after, data, last }: Lines): void {
    if (this.held || this.looking) return;
    if (after > this.after || last < this.after || (data[0]?.id ?? after + 1) > after + 1) return void this.look();
    const worst = levels.indexOf(this.wish.level as (typeof levels)[number]);
    const fits = ({ level, component }: Line) =>
      levels.indexOf(level as (typeof levels)[number]) >= worst && (this.wish.component === "" || component === this.wish.component);
    const fresh = data.filter(({ id }) => id > this.after);
    this.after = last;
    this.show(fresh.filter(fits));
  }

  private show(lines: Line[]): void {
    for (const line of lines) this.lines.prepend(lineOf(line));
    while (this.lines.children.length > linesMax) this.lines.lastElementChild?.remove();
    const size = this.lines.children.length;
    setText(this.summary, size === 0 ? "The server keeps no such line." : `${count(size, "line")}, newest first.`);
  }

  private absent(): void {
    this.message.say("This server has no log to show here: read it where the service manager keeps it (journalctl -u tidewire).", "note");
    this.lines.hidden = true;
    this.loop.stop();
  }

  private async loadLevels(): Promise<void> {
    try {
      const found = await this.services.client.find<Levels>("/api/v1/log-levels");
      if (found) this.showLevels(found);
      else this.levelMessage.say("This server has no levels to change while it runs.", "note");
    } catch (error) {
      this.levelMessage.fail(error);
    }
  }

  private showLevels(found: Levels): void {
    const names = Object.keys(found.components).sort();
    const all = Object.values(found.components);
    const common = found.default ?? (all.every((level) => level === all[0]) ? (all[0] ?? "") : "");
    this.levelList.replaceChildren(
      this.levelField("All", "", common),
      ...names.map((name) => this.levelField(name, name, found.components[name] ?? "")),
    );
    const offered = this.wish.component === "" || names.includes(this.wish.component) ? names : [...names, this.wish.component];
    this.components.replaceChildren(...select([["", "all components"], ...offered.map((name) => [name, name] as const)], "").childNodes);
    this.components.value = this.wish.component;
  }

  private levelField(label: string, component: string, level: string): HTMLElement {
    const options: (readonly [string, string])[] = levels.map((each) => [each, each]);
    const control = select(level === "" ? [["", "mixed"], ...options] : options, level);
    control.addEventListener("change", () => void this.setLevel(component, control.value));
    return field(label, control).node;
  }

  private async setLevel(component: string, level: string): Promise<void> {
    if (level === "") return;
    try {
      const now = await this.services.client.send<Levels | null>("PUT", "/api/v1/log-levels", component === "" ? { level } : { component, level });
      this.levelMessage.say(`${component || "Every component"} writes ${level}${level === "off" ? "" : " and worse"} until the next start.`, "calm");
      if (now?.components) this.showLevels(now);
      else await this.loadLevels();
    } catch (error) {
      this.levelMessage.say(`Nothing was changed: ${wordsOfError(error)}`, "alarm");
      await this.loadLevels();
    }
  }
}

function lineOf({ id, time, level, component, message }: Line): HTMLElement {
  const row = element("li", "log-line");
  row.dataset["level"] = level;
  row.dataset["id"] = String(id);
  row.append(
    element("time", "", moment(new Date(time))),
    element("span", "log-level", level),
    element("span", "log-component", component),
    element("span", "log-message", message),
  );
  return row;
}
