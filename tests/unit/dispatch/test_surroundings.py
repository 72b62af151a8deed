"""Shifts, weather, failing stations, manual mode: what the port can't choose."""

from dataclasses import replace

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.port.model import Mode, ModeName, Port, WeatherLimit
from kouan.port.places import Crew, ShiftEnd
from tests.unit.dispatch.play import START, Play
from tests.unit.dispatch.ports import HOUR, MINUTE, place, port, procedure, stage, truck_port
from tests.unit.dispatch.test_lanes import opened


def with_crew(at_end: ShiftEnd) -> Port:
    return port(
        {"bay": place("bay", crew="officers", stations=2)},
        {"p": procedure(stage("inspect", "bay"))},
        crews={"officers": Crew("08:00-20:00", at_end)},
    )


def shifts(play: Play, *hours: tuple[int, int], until: int = 240) -> None:
    opened(play, "crew:officers", *hours, until=until)
    opened(play, "place:bay", *hours, until=until)


def test_a_crew_that_finishes_is_not_interrupted() -> None:
    play = Play(with_crew(ShiftEnd.FINISH))
    shifts(play, (0, 8), (16, 24))
    play.come("t1")
    play.wait(9 * HOUR)
    assert play.told(c.SuspendService) == []
    play.come("t2")
    play.serve("t1")
    assert play.asked(c.StartService) == []
    play.wait(7 * HOUR)
    assert [each.visit for each in play.asked(c.StartService)] == ["t2"]


def test_a_crew_hands_over_what_is_under_way_even_if_just_begun() -> None:
    play = Play(with_crew(ShiftEnd.HAND_OVER))
    shifts(play, (0, 8), (16, 24), (24, 32))
    play.come("t1")
    play.wait(8 * HOUR - 1)
    play.come("t2")
    play.wait(1)
    assert [each.visit for each in play.told(c.SuspendService)] == ["t1", "t2"]
    play.wait(8 * HOUR)
    assert [each.visit for each in play.told(c.ResumeService)] == ["t1", "t2"]
    play.serve("t1")
    # The next shift follows at once: nothing is suspended between the two.
    play.wait(8 * HOUR)
    assert len(play.told(c.SuspendService)) == 2
    play.wait(8 * HOUR)
    assert [each.visit for each in play.told(c.SuspendService)] == ["t1", "t2", "t2"]
    play.serve("t2")
    play.run()
    assert play.state.visits == {}


def test_a_service_that_ends_while_it_is_suspended_has_ended() -> None:
    play = Play(with_crew(ShiftEnd.HAND_OVER))
    shifts(play, (0, 8), (16, 24))
    play.come("t1")
    play.wait(9 * HOUR)
    play.serve("t1")
    play.run()
    play.wait(10 * HOUR)
    assert play.told(c.ResumeService) == []
    assert play.state.visits == {}


def test_a_resumption_that_is_lost_is_asked_for_again() -> None:
    play = Play(with_crew(ShiftEnd.HAND_OVER))
    shifts(play, (0, 8), (16, 240))
    play.come("t1")
    play.wait(16 * HOUR + 3 * HOUR)
    resumed = play.told(c.ResumeService)
    assert len(resumed) == 2
    assert resumed[0] == resumed[1]
    play.serve("t1")
    play.wait(9 * HOUR)
    assert len(play.told(c.ResumeService)) == 2


def test_suspended_services_go_on_when_the_next_shift_becomes_known_late() -> None:
    play = Play(with_crew(ShiftEnd.HAND_OVER))
    shifts(play, (0, 8), until=9)
    play.come("t1")
    play.wait(12 * HOUR)
    assert len(play.told(c.SuspendService)) == 1
    shifts(play, (16, 24))
    play.wait(4 * HOUR)
    assert len(play.told(c.ResumeService)) == 1


def test_a_failed_station_serves_nobody_and_keeps_whom_it_has() -> None:
    made = port({"gate": place(stations=2)}, {"p": procedure(stage("pass", "gate"))})
    play = Play(made)
    play.come("t1")
    play.tell(e.StationFailed, "gate.1")
    play.tell(e.StationFailed, "gate.1")
    play.tell(e.StationFailed, "gate.2")
    play.come("t2")
    assert [each.visit for each in play.asked(c.StartService)] == ["t1"]
    play.serve("t1")
    assert play.asked(c.StartService) == []
    play.tell(e.StationRepaired, "gate.2")
    play.tell(e.StationRepaired, "gate.2")
    assert [each.station for each in play.asked(c.StartService)] == ["gate.2"]
    play.come("t3")
    play.tell(e.StationRepaired, "gate.1")
    assert play.state.places["gate"].busy == {1: "t2", 0: "t3"}
    assert len(play.told(c.RaiseAlarm)) == 2
    play.check()


def test_a_station_repaired_while_busy_is_not_free() -> None:
    made = port({"gate": place()}, {"p": procedure(stage("pass", "gate"))})
    play = Play(made)
    play.come("t1")
    play.come("t2")
    play.tell(e.StationFailed, "gate.1")
    play.tell(e.StationRepaired, "gate.1")
    assert [each.visit for each in play.asked(c.StartService)] == ["t1"]
    play.run()
    assert play.state.visits == {}


def measured(play: Play, wind: int = 0, snow: int = 0) -> list[c.Command]:
    return play.tell(e.WeatherMeasured, wind, 10_000_000, snow, 20_000)


def test_weather_closes_places_and_opens_them_again() -> None:
    made = port(
        {"gate": place(), "crane": place("crane")},
        {"p": procedure(stage("lift", "crane"))},
        weather={"storm": WeatherLimit(wind_above_mm_s=15_000, close=True, places=("crane",))},
    )
    play = Play(made)
    measured(play, wind=15_001)
    play.come("t1")
    assert play.asked(c.StartService) == []
    measured(play, wind=15_001)
    measured(play, wind=15_000)
    assert len(play.asked(c.StartService)) == 1


def test_weather_slows_segments_once_and_lifts_it_once() -> None:
    made = replace(
        truck_port(),
        weather={
            "snow": WeatherLimit(snow_above_mm=50, slow_to_ppm=500_000, segments=("s1",)),
            "much": WeatherLimit(snow_above_mm=200, slow_to_ppm=200_000, segments=("s1", "s2")),
        },
    )
    play = Play(made)
    for snow in (60, 60, 300, 0, 0):
        measured(play, snow=snow)
    told = [(each.segment, each.share_ppm) for each in play.told(c.SlowTo)]
    assert told == [
        ("s1", 500_000),
        ("s1", 200_000),
        ("s2", 200_000),
        ("s1", 1_000_000),
        ("s2", 1_000_000),
    ]


def test_in_manual_mode_devices_count_for_nothing_and_people_decide() -> None:
    made = replace(truck_port(), modes={ModeName.MANUAL: Mode()})
    play = Play(made)
    play.tell(e.ModeSwitched, "manual", "port_operator")
    play.come("t1")
    play.run_papers()
    play.serve("t1", stage="gate_in")
    assert play.told(c.OpenBarrier) == []
    play.serve("t1", stage="by_hand")
    play.tell(e.ModeSwitched, "normal", "port_operator")
    play.run()
    assert play.told(c.ReportArrival)[0].findings == "none"
    assert play.state.visits == {}


def test_a_service_begun_before_the_switch_to_manual_mode_is_still_the_devices() -> None:
    """A driverless vehicle in a gate at that moment is not sent back for it."""
    play = Play(replace(truck_port(), modes={ModeName.MANUAL: Mode()}))
    play.come("t1")
    play.run_papers()
    play.tell(e.ModeSwitched, "manual", "port_operator")
    play.tell(e.ModeSwitched, "manual", "port_operator")
    play.serve("t1", stage="gate_in")
    assert play.told(c.OpenBarrier)
    play.check()


def test_in_manual_mode_a_stage_that_names_no_review_turns_back() -> None:
    made = port(
        {"gate": place()},
        {"p": procedure(stage("pass", "gate", "plate"))},
        modes={ModeName.MANUAL: Mode()},
    )
    play = Play(made)
    play.tell(e.ModeSwitched, "manual", "port_operator")
    play.come("t1")
    play.serve("t1")
    assert "manual mode" in play.told(c.TurnBack)[0].reason


def test_calendars_of_unknown_things_are_kept_and_change_nothing() -> None:
    play = Play(truck_port())
    for key in ("lane:nowhere", "place:nowhere", "crew:nobody", "conversion:x:0", "side:moon", "?"):
        assert play.tell(e.CalendarExtended, key, START + HOUR, (START,), (START + MINUTE,)) == []


def test_intervals_that_touch_where_the_calendar_was_known_to_are_one() -> None:
    play = Play(truck_port())
    opened(play, "place:gate", (0, 5), until=5)
    opened(play, "place:gate", (5, 9), (20, 30), until=40)
    opened(play, "place:gate", (5, 9), until=39)
    times = play.state.calendars["place:gate"]
    assert times.closes == [START + 9 * HOUR, START + 30 * HOUR]
