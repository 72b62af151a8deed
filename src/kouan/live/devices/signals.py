"""What devices say to the port, as typed signals.

They are handed over in the devices' thread, or in that of HTTP; whoever takes them may not block.
None carries the port's time: whoever takes them stamps them. A device's own time is only data.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

from kouan.port.devices import DeviceRole


class State(StrEnum):
    """How it stands with a device."""

    OK = "ok"
    SILENT = "silent"
    """Not heard, or its connection is lost."""
    FAILED = "failed"
    """Heard, and it does not do what it is for."""
    REFUSED = "refused"
    """Heard, and what it says is not taken."""


class Position(StrEnum):
    """Where a barrier's arm is."""

    OPEN = "open"
    CLOSED = "closed"
    MOVING = "moving"
    UNKNOWN = "unknown"


class VendorReading(NamedTuple):
    """What a camera's own reader found, for one check."""

    check: str
    text: str
    confidence_ppm: int


class ImageTaken(NamedTuple):
    """A camera sent an image that passed the check of images."""

    device: str
    station: str
    image: bytes
    readings: tuple[VendorReading, ...] = ()
    taken_at_ms: int | None = None
    """The camera's own time (Unix milliseconds), where it told one."""
    sequence: int = 0


class WeightStable(NamedTuple):
    """What stands on a scale was weighed; once for each load, and again when the mass changes."""

    device: str
    station: str
    mass_kg: int


class LoopChanged(NamedTuple):
    """A loop became occupied or free; None when it can't be read, which counts as occupied."""

    device: str
    station: str
    role: DeviceRole
    occupied: bool | None


class TagRead(NamedTuple):
    """A reader read a tag or document; a radiation portal says "alarm" or "clear"."""

    device: str
    station: str
    text: str
    sequence: int = 0


class DeviceHealth(NamedTuple):
    """A device's state or its reason changed."""

    device: str
    station: str
    state: State
    reason: str = ""


class BarrierMoved(NamedTuple):
    """A barrier's arm is somewhere else, or a request that was done is answered again."""

    device: str
    station: str
    position: Position
    reason: str
    request: int = 0
    """The request to open that this answers; 0 for none."""


class BarrierRefused(NamedTuple):
    """A request to open was not carried out, and will not be unless it is asked again."""

    device: str
    station: str
    request: int
    reason: str


Signal = (
    ImageTaken | WeightStable | LoopChanged | TagRead | DeviceHealth | BarrierMoved | BarrierRefused
)
OnSignal = Callable[[Signal], None]
"""Takes a signal in the devices' or HTTP's thread; may not block."""
StillTrue = Callable[[], bool]
"""Whether a reason to open still holds; asked in the devices' thread, may not block."""
CheckToken = Callable[[str, str], bool]
"""Whether a token is a device's, compared in constant time: ``check(device, token)``."""
CheckImage = Callable[[bytes], str]
"""What is wrong with an image, "" for nothing; asked in a thread beside HTTP's."""
