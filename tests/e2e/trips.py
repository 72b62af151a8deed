"""Ways to and fro on a lane, one vehicle on each: with updates, a gate, cancels, pauses, kills."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from kouan.live.vda5050 import intents as i
from kouan.live.vda5050.intents import Fact, Leg
from kouan.live.vda5050.messages import NodePosition
from tests.e2e.master_fleet import MasterFleet

PATIENCE_S = 100.0
LANE = (0, 4_000, 8_000, 12_000)
LAST = len(LANE) - 1
GATE = 1
"""Legs of a way before its gate."""
HOLD_S = 0.4


@dataclass(slots=True)
class Trip:
    """One vehicle's ways to and fro: what each is like, and what became of it."""

    fleet: MasterFleet
    name: str
    lane: int
    kinds: list[str]
    done: threading.Event
    at: int = 0
    """Place on the lane."""
    step: int = 0
    number: int = -1
    way: list[Leg] = field(default_factory=list)
    held: bool = False
    kill: Callable[[], None] | None = None
    """Kills the vehicle's process and starts it again where it was."""
    outcomes: dict[int, str] = field(default_factory=dict)
    """How the orders ended, by their number."""

    @property
    def kind(self) -> str:
        """What the way under way is like."""
        return self.kinds[self.number]

    def node(self, place: int) -> str:
        return f"n{self.lane}-{place}"

    def position(self, place: int) -> NodePosition:
        return NodePosition(LANE[place], 10_000 * self.lane, "local", 0)

    def begin(self) -> None:
        """Say where the vehicle stands, and set out."""
        self.fleet.want(self.name, i.Place(self.node(self.at), self.step, self.position(self.at)))
        self.set_out()

    def set_out(self) -> None:
        """The next way, to the farther end of the lane."""
        self.number += 1
        if self.number == len(self.kinds):
            self.done.set()
            return
        target, direction = (LAST, 1) if self.at <= LAST // 2 else (0, -1)
        places = range(self.at + direction, target + direction, direction)
        self.way = [
            Leg(
                self.node(place),
                self.step + number,
                4_000,
                2_000,
                self.position(place),
                last=place == target,
            )
            for number, place in enumerate(places, 1)
        ]
        self.held = self.kind == "gate"
        self.drive(GATE if self.held else 2)

    def drive(self, count: int) -> None:
        """Grant the way's next legs."""
        ahead = [leg for leg in self.way if leg.step > self.step]
        drive = i.Drive(f"{self.name}-{self.number}", tuple(ahead[:count]), tuple(ahead[count:]))
        self.fleet.want(self.name, drive)

    def take(self, fact: Fact) -> None:
        """Go on by what was found out."""
        match fact:
            case i.NodePassed():
                self._pass(fact)
            case i.OrderFinished():
                self._end("finished")
            case i.OrderCancelled() if self.kind == "cancel":
                self.fleet.later(0, self._after_cancel)
            case i.Paused():
                self.fleet.later(HOLD_S, lambda: self.fleet.want(self.name, i.Resume()))

    def _pass(self, fact: i.NodePassed) -> None:
        if fact.step <= self.step:
            return
        assert not self.held or fact.step <= self.way[0].step, "passed a gate that is closed"
        self.step, self.at = fact.step, int(fact.node.rpartition("-")[2])
        if self.held:
            self.fleet.later(HOLD_S, self._open)
        elif self.kind == "cancel" and fact.step == self.way[0].step:
            self.fleet.want(self.name, i.Cancel())
        else:
            if self.kind == "pause" and fact.step == self.way[0].step:
                self.fleet.want(self.name, i.Pause())
            if self.kind == "kill" and fact.step == self.way[0].step:
                assert self.kill is not None
                threading.Thread(target=self.kill).start()
            self.drive(2)

    def _open(self) -> None:
        self.held = False
        self.drive(2)

    def _after_cancel(self) -> None:
        """The vehicle stands somewhere on its lane, and goes on from there."""
        state = self.fleet.vehicles[self.name].master.memory.state
        assert state is not None
        self.at = int(state.last_node_id.rpartition("-")[2])
        self.step += 10
        self.fleet.want(self.name, i.Place(self.node(self.at), self.step, self.position(self.at)))
        self._end("cancelled")

    def _end(self, how: str) -> None:
        self.outcomes[self.number] = how
        self.fleet.later(0, self.set_out)


def standing(trip: Trip) -> str:
    position = trip.position(trip.at)
    return f"{position.x_mm / 1e3},{position.y_mm / 1e3},0,{trip.node(trip.at)}"


def told(fleet: MasterFleet, trip: Trip) -> str:
    """What is known of a vehicle that did not do as it should."""
    watched = fleet.vehicles[trip.name]
    lines = [f"{trip.name}: {trip.outcomes}", *map(str, watched.facts[-30:])]
    return "\n".join([*lines, str(watched.master.memory), *fleet.problems])
