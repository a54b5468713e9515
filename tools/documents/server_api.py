"""POST /api/{method}: Centrifugo's server API, as far as it is offered (docs/centrifugo.md)."""

from parts import ANY_JSON, BOOLEAN, COUNT, EPOCH, OFFSET, STRING, TAGS, answer, array, body, header, operation, problems, record, ref
from schemas import IDEMPOTENCY_ID, KEY

CHANNEL = {"type": "string", "minLength": 1, "maxLength": 255, "description": "The room."}
POSITION = record({"offset": OFFSET, "epoch": EPOCH})
LIMIT = {"type": "integer", "format": "int64", "description": "0: the position alone; below 0: as many as page_rows_max."}
SINCE = record({"offset": OFFSET, "epoch": STRING}, [], closed=False)
USER = {"type": "string", "minLength": 1}
CHANGE = {"data": ANY_JSON, "tags": {**TAGS, "maxProperties": 32}, "idempotency_key": IDEMPOTENCY_ID}
INFO = record({"client": STRING, "user": STRING, "conn_info": ANY_JSON, "chan_info": ANY_JSON}, ["client", "user"])
PUBLICATION = record({"data": ANY_JSON, "offset": OFFSET, "info": INFO, "tags": TAGS, "epoch": STRING}, ["data", "offset"])
ENTRY = record({"key": STRING, "data": ANY_JSON, "tags": TAGS, "offset": OFFSET, "removed": {"const": True},
                "time": {**OFFSET, "description": "Unix time in milliseconds."}}, ["key", "offset", "time"])
NODE = record({"uid": STRING, "name": STRING, "version": STRING, "num_clients": COUNT, "num_users": COUNT, "num_subs": COUNT,
               "num_channels": COUNT, "uptime": COUNT})
NOTHING = record({})

# Method → what it does, its request, what of it must be there, and its result.
METHODS = {
    "publish": ("Publish to a channel", {"channel": CHANNEL, **CHANGE}, ["channel", "data"], POSITION),
    "broadcast": ("Publish to several channels", {"channels": array(CHANNEL, minItems=1, maxItems=1000), **CHANGE}, ["channels", "data"],
                  record({"responses": array({"oneOf": [record({"result": POSITION}), record({"error": ref("ApiError")})]})})),
    "map_publish": ("Set the document of a key", {"channel": CHANNEL, "key": KEY, **CHANGE}, ["channel", "key", "data"], POSITION),
    "map_remove": ("Remove a key", {"channel": CHANNEL, "key": KEY, "idempotency_key": IDEMPOTENCY_ID}, ["channel", "key"], POSITION),
    "map_read_state": ("Read the state", {"channel": CHANNEL, "cursor": STRING, "limit": LIMIT, "key": KEY}, ["channel"],
                       record({"entries": array(ENTRY), "offset": OFFSET, "epoch": EPOCH, "cursor": STRING})),
    "map_read_stream": ("Read the changes of keys",
                        {"channel": CHANNEL, "since_offset": OFFSET, "since_epoch": STRING, "limit": LIMIT, "reverse": BOOLEAN}, ["channel"],
                        record({"entries": array(ENTRY), "offset": OFFSET, "epoch": EPOCH})),
    "history": ("Read publications", {"channel": CHANNEL, "limit": LIMIT, "since": SINCE, "reverse": BOOLEAN}, ["channel"],
                record({"publications": array(PUBLICATION), "offset": OFFSET, "epoch": EPOCH})),
    "presence": ("Who is subscribed", {"channel": CHANNEL}, ["channel"],
                 record({"presence": {"type": "object", "additionalProperties": INFO}})),
    "presence_stats": ("How many are subscribed", {"channel": CHANNEL}, ["channel"], record({"num_clients": COUNT, "num_users": COUNT})),
    "unsubscribe": ("End subscriptions of a user", {"channel": CHANNEL, "user": USER, "client": STRING}, ["channel", "user"], NOTHING),
    "disconnect": ("End connections of a user",
                   {"user": USER, "client": STRING, "disconnect": record({"code": {"enum": [3011, 3503]}, "reason": STRING}, [], closed=False)},
                   ["user"], NOTHING),
    "channels": ("Channels with subscribers", {"pattern": STRING}, [],
                 record({"channels": {"type": "object", "additionalProperties": record({"num_clients": COUNT})}})),
    "info": ("What the server is doing", {}, [], record({"nodes": array(NODE)})),
}

MODE = header("X-Centrifugo-Error-Mode", {"type": "string"}, "`transport`: an error is told by the status.")
ERROR = ref("ApiError")
SAMPLES = {"channel": "sensor:a", "key": "t1", "data": {"celsius": 22}, "user": "ann", "channels": ["sensor:a", "sensor:b"]}


def transport_error(status, description):
    """The same status may be a problem of HTTP, of the credentials or of their rate."""
    return {**answer(description, ERROR), "content": {"application/json": {"schema": ERROR}, "application/problem+json": {"schema": ref("Problem")}}}


TRANSPORT_ERRORS = {status: transport_error(status, "A problem, or in the error mode `transport` what else would be an error with status 200.")
                    for status in (400, 403, 404, 409, 416, 429, 500)}


def request_schema(properties, required):
    return record(properties, required, closed=False)


def path(name, summary, request, answers, example):
    made = operation(f"server_api_{name}", "Server API", summary, {200: answer("The result, or an error.", answers), **TRANSPORT_ERRORS},
                     parameters=[{"$ref": "#/components/parameters/ErrorMode"}],
                     request=body({"application/json": (request, example)}, "What is not known is passed over."))
    return {"post": made}


def paths():
    made = {}
    for name, (summary, properties, required, result) in METHODS.items():
        example = {each: SAMPLES[each] for each in required}
        made[f"/api/{name}"] = path(name, summary, request_schema(properties, required),
                                    {"oneOf": [record({"result": result}), record({"error": ERROR})]}, example)
    command = {"type": "object", "minProperties": 1, "maxProperties": 1,
               "properties": {name: request_schema(each[1], each[2]) for name, each in METHODS.items()}}
    reply = {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": False,
             "properties": {"error": ERROR, **{name: each[3] for name, each in METHODS.items()}}}
    made["/api/batch"] = path(
        "batch", "Several commands", record({"commands": array(command, maxItems=1000), "parallel": BOOLEAN}, ["commands"], closed=False),
        {"oneOf": [record({"replies": array(reply)}), record({"error": ERROR})]},
        {"commands": [{"publish": {"channel": "sensor:a", "data": 1}}, {"presence_stats": {"channel": "sensor:a"}}]})
    return made


PATHS = paths()
PARAMETERS = {"ErrorMode": MODE}
SCHEMAS = {"ApiError": record({"code": {"type": "integer", "minimum": 100, "maximum": 113}, "message": STRING},
                              description="With the codes of the client protocol.")}
