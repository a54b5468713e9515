"""The operators' listener, which asks for no credentials."""

from parts import ANY_JSON, BOOLEAN, COUNT, OFFSET, STRING, TIME, answer, array, body, operation, parameter, query, record, ref
from schemas import page

COUNTERS = {"type": "object", "additionalProperties": COUNT}
OPEN = {"type": "object"}
CURSOR = query("cursor", STRING, "next_cursor of the page before.")
LIMIT = query("limit", {"type": "integer", "minimum": 1, "maximum": 1000}, "Rows of the page.")


def get(name, summary, schema, media="application/json", **more):
    return {"get": operation(name, "Operators", summary, {200: answer("What there is.", schema, media)}, guarded=False, **more)}


def item_parameter(name):
    return {"name": "id", "in": "path", "required": True, "schema": STRING, "description": f"Of the {name}.", "example": "1"}


BACKUP = record({"job": COUNT, "state": {"enum": ["none", "running", "done", "failed"]}, "directory": STRING, "started_at": TIME,
                 "ended_at": TIME, "copied_bytes": COUNT, "database_bytes": COUNT, "backup": ANY_JSON, "problem": STRING}, ["state"], closed=False)
DEAD = record({"id": STRING, "kind": STRING, "room": STRING, "actor": STRING, "error": STRING, "tries": COUNT, "time": TIME},
              closed=False)
DEAD_PAGE = record({"data": array(DEAD), "next_cursor": {"type": ["string", "null"]}, "has_more": BOOLEAN, "records": COUNT, "bytes": COUNT,
                    "quarantined": COUNT, "refused": COUNT})
EXPORT_PAGE = record({"data": array(OPEN), "next_cursor": {"type": ["string", "null"]}, "has_more": BOOLEAN})

PATHS = {
    "/livez": get("live", "The process lives", STRING, "text/plain"),
    "/readyz": {"get": operation("ready", "Operators", "The server serves",
                                 {200: answer("It does.", STRING, "text/plain"), 503: answer("It starts or drains.", STRING, "text/plain")},
                                 parameters=[query("verbose", STRING, "How far the warm-up is.")], guarded=False)},
    "/metrics": get("metrics", "For Prometheus", STRING, "text/plain"),
    "/api/v1/openapi.json": get("openapi", "This document", OPEN),
    "/api/v1/actors": get("actors", "Per kind of actor what it has done", {"type": "object", "additionalProperties": COUNTERS}),
    "/api/v1/limits": get("limits", "How often each limit was crossed", COUNTERS),
    "/api/v1/performance/memory": get("memory", "What is held of the memory budget", OPEN),
    "/api/v1/websocket/metrics": get("websocket_metrics", "Connections, and what became of slow ones", OPEN),
    "/api/v1/access/metrics": get("access_metrics", "What was refused where clients come in", OPEN),
    "/api/v1/backups": {
        **get("read_backup", "The newest backup", BACKUP),
        "post": operation("begin_backup", "Operators", "Begin a backup", {202: answer("It has begun.", BACKUP)}, guarded=False,
                          request=body({"application/json": (record({"directory": STRING, "keep": COUNT, "bytes_per_s": COUNT}, ["directory"]),
                                                             {"directory": "/var/backups/tidewire"})}, "Where to, and how fast."),
                          refused=(409, 413, 415, 500)),
    },
    "/api/v1/exports": {
        "post": operation("begin_export", "Operators", "Hold a moment of the database", {201: answer("It is held.", OPEN),
                                                                                          200: answer("It is held.", OPEN)}, guarded=False,
                          request=body({"application/json": (record({"room": STRING, "prefix": STRING, "history": BOOLEAN, "at": STRING}, []),
                                                             {"prefix": "sensor:"})}, "Which rooms, and when."),
                          refused=(404, 410, 413, 415, 422, 429, 500)),
    },
    "/api/v1/exports/{id}": {
        "parameters": [item_parameter("export")],
        **get("read_export", "A page of its lines", EXPORT_PAGE, parameters=[CURSOR], refused=(404, 410, 500)),
        "delete": operation("end_export", "Operators", "End it", {204: answer("It is over.")}, guarded=False, refused=(404,)),
    },
    "/api/v1/quarantine": get("list_quarantine", "What was set aside", DEAD_PAGE, parameters=[CURSOR, LIMIT], refused=(500,)),
    "/api/v1/quarantine/{id}": {
        "parameters": [item_parameter("record")],
        **get("read_quarantined", "All that is known of one", DEAD, refused=(404, 500)),
        "delete": operation("discard_quarantined", "Operators", "Discard it", {204: answer("It is gone.")}, guarded=False, refused=(404, 500)),
    },
    "/api/v1/quarantine/{id}/replay": {
        "parameters": [item_parameter("record")],
        "post": operation("replay_quarantined", "Operators", "Publish it again",
                          {200: answer("It is published.", record({"id": STRING, "changes": array(ref("PublishAnswer"))}))}, guarded=False,
                          refused=(404, 409, 412, 413, 415, 422, 500)),
    },
}
