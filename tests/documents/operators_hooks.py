"""What schemathesis asks of the operators' listener (SCHEMATHESIS_HOOKS), with bounds: so that a run ends, and writes nowhere else.

Names that the server gave itself take the place of invented ones now and then; else most paths would answer 404 alone.
TIDEWIRE_ADMIN is the listener, TIDEWIRE_SCRATCH a folder that backups may be made in.
"""

import atexit
import json
import os

import requests
import schemathesis
import serializers  # noqa: F401, registers itself

ADMIN = os.environ["TIDEWIRE_ADMIN"]
SCRATCH = os.environ["TIDEWIRE_SCRATCH"]
PROFILES_MAX = 3  # of each kind; they take a second each
RESTARTS = ["broadcaster", "presence", "quarantine", "reader-0", "gateway", "session-desk", "nobody"]
LISTS = {"/api/v1/sessions/{session}": ("session", "/api/v1/sessions", "session"), "/api/v1/quarantine/{id}": ("id", "/api/v1/quarantine", "id"),
         "/api/v1/quarantine/{id}/replay": ("id", "/api/v1/quarantine", "id")}

answers = {}  # "GET /path" → statuses
exports = []  # those that are held
profiles = {}  # path → how many were made
calls = 0
restarts = iter(RESTARTS)


def takes_a_while(case):
    """One second, and no more of them than are needed to see every answer."""
    given = case.query.get("seconds", 1)
    if not str(given).isdigit() or not 1 <= int(given) <= 120:
        return
    path = case.operation.path
    profiles[path] = profiles.get(path, 0) + 1
    case.query["seconds"] = 1 if profiles[path] <= PROFILES_MAX else 0


def known_name(case):
    path = case.operation.path
    if path == "/api/v1/exports/{id}" and exports:
        case.path_parameters["id"] = exports.pop() if case.operation.method == "delete" else exports[-1]
    if path in LISTS:
        parameter, listing, member = LISTS[path]
        names = [row[member] for row in requests.get(ADMIN + listing, timeout=20).json()["data"] if row[member]]
        if names:
            case.path_parameters[parameter] = names[-1]


@schemathesis.hook
def before_call(context, case, kwargs):
    global calls
    calls += 1
    path, body = case.operation.path, case.body
    if case.method.lower() != case.operation.method:  # one that is not there
        return
    if "seconds" in {each.name for each in case.operation.query}:
        takes_a_while(case)
    if path == "/api/v1/backups" and isinstance(body, dict):
        if str(body.get("directory", "")).startswith("/"):
            case.body = {**body, "directory": f"{SCRATCH}/backups"}
    if path == "/api/v1/tree/restart" and isinstance(body, dict) and isinstance(body.get("id"), str) and "supervisor" not in body:
        case.body = {**body, "id": next(restarts, "nobody")}
    if calls % 2 == 0:
        known_name(case)


@schemathesis.hook
def after_call(context, case, response):
    answers.setdefault(f"{response.request.method} {case.operation.path}", set()).add(response.status_code)
    if case.operation.path == "/api/v1/exports" and response.status_code == 200:
        exports.append(response.json()["id"])


@atexit.register
def tell_answers():
    with open(f"{SCRATCH}/answers.json", "w", encoding="utf-8") as file:
        json.dump({of: sorted(statuses) for of, statuses in answers.items()}, file)
