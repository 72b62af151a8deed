"""The twins in a process of their own, started by hand or by a port.

By hand, ``python -m kouan.live.devices.twins PORT_FILE`` makes a twin of every device of the file;
words come on standard input, one a line. A port hands a ``TwinPlan`` over as one line of JSON on
standard input and keeps that open: the twins end when it closes, however the port ends.
"""

import argparse
import asyncio
import contextlib
import logging
import os
import secrets
import signal
import sys
from dataclasses import replace
from pathlib import Path

import msgspec

from kouan.live.broker import BrokerAddress, parse_broker
from kouan.live.child import Child
from kouan.live.devices.twins.control import ControlServer, TwinControl, answer
from kouan.live.devices.twins.crew import TwinCrew
from kouan.live.devices.twins.spec import TwinError, TwinPlan
from kouan.live.errors import LiveError
from kouan.live.virtual.process import first_line
from kouan.port.problems import PortError
from kouan.port.read import load_port

BROKER_VARIABLE = "KOUAN_BROKER"
EXIT_MISTAKE = 2
START_S = 20.0
LONGEST_LINE = 16_000_000
MOST_TOKENS_BYTES = 1_000_000


def main(arguments: list[str]) -> int:
    """Run twins until SIGINT, SIGTERM or the end of standard input; 2 for a mistake."""
    logging.basicConfig(level=logging.WARNING, format="twins: %(message)s")
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)
    asked = _parser().parse_args(arguments)
    try:
        if asked.plan:
            plan = msgspec.json.decode(first_line(sys.stdin.fileno()), type=TwinPlan)
        else:
            plan = _plan(asked)
        asyncio.run(_run(plan, by_hand=not asked.plan))
    except (TwinError, LiveError, PortError, msgspec.MsgspecError) as error:
        print(f"error: {error}", file=sys.stderr)
        return EXIT_MISTAKE
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m kouan.live.devices.twins",
        description="Simulated twins of a port's devices, on the wires that its file declares.",
    )
    parser.add_argument("--plan", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("port_file", nargs="?", type=Path, help="the port file with [devices]")
    parser.add_argument("--url", default="", help="where the port answers HTTP, for cameras")
    parser.add_argument(
        "--tokens", type=Path, help="JSON file with the token of each camera and reader by name"
    )
    parser.add_argument(
        "--broker", help=f"URL of the broker for readers; without it what {BROKER_VARIABLE} says"
    )
    return parser


def _plan(asked: argparse.Namespace) -> TwinPlan:
    if asked.port_file is None:
        raise TwinError("no port file: expected its path")
    port, _ = load_port(asked.port_file)
    if not port.devices:
        raise TwinError(f"{asked.port_file}: no devices: expected tables [devices.NAME]")
    url = asked.broker or os.environ.get(BROKER_VARIABLE, "")
    broker: BrokerAddress | None = parse_broker(url) if url else None
    return TwinPlan(port.devices, asked.url, _tokens(asked.tokens), broker)


def _tokens(path: Path | None) -> dict[str, str]:
    if path is None:
        return {}
    try:
        with path.open("rb") as file:
            return msgspec.json.decode(file.read(MOST_TOKENS_BYTES), type=dict[str, str])
    except (OSError, msgspec.MsgspecError) as error:
        raise TwinError(f'{path}: {error}: expected {{"device": "token"}}') from error


async def _run(plan: TwinPlan, *, by_hand: bool) -> None:
    crew = TwinCrew(plan)
    await crew.start()
    control = ControlServer(crew, plan.control_token) if plan.control_token else None
    port = 0 if control is None else await control.start()
    running = asyncio.create_task(crew.run())
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, running.cancel)
    loop.add_signal_handler(signal.SIGINT, running.cancel if by_hand else lambda: None)
    if by_hand:
        print(f"{len(plan.devices)} twins; one word of JSON a line, end with Ctrl-D", flush=True)
    else:
        print(port, flush=True)
    listening = asyncio.create_task(_listen(crew, running, by_hand=by_hand))
    try:
        with contextlib.suppress(asyncio.CancelledError):
            await running
    except* TwinError as group:
        raise group.exceptions[0] from None
    finally:
        listening.cancel()


async def _listen(crew: TwinCrew, running: "asyncio.Task[None]", *, by_hand: bool) -> None:
    """Take words until standard input ends, and end the twins then."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        if by_hand and line.strip():
            print((await answer(crew, line)).decode(), end="", flush=True)
    running.cancel()


class TwinProcess(Child):
    """Twins in a child process."""

    def __init__(self, plan: TwinPlan) -> None:
        """Prepare; a token for the control socket is made where the plan has none."""
        self.token = plan.control_token or secrets.token_urlsafe(24)
        told = replace(plan, control_token=self.token)
        super().__init__("kouan.live.devices.twins", "--plan", told, answers=True)
        self._port = 0

    @property
    def port(self) -> int:
        """Where it takes words, on loopback; 0 before it was started."""
        return self._port

    def start(self) -> None:
        """Start it and wait until its wires are there; raises LiveError."""
        super().start()
        said = self.answer(START_S)
        if not said.isdigit():
            self.kill()
            raise LiveError("the twins did not start: expected their addresses to be free")
        self._port = int(said)

    def control(self) -> TwinControl:
        """A connection over which they are told what happens."""
        return TwinControl(self._port, self.token)
