"""What goes wrong: messages, vehicles, stations, readings, authorities, hours; by rate or script.

A rate is the share (parts per million) of the occasions at which a fault may happen. Every fault
ends by itself; none begins after ``until_ms``. Only messages that answer a request, and commands
that expect an answer, are ever lost: whoever sends the others repeats them until they are heard.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from kouan.dispatch.commands import Command
from kouan.dispatch.events import EVENTS, Evidence
from kouan.port.calendar import start_of_day_ms
from kouan.port.flow import station_places
from kouan.port.model import ModeName, Port
from kouan.port.procedures import CheckKind
from kouan.port.quantity import MINUTE_MS
from kouan.sim.draws import between, draw, happens, key_of
from kouan.sim.errors import FaultScriptError
from kouan.sim.memory import Memory

ANSWERS = (
    "Arrived",
    "ServiceEnded",
    "ChannelAssigned",
    "Released",
    "LeftPort",
    "VehicleMoved",
    "ChargingEnded",
)
FROM_AUTHORITY = ("ChannelAssigned", "Released")
ASKING = (
    "SendTo",
    "StartService",
    "ResumeService",
    "SubmitDeclaration",
    "ReportArrival",
    "AskCorrection",
    "LeaveBy",
    "TurnBack",
    "DriveTo",
    "StartCharging",
)
SCRIPTED = (
    "VehicleStopped",
    "VehicleRecovered",
    "StationFailed",
    "StationRepaired",
    "ModeSwitched",
    "WeatherMeasured",
)
"""Events that a script may bring."""
WEATHER_BOUNDS = {
    "wind_mm_s": (0, 150_000),
    "visibility_mm": (0, 100_000_000),
    "snow_mm": (0, 20_000),
    "temperature_mc": (-90_000, 70_000),
}
"""Least and most of what a script may have measured."""
MOST_SCRIPTED = 10_000
MOST_ROLE_LETTERS = 100
PPM_A_PERCENT = 10_000
LARGEST_SCRIPT_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class FaultRates:
    """How often each kind of fault happens, in parts per million of its occasions."""

    message_lost: int = 0
    message_late: int = 0
    message_doubled: int = 0
    message_out_of_order: int = 0
    command_lost: int = 0
    vehicle_stops: int = 0
    plate_misread: int = 0
    station_fails: int = 0
    authority_silent: int = 0
    authority_answers_twice: int = 0
    border_closes_early: int = 0


ORDINARY = FaultRates(
    message_lost=5_000,
    message_late=20_000,
    message_doubled=10_000,
    message_out_of_order=20_000,
    command_lost=5_000,
    vehicle_stops=2_000,
    plate_misread=20_000,
    station_fails=2_000,
    authority_silent=20_000,
    authority_answers_twice=20_000,
    border_closes_early=200,
)
"""Rates of a bad day, used by the scenarios of ``make sim`` (assumption)."""


class Faults:
    """Disturbs one site until ``until_ms``.

    ``happened`` counts faults by kind, for people who want to know how bad the day was; nothing is
    decided by it.
    """

    def __init__(
        self,
        port: Port,
        seed: int,
        rates: FaultRates,
        until_ms: int,
        script: tuple[tuple[int, str, list[Any]], ...] = (),
    ) -> None:
        self.port = port
        self.seed = seed
        self.rates = rates
        self.until_ms = until_ms
        self.script = script
        self.happened: dict[str, int] = {}
        self._keys = {field.name: key_of(f"fault {field.name}") for field in fields(FaultRates)}

    def start(self, memory: Memory) -> None:
        """Put the script on the heap."""
        for at_ms, kind, values in self.script:
            memory.heap.push(at_ms, kind, values)

    def _happens(self, memory: Memory, kind: str) -> bool:
        """Whether a fault of a kind happens at this occasion."""
        memory.occasions += 1
        number = draw(self.seed, self._keys[kind], memory.occasions)
        if not happens(number, getattr(self.rates, kind)):
            return False
        self.happened[kind] = self.happened.get(kind, 0) + 1
        return True

    def _delay_ms(self, memory: Memory, least: int, most: int) -> int:
        return between(draw(self.seed, 0xDE1A, memory.occasions), least, most)

    def loses(self, memory: Memory, command: Command, at_ms: int) -> bool:
        """Whether a command never reaches whom it is for."""
        if at_ms >= self.until_ms or type(command).__name__ not in ASKING:
            return False
        return self._happens(memory, "command_lost")

    def misread(
        self, memory: Memory, evidence: tuple[Evidence, ...], at_ms: int
    ) -> tuple[Evidence, ...]:
        """What devices hand in for what they saw: a plate may be past reading."""
        plates = any(item.check == CheckKind.PLATE and item.found for item in evidence)
        if not plates or at_ms >= self.until_ms or not self._happens(memory, "plate_misread"):
            return evidence
        return tuple(
            item._replace(found="") if item.check == CheckKind.PLATE else item for item in evidence
        )

    def disturbs(self, memory: Memory, kind: str, values: Sequence[Any], at_ms: int) -> bool:
        """Whether an event does not happen now: it is lost or comes later. May add other faults."""
        if at_ms >= self.until_ms or kind not in ANSWERS:
            return False
        if kind == "Arrived" and not _is_inside(memory, values[0]):
            return False
        if kind == "VehicleMoved" and self._happens(memory, "vehicle_stops"):
            self._stop_vehicle(memory, values[0], at_ms)
        if kind == "ServiceEnded":
            self._disturb_station(memory, values, at_ms)
        if self._happens(memory, "border_closes_early"):
            self._close_border(memory, at_ms)
        silent = kind in FROM_AUTHORITY and self._happens(memory, "authority_silent")
        if silent or self._happens(memory, "message_lost"):
            return True
        twice = kind in FROM_AUTHORITY and self._happens(memory, "authority_answers_twice")
        if twice or self._happens(memory, "message_doubled"):
            memory.heap.push(at_ms + self._delay_ms(memory, 0, 5_000), "@again", [kind, values])
        if self._happens(memory, "message_late"):
            later_ms = at_ms + self._delay_ms(memory, 10_000, 600_000)
            memory.heap.push(later_ms, "@again", [kind, values])
            return True
        if self._happens(memory, "message_out_of_order"):
            later_ms = at_ms + self._delay_ms(memory, 1, 2_000)
            memory.heap.push(later_ms, "@again", [kind, values])
            return True
        return False

    def _stop_vehicle(self, memory: Memory, vehicle: str, at_ms: int) -> None:
        if not memory.cars[vehicle].stopped:
            reasons = ("fault", "lost its position", "battery empty")
            reason = reasons[memory.occasions % len(reasons)]
            back_ms = at_ms + self._delay_ms(memory, 60_000, 900_000)
            memory.heap.push(at_ms, "VehicleStopped", [vehicle, reason])
            memory.heap.push(back_ms, "VehicleRecovered", [vehicle])

    def _disturb_station(self, memory: Memory, values: Sequence[Any], at_ms: int) -> None:
        station = values[2]
        if memory.broken.get(station, 0) < at_ms and self._happens(memory, "station_fails"):
            back_ms = at_ms + self._delay_ms(memory, 120_000, 1_800_000)
            memory.broken[station] = back_ms
            memory.heap.push(at_ms, "StationFailed", [station])
            memory.heap.push(back_ms, "StationRepaired", [station])

    def _close_border(self, memory: Memory, at_ms: int) -> None:
        if memory.broken.get("border", 0) < at_ms:
            back_ms = at_ms + self._delay_ms(memory, 300_000, 3_600_000)
            memory.broken["border"] = back_ms
            memory.heap.push(at_ms, "ModeSwitched", ["closed", "port_operator"])
            memory.heap.push(back_ms, "ModeSwitched", ["normal", "port_operator"])


def _is_inside(memory: Memory, visit: str) -> bool:
    """Whether a visit has come: its first arrival answers nobody, so it is never lost."""
    guest = memory.guests.get(visit)
    return guest is not None and guest.inside


def read_script(path: Path) -> str:
    """The text of a script of faults; raises FaultScriptError when it can't be read as such."""
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST_SCRIPT_BYTES + 1)
        if len(content) > LARGEST_SCRIPT_BYTES:
            raise FaultScriptError(f"{path}: expected at most {LARGEST_SCRIPT_BYTES:,} bytes")
        return content.decode("utf-8")
    except OSError as error:
        raise FaultScriptError(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise FaultScriptError(f"{path}: expected UTF-8 text") from error


def parse_script(
    name: str, text: str, port: Port, date: str
) -> tuple[tuple[int, str, list[Any]], ...]:
    """Read a script: ``[[fault]]`` tables with ``at`` ("09:30" local time) and an event's fields.

    Raises FaultScriptError naming the script, each wrong table and what was expected.
    """
    tables = _document(name, text).get("fault", [])
    if not isinstance(tables, list) or len(tables) > MOST_SCRIPTED:
        raise FaultScriptError(f"{name}: expected at most {MOST_SCRIPTED:,} [[fault]] tables")
    midnight_ms = start_of_day_ms(port, date)
    problems: list[str] = []
    scripted = []
    for number, table in enumerate(tables, start=1):
        try:
            scripted.append(_scripted(f"{name}: fault {number}", table, port, midnight_ms))
        except FaultScriptError as error:
            problems.append(str(error))
    if problems:
        raise FaultScriptError("\n".join(problems))
    return tuple(scripted)


def parse_rates(name: str, text: str, otherwise: FaultRates) -> FaultRates:
    """Read a script's ``[rates]``, in percent; kinds that it does not have keep their rate.

    Raises FaultScriptError naming the script, each wrong kind or share and what was expected.
    """
    table = _document(name, text).get("rates", {})
    if not isinstance(table, dict):
        raise FaultScriptError(
            f"{name}: rates: expected a [rates] table of shares by kind of fault"
        )
    kinds = [field.name for field in fields(FaultRates)]
    problems, rates = [], {}
    for kind, percent in table.items():
        if kind not in kinds:
            problems.append(f"{name}: rates.{kind}: expected one of {', '.join(kinds)}")
        elif type(percent) not in (int, float) or not 0 <= percent <= 100:
            problems.append(f"{name}: rates.{kind}: {percent!r}: expected 0 to 100 (percent)")
        else:
            rates[kind] = round(percent * PPM_A_PERCENT)
    if problems:
        raise FaultScriptError("\n".join(problems))
    return replace(otherwise, **rates)


def _document(name: str, text: str) -> dict[str, Any]:
    """A script as TOML has it: ``fault`` and ``rates``, and nothing else."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FaultScriptError(f"{name}: {error}") from error
    except RecursionError as error:
        raise FaultScriptError(f"{name}: expected less deeply nested tables") from error
    others = sorted(set(document) - {"fault", "rates"})
    if others:
        raise FaultScriptError(f"{name}: {others[0]}: expected [rates] and [[fault]] tables")
    return document


def _scripted(where: str, table: Any, port: Port, midnight_ms: int) -> tuple[int, str, list[Any]]:
    if not isinstance(table, dict) or table.get("event") not in SCRIPTED:
        raise FaultScriptError(f"{where}: event: expected one of {', '.join(SCRIPTED)}")
    hour, _, minute = str(table.get("at", "")).partition(":")
    if not (_is_number(hour, 240) and _is_number(minute, 60)):
        raise FaultScriptError(f'{where}: at: expected a time after the start such as "09:30"')
    kind = table["event"]
    names = EVENTS[kind]._fields[1:]
    given = {name: value for name, value in table.items() if name not in ("event", "at")}
    if sorted(given) != sorted(names):
        raise FaultScriptError(f"{where}: {kind}: expected the fields {', '.join(names)}")
    types = EVENTS[kind].__annotations__
    for name in names:
        if type(given[name]) is not types[name]:
            expected = types[name].__name__
            raise FaultScriptError(f"{where}: {name}: {given[name]!r}: expected {expected}")
    _check_subject(where, given, port)
    _check_bounds(where, given)
    at_ms = midnight_ms + (int(hour) * 60 + int(minute)) * MINUTE_MS
    return at_ms, kind, [given[name] for name in names]


def _is_number(text: str, below: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 3 and int(text) < below


def _check_subject(where: str, given: dict[str, Any], port: Port) -> None:
    """Raise FaultScriptError when a script is about something that the port does not have."""
    vehicle, station = given.get("vehicle"), given.get("station")
    if vehicle is not None and vehicle not in vehicle_names(port):
        example = next(iter(vehicle_names(port)), "and there is none")
        expected = f"expected a vehicle of the port such as {example}"
        raise FaultScriptError(f"{where}: vehicle: {vehicle!r}: {expected}")
    if station is not None and station not in station_places(port):
        raise FaultScriptError(
            f"{where}: station: {station!r}: expected a lane, or a place and the number of its "
            "station such as scale.1"
        )


def _check_bounds(where: str, given: dict[str, Any]) -> None:
    """Raise FaultScriptError for a mode or role that can't be, or weather that never was."""
    modes = [mode.value for mode in ModeName]
    if "mode" in given and given["mode"] not in modes:
        expected = f"expected one of {', '.join(modes)}"
        raise FaultScriptError(f"{where}: mode: {given['mode']!r}: {expected}")
    if "role" in given and not 0 < len(given["role"].strip()) <= MOST_ROLE_LETTERS:
        raise FaultScriptError(f"{where}: role: expected 1 to {MOST_ROLE_LETTERS} letters")
    for name, (least, most) in WEATHER_BOUNDS.items():
        if name in given and not least <= given[name] <= most:
            expected = f"expected {least:,} to {most:,}"
            raise FaultScriptError(f"{where}: {name}: {given[name]}: {expected}")


def vehicle_names(port: Port) -> list[str]:
    """Vehicles of all fleets, as they report for work."""
    return [
        f"{name}-{index + 1}" for name, fleet in port.fleets.items() for index in range(fleet.count)
    ]
