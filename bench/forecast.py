"""When a waiting truck is called: the state run ahead, against seven minutes a truck and the rate.

The record day of Ganqimaodu is simulated under ten seeds: as declared, with all trucks that come
in arriving in the morning, and with two scales out of order and room for ten trucks before the
others; in these two a queue builds up. Every half hour each way of forecasting says of every
truck that waits when it is called; the run itself tells later when it was. Futures have other
seeds than the run, and know the port file and the dispatcher's state only. The rate is that of the
last half hour; before anybody was called it is taken as seven minutes a truck.
"""

from statistics import mean
from time import process_time

from bench.product import PORTS
from bench.results import Json, Results, table
from kouan.dispatch.dispatcher import Dispatcher
from kouan.dispatch.events import Arrived
from kouan.port.calendar import start_of_day_ms
from kouan.port.model import Port
from kouan.port.quantity import HOUR_MS, MINUTE_MS
from kouan.port.read import read_port
from kouan.runtime.codec import encode_state
from kouan.sim.forecast import called, predict, waiting
from kouan.sim.run import Scenario, days_of
from kouan.sim.study import interval
from kouan.sim.world import SimulatedWorld

AIM = "less mean absolute error than seven minutes a truck, and than the rate of half an hour"
DAYS: dict[str, tuple[str, ...]] = {
    "as declared": (),
    "all in by noon": ("demand.coal_truck.hours=08:00-12:00",),
    "two scales of four": ("places.scale.stations=2", "places.scale.room=10"),
}
WAYS = ("forecast", "7 min a truck", "rate of 30 min")
SEEDS = 10
FUTURES = 10
EVERY_MS = 30 * MINUTE_MS
RULE_MS = 7 * MINUTE_MS
FIRST_DAY = "2026-10-12"


def run(results: Results, small: bool) -> None:
    """Run every day under every seed that is not kept yet."""
    for name, settings in DAYS.items():
        port = read_port(PORTS / "ganqimaodu.toml", settings)
        for seed in range(1, 2 if small else SEEDS + 1):
            key = f"{name}, seed {seed}"
            if key not in results.runs:
                results.add(key, {"day": name, **_day(port, seed)})
    results.figures = _figures(results)
    results.keep()


class Watch:
    """One simulated day, what was said in it, and when trucks were called in the end."""

    def __init__(self, port: Port, scenario: Scenario) -> None:
        self.port = port
        self.dispatcher = Dispatcher(port)
        self.world = SimulatedWorld(scenario.site(), scenario.until_ms)
        self.said: list[tuple[int, str, tuple[int, int, int], int, int]] = []
        """When and of whom; the forecast's quantiles, then what the two other ways say."""
        self.arrived: dict[str, int] = {}
        self.calls: dict[str, int] = {}
        self.took_s: list[float] = []

    def play(self, next_ms: int) -> None:
        """Run the day to its end, asking every half hour from a time on."""
        while events := self.world.wait():
            for event in events:
                while event.at_ms >= next_ms:
                    self.ask(next_ms)
                    next_ms += EVERY_MS
                if isinstance(event, Arrived):
                    self.arrived.setdefault(event.visit, event.at_ms)
                for command in self.dispatcher.handle(event):
                    if visit := called(command):
                        self.calls.setdefault(visit, event.at_ms)
                    self.world.carry_out(command)

    def ask(self, now_ms: int) -> None:
        """Ask every way of forecasting about everybody who waits."""
        state = self.dispatcher.state
        names = waiting(self.port, state)
        if not names:
            return
        began = process_time()
        found = {one.visit: one[1:] for one in predict(self.port, encode_state(state), FUTURES)}
        self.took_s.append(process_time() - began)
        lines: dict[str, list[str]] = {}
        for name in sorted(names, key=lambda name: self.arrived[name]):
            lines.setdefault(state.visits[name].procedure, []).append(name)
        for procedure, line in lines.items():
            per_truck_ms = self._per_truck_ms(procedure, now_ms)
            for position, name in enumerate(line, 1):
                rule_ms, rate_ms = now_ms + position * RULE_MS, now_ms + position * per_truck_ms
                self.said.append((now_ms, name, found[name], rule_ms, rate_ms))

    def _per_truck_ms(self, procedure: str, now_ms: int) -> int:
        """Time between two calls in the last half hour; a stream's name begins its visits'."""
        calls = [
            name
            for name, at_ms in self.calls.items()
            if at_ms > now_ms - EVERY_MS and name.startswith(procedure)
        ]
        return EVERY_MS // len(calls) if calls else RULE_MS


def _day(port: Port, seed: int) -> Json:
    start_ms = start_of_day_ms(port, FIRST_DAY)
    watch = Watch(port, days_of(port, seed, start_ms, 1))
    watch.play(start_ms + 8 * HOUR_MS)
    known = [one for one in watch.said if one[1] in watch.calls and one[2][1]]
    waits = [watch.calls[name] - now_ms for now_ms, name, *_ in known]
    errors: dict[str, list[int]] = {way: [] for way in WAYS}
    inside = 0
    for _, name, (low, middle, high), rule_ms, rate_ms in known:
        truth = watch.calls[name]
        inside += low <= truth <= (high or truth)
        for way, said_ms in zip(WAYS, (middle, rule_ms, rate_ms), strict=True):
            errors[way].append(said_ms - truth)
    return {
        "asked": len(watch.said),
        "judged": len(known),
        "wait_min": _minutes(mean(waits)),
        "inside_percent": round(100 * inside / len(known), 1),
        "seconds": round(mean(watch.took_s), 2),
        "most_seconds": round(max(watch.took_s), 2),
        "ways": {way: _errors(found) for way, found in errors.items()},
    }


def _errors(found: list[int]) -> Json:
    sizes = sorted(abs(one) for one in found)
    return {
        "mae_min": _minutes(mean(sizes)),
        "p90_min": _minutes(sizes[max(0, -(-len(sizes) * 9 // 10) - 1)]),
        "bias_min": _minutes(mean(found)),
    }


def _minutes(ms: float) -> float:
    return round(ms / MINUTE_MS, 2)


def _figures(results: Results) -> Json:
    """Means over the seeds, with the 95 % interval of each."""
    figures: Json = {}
    for day in DAYS:
        runs = [one for one in results.runs.values() if one["day"] == day]
        if not runs:
            continue
        figures[day] = {
            "seeds": len(runs),
            "asked": sum(one["asked"] for one in runs),
            "judged": sum(one["judged"] for one in runs),
            **{
                name: round(mean(one[name] for one in runs), 2)
                for name in ("wait_min", "inside_percent", "seconds")
            },
            "most_seconds": max(one["most_seconds"] for one in runs),
            "ways": {
                way: {
                    figure: [round(value, 2) for value in _interval(runs, way, figure)]
                    for figure in ("mae_min", "p90_min", "bias_min")
                }
                for way in WAYS
            },
        }
    return figures


def _interval(runs: list[Json], way: str, figure: str) -> tuple[float, float, float]:
    found = interval([one["ways"][way][figure] for one in runs])
    return found.mean, found.low, found.high


def show(results: Results) -> str:
    """The figures as text."""
    rows = [
        [
            f"{day}: {way}",
            *(
                f"{found[0]:.2f} ({found[1]:.2f} to {found[2]:.2f})"
                for found in one["ways"][way].values()
            ),
        ]
        for day, one in results.figures.items()
        for way in WAYS
    ]
    more = [
        f"{day}: {one['judged']} of {one['asked']} answers judged, mean wait {one['wait_min']} "
        f"min, {one['inside_percent']} % between P10 and P90, {one['seconds']} s a forecast "
        f"(most {one['most_seconds']} s)"
        for day, one in results.figures.items()
    ]
    return "\n".join([table(("min", "mae", "p90", "bias"), rows), *more])
