"""A vehicle on its way to a place: what becomes of it when its stations change meanwhile."""

from dataclasses import replace

import pytest

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.port.model import Mode, ModeName, Port, WeatherLimit
from kouan.port.places import Conversion, Direction, Lane
from tests.unit.dispatch.play import Play
from tests.unit.dispatch.ports import HOUR, agv_port, fleet, place
from tests.unit.dispatch.test_fleet import started
from tests.unit.dispatch.test_lanes import opened


def driving_in(made: Port | None = None, count: int = 1) -> Play:
    """The first vehicle drives on the last part of its way to the line."""
    play = started(made, count)
    play.order("o1")
    play.serve("o1", stage="load")
    while play.cars["agv-1"].ahead[-1:] != ["l"]:
        play.drive("agv-1")
    return play


def stations(play: Play) -> list[str]:
    return [each.station for each in play.asked(c.StartService)]


def test_it_waits_before_a_station_that_has_failed_until_it_is_repaired() -> None:
    play = driving_in()
    play.tell(e.StationFailed, "east")
    play.drive_all("agv-1")
    assert stations(play) == []
    play.tell(e.StationRepaired, "east")
    assert stations(play) == ["east"]
    play.run()
    assert play.state.visits == {}
    play.check()


STORM = WeatherLimit(wind_above_mm_s=9, close=True, places=("line",))


def test_it_waits_while_the_weather_closes_the_place() -> None:
    play = driving_in(replace(agv_port(1), weather={"storm": STORM}))
    play.tell(e.WeatherMeasured, 10, 10_000_000, 0, 0)
    play.drive_all("agv-1")
    assert stations(play) == []
    play.tell(e.WeatherMeasured, 0, 10_000_000, 0, 0)
    assert stations(play) == ["east"]


def test_it_waits_while_its_class_does_not_pass() -> None:
    play = driving_in(replace(agv_port(1), modes={ModeName.RESTRICTED: Mode(classes=("food",))}))
    play.tell(e.ModeSwitched, "restricted", "port_operator")
    play.drive_all("agv-1")
    assert stations(play) == []
    play.tell(e.ModeSwitched, "normal", "port_operator")
    assert stations(play) == ["east"]


def test_it_takes_another_lane_when_one_now_serves_the_other_direction() -> None:
    made = agv_port(1)
    turning = Lane(
        "line", Direction.ENTRY, conversions=(Conversion("12:00-13:00", Direction.EXIT),)
    )
    play = driving_in(replace(made, lanes={"east": turning, "more": Lane("line", Direction.ENTRY)}))
    opened(play, "conversion:east:0", (0, 1))
    play.drive_all("agv-1")
    assert stations(play) == ["more"]
    assert play.state.places["line"].busy == {1: "o1"}
    play.check()


def test_it_waits_until_a_lane_serves_its_direction() -> None:
    made = agv_port(1)
    turning = Lane(
        "line", Direction.ENTRY, conversions=(Conversion("12:00-13:00", Direction.EXIT),)
    )
    play = driving_in(replace(made, lanes={"east": turning}))
    opened(play, "conversion:east:0", (0, 1))
    play.drive_all("agv-1")
    assert stations(play) == []
    play.wait(HOUR)
    assert stations(play) == ["east"]


def test_a_vehicle_is_not_served_outside_the_lanes_hours() -> None:
    made = agv_port(1)
    made = replace(
        made, lanes={**made.lanes, "east": replace(made.lanes["east"], hours="10:00-12:00")}
    )
    play = started(made, 1)
    opened(play, "lane:east", (0, 1), (5, 6))
    play.order("o1")
    play.serve("o1", stage="load")
    play.wait(2 * HOUR)
    play.drive_all("agv-1")
    assert play.cars["agv-1"].node == "l"
    assert stations(play) == []
    play.wait(3 * HOUR)
    assert stations(play) == ["east"]


@pytest.mark.parametrize(
    ("limit", "bad"),
    [
        (WeatherLimit(wind_above_mm_s=9, close=True, segments=("s1",)), (10, 10_000_000, 0, 0)),
        (WeatherLimit(visibility_below_mm=500, close=True, segments=("s1",)), (0, 499, 0, 0)),
        (WeatherLimit(snow_above_mm=50, close=True, segments=("s1",)), (0, 10_000_000, 51, 0)),
        (WeatherLimit(cold_below_mc=-30_000, close=True, segments=("s1",)), (0, 1_000, 0, -30_001)),
    ],
)
def test_nobody_is_granted_more_of_a_road_that_the_weather_closes(
    limit: WeatherLimit, bad: tuple[int, ...]
) -> None:
    play = started(replace(agv_port(1), weather={"limit": limit}), 1)
    play.order("o1")
    play.serve("o1", stage="load")
    play.tell(e.WeatherMeasured, *bad)
    play.drive_all("agv-1")
    assert play.cars["agv-1"].node == "s1.3"
    play.tell(e.WeatherMeasured, *bad)
    assert play.cars["agv-1"].ahead == []
    play.tell(e.WeatherMeasured, 0, 10_000_000, 0, 0)
    play.run()
    assert play.state.visits == {}
    play.check()


def test_a_vehicle_that_can_never_charge_says_so_when_it_is_too_empty() -> None:
    made = replace(agv_port(1), fleets={"agv": fleet(1, battery_wh=24_800, reserve_ppm=800_000)})
    play = started(made, 1)
    play.order("o1")
    play.run()
    texts = [each.text for each in play.told(c.RaiseAlarm)]
    assert sum("it has no charger" in text for text in texts) == 1
    assert play.state.visits == {}


def test_it_stands_at_a_closed_place_and_is_served_when_it_opens() -> None:
    made = agv_port(1)
    play = Play(replace(made, places={**made.places, "shed": place("shed", node="s")}))
    opened(play, "place:shed", (3, 4))
    play.join(1)
    play.order("o1")
    play.run()
    assert play.cars["agv-1"].node == "s"
    assert play.state.places["shed"].queued == 1
    play.wait(3 * HOUR)
    play.run()
    assert play.state.visits == {}
