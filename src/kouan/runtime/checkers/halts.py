"""Rule of halts: who may not go on is granted nothing."""

from dataclasses import dataclass, field

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.runtime.checkers.base import Checker, Violations
from kouan.runtime.checkers.facts import Facts


@dataclass(slots=True)
class Halts:
    """Who may not go on and why, from events alone; plain data.

    ``stopped`` has by vehicle the reasons: "hold", "pause" or "stop" by people, "silent", "taken".
    """

    fleets: dict[str, str] = field(default_factory=dict)
    stopped: dict[str, list[str]] = field(default_factory=dict)

    def take(self, event: e.Event) -> None:
        """Take an event in; those about other things change nothing."""
        match event:
            case e.VehicleJoined():
                self.fleets.setdefault(event.vehicle, event.fleet)
                self.stopped.setdefault(event.vehicle, [])
            case e.VehiclesHalted():
                self._halt(event)
            case e.VehiclesFreed():
                self._free(event)
            case e.VehicleSilent():
                self._stop(event.vehicle, "silent")
            case e.VehicleHeard():
                self._go(event.vehicle, ("silent",))
            case e.VehicleTaken():
                self._stop(event.vehicle, "taken")
            case e.VehicleReturned():
                if "taken" in self.stopped.get(event.vehicle, ()):
                    self._go(event.vehicle, ("taken", "silent"))
            case e.VehicleRemoved():
                self.fleets.pop(event.vehicle, None)
                self.stopped.pop(event.vehicle, None)
            case _:
                pass

    def _halt(self, event: e.VehiclesHalted) -> None:
        """A stricter halt replaces a milder one."""
        if event.how not in WAYS:
            return
        for name in self._meant(event):
            known = [why for why in self.stopped[name] if why in WAYS]
            if not known or WAYS.index(known[0]) < WAYS.index(event.how):
                self._go(name, WAYS)
                self._stop(name, event.how)

    def _free(self, event: e.VehiclesFreed) -> None:
        """An emergency stop ends for a whole fleet only."""
        for name in self._meant(event):
            if not (event.vehicle and "stop" in self.stopped[name]):
                self._go(name, WAYS)

    def _meant(self, event: e.VehiclesHalted | e.VehiclesFreed) -> list[str]:
        if event.vehicle:
            return [event.vehicle] if event.vehicle in self.fleets else []
        return [name for name, fleet in self.fleets.items() if event.fleet in ("", fleet)]

    def _stop(self, vehicle: str, why: str) -> None:
        reasons = self.stopped.get(vehicle)
        if reasons is not None and why not in reasons:
            reasons.append(why)

    def _go(self, vehicle: str, reasons: tuple[str, ...]) -> None:
        known = self.stopped.get(vehicle, [])
        known[:] = [why for why in known if why not in reasons]


WAYS = ("hold", "pause", "stop")
"""How people halt, from the mildest on."""
ABOUT = (
    e.VehicleJoined,
    e.VehiclesHalted,
    e.VehiclesFreed,
    e.VehicleSilent,
    e.VehicleHeard,
    e.VehicleTaken,
    e.VehicleReturned,
    e.VehicleRemoved,
)
"""Events that ``Halts`` takes."""


class HaltChecker(Checker):
    """A vehicle that is halted, silent or in a person's hands is granted nothing new."""

    def __init__(self, facts: Facts, violations: Violations) -> None:
        super().__init__(facts, violations)
        self.halts = Halts()
        self.newest: dict[str, int] = {}
        self.on_event = dict.fromkeys(ABOUT, self.halts.take)
        self.on_command = {c.DriveTo: self._drive}

    def _drive(self, command: c.DriveTo) -> None:
        newest = self.newest.get(command.vehicle, -1)
        self.newest[command.vehicle] = max(newest, command.request)
        why = ", ".join(self.halts.stopped.get(command.vehicle, ()))
        if why and command.request > newest:
            self.broken("halt", command.vehicle, f"was granted {command.base} while {why}")
