"""The twins' ends of the wires: a Modbus server, a scale's TCP, a camera's HTTP."""

import asyncio
import contextlib
import json
import logging
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from kouan.live.devices.twins.spec import TwinError
from kouan.port.devices import Address

log = logging.getLogger(__name__)

READ_INPUTS = 2
WRITES = (5, 15)
PUSH_S = 20.0
BOUNDARY = "kouan-twin-2f1c9a7d5e"
LOOPBACK_PAUSE_S = 0.2
LAST_ASKED = 4_095
"""Numbers up to which a unit that is not there is asked for."""

Input = Callable[[], bool]
Output = Callable[[bool], None]


class Unit:
    """What is wired to one unit: inputs that are asked, coils that are set and asked."""

    def __init__(self) -> None:
        self.inputs: dict[int, Input] = {}
        self.coils: dict[int, tuple[Input, Output]] = {}
        self.refuses: dict[int, Callable[[], bool]] = {}
        """Coils and inputs that may answer with an exception."""
        self.silent: list[Callable[[], bool]] = []

    async def act(
        self,
        function: int,
        _start: int,
        address: int,
        _count: int,
        registers: list[int],
        values: list[int] | list[bool] | None,
    ) -> ExcCodes | None:
        """Bring the registers up to date before they are read, and take what is written."""
        while any(silent() for silent in self.silent):
            await asyncio.sleep(LOOPBACK_PAUSE_S)
        known = self.inputs if function == READ_INPUTS else self.coils
        if address not in known:
            return ExcCodes.ILLEGAL_ADDRESS
        if self.refuses.get(address, lambda: False)():
            return ExcCodes.DEVICE_FAILURE
        if values is not None and function in WRITES:
            for number, value in enumerate(values, address):
                if number in self.coils:
                    self.coils[number][1](bool(value))
        bits = (
            {number: read() for number, read in self.inputs.items()}
            if function == READ_INPUTS
            else {number: read() for number, (read, _) in self.coils.items()}
        )
        for register in range(len(registers)):
            bit = register * 16
            registers[register] = sum(1 << i for i in range(16) if bits.get(bit + i))
        return None


def _bits(last: int) -> tuple[list[SimData], list[SimData], list[SimData], list[SimData]]:
    """Coils and inputs up to a number, and no registers."""
    off = [False] * (16 * (last // 16 + 1))
    coils, inputs = ([SimData(0, values=off, datatype=DataType.BITS)] for _ in range(2))
    none, neither = ([SimData(0, datatype=DataType.INVALID)] for _ in range(2))
    return coils, inputs, none, neither


async def _no_such_unit(*_: object) -> ExcCodes | None:
    return ExcCodes.GATEWAY_NO_RESPONSE


class ModbusTwin:
    """The Modbus server of one host and port."""

    def __init__(self, host: str, port: int) -> None:
        self.units: dict[int, Unit] = {}
        self._host, self._port = host, port
        self._server: ModbusTcpServer | None = None

    async def start(self) -> None:
        """Listen; raises TwinError when it can't."""
        devices = []
        for number, unit in self.units.items():
            last = max([*unit.inputs, *unit.coils], default=0)
            devices.append(SimDevice(number, simdata=_bits(last), action=unit.act))
        if 0 not in self.units:
            devices.append(SimDevice(0, simdata=_bits(LAST_ASKED), action=_no_such_unit))
        self._server = ModbusTcpServer(devices, address=(self._host, self._port))
        try:
            await self._server.serve_forever(background=True)
        except RuntimeError as error:
            raise TwinError(f"Modbus twin can't listen on {self._host}:{self._port}") from error

    async def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            await self._server.shutdown()  # type: ignore[no-untyped-call]


class ScaleTwin:
    """A scale's stream: it waits for the port to connect, or connects to it."""

    def __init__(self, address: Address, next_bytes: Callable[[], bytes], pause_s: float) -> None:
        """``next_bytes`` gives what is sent each time; b"" sends nothing."""
        self._address = address
        self._next = next_bytes
        self._pause_s = pause_s

    async def run(self) -> None:
        """Send until cancelled."""
        host, port = self._address.host, self._address.port
        if self._address.scheme == "tcp":
            server = await asyncio.start_server(self._accept, host, port)
            async with server:
                await server.serve_forever()
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection(host, port)
                await self._send(writer)
            await asyncio.sleep(LOOPBACK_PAUSE_S)

    async def _accept(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Python 3.11 tells of a connection's task that was cancelled as of a fault.
        with contextlib.suppress(asyncio.CancelledError):
            await self._send(writer)

    async def _send(self, writer: asyncio.StreamWriter) -> None:
        try:
            while not writer.is_closing():
                writer.write(self._next())
                await writer.drain()
                await asyncio.sleep(self._pause_s)
        except OSError:
            return
        finally:
            writer.close()


def multipart(image: bytes, fields: dict[str, str]) -> tuple[str, bytes]:
    """Return content type and body of a camera's request."""
    kind = "image/png" if image.startswith(b"\x89PNG") else "image/jpeg"
    lines = [
        f'--{BOUNDARY}\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'.encode()
        for name, text in fields.items()
    ]
    head = (
        f'--{BOUNDARY}\r\ncontent-disposition: form-data; name="image"; filename="image"\r\n'
        f"content-type: {kind}\r\n\r\n"
    )
    body = b"".join([*lines, head.encode(), image, f"\r\n--{BOUNDARY}--\r\n".encode()])
    return f"multipart/form-data; boundary={BOUNDARY}", body


def push(url: str, token: str, content_type: str, body: bytes) -> int:
    """Post a body; return the status, 0 when there was no answer."""
    request = urllib.request.Request(
        url,
        data=body,
        headers={"authorization": f"Bearer {token}", "content-type": content_type},
        method="POST",
    )
    try:
        with urllib.request.urlopen(request, timeout=PUSH_S) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except (OSError, HTTPException) as error:
        log.warning("%s: %s", url, error)
        return 0


def image_fields(readings: list[dict[str, str | float]], sequence: int) -> dict[str, str]:
    """The parts beside an image."""
    fields = {"sequence": str(sequence), "taken_at": str(wall_ms())}
    if readings:
        fields["reading"] = json.dumps({"readings": readings}, ensure_ascii=False)
    return fields


def wall_ms() -> int:
    """A device's own time, which also numbers its messages: it grows over restarts too."""
    return time.time_ns() // 1_000_000
