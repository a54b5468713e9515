// One room: where it stands, its entities live, its stream, its past, who is there, and a form to publish.

import { element, setText } from "../dom";
import { plain } from "../format";
import { segment, wordsOfError } from "./client";
import { confirm } from "./dialogs";
import type { Page, Services } from "./page";
import { button, facts, heading, link, Message } from "./parts";
import { formatRoute, type Route } from "./routes";
import { repeat, type Repeated } from "./repeat";
import { LiveTab } from "./room_live";
import { PastTab } from "./room_past";
import { PresenceTab } from "./room_presence";
import { PublishTab } from "./room_publish";

export interface Tab {
  readonly node: HTMLElement;
  close(): void;
}

interface RoomInfo {
  room: string;
  epoch: string;
  offset: number;
  entities?: number;
  subscribers?: number;
}

const everyMs = 2_000;
const tabs = [
  ["state", "State"],
  ["stream", "Stream"],
  ["past", "Past"],
  ["presence", "Presence"],
  ["publish", "Publish"],
] as const;

type TabName = (typeof tabs)[number][0];

export function roomPage(services: Services, route: Route): Page {
  return new RoomPage(services, route.path[1] ?? "", route.query);
}

class RoomPage implements Page {
  readonly node = element("div", "room-page");
  private readonly message = new Message();
  private readonly info = element("div", "facts-place");
  private readonly place = element("div", "tab-place");
  private readonly buttons = new Map<TabName, HTMLButtonElement>();
  private readonly loop: Repeated;
  private tab: Tab | null = null;

  constructor(
    private readonly services: Services,
    private readonly room: string,
    query: Record<string, string>,
  ) {
    const bar = element("div", "tabs");
    bar.setAttribute("role", "tablist");
    for (const [name, title] of tabs) {
      const tab = button(title, () => this.open(name, {}));
      tab.setAttribute("role", "tab");
      this.buttons.set(name, tab);
      bar.append(tab);
    }
    bar.addEventListener("keydown", (event) => this.key(event));
    const leave = button("Let it leave memory…", () => void this.passivate());
    const title = heading(room, leave);
    title.classList.add("mono-heading");
    this.node.append(link(formatRoute(["rooms"]), "← Rooms", "back"), title, this.message.node, this.info, bar, this.place);
    this.loop = repeat(everyMs, () => this.look());
    this.open(tabs.find(([name]) => name === query["view"])?.[0] ?? "state", query);
  }

  close(): void {
    this.loop.stop();
    this.tab?.close();
  }

  private open(name: TabName, query: Record<string, string>): void {
    this.tab?.close();
    for (const [each, node] of this.buttons) {
      node.setAttribute("aria-selected", String(each === name));
      node.tabIndex = each === name ? 0 : -1;
    }
    this.services.note({ ...query, view: name });
    this.tab = this.make(name, query);
    this.place.replaceChildren(this.tab.node);
  }

  private make(name: TabName, query: Record<string, string>): Tab {
    const { client } = this.services;
    switch (name) {
      case "state":
      case "stream":
        return new LiveTab(client, this.room, name);
      case "past":
        return new PastTab(client, this.room, query["at"] ?? "", (at) => this.services.note({ view: "past", at }));
      case "presence":
        return new PresenceTab(client, this.room);
      case "publish":
        return new PublishTab(client, this.room, () => this.loop.now());
    }
  }

  private async look(): Promise<void> {
    try {
      const info = await this.services.client.find<RoomInfo>(`/api/v1/rooms/${segment(this.room)}`);
      const pairs: [string, string][] = info
        ? [
            ["Offset", plain(info.offset)],
            ["Epoch", info.epoch],
            ["Entities", info.entities === undefined ? "–" : plain(info.entities)],
            ["Subscribers", info.subscribers === undefined ? "–" : plain(info.subscribers)],
          ]
        : [["State", "there is no such room yet: it begins with its first change"]];
      this.info.replaceChildren(facts(pairs, "facts"));
      if (this.message.node.dataset["from"] === "look") this.message.clear();
    } catch (error) {
      this.message.fail(error);
      this.message.node.dataset["from"] = "look";
    }
  }

  private async passivate(): Promise<void> {
    const consequence = "Its state stays on disk; whoever needs it next brings it back. A room that somebody uses stays.";
    if (!(await confirm(`Let ${this.room} leave memory?`, consequence, "Let it leave"))) return;
    this.message.node.dataset["from"] = "passivate";
    try {
      const { passivated } = await this.services.client.send<{ passivated: boolean }>("POST", `/api/v1/rooms/${segment(this.room)}/passivate`, {});
      this.message.say(passivated ? "The room leaves memory." : "The room stays: it is in use, or was not in memory.", passivated ? "calm" : "note");
    } catch (error) {
      this.message.say(`The room stays: ${wordsOfError(error)}`, "alarm");
    }
  }

  private key(event: KeyboardEvent): void {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    const names = tabs.map(([name]) => name);
    const at = names.findIndex((name) => this.buttons.get(name) === document.activeElement);
    const next = names[(at + step + names.length) % names.length];
    if (step === 0 || at < 0 || !next) return;
    event.preventDefault();
    this.open(next, {});
    this.buttons.get(next)?.focus();
  }
}

// The line under a tab's controls.
export function note(): { node: HTMLElement; say: (text: string) => void } {
  const node = element("p", "soft");
  return { node, say: (text) => setText(node, text) };
}
