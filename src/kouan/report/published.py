"""A run's figures beside those that were published, each with its label."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from kouan.port.model import BasisKind, Port

Json = dict[str, Any]


class Comparison(NamedTuple):
    """One published figure and what the run came to."""

    figure: str
    value: float
    published: int
    unit: str
    source: str
    label: str
    low: float | None = None
    high: float | None = None


def compare(
    port: Port,
    summary: Json,
    spans: Mapping[str, tuple[float, float, float]] | None = None,
) -> list[Comparison]:
    """Return the published figures that the summary has.

    ``spans`` has mean, low and high over seeds by figure; the mean then stands for the one run's
    value. A figure that the port file calibrates its inputs to is labelled so, and one that the
    declared demand sets as that is; neither is predicted.
    """
    found = []
    for name, published in port.published.items():
        path = published.figure
        value = figure_of(summary, path)
        if value is None:
            continue
        mean, low, high = (spans or {}).get(path, (value, None, None))
        basis = port.basis.get(f"published.{name}.value")
        found.append(
            Comparison(
                path,
                round(mean * published.times, 3),
                published.value,
                published.unit,
                basis.text if basis else "",
                BasisKind.CALIBRATED.value if published.calibrates else _label(port, summary, path),
                None if low is None else round(low * published.times, 3),
                None if high is None else round(high * published.times, 3),
            )
        )
    return found


SET_BY_DEMAND = (
    "round_trips_per_day",
    "tonnes_per_day",
    "tonnes_per_trip",
    "trips_per_vehicle_and_day",
)
"""Figures of a fleet that its demand sets where all of it was carried."""


def _label(port: Port, summary: Json, path: str) -> str:
    """The label of a figure that the port file is not calibrated to."""
    fleet, _, figure = path.partition(".")
    if fleet in port.fleets and figure in SET_BY_DEMAND:
        return str(summary[fleet]["trips_label"])
    return BasisKind.PREDICTED.value


def figure_of(summary: Json, path: str) -> float | None:
    """A figure of a summary by its path, or None when it has none of that name."""
    value: Any = summary
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return float(value) if isinstance(value, int | float) else None
