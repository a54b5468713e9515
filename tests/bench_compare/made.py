"""Results made up for the tests."""

from compare.results import Results

RUN = {"run": {"command": "bench/run", "date": "2026-11-20", "seconds": 5.0, "repeats": 3,
               "machine": {"processor": "Some CPU", "cores": 2, "server_core": 0, "load_core": 1, "memory_gib": 8,
                           "system": "Debian", "kernel": "6.1"},
               "versions": {"tidewire": "0.1.0", "tidewire-fsync": "0.1.0", "redis": "7.0"}, "missing": {"nats": "it is not installed"}}}


def line(scenario, peer, repeat, error=None, **result):
    return {"scenario": scenario, "peer": peer, "repeat": repeat, "result": result, "error": error}


def results(*lines):
    return Results([RUN, *lines])


def rates(scenario, peer, *values):
    """Deliveries per second of one repeat after the other."""
    return [line(scenario, peer, repeat, deliveries_per_s=value) for repeat, value in enumerate(values)]
