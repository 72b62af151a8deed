"""`kouan identify`: valid texts, wrong ones, and nothing that a terminal can't print."""

import json

import pytest
from typer.testing import CliRunner, Result

from kouan.cli.main import app
from kouan.identifiers.kinds import PARSERS


def asked(*arguments: str) -> Result:
    """What the command does with these arguments."""
    return CliRunner().invoke(app, ["identify", *arguments])


def test_a_valid_number_is_told_with_its_parts() -> None:
    done = asked("csqu 305438-3")
    assert done.exit_code == 0
    assert done.stdout == (
        "container: CSQU3054383 (owner CSQ, category U, serial 305438, check digit 3, is weak no)\n"
    )


def test_a_text_may_be_valid_for_more_than_one_kind() -> None:
    """Eight digits with a check digit that fits: a wagon, and for all one knows a plate."""
    done = asked("52345675")
    assert done.exit_code == 0
    kinds = [line.split(":")[0] for line in done.stdout.splitlines()]
    assert kinds == ["wagon_1520", "plate_mongolia", "hs"]


def test_a_wrong_number_is_told_why_for_every_kind() -> None:
    done = asked("CSQU3054384")
    assert (done.exit_code, done.stdout) == (2, "")
    lines = done.stderr.splitlines()
    assert [line.split(" ")[0] for line in lines] == list(PARSERS)
    assert "check digit (character 11) is 4, the rest gives 3" in lines[0]


def test_one_kind_alone() -> None:
    assert asked("CSQU3054383", "--kind", "container").stdout.startswith("container: CSQU3054383")
    done = asked("CSQU3054383", "--kind", "hs")
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert "expected 6, 8 or 10 digits" in done.stderr


def test_a_kind_that_is_none() -> None:
    done = asked("CSQU3054383", "--kind", "box")
    assert done.exit_code == 2
    assert '--kind: "box": expected one of container, mrz' in done.stderr


def test_json_has_what_is_valid_and_what_is_not() -> None:
    done = asked("蒙AD12345", "--json")
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    assert found["valid"] == {
        "plate_china": {
            "text": "蒙AD12345",
            "country": "CN",
            "category": "new_energy",
            "region": "蒙A",
            "serial": "D12345",
        }
    }
    assert list(found["errors"]) == [kind for kind in PARSERS if kind != "plate_china"]


def test_json_of_a_wrong_one_has_its_candidates() -> None:
    done = asked("CSQU30S4383", "--json", "--kind", "container")
    assert done.exit_code == 2
    assert json.loads(done.stdout) == {
        "valid": {},
        "errors": {
            "container": {
                "index": 6,
                "found": "S",
                "expected": "a digit",
                "sentence": 'container "CSQU30S4383": character 7 is "S", expected a digit',
                "candidates": [{"index": 6, "read": "S", "instead": "5"}],
            }
        },
    }


@pytest.mark.parametrize("kinds", [["--kind", "identity_number"], []])
def test_a_wrong_identity_number_is_not_told_again(kinds: list[str]) -> None:
    """Nor as a wrong number of another kind, which it would be too."""
    done = asked("110105194912310021", *kinds)
    assert done.exit_code == 2
    assert "11************0021" in done.stderr
    assert "19491231" not in done.stderr


@pytest.mark.parametrize("text", ["\udc80\udcff", "", "\x1b[31m", "１２３"])
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_any_argument_gets_an_answer(text: str, form: list[str]) -> None:
    done = asked(text, *form)
    assert done.exit_code == 2
    assert done.exception is None or isinstance(done.exception, SystemExit)
    assert "\x1b" not in done.stderr
    if form:
        assert json.loads(done.stdout)["valid"] == {}
