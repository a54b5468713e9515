// Connections of clients, those that lag most first: how far behind each is, what it is subscribed to, and how to end it.

import { element, setText } from "../dom";
import { count, plain } from "../format";
import { query, segment, wordsOfError } from "./client";
import { confirm } from "./dialogs";
import type { Page, Services } from "./page";
import { button, facts, field, heading, input, link, Message, select, typed } from "./parts";
import { askLive, follow } from "./live";
import type { Repeated } from "./repeat";
import { formatRoute, type Route } from "./routes";
import { Table, type Column } from "./table";
import { ago, bytes } from "./units";

const everyMs = 2_000; // where it is not told by itself
const rowsMax = 200;
const orders = [
  ["queued", "most queued"],
  ["missed", "missing most"],
  ["subscriptions", "most subscriptions"],
  ["age", "oldest"],
] as const;

// Those that miss something are found without a look at the others.
const choices = [
  ["", "all"],
  ["true", "only those that miss something"],
] as const;

interface Session {
  session: string;
  user: string;
  address: string;
  protocol: string;
  connected_ms: number;
  subscriptions: number;
  queued_bytes: number;
  missed: number; // rooms whose changes it misses now
}

interface Subscribed {
  room: string;
  kind: string;
  live: boolean;
  policy: string;
  interval_ms: number;
}

interface SessionList {
  data: Session[];
  total?: number;
}

type OneSession = Session & { rooms: Subscribed[] };

export function sessionsPage(services: Services, route: Route): Page {
  return new SessionsPage(services, route);
}

class SessionsPage implements Page {
  readonly node = element("div", "sessions-page");
  private readonly wish: { sort: string; user: string; behind: string; session: string };
  private readonly message = new Message();
  private readonly summary = element("p", "soft");
  private readonly detail = element("section", "card session-detail");
  private readonly detailFacts = element("div");
  private readonly rooms = new Table<Subscribed>(
    "Rooms of the session",
    roomColumns,
    ({ room }) => room,
    () => {},
    "It is subscribed to nothing.",
  );
  private readonly table: Table<Session>;
  private list: Repeated;
  private one: Repeated | null = null;

  constructor(
    private readonly services: Services,
    { query: given }: Route,
  ) {
    this.wish = { sort: given["sort"] ?? "queued", user: given["user"] ?? "", behind: given["behind"] ?? "", session: given["session"] ?? "" };
    this.table = new Table(
      "Sessions",
      this.columns(),
      ({ session }) => session,
      (sort) => this.change({ sort }),
      "No client is like that.",
    );
    const order = select(orders, this.wish.sort);
    order.addEventListener("change", () => this.change({ sort: order.value }));
    const user = input("search", this.wish.user, "whole name");
    typed(user, (text) => this.change({ user: text.trim() }));
    const filters = element("div", "filters");
    const which = select(choices, this.wish.behind);
    which.addEventListener("change", () => this.change({ behind: which.value }));
    filters.append(field("Show", which).node, field("Order", order).node, field("User", user).node);
    const head = heading(
      "Its connection",
      button("End it…", () => void this.end(this.wish.session), "danger"),
      button("Close", () => this.change({ session: "" })),
    );
    this.detail.hidden = true;
    this.detail.append(head, this.detailFacts, this.rooms.node);
    this.node.append(heading("Sessions", filters), this.message.node, this.summary, this.detail, this.table.node);
    this.table.sortedBy(this.wish.sort);
    this.list = this.askList();
    this.one = this.askOne();
  }

  close(): void {
    this.list.stop();
    this.one?.stop();
  }

  private columns(): Column<Session>[] {
    return [
      { name: "Session", cell: ({ session }) => this.opener(session) },
      { name: "User", cell: ({ user }) => user || "(anonymous)" },
      { name: "Queued", cell: ({ queued_bytes }) => bytes(queued_bytes), sort: "queued", number: true },
      {
        name: "Behind in",
        cell: ({ missed }) => count(missed, "room"),
        sort: "missed",
        number: true,
        tone: ({ missed }) => (missed > 0 ? "warn" : ""),
      },
      { name: "Subscriptions", cell: ({ subscriptions }) => plain(subscriptions), sort: "subscriptions", number: true },
      { name: "Connected for", cell: ({ connected_ms }) => ago(connected_ms), sort: "age", number: true },
      { name: "Address", cell: ({ address }) => address, minor: true },
      { name: "Protocol", cell: ({ protocol }) => protocol, minor: true },
      { name: "", cell: ({ session }) => button("End…", () => void this.end(session), "danger small") },
    ];
  }

  // Cut by its style; whole in its title and in the detail.
  private opener(session: string): HTMLElement {
    const node = button(session, () => this.change({ session }), "mono as-link session-id");
    node.title = session;
    return node;
  }

  private change(wish: Partial<typeof this.wish>): void {
    Object.assign(this.wish, wish);
    this.services.note(this.wish);
    this.table.sortedBy(this.wish.sort);
    this.message.clear();
    this.list.stop();
    this.list = this.askList();
    this.one?.stop();
    this.one = this.askOne();
  }

  // Each question is a room of its own.
  private askList(): Repeated {
    const { sort, user, behind } = this.wish;
    const asked = query({ sort, user, behind, limit: rowsMax });
    return follow<SessionList>(this.services.live, askLive("sessions", asked), (list) => this.showList(list), everyMs, () => this.lookAtList(asked));
  }

  private askOne(): Repeated | null {
    const { session } = this.wish;
    this.detail.hidden = session === "";
    if (session === "") return null;
    const show = (one: OneSession | { status: number }) => this.showOne("session" in one ? one : null, session);
    return follow<OneSession | { status: number }>(this.services.live, `$sys:sessions/${segment(session)}`, show, everyMs, () => this.lookAtOne(session));
  }

  private async lookAtList(asked: string): Promise<void> {
    try {
      const list = await this.services.client.find<SessionList>(`/api/v1/sessions${asked}`);
      if (list) this.showList(list);
      else this.absent();
    } catch (error) {
      this.message.fail(error);
      this.message.node.dataset["from"] = "look";
    }
  }

  private showList(list: SessionList): void {
    this.table.show(list.data);
    const total = list.total ?? list.data.length;
    setText(
      this.summary,
      total > list.data.length ? `The first ${plain(list.data.length)} of ${count(total, "session")}.` : `${count(total, "session")}.`,
    );
    if (this.message.node.dataset["from"] === "look") this.message.clear();
  }

  private absent(): void {
    this.message.say("This server has no list of sessions: it is older than this page expects.", "note");
    this.table.node.hidden = true;
    this.list.stop();
  }

  private async lookAtOne(session: string): Promise<void> {
    try {
      this.showOne(await this.services.client.find<OneSession>(`/api/v1/sessions/${segment(session)}`), session);
    } catch (error) {
      this.message.fail(error);
      this.message.node.dataset["from"] = "look";
    }
  }

  private showOne(one: OneSession | null | undefined, session: string): void {
    if (!one) {
      this.detailFacts.replaceChildren(element("p", "soft", `${session} is not connected any more.`));
      this.rooms.node.hidden = true;
      return;
    }
    this.rooms.node.hidden = false;
    this.detailFacts.replaceChildren(
      facts([
        ["Session", one.session],
        ["User", one.user || "(anonymous)"],
        ["Address", one.address],
        ["Protocol", one.protocol],
        ["Connected for", ago(one.connected_ms)],
        ["Queued", bytes(one.queued_bytes)],
        ["Behind in", count(one.missed, "room")],
      ]),
    );
    this.rooms.show(one.rooms);
  }

  private async end(session: string): Promise<void> {
    if (!(await confirm("End this connection?", `${session} is disconnected, and told not to come back by itself.`, "End it"))) return;
    this.message.node.dataset["from"] = "end";
    try {
      await this.services.client.send("DELETE", `/api/v1/sessions/${segment(session)}`);
      this.message.say(`${session} was ended.`, "calm");
      this.list.now();
    } catch (error) {
      this.message.say(`${session} was not ended: ${wordsOfError(error)}`, "alarm");
    }
  }
}

const roomColumns: Column<Subscribed>[] = [
  { name: "Room", cell: ({ room }) => link(formatRoute(["rooms", room]), room, "mono") },
  { name: "Kind", cell: ({ kind }) => kind },
  { name: "When slow", cell: ({ policy }) => policy },
  { name: "At most every", cell: ({ interval_ms }) => (interval_ms > 0 ? `${plain(interval_ms)} ms` : "at once"), number: true },
  { name: "State", cell: ({ live }) => (live ? "live" : "catching up"), tone: ({ live }) => (live ? "calm" : "warn") },
];
