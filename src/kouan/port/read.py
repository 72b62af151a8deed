"""Read a port file: TOML text, settings from the command line, then decode and check.

``read_port`` and ``load_port`` raise PortError with all problems at once, each with file and line.
TOML gives no line numbers, so a second parser locates the keys; it is asked for nothing else.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import is_dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

from kouan.port.calendar import check_sides, weekly_minutes
from kouan.port.check import check_port, missing_basis
from kouan.port.decode import Decoded, decode_port, item_label, slots_of
from kouan.port.model import Port
from kouan.port.problems import Finding, PortError, Problem, Severity, error, known_name, shown
from kouan.port.references import check_references

LARGEST_FILE_BYTES = 4_000_000
SETTING_FILE = "--set"
"""Stands for the file where a problem lies in a setting."""
SETTING_BASIS = "assumption: set on the command line"
TOML = Language(tree_sitter_toml.language())

IndexPath = tuple[str | int, ...]


class Document(NamedTuple):
    """A parsed port file, the lines of its keys, and the keys that settings replaced."""

    file: str
    tables: dict[str, Any]
    lines: dict[str, int]
    settings: tuple[str, ...]

    def place_of(self, key: str) -> tuple[str, int]:
        """Return file and line of a key, or of the nearest table around it."""
        for setting in self.settings:
            if f"{key}.".startswith(f"{setting}."):
                return SETTING_FILE, 0
        while key and key not in self.lines:
            key = key.rpartition(".")[0]
        return self.file, self.lines.get(key, 1)


def read_port(path: Path, settings: Sequence[str] = ()) -> Port:
    """Read a port file without checking how its parts fit together.

    ``settings`` are "path=value" texts that replace values of the file, such as
    "fleets.agv.count=6". Raises PortError.
    """
    document = read_document(path, settings)
    return _decoded(document).port


def load_port(path: Path, settings: Sequence[str] = ()) -> tuple[Port, tuple[Finding, ...]]:
    """Read and check a port file; return the port with the warnings.

    Raises PortError for whatever keeps the port from running.
    """
    document = read_document(path, settings)
    decoded = _decoded(document)
    port = decoded.port
    findings = [*check_sides(port), *_frames(port)]
    sound = not findings and not any(check_references(port))
    findings += check_port(port, weekly_minutes(port) if sound else None)
    findings += missing_basis(decoded.unfounded)
    placed = [_placed(document, finding) for finding in findings]
    errors = [finding for finding in placed if finding.severity is Severity.ERROR]
    if errors:
        raise PortError(_in_order(document.file, errors))
    return port, tuple(placed)


def read_document(path: Path, settings: Sequence[str] = ()) -> Document:
    """Read and parse a file and apply the settings; raise PortError with every problem in them."""
    text = _text(path)
    try:
        tables = tomllib.loads(text)
        lines = {_label(tables, at): line for at, line in key_lines(text)}
    except tomllib.TOMLDecodeError as problem:
        raise PortError((_syntax_problem(path.name, text, str(problem)),)) from None
    except RecursionError:
        raise PortError((Problem(path.name, 1, "", "", "less deeply nested tables"),)) from None
    problems = [found for setting in settings if (found := _set(tables, setting))]
    if problems:
        raise PortError(tuple(problems))
    paths = tuple(setting.partition("=")[0].strip() for setting in settings)
    return Document(path.name, tables, lines, tuple(_labelled(tables, at) for at in paths))


def _decoded(document: Document) -> Decoded:
    decoded = decode_port(document.tables)
    if decoded.faults:
        found = [
            Problem(*document.place_of(fault.key), fault.key, fault.value, fault.expected)
            for fault in decoded.faults
        ]
        raise PortError(tuple(sorted(found, key=lambda problem: problem.line)))
    return decoded


def _frames(port: Port) -> Iterator[Finding]:
    """Find frames of scales that are no regular expression, or find no mass."""
    for name, device in port.devices.items():
        try:
            groups = [*re.compile(device.frame).groupindex] if device.frame else ["mass"]
        except re.error:
            groups = []
        if "mass" not in groups:
            expected = "a regular expression with a group (?P<mass>...)"
            yield error(f"devices.{name}.frame", device.frame, expected)


def _placed(document: Document, finding: Finding) -> Finding:
    file, line = document.place_of(finding.key)
    return replace(finding, file=file, line=line)


def _in_order(file: str, errors: list[Finding]) -> tuple[Problem, ...]:
    problems = [Problem(e.file or file, e.line, e.key, e.value, e.expected) for e in errors]
    return tuple(sorted(problems, key=lambda problem: problem.line))


def _text(path: Path) -> str:
    """Return the file's text; raise PortError when it can't be read as such."""
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST_FILE_BYTES + 1)
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise PortError((Problem(str(path), 0, "", reason, "a file that can be read"),)) from None
    if len(content) > LARGEST_FILE_BYTES:
        expected = f"at most {LARGEST_FILE_BYTES} bytes"
        raise PortError((Problem(path.name, 0, "", "a larger file", expected),))
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        raise PortError((Problem(path.name, line, "", "other bytes", "UTF-8 text"),)) from None


def _syntax_problem(file: str, text: str, message: str) -> Problem:
    """Turn the parser's "... (at line 5, column 3)" into a problem that shows the line."""
    rows = text.splitlines()
    found = re.search(r" \(at line (\d+), column \d+\)$", message)
    line = int(found[1]) if found else max(1, len(rows))
    row = rows[line - 1].strip() if line <= len(rows) else "the end of the file"
    reason = message[: found.start()] if found else message.removesuffix(" (at end of document)")
    return Problem(file, line, "", shown(row), f"TOML: {reason}")


# --- where keys stand --------------------------------------------------------------------------


def key_lines(text: str) -> Iterator[tuple[IndexPath, int]]:
    """Yield the path of every key, table and array item with the line where it is written."""
    counts: dict[IndexPath, int] = {}
    for node in Parser(TOML).parse(text.encode()).root_node.named_children:
        if node.type == "pair":
            yield from _pair_lines(node, ())
        elif node.type in ("table", "table_array_element"):
            head, *pairs = [child for child in node.named_children if child.type != "comment"]
            at = _resolved(_names(head), counts)
            if node.type == "table_array_element":
                counts[at] = counts.get(at, -1) + 1
                at = (*at, counts[at])
            yield at, _line(head)
            for pair in pairs:
                yield from _pair_lines(pair, at)


def _resolved(names: tuple[str, ...], counts: dict[IndexPath, int]) -> IndexPath:
    """Put the number of the latest item behind every array of tables on the way."""
    at: IndexPath = ()
    for name in names[:-1]:
        at = (*at, name)
        at = (*at, counts[at]) if at in counts else at
    return (*at, names[-1])


def _pair_lines(pair: Node, above: IndexPath) -> Iterator[tuple[IndexPath, int]]:
    head, value = [child for child in pair.named_children if child.type != "comment"][:2]
    names = _names(head)
    for length in range(1, len(names) + 1):
        yield (*above, *names[:length]), _line(head)
    yield from _value_lines(value, (*above, *names))


def _value_lines(value: Node, at: IndexPath) -> Iterator[tuple[IndexPath, int]]:
    children = [child for child in value.named_children if child.type != "comment"]
    if value.type == "inline_table":
        for pair in children:
            yield from _pair_lines(pair, at)
    elif value.type == "array":
        for number, item in enumerate(children):
            yield (*at, number), _line(item)
            yield from _value_lines(item, (*at, number))


def _names(head: Node) -> tuple[str, ...]:
    """Return the parts of a key, which may be dotted and quoted."""
    if head.type == "dotted_key":
        return tuple(name for part in head.named_children for name in _names(part))
    text = (head.text or b"").decode()
    return (tomllib.loads(f"{text} = 0").popitem()[0],)


def _line(node: Node) -> int:
    return int(node.start_point.row) + 1


def _label(tables: dict[str, Any], at: IndexPath) -> str:
    """Return the key path of messages: array items are named by their id where they have one."""
    names: list[str] = []
    here: Any = tables
    for part in at:
        here = here[part]
        names.append(item_label(part, here) if isinstance(part, int) else part)
    return ".".join(names)


# --- settings ----------------------------------------------------------------------------------


def _set(tables: dict[str, Any], setting: str) -> Problem | None:
    """Replace one value of the document; return the problem if there is none such."""
    path, equals, text = setting.partition("=")
    names = [name.strip() for name in path.split(".")]
    if not equals or not all(names):
        expected = "path=value such as fleets.agv.count=6"
        return Problem(SETTING_FILE, 0, "", shown(setting), expected)
    here: Any = tables
    for depth, name in enumerate(names[:-1]):
        if depth == 0 and name not in here and is_dataclass(_kind(name)):
            here[name] = {}
        inner = _child(here, name)
        if not isinstance(inner, dict | list):
            expected = known_name(name, _known(here), "a known key")
            return Problem(SETTING_FILE, 0, ".".join(names[: depth + 1]), shown(name), expected)
        here = inner
    if not isinstance(here, dict):
        return Problem(SETTING_FILE, 0, path.strip(), shown(text), "a key of one of the items")
    value = _setting_value(text.strip())
    here[names[-1]] = value if names[-1] == "basis" else _founded(value)
    return None


def _kind(name: str) -> Any:
    slot = slots_of(Port).get(name)
    return slot.kind if slot else None


def _child(here: Any, name: str) -> Any:
    """Return what a name leads to: a table's key, or an array's item by id or number."""
    if isinstance(here, dict):
        return here.get(name)
    number = _number(here, name)
    return None if number is None else here[number]


def _number(items: list[Any], name: str) -> int | None:
    for number, item in enumerate(items):
        if name in (item_label(number, item), str(number)):
            return number
    return None


def _known(here: Any) -> list[str]:
    """Return the names that lead on from a table or an array."""
    if isinstance(here, dict):
        return [name for name, inner in here.items() if isinstance(inner, dict | list)]
    return [item_label(number, item) for number, item in enumerate(here)]


def _labelled(tables: dict[str, Any], path: str) -> str:
    """Return a setting's path as messages write it, with ids for numbers."""
    names: list[str] = []
    here: Any = tables
    for name in (part.strip() for part in path.split(".")):
        number = _number(here, name) if isinstance(here, list) else None
        names.append(name if number is None else item_label(number, here[number]))
        here = _child(here, name)
    return ".".join(names)


def _setting_value(text: str) -> Any:
    """Return the text as a TOML value, or as itself where it is none: "3 km" needs no quotes."""
    try:
        parsed = tomllib.loads(f"value = {text}")
    except (tomllib.TOMLDecodeError, RecursionError):
        return text
    return parsed["value"] if len(parsed) == 1 else text


def _founded(value: Any) -> dict[str, Any]:
    """Give a value the basis that a setting has, unless it brings its own."""
    if isinstance(value, dict):
        return {"basis": SETTING_BASIS, **value}
    return {"value": value, "basis": SETTING_BASIS}
