"""Virtual vehicles within the test's own process, so that faults come when a test wants them."""

import asyncio
import gc
import threading
from typing import Self

from kouan.live.virtual.faults import Fault
from kouan.live.virtual.process import Crew, wire
from kouan.live.virtual.wired import WiredVehicle, run_all
from tests.unit.live.broker_support import PATIENCE_S


class InThread:
    """Vehicles within one asyncio loop, in a thread of the test; a subclass makes and runs them."""

    def __init__(self) -> None:
        self.vehicles: dict[str, WiredVehicle] = {}
        self._loop = asyncio.new_event_loop()
        self._ended = self._loop.create_future()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        """Run the vehicles until the context is left."""
        self._loop.run_until_complete(run_all(list(self.vehicles.values()), self._ended))
        # Connections that were given up close themselves with their loop, not after it.
        gc.collect()
        self._loop.close()

    def inject(self, name: str, fault: Fault) -> None:
        """Let something go wrong with a vehicle."""
        self._loop.call_soon_threadsafe(self.vehicles[name].inject, fault)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._ended.set_result, None)
        self._thread.join(PATIENCE_S)


class Together(InThread):
    """The vehicles of a crew, made in their thread."""

    def __init__(self, crew: Crew) -> None:
        super().__init__()
        self._crew = crew

    def _run(self) -> None:
        self.vehicles = {one.vehicle.spec.serial: one for one in wire(self._crew)}
        super()._run()
