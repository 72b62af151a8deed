"""Pictures and signals of devices as evidence: read in the pool, kept as documents, compared later.

A picture that is byte for byte one that the same camera showed of the carrier before is frozen.
Personal values end here: of a travel document only its keyed pseudonym goes on.
"""

import hashlib
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import NamedTuple, Protocol

from kouan.dispatch.events import Evidence
from kouan.gate.errors import GateError
from kouan.gate.evidence import evidence_of
from kouan.gate.pool import Outcome
from kouan.gate.words import Kind, Reading
from kouan.identifiers.masks import masked, masked_within
from kouan.live.devices.signals import ImageTaken, VendorReading
from kouan.live.privacy.rules import Rule
from kouan.port.devices import Device
from kouan.port.procedures import CheckKind

log = logging.getLogger(__name__)

KINDS: dict[CheckKind, Kind] = {
    CheckKind.PLATE: Kind.PLATE,
    CheckKind.CONTAINER: Kind.CONTAINER,
    CheckKind.DRIVER: Kind.MRZ,
    CheckKind.SEAL: Kind.CODE,
}
"""What is looked for in a picture, by the check that it serves."""
FROZEN = "the camera is frozen: the same picture as of the carrier before"
PICTURES_KEPT = 16
"""Hashes of a camera's pictures that are remembered of the carrier before."""


class Reader(Protocol):
    """Reads pictures beside the port: ``gate.pool``."""

    def submit(self, content: bytes, kinds: Sequence[Kind], name: str) -> "Future[Outcome]":
        """Read a picture; raises GateError when it can't be taken."""


class Found(NamedTuple):
    """What a station's device found; ``image`` is the document of the picture that showed it.

    ``at_ms`` is when the picture or signal came: whoever stood there then is meant, however long
    the reading took.
    """

    station: str
    device: str
    evidence: tuple[Evidence, ...]
    image: str
    at_ms: int


class Pictures:
    """Takes pictures, and tells what was found in them in another thread."""

    def __init__(
        self,
        devices: dict[str, Device],
        reader: Reader,
        keep: Callable[[bytes, str, Rule], str],
        key: bytes,
        tell: Callable[[Found], None],
    ) -> None:
        """``keep`` puts a picture among the documents, by the rule that says how long.

        ``key`` makes pseudonyms, ``tell`` takes what was found.
        """
        self._devices = devices
        self._reader = reader
        self._keep = keep
        self._key = key
        self._tell = tell
        self._now: dict[str, list[str]] = {}
        self._before: dict[str, list[str]] = {}

    def next_carrier(self, station: str) -> None:
        """A lane is empty: what was shown so far is of the carrier before."""
        for name, device in self._devices.items():
            if device.at == station and name in self._now:
                self._before[name] = self._now.pop(name)[-PICTURES_KEPT:]

    def take(self, signal: ImageTaken, now_ms: int) -> None:
        """Keep a picture and have it read."""
        device = self._devices[signal.device]
        checks = [check for check in device.checks if check in KINDS]
        rule = Rule.DOCUMENTS if CheckKind.DRIVER in checks else Rule.PICTURES
        image = self._kept(signal.image, rule)
        seen = Found(signal.station, signal.device, (), image, now_ms)
        digest = hashlib.sha256(signal.image).hexdigest()
        self._now.setdefault(signal.device, []).append(digest)
        if digest in self._before.get(signal.device, []):
            unread = tuple(Evidence(check, ok=False, reason=FROZEN) for check in checks)
            self._tell(seen._replace(evidence=unread))
            return
        kinds = [KINDS[check] for check in checks]
        try:
            future = self._reader.submit(signal.image, kinds, signal.device)
        except GateError as error:
            self._tell_failed(seen, checks, str(error))
            return
        vendor = signal.readings
        future.add_done_callback(lambda done: self._done(done, seen, checks, vendor))

    def _kept(self, image: bytes, rule: Rule) -> str:
        is_png = image.startswith(b"\x89PNG")
        return self._keep(image, "image/png" if is_png else "image/jpeg", rule)

    def _done(
        self,
        done: "Future[Outcome]",
        seen: Found,
        checks: list[CheckKind],
        vendor: Sequence[VendorReading],
    ) -> None:
        error = done.exception()
        if error is not None:
            self._tell_failed(seen, checks, str(error))
            return
        readings = done.result().readings
        found = [
            _without_numbers(self._evidence(check, reading, vendor))
            for check in checks
            for reading in readings
            if reading.kind is KINDS[check]
        ]
        self._tell(seen._replace(evidence=tuple(found)))

    def _tell_failed(self, seen: Found, checks: list[CheckKind], why: str) -> None:
        log.warning("device %s: a picture was not read: %s", seen.device, why)
        told = masked_within(f"not read: {why}")
        unread = tuple(Evidence(check, ok=False, reason=told) for check in checks)
        self._tell(seen._replace(evidence=unread))

    def _evidence(
        self, check: CheckKind, reading: Reading, vendor: Sequence[VendorReading]
    ) -> Evidence:
        """Our reading beside the camera's own; where they differ, a person has to look."""
        found = evidence_of(check, reading, self._key)
        own = next((one for one in vendor if one.check == check), None)
        if check is CheckKind.DRIVER or own is None or found.found == own.text:
            return found
        if not found.found:
            why = "read by the camera itself only"
            return Evidence(check, own.text, confidence_ppm=own.confidence_ppm, reason=why)
        return found._replace(confidence_ppm=0, reason=f"the camera itself read {own.text}")


def _without_numbers(evidence: Evidence) -> Evidence:
    """The evidence, should a personal number stand where none belongs: in a plate's text, say."""
    found, reason = masked(evidence.check, evidence.found), masked_within(evidence.reason)
    return evidence._replace(found=found, reason=reason)
