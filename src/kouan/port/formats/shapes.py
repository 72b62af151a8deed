"""What a table of a plant model may hold, and a walker that takes what fits and names the rest.

The same walker reads JSON, where a number written as text is worth a warning, and XML, where every
value is text. What it returns is valid by the shape, so it can be written again as it is.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from math import isfinite
from typing import Any

from kouan.port.formats.plantmap import MOST_ELEMENTS, Notes, Plain

LONGEST_TEXT = 2_000
MOST_WHOLE = 2**31 - 1
LONGEST_NUMBER = 40


class Kind(StrEnum):
    """Plain values."""

    TEXT = "text"
    NUMBER = "a number"
    WHOLE = "a whole number"
    TRUTH = "true or false"
    COLOUR = "a colour such as #FF9900"


@dataclass(frozen=True, slots=True)
class Slot:
    """One key of a table. A required one with a default takes it, with a warning, when absent."""

    kind: "Kind | Shape"
    required: bool = False
    many: bool = False
    default: Any = None
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    strict: bool = False
    """True where a wrong value is a problem even though the key may be absent."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A table: what it is called in messages, the key that names it, and its keys in order."""

    label: str
    slots: dict[str, Slot] = field(default_factory=dict)
    name: str = ""


class Walker:
    """Takes tables by their shapes; ``texts`` is True where all values are texts (XML)."""

    def __init__(self, notes: Notes, texts: bool) -> None:
        self.notes = notes
        self.texts = texts

    def table(self, shape: Shape, raw: Any, above: str) -> Plain:
        """Return the table with what fits; keys stand in the order of the shape."""
        name = raw.get(shape.name) if shape.name else None
        label = f'{shape.label} "{str(name)[:60]}"' if isinstance(name, str | int) else shape.label
        here = " ".join(part for part in (above, label) if part)
        for key in raw:
            if key not in shape.slots:
                self.notes.note(f"{here}.{key}"[:200], None, "unknown, left out")
        taken = {}
        for key, slot in shape.slots.items():
            value = self.slot(slot, raw.get(key), f"{here}.{key}", here)
            if value is not None:
                taken[key] = value
        return taken

    def slot(self, slot: Slot, raw: Any, key: str, here: str) -> Any:
        """Return what a key holds; None for nothing."""
        if raw is None:
            return self._absent(slot, key)
        if not slot.many:
            return self._one(slot, raw, key, here)
        if not isinstance(raw, list):
            return self._wrong(slot, raw, key, "a list")
        if len(raw) > MOST_ELEMENTS:
            self.notes.problem(key, len(raw), f"at most {MOST_ELEMENTS} of them")
            return None
        found = [self._one(slot, item, key, here) for item in raw]
        return [item for item in found if item is not None]

    def _one(self, slot: Slot, raw: Any, key: str, here: str) -> Any:
        if isinstance(slot.kind, Shape):
            if isinstance(raw, dict):
                return self.table(slot.kind, raw, here)
            return self._wrong(slot, raw, key, "a table")
        value = self._plain(slot.kind, raw, key)
        if value is None:
            return self._wrong(slot, raw, key, slot.kind.value)
        if slot.choices and value not in slot.choices:
            return self._wrong(slot, raw, key, f"one of {', '.join(slot.choices)}")
        if slot.least is not None and value < slot.least:
            return self._wrong(slot, raw, key, f"at least {slot.least}")
        if slot.most is not None and value > slot.most:
            return self._wrong(slot, raw, key, f"at most {slot.most}")
        return value

    def _absent(self, slot: Slot, key: str) -> Any:
        if not slot.required:
            return None
        if slot.default is None:
            what = slot.kind.value if isinstance(slot.kind, Kind) else "a table"
            self.notes.problem(key, None, f"{what}; it is absent and required")
            return None
        self.notes.note(key, None, f"absent, assumed {slot.default!r}")
        return _fresh(slot.default)

    def _wrong(self, slot: Slot, raw: Any, key: str, expected: str) -> Any:
        raw = raw if isinstance(raw, str | int | float | bool) else type(raw).__name__
        if slot.strict or (slot.required and slot.default is None):
            self.notes.problem(key, raw, expected)
            return None
        made = "left out" if slot.default is None else f"assumed {slot.default!r}"
        self.notes.note(key, raw, f"expected {expected}; {made}")
        return _fresh(slot.default)

    def _plain(self, kind: Kind, raw: Any, key: str) -> Any:
        """Return a value of a kind; None where it is none."""
        if kind is Kind.TRUTH:
            return self._truth(raw, key)
        if kind in (Kind.NUMBER, Kind.WHOLE):
            return self._number(kind, raw, key)
        if isinstance(raw, int | float) and not isinstance(raw, bool) and not self.texts:
            self.notes.note(key, raw, "a number, read as text")
            raw = str(raw)
        if not isinstance(raw, str) or len(raw) > LONGEST_TEXT or not _is_clean(raw):
            return None
        return raw if kind is Kind.TEXT or _is_colour(raw) else None

    def _truth(self, raw: Any, key: str) -> bool | None:
        if isinstance(raw, bool):
            return raw
        value = {"true": True, "1": True, "false": False, "0": False}.get(str(raw).strip())
        if value is not None and not self.texts:
            self.notes.note(key, raw, f"a text, read as {str(value).lower()}")
        return value

    def _number(self, kind: Kind, raw: Any, key: str) -> int | float | None:
        value = _parsed(raw) if isinstance(raw, str) else raw
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        if abs(value) > MOST_WHOLE or not isfinite(value):
            return None
        if isinstance(raw, str) and not self.texts:
            self.notes.note(key, raw, f"a text, read as the number {value}")
        if kind is Kind.NUMBER or isinstance(value, int):
            return value
        if value != round(value):
            self.notes.note(key, raw, f"rounded to {round(value)}")
        return round(value)


def _fresh(default: Any) -> Any:
    """A default that may be changed without changing the shape."""
    return default.copy() if isinstance(default, dict | list) else default


def _parsed(text: str) -> int | float | None:
    text = text.strip()
    if len(text) > LONGEST_NUMBER or not text.isascii() or "_" in text:
        return None
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return None


def _is_clean(text: str) -> bool:
    """True without control characters, which no format can hold alike, or lone surrogates."""
    return all(
        letter.isprintable() or letter in " \n\t" or letter > "\u00a0" for letter in text
    ) and not any("\ud800" <= letter <= "\udfff" or letter in "\ufffe\uffff" for letter in text)


def _is_colour(text: str) -> bool:
    return len(text) == 7 and text[0] == "#" and all(c in "0123456789ABCDEF" for c in text[1:])
