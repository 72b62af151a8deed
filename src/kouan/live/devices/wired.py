"""Barriers, lights, loops and portals as they are wired to a Modbus unit."""

from kouan.live.devices.barrier import BarrierControl
from kouan.live.devices.hub import Hub, monotonic_ms
from kouan.live.devices.signals import LoopChanged, Position, State, StillTrue, TagRead
from kouan.port.devices import Device, DeviceRole

ALARM, CLEAR = "alarm", "clear"


class Wired:
    """What they have in common; called in the devices' thread."""

    def __init__(self, name: str, device: Device, hub: Hub) -> None:
        self.name = name
        self.device = device
        self.inputs = tuple(n for n in (device.input, device.input_down) if n is not None)
        self.coil = device.coil
        self._hub = hub

    @property
    def shows(self) -> str:
        """How it stands by what was read or told last; "" while that is not known."""
        return ""

    def connected(self, coil: bool) -> None:
        """The unit answers; ``coil`` is how its coil stands (False where it has none)."""

    def read(self, values: dict[int, bool]) -> None:
        """Its inputs were read."""

    def lost(self, reason: str, *, answered: bool) -> None:
        """Its inputs can't be read; ``answered`` when the unit said so itself."""
        self._hub.judge(self.name, State.FAILED if answered else State.SILENT, reason)

    def want(self) -> bool | None:
        """What its coil is to become; None leaves it."""
        return None

    def wrote(self, coil: bool) -> None:
        """Its coil was written, or may have been."""

    def refused(self, reason: str) -> None:
        """The unit refused to write its coil."""
        self._hub.judge(self.name, State.FAILED, reason)


class WiredLoop(Wired):
    """A loop: tells when it becomes occupied, free, or can't be read."""

    def __init__(self, name: str, device: Device, hub: Hub) -> None:
        super().__init__(name, device, hub)
        self._occupied: bool | None = None

    @property
    def shows(self) -> str:
        """Occupied or free."""
        return "" if self._occupied is None else "occupied" if self._occupied else "free"

    def read(self, values: dict[int, bool]) -> None:
        """Tell a change."""
        self._hub.judge(self.name, State.OK)
        self._change(values[self.inputs[0]])

    def lost(self, reason: str, *, answered: bool) -> None:
        """What can't be read counts as occupied."""
        super().lost(reason, answered=answered)
        self._change(None)

    def _change(self, occupied: bool | None) -> None:
        if occupied is self._occupied:
            return
        self._occupied = occupied
        role = self.device.role or DeviceRole.ENTRY
        self._hub.say(LoopChanged(self.name, self.device.at, role, occupied))


class WiredPortal(Wired):
    """A radiation portal: tells alarm and clear, and again after it could not be read."""

    def __init__(self, name: str, device: Device, hub: Hub) -> None:
        super().__init__(name, device, hub)
        self._text = ""

    @property
    def shows(self) -> str:
        """Alarm or clear."""
        return self._text

    def read(self, values: dict[int, bool]) -> None:
        """Tell a change."""
        self._hub.judge(self.name, State.OK)
        text = ALARM if values[self.inputs[0]] else CLEAR
        if text != self._text:
            self._text = text
            self._hub.say(TagRead(self.name, self.device.at, text))

    def lost(self, reason: str, *, answered: bool) -> None:
        """It says nothing any more."""
        super().lost(reason, answered=answered)
        self._text = ""


class WiredLight(Wired):
    """A light: red unless it is told green. It has no input: what it was told is written again."""

    def __init__(self, name: str, device: Device, hub: Hub) -> None:
        super().__init__(name, device, hub)
        self._green = False
        self._shown: bool | None = None

    @property
    def shows(self) -> str:
        """Green or red."""
        return "" if self._shown is None else "green" if self._shown else "red"

    def set_green(self, green: bool) -> None:
        """Show green or red from now on."""
        self._green = green

    def connected(self, coil: bool) -> None:
        """It shows what its coil says."""
        self._shown = coil
        self._hub.hear(self.name)
        self._hub.judge(self.name, State.OK)

    def lost(self, reason: str, *, answered: bool) -> None:
        """What it shows is not known."""
        super().lost(reason, answered=answered)
        self._shown = None

    def want(self) -> bool | None:
        """What it is to show, if that is another."""
        self._hub.hear(self.name, 0)
        return None if self._shown is self._green else self._green

    def wrote(self, coil: bool) -> None:
        """It shows it."""
        self._shown = coil
        self._hub.judge(self.name, State.OK)


class WiredBarrier(Wired):
    """A barrier: its judgement is ``BarrierControl``'s."""

    def __init__(self, name: str, device: Device, hub: Hub, loops: dict[str, DeviceRole]) -> None:
        super().__init__(name, device, hub)
        self._control = BarrierControl(name, device, loops)

    @property
    def shows(self) -> str:
        """Where its arm is."""
        position = self._control.position
        return "" if position is Position.UNKNOWN else position

    def ask(self, request: int, reason: str, still_true: StillTrue) -> None:
        """Take a request to open."""
        self._control.ask(request, reason, still_true, monotonic_ms())
        self._tell()

    def hear_loop(self, signal: LoopChanged) -> None:
        """A loop of the station changed."""
        self._control.loop(signal.device, signal.role, signal.occupied, monotonic_ms())
        self._tell()

    def connected(self, coil: bool) -> None:
        """See how it stands."""
        self._control.connect(coil, monotonic_ms())
        self._tell()

    def read(self, values: dict[int, bool]) -> None:
        """See where the arm is."""
        up, down = self.device.input, self.device.input_down
        stands_up = up is not None and values[up]
        lies_down = None if down is None else values[down]
        self._control.see(stands_up, lies_down, monotonic_ms())
        self._tell()

    def lost(self, reason: str, *, answered: bool) -> None:
        """It stays as it is."""
        self._control.lose(reason, State.FAILED if answered else State.SILENT)
        self._tell()

    def want(self) -> bool | None:
        """Ask the control, which asks the reason."""
        wanted = self._control.want(monotonic_ms())
        self._tell()
        return wanted

    def wrote(self, coil: bool) -> None:
        """The arm is told."""
        self._control.wrote(coil, monotonic_ms())
        self._tell()

    def refused(self, reason: str) -> None:
        """The arm was not told."""
        self._control.refused_by_device(reason)
        self._tell()

    def _tell(self) -> None:
        said, self._control.said = self._control.said, []
        for one in said:
            self._hub.say(one)
