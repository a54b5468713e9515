// Paths of the operators' listener that docs/operating.md uses in "The first incident" and that no server has yet. A test fails when one of these is
// there: then take it off this list.
export const operationsToCome = [
  "/api/v1/log-levels",
  "/api/v1/performance/actors",
  "/api/v1/performance/hot",
  "/api/v1/rooms/ROOM/passivate",
  "/api/v1/sessions",
  "/api/v1/sessions/SESSION",
  "/api/v1/tree",
  "/api/v1/tree/restart",
];
