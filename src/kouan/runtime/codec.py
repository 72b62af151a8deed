"""Bytes of events, commands, ports and states.

An event becomes the JSON array of its fields, the commands of one decision become an array of
``[kind, [field, ...]]``; the field names stand once in the journal's header. The same value always
gives the same bytes, so decisions are compared byte for byte. A port keeps the order of its tables,
since order carries meaning there (a queue's pattern). States are MessagePack: they are large, are
never shown to anyone, and may have keys that JSON does not have.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any, TypeVar

import msgspec

from kouan.dispatch.commands import COMMANDS, Command
from kouan.dispatch.events import EVENTS, Event
from kouan.port.model import Port

_State = TypeVar("_State")


class CodecError(ValueError):
    """Bytes that are not what they should be; says what was expected."""


_encode = msgspec.json.Encoder().encode
_encode_state = msgspec.msgpack.Encoder().encode
_event_decoders = {kind: msgspec.json.Decoder(cls).decode for kind, cls in EVENTS.items()}
_command_decoders = {kind: msgspec.json.Decoder(cls).decode for kind, cls in COMMANDS.items()}
_decode_pairs = msgspec.json.Decoder(list[tuple[str, msgspec.Raw]]).decode
_decode_port = msgspec.json.Decoder(Port).decode

NO_COMMANDS = b"[]"
_OPENINGS = {cls: b'[["%b",' % kind.encode() for kind, cls in COMMANDS.items()}

encode_event: Callable[[Event], bytes] = _encode
"""Return the JSON array of the event's fields; its kind is kept beside it."""


def encode_commands(commands: Sequence[Command]) -> bytes:
    """Return the JSON array of ``[kind, [field, ...]]``, in the order decided."""
    if not commands:
        return NO_COMMANDS
    if len(commands) == 1:  # most decisions; twice as fast
        command = commands[0]
        return b"%b%b]]" % (_OPENINGS[command.__class__], _encode(command))
    return _encode([(command.__class__.__name__, command) for command in commands])


def decode_event(kind: str, payload: bytes) -> Event:
    """Return the event; raise CodecError when kind or fields are not known to this version."""
    decode = _event_decoders.get(kind)
    if decode is None:
        raise CodecError(f"{kind!r} is no kind of event this version knows")
    try:
        return decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise CodecError(f"fields of event {kind}: {error}") from error


def decode_commands(payload: bytes) -> list[Command]:
    """Return the commands; raise CodecError when kinds or fields are not known to this version."""
    kind = "?"
    try:
        commands = []
        for kind, fields in _decode_pairs(payload):
            commands.append(_command_decoders[kind](fields))
    except KeyError as error:
        raise CodecError(f"{kind!r} is no kind of command this version knows") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise CodecError(f"fields of command {kind}: {error}") from error
    return commands


def field_layout() -> dict[str, dict[str, list[str]]]:
    """Return ``{"events": {kind: [field, ...]}, "commands": {...}}`` for the journal's header."""
    return {
        "events": {kind: list(cls._fields) for kind, cls in EVENTS.items()},
        "commands": {kind: list(cls._fields) for kind, cls in COMMANDS.items()},
    }


def encode_state(state: object) -> bytes:
    """Return the bytes of a dataclass tree of dicts, lists, tuples, ints, texts and bools."""
    return _encode_state(state)


def state_decoder(cls: type[_State]) -> Callable[[bytes], _State]:
    """Return the function that turns ``encode_state``'s bytes back into a ``cls``.

    Fields that the bytes lack take their defaults, so a later version may add fields. It raises
    CodecError for bytes of another shape, and TypeError here for annotations it can't follow.
    """
    decode = msgspec.msgpack.Decoder(cls).decode

    def decode_state(payload: bytes) -> _State:
        try:
            return decode(payload)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise CodecError(f"state of {cls.__name__}: {error}") from error

    return decode_state


def encode_port(port: Port) -> bytes:
    """Return the JSON of a port: fields as declared in the model, tables in the file's order."""
    return _encode(port)


def decode_port(payload: bytes) -> Port:
    """Return the port; raise CodecError when the bytes are not one of this version's model."""
    try:
        return _decode_port(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise CodecError(f"port: {error}") from error


def port_hash(port: Port) -> str:
    """Return the SHA-256 of the port's bytes in hexadecimal.

    The order of tables counts: it may change what is decided.
    """
    return sha256(encode_port(port)).hexdigest()


def canonical_json(value: Any) -> bytes:
    """Return JSON with sorted keys, for documents in which order has no meaning."""
    return msgspec.json.encode(value, order="sorted")
