"""What the commands of `kouan watch` need: the list of a folder, and a person's document."""

import getpass
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import typer

from kouan.cli.accounting import by
from kouan.cli.terminal import Mistake, mistakes
from kouan.live.access import PSEUDONYMS, secret_key
from kouan.live.known import TravelDocument
from kouan.live.privacy.watch import WatchList
from kouan.live.privacy.web import sign_of

MOST_LINE_BYTES = 100


@contextmanager
def opened(data: Path, url: str | None) -> Iterator[WatchList]:
    """Open the list of a folder; a mistake is told without a traceback."""
    with mistakes():
        if not data.is_dir():
            raise Mistake(f"{data}: no such folder: expected the data folder of a port")
        watch = WatchList(url or data)
        try:
            yield watch
        finally:
            watch.close()


def add_entry(
    watch: WatchList,
    data: Path,
    reason: str,
    *,
    person: bool,
    plate: str | None,
    container: str | None,
) -> None:
    """Add what is named by exactly one of the three, and print its code."""
    document = _document() if person and plate is None and container is None else None
    if person and document is None:
        raise Mistake("--person: expected neither --plate nor --container beside it")
    sign = sign_of(secret_key(data, PSEUDONYMS), document, plate, container)
    typer.echo(watch.add(sign, reason, by()))


def _document() -> TravelDocument:
    """Ask for issuing state and number, or read both from a line on standard input."""
    if sys.stdin.isatty():
        given = [input("Issuing state (three letters): "), getpass.getpass("Number: ")]
    else:
        given = sys.stdin.readline(MOST_LINE_BYTES).split()
    try:
        issuer, number = (text.strip().upper() for text in given)
        return msgspec.convert({"issuer": issuer, "number": number}, TravelDocument)
    except (ValueError, msgspec.ValidationError):
        # What was typed may be somebody's number: it is not said again.
        expected = "an issuing state of letters and a document number of letters and digits"
        raise Mistake(f"--person: expected {expected}, on one line") from None


def show_entries(watch: WatchList, as_json: bool) -> None:
    """Print the list."""
    found = watch.entries()
    if as_json:
        typer.echo(json.dumps([one._asdict() for one in found], ensure_ascii=False))
        return
    for one in found:
        made = datetime.fromtimestamp(one.made_ms / 1_000, UTC).strftime("%Y-%m-%d")
        typer.echo(f"{one.code}  {one.kind:<9}  {one.value}  {made}  {one.by}  {one.reason}")
