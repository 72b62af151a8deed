"""What a vehicle is told of its load: pick and drop at the node where an order begins.

A crane or a ramp loads the vehicle while it stands at the end of its way; what it then weighs, only
the dispatcher knows. The standard has two words for that, and the vehicle's state answers with its
``loads``: whatever they don't yet say is asked for with the next order.
"""

from kouan.live.vda5050.memory import Turn
from kouan.live.vda5050.messages import Action, ActionParameter, Blocking, Scope, State

PICK, DROP = "pick", "drop"


def load_actions(turn: Turn, order_id: str) -> tuple[Action, ...]:
    """The actions after which the vehicle's loads are what it carries; () if they are already."""
    memory, state = turn.memory, turn.memory.state
    if state is None or state.loads is None or memory.carries_kg < 0:
        return ()
    if not turn.spec.tells_loads or not _knows_both(turn):
        return ()
    kinds = _lacking(state, memory.carries_kg)
    limits = memory.factsheet.limits if memory.factsheet else None
    most = (limits.arrays.node_actions if limits else None) or len(kinds)
    name = memory.name or turn.spec.vehicle
    return tuple(
        Action(
            kind, f"{order_id}-{kind}", Blocking.HARD, _parameters(kind, name, memory.carries_kg)
        )
        for kind in kinds[:most]
    )


def _lacking(state: State, carries_kg: int) -> list[str]:
    """What is to be done, by the loads that the vehicle names; a mass of 0 is one not known."""
    loads = state.loads or ()
    known_kg = sum(one.mass_kg or 0 for one in loads)
    if bool(loads) == (carries_kg > 0) and known_kg in (0, carries_kg):
        return []
    return [DROP] * bool(loads) + [PICK] * (carries_kg > 0)


def _parameters(kind: str, name: str, mass_kg: int) -> tuple[ActionParameter, ...]:
    if kind == DROP:
        return ()
    return (ActionParameter("loadId", name), ActionParameter("weight", mass_kg))


def _knows_both(turn: Turn) -> bool:
    """Whether its factsheet lists both actions for nodes."""
    sheet = turn.memory.factsheet
    known = sheet.features.actions if sheet and sheet.features else ()
    at_nodes = [one.action_type for one in known if Scope.NODE in one.scopes]
    return PICK in at_nodes and DROP in at_nodes
