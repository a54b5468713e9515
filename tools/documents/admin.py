"""The operators' listener. With admin_token_hash it asks for a token everywhere but at the probes, the console and the pages of problems.

Its paths are those of actors/edge/admin_routes.cpp, and of rooms what the public listener has, too.
"""

import copy

import rooms
from admin_schemas import (ACCESS, ACTOR, BACKUP, BACKUP_ORDER, BACKUP_RUNS, CONFIG, COUNTERS, DATABASE, DEAD_PAGE, DEAD_WHOLE, DIFFERENCE,
                           EXPORT_ORDER, EXPORT_PAGE, KIND, LEVEL, LOG_LEVELS, LOG_LINE, MEMORY, NAME, NODE, SESSION, STATUS, SUBSCRIPTION,
                           TRACE, WEBSOCKET, hitters)
from parts import BOOLEAN, COUNT, STRING, TIME, answer, array, body, operation, parameter, problems, query, record, ref

SECURITY = [{}, {"operator": []}, {"operatorKey": []}]
SECURITY_SCHEMES = {
    "operator": {"type": "http", "scheme": "bearer", "description": "The operators' token, where there is an admin_token_hash."},
    "operatorKey": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The same."},
}
TEXT = "text/plain"
BYTES = {"type": "string", "contentMediaType": "application/octet-stream"}

CURSOR = query("cursor", STRING, "next_cursor of the page before.")
LIMIT = query("limit", {"type": "integer", "minimum": 1, "maximum": 1000}, "Rows of the answer.")
SECONDS = query("seconds", {"type": "integer", "minimum": 1, "maximum": 120, "default": 10}, "For how long.")
SAMPLE = query("sample", {"type": "integer", "minimum": 1, "maximum": 1_000_000, "default": 1}, "One of so many publishes.")
READY = {"type": "string", "pattern": r"^(ok|not ready)\n(warm-up: .+\n)?$"}


def listed(of, *members):
    return record({"data": array(of), **{each: COUNT for each in members}})


def asked(name, summary, answers, *, refused=(), **more):
    """Pages of other origins are refused (403), and who shows no token where one is wanted (401)."""
    made = operation(name, "Operators", summary, answers, guarded=False, refused=(401, 403, *refused), **{"busy": (), **more})
    made["security"] = SECURITY
    return made


def get(name, summary, schema, media="application/json", **more):
    return {"get": asked(name, summary, {200: answer("What there is.", schema, media)}, **more)}


def by_actor(**more):
    """Of what an actor answers, which may be starting again."""
    return {"busy": (503,), **more}


def open_to_all(item, refused=(403,)):
    for each in item.values():
        each["security"] = []
        each["responses"] = {status: of for status, of in each["responses"].items() if status != "401" and (status != "403" or 403 in refused)}
    return item


def path_parameter(name, description, example):
    return [{"name": name, "in": "path", "required": True, "schema": NAME, "description": description, "example": example}]


def profile(name, summary, **more):
    return asked(name, summary, {200: answer("The profile, for pprof or jeprof.", BYTES, "application/octet-stream")},
                 parameters=[SECONDS], refused=(409,), busy=(503,), **more)


def of_rooms():
    """What clients and integrations have too, with all rights. Streams of changes are the public listener's."""
    made = copy.deepcopy({path: item for path, item in rooms.PATHS.items() if path != "/api/v1/ingest"})
    plain = made["/api/v1/rooms/{room}/events"]["post"]
    del plain["requestBody"]["content"]["application/x-ndjson"]
    plain["requestBody"]["description"] = made["/api/v1/events"]["post"]["requestBody"]["description"]
    plain["responses"] = dict(sorted({**problems(*rooms.CHANGED, *rooms.STREAM_ENDS), "200": rooms.published()}.items()))
    for item in made.values():
        for verb, each in item.items():
            if verb != "parameters":
                each["security"] = SECURITY
    return made


PATHS = {
    "/livez": open_to_all({"get": asked("live", "The process lives", {200: answer("It does.", {"const": "ok\n"}, TEXT)},
                                        parameters=[query("verbose", STRING, "Changes nothing."), query("exclude", STRING, "Changes nothing.")])}),
    "/readyz": open_to_all({"get": asked("ready", "The server serves", {200: answer("It does.", READY, TEXT),
                                                                        503: answer("It starts or drains.", READY, TEXT)},
                                         parameters=[query("verbose", STRING, "How far the warm-up is."),
                                                     query("exclude", STRING, "Changes nothing.")])}),
    "/metrics": {"get": asked("metrics", "For Prometheus", {200: {**answer("What there is.", STRING, TEXT), "content": {
        TEXT: {"schema": STRING}, "application/openmetrics-text": {"schema": STRING}}}})},
    "/problems/{slug}": {
        "parameters": path_parameter("slug", "Of the type of a problem.", "not-found"),
        **open_to_all(get("explain_problem", "What a type of problem means", STRING, TEXT, refused=(404,)))},
    "/": open_to_all({"get": asked(
        "console", "The console; so are /console…, /assets/… and /icon.svg",
        {200: answer("HTML.", STRING, "text/html", with_headers=("ETag",)), 304: answer("If-None-Match names its tag.", with_headers=("ETag",))},
        parameters=[parameter("IfNoneMatch")], refused=(404,))}, refused=()),
    "/api/v1/openapi.json": {"get": asked(
        "openapi", "This document", {200: answer("The document.", {"type": "object"}, with_headers=("ETag",)),
                                     304: answer("If-None-Match names its tag.", with_headers=("ETag",))},
        parameters=[parameter("IfNoneMatch")], refused=(404,))},
    "/connection/websocket": {
        "x-no-head": True, "x-no-options": True,
        "get": asked("websocket", "The client protocol over WebSocket, with the rooms $sys:overview, $sys:tree and $sys:log",
                     {101: answer("Switching protocols; see the AsyncAPI document.")}, refused=(404, 426)),
    },
    **of_rooms(),
    "/api/v1/rooms/{room}/passivate": {
        "parameters": [parameter("Room")],
        "post": asked("passivate_room", "Let a room leave memory, if nothing is on its way there",
                      {200: answer("What became of it.", record({"in_memory": BOOLEAN, "passivated": BOOLEAN}))}, **by_actor()),
    },
    "/api/v1/actors": get("actors", "Per kind of actor what it has done, and how long that took", {"type": "object", "additionalProperties": KIND}),
    "/api/v1/performance/actors": get(
        "list_actors", "The first of all actors in some order", listed(ACTOR, "total"),
        parameters=[query("kind", STRING, "Of that kind only."), query("name", STRING, "With that in their name."),
                    query("sort", {"enum": ["mailbox", "wait", "time", "p99", "max", "handled", "memory"]}, "Most of that first."), LIMIT]),
    "/api/v1/performance/hot": get("hot", "Who works most just now", record({"actors": hitters("handler_ns"), "rooms": hitters("told")}),
                                   parameters=[LIMIT]),
    "/api/v1/logs": get("logs", "The last lines of the log", listed(LOG_LINE, "last"),
                        parameters=[query("after", COUNT, "Lines with a greater id."), query("level", LEVEL, "At least that."),
                                    query("component", STRING, "Of that one only."), LIMIT]),
    "/api/v1/log-levels": {
        **get("log_levels", "The level of each component", LOG_LEVELS),
        "put": asked("change_log_level", "Change the level of a component, or of all", {200: answer("As they are now.", LOG_LEVELS)},
                     request=body({"application/json": (record({"component": STRING, "level": LEVEL}, ["level"]),
                                                        {"component": "storage", "level": "debug"})}, "Which, and what."), refused=(404,)),
    },
    "/api/v1/config": get("config", "What the server runs with, without secrets", CONFIG),
    "/api/v1/config/diff": get("config_diff", "What the file says otherwise", listed(DIFFERENCE), busy=(503,)),
    "/api/v1/config/reload": {
        "post": asked("reload_config", "Have the file read again, as SIGHUP does",
                      {200: answer("It is.", record({"reloaded": {"const": True}, "after_restart": array(STRING)}))}, busy=(503,)),
    },
    "/api/v1/sessions": get("sessions", "Connections of clients", listed(record(SESSION), "total"),
                            parameters=[query("sort", {"enum": ["queued", "missed", "age", "subscriptions"]}, "Most of that first."),
                                        query("user", STRING, "Of that user only."),
                                        query("behind", {"const": "true"}, "Only those that miss something now; the others are not looked at."), LIMIT], **by_actor()),
    "/api/v1/sessions/{session}": {
        "parameters": path_parameter("session", "As the client knows it.", "5b7e0f2c-3d0e-4f7c-9b57-2ad7cf8b9d54"),
        **get("session", "A connection with its subscriptions", record({**SESSION, "rooms": array(SUBSCRIPTION)}), **by_actor(refused=(404,))),
        "delete": asked("end_session", "Disconnect a client for good", {204: answer("It is told so.")}, **by_actor(refused=(404,))),
    },
    "/api/v1/tree": get("tree", "The supervision tree", ref("TreeNode"), **by_actor(
        parameters=[query("limit", {"type": "integer", "minimum": 0, "maximum": 10000, "default": 100}, "Children of each supervisor.")])),
    "/api/v1/tree/restart": {
        "post": asked("restart_actor", "Stop a child of a supervisor and start it again", {200: answer("It runs again.", record({"actor": COUNT}))},
                      **by_actor(request=body({"application/json": (record({"supervisor": STRING, "id": NAME}, ["id"]), {"id": "broadcaster"})}, "Which."),
                                 refused=(404, 500))),
    },
    "/api/v1/limits": get("limits", "How often each limit was crossed", COUNTERS),
    "/api/v1/performance/memory": get("memory", "What is held of the memory budget, and what grows and does not stop", MEMORY),
    "/api/v1/performance/database": get("database", "Tables, background work, what is asked of them, commits, what took long",
                                        record(DATABASE, [each for each in DATABASE if each != "commits"])),
    "/api/v1/performance/status": get("status", "What is wrong now, and what helps", STATUS),
    "/api/v1/performance/profile/cpu": {"post": profile("make_cpu_profile", "Where CPU time goes, as GET /debug/pprof/profile")},
    "/api/v1/performance/trace": get("trace", "The way of publishes through the actors, for Perfetto", TRACE, refused=(409,), busy=(503,),
                                     parameters=[SECONDS, SAMPLE]),
    "/debug/pprof/profile": {"get": profile("cpu_profile", "Where CPU time goes")},
    "/debug/pprof/heap": {"get": profile("heap_profile", "What was allocated meanwhile and is still there")},
    "/api/v1/websocket/metrics": get("websocket_metrics", "Connections, and what became of slow ones", WEBSOCKET),
    "/api/v1/access/metrics": get("access_metrics", "What was refused where clients come in", ACCESS),
    "/api/v1/backups": {
        **get("read_backup", "The newest backup", BACKUP),
        "post": asked("begin_backup", "Begin a backup", {202: answer("It has begun.", BACKUP_RUNS)},
                      request=body({"application/json": (BACKUP_ORDER, {"directory": "/var/backups/tidewire"})}, "Where to, and how fast."),
                      refused=(409, 415)),
    },
    "/api/v1/exports": {
        "post": asked("begin_export", "Hold a moment of the database", {200: answer("It is held.", record({"id": STRING, "time": TIME}))},
                      request=body({"application/json": (EXPORT_ORDER, {"prefix": "sensor:"})}, "Which rooms, and when."),
                      refused=(415, 422, 500), busy=(429, 503)),
    },
    "/api/v1/exports/{id}": {
        "parameters": path_parameter("id", "Of the export.", "8f14e45fceea167a"),
        **get("read_export", "A page of its lines", EXPORT_PAGE, parameters=[CURSOR], refused=(404, 410, 422, 500), busy=(429, 503)),
        "delete": asked("end_export", "End it", {204: answer("It is over, or was.")}, busy=(429,)),
    },
    "/api/v1/quarantine": get("list_quarantine", "What was set aside", DEAD_PAGE, **by_actor(parameters=[CURSOR, LIMIT], refused=(500,))),
    "/api/v1/quarantine/{id}": {
        "parameters": path_parameter("id", "Of the record.", "019abc12-3d0e-7f7c-9b57-2ad7cf8b9d54"),
        **get("read_quarantined", "All that is known of one", DEAD_WHOLE, **by_actor(refused=(404, 500))),
        "delete": asked("discard_quarantined", "Discard it", {204: answer("It is gone.")}, **by_actor(refused=(404, 500))),
    },
    "/api/v1/quarantine/{id}/replay": {
        "parameters": path_parameter("id", "Of the record.", "019abc12-3d0e-7f7c-9b57-2ad7cf8b9d54"),
        "post": asked("replay_quarantined", "Publish it again",
                      {200: answer("It is published.", record({"id": STRING, "changes": array(ref("PublishAnswer"))}))},
                      refused=(404, 409, 412, 413, 422, 500), busy=(429, 503)),
    },
}
SCHEMAS = {"TreeNode": NODE}
PARAMETERS = rooms.PARAMETERS
