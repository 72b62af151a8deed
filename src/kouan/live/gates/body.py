"""What stands in a lane, as its loops tell: who has gone past, and when it is empty.

The entry loop lies where a carrier stops, the safety loop under the barrier's arm, the exit loop
behind it. A loop that can't be read counts as occupied. Pure: time comes with each call.
"""

from dataclasses import dataclass, field

from kouan.port.devices import DeviceRole

APART_MS = 1_000
"""Carriers are two when nothing stood under the arm for so long between them; between the axles of
one the loop may be free for less (assumption). Two that leave no gap look like one."""
EMPTY_MS = 2_000
"""A lane that was not left past its barrier is empty when nothing was there for so long
(assumption)."""
AHEAD = (DeviceRole.SAFETY, DeviceRole.EXIT)


@dataclass(slots=True)
class LaneBody:
    """One lane: its loops by name with their roles, and what went past since it was opened."""

    roles: dict[str, DeviceRole]
    states: dict[str, bool | None] = field(default_factory=dict)
    passed: int = 0
    opening: int = 0
    """The request to let out that ``passed`` is counted for."""
    _ahead_free_ms: int | None = None
    _counted_free_ms: int | None = None
    _all_free_ms: int | None = None
    _was_entered: bool = False

    def loop(self, name: str, occupied: bool | None, now_ms: int) -> None:
        """A loop changed."""
        before, ahead_before = self.is_free(self._counted), self.is_free(*AHEAD)
        self.states[name] = occupied
        if before and occupied and self.roles[name] is self._counted:
            since_ms = self._counted_free_ms
            if since_ms is None or now_ms - since_ms >= APART_MS or self.passed == 0:
                self.passed += 1
        if not before and self.is_free(self._counted):
            self._counted_free_ms = now_ms
        if self.is_free(*AHEAD) and not ahead_before:
            self._ahead_free_ms = now_ms
        if not self.is_free(*DeviceRole):
            self._all_free_ms = None
            self._was_entered = self._was_entered or not self.is_free(DeviceRole.ENTRY)
        elif self._all_free_ms is None:
            self._all_free_ms = now_ms

    @property
    def _counted(self) -> DeviceRole:
        """The loop over which carriers are counted: under the arm, else behind it."""
        has_safety = DeviceRole.SAFETY in self.roles.values()
        return DeviceRole.SAFETY if has_safety else DeviceRole.EXIT

    def is_free(self, *roles: DeviceRole) -> bool:
        """Whether all loops of these roles are known to be free."""
        mine = [name for name, role in self.roles.items() if role in roles]
        return all(self.states.get(name) is False for name in mine)

    @property
    def is_entered(self) -> bool:
        """Whether somebody stands where carriers stop, as far as a loop tells."""
        entry = [name for name, role in self.roles.items() if role is DeviceRole.ENTRY]
        return any(self.states.get(name) for name in entry)

    def let_out(self, request: int) -> None:
        """Count from now on what passes, unless it is counted for this request already."""
        if self.opening != request:
            self.opening, self.passed = request, 0

    def has_left(self, way_out: bool, now_ms: int) -> bool:
        """Whether whoever was let out is gone: past the barrier, or from all of the lane."""
        ahead_ms = self._ahead_free_ms
        if not way_out and self.passed and self.is_free(*AHEAD):
            return ahead_ms is not None and now_ms - ahead_ms >= APART_MS
        return self.is_empty(now_ms)

    def is_empty(self, now_ms: int) -> bool:
        """Whether nothing has stood in the lane for a while."""
        since_ms = self._all_free_ms
        return since_ms is not None and now_ms - since_ms >= EMPTY_MS

    def emptied(self, now_ms: int) -> bool:
        """Whether somebody had entered and is gone though nobody was let out; true once."""
        if self._was_entered and self.is_empty(now_ms):
            self._was_entered = False
            return True
        return False

    def forget(self) -> None:
        """Begin anew: the lane was told to be empty."""
        self.opening, self.passed = 0, 0
        self._was_entered = self.is_entered
