"""`kouan replay`, `report`, `backup` and `restore`: what is done with a journal afterwards."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from kouan.cli.terminal import Mistake, progress, say
from kouan.dispatch.dispatcher import Dispatcher
from kouan.port.quantity import DAY_MS, HOUR_MS
from kouan.report.published import compare
from kouan.report.summary import Summary
from kouan.runtime.backup import DOCUMENTS_FOLDER, JOURNAL_FILE, backup, restore
from kouan.runtime.checkers import Checkers
from kouan.runtime.journal import Journal
from kouan.runtime.removed import removals
from kouan.runtime.replay import verify

Json = dict[str, Any]


def _place_of(journal: str) -> str | Path:
    """The database named by its URL, the journal file named, or the one in the folder named."""
    if "://" in journal:
        return journal
    path = Path(journal) / JOURNAL_FILE if Path(journal).is_dir() else Path(journal)
    if not path.exists():
        raise Mistake(f"{path}: expected a journal, or a folder that holds {JOURNAL_FILE}")
    return path


def verify_journal(journal: str, again: bool, first: int, last: int | None, as_json: bool) -> bool:
    """Verify a journal or print its entries; False when it breaks."""
    with Journal.open(_place_of(journal), writing=False) as opened:
        if not again:
            _check_range(opened.last_number, first, last)
            _print_entries(opened, first, last)
            return True
        with progress(opened.header.port_name, opened.last_number, as_json) as advance_to:
            result = verify(opened, Dispatcher, lambda done, _total: advance_to(done))
    found = {
        "good": result.good,
        "entries": result.entries,
        "journal_sha256": result.chain_hex,
        "broken_at": result.broken_at,
        "why": result.why,
    }
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    elif result.good:
        typer.echo(f"{result.entries} entries decided again as journalled: {result.chain_hex}")
    else:
        say(f"{_place_of(journal)}: breaks at entry {result.broken_at}: {result.why}")
    return result.good


def _check_range(entries: int, first: int, last: int | None) -> None:
    """Raise Mistake for a range that holds no entry of a journal."""
    if first > max(1, entries):
        raise Mistake(f"--from: {first}: expected 1 to {entries}, the last entry")
    if last is not None and last < first:
        raise Mistake(f"--to: {last}: expected {first} (--from) or more")


def _print_entries(journal: Journal, first: int, last: int | None) -> None:
    for entry in journal.entries(first, last):
        commands = json.loads(entry.commands)
        line = [entry.number, entry.kind, json.loads(entry.event), commands]
        typer.echo(json.dumps(line, ensure_ascii=False))


def report_on(journal: str, out: Path | None, quiet: bool) -> tuple[Json, Path]:
    """Fold a journal into its summary; return it with the folder for the results."""
    place = _place_of(journal)
    with Journal.open(place, writing=False) as opened:
        header = opened.header
        port = header.port()
        fold = Summary(port)  # live too, everything outside the dispatcher is virtual so far
        checkers = Checkers(port)
        with progress(header.port_name, opened.last_number, quiet) as advance_to:
            for entry in opened.entries():
                event, commands = entry.decoded_event(), entry.decoded_commands()
                fold(entry.number, event, commands)
                checkers(entry.number, event, commands)
                if entry.number % 2_000 == 0:
                    advance_to(entry.number)
        # A simulation is of whole days, however early its last entry is.
        if header.world == "live" and fold.lasted_ms() < DAY_MS:
            fold.days = 0
        fold.seed, fold.journal_sha256 = header.seed, opened.chain_hex
    fold.violations = checkers.violations
    summary = fold.as_json()
    summary["published"] = [row._asdict() for row in compare(port, summary)]
    beside = place.parent if isinstance(place, Path) else Path("out")
    return summary, out or beside


def show_removed(journal: str, data: Path | None, as_json: bool) -> bool:
    """Print which pictures were removed, when and by which rule; False where something is amiss."""
    place = _place_of(journal)
    if data is None and not isinstance(place, Path):
        raise Mistake("--data: expected the data folder, where documents lie, beside a URL")
    folder = (data or Path(place).parent) / DOCUMENTS_FOLDER
    with Journal.open(place, writing=False) as opened:
        found = removals(opened, folder)
    if as_json:
        rows = [one._asdict() for one in found.removed]
        told = {"removed": rows, "kept": found.kept, "problems": found.problems}
        typer.echo(json.dumps(told, ensure_ascii=False))
        return not found.problems
    for one in found.removed:
        taken = _moment(one.taken_ms)
        kept = f"{one.rule} {one.kept_ms / HOUR_MS:g} h"
        typer.echo(
            f"{one.image}  taken {taken}  removed {_moment(one.removed_ms)}  {kept}  "
            f"entry {one.number}"
        )
    say(f"{len(found.removed)} removed, {found.kept} kept, {len(found.problems)} not as journalled")
    for problem in found.problems:
        say(problem)
    return not found.problems


def _moment(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def backup_folder(data: Path, archive: Path) -> None:
    """Back a data folder up."""
    backup(data, archive, say)
    typer.echo(f"{archive}")


def restore_folder(archive: Path, data: Path) -> None:
    """Restore a backup."""
    restore(archive, data, say)
    typer.echo(f"{data}")
