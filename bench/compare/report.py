"""Makes the tables and the drawing from a results file, and puts them into bench/README.md."""

import pathlib
import re
import statistics

from compare import goals, plot, tables
from compare.peers import PEERS
from compare.results import Json, Results
from compare.scenarios import FAN_OUT, Scenario

Sections = dict[str, str]  # name of a table → its text


def sections(results: Results, scenarios: list[Scenario]) -> Sections:
    made = tables.Tables(results, scenarios)
    titles = {scenario.name: scenario.title for scenario in scenarios}
    fan_out = [scenario.name for scenario in scenarios if scenario.peers == FAN_OUT and scenario.command == "fan-out"]
    return {
        "conditions": conditions(results),
        "goals": tables.goals(goals.evaluate(goals.all_goals(fan_out), results), titles),
        "flat-out": made.fan_out("flat-out"),
        "paced": made.fan_out("paced"),
        "idle": made.idle(),
        "publish": made.publish(),
        "storm": made.storm(),
        "slow-peer": made.slow_peer(),
        "live-storm": made.live_storm(),
        "restart": made.restart(),
        "notes": made.notes() or "Nothing went wrong.",
    }


def conditions(results: Results) -> str:
    """What was measured where, when and by which command; one paragraph for each run in the file."""
    paragraphs = [run_conditions(run) for run in results.runs]
    others = results.others()
    if others:
        paragraphs.append(f"Other processes took {statistics.median(others):.1%} of the two cores while it was measured (median of all "
                          f"measurements; at most {max(others):.0%}).")
    return "\n\n".join(paragraphs)


def run_conditions(run: Json) -> str:
    machine, versions = run["machine"], run["versions"]
    lines = [
        f"`{run['command']}`, {run['date']}: {machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB, "
        f"{machine['system']}, Linux {machine['kernel']}. The server on core {machine['server_core']}, the load on core "
        f"{machine['load_core']}, {run['seconds']:g} s a measurement, medians of {run['repeats']}.",
        "Versions: " + ", ".join(f"{family} {version}" for family, version in of_families(versions).items()) + ".",
    ]
    lines += [f"Not measured: {PEERS[peer].title}, {why}." for peer, why in run["missing"].items()]
    return "\n".join(lines)


def of_families(versions: dict[str, str]) -> dict[str, str]:
    """One entry for all variants of a peer: what stands before the comma of its title."""
    return {PEERS[peer].title.partition(",")[0]: version for peer, version in versions.items()}


def fill_in(text: str, made: Sections) -> str:
    """The document with what stands between <!-- table: NAME --> and <!-- end --> replaced; tables of other names are somebody else's."""

    def replaced(found: re.Match[str]) -> str:
        name = found[1]
        return f"<!-- table: {name} -->\n{made[name]}\n<!-- end -->" if name in made else found[0]

    return re.sub(r"<!-- table: ([\w-]+) -->\n.*?<!-- end -->", replaced, text, flags=re.DOTALL)


def write_sections(made: Sections, folder: pathlib.Path) -> None:
    document = folder / "README.md"
    document.write_text(fill_in(document.read_text(), made))


def write(results: Results, scenarios: list[Scenario], folder: pathlib.Path) -> None:
    write_sections(sections(results, scenarios), folder)
    drawn = plot.panels(results)
    if drawn:
        (folder / "comparison.svg").write_text(plot.draw(drawn))


def printed(made: Sections) -> str:
    return "\n\n".join(f"## {name}\n{text}" for name, text in made.items() if text)
