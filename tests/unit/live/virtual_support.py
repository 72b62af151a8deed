"""Orders for virtual vehicles, and time that passes for them."""

from collections.abc import Mapping, Sequence

from kouan.live.vda5050.messages import Blocking
from kouan.live.virtual.memory import ActionRecord, EdgeAhead, NodeAhead, OrderReceived
from kouan.live.virtual.spec import VehicleSpec
from kouan.live.virtual.vehicle import Vehicle

SPEC = VehicleSpec("V1", node="n0")


def action(action_id: str, kind: str = "pick", **rest: object) -> ActionRecord:
    """An action of an order."""
    blocking = Blocking(str(rest.pop("blocking", "HARD")))
    return ActionRecord(action_id, kind, blocking, {key: str(one) for key, one in rest.items()})


def way(
    count: int,
    released: int,
    *,
    order_id: str = "o1",
    update_id: int = 0,
    first: int = 0,
    length_mm: int = 10_000,
    actions: Mapping[int, Sequence[ActionRecord]] | None = None,
) -> OrderReceived:
    """Nodes n``first`` to n``count``, 10 m apart to the east, of which ``released`` are base."""
    given = actions or {}
    nodes = [
        NodeAhead(
            f"n{number}",
            2 * number,
            number <= released,
            x_mm=number * length_mm,
            map_id="local",
            actions=list(given.get(2 * number, ())),
        )
        for number in range(first, count + 1)
    ]
    edges = [
        EdgeAhead(
            f"e{number}",
            2 * number + 1,
            number < released,
            f"n{number}",
            f"n{number + 1}",
            actions=list(given.get(2 * number + 1, ())),
        )
        for number in range(first, count)
    ]
    return OrderReceived(order_id, update_id, nodes, edges)


def give(vehicle: Vehicle, order: OrderReceived, now_ms: int = 0) -> None:
    """Hand an order over; equal ones have equal digests."""
    vehicle.receive_order(order, repr(order), now_ms)


def instant(vehicle: Vehicle, kind: str, now_ms: int, **parameters: object) -> ActionRecord:
    """Hand an instant action over; return what is remembered of it."""
    texts = {key: str(one) for key, one in parameters.items()}
    taken = ActionRecord(f"{kind}-{now_ms}", kind, parameters=texts, instant=True)
    vehicle.receive_instant(taken, now_ms)
    return taken


def run_out(vehicle: Vehicle) -> int:
    """Let everything happen that happens by itself; return when the last of it did."""
    last_ms = 0
    while (at_ms := vehicle.next_at_ms()) is not None:
        assert at_ms < 100_000_000
        last_ms = at_ms
        vehicle.advance(at_ms)
    return last_ms


def kinds(vehicle: Vehicle) -> list[str]:
    """The kinds of error that it reports."""
    return [one.kind for one in vehicle.memory.errors]


def statuses(vehicle: Vehicle) -> dict[str, str]:
    """How it stands with each action."""
    return {key: str(one.status) for key, one in vehicle.memory.actions.items()}
