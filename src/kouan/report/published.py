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
    port: Port, summary: Json, spans: Mapping[str, tuple[float, float]] | None = None
) -> list[Comparison]:
    """Return the published figures that the summary has, with the interval where one is known.

    A figure that the port file calibrates its inputs to is labelled calibrated, not predicted.
    """
    found = []
    for name, published in port.published.items():
        value = figure_of(summary, published.figure)
        if value is None:
            continue
        low, high = (spans or {}).get(published.figure, (None, None))
        basis = port.basis.get(f"published.{name}.value")
        found.append(
            Comparison(
                published.figure,
                round(value * published.times, 3),
                published.value,
                published.unit,
                basis.text if basis else "",
                BasisKind.CALIBRATED.value if published.calibrates else BasisKind.PREDICTED.value,
                None if low is None else low * published.times,
                None if high is None else high * published.times,
            )
        )
    return found


def figure_of(summary: Json, path: str) -> float | None:
    """A figure of a summary by its path, or None when it has none of that name."""
    value: Any = summary
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return float(value) if isinstance(value, int | float) else None
