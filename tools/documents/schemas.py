"""The schemas of the HTTP interface for integrations."""

from parts import ANY_JSON, COUNT, EPOCH, OFFSET, STRING, TAGS, TIME, array, problem_schema, record, ref

KEY = {"type": "string", "minLength": 1, "maxLength": 512, "description": "Of an entity: up to 512 bytes of UTF-8 without control characters."}
IDEMPOTENCY_ID = {"type": "string", "minLength": 1, "maxLength": 1024}
TTL = {"type": "integer", "minimum": 0, "maximum": 315360000}


def page(rows, position=True):
    members = {"data": array(rows), "next_cursor": {"type": ["string", "null"]}, "has_more": {"type": "boolean"}}
    if position:
        members |= {"epoch": EPOCH, "offset": OFFSET}
    return record(members)


def cloud_event():
    text = {"type": "string", "minLength": 1}
    return record(
        {
            "specversion": {"const": "1.0"}, "id": text, "source": {"type": "string", "format": "uri-reference", "minLength": 1},
            "type": text, "subject": {**KEY, "description": "The key of the entity."}, "time": TIME,
            "datacontenttype": {"type": "string", "pattern": r"^application/json$"}, "dataschema": {"type": "string", "format": "uri"},
            "data": ANY_JSON, "data_base64": {"type": "string", "contentEncoding": "base64"},
            "room": {"type": "string", "minLength": 1, "maxLength": 255}, "op": ref("Operation"), "ttl": TTL,
            "ifversion": {"type": ["integer", "string"], "minimum": 0, "maximum": 2147483647, "pattern": "^[0-9]+$"},
        },
        ["specversion", "id", "source", "type"],
        closed=False,
        description="CloudEvents 1.0, structured mode. `source` and `id` make it apply once.",
    )


PUBLICATION = {
    "key": KEY, "op": ref("Operation"), "data": ANY_JSON, "tags": {**TAGS, "maxProperties": 32},
    "if_version": {**OFFSET, "description": "The version that the entity must have; 0: it must not exist."},
    "ttl": {**TTL, "description": "Seconds; 0: never."}, "expires_at": TIME, "idempotency_key": IDEMPOTENCY_ID,
}
ENTITY = {"key": STRING, "version": OFFSET, "offset": OFFSET, "updated_at": TIME, "expires_at": TIME, "tags": TAGS, "data": ANY_JSON}
ENTITY_REQUIRED = ["key", "version", "offset", "updated_at", "tags", "data"]
PROBLEM_TEXTS = {"type": STRING, "title": STRING, "detail": STRING}
FAULTY_OPERATION = {**COUNT, "description": "Of several operations that apply together the one that was refused, from 0."}
STREAMED = {
    "lines": COUNT, "applied": COUNT, "refused": COUNT,
    "acknowledged": {**COUNT, "description": "Every line up to this one is settled: go on behind it."},
    "room": STRING, "epoch": STRING, "offset": OFFSET,
    "errors": array(record({"line": COUNT, **PROBLEM_TEXTS, "status": COUNT}, ["line", "type", "title", "status"])),
}
STREAMED_REQUIRED = ["lines", "applied", "refused", "acknowledged", "errors"]

SCHEMAS = {
    "Problem": problem_schema(),
    "Operation": {"type": "string", "enum": ["merge", "set", "remove", "increment", "patch"]},
    "Publication": record(
        PUBLICATION,
        [],
        description="A change of an entity or, without a key, a publication of the stream alone.",
    ),
    "PublishAnswer": record({"room": STRING, "epoch": STRING, "offset": OFFSET, "version": OFFSET}, ["room", "epoch", "offset"]),
    "Entity": record(ENTITY, ENTITY_REQUIRED),
    "FoundPage": page(record({"room": STRING, **ENTITY}, ["room", *ENTITY_REQUIRED]), position=False),
    "Batch": record({"operations": array(record({"room": {"type": "string", "minLength": 1, "maxLength": 255}, **PUBLICATION}, ["room"]), minItems=1,
                                         maxItems=1000), "atomic": {"type": "boolean", "default": False}}, ["operations"]),
    "BatchAnswer": record({"results": array(record({"status": COUNT, "room": STRING, "epoch": STRING, "offset": OFFSET, "version": OFFSET, **PROBLEM_TEXTS,
                                                    "operation": FAULTY_OPERATION},
                                                   ["status", "room"])), "applied": COUNT, "refused": COUNT}),
    "IngestAnswer": record(STREAMED, STREAMED_REQUIRED),
    "IngestProblem": record({**PROBLEM_TEXTS, "status": COUNT, **STREAMED}, ["type", "title", "status", *STREAMED_REQUIRED]),
    "JsonPatch": array(record({"op": {"type": "string", "enum": ["add", "remove", "replace", "move", "copy", "test"]}, "path": STRING, "from": STRING,
                               "value": ANY_JSON}, ["op", "path"], closed=False), description="RFC 6902."),
    "HistoryRow": record({"offset": OFFSET, "time": TIME, "key": STRING, "data": ANY_JSON, "removed": {"const": True}, "tags": TAGS},
                         ["offset", "time", "tags"], oneOf=[{"required": ["data"]}, {"required": ["removed"]}]),
    "Room": record({"room": STRING, "epoch": STRING, "offset": OFFSET, "entities": COUNT, "subscribers": {**COUNT, "description": "For who may see presence."}},
                   ["room", "epoch", "offset"]),
    "RoomPage": page(ref("Room"), position=False),
    "EntityPage": page(ref("Entity")),
    "HistoryPage": page(ref("HistoryRow")),
    "Presence": record({"data": array(record({"client": STRING, "user": STRING, "conn_info": ANY_JSON}, ["client", "user"]))}),
    "Message": record({"data": ANY_JSON}),
    "Messaged": record({"receivers": COUNT}),
    "CloudEvent": cloud_event(),
}
