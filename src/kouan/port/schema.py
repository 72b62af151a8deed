"""JSON Schema (2020-12) of a port file, for editors, from the same dataclasses the reader follows.

An editor finds misspelt keys and wrong forms while one writes; the reader and ``check`` find more.
"""

from collections.abc import Mapping
from dataclasses import is_dataclass
from enum import StrEnum
from typing import Any, get_args, get_origin

from kouan.port.decode import (
    BESIDE,
    LARGEST_COUNT,
    LONGEST_TEXT,
    Slot,
    expected_of,
    item_of,
    mark_of,
    slots_of,
)
from kouan.port.model import Port
from kouan.port.quantity import Pattern, Quantity, Range
from kouan.port.service import Distribution

DIALECT = "https://json-schema.org/draft/2020-12/schema"
NUMBER = r"[0-9][0-9_]*(\.[0-9]+)?"
ID_PATTERN = "^[a-z][a-z0-9_]*$"
BASIS = {
    "type": "string",
    "pattern": "^(input|assumption|calibrated): *[^ ].*$",
    "description": '"input: <id of a source>", "assumption: <why>" or "calibrated: <to what>"',
}
PATTERNS = {
    "hours": r"^[a-z0-9:;, -]+$",
    "date": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
}

Schema = dict[str, Any]


def json_schema(docs: Mapping[str, str] | None = None) -> Schema:
    """Return the schema; ``docs`` describe fields by "Place.room" (``reference.field_docs``)."""
    definitions: dict[str, Schema] = {}
    root = _table(Port, docs or {}, definitions)
    root["properties"] |= {name: {"type": "object"} for name in BESIDE}
    return {"$schema": DIALECT, "title": "Kouan port file", **root, "$defs": definitions}


def _table(kind: type, docs: Mapping[str, str], definitions: dict[str, Schema]) -> Schema:
    slots = slots_of(kind)
    properties = {
        name: _described(_schema(slot.kind, docs, definitions), docs, kind, slot)
        for name, slot in slots.items()
    }
    return {
        "type": "object",
        "properties": {**properties, "basis": BASIS},
        "required": [name for name, slot in slots.items() if slot.required],
        "additionalProperties": False,
    }


def _described(schema: Schema, docs: Mapping[str, str], kind: type, slot: Slot) -> Schema:
    text = docs.get(f"{kind.__name__}.{slot.field}")
    return {**schema, "description": text} if text else schema


def _schema(kind: Any, docs: Mapping[str, str], definitions: dict[str, Schema]) -> Schema:
    if kind is Distribution:
        return _founded(_distribution())
    if is_dataclass(kind) and isinstance(kind, type):
        if kind.__name__ not in definitions:
            definitions[kind.__name__] = {}
            definitions[kind.__name__] = _table(kind, docs, definitions)
        return {"$ref": f"#/$defs/{kind.__name__}"}
    if get_origin(kind) is dict:
        return _keyed(kind, docs, definitions)
    if get_origin(kind) is tuple:
        items = item_of(kind)
        inner = _schema(items, docs, definitions) if is_dataclass(items) else _plain(items)
        return _founded({"type": "array", "items": inner})
    return _founded(_plain(kind))


def _keyed(kind: Any, docs: Mapping[str, str], definitions: dict[str, Schema]) -> Schema:
    """Return the schema of a table whose keys the file's author names."""
    names, items = get_args(kind)
    allowed: Schema = {"pattern": ID_PATTERN}
    if issubclass(names, StrEnum):
        allowed = {"enum": ["basis", *(member.value for member in names)]}
    return {
        "type": "object",
        "properties": {"basis": BASIS},
        "propertyNames": allowed,
        "additionalProperties": _schema(items, docs, definitions),
    }


def _founded(schema: Schema) -> Schema:
    """Let a value be written with its basis."""
    wrapped = {
        "type": "object",
        "properties": {"value": schema, "basis": BASIS},
        "required": ["value"],
        "additionalProperties": False,
    }
    return {"anyOf": [schema, wrapped]}


def _plain(kind: Any) -> Schema:
    mark = mark_of(kind)
    if isinstance(mark, Quantity):
        return {"type": "string", "pattern": quantity_pattern(mark), "description": mark.expected()}
    if isinstance(mark, Range):
        most = LARGEST_COUNT if mark.most is None else mark.most
        return {"type": "integer", "minimum": mark.least, "maximum": most}
    if isinstance(mark, Pattern):
        example = expected_of(kind)
        return {"type": "string", "pattern": PATTERNS[mark.form], "description": example}
    if kind is bool:
        return {"type": "boolean"}
    if issubclass(kind, StrEnum):
        return {"enum": [member.value for member in kind]}
    return {"type": "string", "maxLength": LONGEST_TEXT}


def quantity_pattern(quantity: Quantity) -> str:
    """Return a regular expression for figures with their unit; the blank before % may be left."""
    sign = "-?" if quantity.signed else ""
    if list(quantity.units) == ["%"]:
        return f"^{NUMBER} *%$"
    return f"^{sign}{NUMBER} +({'|'.join(quantity.units)})$"


def _distribution() -> Schema:
    slots = slots_of(Distribution)
    forms = {
        name: {"type": "array", "items": _plain(item_of(slot.kind))}
        if get_origin(slot.kind) is tuple
        else _plain(slot.kind)
        for name, slot in slots.items()
    }
    table = {
        "type": "object",
        "properties": {**forms, "basis": BASIS},
        "oneOf": [{"required": [name]} for name in forms],
        "additionalProperties": False,
    }
    return {"anyOf": [_plain(next(iter(slots.values())).kind), table]}
