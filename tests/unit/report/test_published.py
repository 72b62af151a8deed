"""Labels of what the declared demand sets: its own basis where all was carried, else predicted."""

from dataclasses import replace
from typing import Any

import pytest

from kouan.port.model import Basis, BasisKind, Demand, Published
from kouan.report.published import SET_BY_DEMAND, compare
from kouan.report.summary import Summary
from tests.unit.runtime.example_port import PORT, Script, join, place_order, trip

Json = dict[str, Any]
COAL = Demand(fleet="agv", per_day=1)
FIGURES = (*SET_BY_DEMAND, "cycle_min_mean", "kwh_per_tonne")


def labels(kind: BasisKind, open_orders: int = 0, streams: int = 1, calibrates: str = "") -> Json:
    """Labels of the compared figures of one trip, by figure."""
    port = replace(
        PORT,
        demand={f"coal_{number}": COAL for number in range(streams)},
        basis={"demand.coal_0.per_day": Basis(kind, "somebody")},
        published={
            name: Published(f"agv.{name}", 1, calibrates=name == calibrates) for name in FIGURES
        },
    )
    script = Script()
    script.open()
    join(script, "a1")
    trip(script, "a1", "o1", 0)
    for number in range(open_orders):
        place_order(script, f"open_{number}", 60)
    fold = Summary(port)
    script.play(fold)
    rows = compare(port, fold.as_json())
    return {row.figure.removeprefix("agv."): row.label for row in rows}


@pytest.mark.parametrize("kind", [BasisKind.INPUT, BasisKind.CALIBRATED, BasisKind.ASSUMPTION])
def test_what_the_demand_sets_has_its_label(kind: BasisKind) -> None:
    found = labels(kind)
    assert {found[name] for name in SET_BY_DEMAND} == {kind.value}
    assert found["cycle_min_mean"] == found["kwh_per_tonne"] == "predicted"


def test_what_was_not_carried_in_full_is_predicted() -> None:
    """Then it is the port, not the demand, that sets how much was carried."""
    assert set(labels(BasisKind.INPUT, open_orders=1).values()) == {"predicted"}


def test_several_streams_have_no_one_label() -> None:
    assert labels(BasisKind.INPUT, streams=2)["tonnes_per_day"] == "predicted"


def test_what_inputs_were_fitted_to_is_calibrated() -> None:
    found = labels(BasisKind.INPUT, calibrates="cycle_min_mean")
    assert found["cycle_min_mean"] == "calibrated"
    assert found["tonnes_per_day"] == "input"
