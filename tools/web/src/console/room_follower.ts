// Follows one room by asking: the state as pages, then every change since, with no gap. It begins anew when the server says that there is one.

import { segment, query, type Client } from "./client";
import { repeat, type Repeated } from "./repeat";
import { follows, RoomState, type HistoryRow, type Position, type Row } from "./room_state";

const everyMs = 1_000;
const pageRows = 500;
const changesPage = 500;

export interface RoomPageOf<T> {
  data: T[];
  next_cursor: string | null;
  has_more: boolean;
  epoch: string;
  offset: number;
}

export interface RoomWatcher {
  // The state was loaded, or loaded anew, or more of it.
  onState(state: RoomState): void;
  // In order. `key`: the entity that changed, if it is among those that are loaded.
  onChange(change: HistoryRow, key: string | null): void;
  onPosition(at: Position): void;
  onGap(): void;
  onError(error: unknown): void;
  onAnswer(): void; // after each look that went well
}

export class RoomFollower {
  private state: RoomState | null = null;
  private at: Position | null = null;
  private cursor: string | null = null;
  private wanted = pageRows;
  private loop: Repeated;
  private closed = false;

  constructor(
    private readonly client: Client,
    private readonly room: string,
    private readonly watcher: RoomWatcher,
  ) {
    this.loop = repeat(everyMs, () => this.look());
  }

  close(): void {
    this.closed = true;
    this.loop.stop();
  }

  now(): void {
    this.loop.now();
  }

  // More entities, behind those that are loaded.
  more(): void {
    this.wanted += pageRows;
    this.loop.now();
  }

  private async look(): Promise<void> {
    try {
      if (this.at === null) await this.begin();
      await this.catchUp();
      await this.loadMore();
      if (!this.closed) this.watcher.onAnswer();
    } catch (error) {
      if (!this.closed) this.watcher.onError(error);
    }
  }

  // Changes are asked for from the moment of the first page on; later pages are of later moments, which RoomState sorts out.
  private async begin(): Promise<void> {
    const page = await this.page("");
    if (this.closed) return;
    this.state = new RoomState(page.epoch);
    this.at = { epoch: page.epoch, offset: page.offset };
    this.take(page);
    this.watcher.onPosition(this.at);
  }

  private async loadMore(): Promise<void> {
    while (!this.closed && this.state && this.cursor !== null && this.state.rows.size < this.wanted) {
      const page = await this.page(this.cursor);
      if (page.epoch !== this.state.epoch) return this.startAgain();
      this.take(page);
    }
  }

  private take(page: RoomPageOf<Row>): void {
    if (this.closed || !this.state) return;
    this.state.addPage(page.data, page.has_more);
    this.cursor = page.has_more ? page.next_cursor : null;
    this.watcher.onState(this.state);
  }

  private async catchUp(): Promise<void> {
    for (let more = true; more && !this.closed && this.at && this.state;) {
      const path = `/api/v1/rooms/${segment(this.room)}/history${query({ since: this.at.offset, limit: changesPage })}`;
      const page = await this.client.get<RoomPageOf<HistoryRow>>(path);
      if (this.closed) return;
      if (!follows(this.at, page)) return this.startAgain();
      for (const change of page.data) this.watcher.onChange(change, this.state.apply(change));
      const last = page.data[page.data.length - 1];
      if (last) {
        this.at = { epoch: page.epoch, offset: last.offset };
        this.watcher.onPosition(this.at);
      }
      more = page.has_more;
    }
  }

  private startAgain(): void {
    if (this.at && this.at.epoch !== "") this.watcher.onGap(); // a room that has just begun lost nothing
    this.at = null;
    this.loop.now();
  }

  private page(cursor: string): Promise<RoomPageOf<Row>> {
    return this.client.get(`/api/v1/rooms/${segment(this.room)}/entities${query({ cursor, limit: pageRows })}`);
  }
}
