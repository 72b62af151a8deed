"""Devices of stations, as declared: what they are, where they are reached, what they read.

``live/devices`` speaks to them; a simulation has no need of them. Defaults are assumptions: no
maker's figure stands behind them.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from kouan.port.procedures import CheckKind
from kouan.port.quantity import Duration, Mass, PositiveCount, WireNumber

SCALE_HEARD_MS = 5_000
OTHERS_HEARD_MS = 60_000
LAST_PORT = 65_535
LAST_UNIT = 255
LONGEST_TOPIC = 200


class DeviceKind(StrEnum):
    """What a device is."""

    CAMERA = "camera"
    SCALE = "scale"
    BARRIER = "barrier"
    LIGHT = "light"
    LOOP = "loop"
    READER = "reader"


class DeviceRole(StrEnum):
    """What a loop or camera is for: the first three are loops', the others are cameras'."""

    ENTRY = "entry"
    SAFETY = "safety"
    EXIT = "exit"
    FRONT = "front"
    REAR = "rear"
    SIDE = "side"
    DOCUMENT = "document"


LOOP_ROLES = (DeviceRole.ENTRY, DeviceRole.SAFETY, DeviceRole.EXIT)
"""A loop before the barrier, under its arm, and behind it."""
CAMERA_ROLES = (DeviceRole.FRONT, DeviceRole.REAR, DeviceRole.SIDE, DeviceRole.DOCUMENT)

SERVES: dict[DeviceKind, tuple[CheckKind, ...]] = {
    DeviceKind.CAMERA: (
        CheckKind.PLATE,
        CheckKind.CONTAINER,
        CheckKind.DRIVER,
        CheckKind.SEAL,
        CheckKind.IMAGE,
    ),
    DeviceKind.SCALE: (CheckKind.MASS,),
    DeviceKind.READER: (
        CheckKind.SEAL,
        CheckKind.DRIVER,
        CheckKind.PLATE,
        CheckKind.CONTAINER,
        CheckKind.RADIATION,
        CheckKind.DISINFECTION,
    ),
}
"""Checks that a kind of device can bring evidence for; the others bring none."""


BY_CONTACT = (CheckKind.RADIATION, CheckKind.DISINFECTION)
"""Checks that a contact over Modbus answers: it closes when all is not well."""


@dataclass(frozen=True, slots=True)
class Device:
    """One device of a station: see docs/devices.md for wiring and wire formats."""

    kind: DeviceKind
    """What it is."""
    at: str
    """Station it belongs to: a lane, or a place and a number such as "scale.1"."""
    address: str = ""
    """Where it is: "tcp://host:port" or "listen://host:port" (scale), "modbus://host:port/unit"
    (barrier, light, loop, reader), "mqtt:topic" (reader); empty for a camera, which pushes."""
    role: DeviceRole | None = None
    """What a loop or camera is for; required for them."""
    checks: tuple[CheckKind, ...] = ()
    """Checks that its readings serve (camera, scale, reader)."""
    coil: WireNumber | None = None
    """Modbus coil written: the barrier's arm up, the light green."""
    input: WireNumber | None = None
    """Modbus discrete input read: the arm stands up, the loop is occupied, the portal alarms."""
    input_down: WireNumber | None = None
    """Modbus discrete input that is on while the barrier's arm is down; absent is not up."""
    frame: str = ""
    """Regular expression of a scale's frame with groups mass, and optionally unit, status, mode;
    empty is "ST,GS,+ 045670kg"."""
    answer_within_ms: Duration = 2_000
    """Longest time for an answer or a connection: 100 ms to 30 s (assumption)."""
    silent_after_ms: Duration | None = None
    """Not heard for so long it is silent: 1 s to 1 h, or 0 for never; absent is 5 s for a scale,
    60 s for cameras and MQTT (assumption). Over Modbus it is asked, and answer_within counts."""
    opens_within_ms: Duration = 8_000
    """Longest time for a barrier's arm to go up or down: 500 ms to 1 min (assumption)."""
    open_for_ms: Duration = 60_000
    """A barrier that nobody drives through closes after so long: 5 s to 10 min (assumption)."""
    stable_frames: PositiveCount = 5
    """Frames in a row that a scale's mass must stay the same for: 2 to 100 (assumption)."""
    stable_for_ms: Duration = 1_000
    """Time that it must stay the same for: 100 ms to 30 s (assumption)."""
    stable_within_kg: Mass = 20
    """Difference within which it is the same: at most 500 kg (assumption)."""
    empty_below_kg: Mass = 500
    """Below this mass the scale is taken for empty (assumption)."""
    zero_within_kg: Mass = 60
    """Empty, it must show 0 within this, or it drifts: less than empty_below (assumption)."""

    @property
    def is_modbus(self) -> bool:
        """Whether it is spoken to over Modbus/TCP."""
        return self.address.startswith("modbus:")

    @property
    def heard_within_ms(self) -> int:
        """How long it may not be heard; 0 is for ever."""
        if self.silent_after_ms is not None:
            return self.silent_after_ms
        if self.is_modbus:
            return 0
        return SCALE_HEARD_MS if self.kind is DeviceKind.SCALE else OTHERS_HEARD_MS


class Address(NamedTuple):
    """A device's address in its parts; a topic has no host."""

    scheme: str
    host: str = ""
    port: int = 0
    unit: int = 0
    topic: str = ""


SCHEMES: dict[DeviceKind, tuple[str, ...]] = {
    DeviceKind.SCALE: ("tcp", "listen"),
    DeviceKind.BARRIER: ("modbus",),
    DeviceKind.LIGHT: ("modbus",),
    DeviceKind.LOOP: ("modbus",),
    DeviceKind.READER: ("mqtt", "modbus"),
}
FORMS = {
    "tcp": '"tcp://host:port"',
    "listen": '"listen://host:port"',
    "modbus": '"modbus://host:port/unit" with a unit of 0 to 255',
    "mqtt": f'"mqtt:topic" of at most {LONGEST_TOPIC} characters, without + and #',
}


def parse_address(kind: DeviceKind, text: str) -> Address:
    """Return an address in its parts; raise ValueError saying what such a device needs."""
    schemes = SCHEMES.get(kind, ())
    if not schemes:
        if text:
            raise ValueError(f"no address: a {kind} pushes to the port")
        return Address("http")
    scheme, _, rest = text.partition(":")
    expected = " or ".join(FORMS[scheme] for scheme in schemes)
    if scheme not in schemes:
        raise ValueError(expected)
    found = _topic(rest) if scheme == "mqtt" else _endpoint(scheme, rest)
    if found is None:
        raise ValueError(expected)
    return found


def _topic(topic: str) -> Address | None:
    plain = topic.isprintable() and not any(sign in topic for sign in "+#$ ")
    sound = plain and 0 < len(topic) <= LONGEST_TOPIC and not topic.startswith("/")
    return Address("mqtt", topic=topic) if sound else None


def _endpoint(scheme: str, rest: str) -> Address | None:
    """Read //host:port, and /unit behind it for Modbus."""
    if not rest.startswith("//") or any(sign in rest for sign in "@?# "):
        return None
    place, slash, unit = rest[2:].partition("/")
    host, colon, port = place.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    port_number, unit_number = _number(port, LAST_PORT), _number(unit, LAST_UNIT)
    if not (host and colon and port_number) or bool(slash) != (scheme == "modbus"):
        return None
    if scheme != "modbus":
        return Address(scheme, host, port_number)
    return None if unit_number is None else Address(scheme, host, port_number, unit_number)


def _number(text: str, most: int) -> int | None:
    if not (text.isascii() and text.isdigit()) or len(text) > 5 or int(text) > most:
        return None
    return int(text)
