"""Scales over TCP: Kouan connects to them, or a serial device server connects to Kouan.

Frames become a mass by ``weighing``. Whatever is no frame is counted and passed over. A stream that
is much too fast is cut off: what waits in it would be weighed too late.
"""

import asyncio
import contextlib
import logging

from kouan.live.devices.frames import Frame, FrameReader
from kouan.live.devices.hub import Hub, monotonic_ms
from kouan.live.devices.signals import LoopChanged, State, WeightStable
from kouan.live.devices.weighing import Weighing
from kouan.port.devices import Address, Device, DeviceRole

log = logging.getLogger(__name__)

CHUNK_BYTES = 4_096
MOST_FRAMES_S = 50
"""Frames that are taken in a second; more are passed over."""
MOST_BYTES_S = 16_384
"""Bytes that may come in a second."""
MOST_FAULTS = 20
"""So many lines in a row that are no frame: what comes is not what was agreed."""
FIRST_PAUSE_S, LAST_PAUSE_S = 0.2, 5.0
STILL_HEARD_MS = 2_000
"""A second connection replaces one that was not heard for so long; until then it is refused."""


class Scale:
    """One scale."""

    def __init__(self, name: str, device: Device, address: Address, hub: Hub) -> None:
        self._name, self._device, self._address, self._hub = name, device, address, hub
        self._frames = FrameReader(device.frame)
        self._weighing = Weighing(device)
        self._faults = 0
        self._second_ms = 0
        self._in_second = [0, 0]
        self._writer: asyncio.StreamWriter | None = None

    @property
    def station(self) -> str:
        """Where it is."""
        return self._device.at

    def hear_loop(self, signal: LoopChanged) -> None:
        """A vehicle that leaves the exit loop has left the scale."""
        if signal.role is DeviceRole.EXIT and signal.occupied is False:
            self._weighing.left(monotonic_ms())

    def tick(self) -> None:
        """Find a scale that is stuck."""
        self._weighing.tick(monotonic_ms())
        if self._weighing.problem.startswith("stuck"):
            self._hub.judge(self._name, State.FAILED, self._weighing.problem)

    async def run(self) -> None:
        """Read frames until cancelled."""
        if self._address.scheme == "listen":
            await self._listen()
        pause_s = FIRST_PAUSE_S
        while True:
            began_ms = monotonic_ms()
            await self._connect()
            self._weighing.broke_off()
            pause_s = FIRST_PAUSE_S if monotonic_ms() - began_ms > 10_000 else pause_s
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LAST_PAUSE_S)

    async def _connect(self) -> None:
        host, port = self._address.host, self._address.port
        within_s = self._device.answer_within_ms / 1_000
        try:
            async with asyncio.timeout(within_s):
                reader, writer = await asyncio.open_connection(host, port)
        except (OSError, TimeoutError) as error:
            self._hub.counts.count(self._name, "unreachable")
            reason = str(error) or f"no connection within {within_s:g} s"
            self._hub.judge(self._name, State.SILENT, f"{host}:{port} can't be reached: {reason}")
            return
        await self._read(reader, writer)

    async def _listen(self) -> None:
        """Take one connection at a time."""
        host, port = self._address.host, self._address.port
        try:
            server = await asyncio.start_server(self._accept, host, port, limit=CHUNK_BYTES)
        except OSError as error:
            reason = f"can't listen on {host}:{port}: {error.strerror or error}"
            self._hub.judge(self._name, State.FAILED, reason)
            await asyncio.Event().wait()
            return
        async with server:
            await server.serve_forever()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        before = self._writer
        if before is not None:
            if self._hub.heard_ago_ms(self._name) < STILL_HEARD_MS:
                self._hub.counts.count(self._name, "second_connection")
                writer.close()
                return
            before.close()
        # Python 3.11 tells of a connection's task that was cancelled as of a fault.
        with contextlib.suppress(asyncio.CancelledError):
            await self._read(reader, writer)

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read a connection until it ends or falls silent."""
        self._writer = writer
        self._frames.reset()
        within_ms = self._device.heard_within_ms
        try:
            while True:
                async with asyncio.timeout(within_ms / 1_000 if within_ms else None):
                    data = await reader.read(CHUNK_BYTES)
                if not data:
                    self._hub.judge(self._name, State.SILENT, "it closed the connection")
                    return
                if self._floods(len(data)):
                    return
                self._take(data)
        except TimeoutError:
            self._hub.counts.count(self._name, "silent")
            reason = f"not heard for {within_ms / 1_000:g} s"
            self._hub.judge(self._name, State.SILENT, reason)
        except OSError as error:
            self._hub.judge(self._name, State.SILENT, f"the connection broke: {error}")
        finally:
            if self._writer is writer:
                self._writer = None
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def _take(self, data: bytes) -> None:
        frames, faults = self._frames.feed(data)
        for fault in faults:
            self._hub.counts.count(self._name, fault)
        self._faults = len(faults) if frames else self._faults + len(faults)
        for frame in frames:
            self._weigh(frame)
        if self._faults >= MOST_FAULTS:
            reason = f"no frame among its last {MOST_FAULTS} lines"
            self._hub.judge(self._name, State.REFUSED, reason)

    def _weigh(self, frame: Frame) -> None:
        if self._in_second[0] >= MOST_FRAMES_S:
            self._hub.counts.count(self._name, "flood")
            return
        self._in_second[0] += 1
        self._hub.hear(self._name)
        mass_kg = self._weighing.frame(frame, monotonic_ms())
        if mass_kg is not None:
            self._hub.say(WeightStable(self._name, self._device.at, mass_kg))
        problem = self._weighing.problem
        self._hub.judge(self._name, State.FAILED if problem else State.OK, problem)

    def _floods(self, count: int) -> bool:
        """True when more comes in a second than may."""
        now_ms = monotonic_ms()
        if now_ms - self._second_ms >= 1_000:
            self._second_ms, self._in_second = now_ms, [0, 0]
        self._in_second[1] += count
        if self._in_second[1] < MOST_BYTES_S:
            return False
        self._hub.counts.count(self._name, "flood")
        self._hub.judge(self._name, State.REFUSED, f"more than {MOST_BYTES_S} bytes a second")
        return True
