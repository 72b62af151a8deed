"""Verdicts on evidence."""

import pytest

from kouan.dispatch.events import Evidence
from kouan.dispatch.state import Visit
from kouan.dispatch.verification import differs_in_one_look_alike, judge
from kouan.port.procedures import Check, CheckKind, Verification

LIMITS = Verification(mass_tolerance_kg=2_000, mass_review_kg=4_000, confidence_ppm=900_000)
VISIT = Visit("v", "p", "c", "AB1O5", "DRIVER", 18_000, 30_000, "coal", 2, "S1", aboard_kg=30_000)


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
    verdict = judge(VISIT, (), (evidence,), LIMITS)
    assert verdict.result == result
    assert len(verdict.reasons) == (result != "match")


def test_the_worst_decides_and_every_reason_is_told() -> None:
    evidence = (
        Evidence("plate", ""),
        Evidence("mass", amount=51_000),
        Evidence("driver", "DRIVER"),
    )
    verdict = judge(VISIT, (), evidence, LIMITS)
    assert verdict.result == "review"
    assert verdict.reasons == (
        "plate: could not be read",
        "mass: +3000 kg against what was declared",
    )


def test_a_check_without_evidence_is_unread_unless_its_result_comes_later() -> None:
    plate = Check(CheckKind.PLATE)
    assert judge(VISIT, (plate,), (), LIMITS).result == "unread"
    assert judge(VISIT, (plate,), (Evidence("plate", "AB1O5"),), LIMITS).result == "match"
    assert judge(VISIT, (), (), LIMITS).result == "match"


def test_an_empty_vehicle_is_weighed_empty() -> None:
    empty = Visit("v", "p", "c", "", "", 18_000, 30_000, "", 0, "", aboard_kg=0)
    assert judge(empty, (), (Evidence("mass", amount=18_000),), LIMITS).result == "match"
    assert judge(empty, (), (Evidence("mass", amount=48_000),), LIMITS).result == "mismatch"


def test_where_nothing_is_declared_the_reader_judges() -> None:
    empty = Visit("v", "p", "c", "", "", 0, 0, "", 0, "")
    assert judge(empty, (), (Evidence("seal", ""),), LIMITS).result == "match"
    assert judge(empty, (), (Evidence("seal", "broken", ok=False),), LIMITS).result == "mismatch"


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
