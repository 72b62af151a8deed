"""People, devices and customs: how long they take, and what they find."""

from dataclasses import replace
from statistics import fmean
from typing import Any

import pytest

from kouan.dispatch.events import Evidence
from kouan.port.model import Authority, Demand, Port
from kouan.port.procedures import Check, CheckKind, Stage
from kouan.port.service import Distribution
from kouan.sim.authorities import SIMULATED_CUSTOMS, Customs
from kouan.sim.draws import key_of
from kouan.sim.memory import Guest
from kouan.sim.people import SCALE_ERROR_KG, WRONG_MASS_KG, Stations
from tests.unit.sim.support import MINUTE, mandula, port_with

MANY = 4_000


def guest(number: int = 1, **changes: Any) -> Guest:
    """A truck with coal aboard."""
    one = Guest(
        "some", key_of(f"guest {number}"), "coal_truck", "T0012345", "P0012345", 35_000, 117_000,
        2, "S0012345", 117_000,
    )  # fmt: skip
    return replace(one, **changes)


def stations(*checks: Check, at: str = "gate_in", time_ms: int | None = None) -> Stations:
    """The port with one stage in its truck procedure."""
    time = Distribution(fixed_ms=time_ms) if time_ms is not None else None
    stage = Stage("only", at, checks=checks, time=time)
    procedure = replace(mandula().procedures["coal_truck"], stages=(stage,))
    port = replace(mandula(), procedures={"coal_truck": procedure})
    return Stations(port, 1)


def found(one: Stations, number: int = 1, attempt: int = 1, **changes: Any) -> Evidence:
    """The one piece of evidence of a visit's only stage."""
    service = one.services["coal_truck", "only"]
    (evidence,) = one.evidence(service, guest(number, **changes), attempt)
    return evidence


def test_checks_run_side_by_side_so_the_longest_counts() -> None:
    short = Check(CheckKind.PLATE, Distribution(fixed_ms=5_000))
    long = Check(CheckKind.DRIVER, Distribution(fixed_ms=20_000))
    for checks, time_ms, expected in (
        ((short, long), None, 20_000),
        ((short, long), 30_000, 30_000),
        ((short,), 1_000, 5_000),
        ((Check(CheckKind.SEAL),), None, 0),
    ):
        one = stations(*checks, time_ms=time_ms)
        assert one.duration_ms(one.services["coal_truck", "only"], guest(), 1) == expected


def test_another_attempt_is_drawn_anew() -> None:
    check = Check(CheckKind.PLATE, Distribution(uniform_ms=(1_000, 100_000)), unread_ppm=500_000)
    one = stations(check)
    service = one.services["coal_truck", "only"]
    times = [one.duration_ms(service, guest(), attempt) for attempt in range(1, 20)]
    assert len(dict.fromkeys(times)) > 15
    read = [found(one, attempt=attempt).found for attempt in range(1, 40)]
    assert 8 < read.count("") < 32


def test_plates_drivers_and_seals_are_read_as_they_are() -> None:
    for kind, expected in (
        (CheckKind.PLATE, "T0012345"),
        (CheckKind.DRIVER, "P0012345"),
        (CheckKind.SEAL, "S0012345"),
    ):
        assert found(stations(Check(kind))) == Evidence(kind.value, expected)


def test_devices_fail_to_read_as_often_as_declared_and_people_never() -> None:
    check = Check(CheckKind.PLATE, unread_ppm=50_000)
    one, desk = stations(check), stations(check, at="desk_in")
    unread = sum(found(one, number).found == "" for number in range(MANY))
    assert unread == pytest.approx(MANY * 0.05, abs=60)
    assert all(found(desk, number).found for number in range(200))


def test_what_is_wrong_is_wrong_at_every_stage_and_attempt() -> None:
    one = stations(Check(CheckKind.DRIVER, wrong_ppm=100_000))
    wrong = [number for number in range(MANY) if found(one, number).found != "P0012345"]
    assert len(wrong) == pytest.approx(MANY / 10, abs=80)
    assert all(found(one, number, attempt=7).found == "X001234X" for number in wrong)


def test_a_scale_errs_a_little_and_tells_a_wrong_load() -> None:
    one = stations(Check(CheckKind.MASS, wrong_ppm=100_000))
    errors = [found(one, number).amount - 152_000 for number in range(MANY)]
    right = [error for error in errors if abs(error) <= SCALE_ERROR_KG]
    wrong = [error for error in errors if abs(error - WRONG_MASS_KG) <= SCALE_ERROR_KG]
    assert len(right) + len(wrong) == MANY
    assert len(wrong) == pytest.approx(MANY / 10, abs=80)
    assert abs(fmean(right)) < 5
    empty = found(one, 1, aboard_kg=0)
    assert abs(empty.amount - 35_000) <= SCALE_ERROR_KG
    unread = stations(Check(CheckKind.MASS, unread_ppm=1_000_000))
    assert found(unread) == Evidence("mass", amount=0)


def test_containers_are_counted_and_judgements_given() -> None:
    assert found(stations(Check(CheckKind.CONTAINER))).amount == 2
    assert found(stations(Check(CheckKind.CONTAINER, wrong_ppm=1_000_000))).amount == 3
    assert found(stations(Check(CheckKind.IMAGE))).ok
    wrong = found(stations(Check(CheckKind.IMAGE, wrong_ppm=1_000_000)))
    assert (wrong.ok, wrong.found) == (False, "not passed")


def test_a_later_result_is_no_evidence_of_the_service() -> None:
    later = Check(CheckKind.SAMPLE, result_after=Distribution(uniform_ms=(60_000, 120_000)))
    one = stations(Check(CheckKind.INSPECTION), later)
    service = one.services["coal_truck", "only"]
    assert [item.check for item in one.evidence(service, guest(), 1)] == ["inspection"]
    ((delay_ms, evidence),) = one.later_results(service, guest(), 1)
    assert 60_000 <= delay_ms <= 120_000
    assert evidence.check == "sample"


# --- customs ----------------------------------------------------------------------------------


def office(**changes: Any) -> Customs:
    """A customs office at a port with one stream."""
    authority = Authority(Distribution(fixed_ms=2 * MINUTE), Distribution(fixed_ms=5 * MINUTE))
    demand = Demand("coal_truck", channels={"green": 920_000, "yellow": 60_000, "red": 20_000})
    port: Port = port_with(some=demand)
    return Customs(replace(port, authorities={"customs": replace(authority, **changes)}), 1)


def test_channels_come_in_their_shares_and_say_that_they_are_simulated() -> None:
    customs = office()
    channels = []
    for number in range(MANY):
        delay_ms, kind, fields = customs.channel(guest(number), "D-1")
        assert (delay_ms, kind, fields[0], fields[2]) == (
            2 * MINUTE, "ChannelAssigned", "D-1", SIMULATED_CUSTOMS,
        )  # fmt: skip
        channels.append(fields[1])
    assert channels.count("yellow") == pytest.approx(MANY * 0.06, abs=65)
    assert channels.count("red") == pytest.approx(MANY * 0.02, abs=40)
    assert "simulated" in SIMULATED_CUSTOMS


def test_goods_are_released_after_a_time() -> None:
    ((delay_ms, kind, fields),) = office().arrival(guest(), "D-1", "none")
    assert (delay_ms, kind, fields) == (5 * MINUTE, "Released", ["D-1", SIMULATED_CUSTOMS])


def test_findings_are_held_and_released_later() -> None:
    customs = office(hold_for=Distribution(fixed_ms=30 * MINUTE))
    held, lifted, released = customs.arrival(guest(), "D-1", "scale: +3000 kg")
    assert held == (0, "HoldPlaced", ["D-1", SIMULATED_CUSTOMS, "scale: +3000 kg"])
    assert lifted[:2] == (30 * MINUTE, "HoldLifted")
    assert released[:2] == (35 * MINUTE, "Released")


def test_chance_holds_as_often_as_declared() -> None:
    customs = office(hold_share_ppm=50_000)
    held = sum(len(customs.arrival(guest(number), "D", "none")) == 3 for number in range(MANY))
    assert held == pytest.approx(MANY * 0.05, abs=60)


def test_a_port_without_an_office_answers_at_once() -> None:
    port = replace(port_with(some=Demand("coal_truck")), authorities={})
    assert Customs(port, 1).channel(guest(), "D-1")[:2] == (0, "ChannelAssigned")
