// The few figures of one look that the console keeps for some minutes: of /metrics, or of what the server tells in $sys:overview. Null:
// it does not tell.

import type { Histogram, Scrape } from "./metrics";

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

// The same with how long things took, since the start.
export interface Look {
  reading: Reading;
  requests: Histogram | null;
  commits: Histogram | null;
}

export function lookAt(scrape: Scrape): Look {
  return {
    reading: readingOf(scrape),
    requests: scrape.histogram("http_request_duration_seconds"),
    commits: scrape.histogram("database_commit_duration_seconds"),
  };
}

interface Durations {
  up_to_ns: number[];
  counts: number[];
  total: number;
}

// What comes in $sys:overview (docs/operating.md).
export interface Overview {
  time: string;
  started_at: string;
  ready: boolean;
  resident_bytes: number;
  disk?: { free_bytes: number; size_bytes: number };
  warm_up: { rooms: number; rooms_done: number; over: boolean };
  connections: number;
  rooms: number;
  requests: number;
  requests_failed: number;
  deliveries: number;
  slow_clients: number;
  slow_clients_disconnected: number;
  queued_bytes: number;
  restarts: Record<string, number>;
  crashes: Record<string, number>;
  refused: Record<string, number>;
  limits: Record<string, number>;
  quarantine: { set_aside: number; lost: number };
  last_error_line: number;
  memory: Record<string, Part>;
  request_durations: Durations;
  commit_durations?: Durations;
}

export function lookOf(told: Overview): Look {
  return {
    reading: {
      atMs: Date.parse(told.time),
      ready: told.ready,
      startedMs: Date.parse(told.started_at),
      residentBytes: told.resident_bytes,
      disk: told.disk ? { free: told.disk.free_bytes, size: told.disk.size_bytes } : null,
      warmUp: { rooms: told.warm_up.rooms, done: told.warm_up.rooms_done, over: told.warm_up.over },
      connections: told.connections,
      rooms: told.rooms,
      requests: told.requests,
      failures: told.requests_failed,
      deliveries: told.deliveries,
      slowClients: told.slow_clients,
      slowEnded: told.slow_clients_disconnected,
      queuedBytes: told.queued_bytes,
      restarts: told.restarts,
      crashes: told.crashes,
      refused: told.refused,
      limits: told.limits,
      setAside: told.quarantine.set_aside,
      quarantineLost: told.quarantine.lost,
      memory: told.memory,
    },
    requests: histogramOf(told.request_durations),
    commits: told.commit_durations ? histogramOf(told.commit_durations) : null,
  };
}

function histogramOf({ up_to_ns, counts, total }: Durations): Histogram {
  return { bounds: [...up_to_ns.map((ns) => ns / 1e9), Infinity], counts: [...counts, total], sum: 0 };
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
