// Rooms by the beginning of their names: pages come while one scrolls, only what is in sight exists, so any number of rooms will do.

import { element, setText } from "../dom";
import { count, plain } from "../format";
import { query, type Listing } from "./client";
import type { Page, Services } from "./page";
import { button, field, heading, input, link, Message, typed } from "./parts";
import { formatRoute, type Route } from "./routes";
import { VirtualList } from "./virtual_list";

const rowHeight = 38;
const pageRows = 200;
const ownRooms = "$sys:"; // what this console is told: shown to who asks for them

interface RoomRow {
  room: string;
  epoch: string;
  offset: number;
}

export function roomsPage(services: Services, route: Route): Page {
  return new RoomsPage(services, route.query["prefix"] ?? "");
}

class RoomsPage implements Page {
  readonly node = element("div", "rooms-page");
  private readonly message = new Message();
  private readonly summary = element("p", "soft");
  private readonly list = new VirtualList<RoomRow>("Rooms", rowHeight, rowOf, () => void this.more());
  private cursor: string | null = "";
  private loading = false;
  private wish = 0; // counts the prefixes that were asked for; a page of an older one is dropped

  constructor(
    private readonly services: Services,
    private prefix: string,
  ) {
    const search = input("search", prefix, "beginning of a name");
    search.autofocus = true;
    typed(search, (text) => this.begin(text.trim()));
    const form = element("form", "filters");
    form.setAttribute("role", "search");
    form.append(
      field("Prefix", search).node,
      button("Reload", () => this.begin(this.prefix)),
    );
    // Enter opens the room of that very name.
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (search.value.trim() !== "") services.go(["rooms", search.value.trim()]);
    });
    const head = element("div", "room-row room-head");
    head.append(element("span", "", "Room"), element("span", "number-cell", "Offset"), element("span", "minor", "Epoch"));
    head.setAttribute("aria-hidden", "true");
    const place = element("div", "card list-place");
    place.append(head, this.list.node);
    this.node.append(heading("Rooms", form), this.message.node, this.summary, place);
  }

  close(): void {
    this.wish += 1;
    this.list.close();
  }

  private begin(prefix: string): void {
    this.prefix = prefix;
    this.services.note({ prefix });
    this.wish += 1;
    this.loading = false;
    this.cursor = "";
    this.list.clear();
  }

  private async more(): Promise<void> {
    if (this.loading || this.cursor === null) return;
    this.loading = true;
    const { wish } = this;
    try {
      const page = await this.services.client.get<Listing<RoomRow>>(
        `/api/v1/rooms${query({ prefix: this.prefix, cursor: this.cursor, limit: pageRows })}`,
      );
      if (wish !== this.wish) return;
      this.loading = false;
      this.cursor = page.has_more ? page.next_cursor : null;
      this.list.add(page.data.filter(({ room }) => this.prefix.startsWith("$") || !room.startsWith(ownRooms)));
      this.message.clear();
    } catch (error) {
      if (wish !== this.wish) return;
      this.loading = false;
      this.cursor = null; // until somebody asks again
      this.message.fail(error);
    }
    this.summarise();
  }

  private summarise(): void {
    const { size } = this.list;
    const named = this.prefix === "" ? "" : ` named ${this.prefix}…`;
    if (size === 0) setText(this.summary, this.message.node.hidden ? `No room${named}. A room begins with its first change.` : "");
    else
      setText(
        this.summary,
        this.cursor === null ? `${count(size, "room")}${named}, all loaded.` : `The first ${plain(size)} rooms${named}; more come while you scroll.`,
      );
  }
}

function rowOf({ room, epoch, offset }: RoomRow): HTMLElement {
  const node = element("div", "room-row");
  node.setAttribute("role", "listitem");
  const name = link(formatRoute(["rooms", room]), room, "mono");
  name.title = room;
  node.append(name, element("span", "number-cell", plain(offset)), element("span", "mono soft minor", epoch));
  return node;
}
