"""The command line of bench/run, once everything is installed and built."""

import argparse
import datetime
import pathlib
import shlex
import shutil
import signal
import subprocess
import sys

from compare import bandwidth, machine, measure, peers, plan, profile, report, results, scenarios, versions

BENCH = peers.ROOT / "bench"
RESULTS = peers.ROOT / "build" / "bench-results"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bench/run", description="Installs and builds what it needs, measures Tidewire beside its peers, and writes the tables of "
        "bench/README.md. A run that leaves out peers or scenarios, or is --quick, only prints them.")
    names = lambda text: [name for name in text.split(",") if name]
    parser.add_argument("--quick", action="store_true", help="one repeat, one second, a tenth of the connections and entities")
    parser.add_argument("--only", type=names, default=[], metavar="PEER,…", help=f"of {', '.join(peers.PEERS)}")
    parser.add_argument("--scenario", type=names, default=[], metavar="NAME,…", help="names or patterns like '1x1000-*'; see --list")
    parser.add_argument("--repeats", type=int, help="rounds through everything (default: 3)")
    parser.add_argument("--seconds", type=float, help="of each measurement (default: 5)")
    parser.add_argument("--results", type=pathlib.Path, metavar="FILE",
                        help="add to this file, where a scenario replaces an earlier measurement of it (default: a new one in "
                        "build/bench-results, for --report-only the newest)")
    parser.add_argument("--build", type=pathlib.Path, default=peers.ROOT / "build" / "bench", metavar="DIR",
                        help="build directory of server and load generator; one that is named is used as it is (default: build/bench)")
    parser.add_argument("--report-only", action="store_true", help="measure nothing, write bench/README.md from the results")
    parser.add_argument("--profile", action="store_true",
                        help="instead of comparing, show with perf which part of a server takes how much of the CPU time of a publication; "
                        "without --only and --scenario, write it into bench/README.md")
    parser.add_argument("--bandwidth", action="store_true",
                        help="instead of comparing, count the bytes that a change of a home costs, for each way to subscribe; without "
                        "--quick, write it into bench/README.md")
    parser.add_argument("--list", action="store_true", help="name the scenarios and stop")
    options = parser.parse_args()
    options.repeats = options.repeats or (1 if options.quick else 3)
    options.seconds = options.seconds or (1.0 if options.quick else 5.0)
    if options.repeats < 1 or options.seconds < 0.2:
        parser.error("--repeats must be 1 or more, --seconds 0.2 or more")
    return options


def all_scenarios(quick: bool) -> list[scenarios.Scenario]:
    return scenarios.all_scenarios(1000, 100_000) if quick else scenarios.all_scenarios()


def results_file(options: argparse.Namespace) -> pathlib.Path:
    named: pathlib.Path | None = options.results
    if not options.report_only:
        return named or RESULTS / f"{datetime.datetime.now():%Y-%m-%d-%H%M%S}.jsonl"
    found = named or results.newest(RESULTS)
    if found is None or not found.exists():
        raise ValueError(f"there are no results in {found or RESULTS}")
    return found


def revision() -> str:
    if shutil.which("git") is None:
        return "revision unknown"
    described = subprocess.run(["git", "-C", str(peers.ROOT), "describe", "--always", "--dirty"], capture_output=True, text=True)
    return described.stdout.strip() or "revision unknown"


def measure_all(options: argparse.Namespace, path: pathlib.Path) -> None:
    known, missing = versions.look_up(peers.chosen(options.only), options.build, revision())
    for name, why in missing.items():
        measure.say(f"Going on without {peers.PEERS[name].title}: {why}")
    files = machine.raise_file_limit()
    if files < 11_000:
        measure.say(f"Only {files} files may be open: 10,000 connections will fail. Raise `ulimit -Hn`.")
    here = machine.describe()
    run = {"command": shlex.join(["bench/run", *sys.argv[1:]]), "date": datetime.date.today().isoformat(), "machine": here,
           "quick": options.quick, "seconds": options.seconds, "repeats": options.repeats, "versions": known, "missing": missing}
    steps = plan.steps(scenarios.chosen(all_scenarios(options.quick), options.scenario), list(known), options.repeats)
    settings = measure.Settings(options.build.resolve(), peers.ROOT / "build" / "bench-data", options.seconds,
                                here["server_core"], here["load_core"])
    measure.say(f"Results go to {path}")
    with results.Writer(path, run) as writer:
        measure.measure(steps, settings, writer)


def profile_all(options: argparse.Namespace) -> None:
    known, missing = versions.look_up(peers.chosen(options.only), options.build, revision())
    for name, why in missing.items():
        measure.say(f"Going on without {peers.PEERS[name].title}: {why}")
    here = machine.describe()
    settings = measure.Settings(options.build.resolve(), peers.ROOT / "build" / "bench-data", options.seconds,
                                here["server_core"], here["load_core"])
    chosen = scenarios.chosen(all_scenarios(options.quick), options.scenario or list(profile.WORTH_A_LOOK))
    made = profile.profile(chosen, list(known), settings)
    if not (options.quick or options.only or options.scenario):
        report.write_sections({"profile": made}, BENCH)
    print(made)


def count_bytes(options: argparse.Namespace) -> None:
    made = bandwidth.measure(options.build.resolve(), peers.ROOT / "build" / "bench-data", machine.describe()["server_core"],
                             200 if options.quick else 2_000)
    if not options.quick:
        report.write_sections({"bandwidth": made}, BENCH)
    print(made)


def main() -> int:
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if options.list:
        print("\n".join(f"{scenario.name:24} {scenario.title}" for scenario in all_scenarios(options.quick)))
        return 0
    if options.profile:
        profile_all(options)
        return 0
    if options.bandwidth:
        count_bytes(options)
        return 0
    path = results_file(options)
    if not options.report_only:
        measure_all(options, path)
    found = results.read(path)
    measured = all_scenarios(any(run["quick"] for run in found.runs))
    if options.report_only or not (options.quick or options.only or options.scenario):
        report.write(found, measured, BENCH)
    print(report.printed(report.sections(found, measured)))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ValueError, profile.ProfileFailed, bandwidth.BandwidthFailed) as wrong:
        sys.exit(f"bench/run: {wrong}")
    except KeyboardInterrupt:
        sys.exit(130)
