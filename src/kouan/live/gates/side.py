"""The gates' side of a live port: devices, their twins, reading, lanes and the desk, as one.

Every port has a desk. Devices are there where the port file declares them and they are wanted: real
ones, or twins in a process of their own, on the same wires.
"""

import json
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from kouan.dispatch.commands import Command
from kouan.dispatch.events import Event
from kouan.gate.errors import GateError, ImageError
from kouan.gate.images import decode
from kouan.gate.installed import check_installed
from kouan.gate.pool import Pool
from kouan.live.accounts.book import Accounts
from kouan.live.broker import BrokerAddress
from kouan.live.clock import PortClock
from kouan.live.devices.service import DevicePlan, DeviceService
from kouan.live.devices.signals import DeviceHealth
from kouan.live.devices.twins.addresses import on_free_ports
from kouan.live.devices.twins.process import TwinProcess
from kouan.live.devices.twins.spec import TwinPlan
from kouan.live.errors import LiveError
from kouan.live.gates.desk import Desk
from kouan.live.gates.lane_words import LaneRoutes
from kouan.live.gates.link import GateLink
from kouan.live.gates.notes import GateMemory
from kouan.live.gates.view import GateView, GateWindow
from kouan.live.metrics import Metrics
from kouan.live.view import PlaceView
from kouan.live.words import Post
from kouan.port.devices import DeviceKind
from kouan.port.model import Port
from kouan.runtime.documents import Documents, Taken

DEVICES = ("twins", "real", "none")
TWINS_FILE = "twins.json"
"""Where the twins of a data folder take words, and the token for it."""


@dataclass(frozen=True, slots=True)
class GatePlan:
    """How devices are reached: twins, real ones, or none at all."""

    devices: str = "none"
    broker: BrokerAddress | None = None
    twin_speed: int = 1
    """How many times faster than an ordinary one a twin's truck drives and its arm moves."""


class GateSide:
    """Lanes and desk of one port; an executor of its commands."""

    def __init__(
        self,
        port: Port,
        folder: Path,
        clock: PortClock,
        documents: Documents,
        key: bytes,
        serves: Callable[[str], bool],
        accounts: Accounts,
        plan: GatePlan,
    ) -> None:
        """Prepare; raises LiveError when pictures can't be read here."""
        self._stack = ExitStack()
        if plan.devices == "twins":
            moved = self._stack.enter_context(on_free_ports(port.devices))
            port = replace(port, devices=moved)
        self._port, self._folder, self._plan = port, folder, plan
        self._accounts = accounts
        self._documents = documents
        self._window = GateWindow(serves)
        self._devices: DeviceService | None = None
        self._link: GateLink | None = None
        self._twins: TwinProcess | None = None
        if port.devices and plan.devices != "none":
            self._devices, self._link = self._connect(clock, key)

    def _connect(self, clock: PortClock, key: bytes) -> tuple[DeviceService, GateLink]:
        try:
            check_installed()
        except GateError as error:
            raise LiveError(f"devices: {error}, or --devices none") from error
        folder = self._folder / "devices"
        folder.mkdir(parents=True, exist_ok=True)
        plan = DevicePlan(self._accounts.check, _image_problem, self._plan.broker, folder)
        devices = DeviceService(self._port, plan)
        self._pool = Pool()
        link = GateLink(
            self._port,
            devices,
            self._window,
            self._pool,
            lambda content, kind, rule: self._documents.put(
                content, kind, Taken(clock.now_ms(), rule)
            ),
            key,
            clock.now_ms,
        )
        return devices, link

    # --- from start to stop ----------------------------------------------------------------------

    def start(self, post: Callable[[Sequence[Event]], None], url: str) -> None:
        """Connect to devices, with their twins first; ``url`` is where cameras push to."""
        if self._link is None:
            return
        try:
            self._pool.start()
        except GateError as error:
            raise LiveError(f"devices: reading does not start: {error}") from error
        self._stack.callback(self._pool.stop)
        if self._plan.devices == "twins":
            self._start_twins(url)
        self._link.start(post)
        self._stack.callback(self._link.close)

    def _start_twins(self, url: str) -> None:
        tokens = {
            name: self._accounts.twin_token(name)
            for name, device in self._port.devices.items()
            if device.kind in (DeviceKind.CAMERA, DeviceKind.READER) and not device.is_modbus
        }
        plan = TwinPlan(self._port.devices, url, tokens, self._plan.broker)
        twins = TwinProcess(plan.at_speed(self._plan.twin_speed))
        twins.start()
        self._stack.callback(twins.close)
        self._twins = twins
        path = self._folder / TWINS_FILE
        partial = path.with_suffix(".partial")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            devices = self._port.devices
            told = {
                "port": twins.port,
                "token": twins.token,
                "addresses": {name: one.address for name, one in devices.items() if one.address},
                "devices": {
                    name: {"kind": one.kind, "at": one.at, "checks": one.checks}
                    for name, one in devices.items()
                },
            }
            json.dump(told, file)
        os.replace(partial, path)
        self._stack.callback(path.unlink, missing_ok=True)

    def close(self) -> None:
        """Let go of everything; barriers stay as they are."""
        self._stack.close()

    # --- what the loop's thread calls -----------------------------------------------------------

    def __call__(self, command: Command) -> None:
        """Hear of a command."""
        if self._link is not None:
            self._link(command)

    def show(self, memory: GateMemory, at_ms: int, mode: str) -> None:
        """Take the newest picture."""
        self._window.show(memory, at_ms, mode)

    def be_watched_by(self, metrics: Metrics) -> None:
        """Let a monitoring system read what came from devices."""
        if self._devices is not None:
            metrics.watch_devices(self._devices.counts)

    # --- what others see --------------------------------------------------------------------------

    @property
    def view(self) -> GateView:
        """The newest picture."""
        return self._window.view

    @property
    def trouble(self) -> str:
        """What is wrong with devices; "" for nothing."""
        return self._devices.trouble if self._devices is not None else ""

    def health(self) -> dict[str, DeviceHealth]:
        """How it stands with every device that is connected."""
        return self._devices.health() if self._devices is not None else {}

    def shows(self) -> dict[str, str]:
        """How barriers, lights, loops and portals stand."""
        return self._devices.shows() if self._devices is not None else {}

    def parts(
        self, places: Callable[[], Iterable[PlaceView]], post: Post
    ) -> list[Desk | LaneRoutes | DeviceService]:
        """What answers HTTP: the desk, the lanes, and where cameras push."""
        desk = Desk(self._port, lambda: self.view, places, post, self._documents.get)
        lanes = LaneRoutes(self._port, lambda: self.view, self.health, self.shows, post)
        return [desk, lanes, *([self._devices] if self._devices is not None else [])]


def _image_problem(image: bytes) -> str:
    try:
        decode(image)
    except ImageError as error:
        return str(error).removeprefix("image: ")
    return ""
