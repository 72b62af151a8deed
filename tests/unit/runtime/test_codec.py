"""Everything journalled comes back as it was, and the same thing always has the same bytes."""

import dataclasses
import json
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kouan.dispatch.commands import COMMANDS, Command, DriveTo, LeaveBy, WakeAt
from kouan.dispatch.events import EVENTS, Arrived, Woke
from kouan.dispatch.state import State
from kouan.port.model import Demand, Mode, ModeName, Port
from kouan.port.places import Place, PlaceKind
from kouan.runtime import codec
from tests.unit.runtime.support import PORT

INTEGERS = st.integers(-(2**63), 2**63 - 1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


def values(annotation: Any) -> st.SearchStrategy[Any]:
    """Return what may stand in a field of this annotation; fail for one that is not known."""
    if annotation is int:
        return INTEGERS
    if annotation is str:
        return TEXTS
    if annotation is bool:
        return st.booleans()
    if get_origin(annotation) is tuple and get_args(annotation)[1:] == (...,):
        return st.lists(values(get_args(annotation)[0]), max_size=4).map(tuple)
    if issubclass(annotation, tuple):
        return records(annotation)
    raise TypeError(f"{annotation} may not stand in an event or command")


def records(cls: type) -> st.SearchStrategy[Any]:
    """Return any tuple of this named kind."""
    fields = get_type_hints(cls)
    return st.tuples(*(values(hint) for hint in fields.values())).map(lambda items: cls(*items))


EVENT = st.sampled_from(list(EVENTS.values())).flatmap(records)
COMMAND = st.sampled_from(list(COMMANDS.values())).flatmap(records)


@given(EVENT)
def test_event_comes_back(event: Any) -> None:
    payload = codec.encode_event(event)
    decoded = codec.decode_event(type(event).__name__, payload)
    assert decoded == event
    assert type(decoded) is type(event)
    assert codec.encode_event(decoded) == payload
    assert b"\n" not in payload


@given(st.lists(COMMAND, max_size=4))
def test_commands_come_back(commands: list[Any]) -> None:
    payload = codec.encode_commands(commands)
    decoded = codec.decode_commands(payload)
    assert decoded == commands
    assert [type(one) for one in decoded] == [type(one) for one in commands]
    assert b"\n" not in payload


def test_bytes_are_plain_json_that_anyone_can_read() -> None:
    drive = DriveTo(8, "agv-1", "order-1", 0, ("a", "b"), (), "load")
    commands: list[Command] = [LeaveBy(7, "truck-1"), drive]
    assert codec.encode_event(Arrived(5, "车-1", "scale")).decode() == '[5,"车-1","scale"]'
    assert json.loads(codec.encode_commands(commands)) == [
        ["LeaveBy", [7, "truck-1"]],
        ["DriveTo", [8, "agv-1", "order-1", 0, ["a", "b"], [], "load"]],
    ]
    assert codec.encode_commands([]) == b"[]"


def test_layout_names_every_field() -> None:
    layout = codec.field_layout()
    assert layout["events"]["Arrived"] == ["at_ms", "visit", "place"]
    assert layout["commands"]["WakeAt"] == list(WakeAt._fields)
    assert list(layout["events"]) == list(EVENTS)


@pytest.mark.parametrize(
    ("kind", "payload", "said"),
    [
        ("Landed", b"[1]", "'Landed' is no kind of event"),
        ("Woke", b"[1]", "fields of event Woke"),
        ("Woke", b'["1","x"]', "fields of event Woke"),
        ("Woke", b'[1,"x"', "fields of event Woke"),
        ("Woke", b'[1,"\xff"]', "fields of event Woke"),
    ],
)
def test_bad_event_is_named(kind: str, payload: bytes, said: str) -> None:
    with pytest.raises(codec.CodecError, match=said):
        codec.decode_event(kind, payload)


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (b'[["Explode",[1]]]', "'Explode' is no kind of command"),
        (b'[["LeaveBy",[1]]]', "fields of command LeaveBy"),
        (b'[["LeaveBy"]]', "fields of command"),
        (b"{}", "fields of command"),
    ],
)
def test_bad_commands_are_named(payload: bytes, said: str) -> None:
    with pytest.raises(codec.CodecError, match=said):
        codec.decode_commands(payload)


def _with_places(*names: str) -> Port:
    places = {name: Place(PlaceKind.GATE, pattern={"z": 1, "a": 5}) for name in names}
    modes = {ModeName.MANUAL: Mode(classes=("coal",))}
    return dataclasses.replace(PORT, places=places, modes=modes, demand={"x": Demand()})


def test_port_comes_back_in_its_own_order() -> None:
    port = _with_places("b", "a")
    decoded = codec.decode_port(codec.encode_port(port))
    assert decoded == port
    assert list(decoded.places) == ["b", "a"]
    assert list(decoded.places["b"].pattern) == ["z", "a"]
    assert type(next(iter(decoded.modes))) is ModeName


def test_port_hash_tells_ports_apart() -> None:
    assert codec.port_hash(_with_places("a", "b")) == codec.port_hash(_with_places("a", "b"))
    hashes = [codec.port_hash(port) for port in (PORT, _with_places("a"), _with_places("b"))]
    assert len(dict.fromkeys(hashes)) == 3
    assert all(len(one) == 64 for one in hashes)


def test_bad_port_is_named() -> None:
    with pytest.raises(codec.CodecError, match=r"port: .*sides"):
        codec.decode_port(b'{"name":"A"}')


@dataclasses.dataclass
class Older:
    """A state as an earlier version had it."""

    counts: dict[int, str]
    pairs: dict[tuple[str, int], list[Woke]]


@dataclasses.dataclass
class Newer:
    """The same with one field more."""

    counts: dict[int, str]
    pairs: dict[tuple[str, int], list[Woke]]
    added: list[tuple[int, str]] = dataclasses.field(default_factory=list)


def test_state_comes_back_with_types_and_order() -> None:
    older = Older({9: "a", 1: "b"}, {("x", 1): [Woke(5, "why")]})
    payload = codec.encode_state(older)
    decoded = codec.state_decoder(Older)(payload)
    assert decoded == older
    assert list(decoded.counts) == [9, 1]
    assert type(decoded.pairs["x", 1][0]) is Woke
    assert codec.encode_state(decoded) == payload


def test_later_version_reads_an_earlier_state() -> None:
    payload = codec.encode_state(Older({1: "b"}, {}))
    assert codec.state_decoder(Newer)(payload) == Newer({1: "b"}, {}, [])


def test_state_of_another_shape_is_named() -> None:
    with pytest.raises(codec.CodecError, match="state of Older"):
        codec.state_decoder(Older)(codec.encode_state([1, 2]))


def test_state_of_the_dispatcher_comes_back() -> None:
    assert codec.state_decoder(State)(codec.encode_state(State())) == State()
