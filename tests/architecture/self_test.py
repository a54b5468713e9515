"""Every rule finds the violation planted for it, and is silent about the tree without it."""

import pathlib
import tempfile
import unittest

import checks
from tree import Tree

CLEAN = {
    "schemas/name.hpp": "#include <string>\n",
    "schemas/name.cpp": '#include "schemas/name.hpp"\n#include <simdjson.h>\n',
    "storage/rocksdb_kv.cpp": '#include "schemas/name.hpp"\n#include <rocksdb/db.h>\n',
    "transport/socket.hpp": "#include <boost/asio/io_context.hpp>\n",
    "actors/room/room_state.hpp": '#include "schemas/name.hpp"\n',
    "actors/room/room.cpp": '#include <caf/all.hpp>\n#include "actors/room/room_state.hpp"\n',
    "tools/main.cpp": '#include <CLI/CLI.hpp>\n#include "actors/room/room_state.hpp"\n',
    "tests/a_test.cpp": "#include <boost/asio.hpp>\n// no sleeping (by design)\n",
    "schemas/config/keys.cpp": 'key<server>{"io.threads", f},\nLIMIT(key_bytes_max, bytes, 1, 64 * kib),\n',
    "docs/configuration.md": "`threads`, `key_bytes_max`\n",
    "web/.npmrc": "omit-lockfile-registry-resolved=true\n",
    "web/package-lock.json": '{"packages": {"": {}, "node_modules/x": {"version": "1.0.0"}, "y": {"resolved": "../y"}}}',
    "node_modules/x/x.hpp": '#include "nowhere.hpp"\n',
} | {f"{folder}/README.md": "# Title\n\nOne sentence.\n" for folder in ["schemas", "storage", "transport", "actors", "tools", "tests"]}

PLANTED = [
    (checks.includes_point_down, "schemas/name.cpp", '#include "storage/kv.hpp"\n'),
    (checks.includes_point_down, "storage/kv.cpp", '#include "transport/socket.hpp"\n'),
    (checks.includes_point_down, "transport/socket.hpp", '#include "storage/kv.hpp"\n'),
    (checks.includes_point_down, "transport/socket.hpp", '#include "actors/room/room_state.hpp"\n'),
    (checks.includes_point_down, "actors/room/room.cpp", '#include "tests/support/catch.hpp"\n'),
    (checks.includes_point_down, "actors/room/room.cpp", '#include "room_state.hpp"\n'),
    (checks.libraries_stay_behind_fences, "transport/socket.hpp", "#include <caf/all.hpp>\n"),
    (checks.libraries_stay_behind_fences, "storage/second.cpp", "#include <rocksdb/db.h>\n"),
    (checks.libraries_stay_behind_fences, "storage/kv.hpp", "#  include <rocksdb/db.h>\n"),
    (checks.libraries_stay_behind_fences, "actors/room/room.cpp", "#include <boost/asio.hpp>\n"),
    (checks.libraries_stay_behind_fences, "storage/other.cpp", "#include <msgpack.hpp>\n"),
    (checks.libraries_stay_behind_fences, "schemas/name.hpp", "#include <nlohmann/json.hpp>\n"),
    (checks.libraries_stay_behind_fences, "schemas/name.cpp", "#include <spdlog/spdlog.h>\n"),
    (checks.libraries_stay_behind_fences, "actors/room/room.cpp", "#include <CLI/CLI.hpp>\n"),
    (checks.pure_files_know_no_caf, "actors/room/room_state.hpp", "#include <caf/actor.hpp>\n"),
    (checks.pure_files_know_no_caf, "actors/room/entity_state.hpp", '#include "actors/room/room.cpp"\n'),
    (checks.includes_have_no_cycle, "schemas/name.hpp", '#include "schemas/name.cpp"\n'),
    (checks.includes_have_no_cycle, "schemas/own.hpp", '#include "schemas/own.hpp"\n'),
    (checks.no_file_names_a_machine, "docs/a.md", "https://registry" + ".example.org/x\n"),
    (checks.no_file_names_a_machine, "run", "cd /wo" + "rk/main\n"),
    (checks.lock_files_carry_no_address, "tests/package-lock.json", '{"packages": {}}'),
    (checks.lock_files_carry_no_address, "web/package-lock.json", '{"packages": {"x": {"resolved": "https://a.b/x.tgz"}}}'),
    (checks.folders_say_what_they_are, "storage/README.md", "# Storage\n\nOne sentence.\nThen another.\n"),
    (checks.folders_say_what_they_are, "storage/README.md", "# Storage\n"),
    (checks.tests_do_not_sleep, "tests/a_test.cpp", "std::this_thread::sleep_for(1s);\n"),
    (checks.tables_are_documented, "schemas/config/keys.cpp", 'key<server>{"io.pages", f},\n'),
    (checks.tables_are_documented, "schemas/config/keys.cpp", "LIMIT(rows_max, count, 1, 9),\n"),
    (checks.tables_are_documented, "schemas/errc.cpp", 'errc_row{errc::late, "too-late", 100},\n'),
]


class SelfTest(unittest.TestCase):
    def findings(self, files):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                path = pathlib.Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            tree = Tree(folder)
            return {check: list(check(tree)) for check in checks.ALL}

    def test_clean_tree(self):
        for check, found in self.findings(CLEAN).items():
            self.assertEqual([], found, check.__name__)

    def test_planted_violations(self):
        for check, name, text in PLANTED:
            with self.subTest(rule=check.__name__, file=name, text=text):
                before = "" if name.endswith((".json", ".md")) else CLEAN.get(name, "")
                self.assertNotEqual([], self.findings(CLEAN | {name: before + text})[check])

    def test_every_rule_has_a_planted_violation(self):
        self.assertEqual(set(checks.ALL), {check for check, _, _ in PLANTED})


if __name__ == "__main__":
    unittest.main()
