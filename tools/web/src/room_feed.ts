// One room, followed: a map subscription (keyed state) or a stream subscription (publications), as plain callbacks.

import type { Centrifuge, MapSubscription, Subscription, SubscribedContext } from "centrifuge";
import type { View } from "./address";
import { count } from "./format";
import { inWords } from "./words";

export interface Change {
  key: string | null;
  data: unknown;
  removed: boolean;
  offset: number | null;
}

export interface RoomListener {
  onSubscribed(): void;
  // Everything there is; replaces what was shown. Maps only.
  onSnapshot(entries: Change[]): void;
  onChange(change: Change): void;
  onPosition(offset: number, epoch: string): void;
  // Something worth telling once: how the room came back.
  onNotice(text: string, good: boolean): void;
  // The room cannot be followed, for good.
  onRefused(reason: string): void;
}

export class RoomFeed {
  private readonly remove: () => void;
  private subscribedBefore = false;
  private changes = 0;
  private closed = false;

  constructor(
    client: Centrifuge,
    room: string,
    private readonly view: View,
    private readonly listener: RoomListener,
  ) {
    if (view === "state") {
      const map = client.newMapSubscription(room, { pageSize: 500 });
      map.on("sync", ({ entries }) => {
        if (!this.closed) listener.onSnapshot(entries.map(changeOf));
      });
      map.on("update", (update) => this.deliver(changeOf(update)));
      this.remove = () => client.removeMapSubscription(map);
      this.follow(map);
    } else {
      const stream = client.newSubscription(room, { recoverable: true, positioned: true });
      stream.on("publication", (publication) => this.deliver(changeOf(publication)));
      this.remove = () => client.removeSubscription(stream);
      this.follow(stream);
    }
  }

  close(): void {
    this.closed = true;
    this.remove();
  }

  private follow(subscription: MapSubscription | Subscription): void {
    subscription.on("subscribed", (context) => {
      if (!this.closed) this.subscribed(context);
    });
    subscription.on("unsubscribed", ({ code, reason }) => {
      if (!this.closed) this.listener.onRefused(inWords(code, reason));
    });
    subscription.subscribe();
  }

  private deliver(change: Change): void {
    if (this.closed) return;
    this.changes += 1;
    this.listener.onChange(change);
  }

  private subscribed(context: SubscribedContext): void {
    const position = context.streamPosition;
    if (position) this.listener.onPosition(position.offset, position.epoch);
    this.listener.onSubscribed();
    if (this.subscribedBefore) this.tellHowItCameBack(context);
    this.subscribedBefore = true;
  }

  private tellHowItCameBack(context: SubscribedContext): void {
    if (!context.recovered) {
      this.listener.onNotice(
        this.view === "state" ? "Started again from a snapshot: the server no longer had all that was missed." : "Some publications were missed.",
        false,
      );
      return;
    }
    // The SDK hands over the missed changes right after this event, before anything else runs.
    const before = this.changes;
    queueMicrotask(() => {
      const missed = this.changes - before;
      this.listener.onNotice(`Resumed, nothing missed${missed > 0 ? `: ${count(missed, "change")} caught up` : ""}.`, true);
    });
  }
}

function changeOf(from: { key?: string; data: unknown; removed?: boolean; offset?: number }): Change {
  return { key: from.key ?? null, data: from.data, removed: from.removed ?? false, offset: from.offset ?? null };
}
