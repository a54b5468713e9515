// The first page: what is wrong and where it is healed, then how the server does, live.

import { element, setText } from "../dom";
import { count, plain } from "../format";
import type { Problem } from "./health";
import type { Point, View } from "./monitor";
import type { Page, Services } from "./page";
import { facts, heading, link } from "./parts";
import { Plot } from "./plot";
import type { Reading } from "./reading";
import { ago, bytes, moment, ms, percent, perSecond } from "./units";

const spanS = 300;
const partsShown = 7; // as many as the palette has colours

export function overviewPage({ monitor }: Services): Page {
  const node = element("div", "overview");
  const verdict = element("div", "verdict");
  verdict.setAttribute("role", "status");
  const summary = element("div", "facts-place");
  const plots = element("div", "plots");
  const memory = element("section", "card memory");
  node.append(verdict, summary, heading("The last minutes"), plots, memory);
  const charts = new Charts(plots);
  const bars = new MemoryBars(memory);
  const forget = monitor.watch((view) => {
    showVerdict(verdict, view);
    if (view.reading) summary.replaceChildren(summaryOf(view.reading, view.quarantined));
    charts.show(view);
    if (view.reading) bars.show(view.reading);
  });
  if (!verdict.hasChildNodes()) verdict.append(element("p", "soft", "Asking the server…"));
  return {
    node,
    close: () => {
      forget();
      charts.close();
    },
  };
}

// The same problems keep their elements: a screen reader hears what is new.
function showVerdict(node: HTMLElement, { problems, reading }: View): void {
  const bad = problems.filter(({ severity }) => severity !== "note");
  const tone = problems[0] && bad.length > 0 ? problems[0].severity : "calm";
  const shown = JSON.stringify([tone, problems, reading === null]);
  if (node.dataset["shown"] === shown) return;
  node.dataset["shown"] = shown;
  node.dataset["tone"] = tone;
  const title = element("h2", "", bad.length > 0 ? (bad[0] as Problem).text : "All is well.");
  const list = element("ul", "problems");
  const first = bad[0];
  const rest = problems.filter((problem) => problem !== first);
  node.replaceChildren(title);
  if (first) node.append(remedyOf(first));
  if (bad.length > 1) node.append(element("p", "soft", `And ${count(bad.length - 1, "more problem")}:`));
  for (const problem of rest) {
    const item = element("li");
    item.dataset["tone"] = problem.severity;
    item.append(element("strong", "", problem.text), remedyOf(problem));
    list.append(item);
  }
  if (rest.length > 0) node.append(list);
}

function remedyOf({ remedy, link: to }: Problem): HTMLElement {
  const line = element("p", "remedy", `${remedy} `);
  if (to) line.append(link(to.href, `${to.text} →`, "heal"));
  return line;
}

function summaryOf(now: Reading, quarantined: number | null): HTMLElement {
  const pairs: [string, string][] = [];
  if (now.startedMs !== null) pairs.push(["Up for", ago(now.atMs - now.startedMs)]);
  if (now.connections !== null) pairs.push(["Connections", plain(now.connections)]);
  if (now.rooms !== null) pairs.push(["Rooms in memory", plain(now.rooms)]);
  pairs.push(["Slow clients", plain(now.slowClients)]);
  if (now.queuedBytes !== null) pairs.push(["Queued for clients", bytes(now.queuedBytes)]);
  if (quarantined !== null) pairs.push(["In quarantine", plain(quarantined)]);
  if (now.residentBytes !== null) pairs.push(["Memory, resident", bytes(now.residentBytes)]);
  if (now.disk) pairs.push(["Disk left", `${bytes(now.disk.free)} (${percent(now.disk.size === 0 ? 0 : now.disk.free / now.disk.size)})`]);
  pairs.push(["As of", moment(new Date(now.atMs)).slice(11)]);
  return facts(pairs, "facts");
}

class Charts {
  private readonly requests = new Plot({
    title: "Requests",
    format: { left: perSecond, right: ms },
    curves: [
      { name: "requests", colour: 1, unit: "left" },
      { name: "p95", colour: 2, unit: "right" },
    ],
    spanS,
    none: "none yet",
  });
  private readonly deliveries = new Plot({
    title: "Deliveries",
    format: { left: perSecond },
    curves: [{ name: "deliveries", colour: 1, unit: "left" }],
    spanS,
    none: "–",
  });
  private readonly connections = new Plot({
    title: "Connections",
    format: { left: whole },
    curves: [{ name: "open", colour: 1, unit: "left" }],
    spanS,
    none: "–",
  });
  private readonly commits = new Plot({
    title: "Commits",
    format: { left: ms },
    curves: [{ name: "p99", colour: 2, unit: "left" }],
    spanS,
    none: "none in 10 s",
  });
  private memory: Plot | null = null;
  private parts: string[] = [];

  constructor(private readonly place: HTMLElement) {
    place.append(this.requests.node, this.deliveries.node, this.connections.node, this.commits.node);
  }

  show({ points, reading }: View): void {
    const times = points.map(({ atS }) => atS);
    const row = (of: (point: Point) => number | null) => points.map(of);
    this.requests.show(times, [row((at) => at.requests), row((at) => at.requestP95Ms)]);
    this.deliveries.show(times, [row((at) => at.deliveries)]);
    this.connections.show(times, [row((at) => at.connections)]);
    this.commits.show(times, [row((at) => at.commitP99Ms)]);
    if (reading)
      this.memoryOf(reading).show(
        times,
        this.parts.map((part) => row((at) => at.memory[part] ?? null)),
      );
  }

  close(): void {
    for (const plot of [this.requests, this.deliveries, this.connections, this.commits, this.memory]) plot?.close();
  }

  // The server says which parts there are.
  private memoryOf(reading: Reading): Plot {
    if (this.memory) return this.memory;
    this.parts = Object.keys(reading.memory).slice(0, partsShown);
    const curves = this.parts.map((name, index) => ({ name, colour: index + 1, unit: "left" as const }));
    this.memory = new Plot({ title: "Memory by part", format: { left: bytes }, curves, spanS, none: "–", binary: true });
    this.place.append(this.memory.node);
    return this.memory;
  }
}

const whole = (value: number) => plain(Math.round(value));

// Each part against its limit.
class MemoryBars {
  private readonly rows = new Map<string, { bar: HTMLMeterElement; text: HTMLElement }>();
  private readonly list = element("dl", "bars");

  constructor(place: HTMLElement) {
    place.append(element("h3", "", "Memory against its limits"), this.list);
  }

  show({ memory }: Reading): void {
    for (const [name, { used, limit }] of Object.entries(memory)) {
      const { bar, text } = this.row(name);
      bar.max = limit > 0 ? limit : 1;
      bar.value = used;
      setText(text, `${bytes(used)} of ${bytes(limit)}${limit > 0 ? `, ${percent(used / limit)}` : ""}`);
    }
  }

  private row(name: string): { bar: HTMLMeterElement; text: HTMLElement } {
    const known = this.rows.get(name);
    if (known) return known;
    const bar = element("meter");
    bar.min = 0;
    bar.setAttribute("aria-label", name);
    const text = element("span", "bar-text");
    const value = element("dd");
    value.append(bar, text);
    const row = element("div");
    row.append(element("dt", "", name), value);
    this.list.append(row);
    const made = { bar, text };
    this.rows.set(name, made);
    return made;
  }
}
