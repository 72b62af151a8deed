"""Readers of tags, seals and documents over MQTT: one JSON object a message.

``{"token": "...", "sequence": 17, "text": "E4-7781"}``; without a text it is a heartbeat.
"""

import logging
from typing import Annotated

import msgspec

from kouan.live.devices.hub import Hub
from kouan.live.devices.rates import Rates
from kouan.live.devices.sequences import LARGEST, Sequences
from kouan.live.devices.signals import CheckToken, State, TagRead

log = logging.getLogger(__name__)

MOST_BYTES = 4_096
MOST_A_SECOND, MOST_AT_ONCE = 5, 20


class Said(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The body of a message."""

    token: Annotated[str, msgspec.Meta(max_length=200)]
    sequence: Annotated[int, msgspec.Meta(ge=0, le=LARGEST)]
    text: Annotated[str, msgspec.Meta(max_length=200)] = ""


class Readers:
    """Takes the messages of all readers."""

    def __init__(
        self, topics: dict[str, str], hub: Hub, check: CheckToken, sequences: Sequences
    ) -> None:
        """``topics`` name the device that speaks on each."""
        self.topics = topics
        self._hub, self._check, self._sequences = hub, check, sequences
        self._rates = Rates(MOST_A_SECOND, MOST_AT_ONCE)

    def take(self, topic: str, payload: bytes) -> None:
        """Take a message; one that is not as it should be is counted and changes nothing else."""
        name = self.topics.get(topic)
        if name is None:
            return
        # Whoever has no token does not speak for the device: its state stays what it is.
        try:
            said = _decode(payload)
        except ValueError as problem:
            self._hub.counts.count(name, "malformed")
            log.debug("reader %s: %s", name, problem)
            return
        if not self._check(name, said.token):
            self._hub.counts.count(name, "forged")
            return
        if not self._rates.allow(name):
            self._refuse(name, "flood", f"more than {MOST_A_SECOND} messages a second")
            return
        said_again = self._sequences.take(name, said.sequence)
        if said_again:
            self._refuse(name, "replayed", said_again)
            return
        self._hub.hear(name)
        self._hub.judge(name, State.OK)
        if said.text:
            station = self._hub.devices[name].at
            self._hub.say(TagRead(name, station, said.text, said.sequence))

    def _refuse(self, name: str, what: str, problem: str) -> None:
        self._hub.counts.count(name, what)
        self._hub.judge(name, State.REFUSED, problem)


def _decode(payload: bytes) -> Said:
    """Return a message; raise ValueError saying what was expected."""
    if len(payload) > MOST_BYTES:
        raise ValueError(f"{len(payload)} bytes: expected at most {MOST_BYTES}")
    try:
        said = msgspec.json.decode(payload, type=Said)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(str(error)) from None
    if not said.text.isprintable():
        raise ValueError("text with control characters: expected printable ones")
    return said
