"""/api/v1/rooms…, /api/v1/entities, /api/v1/events, /api/v1/batch and /api/v1/ingest: what integrations publish and read."""

from parts import OFFSET, PROBLEM_HEADERS, STRING, answer, array, body, header, operation, parameter, path_parameter, query, ref

CHANGED = (404, 409, 412, 413, 415, 422, 500)
LIMIT = query("limit", {"type": "integer", "minimum": 1, "maximum": 1000}, "Rows of the page; page_rows_default if absent.")
CURSOR = query("cursor", STRING, "next_cursor of the page before.")
AT = query("at", STRING, "An earlier moment: an offset of the room, or a time (RFC 3339). Needs the permission `history` as well.")

FIELDS = query("fields", {"type": "string", "pattern": r"^[^.,]+(\.[^.,]+)*(,[^.,]+(\.[^.,]+)*)*$"},
               "Shows these parts of documents alone: paths of member names joined by dots, with commas between them.")
FILTERS = [query(name, STRING, f"Entities whose document has this text as its member `{name}`. Not together with `at`.")
           for name in ("type", "source", "state")]

PARAMETERS = {
    "Room": path_parameter("room", "Name of the room, percent-encoded; no pattern.", "sensor:a", r"^[^*\u0000-\u001f\u007f-\u009f]+$"),
    "Key": path_parameter("key", "Key of the entity, percent-encoded.", "t1", r"^[^\u0000-\u001f\u007f-\u009f]+$"),
    "IdempotencyKey": header("Idempotency-Key", STRING, 'Applies the request once: a string in quotes (RFC 8941), or the same without.'),
    "IfMatch": header("If-Match", STRING, "Entity tags, or *."),
    "IfNoneMatch": header("If-None-Match", STRING, "Of a change *: the entity must not exist. Of GET the tags that the client has."),
    "Ttl": query("ttl", {"type": "integer", "minimum": 0, "maximum": 315360000}, "Seconds after which the entity is removed; 0: never."),
}

PUBLISHED = {"oneOf": [ref("PublishAnswer"), array(ref("PublishAnswer"))]}
EXAMPLE_ANSWER = {"room": "sensor:a", "epoch": "b57fef1cd37e644f", "offset": 1, "version": 1}
EXAMPLE_EVENT = {"specversion": "1.0", "id": "1", "source": "/gateway/7", "type": "reading", "room": "sensor:a", "subject": "t1",
                 "data": {"celsius": 22}}
CLOUD_EVENTS = {
    "application/cloudevents+json": (ref("CloudEvent"), EXAMPLE_EVENT),
    "application/cloudevents-batch+json": (array(ref("CloudEvent"), maxItems=1000), [EXAMPLE_EVENT]),
}
LINES = {"application/x-ndjson": ({"type": "string", "description": "A publication in each line, which may name its `room`."},
                                  '{"key":"t1","data":{"celsius":22}}\n{"key":"t2","data":{"celsius":19}}\n')}
PLAIN = {"application/json": ({"oneOf": [ref("Publication"), array(ref("Publication"), minItems=1, maxItems=1000)]},
                              {"key": "t1", "data": {"celsius": 22}})}


STREAM_ENDS = (401, 403, 408, 429, 500, 503)


def published(description="After the commit; an array for an array.", *others):
    return answer(description, {"anyOf": [PUBLISHED, *others]} if others else PUBLISHED, with_headers=("ETag",), example=EXAMPLE_ANSWER)


def streamed():
    """What a stream of changes is answered that was cut off: a problem, and how far it came."""
    return {status: answer("The stream ended early: what is not a line's fault.", {"anyOf": [ref("Problem"), ref("IngestProblem")]},
                           "application/problem+json", PROBLEM_HEADERS.get(status, ())) for status in STREAM_ENDS}


def one_published(description):
    return answer(description, ref("PublishAnswer"), with_headers=("ETag",), example=EXAMPLE_ANSWER)


def change_parameters(*more):
    return [*more, parameter("IfMatch"), parameter("IfNoneMatch"), parameter("IdempotencyKey")]


PATHS = {
    "/api/v1/events": {
        "post": operation("publish_events", "Publishing", "Publish CloudEvents that name their room", {200: published()},
                          parameters=[parameter("IdempotencyKey")], request=body(CLOUD_EVENTS, "All events of a request name the same room."),
                          refused=CHANGED),
    },
    "/api/v1/batch": {
        "post": operation("publish_batch", "Publishing", "Many operations over many rooms, each with its own result",
                          {200: answer("What became of each, in their order.", ref("BatchAnswer"))}, parameters=[parameter("IdempotencyKey")],
                          request=body({"application/json": (ref("Batch"), {"operations": [{"room": "sensor:a", "key": "t1", "data": {"celsius": 23}}]})},
                                       "With `atomic` the operations of one room apply all together or not at all; `Idempotency-Key` needs that."),
                          refused=CHANGED),
    },
    "/api/v1/ingest": {
        "post": operation("ingest", "Publishing", "A stream of changes, one in each line", {200: answer("How it went.", ref("IngestAnswer")), **streamed()},
                          request=body(LINES, "Each line names its `room`. Of any length: the sender is held back by TCP."),
                          refused=(409, 412, 415, 422)),
    },
    "/api/v1/entities": {
        "get": operation("find_entities", "Entities", "Entities of all rooms, by the index", {200: answer("A page.", ref("FoundPage"))},
                         parameters=[*FILTERS, CURSOR, LIMIT, FIELDS], refused=(422, 500),
                         description="At least one of `type`, `source` and `state` is needed. Entities of rooms that may not be read are left out, and so many "
                                     "are looked at for a page: it may have fewer rows than `limit`."),
    },
    "/api/v1/rooms": {
        "get": operation("list_rooms", "Rooms", "Rooms in the order of their names",
                         {200: answer("A page.", ref("RoomPage"))},
                         parameters=[query("prefix", STRING, "What the names begin with."), CURSOR, LIMIT], refused=(500,),
                         description="Rooms that may not be read are left out, so a page may have fewer rows than `limit`."),
    },
    "/api/v1/rooms/{room}": {
        "parameters": [parameter("Room")],
        "get": operation("read_room", "Rooms", "Where one room stands, and how many clients watch it",
                         {200: answer("The room.", ref("Room"))}, refused=(404, 500)),
    },
    "/api/v1/rooms/{room}/events": {
        "parameters": [parameter("Room")],
        "post": operation("publish", "Publishing", "Change a room: all of the request, or none",
                          {200: published("After the commit; an array for an array; for a stream of changes how it went.", ref("IngestAnswer")), **streamed()},
                          parameters=[parameter("IdempotencyKey")],
                          request=body(PLAIN | CLOUD_EVENTS | LINES, "Publications, CloudEvents, or a stream of changes. With headers `ce-…` and any other "
                                       "content type the request is one CloudEvent in binary mode: each header an attribute, the body its data."),
                          refused=CHANGED),
    },
    "/api/v1/rooms/{room}/entities": {
        "parameters": [parameter("Room")],
        "get": operation("list_entities", "Entities", "The state of a room, in the order of keys",
                         {200: answer("A page.", ref("EntityPage"))}, parameters=[CURSOR, LIMIT, AT, FIELDS, *FILTERS], refused=(404, 410, 422, 500)),
    },
    "/api/v1/rooms/{room}/entities/{key}": {
        "parameters": [parameter("Room"), parameter("Key")],
        "get": operation("read_entity", "Entities", "One entity",
                         {200: answer("The entity.", ref("Entity"), with_headers=("ETag",)),
                          304: answer("If-None-Match names its tag.", with_headers=("ETag",))},
                         parameters=[parameter("IfNoneMatch"), AT, FIELDS], refused=(404, 410, 422, 500)),
        "put": operation("set_entity", "Entities", "Set the document of an entity",
                         {200: one_published("It was there."), 201: one_published("It was created.")},
                         parameters=change_parameters(parameter("Ttl")),
                         request=body({"application/json": ({"description": "Any JSON."}, {"celsius": 22})}, "The document."), refused=CHANGED),
        "patch": operation("patch_entity", "Entities", "Patch the document of an entity",
                           {200: one_published("A merge patch creates a missing entity; for a JSON patch it is 404."),
                            415: answer("Not a patch format of Accept-Patch.", ref("Problem"), "application/problem+json", ("AcceptPatch",))},
                           parameters=change_parameters(parameter("Ttl")),
                           request=body({"application/merge-patch+json": ({"description": "A merge patch (RFC 7396)."}, {"celsius": 23}),
                                         "application/json-patch+json": (ref("JsonPatch"), [{"op": "replace", "path": "/celsius", "value": 23}])},
                                        "The patch."), refused=CHANGED),
        "delete": operation("remove_entity", "Entities", "Remove an entity", {200: one_published("Also when there was none.")},
                            parameters=change_parameters(), refused=CHANGED),
    },
    "/api/v1/rooms/{room}/history": {
        "parameters": [parameter("Room")],
        "get": operation("read_history", "Rooms", "Publications in the order of offsets", {200: answer("A page.", ref("HistoryPage"))},
                         parameters=[query("since", OFFSET, "Leaves out offsets up to it, in reverse from it on. Excludes `cursor`."), CURSOR,
                                     LIMIT, query("reverse", {"type": "boolean"}, "The newest first."), FIELDS], refused=(500,)),
    },
    "/api/v1/rooms/{room}/presence": {
        "parameters": [parameter("Room")],
        "get": operation("read_presence", "Rooms", "The clients that are subscribed now",
                         {200: answer("All of them.", ref("Presence"))}, refused=(404,)),
    },
    "/api/v1/rooms/{room}/messages": {
        "parameters": [parameter("Room")],
        "post": operation("send_message", "Publishing", "Tell a message to who is subscribed now",
                          {200: answer("To so many it was handed.", ref("Messaged"))},
                          request=body({"application/json": (ref("Message"), {"data": {"typing": True}})}, "It is not kept."), refused=(415,)),
    },
}
