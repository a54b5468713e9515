"""Tables, the drawing, and how both come into the document."""

import pathlib
import unittest
import xml.etree.ElementTree

import made
from compare import plot, report, tables
from compare.scenarios import FAN_OUT, all_scenarios

BENCH = pathlib.Path(report.__file__).parents[1]


def fan_out(scenario, peer, rate, cpu, **more):
    return made.line(scenario, peer, 0, deliveries_per_s=rate, server={"cpu_us_per_delivery": cpu}, **more)


class Figures(unittest.TestCase):
    def test_three_digits_count(self):
        written = {3_684_000: "3.68 M", 412_345: "412 k", 12_345: "12.3 k", 9_876: "9,876", 123.4: "123", 24.61: "24.6", 6.36: "6.36"}
        self.assertEqual({value: tables.figure(value) for value in written}, written)


class Tables(unittest.TestCase):
    def table(self, name, *lines):
        return report.sections(made.results(*lines), all_scenarios())[name].splitlines()

    def test_a_row_for_each_scenario_and_a_column_for_each_peer_that_was_measured(self):
        self.assertEqual(
            self.table("flat-out", fan_out("1x1000-flat-16", "tidewire", 4e6, 0.25), fan_out("1x1000-flat-16", "redis", 2.6e6, 0.375)),
            ["|  | Tidewire, wal | Redis |", "| --- | --- | --- |", "| 1 × 1,000, 16 in flight | 4.00 M (0.25) | 2.60 M (0.38) |"])

    def test_a_full_load_generator_is_marked(self):
        rows = self.table("flat-out", fan_out("1x1000-flat-16", "tidewire", 4e6, 0.25, load_cpu_share=0.99))
        self.assertEqual(rows[2], "| 1 × 1,000, 16 in flight | 4.00 M* (0.25) |")

    def test_latency_stands_beside_the_cost_unless_the_rate_was_lost(self):
        latency = {"p50": 0.5, "p99": 1.25}
        rows = self.table("paced", fan_out("1x100-rate-50", "tidewire", 5e3, 5.0, latency_ms=latency),
                          fan_out("1x100-rate-50", "ws", 4e3, 9.0, latency_ms=latency, kept_up=False))
        self.assertEqual(rows[2], "| 1 × 100, 50 msg/s | 5.00; 0.50, 1.25 | 9.00; falls behind |")

    def test_what_failed_is_said_below(self):
        lines = [made.line("1x1000-flat-16", "nats", 0, error="12 missing")]
        self.assertIn("| failed |", self.table("flat-out", *lines)[2])
        self.assertEqual(self.table("notes", *lines), ["- 1 × 1,000, 16 in flight, NATS, 1 of 1: `12 missing`"])
        lines += [*made.rates("1x1000-flat-16", "ws", 5, 6), made.line("1x1000-flat-16", "ws", 2, error="1 gaps")]
        self.assertIn("| 5.50", self.table("flat-out", *lines)[2])
        self.assertEqual(self.table("notes", *lines)[1], "- 1 × 1,000, 16 in flight, npm ws, 1 of 3: `1 gaps`")

    def test_long_reasons_are_shortened(self):
        self.assertEqual(tables.shortened("a  <b>\n`c`"), "`a <b> 'c'`")
        self.assertEqual(len(tables.shortened("x" * 500)), 162)

    def test_a_table_without_rows_is_empty(self):
        self.assertEqual(self.table("storm"), [])

    def test_goals_say_what_was_measured(self):
        rows = self.table("goals", *made.rates("1x1000-flat-16", "tidewire", 30), *made.rates("1x1000-flat-16", "redis", 20))
        self.assertEqual(rows[2], "| 1 × 1,000, 16 in flight: deliveries/s at least 1.5 times Redis | 1.50 × | yes |")
        self.assertTrue(rows[3].endswith("| not measured | 2 not measured |"), rows[3])

    def test_conditions_name_machine_command_versions_and_who_is_missing(self):
        text = "\n".join(self.table("conditions"))
        for part in ("`bench/run`, 2026-11-20: Some CPU, 2 cores", "Versions: Tidewire 0.1.0, Redis 7.0.", "Not measured: NATS, it is not"):
            self.assertIn(part, text)


class Document(unittest.TestCase):
    text = "Before\n<!-- table: one -->\nold\nrows\n<!-- end -->\nbetween\n<!-- table: two -->\n<!-- end -->\nafter"

    def test_only_what_is_between_the_markers_changes(self):
        filled = report.fill_in(self.text, {"one": "1", "two": "2"})
        self.assertEqual(filled, "Before\n<!-- table: one -->\n1\n<!-- end -->\nbetween\n<!-- table: two -->\n2\n<!-- end -->\nafter")
        self.assertEqual(report.fill_in(filled, {"one": "1", "two": "2"}), filled)

    def test_a_table_of_somebody_else_stays(self):
        self.assertEqual(report.fill_in(self.text, {"two": "2"}), self.text.replace("two -->\n", "two -->\n2\n"))

    def test_the_document_in_the_tree_has_every_table(self):
        document = (BENCH / "README.md").read_text()
        for name in report.sections(made.results(), all_scenarios()):
            self.assertEqual(document.count(f"<!-- table: {name} -->\n"), 1, name)


class Drawing(unittest.TestCase):
    def test_it_is_an_svg_with_a_bar_for_each_peer(self):
        found = made.results(fan_out("1x1000-flat-16", "tidewire", 4e6, 0.25), fan_out("1x1000-flat-16", "redis", 2e6, 0.5))
        root = xml.etree.ElementTree.fromstring(plot.draw(plot.panels(found)))
        bars = [bar for bar in root.iter("{http://www.w3.org/2000/svg}rect") if bar.get("class") in ("own", "peer")]
        self.assertEqual([bar.get("class") for bar in bars], (["own"] + ["peer"] * (len(FAN_OUT) - 1)) * 2)
        rates, costs = ([float(bar.get("width")) for bar in panel] for panel in (bars[: len(FAN_OUT)], bars[len(FAN_OUT) :]))
        self.assertAlmostEqual(rates[0], 2 * rates[1], delta=0.1)
        self.assertAlmostEqual(2 * costs[0], costs[1], delta=0.1)
        said = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
        self.assertEqual(said.count("not measured"), 2 * (len(FAN_OUT) - 2))

    def test_nothing_measured_is_no_panel(self):
        self.assertEqual(plot.panels(made.results()), [])


if __name__ == "__main__":
    unittest.main()
