#!/usr/bin/env python3
"""make.py: writes the Grafana dashboard, tidewire.json, beside itself; make.py --check fails if the file is not what would be written.

A panel is a line here: title, unit, and the queries with their legends. Rows are filled from left to right.
"""

import json
import pathlib
import sys

OUT = pathlib.Path(__file__).with_name("tidewire.json")
WIDTH = 24
JOB = 'job="$job",instance=~"$instance"'


def rate(metric, by="", **labels):
    """Per second, summed over what `by` does not name; of a label _not=… all values but that."""
    chosen = "".join(f',{name}="{value}"' for name, value in labels.items())
    return f"sum by ({by or 'instance'}) (rate({metric}{{{JOB}{chosen}}}[$__rate_interval]))"


def quantile(q, histogram, by=""):
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({q}, sum by ({labels}) (rate({histogram}_bucket{{{JOB}}}[$__rate_interval])))"


def now(metric):
    return f"{metric}{{{JOB}}}"


def hits(level):
    """Of the reads that came to this level, those that found what they wanted there."""
    at = f'cache_operations_total{{{JOB},level="{level}"'
    return f'sum by (type) (rate({at},result="hit"}}[$__rate_interval])) / sum by (type) (rate({at}}}[$__rate_interval]))'


def each(*quantiles, histogram, by=""):
    return [(quantile(q, histogram, by), f"p{q * 100:g}" + (f" {{{{{by}}}}}" if by else "")) for q in quantiles]


# Row: its panels as (kind, title, unit, width, [(query, legend)], notes).
ROWS = {
    "At a glance": [
        ("stat", "Up", "bool_on_off", 3, [(f'up{{{JOB}}}', "{{instance}}")], "The operators' listener answers."),
        ("stat", "Ready", "bool_yes_no", 3, [(now("server_ready"), "{{instance}}")], "False while it starts and while it drains."),
        ("stat", "Clients", "short", 3, [(now("websocket_connections_active"), "{{instance}}")], ""),
        ("stat", "Rooms in memory", "short", 3, [(now("rooms_active"), "{{instance}}")], ""),
        ("stat", "Publications", "ops", 3, [(rate("rooms_publications_total"), "{{instance}}")], ""),
        ("stat", "Deliveries", "ops", 3, [(rate("deliveries_total"), "{{instance}}")], ""),
        ("stat", "Slow clients", "short", 3, [(now("slow_clients"), "{{instance}}")], "They miss something at this moment."),
        ("stat", "Running for", "s", 3, [(f"time() - {now('process_start_time_seconds')}", "{{instance}}")], ""),
    ],
    "HTTP": [
        ("graph", "Requests by status", "reqps", 8, [(rate("http_requests_total", "status"), "{{status}}")], ""),
        ("graph", "Requests by endpoint", "reqps", 8, [(rate("http_requests_total", "method, endpoint"), "{{method}} {{endpoint}}")], ""),
        (
            "graph", "Duration", "s", 8,
            each(0.5, 0.95, 0.99, histogram="http_request_duration_seconds"),
            "Changes are answered after their commit.",
        ),
    ],
    "Clients": [
        (
            "graph", "Connections", "short", 6,
            [(now("websocket_connections_active"), "now"), (rate("websocket_connections_total"), "new a second")],
            "",
        ),
        (
            "graph", "Publications and deliveries", "ops", 6,
            [(rate("rooms_publications_total"), "publications"), (rate("deliveries_total"), "deliveries")],
            "",
        ),
        (
            "graph", "Slow clients", "short", 6,
            [(now("slow_clients"), "behind now"), (rate("slow_clients_disconnected_total"), "disconnected a second")],
            "",
        ),
        (
            "graph", "What slow clients missed", "ops", 6,
            [
                (rate("deliveries_missed_total"), "conflated"),
                (rate("deliveries_resumed_total"), "resumed"),
                (rate("deliveries_resynchronised_total"), "began again"),
            ],
            "",
        ),
        (
            "graph", "Waiting to be sent", "bytes", 8,
            [(now("outbox_queued_bytes"), "{{instance}}")],
            "Frames that peers have not taken yet.",
        ),
        ("graph", "Refused where clients come in", "ops", 8, [(rate("access_refused_total", "reason"), "{{reason}}")], ""),
        (
            "graph", "Limits that bite", "ops", 8,
            [(rate("limit_exceeded_total", "limit"), "{{limit}}")],
            "docs/configuration.md says what each bounds.",
        ),
    ],
    "Actors": [
        ("graph", "Alive", "short", 8, [(f"sum by (kind) ({now('actors_alive')})", "{{kind}}")], ""),
        ("graph", "Messages", "ops", 8, [(rate("actor_messages_total", "kind"), "{{kind}}")], ""),
        ("graph", "Handler time, p99", "s", 8, each(0.99, histogram="actor_handler_seconds", by="kind"), ""),
        (
            "graph", "CPU by kind", "percentunit", 8,
            [(rate("actor_handler_seconds_sum", "kind"), "{{kind}}")],
            "Seconds in handlers for each second.",
        ),
        (
            "graph", "Restarts and crashes", "ops", 8,
            [
                (rate("actor_restarts_total", "supervisor"), "restarts below {{supervisor}}"),
                (rate("actor_crashes_total", "kind"), "crashes of {{kind}}"),
            ],
            "Each crash is a line of the log.",
        ),
        ("graph", "Mail refused", "ops", 4, [(rate("actor_refused_total", "kind"), "{{kind}}")], ""),
        (
            "stat", "In quarantine since the start", "short", 4,
            [(now("quarantine_records_total"), "{{instance}}")],
            "tidectl quarantine list",
        ),
    ],
    "Storage": [
        (
            "graph", "Commit latency", "s", 8,
            each(0.5, 0.99, histogram="database_commit_duration_seconds"),
            "Every acknowledgement of fsync and wal waits for it.",
        ),
        ("graph", "Commits", "ops", 8, [(rate("database_commits_total"), "{{instance}}")], "One commit carries the changes of many rooms."),
        ("graph", "Operations", "ops", 8, [(rate("database_queries_total", "operation, table"), "{{operation}} {{table}}")], ""),
        (
            "graph", "Reads answered by actors and rooms in memory", "percentunit", 8,
            [(hits("live"), "{{type}}")],
            "Those missed here are asked further down.",
        ),
        (
            "graph", "Reads answered by the block cache", "percentunit", 8,
            [(hits("database"), "{{type}}")],
            "Those missed here read a file.",
        ),
        ("graph", "Disk left", "bytes", 8, [(now("disk_free_bytes"), "{{instance}}")], ""),
    ],
    "Memory": [
        ("graph", "Held by part of the budget", "bytes", 8, [(f"sum by (part) ({now('memory_usage_bytes')})", "{{part}}")], ""),
        (
            "graph", "Part used", "percentunit", 8,
            [(f"{now('memory_usage_bytes')} / {now('memory_limit_bytes')}", "{{part}}")],
            "database, live, tails and pages are caches: full is normal. requests, changes, frames and outboxes are not.",
        ),
        (
            "graph", "Process", "bytes", 4,
            [(now("process_resident_memory_bytes"), "resident"), (f"sum by (instance) ({now('memory_limit_bytes')})", "budget")],
            "",
        ),
        ("graph", "CPU", "percentunit", 4, [(rate("process_cpu_seconds_total"), "{{instance}}")], "1 is one core."),
        (
            "stat", "Warm-up", "percentunit", 8,
            [(f"({now('warm_up_rooms_done')} + 1) / ({now('warm_up_rooms')} + 1)", "{{instance}}")],
            "Rooms that are back in memory after the start.",
        ),
        ("stat", "Warm-up over", "bool_yes_no", 8, [(now("warm_up_over"), "{{instance}}")], ""),
    ],
}
HEIGHTS = {"stat": 4, "graph": 8}
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}


def panel(number, kind, title, unit, at, queries, notes):
    shown = {
        "id": number,
        "type": "timeseries" if kind == "graph" else "stat",
        "title": title,
        "description": notes,
        "datasource": DATASOURCE,
        "gridPos": at,
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + i), "datasource": DATASOURCE, "expr": query, "legendFormat": legend}
            for i, (query, legend) in enumerate(queries)
        ],
    }
    if kind == "graph":
        shown["options"] = {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi", "sort": "desc"}}
    else:
        shown["options"] = {"reduceOptions": {"calcs": ["lastNotNull"]}, "graphMode": "area", "colorMode": "value"}
    return shown


def panels():
    number, y = 0, 0
    for row, shown in ROWS.items():
        number += 1
        yield {"id": number, "type": "row", "title": row, "collapsed": False, "gridPos": {"x": 0, "y": y, "w": WIDTH, "h": 1}, "panels": []}
        x, y, height = 0, y + 1, 0
        for kind, title, unit, width, queries, notes in shown:
            if x + width > WIDTH:
                x, y, height = 0, y + height, 0
            number += 1
            height = max(height, HEIGHTS[kind])
            yield panel(number, kind, title, unit, {"x": x, "y": y, "w": width, "h": HEIGHTS[kind]}, queries, notes)
            x += width
        y += height


def variable(name, label, query, **more):
    return {"name": name, "label": label, "type": "query", "datasource": DATASOURCE, "query": query, "refresh": 2, "sort": 1, **more}


def dashboard():
    return {
        "uid": "tidewire",
        "title": "Tidewire",
        "tags": ["tidewire"],
        "schemaVersion": 38,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "10s",
        "time": {"from": "now-1h", "to": "now"},
        "timezone": "browser",
        "templating": {
            "list": [
                {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "refresh": 1},
                variable("job", "Job", "label_values(warm_up_over, job)"),
                variable("instance", "Server", 'label_values(warm_up_over{job="$job"}, instance)', multi=True, includeAll=True, allValue=".*"),
            ]
        },
        "annotations": {
            "list": [
                {
                    "name": "Starts",
                    "datasource": DATASOURCE,
                    "enable": True,
                    "iconColor": "orange",
                    "expr": f"changes(process_start_time_seconds{{{JOB}}}[1m]) > 0",
                    "titleFormat": "{{instance}} has started",
                }
            ]
        },
        "panels": list(panels()),
    }


def main(arguments):
    text = json.dumps(dashboard(), indent=2, ensure_ascii=False) + "\n"
    if arguments == ["--check"]:
        if OUT.read_text(encoding="utf-8") != text:
            sys.exit(f"{OUT.name} is not what make.py writes: run deploy/grafana/make.py")
    else:
        OUT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
