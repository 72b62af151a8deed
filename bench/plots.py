"""Plots of kept comparisons, for the docs: ``python -m bench.plots`` draws them anew.

Bars at the points are 95 % intervals over the seeds. What was published is drawn as a broken line
or a band, with its name: it is no figure of this model.
"""

from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench import green_lane, one_stop
from bench.results import ROOT, Results

IMAGES = ROOT / "docs" / "images"
COLOURS = ("#4477aa", "#aa7733", "#228833", "#aa3377")
PUBLISHED = "#777777"
Json = dict[str, Any]


def main() -> None:
    """Draw every plot from what is kept."""
    kept = {
        name: Results.of(name, "", kept=True).figures["demands"]
        for name in ("one_stop", "green_lane")
    }
    print(save(one_stop_plot(kept["one_stop"]), IMAGES / "one-stop-lane.png"))
    print(save(green_lane_plot(kept["green_lane"]), IMAGES / "green-lane.png"))


def save(figure: Figure, path: Path) -> Path:
    """Write a figure; the same figures give the same file."""
    figure.savefig(path, metadata={"Software": None})
    return path


def one_stop_plot(demands: Json) -> Figure:
    """Mean time and P95 of the wait over the demand, by layout; the axis is logarithmic."""
    figure = Figure(figsize=(9, 3.6), dpi=100, layout="constrained")
    time, wait = figure.subplots(1, 2)
    time.axhspan(2, 4, color=PUBLISHED, alpha=0.2, linewidth=0)
    time.text(30, 2.08, "published, Gongbei 2005: before", color=PUBLISHED, fontsize=8)
    time.axhline(20 / 60, color=PUBLISHED, linestyle="--", linewidth=1)
    time.text(30, 0.36, "published, Gongbei 2005: one stop", color=PUBLISHED, fontsize=8)
    for axes, name in ((time, "time_mean_min"), (wait, "wait_p95_min")):
        for arm, colour in zip(one_stop.ARMS, COLOURS, strict=False):
            points = [demands[demand]["arms"][arm][name] for demand in one_stop.DEMANDS]
            _with_bars(axes, list(one_stop.DEMANDS.values()), points, arm, colour)
        axes.set_yscale("log")
        axes.set_xticks(list(one_stop.DEMANDS.values()))
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.set_xlabel("trucks an hour")
        axes.set_ylabel(f"{one_stop.NAMES[name]} (logarithmic)")
        axes.grid(visible=True, linewidth=0.3)
    wait.legend(fontsize=8)
    return figure


def _with_bars(axes: Axes, x: list[int], points: list[Any], label: str, colour: str) -> None:
    means, lows, highs = (list(each) for each in zip(*points, strict=True))
    below = [mean - low for mean, low in zip(means, lows, strict=True)]
    above = [high - mean for mean, high in zip(means, highs, strict=True)]
    axes.errorbar(x, means, yerr=(below, above), label=label, color=colour, marker="o", capsize=3)


def green_lane_plot(demands: Json) -> Figure:
    """Declaration to release, mean and P95, by arm and demand."""
    figure = Figure(figsize=(9, 3.6), dpi=100, layout="constrained")
    for axes, name in zip(
        figure.subplots(1, 2, sharey=True), ("release_mean_min", "release_p95_min"), strict=True
    ):
        for number, arm in enumerate(green_lane.ARMS):
            points = [demands[demand]["arms"][arm][name] for demand in green_lane.DEMANDS]
            x = [place + 0.2 * (number - 1.5) for place in range(len(points))]
            means = [point[0] for point in points]
            bars = ([one[0] - one[1] for one in points], [one[2] - one[0] for one in points])
            axes.bar(x, means, 0.18, yerr=bars, label=arm, color=COLOURS[number], capsize=2)
        published = "published, Erenhot: at most"
        axes.axhline(10, color=PUBLISHED, linestyle="--", linewidth=1, label=published)
        axes.set_xticks(
            range(len(green_lane.DEMANDS)), [_broken(one) for one in green_lane.DEMANDS]
        )
        axes.tick_params(axis="x", labelsize=8)
        axes.set_ylabel(green_lane.NAMES[name])
        axes.grid(axis="y", linewidth=0.3)
    figure.axes[0].legend(fontsize=8)
    return figure


def _broken(text: str) -> str:
    """A name on two lines."""
    words = text.split()
    return f"{' '.join(words[:3])}\n{' '.join(words[3:])}".strip()


if __name__ == "__main__":
    main()
