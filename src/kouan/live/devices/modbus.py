"""One Modbus/TCP device: its inputs polled, its coils written, its connection kept up.

Each unit at each address has a connection of its own, so that one that is silent delays no other.
A request without an answer ends the connection: an answer that came late would be taken for that
of the next request.
"""

import asyncio
import logging
from collections.abc import Awaitable, Sequence

from pymodbus import ModbusException
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.pdu import ExceptionResponse, ModbusPDU

from kouan.live.devices.hub import Hub, monotonic_ms
from kouan.live.devices.wired import Wired
from kouan.port.devices import Address

log = logging.getLogger(__name__)

POLL_S = 0.1
"""Time between two polls of all inputs of a unit (assumption)."""
FIRST_PAUSE_S, LAST_PAUSE_S = 0.2, 5.0
"""Pauses before a lost connection is tried again: the first, and the longest."""
REFUSED_PAUSE_MS = 1_000
"""A coil whose writing was refused is not written again before."""
EXCEPTIONS = {
    1: "illegal function",
    2: "illegal address",
    3: "illegal value",
    4: "device failure",
    6: "device busy",
    10: "gateway path unavailable",
    11: "gateway target does not answer",
}


class Refusal(Exception):
    """The unit answered with an exception."""


class NoAnswer(Exception):
    """The unit did not answer, or something that is no answer."""


class ModbusUnit:
    """One unit and all that is wired to it."""

    def __init__(
        self, address: Address, answer_within_ms: int, wired: Sequence[Wired], hub: Hub
    ) -> None:
        self._address = address
        self._answer_s = answer_within_ms / 1_000
        self._wired = wired
        self._hub = hub
        self._runs = runs_of(wired)
        self._not_before_ms: dict[str, int] = {}
        self._refused: dict[str, Wired] = {}
        """Members that answered with an exception: their coil is asked anew when they read."""

    async def run(self) -> None:
        """Poll and write, and connect again whenever the connection is lost, until cancelled."""
        pause_s = FIRST_PAUSE_S
        while True:
            began_ms = monotonic_ms()
            client = AsyncModbusTcpClient(
                self._address.host,
                port=self._address.port,
                timeout=self._answer_s,
                retries=0,
                reconnect_delay=0,
            )
            try:
                await self._talk(client)
            except NoAnswer as error:
                self._lose(str(error))
            finally:
                client.close()
            lasted = monotonic_ms() - began_ms > 2 * 1_000 * LAST_PAUSE_S
            pause_s = FIRST_PAUSE_S if lasted else pause_s
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LAST_PAUSE_S)

    async def _talk(self, client: AsyncModbusTcpClient) -> None:
        """Speak with the unit as long as it answers; raises NoAnswer."""
        host, port = self._address.host, self._address.port
        try:
            reached = await client.connect()
        except (OSError, TimeoutError) as error:
            raise NoAnswer(f"{host}:{port} can't be reached: {error}") from error
        if not reached:
            self._count("unreachable")
            raise NoAnswer(f"{host}:{port} can't be reached")
        self._runs = runs_of(self._wired)
        self._refused.clear()
        await self._find_coils(client, self._wired)
        while True:
            for run in list(self._runs):
                await self._poll(client, run)
            if not self._runs:
                await self._find_coils(client, self._wired)
            for one in self._wired:
                await self._write(client, one)
            await asyncio.sleep(POLL_S)

    async def _find_coils(self, client: AsyncModbusTcpClient, members: Sequence[Wired]) -> None:
        """Ask how coils stand before anything is written, and of units that have nothing else."""
        for one in members:
            coil = False
            if one.coil is not None:
                unit = self._address.unit
                try:
                    answer = await self._ask(client.read_coils(one.coil, device_id=unit))
                except Refusal as error:
                    self._tell_refusal([one], f"coil {one.coil}: {error}")
                    continue
                coil = bool(answer.bits[0])
            self._refused.pop(one.name, None)
            one.connected(coil)

    async def _poll(self, client: AsyncModbusTcpClient, run: "_Run") -> None:
        """Read inputs that follow each other, and hand them to whom they belong."""
        try:
            answer = await self._ask(
                client.read_discrete_inputs(
                    run.first, count=run.count, device_id=self._address.unit
                )
            )
        except Refusal as error:
            if len(run.members) > 1:
                # One wrong number must not hide its neighbours.
                self._runs.remove(run)
                self._runs += [_Run([one]) for one in run.members]
            else:
                self._tell_refusal(run.members, f"input {run.first}: {error}")
            return
        if len(answer.bits) < run.count:
            raise NoAnswer(f"{len(answer.bits)} inputs in an answer: expected {run.count}")
        await self._find_coils(client, [one for one in run.members if one.name in self._refused])
        for one in run.members:
            values = {number: bool(answer.bits[number - run.first]) for number in one.inputs}
            self._hub.hear(one.name)
            one.read(values)

    async def _write(self, client: AsyncModbusTcpClient, one: Wired) -> None:
        now_ms = monotonic_ms()
        if one.coil is None or now_ms < self._not_before_ms.get(one.name, 0):
            return
        wanted = one.want()
        if wanted is None:
            return
        unit = self._address.unit
        try:
            await self._ask(client.write_coil(one.coil, wanted, device_id=unit))
        except Refusal as error:
            self._not_before_ms[one.name] = now_ms + REFUSED_PAUSE_MS
            self._hub.counts.count(one.name, "exception")
            one.refused(f"coil {one.coil}: {error}")
            return
        except NoAnswer:
            one.wrote(wanted)
            raise
        self._hub.counts.count(one.name, "written")
        one.wrote(wanted)

    async def _ask(self, asked: Awaitable[ModbusPDU]) -> ModbusPDU:
        """Return an answer; raise Refusal for an exception, NoAnswer for none in time."""
        try:
            answer = await asked
        except (ModbusException, OSError, TimeoutError) as error:
            self._count("no_answer")
            within = f"{self._answer_s:g} s"
            raise NoAnswer(f"unit {self._address.unit} does not answer within {within}") from error
        if isinstance(answer, ExceptionResponse) or answer.isError():
            code = getattr(answer, "exception_code", 0)
            raise Refusal(f"exception {code} ({EXCEPTIONS.get(code, 'unknown')})")
        return answer

    def _tell_refusal(self, members: Sequence[Wired], reason: str) -> None:
        for one in members:
            self._refused[one.name] = one
            self._hub.counts.count(one.name, "exception")
            one.lost(reason, answered=True)

    def _lose(self, reason: str) -> None:
        for one in self._wired:
            one.lost(reason, answered=False)

    def _count(self, what: str) -> None:
        for one in self._wired:
            self._hub.counts.count(one.name, what)


class _Run:
    """Inputs that follow each other and are read at once."""

    def __init__(self, members: Sequence[Wired]) -> None:
        numbers = [number for one in members for number in one.inputs]
        self.members = list(members)
        self.first = min(numbers)
        self.count = max(numbers) - self.first + 1


def runs_of(wired: Sequence[Wired]) -> list[_Run]:
    """Put those together whose inputs follow each other without a gap."""
    groups: list[list[Wired]] = []
    last = -2
    for one in sorted((one for one in wired if one.inputs), key=lambda one: min(one.inputs)):
        if min(one.inputs) > last + 1:
            groups.append([])
        groups[-1].append(one)
        last = max(last, *one.inputs)
    return [_Run(group) for group in groups]
