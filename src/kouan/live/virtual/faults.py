"""What can be made to go wrong with a virtual vehicle, and how that is written down.

``stop``, ``lost``, ``empty``, ``emergency`` and ``manual`` are the vehicle's; ``offline`` (the
network is gone) and ``reboot`` are for whoever runs it.
"""

import re
from dataclasses import dataclass

from kouan.live.errors import LiveError


@dataclass(frozen=True, slots=True)
class FaultKind:
    """How a fault shows."""

    error: str = ""
    """Kind of the FATAL error in the state; "" for none."""
    text: str = ""
    stands_at_once: bool = False


FAULTS = {
    "stop": FaultKind("DRIVE_FAILURE", "the drive does not answer", True),
    "lost": FaultKind("LOCALIZATION_LOST", "the vehicle does not know where it is", True),
    "empty": FaultKind("BATTERY_EMPTY", "the battery is empty", True),
    "emergency": FaultKind("", "", True),
    "manual": FaultKind("", "", True),
}
OUTSIDE = ("offline", "reboot")
FORM = re.compile(r"(?:(?P<serial>[^:@]+):)?(?P<kind>[a-z]+)@(?P<at>\d+)(?:\+(?P<for>\d+))?")


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault, and for how long; 0 is until somebody ends it."""

    kind: str
    for_ms: int = 0


@dataclass(frozen=True, slots=True)
class PlannedFault:
    """A fault at a time after the start. ``serial`` "" is every vehicle."""

    serial: str
    at_ms: int
    fault: Fault


def parse_fault(text: str) -> PlannedFault:
    """Read ``[SERIAL:]KIND@SECONDS[+SECONDS]``; raises LiveError saying what is expected."""
    found = FORM.fullmatch(text)
    kinds = (*FAULTS, *OUTSIDE)
    if found is None or found["kind"] not in kinds:
        raise LiveError(
            f"fault {text!r}: expected [SERIAL:]KIND@SECONDS[+SECONDS], where KIND is one of "
            f"{', '.join(kinds)}"
        )
    fault = Fault(found["kind"], int(found["for"] or 0) * 1_000)
    if fault.kind in OUTSIDE and not fault.for_ms:
        raise LiveError(f"fault {text!r}: expected +SECONDS: how long it is gone")
    return PlannedFault(found["serial"] or "", int(found["at"]) * 1_000, fault)
