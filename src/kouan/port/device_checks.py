"""What must hold of all devices of a port together: where they stand, how they are wired."""

from collections.abc import Iterator

from kouan.port.devices import Device, DeviceKind, DeviceRole
from kouan.port.flow import admits, lanes_at, procedure_classes, stage_direction, stations_of
from kouan.port.model import Port
from kouan.port.places import PlaceKind
from kouan.port.problems import Finding, error, known_name, warning
from kouan.port.procedures import BY_PEOPLE, TURN_BACK, Stage

MOST_DEVICES = 500
ONE_OF_THEM = (DeviceKind.BARRIER, DeviceKind.SCALE, DeviceKind.LIGHT)
"""Kinds of which a station has one at most."""


def check_devices(port: Port) -> Iterator[Finding]:
    """Find devices at no station, wired twice, or missing; every place that is named must exist."""
    known = [name for place in port.places for name in stations_of(port, place)]
    if len(port.devices) > MOST_DEVICES:
        yield error("devices", f"{len(port.devices)} devices", f"at most {MOST_DEVICES}")
    for name, device in port.devices.items():
        if device.at not in known:
            yield error(f"devices.{name}.at", device.at, known_name(device.at, known, "a station"))
    yield from _wired_twice(port)
    yield from _at_station(port)
    for name, procedure in port.procedures.items():
        for stage in procedure.stages:
            yield from _stage(port, name, stage)


def _wired_twice(port: Port) -> Iterator[Finding]:
    """Every coil, input, endpoint and topic is one device's."""
    taken: dict[str, str] = {}
    for name, device in port.devices.items():
        for key, wire in _wires(device):
            if wire in taken:
                found = f"{wire}, which is {taken[wire]}'s too"
                yield error(f"devices.{name}.{key}", found, "one that no other device has")
            taken.setdefault(wire, name)


def _wires(device: Device) -> Iterator[tuple[str, str]]:
    if not device.is_modbus:
        if device.address:
            yield "address", device.address
        return
    if device.coil is not None:
        yield "coil", f"{device.address} coil {device.coil}"
    if device.input is not None:
        yield "input", f"{device.address} input {device.input}"
    if device.input_down is not None:
        yield "input_down", f"{device.address} input {device.input_down}"


def devices_at(port: Port, station: str, kind: DeviceKind | None = None) -> dict[str, Device]:
    """Return the devices of a station, all or those of one kind."""
    return {
        name: device
        for name, device in port.devices.items()
        if device.at == station and kind in (None, device.kind)
    }


def _at_station(port: Port) -> Iterator[Finding]:
    """A station has one barrier, scale and light, and a loop that keeps the arm off vehicles."""
    for name, device in port.devices.items():
        if device.kind not in ONE_OF_THEM:
            continue
        others = list(devices_at(port, device.at, device.kind))
        if name != others[0]:
            found = f"{device.at}, which has {others[0]} already"
            yield error(f"devices.{name}.at", found, f"a station without a {device.kind}")
        loops = devices_at(port, device.at, DeviceKind.LOOP).values()
        safe = any(loop.role is DeviceRole.SAFETY for loop in loops)
        if device.kind is DeviceKind.BARRIER and not safe:
            found = f"{device.at} has no loop with role safety"
            expected = "one: Kouan can't see what stands under the arm"
            yield warning(f"devices.{name}.at", found, expected)


def _stage(port: Port, procedure: str, stage: Stage) -> Iterator[Finding]:
    """A station with devices has one for every check that devices make at its stages."""
    if port.places[stage.at].kind is PlaceKind.DESK:
        return
    key = f"procedures.{procedure}.stages.{stage.id}"
    for station in _used(port, procedure, stage):
        devices = devices_at(port, station)
        if not devices:
            continue
        for number, check in enumerate(stage.checks):
            made = any(check.check in device.checks for device in devices.values())
            if made or check.check in BY_PEOPLE or check.result_after is not None:
                continue
            if stage.on.get("unread", TURN_BACK) == TURN_BACK:
                found = f"{check.check}, which no device at {station} reads"
                expected = "a device with it in checks, or on.unread with a stage where people look"
                yield error(f"{key}.checks.{number}", found, expected)
        if stage.barrier and not devices_at(port, station, DeviceKind.BARRIER):
            found = f"no barrier among the devices at {station}"
            yield warning(f"{key}.barrier", found, "a device of kind barrier there")


def _used(port: Port, procedure: str, stage: Stage) -> Iterator[str]:
    """Stations where visits of a procedure come at a stage."""
    lanes = lanes_at(port, stage.at)
    direction = stage_direction(port, procedure, stage)
    classes = procedure_classes(port, procedure) or ("",)
    for station in stations_of(port, stage.at):
        lane = lanes.get(station)
        if lane is None or any(admits(lane, direction, each) for each in classes):
            yield station
