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
import select
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import msgspec

from kouan.live.broker import BrokerAddress, parse_broker
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
STOP_S = 10.0
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


class TwinProcess:
    """Twins in a child process that ends with this one, however this one ends."""

    def __init__(self, plan: TwinPlan) -> None:
        """Prepare; a token for the control socket is made where the plan has none."""
        self.token = plan.control_token or secrets.token_urlsafe(24)
        self._plan = replace(plan, control_token=self.token)
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0

    @property
    def process_id(self) -> int:
        """Number of its process; 0 before it was started."""
        return 0 if self._process is None else self._process.pid

    @property
    def port(self) -> int:
        """Where it takes words, on loopback; 0 before it was started."""
        return self._port

    def start(self) -> None:
        """Start it and wait until its wires are there; raises LiveError."""
        self._process = process = subprocess.Popen(
            [sys.executable, "-P", "-m", "kouan.live.devices.twins", "--plan"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(msgspec.json.encode(self._plan) + b"\n")
            process.stdin.flush()
        said = _first_line(process.stdout)
        if not said.isdigit():
            self.kill()
            raise LiveError("the twins did not start: expected their addresses to be free")
        self._port = int(said)

    def control(self) -> TwinControl:
        """A connection over which they are told what happens."""
        return TwinControl(self._port, self.token)

    def close(self) -> None:
        """End it in order."""
        process = self._process
        if process is None:
            return
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._let_go()

    def kill(self) -> None:
        """End it at once, as a power failure would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._let_go()

    def _let_go(self) -> None:
        assert self._process is not None
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _first_line(stream: IO[bytes]) -> bytes:
    readable, _, _ = select.select([stream], [], [], START_S)
    return stream.readline().strip() if readable else b""
