// What every page of the console is.

import type { Client } from "./client";
import type { Live } from "./live";
import type { Monitor } from "./monitor";
import type { Route } from "./routes";

export interface Services {
  client: Client;
  live: Live;
  monitor: Monitor;
  // Puts the state of a page into the address without a new entry in the history.
  note(query: Record<string, string>): void;
  go(path: readonly string[], query?: Record<string, string>): void;
}

export interface Page {
  readonly node: HTMLElement;
  close(): void;
}

export type MakePage = (services: Services, route: Route) => Page;
