// The admin listener over HTTP, with the operator's token where the server asks for one. Errors are the problem's own words.

import { ApiError } from "../api";

export interface Listing<T> {
  data: T[];
  next_cursor: string | null;
  has_more: boolean;
}

// Asks the operator; `why` is what the server said. Null: not now.
export type AskForToken = (why: string) => Promise<string | null>;

// A body that is JSON already: numbers keep their digits.
export class RawJson {
  constructor(readonly text: string) {}
}

const tokenName = "tidewire.operator-token";
const timeoutMs = 15_000;

export class Client {
  private token = sessionStorage.getItem(tokenName);
  private asking: Promise<string | null> | null = null;
  private aheadMs = 0; // the server's clock, of this browser's

  constructor(private readonly ask: AskForToken) {}

  // What the server was shown last; null: it has asked for none, or the operator has not given one.
  get shownToken(): string | null {
    return this.token;
  }

  // By the server's clock, as its answers tell it: to a second.
  now(): number {
    return Date.now() + this.aheadMs;
  }

  async get<T>(path: string): Promise<T> {
    return (await this.request("GET", path)).json() as Promise<T>;
  }

  // Null where the server has no such path.
  async find<T>(path: string): Promise<T | null> {
    try {
      return await this.get<T>(path);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return null;
      throw error;
    }
  }

  async text(path: string): Promise<string> {
    return (await this.request("GET", path)).text();
  }

  async send<T>(method: "POST" | "PUT" | "DELETE", path: string, body?: unknown): Promise<T> {
    const response = await this.request(method, path, body);
    const text = await response.text();
    return (text === "" ? null : JSON.parse(text)) as T;
  }

  // Tries again with each token that the operator gives.
  private async request(method: string, path: string, body?: unknown): Promise<Response> {
    for (;;) {
      const shown = this.token;
      const response = await this.once(method, path, body);
      if (response.ok) return response;
      const why = await wordsOf(response);
      if (response.status !== 401) throw new ApiError(response.status, why);
      if (this.token !== shown) continue; // another request has been told meanwhile
      this.asking ??= this.ask(why).finally(() => (this.asking = null));
      const given = await this.asking;
      if (given === null) throw new ApiError(401, why);
      this.token = given;
      sessionStorage.setItem(tokenName, given);
    }
  }

  private async once(method: string, path: string, body: unknown): Promise<Response> {
    const headers: Record<string, string> = { Accept: path === "/metrics" ? "text/plain" : "application/json" };
    if (this.token !== null) headers["Authorization"] = `Bearer ${this.token}`;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), timeoutMs);
    try {
      const request: RequestInit = { method, headers, signal: abort.signal, cache: "no-store" };
      if (body !== undefined) request.body = body instanceof RawJson ? body.text : JSON.stringify(body);
      const response = await fetch(path, request);
      this.compareClocks(response);
      return response;
    } catch {
      throw new ApiError(0, abort.signal.aborted ? `no answer within ${timeoutMs / 1000} s` : "it cannot be reached");
    } finally {
      clearTimeout(timer);
    }
  }

  // A second is what the header can tell, so less than two are no difference.
  private compareClocks(response: Response): void {
    const told = Date.parse(response.headers.get("date") ?? "");
    if (Number.isNaN(told)) return;
    const aheadMs = told - Date.now();
    this.aheadMs = Math.abs(aheadMs) < 2_000 ? 0 : aheadMs;
  }
}

export const segment = encodeURIComponent;

export function query(fields: Record<string, string | number | undefined>): string {
  const given = Object.entries(fields).filter((entry): entry is [string, string | number] => entry[1] !== undefined && entry[1] !== "");
  return given.length === 0 ? "" : `?${new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]))}`;
}

export function wordsOfError(error: unknown): string {
  if (!(error instanceof ApiError)) return error instanceof Error ? error.message : String(error);
  return error.status === 0 ? `The server does not answer: ${error.message}.` : `${error.message} (${error.status})`;
}

async function wordsOf(response: Response): Promise<string> {
  const text = await response.text();
  try {
    const { detail, title } = JSON.parse(text) as { detail?: string; title?: string };
    return detail ?? title ?? response.statusText;
  } catch {
    return text.trim().slice(0, 300) || response.statusText || "no reason was given";
  }
}
