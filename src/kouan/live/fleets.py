"""How the vehicles of a port are reached: each by itself, or by the managers of their fleets."""

from pathlib import Path

from kouan.live import fleetlink
from kouan.live.clock import PortClock
from kouan.live.errors import LiveError
from kouan.live.fleetlink import FleetLink, FleetPlan
from kouan.live.missions import link
from kouan.live.missions.fleet import MissionFleet
from kouan.port.model import Port

VehicleLink = FleetLink | MissionFleet
MEMORIES = {"vda5050": fleetlink.MEMORY_FOLDER, "missions": link.MEMORY_FOLDER}
"""Where what is known of the vehicles is kept, by protocol."""


def reach_fleets(
    port: Port, folder: Path, clock: PortClock, plan: FleetPlan | None
) -> VehicleLink | None:
    """Make the link to a port's vehicles; None if it has none, or they are inside.

    Raises LiveError for what can't be, and where the vehicles were reached by another protocol
    before: what is known of where they are, and of what they may still drive, is of that one.
    """
    if plan is None or not port.fleets:
        return None
    for other, name in MEMORIES.items():
        if other != plan.protocol and any((folder / name).glob("*.state")):
            raise LiveError(
                f"{folder / name}: the vehicles were reached by {other}: "
                f"expected --protocol {other}, or a new data folder for {plan.protocol}"
            )
    if plan.protocol == "missions":
        return MissionFleet(port, folder, clock, plan)
    return FleetLink(port, folder, clock, plan)
