"""What must hold within one device's table."""

from collections.abc import Iterator

from kouan.port.devices import (
    BY_CONTACT,
    CAMERA_ROLES,
    LOOP_ROLES,
    SERVES,
    Device,
    DeviceKind,
    DeviceRole,
    parse_address,
)
from kouan.port.problems import one_of, shown

ROLES: dict[DeviceKind, tuple[DeviceRole, ...]] = {
    DeviceKind.LOOP: LOOP_ROLES,
    DeviceKind.CAMERA: CAMERA_ROLES,
}
WRITES = (DeviceKind.BARRIER, DeviceKind.LIGHT)
LONGEST_FRAME = 200


def device_rules(device: Device) -> Iterator[tuple[str, str, str]]:
    """Find what does not hold within one device's table: key, value, what was expected."""
    try:
        parse_address(device.kind, device.address)
    except ValueError as problem:
        yield "address", shown(device.address), str(problem)
    yield from _role(device)
    yield from _checks(device)
    yield from _numbers(device)
    yield from _bounds(device)
    if device.frame and device.kind is not DeviceKind.SCALE:
        yield "frame", shown(device.frame), "nothing: only a scale has frames"
    if len(device.frame) > LONGEST_FRAME:
        yield "frame", shown(device.frame), f"at most {LONGEST_FRAME} characters"


def _role(device: Device) -> Iterator[tuple[str, str, str]]:
    roles = ROLES.get(device.kind, ())
    if roles and device.role not in roles:
        yield "role", shown(device.role or "nothing"), f"{one_of(roles)}, for a {device.kind}"
    elif not roles and device.role is not None:
        yield "role", shown(device.role), f"nothing: a {device.kind} has no role"


def _checks(device: Device) -> Iterator[tuple[str, str, str]]:
    served = SERVES.get(device.kind, ())
    if device.is_modbus and served:
        served = BY_CONTACT
    for number, check in enumerate(device.checks):
        if check not in served:
            expected = one_of(served) if served else f"nothing: a {device.kind} reads nothing"
            yield f"checks.{number}", shown(check), expected


def _numbers(device: Device) -> Iterator[tuple[str, str, str]]:
    """Coils and inputs are there where they are needed, and nowhere else."""
    needed = {
        "coil": (device.coil, device.kind in WRITES),
        "input": (device.input, device.is_modbus and device.kind is not DeviceKind.LIGHT),
    }
    for name, (number, needs) in needed.items():
        if needs and number is None:
            yield name, "nothing", f"the number of a {name}: a {device.kind} over Modbus has one"
        elif number is not None and not needs:
            yield name, str(number), f"nothing: this {device.kind} has no {name}"
    if device.input_down is not None and device.kind is not DeviceKind.BARRIER:
        yield "input_down", str(device.input_down), "nothing: only a barrier's arm is down"
    elif device.input_down is not None and device.input_down == device.input:
        yield "input_down", str(device.input_down), "another input than the one for up"


def _bounds(device: Device) -> Iterator[tuple[str, str, str]]:
    """Times and masses are within what can be meant."""
    silent_ms = device.silent_after_ms
    bounds = {
        "answer_within": (device.answer_within_ms, 100, 30_000, "100 ms to 30 s"),
        "silent_after": (silent_ms or 1_000, 1_000, 3_600_000, "1 s to 1 h, or 0 s"),
        "opens_within": (device.opens_within_ms, 500, 60_000, "500 ms to 1 min"),
        "open_for": (device.open_for_ms, 5_000, 600_000, "5 s to 10 min"),
        "stable_for": (device.stable_for_ms, 100, 30_000, "100 ms to 30 s"),
        "stable_frames": (device.stable_frames, 2, 100, "2 to 100"),
        "stable_within": (device.stable_within_kg, 0, 500, "0 kg to 500 kg"),
        "empty_below": (device.empty_below_kg, 1, 5_000, "1 kg to 5 t"),
    }
    for name, (value, least, most, expected) in bounds.items():
        if not least <= value <= most:
            yield name, str(value), expected
    if silent_ms is not None and device.is_modbus:
        yield "silent_after", str(silent_ms), "nothing: over Modbus answer_within counts"
    if device.zero_within_kg >= device.empty_below_kg:
        yield "zero_within", f"{device.zero_within_kg} kg", "less than empty_below"
