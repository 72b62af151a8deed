"""Messages to bytes and back, for every version by the same tables.

``decode`` ignores keys that it does not know and refuses whatever else is not as the standard says.
Raises CodecError, which names the field, what was found and what was expected.
"""

from dataclasses import replace
from typing import Any

import msgspec

from kouan.live.vda5050.factsheet import Factsheet
from kouan.live.vda5050.messages import (
    Action,
    Blocking,
    Connection,
    Header,
    InstantActions,
    Json,
    Order,
    State,
    Visualization,
)
from kouan.live.vda5050.shapes import SHAPES, Field, Need
from kouan.live.vda5050.topics import Topic
from kouan.live.vda5050.values import CodecError, Wire, refusal, text
from kouan.live.vda5050.versions import Quirks, Version

Message = Order | InstantActions | State | Connection | Visualization | Factsheet
KINDS: dict[Topic, type[Message]] = {
    Topic.ORDER: Order,
    Topic.INSTANT_ACTIONS: InstantActions,
    Topic.STATE: State,
    Topic.CONNECTION: Connection,
    Topic.VISUALIZATION: Visualization,
    Topic.FACTSHEET: Factsheet,
}
MOST_BYTES: dict[Topic, int] = {
    Topic.ORDER: 1 << 20,
    Topic.INSTANT_ACTIONS: 1 << 18,
    Topic.STATE: 1 << 20,
    Topic.CONNECTION: 1 << 12,
    Topic.VISUALIZATION: 1 << 16,
    Topic.FACTSHEET: 1 << 18,
}
"""Longest message that is read or written."""
PLAIN = Quirks()
NO_HEADER = Header(0, 0, "unknown", "unknown")
LOOSE_HEADER = (Visualization, Factsheet)
"""Kinds whose header number and time 2.x leaves open."""
_text = text(64)


def topic_of(message: Message) -> Topic:
    """The topic on which a message is sent."""
    return next(topic for topic, kind in KINDS.items() if isinstance(message, kind))


def encode(message: Message, version: Version, quirks: Quirks = PLAIN) -> bytes:
    """The bytes of a message; fields that the version does not have are left out."""
    wire = Wire(version, quirks)
    topic = topic_of(message)
    if isinstance(message, InstantActions):
        _check_instant(message.actions, version)
    if isinstance(message, State) and not version.parts_instant:
        states = message.action_states + message.instant_action_states
        message = replace(message, action_states=states, instant_action_states=())
    header = _write(message.header, "", wire)
    written = {"headerId": header["headerId"], "timestamp": header["timestamp"]}
    written |= {"version": version.number} | header | _write(message, "", wire)
    payload = msgspec.json.encode(written)
    if len(payload) > MOST_BYTES[topic]:
        raise CodecError(f"{topic}: {len(payload)} bytes: expected at most {MOST_BYTES[topic]}")
    return payload


def decode(topic: Topic, payload: bytes, version: Version, quirks: Quirks = PLAIN) -> Message:
    """The message that a payload says."""
    wire = Wire(version, quirks)
    if len(payload) > MOST_BYTES[topic]:
        raise CodecError(f"{topic}: {len(payload)} bytes: expected at most {MOST_BYTES[topic]}")
    try:
        found = msgspec.json.decode(payload)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise CodecError(f"{topic}: no JSON: {error}") from error
    if not isinstance(found, dict):
        raise refusal(str(topic), found, "an object")
    kind = KINDS[topic]
    _check_version(found, wire, loose=kind in LOOSE_HEADER)
    header = _read_header(found, wire, loose=kind in LOOSE_HEADER and not version.ellipse)
    message: Message = _read(kind, found, "", wire, header=header)
    if isinstance(message, InstantActions):
        _check_instant(message.actions, version)
    return message


def _check_instant(actions: tuple[Action, ...], version: Version) -> None:
    for number, action in enumerate(actions):
        if action.blocking is not Blocking.NONE and not version.instant_blocking:
            where = f"actions[{number}].blockingType"
            raise refusal(where, str(action.blocking), "NONE for an instant action")


def _check_version(found: dict[str, Json], wire: Wire, *, loose: bool) -> None:
    if loose and "version" not in found:
        return
    number = _text.read(found.get("version"), "version", wire)
    if number.partition(".")[0] != str(wire.version.major):
        raise refusal("version", number, f"{wire.version.major}.x.x")


def _read_header(found: dict[str, Json], wire: Wire, *, loose: bool) -> Header:
    if loose:
        # 2.x leaves the header of these kinds open; nothing depends on it.
        given = _write(NO_HEADER, "", wire)
        found = given | {key: found[key] for key in given if found.get(key) is not None}
    header: Header = _read(Header, found, "", wire)
    return header


# --- reading ---------------------------------------------------------------------------------


def _read(kind: type, found: Json, where: str, wire: Wire, **given: Any) -> Any:
    if not isinstance(found, dict):
        raise refusal(where, found, "an object")
    values = given
    for field in SHAPES[kind]:
        if (kind, field.member) not in wire.version.absent:
            key = _key(kind, field, wire)
            place = f"{where}.{key}" if where else key
            value = found.get(key, msgspec.UNSET)
            needed = (kind, field.member) in wire.version.needed
            values[field.member] = _read_field(field, value, place, wire, needed=needed)
    return kind(**values)


def _read_field(field: Field, value: Json, where: str, wire: Wire, *, needed: bool) -> Any:
    if value is None and wire.quirks.null_is_absent:
        value = msgspec.UNSET
    if value is msgspec.UNSET:
        if field.need is Need.MUST or needed:
            raise CodecError(f"{where}: missing: expected {_expected(field)}")
        return () if field.need is Need.LIST else None
    if value is None:
        raise refusal(where, value, f"{_expected(field)}; null is not the same as absent")
    if not field.most:
        return _read_value(field, value, where, wire)
    if not isinstance(value, list) or len(value) > field.most:
        size = f" of {len(value)}" if isinstance(value, list) else ""
        raise refusal(where + size, value, f"a list of at most {field.most}")
    return tuple(
        _read_value(field, one, f"{where}[{number}]", wire) for number, one in enumerate(value)
    )


def _read_value(field: Field, value: Json, where: str, wire: Wire) -> Any:
    if value is None:
        raise refusal(where, value, "a value")
    if field.inner is not None:
        return _read(field.inner, value, where, wire)
    assert field.kind is not None
    return field.kind.read(value, where, wire)


def _expected(field: Field) -> str:
    if field.most:
        return "a list"
    return "an object" if field.inner else "a value"


# --- writing ---------------------------------------------------------------------------------


def _write(message: Any, where: str, wire: Wire) -> dict[str, Json]:
    kind = type(message)
    written: dict[str, Json] = {}
    for field in SHAPES[kind]:
        if (kind, field.member) in wire.version.absent:
            continue
        value = getattr(message, field.member)
        key = _key(kind, field, wire)
        place = f"{where}.{key}" if where else key
        if value is None:
            if (kind, field.member) in wire.version.needed:
                raise CodecError(f"{place}: missing: {wire.version.number} needs it")
        elif field.most:
            if value or field.need is not Need.LIST:
                written[key] = [_write_value(field, one, place, wire) for one in value]
        else:
            written[key] = _write_value(field, value, place, wire)
            if (kind, field.member) in wire.version.whole:
                written[key] = round(written[key])
    return written


def _write_value(field: Field, value: Any, where: str, wire: Wire) -> Json:
    if field.inner is not None:
        return _write(value, where, wire)
    assert field.kind is not None
    return field.kind.write(value, where, wire)


def _key(kind: type, field: Field, wire: Wire) -> str:
    if kind is InstantActions:
        return wire.quirks.instant_key
    return wire.version.names.get((kind, field.member), field.key)
