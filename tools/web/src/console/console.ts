// The console as a whole: which page is open, how one gets to the others, and how the server does, always in sight.

import { element, part, setText } from "../dom";
import { count } from "../format";
import { actorsPage } from "./actors_page";
import { Client } from "./client";
import { askForToken } from "./dialogs";
import { Live, type LiveState } from "./live";
import { logsPage } from "./logs_page";
import { Monitor, type View } from "./monitor";
import { overviewPage } from "./overview";
import type { MakePage, Page, Services } from "./page";
import { button } from "./parts";
import { quarantinePage } from "./quarantine_page";
import { roomsPage } from "./rooms_page";
import { formatRoute, parseRoute } from "./routes";
import { roomPage } from "./room_page";
import { sessionsPage } from "./sessions_page";
import { isDark, onTheme, startTheme, toggleTheme } from "./theme";
import { treePage } from "./tree_page";

const pages: [name: string, title: string, make: MakePage][] = [
  ["overview", "Overview", overviewPage],
  ["tree", "Tree", treePage],
  ["actors", "Actors", actorsPage],
  ["rooms", "Rooms", (services, route) => (route.path.length > 1 ? roomPage(services, route) : roomsPage(services, route))],
  ["sessions", "Sessions", sessionsPage],
  ["quarantine", "Quarantine", quarantinePage],
  ["logs", "Logs", logsPage],
];

export class Console {
  private readonly client = new Client(askForToken);
  private readonly live = new Live(this.client);
  private readonly monitor = new Monitor(this.client, this.live);
  private readonly services: Services = {
    client: this.client,
    live: this.live,
    monitor: this.monitor,
    note: (query) => history.replaceState(null, "", formatRoute(parseRoute(location.hash).path, query)),
    go: (path, query) => (location.hash = formatRoute(path, query)),
  };
  private readonly links = new Map<string, HTMLAnchorElement>();
  private readonly content = part<HTMLElement>("#content");
  private readonly badge = element("span", "badge");
  private page: Page | null = null;

  start(): void {
    startTheme();
    this.fillBar();
    part("#skip").addEventListener("click", (event) => {
      event.preventDefault(); // the hash belongs to the routes
      this.content.focus();
    });
    window.addEventListener("hashchange", () => this.open(true));
    this.open(false);
    this.monitor.watch((view) => this.showHealth(view));
    this.monitor.start();
  }

  // The focus goes where the reader's eyes are: to the page that opened.
  private open(moved: boolean): void {
    const route = parseRoute(location.hash);
    const [name, title, make] = pages.find(([each]) => each === (route.path[0] ?? "overview")) ?? (pages[0] as (typeof pages)[number]);
    this.page?.close();
    for (const [each, node] of this.links) {
      if (each === name) node.setAttribute("aria-current", "page");
      else node.removeAttribute("aria-current");
    }
    this.links.get(name)?.scrollIntoView({ block: "nearest", inline: "center" });
    document.title = `${route.path[1] ?? title} · Tidewire console`;
    this.page = make(this.services, route);
    this.content.dataset["page"] = name;
    this.content.replaceChildren(this.page.node);
    if (!moved) return;
    window.scrollTo(0, 0);
    this.content.focus({ preventScroll: true });
  }

  private fillBar(): void {
    const nav = part<HTMLElement>("#pages");
    for (const [name, title] of pages) {
      const node = element("a", "", title);
      node.href = formatRoute([name]);
      if (name === "quarantine") node.append(" ", this.badge);
      this.links.set(name, node);
      nav.append(node);
    }
    this.badge.hidden = true;
    const theme = button("", toggleTheme, "theme");
    const showTheme = () => {
      setText(theme, isDark() ? "Light" : "Dark");
      theme.setAttribute("aria-label", isDark() ? "Light colours" : "Dark colours");
    };
    showTheme();
    onTheme(showTheme);
    const live = element("span", "live-state");
    live.setAttribute("role", "status");
    part("#tools").append(live, theme);
    this.live.onState((state) => showLive(live, state));
  }

  private showHealth({ problems, reading, quarantined }: View): void {
    const node = part<HTMLAnchorElement>("#health");
    const bad = problems.filter(({ severity }) => severity !== "note");
    const tone = bad[0]?.severity ?? (reading ? "calm" : "note");
    node.dataset["tone"] = tone;
    setText(part("#health .health-text"), bad.length > 0 ? count(bad.length, "problem") : reading ? "All is well" : "…");
    node.title = bad.map(({ text }) => text).join("\n");
    this.badge.hidden = !quarantined;
    setText(this.badge, String(quarantined ?? ""));
  }
}

// Whether the pages are told, or ask.
function showLive(node: HTMLElement, { live, why }: LiveState): void {
  node.dataset["live"] = String(live);
  setText(node, live ? "Live" : "Asking");
  node.title = live ? "The server tells this page what happens, over its live connection." : `This page asks again and again. ${why}`;
}
