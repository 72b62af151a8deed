"""Forecast of calls: a live port's state run ahead under many seeds, and what most futures say.

A call is the first command that sends a waiting visit on, or serves it where it waits.
"""

from collections.abc import Sequence

from kouan.dispatch.booking import waits
from kouan.dispatch.commands import Command, SendTo, StartService
from kouan.dispatch.dispatcher import Dispatcher
from kouan.dispatch.state import Phase, State, Visit
from kouan.port.model import Port
from kouan.port.quantity import HOUR_MS
from kouan.runtime.codec import state_decoder
from kouan.runtime.worlds import Prediction
from kouan.sim.fork import fork
from kouan.sim.world import SimulatedWorld

FUTURES = 20
HORIZON_MS = 24 * HOUR_MS
"""How far futures are run at most; a visit not called by then has no call in that future."""
MOST_EVENTS = 200_000
"""Events of one future; it ends there."""
SEED_BASE = 0x466F7265
"""Futures have seeds of their own, so that none is the seed of a simulated port."""
_decode = state_decoder(State)


def predict(
    port: Port, state: bytes, futures: int = FUTURES, horizon_ms: int = HORIZON_MS
) -> list[Prediction]:
    """Return when each visit that waits or has a slot is called, by the quantiles over futures.

    ``state`` is an encoded state of the dispatcher. A quantile is 0 where so many futures did not
    come to a call.
    """
    found: dict[str, list[int]] = {}
    for number in range(futures):
        one = _decode(state)
        names = waiting(port, one)
        calls = run_ahead(port, one, SEED_BASE + number, names, horizon_ms)
        for name in names:
            found.setdefault(name, []).append(calls.get(name, 0))
    return [Prediction(name, *_quantiles(times)) for name, times in found.items()]


def waiting(port: Port, state: State) -> list[str]:
    """The visits whose calls are forecast: those that wait for theirs, and those with a slot."""
    return [
        visit.visit
        for visit in state.visits.values()
        if not visit.vehicle and _awaits_call(port, visit, state.now_ms)
    ]


def _awaits_call(port: Port, visit: Visit, now_ms: int) -> bool:
    if visit.phase is Phase.ANNOUNCED:
        return visit.slot_to_ms > now_ms
    return waits(port, visit) or (visit.phase is Phase.MOVING and visit.stage < 0)


def run_ahead(
    port: Port, state: State, seed: int, names: Sequence[str], horizon_ms: int
) -> dict[str, int]:
    """Run one future until all of these visits are called; return when. ``state`` is used up."""
    until_ms = state.now_ms + horizon_ms
    site = fork(port, state, seed, until_ms)
    dispatcher, world = Dispatcher(port), SimulatedWorld(site, until_ms)
    dispatcher.state = state
    open_names = dict.fromkeys(names)
    calls: dict[str, int] = {}
    for _ in range(MOST_EVENTS):
        events = world.wait()
        if not (events and open_names):
            break
        for event in events:
            for command in dispatcher.handle(event):
                name = called(command)
                if name in open_names:
                    calls[name] = event.at_ms
                    del open_names[name]
                world.carry_out(command)
    return calls


def called(command: Command) -> str:
    """The visit that a command calls; "" when it calls nobody."""
    if isinstance(command, StartService) or (isinstance(command, SendTo) and command.origin):
        return command.visit
    return ""


def _quantiles(times: list[int]) -> tuple[int, int, int]:
    """P10, P50 and P90 by nearest rank; futures without a call are the latest."""
    called_ms = sorted(time for time in times if time)
    ranks = [max(0, -(-len(times) * share // 100) - 1) for share in (10, 50, 90)]
    low, middle, high = (called_ms[rank] if rank < len(called_ms) else 0 for rank in ranks)
    return low, middle, high
