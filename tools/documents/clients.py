"""Streams, connections of the client protocol over HTTP, probes, the page and these documents."""

from parts import STRING, answer, body, header, operation, parameter, query, record

EVENTS = "text/event-stream"
TEXT = "text/plain"
COMMANDS = {"type": "string", "description": "Commands of the client protocol, JSON objects separated by newlines (see the AsyncAPI document)."}
CONNECT = {"type": "object", "description": "What would stand in `connect`."}
CF_CONNECT = query("cf_connect", STRING, "The first message of the client, or of uni_sse what would stand in `connect`.")


def probe(name, summary):
    not_ready = answer("It starts or drains.", {"const": "not ready\n"}, TEXT)
    return {"get": operation(name, "Probes", summary, {200: answer("ok", {"const": "ok\n"}, TEXT), 503: not_ready}, guarded=False,
                             parameters=[query("verbose", STRING, "Changes nothing."), query("exclude", STRING, "Changes nothing.")])}


def stream(name, media, methods, first, schema):
    item = {"x-no-head": True}
    for method in methods:
        item[method] = operation(
            f"{name}_{method}", "Client protocol", "Connect without WebSocket", {200: answer("Replies and pushes, until the end.", STRING, media)},
            parameters=[CF_CONNECT] if method == "get" else [], refused=(405, 413, 415),
            request=body({"application/json": (schema, first)}, "The first message of the client.") if method == "post" else None)
        item[method]["security"] = [{}, {"apiKey": []}, {"apiKeyAuthorization": []}]
        item[method]["description"] = "The token is in the command `connect`. " + item[method]["description"]
    return item


def document(name, summary):
    return {"get": operation(name, "Documents", summary, {200: answer("The document.", {"type": "object"}, with_headers=("ETag",)),
                                                          304: answer("If-None-Match names its tag.", with_headers=("ETag",))},
                             parameters=[parameter("IfNoneMatch")], guarded=False, refused=(403,))}


PATHS = {
    "/api/v1/rooms/{room}/stream": {
        "parameters": [parameter("Room")],
        "x-no-head": True,
        "get": operation(
            "stream_room", "Rooms", "One room as server-sent events",
            {200: answer("Events `snapshot`, `message`, `live` and `reset`, until the end.", STRING, EVENTS)},
            parameters=[query("type", {"type": "string", "enum": ["map", "stream"]}, "The state and its changes, or every publication."),
                        query("fields", STRING, "Paths of documents, joined by commas."),
                        query("last_event_id", STRING, "As the header of that name, for the first time."),
                        query("access_token", STRING, "The token, for who cannot set headers."),
                        header("Last-Event-ID", STRING, "All up to there has been told.")],
            refused=(405,)),
    },
    "/connection/websocket": {
        "x-no-head": True,
        "get": operation("websocket", "Client protocol", "The client protocol over WebSocket",
                         {101: answer("Switching protocols; see the AsyncAPI document.")}, refused=(404, 426)),
    },
    "/connection/http_stream": stream("http_stream", "application/x-ndjson", ["post"], '{"id":1,"connect":{}}', COMMANDS),
    "/connection/sse": stream("sse", EVENTS, ["get", "post"], '{"id":1,"connect":{}}', COMMANDS),
    "/connection/uni_sse": stream("uni_sse", EVENTS, ["get", "post"], {}, CONNECT),
    "/emulation": {
        "x-no-head": True,
        "post": operation("emulate", "Client protocol", "A further message of a connection without WebSocket",
                          {204: answer("Taken, or the session is gone; then its stream has ended.")},
                          request=body({"application/json": (record({"session": STRING, "node": STRING, "data": STRING}), None)},
                                       "`session` and `node` are those of the reply to connect, which prove who it is."),
                          refused=(404, 403), guarded=False),
    },
    "/livez": probe("live", "The process lives"),
    "/readyz": probe("ready", "The server serves"),
    "/healthz": probe("healthz", "The server serves (another name)"),
    "/api/v1/health": probe("health", "The server serves (another name)"),
    "/api/v1/openapi.json": document("openapi", "This document"),
    "/api/v1/asyncapi.json": document("asyncapi", "The client protocol, as AsyncAPI 3.0"),
    "/problems/{slug}": {
        "parameters": [{"name": "slug", "in": "path", "required": True, "schema": STRING, "example": "not-found",
                        "description": "Of the type of a problem."}],
        "get": operation("explain_problem", "Documents", "What a type of problem means",
                         {200: answer("For people.", STRING, TEXT)}, guarded=False, refused=(404,)),
    },
    "/": {
        "get": operation("page", "Documents", "The page; so is everything else outside /api",
                         {200: answer("HTML.", STRING, "text/html", with_headers=("ETag",)),
                          304: answer("If-None-Match names its tag.", with_headers=("ETag",))},
                         parameters=[parameter("IfNoneMatch")], guarded=False, refused=(404,)),
    },
}

PARAMETERS = {}
