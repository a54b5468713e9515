// The few figures of one look at /metrics that the console keeps for some minutes. Null: the server does not tell.

import type { Scrape } from "./metrics";

export interface Part {
  used: number;
  limit: number;
}

export interface Reading {
  atMs: number;
  ready: boolean | null;
  startedMs: number | null;
  residentBytes: number | null;
  disk: { free: number; size: number } | null;
  warmUp: { rooms: number; done: number; over: boolean } | null;
  connections: number | null;
  rooms: number | null;
  requests: number | null;
  failures: number; // answers of 5xx
  deliveries: number | null;
  slowClients: number;
  slowEnded: number;
  queuedBytes: number | null;
  restarts: Record<string, number>; // by supervisor
  crashes: Record<string, number>; // by kind of actor
  refused: Record<string, number>; // messages, by kind of actor
  limits: Record<string, number>; // how often each was crossed
  setAside: number | null;
  quarantineLost: number;
  memory: Record<string, Part>;
}

export function readingOf(from: Scrape): Reading {
  const flag = (name: string) => {
    const value = from.value(name);
    return value === null ? null : value > 0;
  };
  const startedS = from.value("process_start_time_seconds");
  const rooms = from.value("warm_up_rooms");
  const free = from.value("disk_free_bytes");
  const size = from.value("disk_size_bytes");
  return {
    atMs: from.atMs,
    ready: flag("ready"),
    startedMs: startedS === null ? null : startedS * 1000,
    residentBytes: from.value("process_resident_memory_bytes"),
    disk: free === null || size === null ? null : { free, size },
    warmUp: rooms === null ? null : { rooms, done: from.value("warm_up_rooms_done") ?? 0, over: flag("warm_up_over") ?? true },
    connections: from.value("websocket_connections_active"),
    rooms: from.value("rooms_active"),
    requests: from.value("http_requests_total"),
    failures: failuresOf(from),
    deliveries: from.value("deliveries_total"),
    slowClients: from.value("slow_clients") ?? 0,
    slowEnded: from.value("slow_clients_disconnected_total") ?? 0,
    queuedBytes: from.value("outbox_queued_bytes"),
    restarts: from.by("actor_restarts_total", "supervisor"),
    crashes: from.by("actor_crashes_total", "kind"),
    refused: from.by("actor_refused_total", "kind"),
    limits: from.by("limit_exceeded_total", "limit"),
    setAside: from.value("quarantine_records_total"),
    quarantineLost: from.value("quarantine_lost_total") ?? 0,
    memory: memoryOf(from),
  };
}

// The moment of the start of that process, when all its counters were zero.
export function beginningOf(of: Reading): Reading {
  return { ...of, atMs: of.startedMs ?? of.atMs, failures: 0, slowEnded: 0, quarantineLost: 0, restarts: {}, crashes: {}, refused: {}, limits: {} };
}

function failuresOf(from: Scrape): number {
  const failed = from.samples("http_requests_total").filter(({ labels }) => (labels["status"] ?? "").startsWith("5"));
  return failed.reduce((sum, { value }) => sum + value, 0);
}

function memoryOf(from: Scrape): Record<string, Part> {
  const limits = from.by("memory_limit_bytes", "part");
  const parts: Record<string, Part> = {};
  for (const [name, used] of Object.entries(from.by("memory_usage_bytes", "part"))) parts[name] = { used, limit: limits[name] ?? 0 };
  return parts;
}
