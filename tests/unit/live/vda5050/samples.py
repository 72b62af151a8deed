"""One message of each kind with every field given, and what hypothesis draws of them."""

from dataclasses import fields
from enum import StrEnum
from typing import Any

from hypothesis import strategies as st

from kouan.live.vda5050 import factsheet as fs
from kouan.live.vda5050 import messages as m
from kouan.live.vda5050.codec import KINDS, Message
from kouan.live.vda5050.shapes import SHAPES, Field, Need
from kouan.live.vda5050.topics import Topic
from kouan.live.vda5050.versions import V3_0, Version

PLAIN = {
    "text": st.text("abcäöü口岸-_. 0", min_size=1, max_size=8),
    "name": st.text("abcKouan-_. 口", min_size=1, max_size=8),
    "count": st.integers(0, 1 << 31),
    "milli": st.integers(-9_000_000, 9_000_000),
    "length": st.integers(0, 9_000_000),
    "angle": st.integers(-3_142, 3_142),
    "turn": st.integers(0, 3_142),
    "share": st.integers(0, 1_000_000),
    "time": st.integers(0, 4_000_000_000_000),
    "kilogram": st.integers(0, 100_000),
}
BY_NAME = {
    "header_id": "count",
    "at_ms": "time",
    "manufacturer": "name",
    "serial": "name",
    "theta_mrad": "angle",
    "deviation_mrad": "turn",
    "deviation_mm": "length",
    "charge_ppm": "share",
    "health_ppm": "share",
    "score_ppm": "share",
    "mass_kg": "kilogram",
    "load_kg": "kilogram",
}
WORDS = {
    (m.Action, "blocking"): m.Blocking,
    (m.ActionState, "status"): m.Status,
    (m.VehicleError, "level"): m.Level,
    (m.Information, "level"): m.InfoLevel,
    (m.Safety, "emergency_stop"): m.EmergencyStop,
    (m.State, "mode"): m.Mode,
    (m.Connection, "link"): m.Link,
    (m.Corridor, "reference"): m.CorridorPoint,
    (fs.OptionalParameter, "support"): m.Support,
    (fs.KnownAction, "scopes"): m.Scope,
}
CHOSEN = {
    (fs.TypeSpecification, "kinematics"): ("DIFF", "OMNI", "THREEWHEEL"),
    (fs.TypeSpecification, "vehicle_class"): ("FORKLIFT", "CONVEYOR", "TUGGER", "CARRIER"),
    (fs.TypeSpecification, "localization"): ("NATURAL", "GRID"),
    (fs.TypeSpecification, "navigation"): ("AUTONOMOUS",),
}
VALUES = st.one_of(
    st.booleans(), st.integers(-99, 99), PLAIN["text"], st.lists(st.integers(0, 9), max_size=2)
)


def messages(topic: Topic, version: Version) -> st.SearchStrategy[Message]:
    """Messages of a kind that a version can say."""
    made: st.SearchStrategy[Message] = _drawn(KINDS[topic], version, instant=False)
    return made


def whole_factsheets(version: Version) -> st.SearchStrategy[Message]:
    """Factsheets in which nothing is missing that the standard demands."""
    given = {
        field.member: _value(fs.Factsheet, field, version, instant=False)
        for field in SHAPES[fs.Factsheet]
    }
    header = _drawn(m.Header, version, instant=False)
    return st.builds(fs.Factsheet, header=header, **given)


def _drawn(kind: Any, version: Version, *, instant: bool) -> st.SearchStrategy[Any]:
    given: dict[str, st.SearchStrategy[Any]] = {}
    if "header" in [one.name for one in fields(kind)]:
        given["header"] = _drawn(m.Header, version, instant=False)
    for field in SHAPES[kind]:
        if (kind, field.member) not in version.absent:
            inside = instant or kind is m.InstantActions
            given[field.member] = _field(kind, field, version, instant=inside)
    return st.builds(kind, **given)


def _field(kind: Any, field: Field, version: Version, *, instant: bool) -> st.SearchStrategy[Any]:
    value = _value(kind, field, version, instant=instant)
    if (kind, field.member) in version.whole:
        value = st.integers(0, 100).map(lambda one: one * 10_000)
    if field.most:
        value = st.lists(value, max_size=2).map(tuple)
    needed = (kind, field.member) in version.needed
    if field.need is Need.MAY and not needed:
        return st.none() | value
    return value


def _value(kind: Any, field: Field, version: Version, *, instant: bool) -> st.SearchStrategy[Any]:
    if field.inner is not None:
        return _drawn(field.inner, version, instant=instant)
    words = WORDS.get((kind, field.member))
    if words is m.Blocking and instant and version is V3_0:
        return st.just(m.Blocking.NONE)
    if words is not None:
        return st.sampled_from(spoken(words, version))
    chosen = CHOSEN.get((kind, field.member))
    return st.sampled_from(chosen) if chosen else _plain(kind, field)


def _plain(kind: Any, field: Field) -> st.SearchStrategy[Any]:
    if kind is m.ActionParameter and field.member == "value":
        return VALUES
    if field.member in ("geometry", "loads"):
        return st.just({})
    annotation = str(next(one.type for one in fields(kind) if one.name == field.member))
    if "bool" in annotation:
        return st.booleans()
    if "str" in annotation:
        return PLAIN[BY_NAME.get(field.member, "text")]
    name = BY_NAME.get(field.member)
    if name is None:
        milli = field.member in ("x_mm", "y_mm", "x_mm_s", "y_mm_s", "turn_mrad_s")
        name = "milli" if milli else "length"
    return PLAIN[name]


def spoken(words: type[StrEnum], version: Version) -> list[StrEnum]:
    """The words that a version has."""
    return [one for one in words if version.spellings.get(words, {}).get(one, one.value)]
