"""The operators' listener. With admin_token_hash it asks for a token everywhere but at the probes."""

from parts import ANY_JSON, BOOLEAN, COUNT, OFFSET, STRING, TIME, answer, array, body, operation, parameter, problems, query, record, ref
from schemas import page

COUNTERS = {"type": "object", "additionalProperties": COUNT}
OPEN = {"type": "object"}
NUMBER = {"type": "number", "minimum": 0}
TIMES = {"handler_s": NUMBER, "mean_us": NUMBER, "p99_us": NUMBER, "max_us": NUMBER}
KIND = record({"alive": COUNT, "started": COUNT, "ended": COUNT, "crashed": COUNT, "handled": COUNT, "refused": COUNT, "p50_us": NUMBER, **TIMES})
LAST_ERROR = {"type": ["string", "null"]}
ACTOR = record({"id": COUNT, "kind": STRING, "name": STRING, "mailbox": COUNT, "oldest_wait_ms": NUMBER, "longest_wait_ms": NUMBER,
                "handled": COUNT, "refused": COUNT, **TIMES, "restarts": COUNT, "last_error": LAST_ERROR, "memory_bytes": COUNT})
NODE = record({"id": STRING, "supervisor": BOOLEAN, "phase": {"enum": ["stopped", "waiting", "starting", "running", "stopping"]},
               "restarts": COUNT, "last_error": LAST_ERROR, "actor": COUNT, "kind": STRING, "mailbox": COUNT, "handled": COUNT,
               "p99_us": COUNT, "memory_bytes": COUNT, "answered": BOOLEAN, "children_total": COUNT, "children": array(OPEN)},
              ["id", "supervisor", "phase", "restarts", "last_error"])


SESSION = record({"session": STRING, "user": STRING, "address": STRING, "protocol": {"enum": ["json", "msgpack", "sse", "room-events"]},
                  "connected_ms": COUNT, "subscriptions": COUNT, "queued_bytes": COUNT, "missed": COUNT})
SUBSCRIPTION = record({"room": STRING, "kind": {"enum": ["map", "stream"]}, "live": BOOLEAN,
                       "policy": {"enum": ["conflate", "resync", "disconnect"]}, "interval_ms": COUNT})
LEVELS = ["trace", "debug", "info", "warn", "error", "critical", "off"]
LEVELS_OF = record({"default": {"enum": LEVELS}, "components": {"type": "object", "additionalProperties": {"enum": LEVELS}}})
LINE = record({"id": COUNT, "time": TIME, "level": {"enum": LEVELS}, "component": STRING, "message": STRING})


PROBLEM = record({"severity": {"enum": ["critical", "warning"]}, "what": STRING, "detail": STRING, "remedy": STRING})
STATUS = record({"ready": BOOLEAN, "problems": array(PROBLEM), "uptime_s": COUNT, "connections": COUNT, "websockets": COUNT,
                 "publications_told": COUNT, "deliveries": COUNT, "resident_bytes": COUNT, "disk_free_bytes": COUNT, "disk_size_bytes": COUNT})
SLOW = record({"time": TIME, "operation": {"enum": ["get", "scan", "commit"]}, "table": STRING, "us": COUNT})
DATABASE = record({"slow_total": COUNT, "slow": array(SLOW)}, closed=False)
GROWTH = record({"component": STRING, "now": COUNT, "baseline": COUNT, "peak": COUNT, "grown_windows": COUNT, "suspected": BOOLEAN})
WATCH = record({"window_s": COUNT, "windows": COUNT, "suspected": array(STRING), "components": array(GROWTH)})
MEMORY = record({"budget": COUNT, "held": COUNT, "resident": COUNT, "watch": WATCH}, closed=False)
SECONDS = query("seconds", {"type": "integer", "minimum": 1, "maximum": 120}, "For how long.")
SPENT = record({"what": STRING, "stops": COUNT, "waited_p50_us": NUMBER, "waited_p99_us": NUMBER, "handler_p50_us": NUMBER,
                "handler_p99_us": NUMBER})
TRACE = record({"displayTimeUnit": {"const": "ms"},
                "otherData": record({"seconds": COUNT, "sample": COUNT, "publishes": COUNT, "sampled": COUNT, "publishes_dropped": COUNT,
                                     "slices_dropped": COUNT, "passages_dropped": COUNT, "answered": COUNT, "answered_p50_us": NUMBER,
                                     "answered_p99_us": NUMBER, "spent": array(SPENT)}),
                "traceEvents": array(record({"name": STRING, "ph": {"enum": ["M", "X", "s", "t", "f", "b", "e"]}, "pid": COUNT, "tid": COUNT,
                                             "ts": NUMBER}, closed=False))})


def hitters(measure):
    row = record({"name": STRING, measure: COUNT, "error": COUNT}, ["name", measure])
    return record({"over_ms": COUNT, "total": COUNT, "data": array(row)})


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
    "/connection/websocket": {
        "get": operation("websocket", "Operators", "The client protocol over WebSocket, with the rooms $sys:overview, $sys:tree and $sys:log",
                         {101: answer("Switching protocols; see the AsyncAPI document.")}, guarded=False, refused=(403, 404, 426)),
    },
    "/api/v1/actors": get("actors", "Per kind of actor what it has done, and how long that took", {"type": "object", "additionalProperties": KIND}),
    "/api/v1/performance/actors": get(
        "list_actors", "The first of all actors in some order", record({"data": array(ACTOR), "total": COUNT}),
        parameters=[query("kind", STRING, "Of that kind only."), query("name", STRING, "With that in their name."),
                    query("sort", {"enum": ["mailbox", "wait", "time", "p99", "max", "handled", "memory"]}, "Most of that first."), LIMIT]),
    "/api/v1/performance/hot": get("hot", "Who works most just now", record({"actors": hitters("handler_ns"), "rooms": hitters("told")}),
                                   parameters=[LIMIT]),
    "/api/v1/logs": get("logs", "The last lines of the log", record({"data": array(LINE), "last": COUNT}),
                        parameters=[query("after", COUNT, "Lines with a greater id."), query("level", {"enum": LEVELS}, "At least that."),
                                    query("component", STRING, "Of that one only."), LIMIT]),
    "/api/v1/log-levels": {
        **get("log_levels", "The level of each component", LEVELS_OF),
        "put": operation("change_log_level", "Operators", "Change the level of a component, or of all", {200: answer("As they are now.", LEVELS_OF)},
                         guarded=False, request=body({"application/json": (record({"component": STRING, "level": {"enum": LEVELS}}, ["level"]),
                                                                           {"component": "storage", "level": "debug"})}, "Which, and what."),
                         refused=(404, 413, 415, 422)),
    },
    "/api/v1/config": get("config", "What the server runs with, without secrets", OPEN),
    "/api/v1/config/diff": get("config_diff", "What the file says otherwise", record({"data": array(record(
        {"key": STRING, "running": ANY_JSON, "file": ANY_JSON, "restart": BOOLEAN}, ["key", "restart"]))})),
    "/api/v1/config/reload": {
        "post": operation("reload_config", "Operators", "Have the file read again, as SIGHUP does",
                          {200: answer("It is.", record({"reloaded": BOOLEAN, "after_restart": array(STRING)}))}, guarded=False),
    },
    "/api/v1/sessions": get("sessions", "Connections of clients", record({"data": array(SESSION), "total": COUNT}),
                            parameters=[query("sort", {"enum": ["queued", "missed", "age", "subscriptions"]}, "Most of that first."),
                                        query("user", STRING, "Of that user only."), LIMIT]),
    "/api/v1/sessions/{session}": {
        "parameters": [{"name": "session", "in": "path", "required": True, "schema": STRING, "description": "As the client knows it.",
                        "example": "5b7e0f2c-3d0e-4f7c-9b57-2ad7cf8b9d54"}],
        **get("session", "A connection with its subscriptions", {**SESSION, "properties": {**SESSION["properties"], "rooms": array(SUBSCRIPTION)}},
              refused=(404,)),
        "delete": operation("end_session", "Operators", "Disconnect a client for good", {204: answer("It is told so.")}, guarded=False,
                            refused=(404,)),
    },
    "/api/v1/rooms/{room}/passivate": {
        "parameters": [{"name": "room", "in": "path", "required": True, "schema": STRING, "description": "Its name.", "example": "sensor:1"}],
        "post": operation("passivate_room", "Operators", "Let a room leave memory, if nothing is on its way there",
                          {200: answer("What became of it.", record({"in_memory": BOOLEAN, "passivated": BOOLEAN}))}, guarded=False),
    },
    "/api/v1/tree": get("tree", "The supervision tree", NODE,
                        parameters=[query("limit", {"type": "integer", "minimum": 0, "maximum": 10000}, "Children of each supervisor.")]),
    "/api/v1/tree/restart": {
        "post": operation("restart_actor", "Operators", "Stop a child of a supervisor and start it again",
                          {200: answer("It runs again.", record({"actor": COUNT}))}, guarded=False,
                          request=body({"application/json": (record({"supervisor": STRING, "id": STRING}, ["id"]), {"id": "broadcaster"})}, "Which."),
                          refused=(404, 413, 415, 422, 500)),
    },
    "/api/v1/limits": get("limits", "How often each limit was crossed", COUNTERS),
    "/api/v1/performance/memory": get("memory", "What is held of the memory budget, and what grows and does not stop", MEMORY),
    "/api/v1/performance/database": get("database", "Tables, background work, what is asked of them, commits, what took long", DATABASE),
    "/api/v1/performance/status": get("status", "What is wrong now, and what helps", STATUS),
    "/api/v1/performance/profile/cpu": {
        "post": operation("make_cpu_profile", "Operators", "Where CPU time goes, as GET /debug/pprof/profile",
                          {200: answer("The profile, in pprof's format.", STRING, "application/octet-stream")}, guarded=False,
                          parameters=[SECONDS], refused=(409,)),
    },
    "/api/v1/performance/trace": get(
        "trace", "The way of publishes through the actors, for Perfetto", TRACE, refused=(409,),
        parameters=[SECONDS, query("sample", {"type": "integer", "minimum": 1, "maximum": 1000000}, "One of so many publishes.")]),
    "/debug/pprof/profile": get("cpu_profile", "Where CPU time goes", STRING, "application/octet-stream", parameters=[SECONDS], refused=(409,)),
    "/debug/pprof/heap": get("heap_profile", "What was allocated meanwhile and is still there", STRING, "application/octet-stream",
                             parameters=[SECONDS], refused=(409,)),
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

# With a token, it is asked for everywhere but at the probes.
for _path, _item in PATHS.items():
    if _path in ("/livez", "/readyz"):
        continue
    for _verb, _of in _item.items():
        if _verb != "parameters":
            _of["responses"] = dict(sorted({**_of["responses"], **problems(401)}.items()))
