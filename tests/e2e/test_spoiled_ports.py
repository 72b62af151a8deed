"""Port files, options and scripts that can't be used: told what is wrong, and where."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kouan.port.starter import starter_text
from tests.e2e.command import MANDULA, assert_mistake, kouan

SPOILED = {
    "syntax": ('name = "Home"', 'name = "Home', "TOML"),
    "unknown key": ("stations = 4", "statoins = 4", 'perhaps "stations"'),
    "wrong unit": ('= "1.2 km"', '= "1.2 kg"', 'a length such as "6.19 km"'),
    "negative length": ('= "1.2 km"', '= "-1.2 km"', "not negative"),
    "unreachable bay": ('end = "shed"', 'end = "line"', "a node that can be reached"),
    "stage without a station": ('at = "scale"', 'at = "scalle"', 'perhaps "scale"'),
    "hours that never overlap": (
        'hours = "08:00-20:00"\n\n[sides.neighbour]',
        'hours = "01:00-02:00"\n\n[sides.neighbour]',
        "some time in common",
    ),
    "duplicate id": ('id = "weighing"', 'id = "gate"', "no other stage"),
    "cycle without end": ('id = "out"', 'id = "out"\nnext = "weighing"', "never end"),
    "retries without bound": (
        'on = { unread = "by_hand", review = "by_hand" }',
        'on = { unread = "gate", review = "by_hand" }\nattempts = 999',
        "at most 100",
    ),
    "no station": ('kind = "scale"', 'kind = "scale"\nstations = 0', "at least 1 station"),
}


def spoiled(spoil: str, folder: Path) -> Path:
    """A port file with one thing wrong in it."""
    before, after, _ = SPOILED[spoil]
    text = starter_text("Spoiled")
    assert before in text
    path = folder / "spoiled.toml"
    path.write_text(text.replace(before, after, 1), "utf-8")
    return path


@pytest.mark.parametrize("spoil", SPOILED)
def test_a_spoiled_port_file_is_explained(spoil: str, tmp_path: Path) -> None:
    done = kouan("check", spoiled(spoil, tmp_path), "--json", cwd=tmp_path)
    assert_mistake(done, "spoiled.toml:", SPOILED[spoil][2])


@pytest.mark.parametrize("command", [("sim", "--json"), ("run", "--for", "1", "--port", "0")])
def test_a_spoiled_port_file_is_not_run(command: tuple[str, ...], tmp_path: Path) -> None:
    name, *options = command
    done = kouan(name, spoiled("wrong unit", tmp_path), *options, cwd=tmp_path)
    assert_mistake(done, "spoiled.toml:", SPOILED["wrong unit"][2])
    assert [found.name for found in tmp_path.iterdir()] == ["spoiled.toml"]


def test_every_problem_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    text = starter_text("Spoiled").replace('"65 t"', '"65 s"').replace('"40 s"', '"40 kg"')
    path = tmp_path / "spoiled.toml"
    path.write_text(text.replace("count = 3", "count = -3"), "utf-8")
    done = kouan("check", path, cwd=tmp_path)
    assert_mistake(done, "a mass such as", "a duration such as", "at least 0")
    assert len(done.stderr.splitlines()) == 3


def _files(folder: Path) -> Iterator[tuple[Path, str]]:
    """Files that are no port files, and what is said of them."""
    yield folder / "nowhere.toml", "No such file"
    yield folder, "Is a directory"
    binary = folder / "binary.toml"
    binary.write_bytes(b"\x7fELF\xff\xfe" * 100)
    yield binary, "UTF-8 text"
    large = folder / "large.toml"
    with large.open("wb") as stream:
        stream.truncate(200_000_000)
    yield large, "at most 4000000 bytes"
    empty = folder / "empty.toml"
    empty.write_bytes(b"")
    yield empty, "name"


def test_what_is_no_port_file_is_explained(tmp_path: Path) -> None:
    for path, expected in _files(tmp_path):
        assert_mistake(kouan("check", path, cwd=tmp_path), path.name, expected)


def test_an_endless_port_file_is_read_only_so_far(tmp_path: Path) -> None:
    assert_mistake(kouan("check", "/dev/zero", cwd=tmp_path), "at most 4000000 bytes")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--set", "fleets.agv.cuont=6"], 'perhaps "count"'),
        (["--set", "fleets.agv.count=six"], "a whole number"),
        (["--set", "fleets.agv.count"], "path=value"),
        (["--set", "fleets.avg.count=6"], "avg"),
        (["--start", "2026-02-30"], "a date such as 2026-10-12"),
        (["--start", "tomorrow"], "a date such as 2026-10-12"),
        (["--start", "9999-12-31"], "a year from 2000 to 2199"),
        (["--days", "0"], "--days"),
        (["--seed", "-1"], "--seed"),
        (["--lang", "fr"], "'zh'"),
        (["--seeds", "many"], "--seeds"),
        (["--faults", "nowhere.toml"], "nowhere.toml: No such file"),
        (["--out", "/proc/nowhere"], "/proc/nowhere"),
        (["--out", str(MANDULA)], "mandula.toml: File exists"),
        (["--journal", "mysql://here/there"], "postgresql"),
        (["--unknown"], "--unknown"),
    ],
)
def test_wrong_options_are_explained(options: list[str], expected: str, tmp_path: Path) -> None:
    assert_mistake(kouan("sim", MANDULA, *options, cwd=tmp_path), expected)
    assert not list(tmp_path.rglob("journal.sqlite"))


def test_every_wrong_fault_of_a_script_is_told_at_once(tmp_path: Path) -> None:
    fault = '[[fault]]\nevent = "StationFailed"\nat = "09:00"\nstation = "scale.1"\n'
    path = tmp_path / "faults.toml"
    path.write_text(fault.replace("scale.1", "scale.7") + fault.replace("09:00", ""), "utf-8")
    done = kouan("sim", MANDULA, "--faults", path, cwd=tmp_path)
    assert_mistake(done, "faults.toml: fault 1: station", "faults.toml: fault 2: at")
