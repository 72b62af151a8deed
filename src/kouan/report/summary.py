"""The summary of a run: every figure of the report as one plain dict with a fixed order.

Simulated outcomes are labelled predicted; figures of the port file keep the basis that the file
gives them. Times are in minutes, masses in tonnes, energies in kWh, shares in percent.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from kouan.dispatch.commands import Command
from kouan.dispatch.events import Event
from kouan.port.flow import stations_of
from kouan.port.model import BasisKind, Port
from kouan.port.quantity import HOUR_MS, MINUTE_MS
from kouan.report.figures import minutes, ratio, rounded, spread_min
from kouan.report.fleets import FleetFold, FleetTotals
from kouan.report.fold import Folds
from kouan.report.opening import LocalTime, OpenHours
from kouan.report.release import GROUPS, ReleaseFold
from kouan.report.stages import QueueFold, StageFold, calendar_key
from kouan.report.stays import Count, StayFold

BORDER = "side:border"
Json = dict[str, Any]


OUTCOMES = (
    *("visits", "crossings", "profile", "queues", "release"),
    *("stages", "stations", "places", "days"),
)
"""Sections of which every figure is the run's outcome."""


class Summary:
    """Folds a run into its summary; an observer of the loop.

    The caller may set ``days`` (days simulated; otherwise the local days on which a visit began; 0
    for a run shorter than a day, whose figures a day are None),
    ``until_ms`` (end of the run; otherwise the last entry's time),
    ``journal_sha256``, ``violations`` (tuples with named fields), ``seed`` and ``label`` (what the
    outcomes are: predicted for a simulation).
    """

    def __init__(self, port: Port, label: str = BasisKind.PREDICTED) -> None:
        self.port = port
        self.label = label
        self.days: int | None = None
        self.until_ms: int | None = None
        self.seed: int | None = None
        self.journal_sha256 = ""
        self.violations: Sequence[Any] = ()
        local = LocalTime(port)
        self.opening = OpenHours()
        self.stays = StayFold(port, local)
        self.stages = StageFold(port, self.opening)
        self.queues = QueueFold(port, self.opening, local)
        self.release = ReleaseFold(port)
        self.fleets = FleetFold(port)
        self._folds = Folds(
            [self.opening, self.stays, self.stages, self.queues, self.release, self.fleets]
        )

    def __call__(self, number: int, event: Event, commands: Sequence[Command]) -> None:
        """Observe one entry."""
        self._folds.observe(number, event, commands)

    def observe(self, number: int, event: Event, commands: Sequence[Command]) -> None:
        """Observe one entry; the same as calling it."""
        self._folds.observe(number, event, commands)

    def as_json(self) -> Json:
        """The summary as plain data; floats have three decimals at most."""
        self.queues.close(self._end_ms())
        result: Json = {"run": self._run(), "visits": self._visits()}
        if self.stages.by_hand:
            result["manual"] = self._manual()
        result |= {
            "release": self._release(),
            "stages": self._stages(),
            "places": self._places(),
            "stations": self._stations(),
            "queues": self._queues(),
            "profile": self._profile(),
            "days": self._days(),
            "violations": self._violations_total(),
            "violations_found": [self._violation(found) for found in self.violations],
            "journal_sha256": self.journal_sha256,
            "basis": self._basis(),
            "sources": {name: asdict(source) for name, source in self.port.sources.items()},
            "labels": dict.fromkeys(OUTCOMES, str(self.label)),
        }
        for name, totals in self.fleets.totals.items():
            # A fleet's figures stand under its own name, unless that is one of the above.
            figures = self._fleet(totals) | self._fleet_labels(name, totals)
            result[name if name not in result else f"fleet_{name}"] = figures
        return result

    def _end_ms(self) -> int:
        """End of the time that figures are over: that of the run, or the last entry's."""
        return max(self._folds.last_ms, self.until_ms or 0)

    def lasted_ms(self) -> int:
        """How long the run lasted."""
        return self._end_ms() - self._folds.first_ms

    def day_count(self) -> int:
        """Days that an average day is over; at least 1."""
        began = sum(1 for day in self.stays.days.values() if day.visits.started)
        return max(1, self.days if self.days is not None else began)

    def _a_day(self, value: int, divisor: int = 1) -> float | None:
        """A figure a day, or None where the run is shorter than a day and so has none."""
        return None if self.days == 0 else ratio(value, divisor * self.day_count())

    def _run(self) -> Json:
        return {
            "port": self.port.name,
            "port_zh": self.port.name_zh,
            "fleets": list(self.port.fleets),
            "time_zone": self.port.sides.home.time_zone,
            "label": str(self.label),
            "seed": self.seed,
            "from_ms": self._folds.first_ms,
            "to_ms": self._end_ms(),
            "days": 0 if self.days == 0 else self.day_count(),
            "hours": ratio(self.lasted_ms(), HOUR_MS),
        }

    def _violations_total(self) -> int:
        """All that were found; a list that keeps only the first ones knows how many there were."""
        return int(getattr(self.violations, "total", len(self.violations)))

    @staticmethod
    def _violation(found: Any) -> Json:
        return found._asdict() if hasattr(found, "_asdict") else {"text": str(found)}

    def _visits(self) -> Json:
        stays = self.stays
        return {
            "label": str(self.label),
            "announced": stays.announced,
            **_count(stays.total),
            "in_port": stays.in_port(),
            "started_per_day": self._a_day(stays.total.started),
            "finished_per_day": self._a_day(stays.total.finished),
            "tonnes_per_day": self._a_day(stays.total.mass_kg, 1_000),
            "by_state": dict(sorted(stays.states.items())),
            "by_class": {name: _count(count) for name, count in sorted(stays.classes.items())},
            "one_way_crossings": {way.value: n for way, n in stays.crossings.items()},
            "two_way_crossings": sum(stays.crossings.values()),
            "carec_tfi1_h_mean": self._crossing_h(),
            "stay_min": {name: spread_min(times) for name, times in sorted(stays.stay_ms.items())},
        }

    def _crossing_h(self) -> float:
        """Mean hours from arrival to leaving, waiting included, of carriers that people drive.

        This is CAREC's indicator TFI1 as far as one side of one border point shows it.
        """
        own = [fleet.procedure for fleet in self.port.fleets.values()]
        times = [times for name, times in self.stays.stay_ms.items() if name not in own]
        lasted_ms = sum(each.total for each in times)
        return ratio(lasted_ms, HOUR_MS * sum(each.count for each in times))

    def _fleet_labels(self, name: str, totals: FleetTotals) -> Json:
        """What the fleet's figures are where they are not simply the run's outcome.

        Where every order was carried, trips and tonnes are what the declared demand asked for.
        """
        count = self.port.basis.get(f"fleets.{name}.count")
        fitted = any(
            published.calibrates and published.figure == f"{name}.cycle_min_mean"
            for published in self.port.published.values()
        )
        return {
            "vehicles_label": (count.kind if count else BasisKind.ASSUMPTION).value,
            "cycle_label": BasisKind.CALIBRATED.value if fitted else str(self.label),
            "trips_label": self._demand_label(name, totals) or str(self.label),
        }

    def _demand_label(self, fleet: str, totals: FleetTotals) -> str:
        """What the demand of a fleet rests on if it was carried in full; "" if it was not."""
        streams = [name for name, one in self.port.demand.items() if one.fleet == fleet]
        if self.label != BasisKind.PREDICTED or totals.trips < totals.orders or len(streams) != 1:
            return ""
        basis = self.port.basis.get(f"demand.{streams[0]}.per_day")
        return basis.kind.value if basis else ""

    def _fleet(self, totals: FleetTotals) -> Json:
        trips = totals.trips
        span_ms = self.opening.open_ms(BORDER, self._folds.first_ms, self._end_ms())
        return {
            "label": str(self.label),
            "vehicles": totals.vehicles,
            "orders": totals.orders,
            "turned_back": totals.turned_back,
            "round_trips": trips,
            "round_trips_per_day": self._a_day(trips),
            "loaded_one_way_crossings": totals.loaded_crossings,
            "loaded_one_way_crossings_per_day": self._a_day(totals.loaded_crossings),
            "tonnes": ratio(totals.mass_kg, 1_000),
            "tonnes_per_day": self._a_day(totals.mass_kg, 1_000),
            "tonnes_per_trip": ratio(totals.mass_kg, 1_000 * trips),
            "cycle_min_mean": minutes(totals.cycle_ms.mean()),
            "cycle_min": spread_min(totals.cycle_ms),
            "cycle_split_min": {
                part: ratio(part_ms, MINUTE_MS * trips) for part, part_ms in totals.parts_ms.items()
            },
            "energy_kwh": ratio(totals.used_wh, 1_000),
            "kwh_per_tonne": ratio(totals.used_wh, totals.mass_kg),
            "trips_per_vehicle_and_day": self._a_day(trips, totals.vehicles),
            "vehicle_use_percent": ratio(100 * totals.trip_ms, totals.vehicles * span_ms),
        }

    def _release(self) -> Json:
        result: Json = {}
        groups = self.release.groups
        for procedure, group in sorted(groups, key=lambda key: (key[0], GROUPS.index(key[1]))):
            intervals = groups[procedure, group]
            result.setdefault(procedure, {})[group] = {
                "n": intervals.visits,
                **{f"{name}_min": spread_min(t) for name, t in intervals.times_ms.items()},
            }
        return result

    def _stages(self) -> Json:
        result: Json = {}
        for name, procedure in self.port.procedures.items():
            for stage in procedure.stages:
                times = self.stages.stages.get((name, stage.id))
                if times is not None:
                    result.setdefault(name, {})[stage.id] = {
                        "count": times.service_ms.count,
                        "wait_min": spread_min(times.wait_ms),
                        "service_min": spread_min(times.service_ms),
                    }
        return result

    def _manual(self) -> Json:
        """Stages that were ended by paper slips, which are in no figure of services."""
        by_hand = self.stages.by_hand
        result: Json = {"slips": sum(times.count for times in by_hand.values()), "stages": {}}
        for (procedure, stage), times in by_hand.items():
            figures = {"slips": times.count, "entered_after_min": spread_min(times)}
            result["stages"].setdefault(procedure, {})[stage] = figures
        return result

    def _stations(self) -> Json:
        """Busy share of each station that served, over the open hours of the run."""
        result: Json = {}
        for place in self.port.places:
            for station in stations_of(self.port, place):
                if station in self.stages.busy_ms:
                    result[station] = _use(*self._use((station,)))
        return result

    def _places(self) -> Json:
        """The same for all stations of a place together, idle ones included."""
        by_place = {place: stations_of(self.port, place) for place in self.port.places}
        return {
            place: {"stations": len(stations), **_use(*self._use(stations))}
            for place, stations in by_place.items()
            if any(station in self.stages.busy_ms for station in stations)
        }

    def _use(self, stations: Sequence[str]) -> tuple[int, int, int]:
        """Services, busy and open milliseconds of stations together."""
        services = sum(self.stages.served_by.get(station, 0) for station in stations)
        busy_ms = sum(self.stages.busy_ms.get(station, 0) for station in stations)
        open_ms = sum(
            self.opening.open_ms(
                calendar_key(self.port, station), self._folds.first_ms, self._end_ms()
            )
            for station in stations
        )
        return services, busy_ms, open_ms

    def _queues(self) -> Json:
        return {
            place: {
                "mean": rounded(lengths.mean()),
                "p50": lengths.percentile(50),
                "p95": lengths.percentile(95),
                "max": lengths.greatest,
            }
            for place, lengths in sorted(self.queues.histograms.items())
        }

    def _profile(self) -> Json:
        """An average day by local hour: visits begun, and visits standing in queues."""
        days = self.day_count()
        return {
            "visits_begun": [ratio(count, days) for count in self.stays.starts_by_hour],
            "queue": [
                ratio(lasted_ms, HOUR_MS * days) for lasted_ms in self.queues.visit_ms_by_hour
            ],
        }

    def _days(self) -> list[Json]:
        result = []
        for day, counts in self.stays.days.items():
            row: Json = {"day": day, **_count(counts.visits)}
            for fleet, (trips, mass_kg) in counts.orders.items():
                row[fleet] = {"round_trips": trips, "tonnes": ratio(mass_kg, 1_000)}
            result.append(row)
        return result

    def _basis(self) -> list[Json]:
        """The port file's own figures with what they rest on."""
        return [
            {"figure": path, **{key: str(value) for key, value in asdict(basis).items()}}
            for path, basis in self.port.basis.items()
        ]


def _use(services: int, busy_ms: int, open_ms: int) -> Json:
    return {
        "services": services,
        "busy_h": ratio(busy_ms, HOUR_MS),
        "open_h": ratio(open_ms, HOUR_MS),
        "use_percent": ratio(100 * busy_ms, open_ms),
    }


def _count(count: Count) -> Json:
    return {
        "started": count.started,
        "finished": count.finished,
        "turned_back": count.turned_back,
        "tonnes": ratio(count.mass_kg, 1_000),
    }
