"""What goes wrong at a gate: no barrier opens without a verdict, and nobody is forgotten."""

from collections.abc import Iterator

import pytest

from tests.e2e.gate_port import (
    LANE,
    SHOWN,
    GatePort,
    gate_port,
    reasons,
    wait_until,
)

pytestmark = pytest.mark.xdist_group("gate_faults")


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatePort]:
    """One port; every test leaves its lane empty and its devices mended."""
    with gate_port(tmp_path_factory.mktemp("faults") / "data") as running:
        yield running


def go_wrong(port: GatePort, device: str, fault: str) -> None:
    port.twin("fault", device=device, fault=fault)


def told(port: GatePort) -> list[str]:
    return [text for _, _, commands in port.journal() for text in reasons(commands)]


def out_of_order(port: GatePort) -> bool:
    """Whether the lane's station was told to have failed, and not to work again."""
    words = [
        kind
        for kind, event, _ in port.journal()
        if kind in ("StationFailed", "StationRepaired") and event[1] == LANE
    ]
    return bool(words) and words[-1] == "StationFailed"


def no_barrier(port: GatePort) -> None:
    with port.plc() as barrier:
        assert barrier() == (False, False)


def sent_away(port: GatePort) -> None:
    """Lead a stranger out of the lane."""
    port.say("/api/lanes/refuse", station=LANE, reason="sent away")
    wait_until(lambda: port.lane()["leaving"], "it is not led away")
    port.leave_backwards()


def to_the_bay(port: GatePort, visit: str, reason: str) -> None:
    """Wait until a visit is led to the bay for a reason, and lead it there."""
    wait_until(lambda: port.lane()["leaving"], f"{visit}: no verdict")
    lane = port.lane()
    assert (lane["visit"], lane["by_barrier"]) == (visit, False)
    assert reason in lane["why"], lane["why"]
    no_barrier(port)
    port.leave_backwards()


@pytest.mark.parametrize("fault", ["black", "silent"])
def test_a_camera_that_sees_nothing_lets_nobody_in(port: GatePort, fault: str) -> None:
    port.announce(f"unseen-{fault}", plate=f"蒙L1110{len(fault)}")
    go_wrong(port, "front", fault)
    port.drive_up(SHOWN._replace(plate=f"蒙L1110{len(fault)}"))
    wait_until(lambda: port.lane()["seen_ms"], "the carrier is not told")
    assert port.lane()["plate"] == ""
    no_barrier(port)
    go_wrong(port, "front", "")
    sent_away(port)


def test_a_camera_that_shows_the_next_truck_passes_neither(port: GatePort) -> None:
    for visit, plate in (("this-one", "蒙L20001"), ("next-one", "蒙L20002")):
        port.announce(visit, plate=plate)
    port.drive_up(SHOWN._replace(plate="蒙L20002", passport="K20001001"))
    to_the_bay(port, "next-one", "driver: another driver than declared")
    assert not {"this-one", "next-one"} & set(port.opened_for())


def test_a_frozen_camera_counts_for_nothing(port: GatePort) -> None:
    port.announce("thawed", plate="蒙L30001")
    port.drive_up(SHOWN._replace(plate="蒙L30001", seal="SEAL3333"))
    to_the_bay(port, "thawed", "seal: read SEAL3333")
    port.announce("frozen", plate="蒙L30002", seal="SEAL3333")
    go_wrong(port, "rear", "frozen")
    port.drive_up(SHOWN._replace(plate="蒙L30002", seal="SEAL4444"))
    to_the_bay(port, "frozen", "seal: the camera is frozen")
    go_wrong(port, "rear", "")


@pytest.mark.parametrize("fault", ["drift", "garbage", "silent"])
def test_a_scale_that_is_not_well_weighs_nobody(port: GatePort, fault: str) -> None:
    plate = f"蒙L4000{len(fault)}"
    port.announce(f"weighed-{fault}", plate=plate)
    go_wrong(port, "weigh", fault)
    wait_until(lambda: port.get("/api/lanes")["devices"]["weigh"]["state"] != "ok", "all is well")
    port.drive_up(SHOWN._replace(plate=plate))
    to_the_bay(port, f"weighed-{fault}", "mass: ")
    go_wrong(port, "weigh", "")
    wait_until(lambda: port.get("/api/lanes")["devices"]["weigh"]["state"] == "ok", "still ill")


def test_a_barrier_that_does_not_move_is_asked_again_once_it_can(port: GatePort) -> None:
    port.announce("held-up", plate="蒙L50001")
    go_wrong(port, "barrier", "stays_down")
    port.drive_up(SHOWN._replace(plate="蒙L50001"))
    wait_until(lambda: port.lane()["by_barrier"], "no verdict")
    wait_until(lambda: out_of_order(port), "nobody is told")
    assert port.twin("state")["stations"][LANE]["arm"] == "down"
    go_wrong(port, "barrier", "")
    wait_until(port.is_empty, "it is not let through once the barrier works")
    wait_until(lambda: not out_of_order(port), "the lane is still out of order")
    assert port.opened_for().count("held-up") == 1


def test_a_silent_unit_puts_the_lane_out_of_order(port: GatePort) -> None:
    go_wrong(port, "barrier", "silent")
    wait_until(lambda: out_of_order(port), "the lane is in order")
    no_command = port.opened_for()
    go_wrong(port, "barrier", "")
    wait_until(lambda: not out_of_order(port), "the lane is still out of order")
    assert port.opened_for() == no_command


def test_a_truck_that_drives_under_an_arm_that_stayed_up_is_told(port: GatePort) -> None:
    for visit, plate in (("leader", "蒙L60001"), ("follower", "蒙L60002")):
        port.announce(visit, plate=plate)
    wait_until(lambda: port.twin("state")["stations"][LANE]["arm"] == "down", "it stays up")
    go_wrong(port, "barrier", "stays_up")
    port.drive_up(SHOWN._replace(plate="蒙L60001"))
    wait_until(lambda: port.is_judged("leader"), "no verdict")
    assert port.opened_for().count("leader") == 1
    wait_until(port.is_empty, "it stays")
    assert port.twin("state")["stations"][LANE]["arm"] == "up"
    port.twin("arrive", station=LANE, mass_kg=35_000, pictures=[], close=True)
    wait_until(lambda: any(went_past(text) for text in told(port)), "nobody is told")
    go_wrong(port, "barrier", "")
    wait_until(port.is_empty, "the lane is not empty")
    wait_until(lambda: not out_of_order(port), "the lane is still out of order")
    assert [one for one in port.opened_for() if one in ("leader", "follower")] == ["leader"]


def went_past(text: str) -> bool:
    """Whether people are told that more went past than were let."""
    return "went past" in text and "let past" in text


def test_a_flooding_camera_is_held_back_and_blocks_nobody(port: GatePort) -> None:
    port.announce("flooded", plate="蒙L70001")
    go_wrong(port, "side", "flood")
    port.drive_up(SHOWN._replace(plate="蒙L70001"))
    wait_until(lambda: port.is_judged("flooded"), "no verdict")
    go_wrong(port, "side", "")
    if "flooded" not in port.opened_for():
        port.leave_backwards()
    wait_until(port.is_empty, "the lane is not empty")
    metrics = port.metrics()
    assert any('what="flood"' in line and 'device="side"' in line for line in metrics)


def test_no_rule_was_broken(port: GatePort) -> None:
    """Runs last."""
    assert port.violations() == []
