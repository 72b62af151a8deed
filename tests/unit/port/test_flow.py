"""Stations: named in one place, in the order in which the port file declares them."""

from kouan.port.flow import station_places, stations_of
from kouan.port.places import Direction, Lane
from tests.unit.dispatch.ports import place, port


def test_stations_are_lanes_or_numbered() -> None:
    made = port(
        {"yard": place("yard", stations=2), "gate": place(stations=5), "road": place(stations=0)},
        {},
        lanes={
            "west": Lane("gate", Direction.EXIT),
            "east": Lane("gate", Direction.ENTRY),
        },
    )
    assert stations_of(made, "yard") == ("yard.1", "yard.2")
    assert stations_of(made, "gate") == ("west", "east")
    assert stations_of(made, "road") == ()
    assert list(station_places(made).items()) == [
        ("west", "gate"),
        ("east", "gate"),
        ("yard.1", "yard"),
        ("yard.2", "yard"),
    ]
