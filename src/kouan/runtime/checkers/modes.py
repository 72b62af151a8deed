"""The mode a port is in, as events tell it: a switch by a role that may not is none."""

from kouan.dispatch.events import ModeSwitched
from kouan.port.model import ModeName, Port
from kouan.port.places import PlaceKind
from kouan.port.procedures import CheckKind, Stage

MAY_RETURN_TO_NORMAL = ("port_operator",)
"""Who may where the file says nothing: the normal mode need not be declared."""
JUDGED_BY_PEOPLE = (
    CheckKind.DOCUMENTS,
    CheckKind.INSPECTION,
    CheckKind.QUARANTINE,
    CheckKind.SAMPLE,
)
"""Checks that need no device."""


class Modes:
    """Which mode is in force."""

    def __init__(self, port: Port) -> None:
        self.port = port
        self.mode = ModeName.NORMAL
        self.newest_request = -1
        self.manual_after_request = -1
        self.manual: list[tuple[int, int]] = []
        """Times in manual mode, from and to; 0 is no end yet."""

    def served(self, request: int) -> None:
        """Take in that a service was begun."""
        self.newest_request = max(self.newest_request, request)

    def switched(self, event: ModeSwitched) -> None:
        """Take in that somebody asked for a mode."""
        for mode in ModeName:
            if event.mode == mode and event.role in self._may_switch(mode):
                if mode is ModeName.MANUAL and self.mode is not mode:
                    self.manual_after_request = self.newest_request
                    self.manual.append((event.at_ms, 0))
                elif self.mode is ModeName.MANUAL and mode is not self.mode:
                    self.manual[-1] = (self.manual[-1][0], event.at_ms)
                self.mode = mode

    def _may_switch(self, mode: ModeName) -> tuple[str, ...]:
        declared = self.port.modes.get(mode)
        if declared is not None:
            return declared.may_switch
        return MAY_RETURN_TO_NORMAL if mode is ModeName.NORMAL else ()

    def was_manual(self, at_ms: int, now_ms: int) -> bool:
        """Whether a time up to now lies in one of the times in manual mode."""
        return any(first <= at_ms <= (last or now_ms) for first, last in self.manual)

    def sends_to_people(self, stage: Stage, request: int) -> bool:
        """Whether devices count for nothing at a stage, so that people have to look again.

        A service that was begun before the switch to manual mode is still the devices'.
        """
        if self.mode is not ModeName.MANUAL or request <= self.manual_after_request:
            return False
        at_desk = self.port.places[stage.at].kind is PlaceKind.DESK
        devices = [check for check in stage.checks if check.check not in JUDGED_BY_PEOPLE]
        return bool(devices) and not at_desk
