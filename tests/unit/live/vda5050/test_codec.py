"""What goes over the wire, byte for byte, and what is refused with which words."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from kouan.live.vda5050 import messages as m
from kouan.live.vda5050.codec import MOST_BYTES, decode, encode
from kouan.live.vda5050.topics import DELIVERY, FROM_VEHICLE, Topic, read_topic, topic
from kouan.live.vda5050.values import CodecError, Wire
from kouan.live.vda5050.versions import V2_0, V2_1, V3_0, VERSIONS, Quirks, Version

HEADER = m.Header(7, 1_772_352_000_123, "Kouan", "AGV-1")
NODE = m.OrderNode("a", 0, True, m.NodePosition(1_500, -20, "port", 1_571, 500, 10))
EDGE = m.OrderEdge("a-b", 1, True, "a", "b", 2_000, 12_345, corridor=m.Corridor(100, 200))
ORDER = m.Order(HEADER, "o", 0, (NODE, m.OrderNode("b", 2, True)), (EDGE,))
STATE = m.State(
    HEADER,
    "",
    0,
    "a",
    0,
    False,
    m.Mode.TEACH_IN,
    m.Battery(812_345, False, voltage_mv=48_100),
    m.Safety(m.EmergencyStop.NONE, False),
)
ALL = pytest.mark.parametrize("version", VERSIONS.values(), ids=list(VERSIONS))


def written(message: Any, version: Version, quirks: Quirks | None = None) -> Any:
    """The JSON of a message."""
    return msgspec.json.decode(encode(message, version, quirks or Quirks()))


def spoiled(kind: Topic, message: Any, spoken: Version, /, **changes: Any) -> str:
    """Why a message is refused once some of its keys say something else."""
    payload = msgspec.json.encode(written(message, spoken) | changes)
    with pytest.raises(CodecError) as caught:
        decode(kind, payload, spoken)
    return str(caught.value)


@ALL
def test_rule_11_times_are_utc_with_milliseconds_and_z(version: Version) -> None:
    assert written(ORDER, version)["timestamp"] == "2026-03-01T08:00:00.123Z"


@ALL
def test_header_and_units_are_those_of_the_standard(version: Version) -> None:
    found = written(ORDER, version)
    assert (found["headerId"], found["version"]) == (7, version.number)
    assert (found["manufacturer"], found["serialNumber"]) == ("Kouan", "AGV-1")
    position = found["nodes"][0]["nodePosition"]
    assert (position["x"], position["y"], position["theta"]) == (1.5, -0.02, 1.571)
    assert "nodePosition" not in found["nodes"][1]
    assert found["edges"][0]["length"] == 12.345


def test_names_differ_between_versions() -> None:
    assert "maxSpeed" in written(ORDER, V2_1)["edges"][0]
    assert "maximumSpeed" in written(ORDER, V3_0)["edges"][0]
    assert written(STATE, V2_0)["batteryState"]["batteryCharge"] == 81.2345
    assert written(STATE, V3_0)["powerSupply"]["stateOfCharge"] == 81.2345
    assert written(STATE, V2_1)["safetyState"]["eStop"] == "NONE"
    assert written(STATE, V3_0)["safetyState"]["activeEmergencyStop"] == "NONE"
    assert written(STATE, V2_1)["operatingMode"] == "TEACHIN"
    assert written(STATE, V3_0)["operatingMode"] == "TEACH_IN"


def test_what_a_version_does_not_have_is_left_out() -> None:
    assert "corridor" not in written(ORDER, V2_0)["edges"][0]
    assert written(ORDER, V2_1)["edges"][0]["corridor"] == {"leftWidth": 0.1, "rightWidth": 0.2}
    error = m.VehicleError("x", m.Level.FATAL, hint="look")
    state = replace(STATE, errors=(error,))
    assert "errorHint" not in written(state, V2_0)["errors"][0]
    assert written(state, V2_1)["errors"][0]["errorHint"] == "look"


def test_an_allowed_deviation_is_an_ellipse_since_3_0() -> None:
    assert written(ORDER, V2_1)["nodes"][0]["nodePosition"]["allowedDeviationXY"] == 0.5
    found = written(ORDER, V3_0)
    ellipse = found["nodes"][0]["nodePosition"]["allowedDeviationXY"]
    assert ellipse == {"a": 0.5, "b": 0.5, "theta": 0.0}
    ellipse["b"] = 0.25
    read = decode(Topic.ORDER, msgspec.json.encode(found), V3_0)
    assert isinstance(read, m.Order)
    assert read.nodes[0].position is not None
    assert read.nodes[0].position.deviation_mm == 250


def test_states_of_instant_actions_are_among_the_others_before_3_0() -> None:
    own = m.ActionState("a", m.Status.RUNNING)
    instant = m.ActionState("i", m.Status.PAUSED)
    state = replace(STATE, action_states=(own,), instant_action_states=(instant,))
    assert len(written(state, V2_1)["actionStates"]) == 2
    assert len(written(state, V3_0)["instantActionStates"]) == 1


def test_words_that_a_version_lacks_are_refused() -> None:
    with pytest.raises(CodecError, match=r"connectionState.*HIBERNATING.*2\.1\.0"):
        encode(m.Connection(HEADER, m.Link.HIBERNATING), V2_1)
    state = replace(STATE, safety=m.Safety(m.EmergencyStop.AUTOACK, False))
    assert written(state, V2_1)["safetyState"]["eStop"] == "AUTOACK"
    with pytest.raises(CodecError, match="activeEmergencyStop"):
        encode(state, V3_0)


@pytest.mark.parametrize("word", ["CONNECTIONBROKEN", "CONNECTION_BROKEN"])
@ALL
def test_words_are_read_with_or_without_underscores(version: Version, word: str) -> None:
    found = written(m.Connection(HEADER, m.Link.ONLINE), version) | {"connectionState": word}
    read = decode(Topic.CONNECTION, msgspec.json.encode(found), version)
    assert read == m.Connection(HEADER, m.Link.CONNECTION_BROKEN)


def test_pi_is_not_made_larger_by_rounding() -> None:
    node = replace(NODE, position=m.NodePosition(0, 0, "port", 3_142))
    order = m.Order(HEADER, "o", 0, (node,), ())
    assert written(order, V2_1)["nodes"][0]["nodePosition"]["theta"] == 3.14159265359
    assert decode(Topic.ORDER, encode(order, V2_1), V2_1) == order


def test_an_angle_beyond_a_half_turn_is_brought_back() -> None:
    found = written(STATE, V2_1)
    found["agvPosition"] = {
        "x": 0, "y": 0, "theta": 4.0, "mapId": "", "positionInitialized": True
    }  # fmt: skip
    read = decode(Topic.STATE, msgspec.json.encode(found), V2_1)
    assert isinstance(read, m.State)
    assert read.position is not None
    assert read.position.theta_mrad == -2_283


@ALL
def test_keys_that_nobody_knows_are_ignored(version: Version) -> None:
    found = written(ORDER, version) | {"zoneSetId": "z", "vendor": {"x": 1}}
    assert decode(Topic.ORDER, msgspec.json.encode(found), version) is not None


@ALL
def test_absent_is_not_empty(version: Version) -> None:
    for loads in (None, (), (m.Load(mass_kg=3),)):
        state = replace(STATE, loads=loads)
        read = decode(Topic.STATE, encode(state, version), version)
        assert isinstance(read, m.State)
        assert read.loads == loads


@ALL
def test_null_is_not_absent_but_as_a_quirk(version: Version) -> None:
    said = spoiled(Topic.STATE, STATE, version, loads=None)
    assert said == "loads: None: expected a list; null is not the same as absent"
    payload = msgspec.json.encode(written(STATE, version) | {"loads": None})
    read = decode(Topic.STATE, payload, version, Quirks(null_is_absent=True))
    assert isinstance(read, m.State)
    assert read.loads is None


def test_rule_12_the_key_of_instant_actions_is_a_quirk() -> None:
    message = m.InstantActions(HEADER, (m.Action("cancelOrder", "c"),))
    old = Quirks(instant_key="instantActions")
    assert "actions" in written(message, V2_0)
    assert "instantActions" in written(message, V2_0, old)
    assert decode(Topic.INSTANT_ACTIONS, encode(message, V2_0, old), V2_0, old) == message
    with pytest.raises(CodecError, match="actions: missing: expected a list"):
        decode(Topic.INSTANT_ACTIONS, encode(message, V2_0, old), V2_0)


def test_instant_actions_block_nothing_since_3_0() -> None:
    message = m.InstantActions(HEADER, (m.Action("pick", "p", m.Blocking.HARD),))
    assert written(message, V2_1)["actions"][0]["blockingType"] == "HARD"
    with pytest.raises(CodecError, match="NONE for an instant action"):
        encode(message, V3_0)


def test_a_time_without_zone_is_refused_but_as_a_quirk() -> None:
    time = "2026-03-01T08:00:00.123"
    assert "with its Z" in spoiled(Topic.STATE, STATE, V2_1, timestamp=time)
    payload = msgspec.json.encode(written(STATE, V2_1) | {"timestamp": time})
    assert decode(Topic.STATE, payload, V2_1, Quirks(times_without_zone=True)) == STATE


def test_a_time_of_another_zone_is_the_same_time() -> None:
    found = written(STATE, V2_1) | {"timestamp": "2026-03-01T16:00:00.123+08:00"}
    assert decode(Topic.STATE, msgspec.json.encode(found), V2_1) == STATE


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"headerId": -1}, "headerId: -1: expected a whole number of at least 0"),
        ({"headerId": True}, "headerId: True: expected a whole number"),
        ({"headerId": 1.5}, "headerId: 1.5: expected a whole number of at least 0"),
        ({"timestamp": "today"}, "timestamp: 'today': expected a time"),
        ({"version": "3.0.0"}, "version: '3.0.0': expected 2.x.x"),
        ({"serialNumber": "a/b"}, "serialNumber: 'a/b': expected text without / + # $"),
        ({"manufacturer": ""}, "manufacturer: '': expected text without / + # $"),
        ({"nodes": {}}, "nodes: {}: expected a list of at most 2000"),
        ({"nodes": [1]}, "nodes[0]: 1: expected an object"),
        ({"nodes": [{"nodeId": "a"}]}, "nodes[0].sequenceId: missing: expected a value"),
        ({"nodes": [None]}, "nodes[0]: None: expected a value"),
        ({"edges": [0] * 2_001}, "edges of 2001: "),
        ({"orderId": ""}, "orderId: '': expected text of 1 to"),
        ({"orderUpdateId": 1e300}, "orderUpdateId: 1e+300: expected a whole number up to"),
    ],
)
def test_refusals_name_field_value_and_what_was_expected(
    changes: dict[str, Any], said: str
) -> None:
    assert spoiled(Topic.ORDER, ORDER, V2_1, **changes).startswith(said)


def test_words_out_of_a_list_are_refused_with_the_list() -> None:
    said = spoiled(Topic.CONNECTION, m.Connection(HEADER, m.Link.ONLINE), V2_1, connectionState="x")
    assert said == "connectionState: 'x': expected one of ONLINE, OFFLINE, CONNECTIONBROKEN"


@pytest.mark.parametrize("payload", [b"", b"{", b"\xff", b"[]", b"1", b"[" * 100_000])
def test_what_is_no_object_is_refused(payload: bytes) -> None:
    with pytest.raises(CodecError, match="state"):
        decode(Topic.STATE, payload, V2_1)


def test_messages_are_bounded_both_ways() -> None:
    with pytest.raises(CodecError, match=r"connection: 4097 bytes: expected at most 4096"):
        decode(Topic.CONNECTION, b" " * (MOST_BYTES[Topic.CONNECTION] + 1), V2_1)
    node = replace(NODE, description="x" * 60_000)
    order = m.Order(HEADER, "o", 0, (node,) * 20, ())
    with pytest.raises(CodecError, match=r"order: .* expected at most"):
        encode(order, V2_1)


def test_a_factsheet_may_say_nothing_before_3_0() -> None:
    assert decode(Topic.FACTSHEET, b"{}", V2_1) is not None
    with pytest.raises(CodecError, match="headerId: missing"):
        decode(Topic.FACTSHEET, b'{"version": "3.0.0"}', V3_0)


@ALL
def test_rule_16_names_that_no_topic_holds_are_refused(version: Version) -> None:
    wire = Wire(version, Quirks())
    name = topic(wire, "Kouan", "7", Topic.INSTANT_ACTIONS)
    assert name == f"{version.prefix}/Kouan/7/instantActions"
    assert read_topic(name) == ("Kouan", "7", Topic.INSTANT_ACTIONS)
    for bad in ("a/b", "a+", "#", "$SYS", "", "a\n"):
        with pytest.raises(CodecError, match="serialNumber"):
            topic(wire, "Kouan", bad, Topic.ORDER)
        with pytest.raises(CodecError, match="manufacturer"):
            topic(wire, bad, "7", Topic.ORDER)


def test_topics_of_others_are_not_ours() -> None:
    for name in ("uagv/v2/Kouan/7/other", "order", "a/Kouan/7/order", ""):
        assert read_topic(name) is None


def test_a_prefix_is_a_quirk() -> None:
    wire = Wire(V2_0, Quirks(prefix="site/v2"))
    assert topic(wire, "Kouan", "7", Topic.STATE) == "site/v2/Kouan/7/state"


def test_rule_7_and_8_only_the_connection_is_sure_to_arrive() -> None:
    sure = [one for one in Topic if DELIVERY[one].qos or DELIVERY[one].retained]
    assert sure == [Topic.CONNECTION]
    assert Topic.ORDER not in FROM_VEHICLE
