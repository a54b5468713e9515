// The page as a whole: which room is open, how another one is found, and the address that says so.

import { formatAddress, parseAddress, type Address, type View } from "./address";
import { Api, ApiError } from "./api";
import { Connection, type Status } from "./connection";
import { element, part, setText } from "./dom";
import { Facts } from "./facts";
import { RoomPage } from "./room_page";
import { StatusBar } from "./status_bar";

const defaultPrefix = "host:"; // what the demo feed publishes
const lookAgainMs = 2_000;
const suggestionsMax = 50;

export class App {
  private readonly address: Address = parseAddress(location.hash);
  private readonly api = new Api(this.address.token);
  private readonly bar = new StatusBar(() => this.connection.retry());
  private readonly facts = new Facts();
  private readonly connection = new Connection(this.address.token, (status) => this.connectionChanged(status));
  private readonly roomInput = part<HTMLInputElement>("#room");
  private readonly filterInput = part<HTMLInputElement>("#filter");
  private page: RoomPage | null = null;
  private opening = 0; // counts what was asked for; an answer to an older wish is dropped

  start(): void {
    part("#room-form").addEventListener("submit", (event) => {
      event.preventDefault();
      const room = this.roomInput.value.trim();
      if (room) this.go({ room, view: null });
    });
    this.roomInput.addEventListener("input", () => void this.suggest());
    this.roomInput.addEventListener("focus", () => void this.suggest());
    this.filterInput.addEventListener("input", () => this.page?.filter(this.filterInput.value));
    for (const button of this.viewButtons()) {
      button.addEventListener("click", () => this.go({ room: this.page?.room ?? null, view: button.dataset["view"] as View }));
    }
    window.addEventListener("hashchange", () => this.addressChanged());
    this.connection.open();
    void this.openAddressed();
  }

  private go(wish: { room: string | null; view: View | null }): void {
    location.hash = formatAddress({ ...wish, token: this.address.token });
  }

  private addressChanged(): void {
    const { room, view, token } = parseAddress(location.hash);
    // The token belongs to the connection: another one starts the page anew.
    if (token !== this.address.token) location.reload();
    Object.assign(this.address, { room, view });
    void this.openAddressed();
  }

  private async openAddressed(): Promise<void> {
    const wish = ++this.opening;
    const room = this.address.room ?? (await this.firstRoom(wish));
    if (!room || wish !== this.opening) return;
    const view = this.address.view ?? (await this.suitableView(room));
    if (wish !== this.opening) return;
    this.open(room, view);
    if (!this.address.view) void this.reconsider(wish);
  }

  private open(room: string, view: View): void {
    this.page?.close();
    this.bar.clearNotice();
    this.facts.clear();
    this.roomInput.value = room;
    document.title = `${room} · Tidewire`;
    for (const button of this.viewButtons()) button.setAttribute("aria-pressed", String(button.dataset["view"] === view));
    this.page = new RoomPage({ client: this.connection.client, api: this.api, bar: this.bar, facts: this.facts }, room, view);
    this.page.filter(this.filterInput.value);
  }

  // The first room of this machine or another one; waits until there is one.
  private async firstRoom(wish: number): Promise<string | null> {
    const empty = part("#empty");
    while (wish === this.opening) {
      try {
        const [first] = await this.api.rooms(defaultPrefix, 1);
        if (first) return first.room;
        setText(empty, `No room named ${defaultPrefix}… yet. Start the demo feed (tools/demo_feed/feed.py), or open any room by its name above.`);
      } catch (error) {
        setText(empty, `${message(error)} Open a room by its name above.`);
        if (error instanceof ApiError && (error.status === 401 || error.status === 403)) return null;
      }
      await pause(lookAgainMs);
    }
    return null;
  }

  // A room that has publications but no entities is shown as a stream.
  private async suitableView(room: string): Promise<View> {
    try {
      return (await this.api.isStream(room)) ? "stream" : "state";
    } catch {
      return "state";
    }
  }

  // An empty room may turn out to be a stream when its first publication comes.
  private async reconsider(wish: number): Promise<void> {
    while (wish === this.opening && this.page?.isEmpty && this.page.view === "state") {
      await pause(lookAgainMs);
      const room = this.page.room;
      if (wish === this.opening && this.page.isEmpty && (await this.suitableView(room)) === "stream" && wish === this.opening) {
        this.open(room, "stream");
      }
    }
  }

  private connectionChanged(status: Status): void {
    this.bar.show(status);
    if (status.kind === "ended" && this.page?.isEmpty) setText(part("#empty"), "");
  }

  private async suggest(): Promise<void> {
    try {
      const rooms = await this.api.rooms(this.roomInput.value.trim(), suggestionsMax);
      const options = rooms.map(({ room }) => {
        const option = element("option");
        option.value = room;
        return option;
      });
      part("#rooms").replaceChildren(...options);
    } catch {
      // Suggestions are a comfort; any name can still be typed.
    }
  }

  private viewButtons(): HTMLButtonElement[] {
    return [...document.querySelectorAll<HTMLButtonElement>(".views button")];
  }
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
