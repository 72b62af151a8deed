"""A process killed at any moment leaves a journal from which the next one goes on."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from kouan.runtime.codec import encode_commands
from kouan.runtime.journal import Journal
from kouan.runtime.memory import MemoryJournal
from tests.unit.runtime.support import fill, toy_header

STEPS = 200_000


def run_and_kill(place: str, log: Path, after_lines: int) -> int:
    """Run the appender, kill it after so many lines and return the last number it printed."""
    command = [sys.executable, "-m", "tests.unit.runtime.appender", place, str(STEPS), str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(after_lines)]
        process.kill()
        lines += process.stdout.read().split("\n")
    return max(int(line) for line in lines if line.strip())


def check_after_kill(place: str, expected: MemoryJournal, printed: int, before: int) -> int:
    """What was committed is a prefix of what had to be decided, and nothing printed is lost."""
    with Journal.open(place) as journal:
        entries = list(journal.entries())
        assert len(entries) >= printed >= before
        assert entries == list(expected.entries(1, len(entries)))
        assert journal.carried_out <= len(entries)
    return len(entries)


def kill_often(place: str, log: Path, kills: int) -> None:
    """Kill, check, start again; in the end every command up to the mark was carried out."""
    dice = random.Random(kills)
    expected = MemoryJournal(toy_header("live"), keep=True)
    fill(expected, 20_000)
    number = 0
    for _ in range(kills):
        printed = run_and_kill(place, log, dice.randrange(1, 120))
        number = check_after_kill(place, expected, printed, number)
    assert 50 < number < 20_000
    with Journal.open(place, writing=False) as journal:
        done = single_commands(expected, journal.carried_out)
    carried_out = dict.fromkeys(log.read_bytes().splitlines())
    assert done
    assert [one for one in done if one not in carried_out] == []
    decided = dict.fromkeys(single_commands(expected, number))
    assert [one for one in carried_out if one not in decided] == []


def single_commands(journal: MemoryJournal, last: int) -> list[bytes]:
    """Return each command up to an entry, as the appender logs it."""
    return [
        encode_commands([command])
        for entry in journal.entries(1, last)
        for command in entry.decoded_commands()
    ]


def test_five_kills(place: str, tmp_path: Path) -> None:
    kill_often(place, tmp_path / "commands", 5)


@pytest.mark.soak
def test_fifty_kills(place: str, tmp_path: Path) -> None:
    kill_often(place, tmp_path / "commands", 50)
