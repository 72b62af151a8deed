"""When a lane's service ends, and with what evidence."""

from kouan.dispatch.events import Evidence
from kouan.live.gates.notes import DeclaredNote, LaneNote, ServiceNote, TakenNote
from kouan.live.gates.rounds import NO_DEVICE, NOTHING_CAME, Round, evidence_of
from kouan.port.devices import Device, DeviceKind, DeviceRole
from kouan.port.procedures import Check, CheckKind, Stage

CAMERA = Device(
    DeviceKind.CAMERA, "in", role=DeviceRole.FRONT, checks=(CheckKind.PLATE, CheckKind.CONTAINER)
)
SCALE = Device(DeviceKind.SCALE, "in", "tcp://127.0.0.1:1", checks=(CheckKind.MASS,))
PORTAL = Device(DeviceKind.READER, "in", "modbus://127.0.0.1:1/1", checks=(CheckKind.RADIATION,))
DEVICES = {"camera": CAMERA, "scale": SCALE, "portal": PORTAL}
WAITS_MS = 60_000
BOXES = ("CSQU3054383", "MSKU9070323")


def round_of(*checks: CheckKind, containers: int = 0) -> Round:
    service = ServiceNote(5, "v", "p", "stop", "in", 1, began_ms=1_000)
    stage = Stage("stop", "gate", checks=tuple(Check(check) for check in checks))
    declared = DeclaredNote(
        *("p", "c", "AB123", "D", 18_000, 30_000, "coal", containers, ""), (), 0
    )
    return Round(service, stage, declared, DEVICES)


def took(check: CheckKind, found: str = "", amount: int = 0, **fields: object) -> TakenNote:
    given = {"confidence_ppm": 990_000, "ok": True, "reason": "", "by": "", "image": "", **fields}
    return TakenNote(1_500, "camera", check, found, amount, **given)  # type: ignore[arg-type]


def lane(*taken: TakenNote) -> LaneNote:
    return LaneNote(1_000, "AB123", taken=taken)


def test_a_service_waits_for_what_its_checks_ask_for() -> None:
    asked = round_of(CheckKind.PLATE, CheckKind.MASS)
    plate = took(CheckKind.PLATE, "AB123")
    assert evidence_of(asked, lane(plate), WAITS_MS, 2_000) is None
    mass = took(CheckKind.MASS, amount=48_000)
    found = evidence_of(asked, lane(plate, mass), WAITS_MS, 2_000)
    assert found is not None
    assert [(one.check, one.found, one.amount) for one in found] == [
        ("plate", "AB123", 0),
        ("mass", "", 48_000),
    ]


def test_what_does_not_come_in_time_is_unread_and_says_so() -> None:
    asked = round_of(CheckKind.PLATE, CheckKind.MASS)
    dark = took(CheckKind.PLATE, ok=False, reason="too dark")
    assert evidence_of(asked, lane(dark), WAITS_MS, 1_000 + WAITS_MS - 1) is None
    found = evidence_of(asked, lane(dark), WAITS_MS, 1_000 + WAITS_MS)
    assert found is not None
    assert [(one.check, one.reason) for one in found] == [
        ("plate", "too dark"),
        ("mass", NOTHING_CAME),
    ]


def test_a_check_that_no_device_makes_is_not_waited_for() -> None:
    found = evidence_of(round_of(CheckKind.DISINFECTION), lane(), WAITS_MS, 1_000)
    assert found == (Evidence("disinfection", ok=False, reason=NO_DEVICE),)


def test_facts_need_no_device() -> None:
    assert evidence_of(round_of(CheckKind.MANIFEST), lane(), WAITS_MS, 1_000) == ()


def test_frames_that_differ_are_a_matter_for_a_person() -> None:
    taken = [
        took(CheckKind.PLATE, "AB123", confidence_ppm=980_000),
        took(CheckKind.PLATE, "AB128", confidence_ppm=950_000),
    ]
    found = evidence_of(round_of(CheckKind.PLATE), lane(*taken), WAITS_MS, 1_000)
    assert found is not None
    assert (found[0].found, found[0].confidence_ppm) == ("AB123", 0)
    assert found[0].reason == "also read: AB128"


def test_the_best_of_equal_frames_counts() -> None:
    taken = [took(CheckKind.PLATE, "AB123", confidence_ppm=ppm) for ppm in (910_000, 970_000, 1)]
    found = evidence_of(round_of(CheckKind.PLATE), lane(*taken), WAITS_MS, 1_000)
    assert found is not None
    assert found[0].confidence_ppm == 970_000


def test_all_containers_are_waited_for() -> None:
    asked = round_of(CheckKind.CONTAINER, containers=2)
    one = took(CheckKind.CONTAINER, BOXES[0])
    assert evidence_of(asked, lane(one, one), WAITS_MS, 2_000) is None
    late = evidence_of(asked, lane(one, one), WAITS_MS, 1_000 + WAITS_MS)
    assert late is not None
    assert [box.found for box in late] == [BOXES[0], ""]
    both = evidence_of(asked, lane(one, took(CheckKind.CONTAINER, BOXES[1])), WAITS_MS, 2_000)
    assert both is not None
    assert [(box.found, box.amount) for box in both] == [(BOXES[0], 2), (BOXES[1], 2)]


def test_a_container_that_is_not_declared_is_brought_too() -> None:
    asked = round_of(CheckKind.CONTAINER, containers=1)
    taken = [took(CheckKind.CONTAINER, number) for number in BOXES]
    found = evidence_of(asked, lane(*taken), WAITS_MS, 2_000)
    assert found is not None
    assert [box.found for box in found] == list(BOXES)


def test_an_alarm_counts_whatever_was_said_before_or_after() -> None:
    words = [
        took(CheckKind.RADIATION, text, ok=text != "alarm") for text in ("clear", "alarm", "clear")
    ]
    found = evidence_of(round_of(CheckKind.RADIATION), lane(*words), WAITS_MS, 2_000)
    assert found is not None
    assert not found[0].ok


def test_a_scale_that_is_not_well_is_waited_for() -> None:
    bad = took(CheckKind.MASS, amount=0, reason="scale failed: it drifts")
    assert evidence_of(round_of(CheckKind.MASS), lane(bad), WAITS_MS, 2_000) is None
    late = evidence_of(round_of(CheckKind.MASS), lane(bad), WAITS_MS, 1_000 + WAITS_MS)
    assert late is not None
    assert (late[0].amount, late[0].reason) == (0, "scale failed: it drifts")


def test_a_missing_seal_is_an_answer() -> None:
    asked = round_of(CheckKind.SEAL)
    devices = {**DEVICES, "reader": Device(DeviceKind.READER, "in", checks=(CheckKind.SEAL,))}
    missing = took(CheckKind.SEAL, ok=False, reason="missing")
    found = evidence_of(asked._replace(devices=devices), lane(missing), WAITS_MS, 1_100)
    assert found is not None
    assert found[0].reason == "missing"
