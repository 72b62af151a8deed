"""VDA 5050: what is written is read again, and no mix of words makes an unsound order."""

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kouan.live.vda5050 import intents as i
from kouan.live.vda5050 import messages as m
from kouan.live.vda5050.codec import decode, encode
from kouan.live.vda5050.memory import MOST_SENDS
from kouan.live.vda5050.topics import Topic
from kouan.live.vda5050.values import CodecError
from kouan.live.vda5050.versions import VERSIONS
from tests.unit.live.vda5050.samples import messages
from tests.unit.live.vda5050.support import Stage, drive

KINDS = [(version, topic) for version in VERSIONS for topic in Topic]


@pytest.mark.parametrize(("version", "topic"), KINDS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_what_is_written_is_read_again(version: str, topic: Topic, data: st.DataObject) -> None:
    message = data.draw(messages(topic, VERSIONS[version]))
    payload = encode(message, VERSIONS[version])
    assert decode(topic, payload, VERSIONS[version]) == message


@pytest.mark.parametrize("version", VERSIONS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_comes_in_is_read_or_refused_by_name(version: str, data: st.DataObject) -> None:
    topic = data.draw(st.sampled_from(Topic))
    found = msgspec.json.decode(
        encode(data.draw(messages(topic, VERSIONS[version])), VERSIONS[version])
    )
    _spoil(found, data)
    assert ": expected " in _refusal(topic, msgspec.json.encode(found), version)


def _refusal(topic: Topic, payload: bytes, version: str) -> str:
    """Why a payload is refused; one that can be read is written again."""
    try:
        message = decode(topic, payload, VERSIONS[version])
    except CodecError as error:
        return str(error)
    return f"read: expected {len(encode(message, VERSIONS[version]))} bytes"


def _spoil(found: dict[str, Any], data: st.DataObject) -> None:
    """Put something else in the place of a value, here or further inside."""
    place: Any = found
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if isinstance(place[key], dict | list) and place[key] and data.draw(st.booleans()):
            place = place[key]
            continue
        place[key] = data.draw(
            st.sampled_from([None, -1, 1.5, "x", "", [], {}, True, [1], {"a": 1}, 1e300, "2026"])
        )
        return


@given(payload=st.binary(max_size=200))
def test_bytes_are_refused_not_thrown(payload: bytes) -> None:
    for topic in Topic:
        assert _refusal(topic, payload, "2.1.0")


class Talk(RuleBasedStateMachine):
    """A master, a vehicle that takes only what is sound, and everything that may happen between."""

    @initialize(version=st.sampled_from(list(VERSIONS)))
    def begin(self, version: str) -> None:
        """A vehicle at home."""
        self.stage = Stage(VERSIONS[version])
        self.way = ["n0"]
        self.granted = 0
        self.halted = False
        self.overtaken: list[m.State] = []

    @property
    def puppet(self) -> Any:
        """The vehicle."""
        return self.stage.puppet

    @rule(nodes=st.lists(st.sampled_from(["n0", "n1", "n2", "n3"]), min_size=1, max_size=4))
    def plan(self, nodes: list[str]) -> None:
        """The dispatcher plans further; no node is its own neighbour."""
        for node in nodes:
            if node != self.way[-1]:
                self.way.append(node)

    @rule(count=st.integers(1, 3), last=st.booleans())
    def grant(self, count: int, last: bool) -> None:
        """The dispatcher grants some of what it planned, from what was passed on."""
        end = min(len(self.way) - 1, self.granted + count)
        passed = len(self.stage.passed())
        if end > self.granted:
            self.granted = end
            base = self.way[passed + 1 : end + 1]
            ahead = tuple(self.way[end + 1 : end + 3])
            self.stage.want(drive(*base, first=passed + 1, last=last, ahead=() if last else ahead))

    @rule()
    def report(self) -> None:
        """The vehicle sends its state."""
        self.stage.report()

    @rule(count=st.integers(1, 3))
    def be_overtaken(self, count: int) -> None:
        """States are on their way while a later one comes."""
        self.overtaken += [self.puppet.state() for _ in range(count)]
        self.stage.report()

    @precondition(lambda self: self.overtaken and not self.stage.master.memory.silent)
    @rule(data=st.data())
    def come_late(self, data: st.DataObject) -> None:
        """One of them comes, perhaps not for the first time."""
        known = self.stage.master.memory.state
        self.stage.report(data.draw(st.sampled_from(self.overtaken)))
        assert self.stage.master.memory.state == known

    @precondition(lambda self: self.puppet.nodes and self.puppet.nodes[0].released)
    @rule(told=st.booleans())
    def drive_on(self, told: bool) -> None:
        """The vehicle passes a node, and may say so."""
        if self.puppet.mode.takes_orders and not self.puppet.paused:
            self.puppet.pass_node()
            if told:
                self.stage.report()

    @rule(lossy=st.booleans())
    def lose(self, lossy: bool) -> None:
        """Messages are lost from now on, or not."""
        self.stage.lossy = lossy

    @rule(for_ms=st.integers(1, 40_000))
    def wait(self, for_ms: int) -> None:
        """Time passes."""
        self.stage.wait(for_ms)

    @rule()
    def restart(self) -> None:
        """The controller goes on from its snapshot."""
        self.stage.restart()

    @rule()
    def reboot(self) -> None:
        """The vehicle forgets everything."""
        self.stage.report()
        self.overtaken.clear()
        self.puppet.reboot()
        self.stage.report()

    @rule(mode=st.sampled_from([m.Mode.AUTOMATIC, m.Mode.MANUAL]))
    def switch(self, mode: m.Mode) -> None:
        """A person takes over or gives back; taking over clears the order."""
        self.stage.report()
        self.puppet.mode = mode
        if not mode.takes_orders:
            self.puppet.forget()
        self.stage.report()

    @rule(link=st.sampled_from(m.Link))
    def link(self, link: m.Link) -> None:
        """The connection changes."""
        if self.stage.version.spellings.get(m.Link, {}).get(link, link.value):
            self.stage.connect(link)

    @rule(pause=st.booleans())
    def halt(self, pause: bool) -> None:
        """People halt and free it."""
        self.stage.want(i.Pause() if pause else i.Resume())

    @invariant()
    def told_what_was_driven(self) -> None:
        """Nodes are told once each, in the order in which they were planned."""
        told = self.stage.passed()
        assert told == [(node, step) for step, node in enumerate(self.way) if 0 < step <= len(told)]

    @invariant()
    def sent_within_bounds(self) -> None:
        """No message is sent more often than allowed between two words of its ends."""
        sent = self.stage.master.memory.sent
        assert sent is None or sent.sends <= MOST_SENDS

    def teardown(self) -> None:
        """Once everything works again, the vehicle drives all that was granted."""
        stage = self.stage
        stage.lossy = False
        self.puppet.mode = m.Mode.AUTOMATIC
        stage.connect(m.Link.ONLINE)
        stage.want(i.Resume())
        for _ in range(4 * len(self.way) + 20):
            stage.report(after_ms=3_000)
            stage.want(i.Resume())
            if self.puppet.nodes and self.puppet.nodes[0].released and not self.puppet.paused:
                self.puppet.pass_node()
        assert len(stage.passed()) == self.granted, stage.facts[-9:]


TestTalk = Talk.TestCase
TestTalk.settings = settings(max_examples=40, stateful_step_count=30)
