"""The declared port turned into look-ups that checkers need on every entry."""

from kouan.port.flow import station_places
from kouan.port.model import Port
from kouan.port.procedures import TURN_BACK, Need, Procedure, Stage


class Layout:
    """Stations by id, stages by procedure and name, and the fleets' orders' procedures."""

    def __init__(self, port: Port) -> None:
        self.port = port
        self.place_of: dict[str, str] = station_places(port)
        self.stages: dict[tuple[str, str], Stage] = {}
        self.exits: dict[str, tuple[str, ...]] = {}
        self.first_places: dict[str, str] = {}
        for name, procedure in port.procedures.items():
            self.stages.update(((name, stage.id), stage) for stage in procedure.stages)
            self.exits[name] = _exit_stages(procedure)
            self.first_places[name] = procedure.stages[0].at if procedure.stages else ""
        self.seen_to_leave = {name: _is_apart(port, name) for name in port.places}
        self.place_nodes = {place.node for place in port.places.values() if place.node}

    def targets(self, stage: Stage, result: str) -> str:
        """Stage that follows a result that is no match, or turn_back."""
        return stage.on.get(result, TURN_BACK)


def _is_apart(port: Port, place: str) -> bool:
    """Whether a visit that goes from a place to the next can be seen to leave it.

    Between places that share a node, or have none, going takes no time and no word is said. Nor is
    any where an order ends at the node at which its vehicle then parks or charges.
    """
    node = port.places[place].node
    passing = [
        name
        for name, procedure in port.procedures.items()
        if any(stage.at == place for stage in procedure.stages)
    ]
    others = [stage.at for name in passing for stage in port.procedures[name].stages]
    for fleet in port.fleets.values():
        if fleet.procedure in passing:
            others += [fleet.parking, *([fleet.charger] if fleet.charger else [])]
    nodes = [port.places[other].node for other in others if other != place]
    return bool(node) and all(other and other != node for other in nodes)


def _exit_stages(procedure: Procedure) -> tuple[str, ...]:
    """Barrier stages that nobody may pass without a release.

    These are the barriers that declare it; where none does and the procedure needs a release,
    the last barrier is the way out.
    """
    if not procedure.exit_needs_release:
        return ()
    barriers = [stage for stage in procedure.stages if stage.barrier]
    declared = [s.id for s in barriers if Need.RELEASE in (*s.needs, *s.until)]
    return tuple(declared or [stage.id for stage in barriers[-1:]])
