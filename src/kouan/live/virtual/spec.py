"""What a virtual vehicle is: who, how fast, how strong, and where it stands at first."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kouan.live.errors import LiveError
from kouan.live.vda5050.values import is_name
from kouan.live.vda5050.versions import VERSIONS
from kouan.port.model import Fleet

ACTION_MS = {"pick": 5_000, "drop": 5_000, "startCharging": 1_000, "stopCharging": 1_000}
"""How long the actions that take time take, unless an order says so by a parameter "duration"."""
NODE_ACTIONS = ("pick", "drop", "startCharging", "stopCharging", "startPause", "stopPause")
"""What an order may ask for at a node or on an edge."""
STATE_EVERY_MS = 30_000
"""Longest time between two states that the standard allows."""


@dataclass(frozen=True, slots=True)
class VehicleSpec:
    """One vehicle; raises LiveError for names and figures that no vehicle can have."""

    serial: str
    manufacturer: str = "Kouan"
    version: str = "2.0.0"
    """Version of VDA 5050 that it speaks."""
    node: str = "n0"
    """Node on which it stands at first, with its position."""
    x_mm: int = 0
    y_mm: int = 0
    theta_mrad: int = 0
    """Heading: 0 is east, counter-clockwise."""
    map_id: str = "local"
    speed_empty_mm_s: int = 2_000
    speed_loaded_mm_s: int = 1_500
    acceleration_mm_s2: int = 500
    braking_mm_s2: int = 500
    battery_wh: int = 40_000
    charge_wh: int = 32_000
    consumption_empty_wh_km: int = 300
    consumption_loaded_wh_km: int = 600
    charging_w: int = 20_000
    payload_kg: int = 30_000
    deviation_mm: int = 1_000
    """How far from an order's first node it may stand and still begin there."""
    state_every_ms: int = STATE_EVERY_MS
    visualization_every_ms: int = 0
    """0 sends none."""
    action_ms: Mapping[str, int] = field(default_factory=lambda: dict(ACTION_MS))

    def __post_init__(self) -> None:
        """Refuse what the standard or arithmetic does not allow."""
        for key in ("manufacturer", "serial"):
            name = getattr(self, key)
            if not is_name(name):
                raise LiveError(f"virtual vehicle: {key} {name!r}: expected text without / + # $")
        for key in (
            "speed_empty_mm_s",
            "speed_loaded_mm_s",
            "acceleration_mm_s2",
            "braking_mm_s2",
            "battery_wh",
            "charging_w",
            "state_every_ms",
        ):
            if getattr(self, key) < 1:
                raise LiveError(f"virtual vehicle {self.serial}: {key}: expected 1 or more")
        if self.version not in VERSIONS:
            raise LiveError(
                f"virtual vehicle {self.serial}: version {self.version}: "
                f"expected one of {', '.join(VERSIONS)}"
            )
        if self.state_every_ms > STATE_EVERY_MS:
            raise LiveError(
                f"virtual vehicle {self.serial}: a state every {self.state_every_ms} ms: "
                f"expected at most {STATE_EVERY_MS}"
            )


def of_fleet(fleet: Fleet, serial: str, *, version: str = "2.0.0", **rest: object) -> VehicleSpec:
    """A vehicle with the figures of a port's fleet; ``rest`` says where it stands.

    It picks and drops in no time: how long it is loaded for, the station says.
    """
    return VehicleSpec(
        serial,
        version=version,
        speed_empty_mm_s=fleet.speed_empty_mm_s,
        speed_loaded_mm_s=fleet.speed_loaded_mm_s,
        acceleration_mm_s2=fleet.acceleration_mm_s2,
        braking_mm_s2=fleet.braking_mm_s2,
        battery_wh=fleet.battery_wh,
        charge_wh=fleet.battery_wh,
        consumption_empty_wh_km=fleet.consumption_empty_wh_km,
        consumption_loaded_wh_km=fleet.consumption_loaded_wh_km,
        charging_w=fleet.charging_w,
        payload_kg=fleet.payload_kg,
        action_ms=ACTION_MS | {"pick": 0, "drop": 0},
        **rest,  # type: ignore[arg-type]
    )
