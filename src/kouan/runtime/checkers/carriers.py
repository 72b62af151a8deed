"""Which vehicle carries an order, and which order is turned back, as an entry's commands tell.

A vehicle that is loaded where it parks is given no way for as long as it stands there, and so is
named by other commands first.
"""

from collections.abc import Sequence

from kouan.dispatch import commands as c
from kouan.port.procedures import Stage, Work

TURNED_BACK = " turned back: "
"""What an alarm about an order that is turned back says after "order" and the order's id."""
NOT_BEGUN = {"order refused: ": "refused", "order cancelled: ": "cancelled"}
"""What an alarm about an order begins with that ends before it was begun, and how it ends."""


def carrier_of(order: str, stage: Stage, commands: Sequence[c.Command]) -> str:
    """Return the vehicle whose order's service of a stage led to the commands; "" if none tells."""
    for command in commands:
        if isinstance(command, c.DriveTo) and command.order == order:
            return command.vehicle
        if isinstance(command, c.LoadVehicle) and stage.work in (Work.LOAD, Work.UNLOAD):
            return command.vehicle
        if isinstance(command, c.RaiseAlarm) and turned_back_order(command) == order:
            return command.subject
    return ""


def turned_back_order(command: c.Command) -> str:
    """Return the order that an alarm says is turned back; "" of any other command."""
    order, state = ended_order(command)
    return order if state == "turned_back" else ""


def ended_order(command: c.Command) -> tuple[str, str]:
    """Return the order whose end an alarm tells people, and how it ended; ("", "") if none."""
    if not isinstance(command, c.RaiseAlarm) or not command.text.startswith("order "):
        return "", ""
    for beginning, state in NOT_BEGUN.items():
        if command.text.startswith(beginning):
            return command.subject, state
    order, told, _ = command.text.removeprefix("order ").partition(TURNED_BACK)
    return (order, "turned_back") if told else ("", "")
