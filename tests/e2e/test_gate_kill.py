"""A gate whose port is killed again and again: nobody passes unjudged or twice, none is forgotten.

The devices live on, as they do when only the port's machine loses power.
"""

import random
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from kouan.cli.twin_pictures import pictures_of
from kouan.live.accounts.book import Accounts
from kouan.live.clock import wall_now_ms
from kouan.live.devices.twins.addresses import on_free_ports
from kouan.live.devices.twins.control import TwinControl, picture
from kouan.live.devices.twins.process import TwinProcess
from kouan.live.devices.twins.spec import TwinError, TwinPlan
from kouan.port.devices import Device, DeviceKind
from kouan.port.read import load_port
from tests.e2e.gate_port import EXPRESS, LANE, MASS_KG, SHOWN, TARE_KG, GatePort, wait_until

TWIN_SPEED = 5
HELD_UP_S = 5.0
"""A truck that is let through and does not drive on for so long shows its plate once more."""


class Site:
    """Devices that outlive the port, and the port's starts."""

    def __init__(self, data: Path, devices: dict[str, Device]) -> None:
        data.mkdir()
        self.data, self.devices = data, devices
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.http_port = free.getsockname()[1]
        accounts = Accounts(data)
        cameras = [name for name, one in devices.items() if one.kind is DeviceKind.CAMERA]
        self.tokens = {name: accounts.add_device(name, "tests") for name in cameras}
        accounts.close()
        url = f"http://127.0.0.1:{self.http_port}"
        self.twins = TwinProcess(TwinPlan(devices, url, self.tokens).at_speed(TWIN_SPEED))

    def start(self) -> GatePort:
        """Start the port, as after a power failure."""
        moved = [
            word
            for name, device in self.devices.items()
            if device.address
            for word in ("--set", f"devices.{name}.address={device.address}")
        ]
        return GatePort(self.data, "--port", self.http_port, *moved, devices=("--devices", "real"))

    def say(self, do: str, **words: object) -> dict[str, object]:
        """Tell the twins; a port that is dead while they push is no problem of theirs."""
        with TwinControl(self.twins.port, self.twins.token) as control, suppress(TwinError):
            return control.say(do, **words)
        return {}

    def lane(self) -> dict[str, object]:
        """The lane as it is."""
        return self.say("state")["stations"][LANE]  # type: ignore[index,no-any-return]

    def drive_up(self, plate: str, seed: int) -> threading.Thread:
        """Let a truck come, whatever becomes of the port meanwhile."""
        kinds = {
            name: {"kind": one.kind, "at": one.at, "checks": one.checks}
            for name, one in self.devices.items()
        }
        drawn = pictures_of(SHOWN._replace(plate=plate), kinds, LANE, seed)
        pictures = [picture(device, content) for device, content in drawn]
        words = {"station": LANE, "mass_kg": TARE_KG + MASS_KG, "pictures": pictures}
        coming = threading.Thread(target=lambda: self.say("arrive", **words), daemon=True)
        coming.start()
        return coming


def settle(site: Site, port: GatePort, plate: str, seed: int) -> None:
    """Do what people at the lane would do, until it is empty."""
    held_s = 0.0

    def is_over() -> bool:
        nonlocal held_s
        lane = port.lane()
        if not site.lane()["trucks"]:
            return port.is_empty()
        if lane["leaving"] and not lane["by_barrier"]:
            site.say("back", station=LANE)
        elif lane["leaving"]:
            held_s = held_s or time.perf_counter()
            if time.perf_counter() - held_s > HELD_UP_S:
                held_s = time.perf_counter()
                show_again(site, port, plate, seed + int(held_s))
        elif lane["seen_ms"] and not lane["visit"]:
            port.ask("POST", "/api/lanes/refuse", {"station": LANE, "reason": "not known"})
        time.sleep(0.2)
        return False

    wait_until(is_over, f"{plate}: the lane is not empty", 90.0)


def show_again(site: Site, port: GatePort, plate: str, seed: int) -> None:
    """Let the front camera take another picture."""
    kinds = {"front": {"kind": DeviceKind.CAMERA, "at": LANE, "checks": ("plate",)}}
    for device, content in pictures_of(SHOWN._replace(plate=plate), kinds, LANE, seed):
        port.push(device, content, wall_now_ms(), site.tokens[device])


@pytest.mark.parametrize(("kills", "seed"), [(5, 1), pytest.param(50, 2, marks=pytest.mark.soak)])
def test_nobody_passes_unjudged_or_twice_and_none_is_forgotten(
    kills: int, seed: int, tmp_path: Path
) -> None:
    chance = random.Random(seed)
    with on_free_ports(load_port(EXPRESS)[0].devices) as devices:
        site = Site(tmp_path / "data", devices)
        with site.twins:
            port = site.start()
            try:
                for number in range(kills):
                    port = round_of(site, port, chance, number)
                opened = port.opened_for()
                assert len(opened) == len(set(opened)), "a truck was let through twice"
                assert site.lane()["passed"] == len(opened), "passed, and let through"
                assert port.violations() == []
                announced = [event[1] for kind, event, _ in port.journal() if "Announced" in kind]
                assert announced == [f"kill-{number}" for number in range(kills)]
            finally:
                port.close()


def round_of(site: Site, port: GatePort, chance: random.Random, number: int) -> GatePort:
    """One truck and one kill, somewhere on its way; return the port that was started after it."""
    plate, seed = f"蒙L{30_000 + number}", 100 * number + 1
    port.announce(f"kill-{number}", plate=plate)
    coming = site.drive_up(plate, seed)
    time.sleep(chance.uniform(0.2, 7.0))
    port.process.kill()
    port.close()
    after = site.start()
    coming.join(30)
    settle(site, after, plate, seed)
    return after
