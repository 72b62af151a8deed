"""The shipped port files say of a port what the published register of ports says."""

import csv
from pathlib import Path

import pytest

from kouan.port.model import Port
from kouan.port.places import Direction
from kouan.port.read import read_port

PORTS = Path(__file__).parents[2] / "ports"


@pytest.fixture
def register(outside_data: Path) -> dict[str, dict[str, str]]:
    """Rows of the register by the port's id."""
    with (outside_data / "ports" / "ports.csv").open(encoding="utf-8") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def _port(name: str) -> Port:
    return read_port(PORTS / f"{name}.toml")


def _lanes(port: Port, direction: Direction) -> int:
    return sum(lane.direction is direction for lane in port.lanes.values())


def test_ganqimaodu_has_the_published_lanes(register: dict[str, dict[str, str]]) -> None:
    row, port = register["ganqimaodu"], _port("ganqimaodu")
    assert _lanes(port, Direction.ENTRY) == int(row["lanes_in"])
    assert _lanes(port, Direction.EXIT) == int(row["lanes_out"])


def test_ganqimaodu_carries_the_published_record_day(register: dict[str, dict[str, str]]) -> None:
    demand = _port("ganqimaodu").demand
    trucks = [stream for stream in demand.values() if not stream.fleet]
    vehicles = sum(stream.per_day or 0 for stream in trucks)
    assert f"{vehicles} vehicles" in register["ganqimaodu"]["freight"]
    inbound = demand["coal_truck"].per_day
    assert f"{inbound} inbound trucks" in register["ganqimaodu"]["note"]


@pytest.mark.parametrize("name", ["ganqimaodu", "mandula"])
def test_names_and_neighbours_are_those_of_the_register(
    register: dict[str, dict[str, str]], name: str
) -> None:
    row, port = register[name], _port(name)
    assert port.name_zh == row["name_zh"]
    assert port.sides.neighbour.country == row["country"]
    assert port.name in row["name_en"]
    assert port.sides.neighbour.name in row["neighbour"].replace(" (", "/").split("/")
