"""Where MQTT messages go through: an embedded broker on loopback, or any broker by its URL.

The embedded one is a child process for ports whose vehicles are on this machine: virtual ones,
trials and tests. It asks for no password and is never reachable from outside. For vehicles on a
network take a broker made for that, by URL.
"""

import logging
import select
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import unquote, urlsplit

from kouan.live.errors import LiveError

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
START_S = 20.0
"""How long the embedded broker may take to listen."""
STOP_S = 5.0
FIRST_PAUSE_S, LAST_PAUSE_S = 0.2, 10.0
"""Pauses before an embedded broker that ended by itself is started again."""
DEFAULT_PORTS = {"mqtt": 1883, "mqtts": 8883}
LAST_PORT = 65_535
EXPECTED = "mqtt://[user:password@]host[:port], or mqtts:// for TLS"


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Host and port of a broker, and how to get in. As text it has no user and no password."""

    host: str
    port: int
    tls: bool = False
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    ca_file: str = ""
    """PEM file with the authorities to trust; "" takes those of the system."""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'mqtts' if self.tls else 'mqtt'}://{host}:{self.port}"


def parse_broker(url: str, ca_file: str | Path = "") -> BrokerAddress:
    """Read a broker's URL; LiveError says what is wrong, and never repeats user or password."""
    split = urlsplit(url)
    shown = url.rpartition("@")[2] if "@" in url else url
    if split.scheme not in DEFAULT_PORTS:
        kind = split.scheme or "none"
        raise LiveError(f"broker: the URL's scheme is {kind}: expected {EXPECTED}")
    try:
        port = DEFAULT_PORTS[split.scheme] if split.port is None else split.port
    except ValueError as error:
        raise LiveError(f"broker {shown}: port: expected 1 to {LAST_PORT}") from error
    if not split.hostname or not 1 <= port <= LAST_PORT:
        raise LiveError(f"broker {shown}: no host, or port {port}: expected {EXPECTED}")
    if split.path.strip("/") or split.query or split.fragment:
        raise LiveError(f"broker {shown}: something after the port: expected {EXPECTED}")
    if split.password and not split.username:
        raise LiveError(f"broker {shown}: a password without a user: expected {EXPECTED}")
    tls = split.scheme == "mqtts"
    if ca_file and not tls:
        raise LiveError(f"broker {shown}: a CA file is for mqtts:// only: expected {EXPECTED}")
    if ca_file and not Path(ca_file).is_file():
        raise LiveError(f"broker {shown}: CA file {ca_file}: no such file")
    user, password = unquote(split.username or ""), unquote(split.password or "")
    return BrokerAddress(split.hostname, port, tls, user, password, str(ca_file))


class EmbeddedBroker:
    """A broker in a child process that ends with this one, however this one ends.

    Should it end by itself it is started again on the same port; ``restarts`` counts that. What it
    had retained is then gone, and comes again as its clients reconnect.
    """

    def __init__(self, port: int = 0) -> None:
        """Prepare a broker on a port of loopback; 0 takes a free one."""
        if not 0 <= port <= LAST_PORT:
            raise LiveError(f"broker: port {port}: expected 0 to {LAST_PORT}")
        self.restarts = 0
        self._port = port
        self._process: subprocess.Popen[str] | None = None
        self._closing = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="broker", daemon=True)

    @property
    def address(self) -> BrokerAddress:
        """Where it listens, once it was started."""
        return BrokerAddress(HOST, self._port)

    @property
    def url(self) -> str:
        """Where it listens, as a URL."""
        return str(self.address)

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def process_id(self) -> int:
        """Number of its process; 0 before it was started."""
        return 0 if self._process is None else self._process.pid

    def start(self) -> None:
        """Start it and wait until it accepts connections; raises LiveError naming the port."""
        self._process, self._port = _spawn(self._port)
        self._watcher.start()

    def _watch(self) -> None:
        pause_s = FIRST_PAUSE_S
        while not self._closing.is_set() and self._process is not None:
            code = self._process.wait()
            _let_go(self._process)
            if self._closing.wait(pause_s):
                return
            log.error("the embedded broker ended (code %d); it is started again", code)
            try:
                self._process, self._port = _spawn(self._port)
                self.restarts += 1
                pause_s = FIRST_PAUSE_S
            except LiveError as error:
                log.error("%s", error)
                pause_s = min(2 * pause_s, LAST_PAUSE_S)

    def close(self) -> None:
        """End it."""
        self._closing.set()
        process = self._process
        if process is not None:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._watcher.is_alive():
            self._watcher.join(START_S)
        if process is not None:
            _let_go(process)

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


def _spawn(port: int) -> tuple[subprocess.Popen[str], int]:
    """Start the process; return it and the port that it listens on."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "kouan.live.broker_server", str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    said = _first_line(process.stdout)
    if said.isdecimal():
        return process, int(said)
    process.kill()
    process.wait()
    _let_go(process)
    why = said.removeprefix("refused: ") or f"no answer within {START_S:.0f} s"
    raise LiveError(
        f"the embedded broker can't listen on {HOST}, port {port}: {why}: "
        "expected a port that is free (0 takes any free one)"
    )


def _first_line(stream: IO[str]) -> str:
    readable, _, _ = select.select([stream], [], [], START_S)
    return stream.readline().strip() if readable else ""


def _let_go(process: subprocess.Popen[str]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
