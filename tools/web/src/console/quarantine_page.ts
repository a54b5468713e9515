// Changes that killed their actor twice: read the error, then replay or discard.

import { element, setText } from "../dom";
import { count, plain } from "../format";
import { query, segment, wordsOfError, type Listing } from "./client";
import { confirm } from "./dialogs";
import type { Page, Services } from "./page";
import { button, facts, heading, jsonText, link, Message } from "./parts";
import { formatRoute, type Route } from "./routes";
import { Table, type Column } from "./table";
import { bytes, moment } from "./units";

const pageRows = 100;

interface Record_ {
  id: string;
  kind: string;
  room: string;
  actor: string;
  error: string;
  tries: number;
  time: string;
}

interface Whole extends Record_ {
  generation?: number;
  backtrace?: string[] | string;
  user?: string;
  client?: string;
  operations?: unknown;
}

interface Records extends Listing<Record_> {
  records: number;
  bytes: number;
  quarantined: number;
  refused: number;
}

export function quarantinePage(services: Services, route: Route): Page {
  return new QuarantinePage(services, route.query["id"] ?? "");
}

class QuarantinePage implements Page {
  readonly node = element("div", "quarantine-page");
  private readonly message = new Message();
  private readonly summary = element("p", "soft");
  private readonly detail = element("section", "card record");
  private readonly table: Table<Record_>;
  private readonly more = button("Load more", () => void this.load(false));
  private rows: Record_[] = [];
  private cursor: string | null = null;
  private busy = false;
  private closed = false;

  constructor(
    private readonly services: Services,
    private chosen: string,
  ) {
    this.table = new Table(
      "Quarantine",
      this.columns(),
      ({ id }) => id,
      () => {},
      "Nothing is in quarantine.",
    );
    this.detail.hidden = true;
    this.more.hidden = true;
    this.node.append(
      heading(
        "Quarantine",
        button("Reload", () => void this.load(true)),
      ),
      this.message.node,
      this.summary,
      this.detail,
      this.table.node,
      this.more,
    );
    void this.load(true);
    if (chosen !== "") void this.show(chosen);
  }

  close(): void {
    this.closed = true;
  }

  private columns(): Column<Record_>[] {
    return [
      { name: "Time", cell: ({ id, time }) => button(moment(new Date(time)), () => void this.show(id), "as-link") },
      { name: "Error", cell: ({ error }) => error, wide: true },
      { name: "Room", cell: ({ room }) => link(formatRoute(["rooms", room]), room, "mono") },
      { name: "Who died", cell: ({ actor }) => actor },
      { name: "Times", cell: ({ tries }) => plain(tries), number: true, minor: true },
      {
        name: "",
        cell: ({ id }) => {
          const actions = element("span", "row-actions");
          actions.append(
            button("Replay…", () => void this.replay(id), "small"),
            button("Discard…", () => void this.discard(id), "danger small"),
          );
          return actions;
        },
      },
    ];
  }

  private async load(fromStart: boolean): Promise<void> {
    try {
      const page = await this.services.client.find<Records>(
        `/api/v1/quarantine${query({ cursor: fromStart ? "" : (this.cursor ?? ""), limit: pageRows })}`,
      );
      if (this.closed) return;
      if (!page) return this.message.say("This server has no quarantine.");
      this.rows = fromStart ? page.data : [...this.rows, ...page.data];
      this.cursor = page.next_cursor;
      this.more.hidden = !page.has_more;
      this.table.show(this.rows);
      const sinceStart = `Since the start ${plain(page.quarantined)} were set aside, and ${plain(page.refused)} could not be.`;
      setText(this.summary, `${count(page.records, "record")} kept, ${bytes(page.bytes)}. ${sinceStart}`);
    } catch (error) {
      this.message.fail(error);
    }
  }

  private async show(id: string): Promise<void> {
    this.chosen = id;
    this.services.note({ id });
    try {
      const whole = await this.services.client.get<Whole>(`/api/v1/quarantine/${segment(id)}`);
      if (this.closed || this.chosen !== id) return;
      this.detail.replaceChildren(...this.detailOf(whole));
      this.detail.hidden = false;
      this.detail.scrollIntoView({ block: "nearest" });
    } catch (error) {
      this.detail.hidden = true;
      this.message.fail(error);
    }
  }

  private detailOf(of: Whole): Node[] {
    const trace = Array.isArray(of.backtrace) ? of.backtrace.join("\n") : (of.backtrace ?? "");
    const close = () => {
      this.chosen = "";
      this.detail.hidden = true;
      this.services.note({});
    };
    const pairs: [string, string][] = [
      ["Id", of.id],
      ["Time", moment(new Date(of.time))],
      ["Room", of.room],
      ["Who died", `${of.actor}, ${count(of.tries, "time")}`],
    ];
    if (of.user) pairs.push(["User", of.user]);
    if (of.client) pairs.push(["Client", of.client]);
    const parts: Node[] = [
      heading(
        "What was set aside",
        button("Replay…", () => void this.replay(of.id)),
        button("Discard…", () => void this.discard(of.id), "danger"),
        button("Close", close),
      ),
      facts(pairs),
      element("pre", "error", of.error),
    ];
    if (of.operations !== undefined) parts.push(element("h4", "", "Changes, as they were sent"), element("pre", "", jsonText(of.operations)));
    if (trace !== "") parts.push(element("h4", "", "Where it was thrown, innermost first"), element("pre", "trace", trace));
    return parts;
  }

  private async replay(id: string): Promise<void> {
    if (
      !(await confirm(
        "Publish this again?",
        "It goes the way of every change. If it kills its actor again, it comes back here.",
        "Replay",
        "primary",
      ))
    )
      return;
    await this.act(id, "replayed", () => this.services.client.send("POST", `/api/v1/quarantine/${segment(id)}/replay`, {}));
  }

  private async discard(id: string): Promise<void> {
    if (!(await confirm("Discard this change?", "It is lost for good: nobody can replay it.", "Discard"))) return;
    await this.act(id, "discarded", () => this.services.client.send("DELETE", `/api/v1/quarantine/${segment(id)}`));
  }

  private async act(id: string, done: string, work: () => Promise<unknown>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      await work();
      this.message.say(`${id} was ${done}.`, "calm");
      if (this.chosen === id) this.detail.hidden = true;
    } catch (error) {
      this.message.say(`${id} was not ${done}: ${wordsOfError(error)}`, "alarm");
    }
    this.busy = false;
    await this.load(true);
    this.services.monitor.now();
  }
}
