// A room as it was: a slider over the offsets that are kept, or a time; the change that led there, and the entities after it.

import { element } from "../dom";
import { plain } from "../format";
import { StateView } from "../state_view";
import { query, segment, wordsOfError, type Client } from "./client";
import { button, field, input, jsonText, Message } from "./parts";
import { changeOf } from "./room_live";
import { note, type Tab } from "./room_page";
import type { RoomPageOf } from "./room_follower";
import type { HistoryRow, Row } from "./room_state";
import { moment } from "./units";

const pageRows = 500;

export class PastTab implements Tab {
  readonly node = element("div", "past");
  private readonly message = new Message();
  private readonly slider = input("range", "0");
  private readonly number = input("number", "");
  private readonly time = input("datetime-local", "");
  private readonly span = note();
  private readonly summary = note();
  private readonly change = element("section", "card past-change");
  private readonly state = new StateView();
  private first = 0; // the earliest moment that can be asked for
  private top = 0;
  private asked = 0; // counts questions; an answer to an older one is dropped
  private closed = false;

  constructor(
    private readonly client: Client,
    private readonly room: string,
    at: string,
    private readonly onMoment: (at: string) => void,
  ) {
    this.time.step = "1";
    this.number.min = "0";
    const earlier = button("◀", () => void this.go(Number(this.slider.value) - 1));
    earlier.setAttribute("aria-label", "One change earlier");
    const later = button("▶", () => void this.go(Number(this.slider.value) + 1));
    later.setAttribute("aria-label", "One change later");
    this.slider.setAttribute("aria-label", "Offset");
    this.slider.addEventListener("input", () => void this.go(Number(this.slider.value)));
    this.number.addEventListener("change", () => void this.go(Number(this.number.value)));
    this.time.addEventListener("change", () => {
      const chosen = new Date(this.time.value);
      if (!Number.isNaN(chosen.getTime())) void this.show(chosen.toISOString());
    });
    const travel = element("div", "travel");
    travel.append(
      earlier,
      this.slider,
      later,
      button("Newest", () => void this.reach("")),
    );
    const exact = element("div", "filters");
    exact.append(field("Offset", this.number).node, field("Time", this.time).node);
    this.change.hidden = true;
    this.node.append(this.span.node, travel, exact, this.message.node, this.change, this.summary.node, this.state.node);
    void this.reach(at);
  }

  close(): void {
    this.closed = true;
  }

  // Learns from where to where one can go.
  private async reach(at: string): Promise<void> {
    try {
      const [page] = await Promise.all([this.history({ limit: 1 })]);
      if (this.closed) return;
      this.top = page.offset;
      this.first = Math.max(0, (page.data[0]?.offset ?? page.offset + 1) - 1);
      this.slider.min = String(this.first);
      this.slider.max = String(this.top);
      this.number.max = String(this.top);
      this.slider.disabled = this.top === this.first;
      if (this.top === 0) return this.span.say("Nothing was published here yet.");
      const since = page.data[0] ? `, the first of ${moment(new Date(page.data[0].time))}` : "";
      this.span.say(
        `Changes ${plain(this.first + 1)} to ${plain(this.top)} are kept${since}. How far back is decided by history_size and history_ttl.`,
      );
      await (at === "" ? this.go(this.top) : this.show(at));
    } catch (error) {
      if (!this.closed) this.message.fail(error);
    }
  }

  private go(offset: number): Promise<void> {
    return this.show(String(Math.min(this.top, Math.max(this.first, Math.round(offset)))));
  }

  // `at`: an offset, or a time as of RFC 3339.
  private async show(at: string): Promise<void> {
    const wish = ++this.asked;
    if (/^\d+$/.test(at)) this.slider.value = this.number.value = at;
    try {
      const path = `/api/v1/rooms/${segment(this.room)}/entities${query({ at, limit: pageRows })}`;
      const page = await this.client.get<RoomPageOf<Row>>(path);
      const change = page.offset > 0 ? (await this.history({ since: page.offset - 1, limit: 1 })).data[0] : undefined;
      if (this.closed || wish !== this.asked) return;
      this.slider.value = this.number.value = String(page.offset);
      this.onMoment(at);
      this.message.clear();
      this.showChange(page.offset, change?.offset === page.offset ? change : undefined);
      const few = page.has_more
        ? `The first ${plain(page.data.length)} entities`
        : page.data.length === 1
          ? "1 entity"
          : `${plain(page.data.length)} entities`;
      this.summary.say(`${few} at offset ${plain(page.offset)}:`);
      this.state.replaceAll(page.data.map(changeOf));
    } catch (error) {
      if (this.closed || wish !== this.asked) return;
      this.message.say(`Not to be seen: ${wordsOfError(error)}`, "alarm");
      this.change.hidden = true;
      this.summary.say("");
      this.state.replaceAll([]);
    }
  }

  private showChange(offset: number, change: HistoryRow | undefined): void {
    this.change.hidden = false;
    this.change.replaceChildren();
    if (offset === 0) return this.change.append(element("p", "soft", "Before the first change."));
    if (!change) return this.change.append(element("p", "soft", `Change ${plain(offset)} itself is not kept any more.`));
    const head = element("p", "past-head");
    const what = change.key === undefined ? "a publication of the stream" : change.removed ? `${change.key} was removed` : `${change.key} became`;
    head.append(element("strong", "", `#${plain(offset)}`), ` ${moment(new Date(change.time))} · ${what}`);
    this.time.value = localTime(new Date(change.time));
    this.change.append(head);
    if (!change.removed) this.change.append(element("pre", "", jsonText(change.data)));
  }

  private history(fields: { since?: number; limit: number }): Promise<RoomPageOf<HistoryRow>> {
    return this.client.get(`/api/v1/rooms/${segment(this.room)}/history${query(fields)}`);
  }
}

// As <input type="datetime-local"> wants it.
function localTime(at: Date): string {
  return moment(at).replace(" ", "T");
}
