// The keyed state of a room: one card per entity, grouped by type. A change touches its own card, once per drawn frame, and only
// while that card is in sight: a large room costs what can be seen of it.

import { describe, type Shown } from "./document";
import { element, setText } from "./dom";
import { EntityCard } from "./entity_card";
import { count, plain } from "./format";
import { perFrame } from "./frames";
import type { Change } from "./room_feed";

// More cards than this help nobody; the filter reaches the rest.
const cardsMax = 2000;
const sightMargin = "300px"; // cards so near to the window are kept up to date too
const order = new Intl.Collator("en", { numeric: true });

interface Entity {
  key: string;
  card: EntityCard | null; // made when it first gets a place on the page
  change: Change;
  shown: Shown;
  at: Date | null;
}

interface Group {
  section: HTMLElement;
  count: HTMLElement;
  grid: HTMLElement;
}

export class StateView {
  readonly node = element("div", "groups");
  private readonly entities = new Map<string, Entity>();
  private readonly groups = new Map<string, Group>();
  private readonly more = element("p", "more");
  private readonly dirty = new Set<string>(); // keys whose card does not show the newest change
  private readonly inSight = new Set<string>();
  private readonly sight = new IntersectionObserver((entries) => this.look(entries), { rootMargin: sightMargin });
  private arrangement = true; // cards must be placed anew, not only filled
  private words: string[] = [];
  private readonly draw = perFrame(() => this.drawNow());

  get size(): number {
    return this.entities.size;
  }

  replaceAll(entries: Change[]): void {
    const kept = new Set(entries.map((entry) => entry.key ?? ""));
    for (const key of [...this.entities.keys()]) if (!kept.has(key)) this.remove(key);
    for (const entry of entries) {
      const known = this.entities.get(entry.key ?? "")?.change;
      if (!known || known.offset !== entry.offset || JSON.stringify(known.data) !== JSON.stringify(entry.data)) this.set(entry, null);
    }
    this.arrangement = true;
    this.draw();
  }

  apply(change: Change): void {
    if (change.key === null) return;
    if (change.removed) this.remove(change.key);
    else this.set(change, new Date());
    this.draw();
  }

  filter(text: string): void {
    this.words = text.toLowerCase().split(/\s+/).filter(Boolean);
    this.arrangement = true;
    this.draw();
  }

  private set(change: Change, at: Date | null): void {
    const key = change.key ?? "";
    const shown = describe(change.data);
    const known = this.entities.get(key);
    this.entities.set(key, { key, card: known?.card ?? null, change, shown, at });
    known?.card?.record(shown);
    this.dirty.add(key);
    if (!known || known.shown.type !== shown.type || (this.words.length > 0 && known.shown.state !== shown.state)) this.arrangement = true;
  }

  private remove(key: string): void {
    const node = this.entities.get(key)?.card?.node;
    if (node) {
      this.sight.unobserve(node);
      node.remove();
    }
    this.inSight.delete(key);
    this.entities.delete(key);
    this.dirty.delete(key);
    this.arrangement = true;
  }

  private drawNow(): void {
    if (this.arrangement) this.arrange();
    for (const key of this.inSight) {
      const entity = this.entities.get(key);
      if (!entity?.card || !this.dirty.delete(key)) continue;
      entity.card.show(entity.change, entity.shown, entity.at);
    }
  }

  private look(entries: IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      const key = (target as HTMLElement).dataset["key"] ?? "";
      if (isIntersecting) this.inSight.add(key);
      else this.inSight.delete(key);
    }
    this.draw();
  }

  private arrange(): void {
    this.arrangement = false;
    const matching = [...this.entities.values()].filter((entity) => this.matches(entity));
    matching.sort((a, b) => order.compare(a.shown.type, b.shown.type) || order.compare(a.key, b.key));
    const byType = new Map<string, HTMLElement[]>();
    for (const entity of matching.slice(0, cardsMax)) {
      const { type } = entity.shown;
      const nodes = byType.get(type);
      const { node } = this.cardOf(entity);
      if (nodes) nodes.push(node);
      else byType.set(type, [node]);
    }
    for (const [type, group] of this.groups) {
      if (byType.has(type)) continue;
      group.section.remove();
      this.groups.delete(type);
    }
    const sections = [...byType].map(([type, cards]) => this.fill(type, cards));
    const hidden = matching.length - cardsMax;
    setText(this.more, hidden > 0 ? `… and ${count(hidden, "more entity", "more entities")}. Narrow them down with the filter.` : "");
    place(this.node, [...sections, this.more]);
  }

  private cardOf(entity: Entity): EntityCard {
    if (!entity.card) {
      entity.card = new EntityCard(entity.key);
      entity.card.record(entity.shown);
      entity.card.show(entity.change, entity.shown, entity.at);
      this.sight.observe(entity.card.node);
    }
    return entity.card;
  }

  private fill(type: string, cards: HTMLElement[]): HTMLElement {
    const group = this.groups.get(type) ?? this.newGroup(type);
    setText(group.count, plain(cards.length));
    group.section.dataset["cards"] = String(cards.length);
    place(group.grid, cards);
    return group.section;
  }

  private newGroup(type: string): Group {
    const section = element("section", "group");
    const title = element("h2", "", type || "untyped");
    const number = element("span", "group-count");
    title.append(" ", number);
    const grid = element("div", "grid");
    section.append(title, grid);
    const group = { section, count: number, grid };
    this.groups.set(type, group);
    return group;
  }

  private matches({ key, shown }: Entity): boolean {
    if (this.words.length === 0) return true;
    const text = `${key} ${shown.type} ${shown.state} ${shown.source}`.toLowerCase();
    return this.words.every((word) => text.includes(word));
  }
}

// Makes `children` the children of `parent`, in that order, moving only what is not in its place.
function place(parent: HTMLElement, children: HTMLElement[]): void {
  let next = parent.firstElementChild;
  for (const child of children) {
    if (child === next) next = next.nextElementSibling;
    else parent.insertBefore(child, next);
  }
  while (next) {
    const gone = next;
    next = next.nextElementSibling;
    gone.remove();
  }
}
