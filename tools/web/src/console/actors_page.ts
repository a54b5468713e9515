// Who works, who waits, who fails: the first of all actors in some order, what works most just now, and the sums by kind.

import { element, setText } from "../dom";
import { count, plain } from "../format";
import { query } from "./client";
import { askLive, follow } from "./live";
import type { Page, Services } from "./page";
import { field, heading, input, link, Message, select, typed } from "./parts";
import type { Repeated } from "./repeat";
import { formatRoute, type Route } from "./routes";
import { Table, type Column } from "./table";
import { bytes, micros, ms, percent, seconds } from "./units";

const everyMs = 2_000; // where it is not told by itself
const rowsMax = 100;
const hottest = 8;

interface Actor {
  id: number;
  kind: string;
  name: string;
  mailbox: number;
  oldest_wait_ms: number;
  handled: number;
  handler_s: number;
  mean_us: number;
  p99_us: number;
  max_us: number;
  restarts: number;
  last_error: string | null;
  memory_bytes: number;
}

interface Kind {
  alive: number;
  started: number;
  crashed: number;
  handled: number;
  refused: number;
  handler_s: number;
  mean_us: number;
  p50_us: number;
  p99_us: number;
  max_us: number;
}

interface ActorList {
  data: Actor[];
  total: number;
}

type Kinds = Record<string, Kind>;

interface Hot {
  actors: Hitters;
  rooms: Hitters;
}

interface Hitters {
  over_ms: number;
  total: number;
  data: { name: string; handler_ns?: number; told?: number; error?: number }[];
}

const columns: Column<Actor>[] = [
  { name: "Actor", cell: (of) => nameOf(of) },
  { name: "Waiting", cell: (of) => plain(of.mailbox), sort: "mailbox", number: true, tone: (of) => (of.mailbox > 1000 ? "warn" : "") },
  { name: "Oldest", cell: (of) => ms(of.oldest_wait_ms), sort: "wait", number: true, tone: (of) => (of.oldest_wait_ms > 1000 ? "warn" : "") },
  { name: "Handled", cell: (of) => plain(of.handled), sort: "handled", number: true },
  { name: "Busy", cell: (of) => seconds(of.handler_s), sort: "time", number: true },
  { name: "Mean", cell: (of) => micros(of.mean_us), number: true, minor: true },
  { name: "p99", cell: (of) => micros(of.p99_us), sort: "p99", number: true },
  { name: "Longest", cell: (of) => micros(of.max_us), sort: "max", number: true },
  { name: "Memory", cell: (of) => bytes(of.memory_bytes), sort: "memory", number: true, minor: true },
  { name: "Restarts", cell: (of) => plain(of.restarts), number: true, tone: (of) => (of.restarts > 0 ? "warn" : "") },
  { name: "Last error", cell: (of) => of.last_error ?? "–", wide: true },
];

const kindColumns: Column<[string, Kind]>[] = [
  { name: "Kind", cell: ([name]) => name },
  { name: "Alive", cell: ([, of]) => plain(of.alive), number: true },
  { name: "Started", cell: ([, of]) => plain(of.started), number: true },
  { name: "Crashed", cell: ([, of]) => plain(of.crashed), number: true, tone: ([, of]) => (of.crashed > 0 ? "warn" : "") },
  { name: "Handled", cell: ([, of]) => plain(of.handled), number: true },
  { name: "Refused", cell: ([, of]) => plain(of.refused), number: true, tone: ([, of]) => (of.refused > 0 ? "warn" : "") },
  { name: "Time in handlers", cell: ([, of]) => seconds(of.handler_s), number: true },
  { name: "Mean", cell: ([, of]) => micros(of.mean_us), number: true },
  { name: "p50", cell: ([, of]) => micros(of.p50_us), number: true },
  { name: "p99", cell: ([, of]) => micros(of.p99_us), number: true },
  { name: "Longest", cell: ([, of]) => micros(of.max_us), number: true },
];

export function actorsPage(services: Services, route: Route): Page {
  return new ActorsPage(services, route);
}

class ActorsPage implements Page {
  readonly node = element("div", "actors-page");
  private readonly wish: { sort: string; kind: string; name: string };
  private readonly message = new Message();
  private readonly summary = element("p", "soft");
  private readonly table = new Table(
    "Actors",
    columns,
    (of) => String(of.id),
    (sort) => this.change({ sort }),
    "No actor is like that.",
  );
  private readonly kinds = new Table("Kinds of actors, since the start", kindColumns, ([name]) => name);
  private readonly kindSelect = select([["", "all kinds"]], "");
  private readonly hot = element("div", "hot");
  private actors: Repeated;
  private readonly others: Repeated[];
  private known = "";

  constructor(
    private readonly services: Services,
    { query: given }: Route,
  ) {
    this.wish = { sort: given["sort"] ?? "time", kind: given["kind"] ?? "", name: given["name"] ?? "" };
    const name = input("search", this.wish.name, "part of a name");
    typed(name, (text) => this.change({ name: text.trim() }));
    this.kindSelect.addEventListener("change", () => this.change({ kind: this.kindSelect.value }));
    const filters = element("div", "filters");
    filters.append(field("Kind", this.kindSelect).node, field("Name", name).node);
    this.node.append(heading("Actors", filters), this.message.node, this.summary, this.table.node);
    this.node.append(heading("Working most just now"), this.hot, heading("By kind, since the start"), this.kinds.node);
    this.table.sortedBy(this.wish.sort);
    this.actors = this.ask();
    this.others = [
      follow<Kinds>(services.live, "$sys:kinds", (kinds) => this.showKinds(kinds), everyMs, this.get("/api/v1/actors", (kinds: Kinds) => this.showKinds(kinds))),
      follow<Hot>(
        services.live,
        `$sys:hot?limit=${hottest}`,
        (hot) => this.showHot(hot),
        everyMs,
        this.get(`/api/v1/performance/hot?limit=${hottest}`, (hot: Hot) => this.showHot(hot)),
      ),
    ];
  }

  close(): void {
    for (const each of [this.actors, ...this.others]) each.stop();
  }

  private change(wish: Partial<typeof this.wish>): void {
    Object.assign(this.wish, wish);
    this.services.note(this.wish);
    this.table.sortedBy(this.wish.sort);
    this.actors.stop();
    this.actors = this.ask();
  }

  // Each question is a room of its own.
  private ask(): Repeated {
    const { sort, kind, name } = this.wish;
    const asked = query({ sort, kind, name, limit: rowsMax });
    return follow<ActorList>(
      this.services.live,
      askLive("actors", asked),
      (list) => this.showActors(list),
      everyMs,
      this.get(`/api/v1/performance/actors${asked}`, (list: ActorList) => this.showActors(list)),
    );
  }

  // What looks over HTTP.
  private get<T>(target: string, show: (found: T) => void): () => Promise<void> {
    return async () => {
      try {
        show(await this.services.client.get<T>(target));
      } catch (error) {
        this.message.fail(error);
      }
    };
  }

  private showActors({ data, total }: ActorList): void {
    this.table.show(data);
    setText(this.summary, `The first ${plain(data.length)} of ${count(total, "actor")}, most first.`);
    this.message.clear();
  }

  private showKinds(kinds: Kinds): void {
    this.kinds.show(Object.entries(kinds));
    this.offerKinds(Object.keys(kinds));
  }

  private showHot(hot: Hot): void {
    this.hot.replaceChildren(
      hitters(
        "Time in handlers, by actor",
        hot.actors,
        ({ handler_ns = 0 }) => handler_ns,
        (value) => seconds(value / 1e9),
        null,
      ),
      hitters(
        "Deliveries, by room",
        hot.rooms,
        ({ told = 0 }) => told,
        plain,
        (room) => formatRoute(["rooms", room]),
      ),
    );
  }

  private offerKinds(kinds: string[]): void {
    const offered = kinds.join();
    if (this.known === offered) return;
    this.known = offered;
    const names = this.wish.kind === "" || kinds.includes(this.wish.kind) ? kinds : [...kinds, this.wish.kind];
    this.kindSelect.replaceChildren(...select([["", "all kinds"], ...names.map((kind) => [kind, kind] as const)], "").childNodes);
    this.kindSelect.value = this.wish.kind;
  }
}

function nameOf({ kind, name }: Actor): string | HTMLElement {
  return kind === "room" && name.startsWith("room ") ? link(formatRoute(["rooms", name.slice(5)]), name) : name;
}

function hitters(
  title: string,
  of: Hitters,
  amount: (row: Hitters["data"][number]) => number,
  format: (value: number) => string,
  href: ((name: string) => string) | null,
): HTMLElement {
  const node = element("section", "card hitters");
  node.append(element("h3", "", title));
  const over = of.over_ms > 0 ? `of ${format(of.total)} in the last ${seconds(of.over_ms / 1000)}` : "";
  node.append(element("p", "soft", of.data.length > 0 ? over : "Nothing just now."));
  const list = element("ol");
  for (const row of of.data) {
    const value = amount(row);
    const share = of.total > 0 ? value / of.total : 0;
    const item = element("li");
    const bar = element("meter");
    bar.max = 1;
    bar.value = Math.min(1, share);
    bar.setAttribute("aria-label", row.name);
    item.append(
      href ? link(href(row.name), row.name) : element("span", "", row.name),
      bar,
      element("span", "amount", `${format(value)}, ${percent(share)}`),
    );
    list.append(item);
  }
  node.append(list);
  return node;
}
