"""A spoiled journal is never read as a good one: the first bad entry is named."""

import random
from hashlib import sha256
from pathlib import Path

import pytest
import sqlalchemy as sa

from kouan.runtime.entry import Entry
from kouan.runtime.errors import JournalBroken
from kouan.runtime.journal import Journal
from tests.unit.runtime.support import event_at, fill, toy_header

ENTRIES = 3_000


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Entry]]:
    """Return a good journal and its entries."""
    path = tmp_path_factory.mktemp("good") / "journal.sqlite"
    with Journal.create(path, toy_header()) as journal:
        fill(journal, ENTRIES)
        journal.write_snapshot(b"state" * 10_000, b"world")
        entries = list(journal.entries())
    return path, entries


def read_all(path: str | Path) -> tuple[list[Entry], JournalBroken | None]:
    """Return the entries that can be trusted, and what is wrong after them."""
    entries: list[Entry] = []
    try:
        with Journal.open(path, writing=False) as journal:
            entries.extend(journal.entries())
    except JournalBroken as broken:
        return entries, broken
    return entries, None


def change(place: str, *statements: str) -> None:
    """Spoil a journal by SQL."""
    engine = sa.create_engine(f"sqlite:///{place}" if "://" not in place else place)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


FLIP = "substr({0}, 1, 8) || {1} || substr({0}, 10)"


@pytest.mark.parametrize("column", ["event", "commands", "chain"])
def test_changed_bytes_are_found(place: str, column: str) -> None:
    with Journal.create(place, toy_header()) as journal:
        fill(journal, 30)
    byte = "x'01'" if "://" not in place else "'\\x01'::bytea"
    value = FLIP.format(column, byte)
    if "://" not in place:
        value = f"CAST({value} AS BLOB)"
    change(place, f"UPDATE entry SET {column} = {value} WHERE number = 17")
    entries, broken = read_all(place)
    assert broken is not None
    assert (len(entries), broken.entry) == (16, 17)


@pytest.mark.parametrize(
    ("statement", "entry", "said"),
    [
        ("UPDATE entry SET at_ms = at_ms + 1 WHERE number = 17", 17, "its time"),
        ("UPDATE entry SET kind = 'Woke' WHERE number = 17", 17, "its chain"),
        ("UPDATE entry SET number = 99 WHERE number = 17", 17, "missing"),
        ("DELETE FROM entry WHERE number = 17", 17, "missing"),
        ("DELETE FROM entry WHERE number > 17", 18, "missing"),
        ("DELETE FROM entry WHERE number = 30", 30, "missing"),
        ("DELETE FROM entry", 1, "missing"),
        (
            "INSERT INTO entry SELECT 31, at_ms, kind, event, commands, chain FROM entry "
            "WHERE number = 30",
            31,
            "the last is 31",
        ),
        ("UPDATE progress SET last_number = 31", 31, "missing"),
        ("UPDATE header SET document = chain", 0, "its hash"),
        ("DELETE FROM header", 0, "it is missing"),
        ("ALTER TABLE header RENAME TO heaxer", 0, "header"),
        ("DELETE FROM progress", 31, "how far"),
    ],
)
def test_cut_or_changed_rows_are_found(place: str, statement: str, entry: int, said: str) -> None:
    with Journal.create(place, toy_header()) as journal:
        fill(journal, 30)
    change(place, statement)
    _, broken = read_all(place)
    assert broken is not None
    assert broken.entry == entry
    assert said in broken.why
    assert (f"entry {entry}" if entry else "the header") in str(broken)


def test_changed_header_and_its_hash_show_at_the_first_entry(place: str) -> None:
    with Journal.create(place, toy_header()) as journal:
        fill(journal, 3)
    other = toy_header(seed=2).encode()
    engine = sa.create_engine(f"sqlite:///{place}" if "://" not in place else place)
    with engine.begin() as connection:
        changed = {"document": other, "chain": sha256(other).digest()}
        connection.execute(
            sa.text("UPDATE header SET document = :document, chain = :chain"), changed
        )
    engine.dispose()
    _, broken = read_all(place)
    assert broken is not None
    assert broken.entry == 1


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9])
def test_cut_file_is_found(good: tuple[Path, list[Entry]], tmp_path: Path, share: float) -> None:
    path, entries = good
    content = path.read_bytes()
    cut = tmp_path / "cut.sqlite"
    cut.write_bytes(content[: int(len(content) * share)])
    _, broken = read_all(cut)
    assert broken is not None
    kept = next((e.number for e in entries if e.event not in cut.read_bytes()), ENTRIES + 1)
    assert abs(broken.entry - kept) < 100, "named to the page"
    with pytest.raises(JournalBroken):
        Journal.open(cut)


@pytest.mark.parametrize("seed", range(60))
def test_flipped_bit_is_found_or_does_no_harm(
    good: tuple[Path, list[Entry]], tmp_path: Path, seed: int
) -> None:
    path, entries = good
    content = bytearray(path.read_bytes())
    place = random.Random(seed).randrange(len(content) * 8)
    content[place // 8] ^= 1 << place % 8
    spoiled = tmp_path / "spoiled.sqlite"
    spoiled.write_bytes(content)
    found, broken = read_all(spoiled)
    assert found == entries[: len(found)]
    if broken is None:
        assert found == entries
    elif found:
        assert broken.entry == len(found) + 1


@pytest.mark.parametrize("seed", range(20))
def test_flipped_bit_in_an_entry_is_found(
    good: tuple[Path, list[Entry]], tmp_path: Path, seed: int
) -> None:
    path, entries = good
    content = bytearray(path.read_bytes())
    dice = random.Random(seed)
    entry = dice.choice(entries)
    part = dice.choice([entry.event, entry.chain])
    place = content.index(part) * 8 + dice.randrange(len(part) * 8)
    content[place // 8] ^= 1 << place % 8
    spoiled = tmp_path / "spoiled.sqlite"
    spoiled.write_bytes(content)
    found, broken = read_all(spoiled)
    assert broken is not None
    assert broken.entry == entry.number
    assert found in ([], entries[: entry.number - 1])


def test_spoiled_snapshot_gives_way_to_the_one_before(
    place: str, caplog: pytest.LogCaptureFixture
) -> None:
    with Journal.create(place, toy_header()) as journal:
        for number in (1, 2):
            journal.append(event_at(number), [])
            journal.write_snapshot(b"state %d" % number, b"")
    change(place, "UPDATE snapshot SET world = state WHERE number = 2")
    with Journal.open(place, writing=False) as journal:
        snapshot = journal.latest_snapshot()
    assert snapshot is not None
    assert snapshot.state == b"state 1"
    assert "snapshot 2 left out" in caplog.text
