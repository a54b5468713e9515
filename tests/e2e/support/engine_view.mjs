// What the admin listener tells about the actors of a running server.

// Counters of one kind of actor: {started, ended, crashed, handled, refused}; all zero before the first of its kind.
export async function actorsOf(server, kind) {
  const response = await fetch(`${server.adminUrl}/api/v1/actors`);
  const kinds = await response.json();
  return kinds[kind] ?? { started: 0, ended: 0, crashed: 0, handled: 0, refused: 0 };
}

// How many actors of that kind are in memory.
export async function liveActors(server, kind) {
  const { started, ended } = await actorsOf(server, kind);
  return started - ended;
}

// What the engine holds against its budget, and where reads found what they wanted.
export async function memoryOf(server) {
  const response = await fetch(`${server.adminUrl}/api/v1/performance/memory`);
  return response.json();
}

// What Prometheus would read: a map from name and labels, as they are written, to the value.
export async function metricsOf(server) {
  const response = await fetch(`${server.adminUrl}/metrics`);
  const lines = (await response.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]));
}

// Hits and misses of one level of the cache.
export function cacheOf(memory, type, level) {
  return memory.cache.find((each) => each.type === type && each.level === level) ?? { hits: 0, misses: 0 };
}

// How often that limit was crossed, as operators see it.
export async function hitsOf(server, limit) {
  const response = await fetch(`${server.adminUrl}/api/v1/limits`);
  return (await response.json())[limit] ?? 0;
}
