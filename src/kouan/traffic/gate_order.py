"""Who goes next at a gate: the order of one side's queue, and when the direction turns.

A *unit* is a vehicle, or a batch whose vehicles have all come. A unit's claim is 2 once it is due
by its wait, 1 once it is due by its deadline, else 0. Each side is looked at some time ahead: the
waiting side by the time that one more vehicle would keep the section, the side whose turn it is by
the time after which it could have its next turn. So what is due in a turn is known as it begins,
and however late both sides are, turns don't become short.
"""

from typing import NamedTuple

from kouan.traffic.gate_model import GateRules, GateState, Waiting

DUE_BY_WAIT = 2
DUE_BY_DEADLINE = 1
NO_DEADLINE = 1 << 60


class Unit(NamedTuple):
    """What enters as a whole; tuples compare in the order of their side's queue."""

    behind: int
    """DUE_BY_WAIT less the claim."""
    late_since_ms: int
    """Since when it waits, if it is due by that; else 0."""
    less_urgent: int
    """The priority, negative."""
    deadline_ms: int
    since_ms: int
    number: int
    members: tuple[str, ...]

    @property
    def claim(self) -> int:
        """2 when due by its wait, 1 by its deadline, else 0."""
        return DUE_BY_WAIT - self.behind


class View(NamedTuple):
    """How a side is looked at: until when one is due, and the last request that may have claims
    by its deadline.
    """

    until_ms: int
    last_number: int


def queue(state: GateState, rules: GateRules, direction: str, view: View) -> list[Unit]:
    """The units of a side, in the order in which they would enter."""
    units = []
    batches: dict[str, list[Waiting]] = {}
    for one in state.waiting.values():
        if one.direction != direction:
            continue
        if one.batch:
            batches.setdefault(one.batch, []).append(one)
        else:
            units.append(_unit(rules, direction, view, [one]))
    for name, members in batches.items():
        if len(members) == len(state.batches[name].vehicles):
            units.append(_unit(rules, direction, view, members))
    units.sort()
    return units


def _unit(rules: GateRules, direction: str, view: View, members: list[Waiting]) -> Unit:
    since_ms = max(one.since_ms for one in members)
    number = max(one.number for one in members)
    deadline_ms = min(one.deadline_ms or NO_DEADLINE for one in members)
    claim = 0
    if since_ms + rules.longest_wait_ms <= view.until_ms:
        claim = DUE_BY_WAIT
    elif number <= view.last_number:
        start_ms = deadline_ms - rules.passages[direction].transit_ms
        claim = DUE_BY_DEADLINE if start_ms <= view.until_ms else 0
    return Unit(
        DUE_BY_WAIT - claim,
        since_ms if claim == DUE_BY_WAIT else 0,
        -max(one.priority for one in members),
        deadline_ms,
        since_ms,
        number,
        tuple(one.vehicle for one in members),
    )


def first(state: GateState, rules: GateRules, direction: str, view: View) -> Unit | None:
    """The first unit with room behind the section; none overtakes a unit due by its wait."""
    room = rules.passages[direction].exit_room
    free = None if room is None else room - len(state.exits.get(direction, ()))
    for unit in queue(state, rules, direction, view):
        if free is None or len(unit.members) <= free:
            return unit
        if unit.claim == DUE_BY_WAIT:
            return None
    return None


class Choice(NamedTuple):
    """The direction and unit to enter next, and whether the other side has one that could."""

    direction: str
    unit: Unit
    contested: bool


def choose(state: GateState, rules: GateRules, now_ms: int) -> Choice | None:
    """Decide who enters next, once the section is free for that direction; None when nobody can.

    Sets ``turn_to`` when the direction is to turn: from then on the section empties.
    """
    if not state.direction:
        return _choose_idle(state, rules, now_ms)
    own, other = state.direction, rules.opposite(state.direction)
    theirs = first(state, rules, other, _waiting_view(state, rules, own, now_ms))
    if theirs is None:
        # Nobody is kept waiting, so the turn might as well begin now.
        state.turn_to = ""
        mine = first(state, rules, own, _start_view(state, rules, now_ms))
        return None if mine is None else Choice(own, mine, False)
    mine = first(state, rules, own, _turn_view(state, rules))
    if state.turn_to != other and mine is not None and _keeps(state, rules, mine, theirs):
        return Choice(own, mine, True)
    state.turn_to = other
    start = first(state, rules, other, _start_view(state, rules, now_ms))
    return None if start is None else Choice(other, start, mine is not None)


def _choose_idle(state: GateState, rules: GateRules, now_ms: int) -> Choice | None:
    """Nobody has had a turn yet: the stronger claim, then who waits longer, then as declared."""
    view = _start_view(state, rules, now_ms)
    found = [
        (unit.behind, unit.since_ms, place, direction, unit)
        for place, direction in enumerate(rules.passages)
        if (unit := first(state, rules, direction, view)) is not None
    ]
    if not found:
        return None
    _, _, _, direction, unit = min(found)
    return Choice(direction, unit, len(found) > 1)


def _turn_view(state: GateState, rules: GateRules) -> View:
    return View(state.turn_ms + _both_ms(rules), state.turn_number)


def _start_view(state: GateState, rules: GateRules, now_ms: int) -> View:
    return View(now_ms + _both_ms(rules), state.requests)


def _waiting_view(state: GateState, rules: GateRules, own: str, now_ms: int) -> View:
    return View(now_ms + rules.passages[own].transit_ms, state.requests)


def _both_ms(rules: GateRules) -> int:
    return sum(passage.transit_ms for passage in rules.passages.values())


def _keeps(state: GateState, rules: GateRules, mine: Unit, theirs: Unit) -> bool:
    """Whether the direction stays: no stronger claim waits, and the convoy may grow."""
    if mine.claim < theirs.claim:
        return False
    return not state.convoy or state.convoy + len(mine.members) <= convoy_cap(state, rules)


def convoy_cap(state: GateState, rules: GateRules) -> int:
    """Vehicles that may follow one another now: more where this side's queue is the longer one."""
    own = sum(one.direction == state.direction for one in state.waiting.values())
    other = len(state.waiting) - own
    return rules.convoy_most * max(1, own // max(1, other))
