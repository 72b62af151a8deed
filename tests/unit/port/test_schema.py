"""The editor's schema agrees with the reader: what reads is valid, what is spoiled is not."""

import tomllib
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from kouan.port.quantity import POSITION, SHARE
from kouan.port.reference import field_docs
from kouan.port.schema import json_schema, quantity_pattern
from tests.unit.port.files import spoiled
from tests.unit.port.test_spoiled import SPOILED

PORTS = sorted((Path(__file__).parents[3] / "ports").glob("*.toml"))
SEEN_BY_SCHEMA = ("unknown key", "wrong unit", "negative length")


def errors(text: str) -> list[str]:
    validator = Draft202012Validator(json_schema(field_docs()))
    return [error.message for error in validator.iter_errors(tomllib.loads(text))]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(json_schema())


def test_the_starter_is_valid() -> None:
    assert errors(spoiled()) == []


@pytest.mark.parametrize("path", PORTS, ids=lambda path: path.name)
def test_shipped_ports_are_valid(path: Path) -> None:
    assert errors(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", SEEN_BY_SCHEMA)
def test_spoiled_files_are_not(name: str) -> None:
    assert len(errors(spoiled(*SPOILED[name][0]))) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("room = 10", 'room = { value = 10, basis = "guess" }'),
        ('time = "40 s"', 'time = { exponential = "1 s", fixed = "1 s" }'),
        ('carrier = "truck"', 'carrier = "lorry"'),
        ("[places.scale]", "[places.Scale]"),
        ('parking = "agv_park"\n', ""),
        ("[sources.example]", "[modes.calm]\n[sources.example]"),
    ],
)
def test_wrong_values_are_not(old: str, new: str) -> None:
    assert errors(spoiled((old, new)))


def test_values_with_a_basis_are_valid() -> None:
    wrapped = ("room = 10", 'room = { value = 10, basis = "assumption: guessed" }')
    timed = ('time = "40 s"', 'time = { exponential = "40 s", basis = "input: example" }')
    assert errors(spoiled(wrapped, timed)) == []


def test_fields_carry_their_docstrings() -> None:
    properties = json_schema(field_docs())["$defs"]["Place"]["properties"]
    assert properties["kind"]["description"] == "What it is."
    assert "description" not in json_schema()["$defs"]["Place"]["properties"]["kind"]


def test_a_pattern_of_a_share() -> None:
    assert quantity_pattern(SHARE) == r"^[0-9][0-9_]*(\.[0-9]+)? *%$"
    assert quantity_pattern(POSITION).startswith("^-?")
