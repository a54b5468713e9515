// One open room on the page: follows it, shows its state or its stream, and keeps the figures about it.

import type { Centrifuge } from "centrifuge";
import type { View } from "./address";
import type { Api } from "./api";
import { part, setText } from "./dom";
import type { Facts } from "./facts";
import { plain } from "./format";
import { Rate } from "./rate";
import { RoomFeed, type Change, type RoomListener } from "./room_feed";
import { StateView } from "./state_view";
import type { StatusBar } from "./status_bar";
import { StreamView } from "./stream_view";

const backlog = 50; // publications shown of the time before the page came

export interface RoomPageParts {
  client: Centrifuge;
  api: Api;
  bar: StatusBar;
  facts: Facts;
}

export class RoomPage implements RoomListener {
  private readonly state = new StateView();
  private readonly stream = new StreamView();
  private readonly empty = part<HTMLElement>("#empty");
  private readonly feed: RoomFeed;
  private readonly timer: ReturnType<typeof setInterval>;
  private readonly rate = new Rate();
  private offset = 0;
  private epoch = "";
  private closed = false;
  private ready = false; // what there is has arrived

  constructor(
    private readonly parts: RoomPageParts,
    readonly room: string,
    readonly view: View,
  ) {
    part("#room-view").replaceChildren(view === "state" ? this.state.node : this.stream.node);
    setText(this.empty, "Loading…");
    this.feed = new RoomFeed(parts.client, room, view, this);
    this.timer = setInterval(() => this.showFacts(), 1000);
    this.showFacts();
  }

  get isEmpty(): boolean {
    return (this.view === "state" ? this.state.size : this.stream.size) === 0;
  }

  filter(text: string): void {
    this.state.filter(text);
    this.stream.filter(text);
  }

  close(): void {
    this.closed = true;
    clearInterval(this.timer);
    this.feed.close();
  }

  onSubscribed(): void {
    if (this.view === "stream") void this.loadBacklog();
  }

  onSnapshot(entries: Change[]): void {
    this.state.replaceAll(entries);
    this.arrived();
  }

  onChange(change: Change): void {
    this.rate.add(Date.now());
    if (change.offset !== null) this.offset = Math.max(this.offset, change.offset);
    if (this.view === "state") this.state.apply(change);
    else this.stream.add({ ...change, offset: change.offset ?? this.offset + 1, at: new Date() });
    this.arrived();
  }

  onPosition(offset: number, epoch: string): void {
    if (epoch !== this.epoch) this.offset = 0;
    this.epoch = epoch;
    this.offset = Math.max(this.offset, offset);
  }

  onNotice(text: string, good: boolean): void {
    this.parts.bar.notice(text, good);
  }

  onRefused(reason: string): void {
    const text = `The room ${this.room} cannot be followed. ${reason}`;
    if (this.isEmpty) setText(this.empty, text);
    else this.parts.bar.notice(text, false);
  }

  private async loadBacklog(): Promise<void> {
    try {
      for (const item of await this.parts.api.latest(this.room, backlog)) {
        const at = item.time === undefined ? null : new Date(item.time);
        if (!this.closed) this.stream.add({ offset: item.offset, at, key: item.key ?? null, data: item.data, removed: item.removed ?? false });
      }
    } catch {
      // Without its history the stream begins with the next publication.
    }
    if (!this.closed) this.arrived();
  }

  private arrived(): void {
    this.ready = true;
    this.showFacts();
  }

  private showFacts(): void {
    const { facts } = this.parts;
    if (this.ready) setText(this.empty, this.isEmpty ? `Nothing in ${this.room} yet. What is published to it appears here.` : "");
    facts.show(this.view === "state" ? "Entities" : "Shown", plain(this.view === "state" ? this.state.size : this.stream.size));
    facts.show("Changes/s", plain(Math.round(this.rate.perSecond(Date.now()) * 10) / 10));
    facts.show("Offset", plain(this.offset));
    facts.show("Epoch", this.epoch || "–");
  }
}
