"""What a reader's text is evidence of: tags and seals by their number, portals by a word."""

from kouan.dispatch.events import Evidence
from kouan.port.devices import Device
from kouan.port.procedures import CheckKind

ALARM = "alarm"
BY_WORD = (CheckKind.RADIATION, CheckKind.DISINFECTION)


def tag_evidence(device: Device, text: str) -> tuple[Evidence, ...]:
    """The evidence for each check that a reader serves."""
    return tuple(_one(check, text) for check in device.checks)


def _one(check: CheckKind, text: str) -> Evidence:
    if check in BY_WORD:
        return Evidence(check, text, ok=text != ALARM)
    return Evidence(check, text, ok=bool(text))
