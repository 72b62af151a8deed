"""The starter reads and checks without a finding, whatever the port is called."""

import tomllib
from pathlib import Path

import pytest

from kouan.port.starter import NAME_MARK, starter_text
from tests.unit.port.files import load


def test_the_starter_has_no_finding(tmp_path: Path) -> None:
    port, findings = load(tmp_path)
    assert findings == ()
    assert port.name == "Mandula"
    assert len(port.lanes) == 5
    assert len(port.roads.nodes) == 3


@pytest.mark.parametrize("name", ["满都拉", 'The "new" port', "back\\slash", "a"])
def test_names_are_written_as_they_are(name: str) -> None:
    text = starter_text(name)
    assert tomllib.loads(text)["name"] == name
    assert NAME_MARK not in text


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 101, "\x00"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="printable"):
        starter_text(name)
