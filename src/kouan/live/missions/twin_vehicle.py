"""A vehicle of the virtual fleet manager: where it is, what it does, and when that ends."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isqrt

from kouan.live.missions.messages import Fault, Stop, VehicleReport
from kouan.live.virtual.drive import Drive, Leg
from kouan.live.virtual.spec import VehicleSpec

LOOK_AHEAD = 20
"""Legs looked ahead when braking is planned."""


@dataclass(slots=True)
class TwinVehicle:
    """One vehicle. Energy is in mWh, so that short legs count."""

    spec: VehicleSpec
    node: str = ""
    x_mm: int = 0
    y_mm: int = 0
    charge_mwh: int = 0
    mission: str = ""
    toward: Stop | None = None
    """The node that it drives to, or stood on its way to."""
    length_mm: int = 0
    drive: Drive = field(default_factory=Drive)
    loaded: bool = False
    charging: bool = False
    charging_ms: int = 0
    fault: str = ""
    errors: tuple[Fault, ...] = ()
    fault_until_ms: int = 0
    towed: bool = False
    """Whether its last mission was called off: a person may have moved it since."""

    def __post_init__(self) -> None:
        """Stand on the first node, unless it is known where it is."""
        if not self.node:
            self.node, self.x_mm, self.y_mm = self.spec.node, self.spec.x_mm, self.spec.y_mm
            self.charge_mwh = self.spec.charge_wh * 1_000

    def is_free(self) -> bool:
        """Whether it may take a mission."""
        return not self.mission and not self.fault

    def due_ms(self) -> int | None:
        """When what it does ends; None when it does nothing."""
        if self.fault:
            return self.fault_until_ms
        if self.charging:
            lacking = self.spec.battery_wh * 1_000 - self.charge_mwh
            return self.charging_ms - (-lacking * 3_600 // self.spec.charging_w)
        return self.drive.due_ms()

    def finish(self, at_ms: int) -> bool:
        """What it does ends now; whether a node was reached."""
        if self.fault:
            self.fault, self.errors = "", ()
        elif self.charging:
            self.end_charging(at_ms)
        elif self.drive.halting:
            self.drive.settle(at_ms, self.spec.acceleration_mm_s2, self.spec.braking_mm_s2)
            self.drive.stand(at_ms)
        elif self.toward is not None:
            self._use_energy()
            self.node, self.x_mm, self.y_mm = (
                self.toward.node,
                self.toward.x_mm,
                self.toward.y_mm,
            )
            self.toward = None
            self.drive.pass_node(at_ms)
            return True
        return False

    def _use_energy(self) -> None:
        spec = self.spec
        wh_km = spec.consumption_loaded_wh_km if self.loaded else spec.consumption_empty_wh_km
        self.charge_mwh = max(0, self.charge_mwh - self.length_mm * wh_km // 1_000)

    def go(self, stops: Sequence[Stop], now_ms: int) -> None:
        """Drive along stops, the first of which is the one ahead; stand at the last."""
        first = stops[0]
        if self.toward is None or self.toward.node != first.node:
            self.drive.driven_mm = 0
        self.toward = first
        legs = self._legs(stops[:LOOK_AHEAD])
        self.length_mm = legs[0].length_mm
        self.drive.plan(legs, now_ms, self.spec.acceleration_mm_s2, self.spec.braking_mm_s2)

    def _legs(self, stops: Sequence[Stop]) -> list[Leg]:
        own = self.spec.speed_loaded_mm_s if self.loaded else self.spec.speed_empty_mm_s
        legs, x_mm, y_mm = [], self.x_mm, self.y_mm
        for stop in stops:
            straight_mm = isqrt((stop.x_mm - x_mm) ** 2 + (stop.y_mm - y_mm) ** 2)
            length_mm = stop.length_mm or max(1, straight_mm)
            legs.append(Leg(length_mm, min(own, stop.speed_mm_s or own), stop is stops[-1]))
            x_mm, y_mm = stop.x_mm, stop.y_mm
        return legs

    def halt(self, now_ms: int) -> None:
        """Brake and stand, wherever that is."""
        if self.drive.moving and not self.drive.halting:
            leg = Leg(self.length_mm, self.spec.speed_empty_mm_s, True)
            self.drive.halt(leg, now_ms, self.spec.acceleration_mm_s2, self.spec.braking_mm_s2)

    def drop(self, now_ms: int) -> None:
        """Stand with nothing ahead."""
        self.drive.stand(now_ms)
        self.drive.driven_mm, self.toward = 0, None

    def begin_charging(self, now_ms: int) -> None:
        """Charge until full."""
        if not self.charging:
            self.charging, self.charging_ms = True, now_ms

    def end_charging(self, now_ms: int) -> None:
        """Charge no longer."""
        if self.charging:
            self.charge_mwh = self._charge_at(now_ms)
            self.charging = False

    def _charge_at(self, now_ms: int) -> int:
        added = (now_ms - self.charging_ms) * self.spec.charging_w // 3_600 if self.charging else 0
        return min(self.spec.battery_wh * 1_000, self.charge_mwh + added)

    def fail(self, error: Fault, at_ms: int, for_ms: int) -> None:
        """Stand at once and take nothing until it is over."""
        self.end_charging(at_ms)
        if self.drive.moving:
            self.drive.settle(at_ms, self.spec.acceleration_mm_s2, self.spec.braking_mm_s2)
        self.drive.stand(at_ms)
        self.fault, self.errors = f"{error.kind}: {error.text}", (error,)
        self.fault_until_ms = at_ms + for_ms

    def report(self, now_ms: int) -> VehicleReport:
        """How it is now, between its last node and the next."""
        x_mm, y_mm = self.x_mm, self.y_mm
        if self.toward is not None and self.length_mm:
            spec = self.spec
            driven, _ = self.drive.at(now_ms, spec.acceleration_mm_s2, spec.braking_mm_s2)
            driven = min(driven, self.length_mm)
            x_mm += (self.toward.x_mm - x_mm) * driven // self.length_mm
            y_mm += (self.toward.y_mm - y_mm) * driven // self.length_mm
        return VehicleReport(
            vehicle=self.spec.serial,
            state="stopped" if self.fault else "ready",
            charge_ppm=self._charge_at(now_ms) * 1_000 // max(1, self.spec.battery_wh),
            x_mm=x_mm,
            y_mm=y_mm,
            mission=self.mission,
            errors=self.errors,
        )
