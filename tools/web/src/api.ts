// The few HTTP resources that the page reads. Errors carry a sentence for people.

export interface RoomInfo {
  room: string;
  epoch: string;
  offset: number;
  subscribers?: number; // of a single room, not in listings
}

export interface HistoryItem {
  offset: number;
  time?: string | number;
  key?: string;
  data?: unknown;
  removed?: boolean;
}

export class ApiError extends Error {
  constructor(
    readonly status: number, // 0: no answer
    message: string,
  ) {
    super(message);
  }
}

const timeoutMs = 10_000;

export class Api {
  constructor(private readonly token: string | null) {}

  async rooms(prefix: string, limit: number): Promise<RoomInfo[]> {
    const page = await this.get(`/api/v1/rooms?prefix=${encodeURIComponent(prefix)}&limit=${limit}`);
    return (page as { data: RoomInfo[] }).data;
  }

  // Whether there are publications and no entity: a stream alone.
  async isStream(name: string): Promise<boolean> {
    const page = (await this.get(`/api/v1/rooms/${encodeURIComponent(name)}/entities?limit=1`)) as { data: unknown[]; offset: number };
    return page.data.length === 0 && page.offset > 0;
  }

  // The newest publications, newest first.
  async latest(name: string, limit: number): Promise<HistoryItem[]> {
    const page = await this.get(`/api/v1/rooms/${encodeURIComponent(name)}/history?limit=${limit}&reverse=true`);
    return (page as { data: HistoryItem[] }).data;
  }

  private async get(path: string): Promise<unknown> {
    const headers: Record<string, string> = { Accept: "application/json" };
    if (this.token) headers["Authorization"] = `Bearer ${this.token}`;
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), timeoutMs);
    try {
      const response = await fetch(path, { headers, signal: abort.signal, cache: "no-store" });
      if (!response.ok) throw new ApiError(response.status, await problem(response));
      return await response.json();
    } catch (error) {
      throw error instanceof ApiError ? error : new ApiError(0, "The server does not answer.");
    } finally {
      clearTimeout(timer);
    }
  }
}

// The detail of an RFC 9457 problem, else what the status says.
async function problem(response: Response): Promise<string> {
  if (response.status === 401) return "This server needs a token. Add #token=… to the address of this page.";
  try {
    const { detail, title } = (await response.json()) as { detail?: string; title?: string };
    return detail ?? title ?? response.statusText;
  } catch {
    return response.statusText || `The server answered ${response.status}.`;
  }
}
