"""Virtual managers that go on from what they knew, wherever their process was killed."""

from pathlib import Path

import pytest

from kouan.live.broker import BrokerAddress
from kouan.live.errors import LiveError
from kouan.live.missions.crew import ManagerCrew, managers
from kouan.live.missions.messages import MOST_VEHICLES
from kouan.live.missions.twin import VirtualManager
from kouan.live.virtual.spec import VehicleSpec
from tests.unit.live.missions.support import VEHICLE, Pair, way

BROKER = BrokerAddress("127.0.0.1", 1)


def replaced(pair: Pair) -> None:
    """Let another process go on with what the manager kept."""
    memory = pair.manager.freeze(pair.now_ms)
    pair.manager = VirtualManager("agv", [VEHICLE])
    assert pair.manager.thaw(memory) == pair.now_ms
    assert pair.manager.freeze(pair.now_ms) == memory


@pytest.mark.parametrize("every_ms", [500, 2_300, 7_000])
def test_a_way_with_gates_is_driven_by_many_processes_as_by_one(every_ms: int) -> None:
    pairs = [Pair(), Pair()]
    for request, (first, last) in enumerate([(1, 3), (4, 6), (7, 9)], 1):
        for pair in pairs:
            pair.do(
                way(
                    request,
                    first,
                    last,
                    ahead=2 if last < 9 else 0,
                    action="order"[: last // 9 * 5],
                )
            )
        for _ in range(60_000 // every_ms):
            for pair in pairs:
                pair.wait(every_ms)
            replaced(pairs[1])
    assert pairs[0].passed() == pairs[1].passed() == list(range(1, 10))
    assert [event.at_ms for event in pairs[0].events] == [event.at_ms for event in pairs[1].events]


def test_what_is_no_memory_is_named(tmp_path: Path) -> None:
    (tmp_path / "agv.manager.json").write_bytes(b"{\xff")
    with pytest.raises(LiveError, match=r"agv\.manager\.json: .* remove it to begin anew"):
        managers(ManagerCrew(BROKER, {"agv": [VEHICLE]}, keep=str(tmp_path)))


def test_more_vehicles_than_a_report_holds_are_refused() -> None:
    many = [VehicleSpec(f"agv-{number}") for number in range(MOST_VEHICLES + 1)]
    with pytest.raises(LiveError, match="fleet agv: 501 vehicles: expected at most 500"):
        managers(ManagerCrew(BROKER, {"agv": many}))
