"""Charts of a report as SVG to be put into a page: text stays text, colours come from the page.

Charts hold figures and names of the port file only, so one serves every language; legends and what
a chart shows stand beside it in the page. Width is set by the page.
"""

import io
import re
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from kouan.report.tables import number

WIDTH_INCHES = 4.8
FONT_POINTS = 10.5
ROW_INCHES = 0.4
INK, MUTED, LINE, PAPER = "#010101", "#020202", "#030303", "#040404"
SERIES = ("#050501", "#050502", "#050503", "#050504", "#050505")
VARIABLES = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    LINE: "var(--line)",
    PAPER: "var(--paper)",
    **{colour: f"var(--series-{index})" for index, colour in enumerate(SERIES, start=1)},
}
"""Colours that matplotlib writes, and the page's variables they are replaced with."""
SETTINGS: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "kouan",
    "text.parse_math": False,
    "font.size": FONT_POINTS,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.labelcolor": MUTED,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "grid.color": LINE,
}


def profile(begun: Sequence[float], queue: Sequence[float]) -> str:
    """Visits begun by hour of the day as bars, and below them the visits queueing as an area."""

    def draw(figure: Figure) -> None:
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
        above.bar([hour + 0.5 for hour in range(24)], begun, width=0.8, color=SERIES[0])
        edges = [*queue, queue[-1]]
        below.fill_between(range(25), edges, step="post", color=SERIES[1], linewidth=0)
        below.set_xlim(0, 24)
        below.set_xticks(range(0, 25, 6), [f"{hour}:00" for hour in range(0, 25, 6)])
        for axes in (above, below):
            _plain(axes)
            axes.set_ylim(bottom=0)
            axes.yaxis.set_major_formatter(lambda value, _: number(value))
            axes.grid(axis="y", linewidth=0.6)
        below.tick_params(axis="x", pad=7)

    return _drawn(draw, 2.9)


Row = tuple[str, Sequence[float], str]
"""Name, lengths of its parts, and what is written at the end of the bar."""


def bars(rows: Sequence[Row], most: float | None = None) -> str:
    """Horizontal bars, one a row, of stacked parts; the name stands above its bar."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        whole = most or max((sum(parts) for _, parts, _ in rows), default=0) or 1
        for row, (name, parts, value) in enumerate(rows):
            left = 0.0
            for part, colour in zip(parts, SERIES, strict=False):
                axes.barh(row, part, 0.42, left, color=colour, edgecolor=PAPER, linewidth=0.8)
                left += part
            axes.text(0, row - 0.3, name, va="bottom", ha="left")
            axes.text(whole, row - 0.3, value, va="bottom", ha="right", color=MUTED)
            axes.plot((0, whole), (row + 0.21, row + 0.21), color=LINE, linewidth=0.6, zorder=0)
        axes.set_xlim(0, whole)
        axes.set_ylim(len(rows) - 0.6, -0.85)
        axes.set_axis_off()

    return _drawn(draw, ROW_INCHES * len(rows) + 0.1)


def _plain(axes: Axes) -> None:
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)
    axes.set_axisbelow(True)


def _drawn(draw: Callable[[Figure], None], height_inches: float) -> str:
    with rc_context(SETTINGS):
        figure = Figure((WIDTH_INCHES, height_inches), layout="constrained")
        FigureCanvasSVG(figure)
        draw(figure)
        file = io.StringIO()
        metadata = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(file, format="svg", transparent=True, metadata=metadata)
    return _for_page(file.getvalue())


def _for_page(svg: str) -> str:
    """Leave out what only a file of its own needs, and take colours and letters from the page."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<(metadata|style)\b.*?</\1>", "", svg, flags=re.DOTALL)
    svg = re.sub(r' (width|height)="[\d.]+pt"', "", svg, count=2)
    svg = re.sub(r' (xmlns:xlink|version)="[^"]*"', "", svg).replace("xlink:href", "href")
    svg = re.sub(r"font-family: [^;\"]*; ", "", svg)
    for colour, variable in VARIABLES.items():
        svg = svg.replace(colour, variable)
    return re.sub(r"\n\s*", "\n", svg)


def placed(svg: str, place: str, says: str) -> str:
    """The chart for one place of a page: ids of its own, and words for those who can't see it."""
    known: dict[str, str] = {}
    numbers = count(1)
    for name in re.findall(r'\bid="([^"]+)"', svg):
        known.setdefault(name, f"{place}-{next(numbers)}")

    def renamed(match: re.Match[str]) -> str:
        return f"{match[1]}{known.get(match[2], match[2])}{match[3]}"

    svg = re.sub(r'(\bid=")([^"]+)(")', renamed, svg)
    svg = re.sub(r'(href="#)([^"]+)(")', renamed, svg)
    svg = re.sub(r"(url\(#)([^)]+)(\))", renamed, svg)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{says}" ', 1)
