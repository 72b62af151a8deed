"""Plans for many vehicles on one map: the facade over reservations, paths and the graph.

One vehicle plans at a time against what all others have reserved, and every plan ends in a stop
that is its own for ever, so on a well-formed map a plan always exists once others have arrived.
What was released is never taken back: new plans begin where the released part ends.
"""

from dataclasses import dataclass, field
from itertools import pairwise

from kouan.traffic import dependency
from kouan.traffic.network import Network
from kouan.traffic.paths import Label, Ways, search
from kouan.traffic.reservations import (
    FAR_MS,
    FOREVER,
    Course,
    ReservationError,
    TrafficState,
    Use,
    insert,
)
from kouan.traffic.settle import doubt, settle

LOOK_AHEAD = 4
"""Steps released ahead of the last one driven."""


class TrafficError(ValueError):
    """A wish that makes no sense: an unknown vehicle or stop, a stop that is taken."""


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step as planned: number, node names, forecast times, and whether it may be driven."""

    step: int
    start: str
    end: str
    start_ms: int
    arrive_ms: int
    released: bool


@dataclass(slots=True)
class Planner:
    """Plans on one network. It keeps nothing but what follows from the network.

    Every function changes ``state`` in place, takes the time as an argument and gives the same
    answer for the same state.
    """

    network: Network
    look_ahead: int = LOOK_AHEAD
    _ways: Ways = field(init=False)

    def __post_init__(self) -> None:
        self._ways = Ways.of(self.network)

    def add(self, state: TrafficState, vehicle: str, stop: str, now_ms: int, step: int = 0) -> None:
        """Put a vehicle in a stop, with the number of its step there.

        TrafficError when it is known already or the stop is taken.
        """
        self._prepare(state)
        if vehicle in state.courses:
            raise TrafficError(f"vehicle {vehicle!r} is on the map already")
        node = self._stop(stop)
        for cell in self.network.own_cells[node]:
            if state.cells[cell]:
                raise TrafficError(f"stop {stop!r} is taken by {state.cells[cell][0].vehicle!r}")
        steps = (step, step + 1, step + 1)
        course = Course(stop, [self.network.entries[stop]], [now_ms - 1], [now_ms], *steps)
        state.courses[vehicle] = course
        self._reserve(state, vehicle)

    def remove(self, state: TrafficState, vehicle: str, now_ms: int) -> list[str]:
        """Take a vehicle off the map; return the vehicles whose base grew."""
        course = self._course(state, vehicle)
        touched = self._touched(course)
        for cell in touched:
            state.cells[cell] = [use for use in state.cells[cell] if use.vehicle != vehicle]
        del state.courses[vehicle]
        state.late = True
        return self._grow_heads(state, touched, now_ms)

    def go(self, state: TrafficState, vehicle: str, target: str, now_ms: int) -> bool:
        """Plan a way to a stop from the end of what is released; False when there is none now.

        A plan that was not driven to its end is replaced; when none is found, it stays. Others may
        have waited for what was replaced: ``grow_all`` then names them. A vehicle that ``stopped``
        gets no plan.
        """
        course = self._course(state, vehicle)
        node = self._stop(target)
        if course.stopped:
            return False
        self.refresh(state, now_ms)
        if self.network.ends[course.arcs[course.base - course.offset - 1]] == node:
            way: list[Label] | None = []
        else:
            way = self.find(state, vehicle, node, now_ms)
        if way is None or not self.commit(state, vehicle, target, way):
            return False
        self._grow(state, vehicle, now_ms)
        return True

    def base(self, state: TrafficState, vehicle: str) -> int:
        """Number of steps released in the vehicle's whole life: those before it may be driven."""
        return self._course(state, vehicle).base

    def plan(self, state: TrafficState, vehicle: str) -> list[PlannedStep]:
        """Return the steps that still hold something or are to come, in order."""
        course, names = self._course(state, vehicle), self.network.names
        return [
            PlannedStep(
                course.offset + place,
                names[self.network.starts[arc]],
                names[self.network.ends[arc]],
                course.start_ms[place],
                course.arrive_ms[place],
                course.offset + place < course.base,
            )
            for place, arc in enumerate(course.arcs)
        ]

    def passed(self, state: TrafficState, vehicle: str, step: int, now_ms: int) -> list[str]:
        """Record that the end of a step was reached; return the vehicles whose base grew.

        Steps not released, or driven before, change nothing.
        """
        course = self._course(state, vehicle)
        if not course.done <= step < course.base:
            return []
        for number in range(course.done, step + 1):
            place = number - course.offset
            if now_ms != course.arrive_ms[place]:
                doubt(state, vehicle, number + 1)
            course.arrive_ms[place] = now_ms
        course.done = step + 1
        if course.done < course.base:
            self._keep_headway(state, course.arc(course.done), now_ms)
        free = self._give_back(state, vehicle)
        grown = [vehicle] if self._grow(state, vehicle, now_ms) else []
        return grown + [name for name in self._grow_heads(state, free, now_ms) if name != vehicle]

    def retime(self, state: TrafficState, now_ms: int) -> None:
        """Forecast all times anew; the order stays. CycleError if the order were a ring."""
        dependency.retime(self.network, state, now_ms)

    def refresh(self, state: TrafficState, now_ms: int) -> None:
        """Forecast anew the times that no longer hold."""
        if state.late:
            self.retime(state, now_ms)
        else:
            settle(self.network, state, now_ms)

    def grow_all(self, state: TrafficState, now_ms: int) -> list[str]:
        """Release what can be released, of all vehicles; return those whose base grew."""
        return [vehicle for vehicle in state.courses if self._grow(state, vehicle, now_ms)]

    def _prepare(self, state: TrafficState) -> None:
        while len(state.cells) < self.network.cell_count:
            state.cells.append([])

    def _course(self, state: TrafficState, vehicle: str) -> Course:
        try:
            return state.courses[vehicle]
        except KeyError:
            raise TrafficError(f"no vehicle {vehicle!r} on the map") from None

    def _stop(self, stop: str) -> int:
        try:
            return self.network.stops[stop]
        except KeyError:
            raise TrafficError(f"no stop {stop!r} on the map") from None

    def _touched(self, course: Course) -> list[int]:
        return list(dict.fromkeys(cell for arc in course.arcs for cell in self.network.cells[arc]))

    def _held(self, state: TrafficState, vehicle: str, now_ms: int) -> list[Label]:
        """Labels of the released steps, each limited by whoever's turn is next in its cells."""
        course = state.courses[vehicle]
        held: list[Label] = []
        for number in range(course.offset, course.base):
            place = number - course.offset
            arc = course.arcs[place]
            limit = FOREVER
            for cell in self.network.cells[arc]:
                uses = state.cells[cell]
                own = dependency.own_place(uses, vehicle, number)
                others = (use.start_ms for use in uses[own + 1 :] if use.vehicle != vehicle)
                limit = min(limit, next(others, FOREVER))
            held.append(Label(arc, course.start_ms[place], course.arrive_ms[place], limit, -1))
        held[-1] = held[-1]._replace(arrive=max(held[-1].arrive, now_ms))
        return held

    def find(self, state: TrafficState, vehicle: str, node: int, now_ms: int) -> list[Label] | None:
        """Search a way to a node from the end of what is released; nothing is changed."""
        for cell in self.network.own_cells[node]:
            last = state.cells[cell][-1] if state.cells[cell] else None
            if last is not None and last.vehicle != vehicle and last.end_ms == FOREVER:
                return None
        held = self._held(state, vehicle, now_ms)
        way = search(self._ways, state, vehicle, held, node)
        if way is not None and way[-1].arrive >= now_ms + FAR_MS // 2:
            return None
        return way

    def commit(self, state: TrafficState, vehicle: str, target: str, way: list[Label]) -> bool:
        """Replace what is not released by the way found; False, nothing changed, if it can't be."""
        before = state.courses[vehicle]
        kept = before.base - before.offset
        course = Course(
            target,
            before.arcs[:kept] + [label.arc for label in way],
            before.start_ms[:kept] + [label.depart for label in way],
            before.arrive_ms[:kept] + [label.arrive for label in way],
            before.offset,
            before.done,
            before.base,
            before.stopped,
        )
        touched = dict.fromkeys(self._touched(before) + self._touched(course))
        saved = {cell: list(state.cells[cell]) for cell in touched}
        for cell, uses in saved.items():
            for use, after in pairwise(uses):
                if use.vehicle == vehicle:
                    doubt(state, after.vehicle, after.first)
            state.cells[cell] = [use for use in uses if use.vehicle != vehicle]
        state.courses[vehicle] = course
        try:
            self._reserve(state, vehicle)
        except ReservationError:
            state.courses[vehicle] = before
            for cell, uses in saved.items():
                state.cells[cell] = uses
            return False
        return True

    def _reserve(self, state: TrafficState, vehicle: str) -> None:
        """Enter the uses of a whole course; steps that follow without leaving a cell are one."""
        course = state.courses[vehicle]
        left = dependency.leaving(self.network, course)
        steps: dict[int, list[list[int]]] = {}
        for number, arc in enumerate(course.arcs):
            for cell in self.network.cells[arc]:
                runs = steps.setdefault(cell, [])
                if runs and not 0 <= left[runs[-1][1]] < number + course.offset:
                    runs[-1][1] = number
                else:
                    runs.append([number, number])
        for cell, runs in steps.items():
            for first, last in runs:
                start_ms, later = course.start_ms[first], left[last]
                end_ms = FOREVER if later < 0 else course.arrive_ms[later - course.offset]
                use = Use(start_ms, end_ms, vehicle, course.offset + first, course.offset + last)
                insert(state.cells[cell], use)

    def _give_back(self, state: TrafficState, vehicle: str) -> list[int]:
        """Give back what the vehicle has fully left; return the cells."""
        course = state.courses[vehicle]
        free: list[int] = []
        while course.offset < course.done:
            left = dependency.leaves_after(self.network, course, course.offset)
            if not 0 <= left < course.done:
                break
            for cell in self.network.cells[course.arcs[0]]:
                uses = state.cells[cell]
                place = dependency.own_place(uses, vehicle, course.offset)
                if uses[place].last == course.offset:
                    del uses[place]
                    free.append(cell)
                    if uses:
                        doubt(state, uses[0].vehicle, uses[0].first)
                else:
                    first = self._next_over(course, cell, course.offset + 1)
                    uses[place] = uses[place]._replace(first=first)
            if left == course.offset == course.end() - 1:
                course.arcs[0] = self.network.entries[course.target]
                break
            del course.arcs[0], course.start_ms[0], course.arrive_ms[0]
            course.offset += 1
        return free

    def _next_over(self, course: Course, cell: int, step: int) -> int:
        """The next step that takes a cell: a use may skip steps at a sharp bend."""
        while cell not in self.network.cells[course.arc(step)]:
            step += 1
        return step

    def _grow(self, state: TrafficState, vehicle: str, now_ms: int) -> bool:
        """Release steps as far as their predecessors are done; whether there were any."""
        course = state.courses[vehicle]
        before = course.base
        while course.base < min(course.end(), course.done + self.look_ahead):
            if not self._may_release(state, vehicle, course.base, now_ms):
                break
            place = course.base - course.offset
            if now_ms < course.start_ms[place]:
                course.start_ms[place] = now_ms
                doubt(state, vehicle, course.base)
                for cell in self.network.cells[course.arcs[place]]:
                    use = state.cells[cell][0]
                    state.cells[cell][0] = use._replace(start_ms=min(use.start_ms, now_ms))
            self._keep_headway(state, course.arcs[place], now_ms)
            course.base += 1
        return course.base > before

    def _may_release(self, state: TrafficState, vehicle: str, step: int, now_ms: int) -> bool:
        course = state.courses[vehicle]
        if course.stopped or self.free_ms(state, course.arc(step)) > now_ms:
            return False
        return dependency.releasable(self.network, state, vehicle, step)

    def _keep_headway(self, state: TrafficState, arc: int, now_ms: int) -> None:
        """Note that a road is entered, or may be from now on."""
        if self.network.headways_ms[arc]:
            state.entered_ms[self.network.road_arcs[arc]] = now_ms

    def free_ms(self, state: TrafficState, arc: int) -> int:
        """From when an arc may be released after the vehicle before, for its headway."""
        road = self.network.road_arcs[arc]
        before_ms = state.entered_ms.get(road)
        return 0 if before_ms is None else before_ms + self.network.headways_ms[road]

    def headway_over_ms(self, state: TrafficState, now_ms: int) -> int:
        """When to call ``grow_all`` for whoever only a headway keeps waiting; 0 for nobody."""
        over: list[int] = []
        for road in state.entered_ms:
            free_ms = self.free_ms(state, road)
            if free_ms > now_ms and self._is_awaited(state, road):
                over.append(free_ms)
        return min(over, default=0)

    def _is_awaited(self, state: TrafficState, road: int) -> bool:
        """Whether somebody whose turn it is would be released over a road next."""
        for cell in self.network.cells[road]:
            for use in state.cells[cell][:1]:
                course = state.courses[use.vehicle]
                if (
                    course.base < course.end()
                    and use.first <= course.base <= use.last
                    and (self.network.road_arcs[course.arc(course.base)] == road)
                ):
                    return True
        return False

    def _grow_heads(self, state: TrafficState, cells: list[int], now_ms: int) -> list[str]:
        """Let those whose turn it now is in the given cells go on; return whose base grew."""
        waiting = dict.fromkeys(state.cells[cell][0].vehicle for cell in cells if state.cells[cell])
        return [vehicle for vehicle in waiting if self._grow(state, vehicle, now_ms)]
