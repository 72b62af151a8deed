"""The benchmark of reading: its bound, its verdicts, its peers' texts, and that it goes on."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy.stats import binom

from bench import gate_reading
from bench.gate_readers import Answer, best_of, canonical
from bench.gate_reading import TEST, TUNING, figures, judged, summed, upper_bound
from bench.results import Results
from kouan.gate.drawing.fonts import Picture
from kouan.gate.drawing.scene import Truth, draw_scene

TRUTH = Truth("plate", "А123ВС75", (0, 0, 1, 1), (), "plate-russian", "", "", "", "clean", 1)
SURE = 1_000_000


def test_wrong_texts_count_at_any_confidence() -> None:
    reader = {"verdicts": "RRFrfU", "ms": "1 1 1 1 1 1", "reasons": {}}
    found = figures({"mrz-td3, clean": {"pictures": 6, "readers": {"kouan": reader}}})
    kind = found["kinds"]["mrz"]["kouan"]
    assert (kind["pictures"], kind["false_accepts"], kind["wrong_texts"]) == (6, 1, 2)
    assert kind["wrong_texts_at_most_percent"] == pytest.approx(100 * upper_bound(2, 6), abs=1e-3)


def test_tuning_and_test_pictures_are_apart() -> None:
    assert not range(max(TUNING.start, TEST.start), min(TUNING.stop, TEST.stop))


def test_the_bound_of_none_wrong_is_the_rule_of_three() -> None:
    """1 - 0.05^(1/n), which is about 3/n."""
    assert upper_bound(0, 100) == pytest.approx(1 - 0.05 ** (1 / 100))
    assert upper_bound(0, 1) == pytest.approx(0.95)


@pytest.mark.parametrize(("wrong", "count"), [(1, 10), (3, 50), (9, 10)])
def test_at_the_bound_so_few_would_be_seen_once_in_twenty(wrong: int, count: int) -> None:
    bound = upper_bound(wrong, count)
    assert float(binom.cdf(wrong, count, bound)) == pytest.approx(0.05)


def test_all_wrong_leaves_everything_possible() -> None:
    assert upper_bound(4, 4) == 1


@pytest.mark.parametrize(("wrong", "count"), [(0, 0), (3, 2), (-1, 2)])
def test_a_bound_needs_a_sample(wrong: int, count: int) -> None:
    with pytest.raises(ValueError, match="expected 0 to"):
        upper_bound(wrong, count)


@pytest.mark.parametrize(
    ("answer", "letter"),
    [
        (Answer("A123BC75", "", 1, SURE), "R"),
        (Answer("А123ВС75", "", 1, SURE), "R"),
        (Answer("A123BC76", "", 1, SURE), "F"),
        (Answer("A123BC75", "", 1, 500_000), "r"),
        (Answer("A123BC76", "", 1, 500_000), "f"),
        (Answer("", "too dark", 1, 0), "U"),
    ],
)
def test_an_answer_is_judged_by_text_and_confidence(answer: Answer, letter: str) -> None:
    assert judged(answer, TRUTH) == letter


@pytest.mark.parametrize(
    ("answer", "letter"),
    [
        (Answer("1234", "digits only", 1, 0), "r"),
        (Answer("1235", "digits only", 1, 0), "f"),
        (Answer("1234", "", 1, SURE), "F"),
        (Answer("1234УБА", "", 1, SURE), "R"),
    ],
)
def test_digits_of_a_mongolian_plate_are_never_accepted_alone(answer: Answer, letter: str) -> None:
    truth = TRUTH._replace(scene="plate-mongolian", text="1234УБА")
    assert judged(answer, truth) == letter


def test_a_cell_is_summed() -> None:
    one = {"verdicts": "RRFrfU", "ms": "10 20 30 40 50 60", "reasons": {"too dark": 1}}
    found = summed(one)
    assert found["accepted_right"] == 2
    assert found["false_accepts"] == 1
    assert found["to_desk"] == 3
    assert found["to_desk_with_right_text"] == found["to_desk_with_wrong_text"] == 1
    assert found["median_ms"] == 35


@pytest.mark.parametrize(
    ("kind", "texts", "expected"),
    [
        ("plate", ["MAX 30", "蒙L·12345"], "蒙L12345"),
        ("plate", ["川·E", "4196挂"], "川E4196挂"),
        ("container", ["CSQU 305438 3", "22G1"], "CSQU3054383"),
        ("container", ["CSQU", "305438[3]"], "CSQU3054383"),
        ("container", ["22G1"], ""),
        ("mrz", ["P<UTOLI<<WEI", "7" * 44], "P<UTOLI<<WEI".ljust(44, "<") + "7" * 44),
        ("mrz", ["P<UTOLI<<WEI", "7" * 43], ""),
    ],
)
def test_peers_get_their_best_text(kind: str, texts: list[str], expected: str) -> None:
    assert best_of(texts, [0.9] * len(texts), kind) == expected


def test_plates_are_compared_by_their_shapes() -> None:
    assert canonical("plate", "А123ВС75") == canonical("plate", "A123BC75") == "A123BC75"
    assert canonical("mrz", "a\nb") == "ab"


def test_a_stopped_run_goes_on_and_a_changed_reader_begins_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []

    def reader(frame: Picture, truth: Truth) -> Answer:
        assert frame.ndim == 3
        asked.append(truth.seed)
        return Answer(truth.text, "", 1.0)

    def drawn(scene: str, seed: int, difficulty: str) -> tuple[Picture, Truth]:
        if len(asked) == 3 and not stopped:
            stopped.append(seed)
            raise KeyboardInterrupt
        truth = TRUTH._replace(seed=seed, scene=scene, difficulty=difficulty)
        return np.zeros((2, 2, 3), np.uint8), truth

    stopped: list[int] = []
    monkeypatch.setattr(gate_reading, "ProcessPoolExecutor", lambda **_: ThreadPoolExecutor(1))
    monkeypatch.setattr(gate_reading, "known", lambda _: {"kouan": reader})
    monkeypatch.setattr(gate_reading, "draw_scene", drawn)
    monkeypatch.setattr(gate_reading, "cells", lambda: iter([("plate-blue", "clean")]))
    monkeypatch.setattr(gate_reading, "PER_CELL", 6)
    monkeypatch.setattr(gate_reading, "AT_ONCE", 2)
    monkeypatch.setattr(gate_reading, "code_of_reader", lambda: "one")
    results = Results.of("gate_reading", "", kept=False)
    with pytest.raises(KeyboardInterrupt):
        gate_reading.run(results, small=False)
    gate_reading.run(results, small=False)
    # The third was asked again: only whole rounds are kept.
    assert asked == [*TEST[:3], *TEST[2:6]]
    assert results.runs["plate-blue, clean"]["pictures"] == 6
    assert results.figures["kinds"]["plate"]["kouan"]["pictures"] == 6
    monkeypatch.setattr(gate_reading, "code_of_reader", lambda: "another")
    gate_reading.run(results, small=False)
    assert asked[7:] == list(TEST[:6])


def test_the_scenes_of_the_cells_can_be_drawn() -> None:
    scene, difficulty = next(gate_reading.cells())
    assert draw_scene(scene, TUNING[0], difficulty)[1].difficulty == difficulty
