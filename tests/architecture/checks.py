"""One function per rule; each yields the violations it finds as readable lines."""

import fnmatch
import json
import re

import rules
from tree import layer


def matches(path, patterns):
    return any(fnmatch.fnmatch(path, pattern) for pattern in patterns)


def includes_point_down(tree):
    for path in tree.includes:
        for name in tree.own_includes(path):
            if layer(name) not in rules.LAYERS and layer(name) not in rules.UNFENCED:
                yield f'{path}: "{name}" is not written from the root of the repository'
            elif layer(path) in rules.LAYERS and layer(name) not in rules.LAYERS[layer(path)]:
                yield f'{path}: {layer(path)} may not include "{name}"'


def libraries_stay_behind_fences(tree):
    for library, beginning, allowed in rules.FENCES:
        users = [
            path
            for path in tree.includes
            if layer(path) in rules.LAYERS and any(re.match(beginning, name) for name in tree.library_includes(path))
        ]
        for path in users:
            if not matches(path, allowed):
                yield f"{path}: {library} is allowed only in {', '.join(allowed) or 'tests'}"
        if library in rules.SINGLE_FILE and len(users) > 1:
            yield f"{library} is used by more than one file: {', '.join(users)}"


def pure_files_know_no_caf(tree):
    for path in tree.includes:
        if not matches(path, rules.PURE):
            continue
        for reached in sorted(tree.reachable(path)):
            if any(name.startswith("caf/") for name in tree.library_includes(reached)):
                yield f"{path}: pure, but includes CAF" + (f" through {reached}" if reached != path else "")


def includes_have_no_cycle(tree):
    state = {}

    def visit(path, chain):
        state[path] = "open"
        for name in tree.own_includes(path):
            if state.get(name) == "open":
                yield "include cycle: " + " → ".join(chain[chain.index(name) :] + [name])
            elif name in tree.includes and name not in state:
                yield from visit(name, chain + [name])
        state[path] = "done"

    for path in tree.includes:
        if path not in state:
            yield from visit(path, [path])


def no_file_names_a_machine(tree):
    for path in tree.files:
        for number, line in enumerate(tree.text(path).splitlines(), 1):
            if re.search(rules.REGISTRY_HOSTS, line):
                yield f"{path}:{number}: names the host of a package registry"
            if re.search(rules.MACHINE_PATHS, line):
                yield f"{path}:{number}: names a path of one machine"


def lock_files_carry_no_address(tree):
    for path in tree.files:
        if path.name == "package-lock.json":
            for name, package in json.loads(tree.text(path)).get("packages", {}).items():
                if re.match(r"\w+:", str(package.get("resolved", ""))):
                    yield f"{path}: {name} carries an address; its .npmrc needs omit-lockfile-registry-resolved=true"
            if "omit-lockfile-registry-resolved=true" not in _neighbour(tree, path, ".npmrc"):
                yield f"{path}: no .npmrc with omit-lockfile-registry-resolved=true beside it"


def folders_say_what_they_are(tree):
    for folder in rules.FOLDERS_WITH_README:
        if not any(layer(path) == folder for path in tree.files):
            continue
        paragraphs = re.split(r"\n\s*\n", _read(tree, f"{folder}/README.md").strip())
        first = next((paragraph for paragraph in paragraphs if paragraph and not paragraph.startswith("#")), None)
        if first is None:
            yield f"{folder}: no README.md that begins with one sentence"
        elif not first.endswith(".") or re.search(r"[.!?]\s+[A-Z]", first):
            yield f"{folder}/README.md: its first paragraph is not one sentence"


def tests_do_not_sleep(tree):
    for path in tree.includes:
        if layer(path) == "tests" and path not in rules.SLEEPERS:
            for number, line in enumerate(tree.text(path).splitlines(), 1):
                if re.search(r"\b(sleep_for|sleep_until|usleep|nanosleep|sleep)\s*\(", line):
                    yield f"{path}:{number}: sleeps; wait for the event, or own the clock"


def tables_are_documented(tree):
    for table, row, page in rules.DOCUMENTED:
        written = set(re.findall(r"`(?:--|/problems/)?([\w-]+)`", _read(tree, page)))
        for found in re.findall(row, _read(tree, table), re.MULTILINE):
            name = "".join(found)
            if name.split(".")[-1] not in written:
                yield f'{page}: says nothing of "{name}" in {table}'


def _read(tree, path):
    return tree.text(path) if (tree.root / path).is_file() else ""


def _neighbour(tree, path, name):
    return _read(tree, path.parent / name)


ALL = [
    includes_point_down,
    libraries_stay_behind_fences,
    pure_files_know_no_caf,
    includes_have_no_cycle,
    no_file_names_a_machine,
    lock_files_carry_no_address,
    folders_say_what_they_are,
    tests_do_not_sleep,
    tables_are_documented,
]
