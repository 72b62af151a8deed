"""Devices for tests: a lane on free ports of loopback, and what comes from it."""

import io
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from PIL import Image
from starlette.requests import Request

from kouan.gate.errors import ImageError
from kouan.gate.images import decode
from kouan.live.accounts.gatekeeper import Unauthorised
from kouan.live.accounts.rights import ROLES, Caller, Role
from kouan.live.broker import BrokerAddress
from kouan.live.devices.service import DevicePlan, DeviceService
from kouan.live.devices.signals import DeviceHealth, Signal, State
from kouan.live.devices.twins.control import TwinControl
from kouan.live.devices.twins.process import TwinProcess
from kouan.live.devices.twins.spec import TwinPlan
from kouan.live.http import HttpServer, listen, make_app
from kouan.port.devices import Device, DeviceKind, DeviceRole
from kouan.port.model import Port
from kouan.port.procedures import CheckKind
from kouan.port.read import read_port

PATIENCE_S = 15.0
STARTER = Path(__file__).parents[4] / "src" / "kouan" / "port" / "starter.toml"
TOKENS = {name: f"token-of-{name}-0123456789" for name in ("front", "document", "seal")}
Kind = TypeVar("Kind")


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


def check_token(device: str, token: str) -> bool:
    return TOKENS.get(device) == token


async def identify(request: Request, _page_token: str) -> Caller:
    """Say which device has the token, as the port does from its accounts."""
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    for name, its in TOKENS.items():
        if its == token:
            return Caller(name, (Role.DEVICE,), ROLES[Role.DEVICE].rights)
    raise Unauthorised(401, "the token is unknown")


def check_image(content: bytes) -> str:
    """What the port asks of an image before it takes it."""
    try:
        decode(content)
    except ImageError as error:
        return str(error)
    return ""


def jpeg(shade: int = 120, size: tuple[int, int] = (320, 240)) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, (shade, shade, shade)).save(stream, "JPEG")
    return stream.getvalue()


def lane_devices(modbus: int, scale: str) -> dict[str, Device]:
    """One express lane: two cameras, a scale, a barrier, a light, three loops, a reader."""
    unit = f"modbus://127.0.0.1:{modbus}/1"
    at = "gate_in_1"
    loops = {
        name: Device(DeviceKind.LOOP, at, unit, role, input=number)
        for name, role, number in (
            ("entry", DeviceRole.ENTRY, 2),
            ("safety", DeviceRole.SAFETY, 3),
            ("exit", DeviceRole.EXIT, 4),
        )
    }
    checks = (CheckKind.PLATE, CheckKind.CONTAINER)
    return {
        "front": Device(DeviceKind.CAMERA, at, role=DeviceRole.FRONT, checks=checks),
        "document": Device(
            DeviceKind.CAMERA, at, role=DeviceRole.DOCUMENT, checks=(CheckKind.DRIVER,)
        ),
        "arm": Device(
            DeviceKind.BARRIER,
            at,
            unit,
            coil=0,
            input=0,
            input_down=1,
            answer_within_ms=500,
            opens_within_ms=1_000,
            open_for_ms=5_000,
        ),
        "light": Device(DeviceKind.LIGHT, at, unit, coil=1, answer_within_ms=500),
        **{name: replace(loop, answer_within_ms=500) for name, loop in loops.items()},
        "scale": Device(
            DeviceKind.SCALE,
            at,
            scale,
            checks=(CheckKind.MASS,),
            silent_after_ms=1_000,
            stable_for_ms=300,
            stable_frames=4,
        ),
    }


def port_with(devices: dict[str, Device]) -> Port:
    return replace(read_port(STARTER), devices=devices)


@dataclass
class Heard:
    """Every signal, in order; may be used from any thread."""

    signals: list[Signal] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, signal: Signal) -> None:
        with self.lock:
            self.signals.append(signal)

    def of(self, kind: type[Kind]) -> list[Kind]:
        with self.lock:
            return [signal for signal in self.signals if isinstance(signal, kind)]

    def wait(self, kind: type[Kind], matches: Callable[[Kind], bool] = lambda _: True) -> Kind:
        """Return the first such signal; it may have come already."""
        return wait_for(
            lambda: next((one for one in self.of(kind) if matches(one)), None),
            lambda: f"no such {kind.__name__} among {self.of(kind)}",
        )


def wait_for(
    find: Callable[[], Kind | None], why: Callable[[], str] = lambda: "it did not happen"
) -> Kind:
    left_s = PATIENCE_S
    while left_s > 0:
        found = find()
        if found:
            return found
        time.sleep(0.01)
        left_s -= 0.01
    raise AssertionError(why())


@dataclass
class Site:
    """Devices that run, with their twins and HTTP."""

    service: DeviceService
    heard: Heard
    twins: TwinProcess
    control: TwinControl
    url: str

    def all_ok(self) -> None:
        wait_for(
            lambda: all(one.state is State.OK for one in self.service.health().values()),
            lambda: str(self.service.health()),
        )

    def wait_health(self, device: str, state: State) -> DeviceHealth:
        return wait_for(
            lambda: found if (found := self.service.health()[device]).state is state else None,
            lambda: f"{device}: {self.service.health()[device]}",
        )

    def count(self, device: str, what: str) -> int:
        return self.service.counts.of(device, what)


@contextmanager
def serving(service: DeviceService) -> Iterator[str]:
    """Answer cameras over HTTP; gives the URL."""
    app = make_app(
        port=b"{}",
        view=lambda: b"{}",
        health=lambda: {"status": "ok"},
        metrics=lambda: b"",
        metrics_type="text/plain",
        parts=[service],
        identify=identify,
    )
    server = HttpServer(app, listen("127.0.0.1", 0))
    server.start()
    try:
        yield server.url
    finally:
        server.close()


@contextmanager
def running(
    devices: dict[str, Device], broker: BrokerAddress | None = None, folder: Path | None = None
) -> Iterator[Site]:
    """Run devices beside their twins."""
    heard = Heard()
    plan = DevicePlan(check_token, check_image, broker, folder)
    service = DeviceService(port_with(devices), plan)
    with ExitStack() as stack:
        url = stack.enter_context(serving(service))
        twins = stack.enter_context(
            TwinProcess(
                TwinPlan(
                    devices,
                    url,
                    TOKENS,
                    broker,
                    arm_ms=300,
                    step_ms=250,
                    settle_ms=300,
                    frames_a_second=20,
                    alive_ms=500,
                )
            )
        )
        control = stack.enter_context(twins.control())
        service.start(heard.take)
        stack.callback(service.close)
        yield Site(service, heard, twins, control, url)
