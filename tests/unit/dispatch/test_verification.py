"""Verdicts on evidence."""

import pytest

from kouan.dispatch.events import Evidence
from kouan.dispatch.state import Filing, Visit
from kouan.dispatch.verification import Declared, differs_in_one_look_alike, judge
from kouan.port.procedures import Check, CheckKind, Verification

LIMITS = Verification(mass_tolerance_kg=2_000, mass_review_kg=4_000, confidence_ppm=900_000)
VISIT = Visit("v", "p", "c", "AB1O5", "DRIVER", 18_000, 30_000, "coal", 2, "S1", aboard_kg=30_000)


def of(visit: Visit, filing: Filing | None = None, at_ms: int = 1_000) -> Declared:
    return Declared(visit, filing or Filing(), at_ms, LIMITS)


DECLARED = of(VISIT)


@pytest.mark.parametrize(
    ("evidence", "result"),
    [
        (Evidence("plate", "AB1O5"), "match"),
        (Evidence("plate", "AB105"), "review"),
        (Evidence("plate", "ABIO5"), "review"),
        (Evidence("plate", "ABIOS"), "mismatch"),
        (Evidence("plate", "AC1O5"), "mismatch"),
        (Evidence("plate", "AB1O55"), "mismatch"),
        (Evidence("plate", ""), "unread"),
        (Evidence("plate", "AB1O5", confidence_ppm=900_000), "match"),
        (Evidence("plate", "AB1O5", confidence_ppm=899_999), "review"),
        (Evidence("driver", "SOMEBODY"), "mismatch"),
        (Evidence("seal", "S1"), "match"),
        (Evidence("mass", amount=48_000), "match"),
        (Evidence("mass", amount=50_000), "match"),
        (Evidence("mass", amount=46_000), "match"),
        (Evidence("mass", amount=50_001), "review"),
        (Evidence("mass", amount=45_999), "review"),
        (Evidence("mass", amount=52_000), "review"),
        (Evidence("mass", amount=52_001), "mismatch"),
        (Evidence("mass", amount=43_999), "mismatch"),
        (Evidence("mass", amount=0), "unread"),
        (Evidence("container", amount=2), "match"),
        (Evidence("container", amount=1), "mismatch"),
        (Evidence("container", amount=2, ok=False), "mismatch"),
        (Evidence("radiation"), "match"),
        (Evidence("radiation", "alarm", ok=False), "mismatch"),
        (Evidence("unknown check", ok=False), "mismatch"),
    ],
)
def test_one_piece_of_evidence(evidence: Evidence, result: str) -> None:
    verdict = judge(DECLARED, (), (evidence,))
    assert verdict.result == result
    assert len(verdict.reasons) == (result != "match")


def test_the_worst_decides_and_every_reason_is_told() -> None:
    evidence = (
        Evidence("plate", ""),
        Evidence("mass", amount=51_000),
        Evidence("driver", "DRIVER"),
    )
    verdict = judge(DECLARED, (), evidence)
    assert verdict.result == "review"
    assert verdict.reasons == (
        "plate: could not be read",
        "mass: +3000 kg against what was declared",
    )


def test_a_check_without_evidence_is_unread_unless_its_result_comes_later() -> None:
    plate = Check(CheckKind.PLATE)
    assert judge(DECLARED, (plate,), ()).result == "unread"
    assert judge(DECLARED, (plate,), (Evidence("plate", "AB1O5"),)).result == "match"
    assert judge(DECLARED, (), ()).result == "match"


def test_an_empty_vehicle_is_weighed_empty() -> None:
    empty = Visit("v", "p", "c", "", "", 18_000, 30_000, "", 0, "", aboard_kg=0)
    assert judge(of(empty), (), (Evidence("mass", amount=18_000),)).result == "match"
    assert judge(of(empty), (), (Evidence("mass", amount=48_000),)).result == "mismatch"


def test_where_nothing_is_declared_the_reader_judges() -> None:
    empty = Visit("v", "p", "c", "", "", 0, 0, "", 0, "")
    assert judge(of(empty), (), (Evidence("seal", ""),)).result == "match"
    assert judge(of(empty), (), (Evidence("seal", "broken", ok=False),)).result == "mismatch"


@pytest.mark.parametrize(
    ("read", "declared", "alike"),
    [
        ("A0", "AO", True),
        ("AD", "AQ", True),
        ("A1", "AL", True),
        ("A8", "AB", True),
        ("A2", "AZ", True),
        ("A5", "AS", True),
        ("A6", "AG", True),
        ("A0", "A0", False),
        ("A0", "A1", False),
        ("00", "OO", False),
        ("A", "AA", False),
    ],
)
def test_look_alikes(read: str, declared: str, alike: bool) -> None:
    assert differs_in_one_look_alike(read, declared) is alike
    assert differs_in_one_look_alike(declared, read) is alike


BOXES = ("CSQU3054383", "MSKU9070323")


@pytest.mark.parametrize(
    ("read", "result", "reason"),
    [
        (BOXES, "match", ""),
        (BOXES[::-1], "match", ""),
        ((*BOXES, BOXES[0]), "match", ""),
        (("CSQU3054383",), "mismatch", "box MSKU9070323 was declared and is not there"),
        ((*BOXES, "TCLU4265447"), "mismatch", "box TCLU4265447 is not on the manifest"),
        (("CSQU3054383", ""), "unread", "could not be read"),
        (
            ("C5QU3054383", "MSKU9070323"),
            "review",
            "read C5QU3054383, declared CSQU3054383: differs in one look-alike",
        ),
        (("C5QU3054383", "TCLU4265447"), "mismatch", "box TCLU4265447 is not on the manifest"),
    ],
)
def test_container_numbers_are_compared_with_all_that_were_declared(
    read: tuple[str, ...], result: str, reason: str
) -> None:
    visit = Visit("v", "p", "c", "", "", 0, 0, "", 2, "", boxes=BOXES)
    evidence = [Evidence("container", number, len(read)) for number in read]
    verdict = judge(of(visit), (Check(CheckKind.CONTAINER),), evidence)
    assert verdict.result == result
    assert verdict.reasons == ((f"container: {reason}",) if reason else ())


def test_a_number_read_with_little_certainty_is_looked_at() -> None:
    visit = Visit("v", "p", "c", "", "", 0, 0, "", 1, "", boxes=BOXES[:1])
    evidence = (Evidence("container", BOXES[0], 1, 899_999),)
    assert judge(of(visit), (), evidence).result == "review"


def test_another_driver_is_never_a_misreading() -> None:
    visit = Visit("v", "p", "c", "", "D0", 0, 0, "", 0, "")
    verdict = judge(of(visit), (), (Evidence("driver", "DO"),))
    assert verdict.result == "mismatch"
    assert verdict.reasons == ("driver: another driver than declared",)


def test_a_seal_that_is_missing_is_not_one_that_could_not_be_read() -> None:
    assert judge(DECLARED, (), (Evidence("seal", reason="missing"),)).reasons == (
        "seal: missing, declared S1",
    )
    dark = judge(DECLARED, (), (Evidence("seal", reason="too dark"),))
    assert (dark.result, dark.reasons) == ("unread", ("seal: too dark",))


@pytest.mark.parametrize(
    ("until_ms", "result"), [(0, "review"), (999, "mismatch"), (1_000, "match"), (2_000, "match")]
)
def test_a_permit_ends(until_ms: int, result: str) -> None:
    visit = Visit("v", "p", "c", "", "", 0, 0, "", 0, "", permit_until_ms=until_ms)
    assert judge(of(visit), (Check(CheckKind.PERMIT),), ()).result == result


@pytest.mark.parametrize(
    ("filing", "reason"),
    [
        (Filing(), "manifest: no manifest is lodged"),
        (Filing("M", ["M"], False, "seal S2, announced S1"), "manifest: seal S2, announced S1"),
        (Filing("M", ["M"], True), ""),
    ],
)
def test_the_manifest_answers_for_itself(filing: Filing, reason: str) -> None:
    verdict = judge(of(VISIT, filing), (Check(CheckKind.MANIFEST),), ())
    assert verdict.reasons == ((reason,) if reason else ())
    assert verdict.result == ("mismatch" if reason else "match")
