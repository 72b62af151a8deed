"""Does a day's work fit into a day: hours that meet, and stations that suffice for the demand."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from kouan.port.flow import follows_match, index_of, lanes_at, stage_direction
from kouan.port.model import Demand, Port
from kouan.port.places import Direction, Lane
from kouan.port.problems import Finding, error, warning
from kouan.port.procedures import Procedure, Stage
from kouan.port.quantity import DAY_MS, MINUTE_MS, WHOLE_PPM

WEEK_MINUTES = 10_080
DAYS = 7
BUSY_PERCENT = 85
"""Above this share of the open time queues grow long."""
NEGLIGIBLE = 1e-6
ROUNDS = 4
"""Times the length of a procedure that a visit's way is followed."""

Opening = Mapping[str, int]
"""Open minutes of an ordinary week by calendar key; a key that is absent is always open."""


class Load(NamedTuple):
    """What a day brings to the stations of one place, for one direction where it has lanes."""

    busy_ms: float
    visits: float
    stages: tuple[str, ...]


def check_hours(port: Port, opening: Opening) -> Iterator[Finding]:
    """Find hours that never meet; every name that the port uses must exist."""
    for side in ("home", "neighbour"):
        if opening.get(f"side:{side}") == 0:
            yield error(f"sides.{side}.hours", "never open", "at least a minute a week")
            return
    if opening.get("side:border") == 0:
        expected = f'some time in common with the home side ("{port.sides.home.hours}" there)'
        yield error("sides.neighbour.hours", port.sides.neighbour.hours, expected)
        return
    for name, place in port.places.items():
        if opening.get(f"place:{name}") == 0:
            key = "hours" if place.hours else "crew"
            expected = f"hours that meet those of its side ({place.side}) and of its crew"
            yield error(f"places.{name}.{key}", place.hours or place.crew, expected)
    for name, lane in port.lanes.items():
        if opening.get(f"lane:{name}") == 0 and opening.get(f"place:{lane.at}") != 0:
            yield error(f"lanes.{name}.hours", lane.hours, f"hours that meet those of {lane.at}")


def check_capacity(port: Port, opening: Opening) -> Iterator[Finding]:
    """Warn where a day's demand keeps stations busy most of their time, worst first."""
    loads = day_loads(port)
    shares = {
        key: load.busy_ms / available
        for key, load in loads.items()
        if (available := _available_ms(port, opening, *key)) > 0
    }
    worst_first = sorted(shares, key=lambda key: -shares[key])
    for rank, (place, direction) in enumerate(worst_first):
        share = 100 * shares[place, direction]
        if share <= BUSY_PERCENT:
            break
        where = f" ({direction})" if direction else ""
        role = "the bottleneck, " if rank == 0 and share > 100 else ""
        found = f"{role}{share:.0f} % busy{where} with {', '.join(loads[place, direction].stages)}"
        expected = f"at most {BUSY_PERCENT} % of the open time: more stations, hours or less demand"
        yield warning(f"places.{place}", found, expected)
    yield from _quotas(port, loads)


def day_loads(port: Port) -> dict[tuple[str, str], Load]:
    """Return the work of a day by (place, direction); direction is "" where there are no lanes."""
    loads: dict[tuple[str, str], Load] = {}
    for demand in port.demand.values():
        name = port.fleets[demand.fleet].procedure if demand.fleet else demand.procedure
        procedure = port.procedures[name]
        visits = visits_a_day(demand)
        for stage, share in zip(procedure.stages, expected_visits(procedure, demand), strict=True):
            direction = stage_direction(port, name, stage) if lanes_at(port, stage.at) else ""
            known = loads.get((stage.at, direction), Load(0, 0, ()))
            label = f"{name}.{stage.id}"
            loads[stage.at, direction] = Load(
                known.busy_ms + visits * share * stage_mean_ms(stage),
                known.visits + visits * share,
                known.stages if label in known.stages else (*known.stages, label),
            )
    return loads


def visits_a_day(demand: Demand) -> float:
    """Return how many visits or orders a stream brings on an ordinary day."""
    if demand.interval is not None:
        return DAY_MS / max(1, demand.interval.mean_ms())
    return demand.per_day or 0


def stage_mean_ms(stage: Stage) -> int:
    """Return the mean service time: the stage's own or that of its longest check, side by side."""
    times = [stage.time, *(check.time for check in stage.checks)]
    return max((time.mean_ms() for time in times if time), default=0)


def expected_visits(procedure: Procedure, demand: Demand) -> tuple[float, ...]:
    """Return how often, on average, a visit of a stream comes to each stage."""
    expected = [0.0] * len(procedure.stages)
    for channel, share_ppm in demand.channels.items():
        for index, visits in enumerate(_by_channel(procedure, channel)):
            expected[index] += visits * share_ppm / WHOLE_PPM
    return tuple(expected)


def _by_channel(procedure: Procedure, channel: str) -> list[float]:
    visits = [0.0] * len(procedure.stages)
    coming = {_entered(procedure, 0, channel): 1.0}
    for _ in range(ROUNDS * len(procedure.stages)):
        following: dict[int | None, float] = {}
        for index, share in coming.items():
            if index is None or share < NEGLIGIBLE:
                continue
            visits[index] += share
            for target, part in _results(procedure, index):
                entered = _entered(procedure, target, channel)
                following[entered] = following.get(entered, 0) + share * part
        coming = following
    return visits


def _results(procedure: Procedure, index: int) -> Iterator[tuple[int | None, float]]:
    """Yield what may follow a stage, with how probable it is; retries are not limited here."""
    stage = procedure.stages[index]
    unread = min(1.0, sum(check.unread_ppm for check in stage.checks) / WHOLE_PPM)
    wrong = min(1.0 - unread, sum(check.wrong_ppm for check in stage.checks) / WHOLE_PPM)
    yield index_of(procedure, stage.on.get("unread", "")), unread
    yield index_of(procedure, stage.on.get("mismatch", "")), wrong
    yield follows_match(procedure, index), 1.0 - unread - wrong


def _entered(procedure: Procedure, index: int | None, channel: str) -> int | None:
    """Pass over the stages that a channel does not pass."""
    for _ in procedure.stages:
        if index is None:
            return None
        channels = procedure.stages[index].channels
        if not channels or channel in channels:
            return index
        index = follows_match(procedure, index)
    return None


def _available_ms(port: Port, opening: Opening, place: str, direction: str) -> float:
    """Return the station time of an ordinary day."""
    lanes = lanes_at(port, place)
    if not lanes:
        minutes = opening.get(f"place:{place}", WEEK_MINUTES) * port.places[place].stations
    else:
        minutes = sum(
            _lane_minutes(opening, name, lane, Direction(direction)) for name, lane in lanes.items()
        )
    return minutes * MINUTE_MS / DAYS


def _lane_minutes(opening: Opening, name: str, lane: Lane, direction: Direction) -> int:
    """Return a lane's minutes a week in a direction, its conversions counted where they belong."""
    whole = opening.get(f"lane:{name}", WEEK_MINUTES)
    converted = {
        number: min(whole, opening.get(f"conversion:{name}:{number}", WEEK_MINUTES))
        for number in range(len(lane.conversions))
    }
    minutes = max(0, whole - sum(converted.values())) if lane.direction is direction else 0
    return minutes + sum(
        converted[number]
        for number, conversion in enumerate(lane.conversions)
        if conversion.direction is direction
    )


def _quotas(port: Port, loads: Mapping[tuple[str, str], Load]) -> Iterator[Finding]:
    visits: dict[str, float] = {}
    for (place, _), load in loads.items():
        visits[place] = visits.get(place, 0) + load.visits
    for place, count in visits.items():
        quota = port.places[place].quota_per_day
        if quota is not None and count > quota:
            found = f"{quota} for {count:.0f} visits a day"
            yield warning(f"places.{place}.quota_per_day", found, "a quota that suffices")
