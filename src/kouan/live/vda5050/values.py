"""How single values of VDA 5050 are read and written: where metres become whole millimetres.

A reader is strict: it refuses what the standard does not allow, and says where, what it found and
what it expected.
"""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from kouan.live.errors import LiveError
from kouan.live.vda5050.messages import Json
from kouan.live.vda5050.versions import Quirks, Version

LONGEST_TEXT = 65_536
LARGEST = 2**53
"""Numbers beyond it are no whole ones any more in most clients."""
PI = 3.14159265359
"""As the schemas have it."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FORBIDDEN = "/+#$"
"""Signs that no part of a topic may hold."""


class CodecError(LiveError):
    """A message that can't be read or written; names field, value and what was expected."""


class Wire(NamedTuple):
    """What is spoken with one vehicle."""

    version: Version
    quirks: Quirks


def refusal(where: str, value: Json, expected: str) -> CodecError:
    """The error for a value that is not as expected; long values are cut."""
    found = repr(value)
    if len(found) > 80:
        found = f"{found[:77]}..."
    return CodecError(f"{where}: {found}: expected {expected}")


class Kind(NamedTuple):
    """How a value is read and written; both get the place, for errors."""

    read: Callable[[Json, str, Wire], Any]
    write: Callable[[Any, str, Wire], Json]


def _as_is(value: Any, _where: str, _wire: Wire) -> Json:
    return value


def text(most: int = LONGEST_TEXT, *, empty: bool = True) -> Kind:
    """A text; ``empty`` says whether it may be one of no length."""

    def read(value: Json, where: str, _wire: Wire) -> str:
        if not isinstance(value, str) or len(value) > most or not (value or empty):
            raise refusal(where, value, f"text of {0 if empty else 1} to {most} characters")
        return value

    return Kind(read, _as_is)


def name() -> Kind:
    """A manufacturer or serial number, which is part of a topic."""

    def read(value: Json, where: str, _wire: Wire) -> str:
        if not is_name(value):
            raise refusal(where, value, "text without / + # $")
        return str(value)

    def write(value: Any, where: str, wire: Wire) -> str:
        return read(value, where, wire)

    return Kind(read, write)


def is_name(value: Json) -> bool:
    """Whether a value can be a level of a topic."""
    return (
        isinstance(value, str)
        and 0 < len(value) <= 128
        and not any(sign in FORBIDDEN or ord(sign) < 32 for sign in value)
    )


def flag() -> Kind:
    """A truth value."""

    def read(value: Json, where: str, _wire: Wire) -> bool:
        if not isinstance(value, bool):
            raise refusal(where, value, "true or false")
        return value

    return Kind(read, _as_is)


def whole(least: int = 0) -> Kind:
    """A whole number; 3.0 is one."""

    def read(value: Json, where: str, _wire: Wire) -> int:
        number = _number(value, where, "a whole number")
        if number != int(number) or number < least:
            raise refusal(where, value, f"a whole number of at least {least}")
        return int(number)

    return Kind(read, _as_is)


def scaled(factor: int, least: float = -math.inf, most: float = math.inf) -> Kind:
    """A figure that is ``factor`` times as large inside as on the wire."""

    def read(value: Json, where: str, _wire: Wire) -> int:
        number = _number(value, where, "a number")
        if not least <= number <= most:
            raise refusal(where, value, f"a number from {least} to {most}")
        return round(number * factor)

    def write(value: Any, _where: str, _wire: Wire) -> float:
        return float(value / factor)

    return Kind(read, write)


def angle() -> Kind:
    """An angle in radians from -pi to pi; pi itself is not made larger by rounding."""

    def read(value: Json, where: str, _wire: Wire) -> int:
        number = _number(value, where, "an angle in radians")
        return (
            round(math.remainder(number, math.tau) * 1_000)
            if abs(number) > PI
            else round(number * 1_000)
        )

    def write(value: Any, _where: str, _wire: Wire) -> float:
        return float(min(PI, max(-PI, value / 1_000)))

    return Kind(read, write)


def _number(value: Json, where: str, expected: str) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refusal(where, value, expected)
    if not math.isfinite(value) or abs(value) > LARGEST:
        raise refusal(where, value, f"{expected} up to {LARGEST}")
    return value


def choice(words: type[StrEnum]) -> Kind:
    """One of some words, in the spelling of the version; read with or without underscores."""

    def read(value: Json, where: str, wire: Wire) -> StrEnum:
        folded = _fold(value) if isinstance(value, str) else ""
        known = [word for word in words if _spelling(word, wire)]
        for word in known:
            if _fold(word) == folded:
                return word
        names = ", ".join(_spelling(word, wire) for word in known)
        raise refusal(where, value, f"one of {names}")

    def write(value: Any, where: str, wire: Wire) -> str:
        spelling = _spelling(value, wire)
        if not spelling:
            raise refusal(where, str(value), f"a word that {wire.version.number} has")
        return spelling

    return Kind(read, write)


def _spelling(word: StrEnum, wire: Wire) -> str:
    return wire.version.spellings.get(type(word), {}).get(word, word.value)


def _fold(word: str) -> str:
    return word.replace("_", "").upper()


def timestamp() -> Kind:
    """A time in UTC with milliseconds and Z; read with any zone, without one only as a quirk."""

    def read(value: Json, where: str, wire: Wire) -> int:
        expected = "a time such as 2026-03-01T08:00:00.000Z"
        if not isinstance(value, str) or len(value) > 64:
            raise refusal(where, value, expected)
        try:
            at = datetime.fromisoformat(value)
        except ValueError as error:
            raise refusal(where, value, expected) from error
        if at.tzinfo is None:
            if not wire.quirks.times_without_zone:
                raise refusal(where, value, f"{expected}, with its Z")
            at = at.replace(tzinfo=UTC)
        return (at - EPOCH) // timedelta(milliseconds=1)

    def write(value: Any, where: str, _wire: Wire) -> str:
        try:
            at = EPOCH + timedelta(milliseconds=value)
        except OverflowError as error:
            raise refusal(where, value, "milliseconds since 1970, up to the year 9999") from error
        return at.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"

    return Kind(read, write)


def deviation() -> Kind:
    """An allowed deviation: a radius, or since 3.0 an ellipse, of which the smaller axis counts."""
    radius = scaled(1_000, 0)

    def read(value: Json, where: str, wire: Wire) -> int:
        if not wire.version.ellipse:
            return int(radius.read(value, where, wire))
        if not isinstance(value, dict):
            raise refusal(where, value, "an object with a, b and theta")
        axes = [radius.read(value.get(key), f"{where}.{key}", wire) for key in ("a", "b")]
        return int(min(axes))

    def write(value: Any, where: str, wire: Wire) -> Json:
        written = radius.write(value, where, wire)
        return {"a": written, "b": written, "theta": 0.0} if wire.version.ellipse else written

    return Kind(read, write)


def anything() -> Kind:
    """Any value but null, kept as it is."""
    return Kind(_as_is, _as_is)


def mapping() -> Kind:
    """An object of any content, kept as it is."""

    def read(value: Json, where: str, _wire: Wire) -> Json:
        if not isinstance(value, dict):
            raise refusal(where, value, "an object")
        return value

    return Kind(read, _as_is)
