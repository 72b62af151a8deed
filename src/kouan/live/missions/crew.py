"""The virtual managers of a port's fleets, in one process: each on the broker by its own topics."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kouan.live.broker import BrokerAddress
from kouan.live.clock import PortClock, wall_now_ms
from kouan.live.errors import LiveError
from kouan.live.missions.messages import MOST_VEHICLES
from kouan.live.missions.serving import Host, MqttManager
from kouan.live.missions.twin import VirtualManager
from kouan.live.virtual.spec import VehicleSpec


@dataclass(frozen=True, slots=True)
class ManagerCrew:
    """Fleets with their vehicles, the broker that their managers speak to, and how they run."""

    broker: BrokerAddress
    fleets: Mapping[str, list[VehicleSpec]]
    time_scale: int = 1
    keep: str = ""
    """Folder in which their memories are kept; "" keeps nothing."""


def managers(crew: ManagerCrew) -> list[MqttManager]:
    """Make the managers of a crew; raises LiveError naming what can't be."""
    made, begin_ms = [], wall_now_ms()
    for fleet, vehicles in crew.fleets.items():
        if len(vehicles) > MOST_VEHICLES:
            raise LiveError(
                f"fleet {fleet}: {len(vehicles)} vehicles: expected at most {MOST_VEHICLES}"
            )
        manager, keep = VirtualManager(fleet, vehicles), _file(crew, fleet)
        if keep is not None and keep.exists():
            begin_ms = max(begin_ms, _thaw(manager, keep))
        made.append((manager, keep))
    clock = PortClock(begin_ms, crew.time_scale)
    return [MqttManager(Host(one, clock, keep), crew.broker) for one, keep in made]


def _file(crew: ManagerCrew, fleet: str) -> Path | None:
    return Path(crew.keep) / f"{fleet}.manager.json" if crew.keep else None


def _thaw(manager: VirtualManager, path: Path) -> int:
    try:
        return manager.thaw(path.read_bytes())
    except (OSError, LiveError) as error:
        raise LiveError(f"{path}: {error}; remove it to begin anew") from error
