"""Pictures that a journal says were taken and removed, held against what is there."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from kouan.dispatch.events import EvidenceTaken, PicturesRemoved
from kouan.runtime import database
from kouan.runtime.documents import FORGOTTEN, IN_FILE, path_of
from kouan.runtime.journal import Journal


class RemovedPicture(NamedTuple):
    """A picture that was removed: when it was taken, and when it was gone."""

    image: str
    taken_ms: int
    removed_ms: int
    rule: str
    kept_ms: int
    number: int
    """Entry of the journal that proves it."""


@dataclass(slots=True)
class Removals:
    """What was removed, how many pictures are kept, and what does not agree."""

    removed: list[RemovedPicture] = field(default_factory=list)
    kept: int = 0
    problems: list[str] = field(default_factory=list)


def removals(journal: Journal, folder: Path) -> Removals:
    """Read a journal whole and look for its pictures in its database and its documents' folder.

    Raises JournalBroken where the chain does not hold: then nothing is proved.
    """
    found = Removals()
    taken: dict[str, int] = {}
    last: dict[str, RemovedPicture] = {}
    for entry in journal.entries():
        if entry.kind == EvidenceTaken.__name__:
            event = entry.decoded_event()
            assert isinstance(event, EvidenceTaken)
            if event.image:
                taken[event.image] = event.at_ms
        elif entry.kind == PicturesRemoved.__name__:
            event = entry.decoded_event()
            assert isinstance(event, PicturesRemoved)
            for image, taken_ms in zip(event.images, event.taken_ms, strict=True):
                rest = (event.at_ms, event.rule, event.kept_ms, entry.number)
                last[image] = RemovedPicture(image, taken_ms, *rest)
                found.removed.append(last[image])
    found.problems += _too_early(found.removed)
    _look(journal, folder, taken, last, found)
    return found


def _too_early(removed: list[RemovedPicture]) -> Iterator[str]:
    for one in removed:
        if one.removed_ms - one.taken_ms < one.kept_ms:
            after_ms = one.removed_ms - one.taken_ms
            yield f"{one.image} was removed after {after_ms} ms: {one.rule} says {one.kept_ms} ms"


def _look(
    journal: Journal,
    folder: Path,
    taken: dict[str, int],
    last: dict[str, RemovedPicture],
    found: Removals,
) -> None:
    """Hold every picture against its row and its file."""
    columns, listed = database.document.c, database.picture.c
    query = sa.select(columns.hash, columns.kept, columns.content.is_not(None))
    with journal.engine.connect() as connection:
        rows = {row[0]: (row[1], row[2]) for row in connection.execute(query)}
        if sa.inspect(connection).has_table(database.picture.name):
            on_list = connection.execute(sa.select(listed.hash, listed.taken_ms))
            taken |= {row[0]: max(row[1], taken.get(row[0], 0)) for row in on_list}
    for image in dict.fromkeys([*last, *taken]):
        kept, has_content = rows.get(image, ("", False))
        has_file = path_of(folder, image).exists()
        gone = last.get(image)
        is_there = has_content or has_file
        if gone is not None and taken.get(image, 0) <= gone.removed_ms:
            if is_there or kept != FORGOTTEN:
                where = f"{path_of(folder, image)}" if has_file else "the journal's database"
                found.problems.append(f"{image} was removed at entry {gone.number}: is in {where}")
        elif not is_there or (kept == IN_FILE and not has_file):
            found.problems.append(f"{image} is gone, and no entry proves why")
        else:
            found.kept += 1
