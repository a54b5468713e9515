// The state or the stream of a room as it changes.

import { element } from "../dom";
import { plain } from "../format";
import type { Change } from "../room_feed";
import { StateView } from "../state_view";
import { StreamView } from "../stream_view";
import { query, segment, type Client } from "./client";
import { button, input, Message, typed } from "./parts";
import { RoomFollower, type RoomPageOf } from "./room_follower";
import { note, type Tab } from "./room_page";
import type { HistoryRow, RoomState, Row } from "./room_state";

const backlog = 100; // publications of before the page came

export class LiveTab implements Tab {
  readonly node = element("div", "live");
  private readonly message = new Message();
  private readonly summary = note();
  private readonly more = button("Load more entities", () => this.follower.more());
  private readonly state = new StateView();
  private readonly stream = new StreamView();
  private readonly follower: RoomFollower;
  private offset = 0;
  private entities: RoomState | null = null;
  private closed = false;

  constructor(
    private readonly client: Client,
    private readonly room: string,
    private readonly view: "state" | "stream",
  ) {
    const filter = input("search", "", view === "state" ? "Filter by key, type or state" : "Filter by words");
    filter.setAttribute("aria-label", filter.placeholder);
    typed(filter, (text) => (view === "state" ? this.state : this.stream).filter(text));
    const bar = element("div", "tab-bar");
    bar.append(filter, this.summary.node);
    this.more.hidden = true;
    this.node.append(bar, this.message.node, view === "state" ? this.state.node : this.stream.node, this.more);
    if (view === "stream") void this.loadBacklog();
    this.follower = new RoomFollower(client, room, {
      onState: (state) => this.replace(state),
      onChange: (change, key) => this.change(change, key),
      onPosition: ({ offset }) => (this.offset = offset),
      onGap: () => this.message.say("Begun again from a snapshot: the server no longer had all that came since, or the room began anew.", "warn"),
      onError: (error) => {
        this.message.fail(error);
        this.message.node.dataset["from"] = "look";
        this.node.classList.add("stale");
      },
      onAnswer: () => this.answered(),
    });
  }

  close(): void {
    this.closed = true;
    this.follower.close();
  }

  private replace(state: RoomState): void {
    this.entities = state;
    if (this.view === "state") this.state.replaceAll([...state.rows.values()].map(changeOf));
    this.more.hidden = this.view !== "state" || state.whole;
  }

  private change(change: HistoryRow, key: string | null): void {
    if (this.view === "stream") this.stream.add(publicationOf(change));
    else if (key !== null) this.state.apply({ key, data: change.data, removed: change.removed ?? false, offset: change.offset });
  }

  private answered(): void {
    this.node.classList.remove("stale");
    if (this.message.node.dataset["from"] === "look") {
      this.message.clear();
      this.message.node.dataset["from"] = "";
    }
    const size = this.entities?.rows.size ?? 0;
    if (this.view === "stream") {
      this.summary.say(
        this.offset === 0 ? "Nothing was published here yet." : `The latest publications up to offset ${plain(this.offset)}, newest first.`,
      );
      return;
    }
    const few =
      this.entities?.whole === false ? `The first ${plain(size)} entities in the order of keys` : size === 1 ? "1 entity" : `${plain(size)} entities`;
    this.summary.say(
      `${few}, as of offset ${plain(this.offset)}.${size === 0 && this.offset > 0 ? " The room has publications: see its stream." : ""}`,
    );
  }

  private async loadBacklog(): Promise<void> {
    try {
      const path = `/api/v1/rooms/${segment(this.room)}/history${query({ limit: backlog, reverse: "true" })}`;
      const page = await this.client.get<RoomPageOf<HistoryRow>>(path);
      if (!this.closed) for (const row of page.data) this.stream.add(publicationOf(row));
    } catch (error) {
      if (!this.closed) this.message.fail(error);
    }
  }
}

export function changeOf(row: Row): Change {
  return { key: row.key, data: row.data, removed: false, offset: row.offset };
}

export function publicationOf({ offset, time, key, data, removed }: HistoryRow) {
  return { offset, at: new Date(time), key: key ?? null, data, removed: removed ?? false };
}
