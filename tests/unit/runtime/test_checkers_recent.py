"""The bounded memory of what is over."""

from kouan.runtime.checkers import Checkers
from kouan.runtime.checkers.recent import Recent
from tests.unit.runtime.example_port import PORT, Script, truck


def test_the_latest_are_known_and_the_oldest_forgotten() -> None:
    recent: Recent[int] = Recent(remembered=3)
    for number in range(10):
        recent.put(str(number), number)
        assert all(str(back) in recent for back in range(max(0, number - 2), number + 1))
        assert len(recent.newer) + len(recent.older) <= 8
    assert "0" not in recent
    assert recent.get("0") is None
    assert recent.get("9") == 9
    assert list(recent.values())[-1] == 9


def test_what_is_taken_out_is_gone() -> None:
    recent: Recent[int] = Recent(remembered=1)
    for number in range(3):
        recent.put(str(number), number)
    assert (recent.pop("2"), recent.pop("2")) == (2, None)
    assert "2" not in recent


def test_checkers_forget_visits_that_ended() -> None:
    checkers = Checkers(PORT)
    script = Script()
    for number in range(20):
        truck(script, f"v{number}", number)
    script.play(checkers)
    facts = checkers.facts
    assert (facts.visits, facts.manifests, facts.declarations) == ({}, {}, {})
    assert len(list(facts.ended.values())) == 20
