"""Draws the comparison as an SVG: panels of bars, legible on light and dark."""

import dataclasses
import html

from compare.goals import CPU, P99, RATE
from compare.peers import PEERS
from compare.results import Results
from compare.scenarios import FAN_OUT
from compare.tables import figure

PANELS = [
    ("1x1000-flat-16", "1 room × 1,000, flat out: deliveries/s", RATE),
    ("1x1000-flat-16", "1 room × 1,000, flat out: CPU µs per delivery", CPU),
    ("100x10-flat-100", "100 rooms × 10, flat out: deliveries/s", RATE),
    ("100x10-flat-100", "100 rooms × 10, flat out: CPU µs per delivery", CPU),
    ("1x100-rate-50", "1 room × 100 at 50 msg/s: p99, ms", P99),
    ("1x100-rate-50", "1 room × 100 at 50 msg/s: CPU µs per delivery", CPU),
]

CAPTION = "Deliveries: more is better. CPU time and latency: less is better. One core for each server, 200 bytes a publication, medians."

WIDTH, MARGIN, NAME, VALUE, BAR, HEAD, GAP = 960, 16, 130, 70, 20, 34, 18
COLUMN = (WIDTH - MARGIN) // 2

STYLE = """
svg { color-scheme: light dark; font: 13px system-ui, sans-serif; }
.ground { fill: #ffffff; } text { fill: #1f2328; } .head { font-weight: 600; } .peer { fill: #8c959f; } .own { fill: #0969da; }
@media (prefers-color-scheme: dark) {
  .ground { fill: #0d1117; } text { fill: #e6edf3; } .peer { fill: #6e7681; } .own { fill: #4493f8; }
}
"""


@dataclasses.dataclass(frozen=True)
class Panel:
    title: str
    bars: list[tuple[str, bool, float | None]]  # the peer's name, whether it is Tidewire, the value if it has one

    @property
    def height(self) -> int:
        return HEAD + BAR * len(self.bars) + GAP


def panels(results: Results) -> list[Panel]:
    found = []
    for scenario, title, metric in PANELS:
        values = [(peer, results.median(scenario, peer, metric)) for peer in FAN_OUT]
        if any(value is not None for _, value in values):
            found.append(Panel(title, [(PEERS[peer].title, peer == "tidewire", value) for peer, value in values]))
    return found


def draw(drawn: list[Panel]) -> str:
    """Two panels a row, in reading order."""
    y, body = MARGIN, []
    for left in range(0, len(drawn), 2):
        row = drawn[left : left + 2]
        body += [line for place, panel in enumerate(row) for line in draw_panel(panel, MARGIN + place * COLUMN, y)]
        y += max(panel.height for panel in row)
    body.append(f'<text x="{MARGIN}" y="{y + 6}">{CAPTION}</text>')
    y += HEAD // 2 + MARGIN
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" height="{y}" role="img"'
        ' aria-label="Tidewire beside its peers">',
        f"<style>{STYLE}</style>",
        f'<rect class="ground" width="{WIDTH}" height="{y}" rx="6"/>',
        *body,
        "</svg>",
        "",
    ])


def draw_panel(panel: Panel, x: int, y: int) -> list[str]:
    room = COLUMN - MARGIN - NAME - VALUE
    longest = max(value or 0.0 for _, _, value in panel.bars) or 1.0
    lines = [f'<text class="head" x="{x}" y="{y + 18}">{html.escape(panel.title)}</text>']
    for number, (name, is_own, value) in enumerate(panel.bars):
        top, length = y + HEAD + number * BAR, max(1.0, room * (value or 0.0) / longest)
        said = "not measured" if value is None else figure(value)
        lines += [
            f'<text x="{x + NAME - 8}" y="{top + 13}" text-anchor="end">{html.escape(name)}</text>',
            f'<rect class="{"own" if is_own else "peer"}" x="{x + NAME}" y="{top + 1}" width="{length:.1f}" height="{BAR - 5}" rx="2"/>',
            f'<text x="{x + NAME + length + 6:.1f}" y="{top + 13}">{said}</text>',
        ]
    return lines
