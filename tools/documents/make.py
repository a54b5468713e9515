#!/usr/bin/env python3
"""Writes the documents of the interfaces: make.py FOLDER.

api/v1/openapi.json   OpenAPI 3.1 of the public listener
api/v1/asyncapi.json  AsyncAPI 3.0 of the client protocol
admin/openapi.json    OpenAPI 3.1 of the operators' listener, which serves it as /api/v1/openapi.json

A group of paths has a file of its own: PATHS, and where it has any SCHEMAS and PARAMETERS. Add a path there, in the form of its neighbours.
"""

import json
import sys
from pathlib import Path

import admin
import clients
import protocol
import rooms
import schemas
import server_api
from parts import HEADERS, REQUEST_ID, ROOT, add_common_methods, problem_responses

GROUPS = [rooms, server_api, clients]
TAGS = {
    "Publishing": "Changes of rooms.",
    "Rooms": "Where rooms stand, and what happened in them.",
    "Entities": "The state of rooms.",
    "Server API": "The subset of Centrifugo's HTTP server API.",
    "Client protocol": "The ways in for clients; AsyncAPI describes what is said there.",
    "Probes": "For whoever starts and stops the server.",
    "Documents": "This description, its counterpart, the page, and what problems mean.",
    "Operators": "The admin listener.",
}


def version():
    for line in (ROOT / "CMakeLists.txt").read_text("utf-8").splitlines():
        if "VERSION" in line and "project(" in line:
            return line.split("VERSION", 1)[1].split()[0].strip(")")
    raise SystemExit("no version in CMakeLists.txt")


def info(title, description):
    return {"title": title, "version": version(), "description": description, "contact": {"name": "Tidewire"}}


PUBLIC_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "A JSON Web Token; docs/security.md says which."},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "An API key."},
    "apiKeyAuthorization": {"type": "apiKey", "in": "header", "name": "Authorization", "description": "An API key: `apikey KEY`."},
}


def openapi(title, description, groups, server, schemes, guarded_options=False):
    paths, components = {}, {"schemas": dict(schemas.SCHEMAS), "parameters": {"RequestId": REQUEST_ID}}
    for group in groups:
        paths |= group.PATHS
        components["schemas"] |= getattr(group, "SCHEMAS", {})
        components["parameters"] |= getattr(group, "PARAMETERS", {})
    add_common_methods(paths, guarded_options)
    components["headers"] = dict(HEADERS)
    components["responses"] = problem_responses()
    components["securitySchemes"] = schemes
    used = {tag for item in paths.values() for each in item.values() if isinstance(each, dict) for tag in each["tags"]}
    return unused_dropped({
        "openapi": "3.1.0",
        "info": info(title, description),
        "servers": [{"url": server, "description": "As it listens by default."}],
        "tags": [{"name": name, "description": text} for name, text in sorted(TAGS.items()) if name in used],
        "paths": paths,
        "components": components,
    })


def unused_dropped(document):
    """Components that nothing refers to would only be in the way."""
    while True:
        text = json.dumps(document)
        gone = [(kind, name) for kind, all_of in document["components"].items() if kind != "securitySchemes"
                for name in all_of if f'"#/components/{kind}/{name}"' not in text]
        for kind, name in gone:
            del document["components"][kind][name]
        if not gone:
            return {**document, "components": {kind: each for kind, each in document["components"].items() if each}}


def main():
    folder = Path(sys.argv[1])
    documents = {
        "api/v1/openapi.json": openapi("Tidewire", "Publish to rooms, read their state and history. docs/http.md explains it.", GROUPS,
                                       "http://127.0.0.1:8000", PUBLIC_SCHEMES),
        "api/v1/asyncapi.json": protocol.document(info("Tidewire client protocol", "The Centrifuge client protocol v2, as far as it is served "
                                                       "(docs/client-protocol.md). A channel is a room.")),
        "admin/openapi.json": openapi("Tidewire, for operators", "The admin listener. Without admin_token_hash it asks for no credentials: keep it on loopback.",
                                      [admin], "http://127.0.0.1:8001", admin.SECURITY_SCHEMES, guarded_options=True),
    }
    for name, document in documents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")


if __name__ == "__main__":
    main()
