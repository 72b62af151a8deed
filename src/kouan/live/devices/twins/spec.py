"""What twins are made from, and what can be asked of them: data that goes over a pipe or socket."""

from dataclasses import dataclass, field, replace
from typing import Annotated

import msgspec

from kouan.live.broker import BrokerAddress
from kouan.port.devices import Device, DeviceKind

COMMON_FAULTS = ("silent",)
FAULTS: dict[DeviceKind, tuple[str, ...]] = {
    DeviceKind.CAMERA: (
        "black",
        "frozen",
        "shows",
        "cut",
        "huge",
        "replay",
        "forged",
        "flood",
        "silent",
    ),
    DeviceKind.SCALE: (
        "drift",
        "stuck",
        "overload",
        "net",
        "garbage",
        "half",
        "not_ascii",
        "too_long",
        "flood",
        "silent",
    ),
    DeviceKind.BARRIER: ("stays_down", "stays_up", "lifted", "refuses", "silent"),
    DeviceKind.LIGHT: ("refuses", "silent"),
    DeviceKind.LOOP: ("stays_occupied", "stays_free", "refuses", "silent"),
    DeviceKind.READER: ("alarms", "garbage", "replay", "forged", "flood", "silent"),
}
"""What can be made to go wrong with each kind."""


@dataclass(frozen=True, slots=True)
class TwinPlan:
    """The devices to be, and how to reach the port."""

    devices: dict[str, Device]
    url: str = ""
    """Where cameras push to, such as "http://127.0.0.1:8080"; "" has no camera push."""
    tokens: dict[str, str] = field(default_factory=dict)
    """Tokens of cameras and readers."""
    broker: BrokerAddress | None = None
    control_token: str = ""
    """What the control socket asks for; "" opens none."""
    arm_ms: int = 2_000
    """How long a barrier's arm takes up or down (assumption)."""
    step_ms: int = 1_500
    """How long a truck takes from one loop to the next (assumption)."""
    settle_ms: int = 1_500
    """How long a scale takes to settle (assumption)."""
    frames_a_second: int = 10
    """Frames that a scale sends (assumption)."""
    alive_ms: int = 15_000
    """Time between heartbeats of cameras and readers (assumption)."""
    noise_kg: int = 4
    """Largest noise of a scale's frames (assumption)."""

    def at_speed(self, times: int) -> "TwinPlan":
        """The same with trucks, arms and scales so many times faster."""
        return replace(
            self,
            arm_ms=self.arm_ms // times,
            step_ms=self.step_ms // times,
            settle_ms=self.settle_ms // times,
        )


class Picture(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """An image that a camera sends, from a file or as it is."""

    device: str
    file: str = ""
    content: bytes = b""
    """The image in Base64, where there is no file."""
    readings: list[dict[str, str | float]] = []
    """What the camera's own reader finds, as in docs/devices.md."""


class Tag(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A text that a reader reads."""

    device: str
    text: str


class Arrive(msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag_field="do", tag="arrive"):
    """A truck drives up to the barrier; it drives on when that is open, unless it is to stay."""

    station: str
    mass_kg: Annotated[int, msgspec.Meta(ge=0, le=400_000)] = 0
    pictures: list[Picture] = []
    tags: list[Tag] = []
    alarm: bool = False
    """Whether the radiation portal alarms."""
    stay: bool = False
    close: bool = False
    """It follows the truck before it so closely that it passes under the same open arm."""


class Go(msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag_field="do", tag="go"):
    """A truck that was to stay drives on when the barrier is open."""

    station: str


class Back(msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag_field="do", tag="back"):
    """The truck in front leaves the lane backwards, to a bay."""

    station: str


class Fault(msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag_field="do", tag="fault"):
    """Something goes wrong with a device; "" mends it."""

    device: str
    fault: str
    picture: Picture | None = None
    """What a camera shows instead, for ``shows``: the next truck."""


class Ask(msgspec.Struct, forbid_unknown_fields=True, frozen=True, tag_field="do", tag="state"):
    """How it stands with all twins."""


Word = Arrive | Go | Back | Fault | Ask


class TwinError(Exception):
    """A word that can't be carried out, with what was expected."""
