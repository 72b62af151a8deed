"""`kouan import` and `kouan export-map`: plant models of others to a port file, and back."""

from collections.abc import Callable
from pathlib import Path

from kouan.cli.results import write_whole
from kouan.cli.terminal import Mistake, say
from kouan.port.formats import lif, opentcs, opentcs_writing
from kouan.port.formats.fromport import read_port_map
from kouan.port.formats.plantmap import MOST_BYTES, Format, Notes, PlantMap
from kouan.port.formats.portfile import write_port
from kouan.port.problems import PortError, Problem
from kouan.port.read import LARGEST_FILE_BYTES, load_port, read_document

__all__ = ["Format", "export_map", "import_plant"]
MOST_SHOWN = 200
"""Warnings shown one by one; more are counted."""
READERS: dict[Format, Callable[[bytes, Notes], PlantMap]] = {
    Format.LIF: lif.read,
    Format.OPENTCS: opentcs.read,
}


def import_plant(source: Path, target: Path) -> str:
    """Write the port file of a plant model; return what it came to, in a line.

    Raises PortError where the model can't be understood, Mistake where the target exists.
    """
    _check_free(target)
    notes = Notes(source.name)
    content = _content(source)
    text = content[:1_000].decode("utf-8", "ignore").lstrip("\ufeff \t\r\n")
    form = Format.OPENTCS if text.startswith("<") else Format.LIF
    plant = READERS[form](content, notes)
    written = write_port(plant, source.name, notes)
    if len(written.encode()) > LARGEST_FILE_BYTES:
        raise Mistake(f"{source.name}: makes a port file of more than {LARGEST_FILE_BYTES} bytes")
    write_whole(target, written)
    _tell(notes)
    return (
        f"{target}: {len(plant.nodes)} nodes, {len(plant.paths)} paths, "
        f"{len(plant.locations)} locations, {len(plant.vehicles)} vehicles, "
        f"{len(notes.found)} warnings"
    )


def export_map(port_file: Path, form: Format, target: Path, version: str) -> str:
    """Write the plant model of a port file; return what it came to, in a line."""
    _check_free(target)
    if version and (form is not Format.OPENTCS or version not in opentcs.VERSIONS):
        expected = f"one of {', '.join(opentcs.VERSIONS)}, with --to opentcs"
        raise Mistake(f'--model-version: "{version}": expected {expected}')
    port, _ = load_port(port_file)
    notes = Notes(port_file.name)
    plant = read_port_map(port, read_document(port_file).tables.get("plant"), notes)
    if form is Format.LIF:
        content = lif.write(plant, notes)
    else:
        content = opentcs_writing.write(plant, notes, version)
    READERS[form](content, Notes(target.name))  # what is written can be read
    write_whole(target, content.decode())
    _tell(notes)
    return (
        f"{target}: {len(plant.nodes)} nodes, {len(plant.paths)} paths, {len(notes.found)} warnings"
    )


def _check_free(target: Path) -> None:
    if target.exists():
        raise Mistake(f"{target}: exists already; expected a new file name (-o FILE)")


def _content(source: Path) -> bytes:
    try:
        with source.open("rb") as stream:
            return stream.read(MOST_BYTES + 1)
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise PortError((Problem(str(source), 0, "", reason, "a file that can be read"),)) from None


def _tell(notes: Notes) -> None:
    for note in notes.found[:MOST_SHOWN]:
        say(f"{notes.file}: warning: {note}")
    if len(notes.found) > MOST_SHOWN:
        say(f"{notes.file}: {len(notes.found) - MOST_SHOWN} more warnings")
