"""What the operators' listener answers (docs/operating.md)."""

from parts import ANY_JSON, BOOLEAN, COUNT, EPOCH, OFFSET, STRING, TAGS, TIME, array, record, ref

NUMBER = {"type": "number", "minimum": 0}
NULLABLE = {"type": ["string", "null"]}
NAME = {"type": "string", "minLength": 1}
LEVELS = ["trace", "debug", "info", "warn", "error", "critical", "off"]
LEVEL = {"enum": LEVELS}
COUNTERS = {"type": "object", "additionalProperties": COUNT}


def named(names, of):
    return record({each: of for each in names})


# ---- actors and the tree ----
TIMES = {"handler_s": NUMBER, "mean_us": NUMBER, "p99_us": NUMBER, "max_us": NUMBER}
KIND = record({**{each: COUNT for each in ("alive", "started", "ended", "crashed", "handled", "refused")}, "p50_us": NUMBER, **TIMES})
ACTOR = record({"id": COUNT, "kind": STRING, "name": STRING, "mailbox": COUNT, "oldest_wait_ms": NUMBER, "longest_wait_ms": NUMBER,
                "handled": COUNT, "refused": COUNT, **TIMES, "restarts": COUNT, "last_error": NULLABLE, "memory_bytes": COUNT})
RUNS = {"actor": COUNT, "kind": STRING, "mailbox": COUNT, "handled": COUNT, "p99_us": COUNT, "memory_bytes": COUNT}
SUPERVISES = {"answered": {**BOOLEAN, "description": "Whether it told of its children in time."}, "children_total": COUNT,
              "children": array(ref("TreeNode"))}
NODE = record({"id": STRING, "supervisor": BOOLEAN, "phase": {"enum": ["stopped", "waiting", "starting", "running", "stopping"]},
               "restarts": COUNT, "last_error": NULLABLE, **RUNS, **SUPERVISES}, ["id", "supervisor", "phase", "restarts", "last_error"],
              dependentRequired={**{each: [other for other in RUNS if other != each] for each in RUNS},
                                 **{each: [other for other in SUPERVISES if other != each] for each in SUPERVISES}},
              description="The members of an actor are there while it runs, those of a supervisor if it is one.")


def hitters(measure):
    row = record({"name": STRING, measure: COUNT, "error": {**COUNT, "description": "By so much it may be less."}}, ["name", measure])
    return record({"over_ms": COUNT, "total": COUNT, "data": array(row)})


# ---- connections and the log ----
SESSION = {"session": STRING, "user": STRING, "address": STRING, "protocol": {"enum": ["json", "msgpack", "sse", "room-events"]},
           "connected_ms": COUNT, "subscriptions": COUNT, "queued_bytes": COUNT, "missed": COUNT}
SUBSCRIPTION = record({"room": STRING, "kind": {"enum": ["map", "stream"]}, "live": BOOLEAN, "policy": {"enum": ["conflate", "resync", "disconnect"]},
                       "interval_ms": COUNT})
LOG_LINE = record({"id": COUNT, "time": TIME, "level": LEVEL, "component": STRING, "message": STRING})
LOG_LEVELS = record({"default": LEVEL, "components": {"type": "object", "additionalProperties": LEVEL}})

# ---- the configuration ----
VALUE = {"anyOf": [STRING, {"type": "integer"}, BOOLEAN, array(ANY_JSON)], "description": "(secret) instead of a secret."}
CONFIG = {"type": "object", "properties": {"listen": STRING, "admin": STRING, "data": STRING, "log_level": LEVEL, "dev": BOOLEAN},
          "required": ["listen", "admin", "data", "log_level", "dev"], "additionalProperties": VALUE,
          "description": "The keys of the file with their values; those that are not there have their defaults (docs/configuration.md)."}
DIFFERENCE = record({"key": STRING, "running": VALUE, "file": VALUE, "restart": {**BOOLEAN, "description": "Takes effect at the next start alone."}},
                    ["key", "restart"], anyOf=[{"required": ["running"]}, {"required": ["file"]}])

# ---- performance ----
STATUS_PROBLEM = record({"severity": {"enum": ["critical", "warning"]}, "what": STRING, "detail": STRING, "remedy": STRING})
STATUS = record({"ready": BOOLEAN, "problems": array(STATUS_PROBLEM),
                 **{each: COUNT for each in ("uptime_s", "connections", "websockets", "publications_told", "deliveries", "resident_bytes",
                                             "disk_free_bytes", "disk_size_bytes")}})
GROWTH = record({"component": STRING, "now": COUNT, "baseline": COUNT, "peak": COUNT, "grown_windows": COUNT, "suspected": BOOLEAN})
MEMORY = record({
    "budget": COUNT, "held": COUNT, "resident": COUNT,
    "parts": named(("database", "live", "tails", "pages", "requests", "changes", "frames", "outboxes"), record({"used": COUNT, "limit": COUNT})),
    "database": record({"pinned": COUNT, "memtables": COUNT}),
    "cache": array(record({"type": {"enum": ["entity", "stream", "page", "room", "dedupe"]}, "level": {"enum": ["live", "memory", "database", "disk"]},
                           "hits": COUNT, "misses": COUNT})),
    "watch": record({"window_s": COUNT, "windows": COUNT, "suspected": array(STRING), "components": array(GROWTH)}),
    "warm_up": record({"rooms": COUNT, "rooms_done": COUNT, "bytes": COUNT, "over": BOOLEAN}),
})
TABLE = record({**{each: COUNT for each in ("rows", "files", "file_bytes", "memory_bytes", "compaction_bytes")}, "name": STRING,
                "queries": named(("get", "scan", "put", "delete"), COUNT)},
               ["name", "rows", "files", "file_bytes", "memory_bytes", "compaction_bytes"])
COMMITS = named(("count", "mean_us", "p50_us", "p99_us", "max_us"), COUNT)
SLOW = record({"time": TIME, "operation": {"enum": ["get", "scan", "commit"]}, "table": STRING, "us": COUNT})
DATABASE = {"tables": array(TABLE), "running_flushes": COUNT, "running_compactions": COUNT, "write_rate_bytes": COUNT, "writes_stopped": BOOLEAN,
            "snapshots": COUNT, "background_errors": COUNT, "commits": named(("synced", "not_synced"), COMMITS), "slow_total": COUNT,
            "slow": array(SLOW)}
WEBSOCKET = record({"connections": COUNT, "deflated_bytes": COUNT,
                    "slow": named(("behind", "missed", "resumed", "resynchronised", "messages_dropped", "disconnected"), COUNT)})
ACCESS = record({"refused": named(("credentials", "permissions", "origins"), COUNT), "rate_limited": named(("addresses", "callers", "clients"), COUNT),
                 "connections_refused": named(("addresses", "users"), COUNT), "token_keys": named(("refreshed", "failed"), COUNT)})

# ---- the way of publishes, in the format of Chrome's traces ----
SPENT = record({"what": STRING, "stops": COUNT, "waited_p50_us": NUMBER, "waited_p99_us": NUMBER, "handler_p50_us": NUMBER, "handler_p99_us": NUMBER})
EVENT = record({"name": STRING, "cat": STRING, "id": COUNT, "ph": {"enum": ["M", "X", "s", "t", "f", "b", "e"]}, "pid": COUNT, "tid": COUNT,
                "ts": NUMBER, "dur": NUMBER, "bp": {"const": "e"},
                "args": record({"name": STRING, "actor": STRING, "publishes": array(COUNT), "offset": COUNT}, [])}, ["name", "ph", "pid", "tid", "ts"])
TRACE = record({
    "displayTimeUnit": {"const": "ms"},
    "otherData": record({**{each: COUNT for each in ("seconds", "sample", "publishes", "sampled", "publishes_dropped", "slices_dropped",
                                                     "passages_dropped", "answered")},
                         "answered_p50_us": NUMBER, "answered_p99_us": NUMBER, "spent": array(SPENT)}),
    "traceEvents": array(EVENT),
})

# ---- backups and exports ----
MADE = record({"id": COUNT, "time": TIME, "bytes": COUNT, "files": COUNT, "copied_bytes": COUNT})
COPIES = {"directory": STRING, "started_at": TIME, "copied_bytes": COUNT, "database_bytes": COUNT}
BACKUP_RUNS = record({"job": COUNT, "state": {"const": "running"}, **COPIES})
BACKUP = {"oneOf": [record({"job": COUNT, "state": {"const": "none"}}), BACKUP_RUNS,
                    record({"job": COUNT, "state": {"const": "done"}, **COPIES, "ended_at": TIME, "backup": MADE}),
                    record({"job": COUNT, "state": {"const": "failed"}, **COPIES, "ended_at": TIME, "problem": ref("Problem")})]}
BACKUP_ORDER = record({"directory": {"type": "string", "pattern": "^/", "description": "An absolute path on the server's machine."},
                       "keep": {"type": "integer", "minimum": 1, "maximum": 1_000_000, "description": "So many backups stay; absent: all."},
                       "bytes_per_s": {"anyOf": [{"const": 0}, {"type": "integer", "minimum": 65_536}],
                                       "description": "0: as fast as it goes; absent: backup_bytes_per_s_default."}}, ["directory"])
EXPORT_ORDER = {**record({"room": NAME, "prefix": NAME, "history": {**BOOLEAN, "default": False},
                          "at": {"type": "string", "description": "An earlier moment: an offset of the room, or a time (RFC 3339)."}}, []),
                "not": {"required": ["room", "prefix"]}}
ROW = {"room": STRING, "tags": TAGS}
EXPORT_LINE = {"oneOf": [
    record({"room": STRING, "epoch": EPOCH, "offset": OFFSET}, description="What follows is of this room."),
    record({**ROW, "key": STRING, "version": OFFSET, "updated_at": TIME, "expires_at": TIME, "data": ANY_JSON},
           ["room", "key", "version", "updated_at", "tags", "data"], description="An entity."),
    record({**ROW, "offset": OFFSET, "time": TIME, "key": STRING, "expires_at": TIME, "data": ANY_JSON, "removed": {"const": True}},
           ["room", "offset", "time", "tags"], oneOf=[{"required": ["data"]}, {"required": ["removed"]}], description="A publication."),
]}
EXPORT_PAGE = record({"data": array(EXPORT_LINE), "next_cursor": NULLABLE, "has_more": BOOLEAN})

# ---- what was set aside ----
DEAD = {"id": STRING, "kind": {"const": "command"}, "room": STRING, "actor": STRING, "error": STRING, "tries": COUNT, "time": TIME}
DEAD_PAGE = record({"data": array(record(DEAD)), "next_cursor": NULLABLE, "has_more": BOOLEAN, "records": COUNT, "bytes": COUNT, "quarantined": COUNT,
                    "refused": COUNT})
DEAD_OPERATION = record({"key": STRING, "op": ref("Operation"), "data": ANY_JSON, "tags": TAGS, "if_version": OFFSET, "if_match": STRING, "ttl": COUNT,
                         "expires_at": TIME, "idempotency": record({"kind": STRING, "caller": STRING, "id": STRING})}, ["op"])
DEAD_WHOLE = record({**DEAD, "generation": COUNT, "user": STRING, "client": STRING, "backtrace": array(STRING), "operations": array(DEAD_OPERATION)},
                    [*DEAD, "generation", "backtrace", "operations"], dependentRequired={"user": ["client"], "client": ["user"]})
