"""Faults: every kind happens at its rate, ends by itself, and is settled by the seed."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from kouan.dispatch.commands import LeaveBy, OpenBarrier, SendTo
from kouan.dispatch.events import Evidence
from kouan.port.flow import station_places
from kouan.sim.errors import FaultScriptError
from kouan.sim.faults import (
    ANSWERS,
    LARGEST_SCRIPT_BYTES,
    ORDINARY,
    WEATHER_BOUNDS,
    FaultRates,
    Faults,
    parse_rates,
    parse_script,
    read_script,
    vehicle_names,
)
from kouan.sim.memory import Memory
from tests.unit.sim.support import DAY, HOUR, MINUTE, START_MS, mandula, quiet_site

MANY = 4_000
ALWAYS = 1_000_000
RELEASED = ["D-1", "customs"]
MOVED = ["agv-1", "load", 3, 400_000]
SERVED = ["v", "weighing", "scale.1", 7, (Evidence("mass", amount=40_000),)]


def faults(seed: int = 1, **rates: int) -> Faults:
    """Faults of these rates for a day."""
    return Faults(mandula(), seed, FaultRates(**rates), START_MS + DAY)


def memory() -> Memory:
    """What the site remembers before anything has happened."""
    found = quiet_site().memory
    found.heap.items.clear()
    return found


def told(
    one: Faults, kind: str, values: list[Any], at_ms: int = START_MS
) -> tuple[bool, list[Any]]:
    """Whether an event is kept back, and what else comes instead: (time, kind, fields)."""
    known = memory()
    kept_back = one.disturbs(known, kind, values, at_ms)
    rest = [(when, what, given) for when, _, what, given in sorted(known.heap.items)]
    return kept_back, rest


def test_without_rates_nothing_happens() -> None:
    one = faults()
    for kind, values in (("Released", RELEASED), ("VehicleMoved", MOVED), ("ServiceEnded", SERVED)):
        assert told(one, kind, values) == (False, [])
    assert not one.loses(memory(), SendTo(1, "v", "a", "b"), START_MS)
    assert one.happened == {}


def test_a_lost_message_never_comes() -> None:
    assert told(faults(message_lost=ALWAYS), "Released", RELEASED) == (True, [])


def test_a_silent_authority_says_nothing_and_others_speak() -> None:
    one = faults(authority_silent=ALWAYS)
    assert told(one, "Released", RELEASED) == (True, [])
    assert told(one, "ChannelAssigned", ["D-1", "green", "customs"]) == (True, [])
    assert told(one, "VehicleMoved", MOVED) == (False, [])


def test_a_late_message_comes_later_once() -> None:
    kept_back, ((at_ms, kind, again),) = told(faults(message_late=ALWAYS), "Released", RELEASED)
    assert kept_back
    assert 10_000 <= at_ms - START_MS <= 10 * MINUTE
    assert (kind, again) == ("@again", ["Released", RELEASED])


def test_a_message_out_of_order_comes_a_little_later() -> None:
    one = faults(message_out_of_order=ALWAYS)
    kept_back, ((at_ms, kind, _),) = told(one, "Released", RELEASED)
    assert (kept_back, kind) == (True, "@again")
    assert 1 <= at_ms - START_MS <= 2_000


@pytest.mark.parametrize("rate", ["message_doubled", "authority_answers_twice"])
def test_a_doubled_message_comes_now_and_again(rate: str) -> None:
    kept_back, ((at_ms, kind, again),) = told(faults(**{rate: ALWAYS}), "Released", RELEASED)
    assert not kept_back
    assert 0 <= at_ms - START_MS <= 5_000
    assert (kind, again) == ("@again", ["Released", RELEASED])


def test_what_comes_again_is_not_disturbed_again() -> None:
    site = quiet_site(faults(message_late=ALWAYS))
    site.memory.heap.push(START_MS + 1, "Released", RELEASED)
    (event,) = site.pop(START_MS + HOUR)
    assert event[1:] == tuple(RELEASED)
    assert site.pop(START_MS + DAY) == []


def test_a_vehicle_stops_and_recovers() -> None:
    kept_back, rest = told(faults(vehicle_stops=ALWAYS), "VehicleMoved", MOVED)
    assert not kept_back
    (stop_ms, stopped, who), (back_ms, recovered, again) = rest
    assert (stop_ms, stopped, recovered) == (START_MS, "VehicleStopped", "VehicleRecovered")
    assert who[0] == again[0] == "agv-1"
    assert MINUTE <= back_ms - stop_ms <= 15 * MINUTE


def test_a_station_fails_and_is_repaired() -> None:
    kept_back, ((_, failed, what), (back_ms, repaired, _)) = told(
        faults(station_fails=ALWAYS), "ServiceEnded", SERVED
    )
    assert (kept_back, failed, repaired) == (False, "StationFailed", "StationRepaired")
    assert what == ["scale.1"]
    assert 2 * MINUTE <= back_ms - START_MS <= 30 * MINUTE


def test_the_border_closes_early_and_opens_again() -> None:
    _, ((_, closed, how), (back_ms, opened, again)) = told(
        faults(border_closes_early=ALWAYS), "Released", RELEASED
    )
    assert (closed, how[0]) == ("ModeSwitched", "closed")
    assert (opened, again[0]) == ("ModeSwitched", "normal")
    assert 5 * MINUTE <= back_ms - START_MS <= HOUR


def test_one_trouble_at_a_time_for_one_station_and_one_border() -> None:
    one, known = faults(station_fails=ALWAYS, border_closes_early=ALWAYS), memory()
    for _ in range(5):
        one.disturbs(known, "ServiceEnded", list(SERVED), START_MS)
    kinds = [kind for _, _, kind, _ in known.heap.items]
    assert kinds.count("StationFailed") == 1
    assert kinds.count("ModeSwitched") == 2


def test_a_plate_is_misread_and_nothing_else() -> None:
    evidence = (Evidence("plate", "T1"), Evidence("mass", amount=40_000))
    found = faults(plate_misread=ALWAYS).misread(memory(), evidence, START_MS)
    assert found == (Evidence("plate", ""), evidence[1])
    assert faults().misread(memory(), evidence, START_MS) == evidence


def test_only_commands_that_are_answered_are_lost() -> None:
    one = faults(command_lost=ALWAYS)
    assert one.loses(memory(), SendTo(1, "v", "a", "b"), START_MS)
    assert one.loses(memory(), LeaveBy(2, "v"), START_MS)
    assert not one.loses(memory(), OpenBarrier(3, "in_1", "v", "gate: match"), START_MS)


def test_a_first_arrival_is_never_lost() -> None:
    one, known = faults(message_lost=ALWAYS), memory()
    assert not one.disturbs(known, "Arrived", ["stranger", "gate_in"], START_MS)


def test_what_answers_nobody_is_never_disturbed() -> None:
    one = faults(message_lost=ALWAYS, message_late=ALWAYS)
    for kind in ("ManifestLodged", "TransportOrderPlaced", "HoldPlaced", "CalendarExtended"):
        assert kind not in ANSWERS
        assert told(one, kind, []) == (False, [])


def test_faults_end() -> None:
    every = FaultRates(*[ALWAYS] * len(fields(FaultRates)))
    one = Faults(mandula(), 1, every, START_MS)
    assert told(one, "Released", RELEASED) == (False, [])
    assert not one.loses(memory(), SendTo(1, "v", "a", "b"), START_MS)
    evidence = (Evidence("plate", "T1"),)
    assert one.misread(memory(), evidence, START_MS) == evidence


def test_rates_are_kept() -> None:
    one, known = faults(message_lost=50_000), memory()
    lost = sum(one.disturbs(known, "Released", RELEASED, START_MS) for _ in range(MANY))
    assert lost == one.happened["message_lost"] == pytest.approx(MANY * 0.05, abs=60)


def test_a_seed_settles_what_happens() -> None:
    def pattern(seed: int) -> list[bool]:
        one, known = faults(seed, message_lost=200_000), memory()
        return [one.disturbs(known, "Released", RELEASED, START_MS) for _ in range(200)]

    assert pattern(1) == pattern(1)
    assert pattern(1) != pattern(2)


def test_a_bad_day_has_every_kind() -> None:
    assert all(getattr(ORDINARY, field.name) > 0 for field in fields(FaultRates))


# --- scripts ----------------------------------------------------------------------------------

SCRIPT = '[[fault]]\nevent = "StationFailed"\nat = "09:30"\nstation = "scale.1"\n'


def parsed(text: str) -> tuple[tuple[int, str, list[Any]], ...]:
    """A script for the port."""
    return parse_script("faults.toml", text, mandula(), "2026-10-12")


def test_a_script_brings_its_events_at_their_times() -> None:
    text = SCRIPT + '[[fault]]\nevent = "VehicleStopped"\nat = "26:05"\nvehicle = "agv-3"\n'
    first, second = parsed(text + 'reason = "flat tyre"\n')
    assert first == (START_MS + 9 * HOUR + 30 * MINUTE, "StationFailed", ["scale.1"])
    assert second == (START_MS + 26 * HOUR + 5 * MINUTE, "VehicleStopped", ["agv-3", "flat tyre"])
    site = quiet_site(Faults(mandula(), 1, FaultRates(), START_MS + DAY, (first, second)))
    assert [type(event).__name__ for event in site.pop(START_MS + 10 * HOUR)] == ["StationFailed"]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("[[fault]]", "[[fault", "faults.toml: "),
        ("[[fault]]", "[[mistake]]", r"mistake: expected \[rates\] and \[\[fault\]\] tables"),
        (SCRIPT, "fault = 3", r"\[\[fault\]\] tables"),
        (SCRIPT, "a = " + "[" * 5_000, "faults.toml: "),
        ("StationFailed", "StationBroke", "fault 1: event: expected one of VehicleStopped"),
        ("StationFailed", "Released", "fault 1: event: expected one of"),
        ('"09:30"', '"half past"', "at: expected a time"),
        ('"09:30"', '"09:60"', "at: expected a time"),
        ('"09:30"', '"240:00"', "at: expected a time"),
        ('"09:30"', '"٠٩:30"', "at: expected a time"),
        ("station =", "statoin =", "expected the fields station"),
        ('"scale.1"', "1", "station: 1: expected str"),
        ('"scale.1"', '"scale.9"', "station: 'scale.9': expected a lane, or a place"),
        (
            'StationFailed"\nat = "09:30"\nstation = "scale.1"',
            'VehicleRecovered"\nat = "09:30"\nvehicle = "agv-99"',
            "vehicle: 'agv-99': expected a vehicle of the port such as agv-1",
        ),
    ],
)
def test_a_wrong_script_is_explained(before: str, after: str, expected: str) -> None:
    assert before in SCRIPT
    with pytest.raises(FaultScriptError, match=expected):
        parsed(SCRIPT.replace(before, after))


WEATHER = {"wind_mm_s": 0, "visibility_mm": 0, "snow_mm": 0, "temperature_mc": 0}


def weather(**values: int) -> str:
    """A script that has measured this."""
    lines = [f"{name} = {value}" for name, value in (WEATHER | values).items()]
    return "\n".join(['[[fault]]\nevent = "WeatherMeasured"\nat = "09:30"', *lines])


@pytest.mark.parametrize("name", WEATHER)
def test_weather_has_bounds(name: str) -> None:
    least, most = WEATHER_BOUNDS[name]
    for value in (least, most):
        ((_, _, values),) = parsed(weather(**{name: value}))
        assert value in values
    for value in (least - 1, most + 1):
        with pytest.raises(FaultScriptError, match=f"fault 1: {name}: {value}: expected"):
            parsed(weather(**{name: value}))


@pytest.mark.parametrize(
    ("mode", "role", "expected"),
    [
        ("shut", "port_operator", "mode: 'shut': expected one of normal, restricted"),
        ("closed", " ", "role: expected 1 to 100 letters"),
        ("closed", "x" * 101, "role: expected 1 to 100 letters"),
    ],
)
def test_a_mode_and_a_role_have_bounds(mode: str, role: str, expected: str) -> None:
    text = f'[[fault]]\nevent = "ModeSwitched"\nat = "09:30"\nmode = "{mode}"\nrole = "{role}"'
    with pytest.raises(FaultScriptError, match=expected):
        parsed(text)


def test_rates_of_a_script_replace_those_it_names() -> None:
    text = "[rates]\nplate_misread = 12.5\nstation_fails = 0\nmessage_lost = 100\n" + SCRIPT
    rates = parse_rates("faults.toml", text, ORDINARY)
    assert (rates.plate_misread, rates.station_fails, rates.message_lost) == (125_000, 0, ALWAYS)
    assert rates.vehicle_stops == ORDINARY.vehicle_stops
    assert len(parsed(text)) == 1
    assert parse_rates("faults.toml", SCRIPT, FaultRates()) == FaultRates()


@pytest.mark.parametrize("share", ["-0.1", "100.1", "nan", "inf", "true", '"5"', "[]"])
def test_a_share_is_a_percentage(share: str) -> None:
    with pytest.raises(FaultScriptError) as raised:
        parse_rates("faults.toml", f"[rates]\nmessage_lost = {share}\nfire = 1", ORDINARY)
    wrong, unknown = str(raised.value).splitlines()
    assert wrong.startswith("faults.toml: rates.message_lost: ")
    assert wrong.endswith("expected 0 to 100 (percent)")
    assert unknown.startswith("faults.toml: rates.fire: expected one of message_lost, ")


def test_rates_are_a_table() -> None:
    with pytest.raises(FaultScriptError, match=r"rates: expected a \[rates\] table"):
        parse_rates("faults.toml", "rates = 3", ORDINARY)


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(FaultScriptError) as raised:
        parsed(SCRIPT.replace("scale.1", "x") + SCRIPT + SCRIPT.replace("09:30", ""))
    first, third = str(raised.value).splitlines()
    assert first.startswith("faults.toml: fault 1: ")
    assert third.startswith("faults.toml: fault 3: ")


def test_a_script_is_read_with_a_bound(tmp_path: Path) -> None:
    path = tmp_path / "faults.toml"
    with pytest.raises(FaultScriptError, match=r"faults\.toml: No such file"):
        read_script(path)
    path.write_bytes(b"\xff")
    with pytest.raises(FaultScriptError, match="UTF-8"):
        read_script(path)
    with path.open("wb") as stream:
        stream.truncate(LARGEST_SCRIPT_BYTES + 1)
    with pytest.raises(FaultScriptError, match="at most"):
        read_script(path)
    path.write_text(SCRIPT, "utf-8")
    assert read_script(path) == SCRIPT


def test_names_are_those_the_port_uses() -> None:
    assert vehicle_names(mandula()) == [f"agv-{number}" for number in range(1, 11)]
    names = station_places(mandula())
    assert names["in_1"] == "gate_in"
    assert names["scale.2"] == "scale"
    assert "scale.3" not in names
    assert "gate_in.1" not in names
