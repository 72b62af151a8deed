"""Readers of tags, seals and documents over MQTT: one JSON object a message.

``{"token": "...", "sequence": 17, "text": "E4-7781"}``; without a text it is a heartbeat. Tokens
are looked up beside the devices' thread, which has barriers to serve.
"""

import asyncio
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
MOST_WAITING = 200
"""Messages that wait for their token to be looked up; more are dropped and counted."""


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
        self._waiting: asyncio.Queue[tuple[str, Said]] = asyncio.Queue(MOST_WAITING)

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
        try:
            self._waiting.put_nowait((name, said))
        except asyncio.QueueFull:
            self._hub.counts.count(name, "flood")

    async def run(self) -> None:
        """Look up the tokens of what waits, in order, until cancelled."""
        while True:
            name, said = await self._waiting.get()
            if await asyncio.to_thread(self._check, name, said.token):
                self._hear(name, said)
            else:
                self._hub.counts.count(name, "forged")

    def _hear(self, name: str, said: Said) -> None:
        """Take a message of the device itself."""
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
