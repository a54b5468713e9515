"""AsyncAPI 3.0 of the client protocol over WebSocket: what clients send (commands), and what they are told (replies and pushes)."""

from parts import ANY_JSON, BOOLEAN, COUNT, OFFSET, STRING, TAGS, array, record

ID = {"type": "integer", "minimum": 1, "maximum": 4294967295, "description": "Chosen by the client; the reply has it too."}
CHANNEL = {"type": "string", "minLength": 1, "maxLength": 255}
NUMBER = {"type": "integer", "minimum": 1, "description": "Of the channel, where channel compaction was granted."}
TRUE = {"const": True}
SECONDS = {"type": "integer", "minimum": 1}


def schema_ref(name):
    return {"$ref": f"#/components/schemas/{name}"}


POSITION = record({"recover": BOOLEAN, "offset": OFFSET, "epoch": STRING}, [], closed=False)
INFO = record({"client": STRING, "user": STRING, "conn_info": ANY_JSON, "chan_info": ANY_JSON}, ["client", "user"])
PUBLICATION = record({"data": {"description": "Any JSON; with `delta` granted a string: the document's text, or a Fossil delta."},
                      "offset": OFFSET, "info": schema_ref("ClientInfo"), "key": STRING, "removed": TRUE, "tags": TAGS, "epoch": STRING,
                      "delta": TRUE}, [])
ROW = record({"data": ANY_JSON, "offset": OFFSET, "key": STRING, "tags": TAGS, "info": ANY_JSON}, ["key"])
SUBSCRIPTION = record(
    {"type": {"enum": [1, 2, 3]}, "phase": {"enum": [0, 1, 2]}, "cursor": STRING, "expires": TRUE, "ttl": SECONDS, "positioned": TRUE,
     "recoverable": TRUE, "epoch": STRING, "offset": OFFSET, "was_recovering": TRUE, "recovered": TRUE,
     "publications": array(schema_ref("Publication")), "state": array(schema_ref("Row")), "delta": TRUE, "id": NUMBER,
     "publish_debounce": COUNT, "data": ANY_JSON}, [])
REFRESHED = {"expires": TRUE, "ttl": SECONDS}

# Command → the request, what of it must be there, its result. None: it has no reply.
COMMANDS = {
    "connect": ({"token": STRING, "data": ANY_JSON, "name": STRING, "version": STRING, "headers": {"type": "object"},
                 "subs": {"type": "object", "additionalProperties": POSITION}}, [],
                record({"client": STRING, "version": STRING, "expires": TRUE, "ttl": SECONDS, "data": ANY_JSON,
                        "subs": {"type": "object", "additionalProperties": schema_ref("Subscription")}, "ping": SECONDS, "pong": TRUE,
                        "session": STRING, "node": STRING}, ["client"])),
    "subscribe": ({"channel": CHANNEL, "token": STRING, "data": record({"fields": array(STRING), "max_rate": {"type": "number"},
                                                                       "slow": {"enum": ["conflate", "resync", "disconnect"]}}, []),
                   "recover": BOOLEAN, "epoch": STRING, "offset": OFFSET, "positioned": BOOLEAN, "recoverable": BOOLEAN, "join_leave": BOOLEAN,
                   "delta": {"enum": ["", "fossil"]}, "tf": {"type": "object", "description": "A filter over tags."}, "flag": COUNT,
                   "type": {"enum": [0, 1, 2, 3]}, "phase": {"enum": [0, 1, 2]}, "cursor": STRING, "limit": COUNT}, ["channel"],
                  schema_ref("Subscription")),
    "unsubscribe": ({"channel": CHANNEL}, ["channel"], record({})),
    "publish": ({"channel": CHANNEL, "data": ANY_JSON, "type": {"enum": [0, 1]}, "key": STRING, "removed": BOOLEAN}, ["channel"], record({})),
    "presence": ({"channel": CHANNEL}, ["channel"], record({"presence": {"type": "object", "additionalProperties": schema_ref("ClientInfo")}})),
    "presence_stats": ({"channel": CHANNEL}, ["channel"], record({"num_clients": COUNT, "num_users": COUNT})),
    "history": ({"channel": CHANNEL, "limit": {"type": "integer"}, "since": record({"offset": OFFSET, "epoch": STRING}, []), "reverse": BOOLEAN},
                ["channel"], record({"publications": array(schema_ref("Publication")), "epoch": STRING, "offset": OFFSET}, ["offset"])),
    "rpc": ({"method": STRING, "data": ANY_JSON}, [], None),
    "send": ({"data": ANY_JSON}, [], None),
    "refresh": ({"token": STRING}, ["token"], record({"client": STRING, "version": STRING, **REFRESHED}, [])),
    "sub_refresh": ({"channel": CHANNEL, "token": STRING}, ["channel", "token"], record(REFRESHED, [])),
    "ping": ({}, [], record({})),
}
NOTES = {"rpc": "Is answered with error 108: nothing here is called.", "send": "Is taken and dropped; it has no id and no reply.",
         "ping": "Is answered with an empty result.", "connect": "The first command of a connection."}
WITHOUT_REPLY = {"send"}

NAMED = {"oneOf": [{"required": ["channel"]}, {"required": ["id"]}]}
PUSHES = {
    "publication": ("A publication", {"channel": CHANNEL, "id": NUMBER, "pub": schema_ref("Publication")}, ["pub"], NAMED),
    "join": ("Somebody has subscribed", {"channel": CHANNEL, "id": NUMBER, "join": record({"info": schema_ref("ClientInfo")})}, ["join"], NAMED),
    "leave": ("Somebody is subscribed no more", {"channel": CHANNEL, "id": NUMBER, "leave": record({"info": schema_ref("ClientInfo")})}, ["leave"],
              NAMED),
    "unsubscribed": ("The server has ended a subscription: 2000 for good, 2500 and 2501 come back",
                     {"channel": CHANNEL, "unsubscribe": record({"code": {"enum": [2000, 2500, 2501]}, "reason": STRING}, ["code"])},
                     ["channel", "unsubscribe"], {}),
    "message": ("A message that is not kept", {"message": record({"data": ANY_JSON}, [])}, ["message"], {}),
    "disconnected": ("The last push where no close frame says it", {"disconnect": record({"code": COUNT, "reason": STRING})}, ["disconnect"], {}),
}


def message(name, title, payload, description=None):
    return {"name": name, "title": title, "summary": title, "description": description or f"{title}.", "contentType": "application/json",
            "payload": payload}


def messages():
    made = {}
    for name, (properties, required, result) in COMMANDS.items():
        members = {"id": ID, name: record(properties, required, closed=False)}
        made[f"{name}_command"] = message(f"{name}_command", f"Command {name}", record(members, [name] if name in WITHOUT_REPLY else None),
                                          NOTES.get(name))
        if result is not None:
            made[f"{name}_reply"] = message(f"{name}_reply", f"Reply to {name}", record({"id": ID, name: result}))
    error = record({"code": {"type": "integer", "minimum": 100, "maximum": 113}, "message": STRING, "temporary": TRUE}, ["code", "message"])
    made["error_reply"] = message("error_reply", "Refusal of a command", record({"id": ID, "error": error}))
    for name, (title, properties, required, more) in PUSHES.items():
        made[f"{name}_push"] = message(f"{name}_push", title, record({"push": {**record(properties, required), **more}}))
    made["ping"] = message("ping", "Sign of life", record({}), "The empty object; where `pong` was granted, the client answers with the same.")
    made["pong"] = message("pong", "Answer to a ping", record({}))
    return made


def operations(all_messages):
    in_channel = "#/channels/connection/messages/"
    made = {}
    for name, (_, _, result) in COMMANDS.items():
        each = {"action": "receive", "channel": {"$ref": "#/channels/connection"}, "title": f"Command {name}", "summary": f"A client sends {name}.",
                "description": NOTES.get(name, f"The command {name}."), "messages": [{"$ref": f"{in_channel}{name}_command"}]}
        if name not in WITHOUT_REPLY:
            replies = ([f"{name}_reply"] if result is not None else []) + ["error_reply"]
            each["reply"] = {"channel": {"$ref": "#/channels/connection"}, "messages": [{"$ref": in_channel + reply} for reply in replies]}
        made[name] = each
    pushed = [name for name in all_messages if name.endswith("_push")]
    made["push"] = {"action": "send", "channel": {"$ref": "#/channels/connection"}, "title": "Pushes", "summary": "The server tells what happens.",
                    "description": "Several may come in one message of WebSocket, separated by newlines.",
                    "messages": [{"$ref": in_channel + name} for name in pushed]}
    made["ask_for_life"] = {"action": "send", "channel": {"$ref": "#/channels/connection"}, "title": "Ping", "summary": "The server pings.",
                            "description": "Every ping_interval_s.", "messages": [{"$ref": f"{in_channel}ping"}],
                            "reply": {"channel": {"$ref": "#/channels/connection"}, "messages": [{"$ref": f"{in_channel}pong"}]}}
    return made


def document(info):
    all_messages = messages()
    return {
        "asyncapi": "3.0.0",
        "id": "urn:tidewire:client-protocol",
        "info": {**info, "tags": [{"name": "client protocol"}]},
        "defaultContentType": "application/json",
        "servers": {"public": {"host": "127.0.0.1:8000", "protocol": "ws", "description": "As it listens by default.",
                               "security": [{"$ref": "#/components/securitySchemes/apiKey"}]},
                    "operators": {"host": "127.0.0.1:8001", "protocol": "ws", "description": "For operators, by default; the token of the command connect is "
                                  "theirs, where the server wants one. Nobody publishes here. $sys:overview, $sys:tree and $sys:log are here alone."}},
        "channels": {
            "connection": {
                "address": "/connection/websocket", "title": "A connection",
                "description": "A message of WebSocket holds one or more JSON objects, separated by newlines, both ways; with the subprotocol "
                               "tidewire.msgpack.v1 the same objects as MessagePack. The same messages go over /connection/http_stream and "
                               "/connection/sse, with /emulation.",
                "servers": [{"$ref": "#/servers/public"}, {"$ref": "#/servers/operators"}],
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in all_messages},
            }
        },
        "operations": operations(all_messages),
        "components": {
            "messages": all_messages,
            "schemas": {"ClientInfo": INFO, "Publication": PUBLICATION, "Row": ROW, "Subscription": SUBSCRIPTION},
            "securitySchemes": {"apiKey": {"type": "httpApiKey", "name": "X-API-Key", "in": "header",
                                           "description": "Or a token in the command connect; with --dev neither."}},
        },
    }
