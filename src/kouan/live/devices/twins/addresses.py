"""Where twins are on this machine: at the addresses that the port file has, or beside them.

Two ports may run twins on one machine. An address whose TCP port is taken gets a free one, for the
twins and for the port alike.
"""

import socket
from dataclasses import replace

from kouan.port.devices import Device, parse_address


def on_free_ports(devices: dict[str, Device]) -> dict[str, Device]:
    """Return the devices with every TCP port that is taken on this machine replaced."""
    chosen: dict[tuple[str, int], int] = {}
    made = {}
    for name, device in devices.items():
        address = parse_address(device.kind, device.address)
        if not address.port:
            made[name] = device
            continue
        key = (address.host, address.port)
        if key not in chosen:
            chosen[key] = _free(*key)
        moved = device.address.replace(f":{address.port}", f":{chosen[key]}", 1)
        made[name] = replace(device, address=moved)
    return made


def _free(host: str, port: int) -> int:
    """The port if it can be listened on, else a free one."""
    for number in (port, 0):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind((host, number))
            except OSError:
                continue
            return int(tried.getsockname()[1])
    return port
