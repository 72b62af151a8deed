"""Where twins are on this machine: at the addresses that the port file has, or beside them.

Two ports may run twins on one machine. An address whose TCP port is taken gets a free one, for the
twins and for the port alike. A lock says so to other ports until the twins listen, and after.
"""

import fcntl
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO

from kouan.live.errors import LiveError
from kouan.port.devices import Device, parse_address

TRIES = 20


@contextmanager
def on_free_ports(devices: dict[str, Device]) -> Iterator[dict[str, Device]]:
    """Give the devices with every TCP port that is taken on this machine replaced.

    The ports are kept from other ports' twins until the end. Raises LiveError.
    """
    chosen: dict[tuple[str, int], int] = {}
    locks: list[IO[str]] = []
    try:
        for device in devices.values():
            address = parse_address(device.kind, device.address)
            key = (address.host, address.port)
            if address.port and key not in chosen:
                chosen[key] = _take(*key, locks)
        yield {name: _moved(device, chosen) for name, device in devices.items()}
    finally:
        for lock in locks:
            lock.close()


def _moved(device: Device, chosen: dict[tuple[str, int], int]) -> Device:
    address = parse_address(device.kind, device.address)
    number = chosen.get((address.host, address.port))
    if number is None:
        return device
    return replace(device, address=device.address.replace(f":{address.port}", f":{number}", 1))


def _take(host: str, port: int, locks: list[IO[str]]) -> int:
    """The port if it is free, else a free one; either way locked."""
    for number in (port, *(0 for _ in range(TRIES))):
        free = _free(host, number)
        if free and _lock(free, locks):
            return free
    raise LiveError(f"twins: no free TCP port on {host}: expected one beside {port}")


def _free(host: str, port: int) -> int:
    """The port if it can be listened on; 0 asks for any, and answers when there is none."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, port))
            tried.listen(1)
        except OSError:
            return 0
        return int(tried.getsockname()[1])


def _lock(port: int, locks: list[IO[str]]) -> bool:
    """Whether nobody else has the port; the lock ends with this process at the latest."""
    file = (Path(tempfile.gettempdir()) / f"kouan-twin-{port}.lock").open("w", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return False
    locks.append(file)
    return True
