"""What the paths of both OpenAPI documents have in common: problems, headers, parameters, and operation(), which puts them together."""

import re
from http import HTTPStatus
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PROBLEM = "application/problem+json"
SECURITY = [{"bearer": []}, {"apiKey": []}, {"apiKeyAuthorization": []}]

# What HTTP itself may answer to any request, whatever the path.
HTTP_STATUSES = [400, 408, 417, 431, 501, 505]

STRING = {"type": "string"}
BOOLEAN = {"type": "boolean"}
OFFSET = {"type": "integer", "format": "int64", "minimum": 0}
COUNT = OFFSET
EPOCH = {"type": "string", "description": "Changes only when history was lost; empty before the room's first change."}
TIME = {"type": "string", "format": "date-time"}
ANY_JSON = {"description": "Any JSON value."}
TAGS = {"type": "object", "additionalProperties": {"type": "string"}}


def ref(name):
    return {"$ref": f"#/components/schemas/{name}"}


def record(properties, required=None, closed=True, **more):
    """An object; all of its members are required unless said otherwise."""
    made = {"type": "object", "properties": properties, "required": list(properties if required is None else required)}
    if closed:
        made["additionalProperties"] = False
    return {**made, **more}


def array(items, **more):
    return {"type": "array", "items": items, **more}


def problem_slugs():
    """The slugs of the table of errors, by status."""
    rows = re.findall(r'errc_row\{errc::\w+, "([\w-]+)", \d+, "[^"]*", \w+, (\d+)', (ROOT / "schemas/errc.cpp").read_text("utf-8"))
    by_status = {}
    for slug, status in rows:
        by_status.setdefault(int(status), []).append(slug)
    return by_status


def problem_schema():
    slugs = sorted({slug for of_status in problem_slugs().values() for slug in of_status})
    return record(
        {
            "type": {"type": "string", "enum": ["about:blank", *(f"/problems/{slug}" for slug in slugs)],
                     "description": "GET answers with a page that explains it; about:blank: the status says it all."},
            "title": STRING,
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string", "description": "What exactly is wrong; of a body it begins with a JSON pointer."},
            "operation": {"type": "integer", "minimum": 0, "description": "Of several operations that apply together the one that was refused, from 0."},
        },
        ["type", "title", "status"],
        description="Problem details (RFC 9457).",
    )


HEADERS = {
    "RequestId": {"description": "The X-Request-Id of the request, or a new one.", "schema": {"type": "string", "maxLength": 128}},
    "RetryAfter": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 0}},
    "RateLimitPolicy": {"description": 'Where a rate limit is configured: "caller";q=100;w=60.', "schema": STRING},
    "RateLimit": {"description": 'How it stands: "caller";r=99;t=1.', "schema": STRING},
    "ETag": {"description": 'Of an entity "epoch:version".', "schema": STRING},
    "Allow": {"description": "The methods that the path takes.", "schema": STRING},
    "WwwAuthenticate": {"description": "Bearer.", "schema": STRING},
    "AcceptPatch": {"description": "The patch formats that are understood.", "schema": STRING},
}
HEADER_NAMES = {"RequestId": "X-Request-Id", "RetryAfter": "Retry-After", "RateLimitPolicy": "RateLimit-Policy", "RateLimit": "RateLimit",
                "WwwAuthenticate": "WWW-Authenticate", "AcceptPatch": "Accept-Patch"}


def headers(*names):
    return {HEADER_NAMES.get(name, name): {"$ref": f"#/components/headers/{name}"} for name in ("RequestId", *names)}


RATES = ("RateLimitPolicy", "RateLimit")
PROBLEM_HEADERS = {401: ("WwwAuthenticate",), 405: ("Allow",), 429: ("RetryAfter", *RATES), 503: ("RetryAfter",)}
HTTP_ALONE = {408: "the request did not arrive in time", 417: "an expectation that is not understood", 426: "another version of WebSocket",
              431: "the head is longer than http_header_bytes_max", 501: "a Transfer-Encoding or method that is not understood",
              505: "another version of HTTP"}


def problem_responses():
    """Each status with the problems that it may mean."""
    slugs = problem_slugs()
    made = {}
    for status in sorted({*slugs, *HTTP_ALONE}):
        types = [f"/problems/{slug}" for slug in slugs.get(status, [])]
        text = f"{HTTPStatus(status).phrase}: " + (", ".join(types) if types else HTTP_ALONE[status]) + "."
        made[f"Problem{status}"] = {
            "description": text,
            "headers": headers(*PROBLEM_HEADERS.get(status, ())),
            "content": {PROBLEM: {"schema": ref("Problem")}},
        }
    return made


def problems(*statuses):
    return {str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in sorted({*statuses, *HTTP_STATUSES})}


def answer(description, schema=None, media="application/json", with_headers=(), example=None):
    made = {"description": description, "headers": headers(*with_headers)}
    if schema is not None:
        content = {"schema": schema}
        if example is not None:
            content["example"] = example
        made["content"] = {media: content}
    return made


def query(name, schema, description):
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}


def header(name, schema, description):
    return {"name": name, "in": "header", "required": False, "schema": schema, "description": description}


def path_parameter(name, description, example, pattern=None):
    schema = {"type": "string", "minLength": 1, "maxLength": 255}
    if pattern:
        schema["pattern"] = pattern
    return {"name": name, "in": "path", "required": True, "schema": schema, "description": description, "example": example}


def parameter(name):
    return {"$ref": f"#/components/parameters/{name}"}


REQUEST_ID = header("X-Request-Id", {"type": "string", "maxLength": 128, "pattern": r"^[A-Za-z0-9._~:/+=@-]{1,128}$"},
                    "A name for this request, which the answer repeats. Any other text is replaced by a new name.")


def body(content, description):
    return {"required": True, "description": description,
            "content": {media: {"schema": schema, **({"example": example} if example is not None else {})}
                        for media, (schema, example) in content.items()}}


def operation(name, tag, summary, answers, *, parameters=(), request=None, refused=(), guarded=True, description=None, busy=(429, 503)):
    """`answers`: status → response; `refused`: the statuses of problems besides those of HTTP itself; `busy`: those of a loaded server."""
    statuses = {*refused, *busy} | ({401, 403} if guarded else set())
    made = {"operationId": name, "tags": [tag], "summary": summary, "description": description or f"{summary}.",
            "parameters": [*parameters, parameter("RequestId")],
            "responses": {**{str(status): each for status, each in answers.items()},
                          **{status: each for status, each in problems(*statuses).items() if int(status) not in answers}},
            "security": SECURITY if guarded else []}
    if request is not None:
        made["requestBody"] = request
        made["responses"].update({s: r for s, r in problems(413).items() if s not in made["responses"]})
    made["responses"] = dict(sorted(made["responses"].items()))
    return made


def add_common_methods(paths, guarded_options=False):
    """HEAD where there is GET, unless `x-no-head` is there, and OPTIONS everywhere, unless `x-no-options` is.

    `guarded_options`: it needs the credentials of the other methods, and pages of other origins never get that far.
    """
    for item in paths.values():
        no_head, no_options = item.pop("x-no-head", False), item.pop("x-no-options", False)
        get = item.get("get")
        if get and not no_head:
            bare = {status: {key: value for key, value in each.items() if key != "content"} if "$ref" not in each else each
                    for status, each in get["responses"].items()}
            item["head"] = {**get, "operationId": f"head_{get['operationId']}", "summary": f"{get['summary']}: the head alone",
                            "description": "As GET, without the body.", "responses": bare}
        if no_options:
            continue
        first = next(each for key, each in item.items() if key != "parameters")
        security = first["security"] if guarded_options else []
        item["options"] = {
            "operationId": f"options_{first['operationId']}", "tags": first["tags"], "summary": "The methods of this path",
            "description": "The methods, in `Allow`." if guarded_options else "Also answers the preflight requests of pages (CORS).",
            "security": security, "parameters": [parameter("RequestId")],
            "responses": dict(sorted({"204": answer("The methods.", with_headers=("Allow",)),
                                      **problems(403, 503, *([401] if security else []), *([] if guarded_options else [429]))}.items())),
        }
