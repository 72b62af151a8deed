"""Figures with a unit: written "6.19 km" in a port file, kept as a whole number of one base unit.

A field of the model names its quantity by annotation (``length_mm: Length``); the key in the file
is the field's name without the unit (``length``). Arithmetic is exact on integers, half up.
"""

from dataclasses import dataclass, field
from typing import Annotated

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000
"""A day of twenty-four hours; local days may be shorter or longer."""
WHOLE_PPM = 1_000_000
"""The whole of which a share is so many parts per million."""


@dataclass(frozen=True)
class Quantity:
    """One kind of figure: its base unit and the units a file may use, as (numerator, denominator).

    ``suffix`` is what a field name ends with; ``example`` is shown in errors and in the schema.
    """

    name: str
    suffix: str
    units: dict[str, tuple[int, int]] = field(hash=False)
    example: str
    signed: bool = False

    def parse(self, text: str) -> int:
        """Return the figure in the base unit; raise ValueError saying what was expected."""
        number, _, unit = text.strip().partition(" ")
        if not unit and number.endswith("%"):
            number, unit = number[:-1], "%"
        scale = self.units.get(unit.strip())
        digits = number.replace("_", "")
        whole, _, decimals = digits.lstrip("-").partition(".")
        if scale is None or not (whole + decimals).isascii() or not (whole + decimals).isdigit():
            raise ValueError(self.expected())
        negative = digits.startswith("-")
        if negative and not self.signed:
            raise ValueError(f"{self.expected()}, not negative")
        value = int(whole + decimals) * scale[0]
        divisor = scale[1] * int(10 ** len(decimals))
        rounded = (2 * value + divisor) // (2 * divisor)
        return -rounded if negative else rounded

    def expected(self) -> str:
        """Say what a value of this kind looks like, for errors and for the reference."""
        return f"{self.name} such as {self.example} (units: {', '.join(self.units)})"


LENGTH = Quantity(
    "a length",
    "_mm",
    {"mm": (1, 1), "cm": (10, 1), "m": (1_000, 1), "km": (1_000_000, 1)},
    '"6.19 km"',
)
POSITION = Quantity("a position", "_mm", LENGTH.units, '"-120 m"', signed=True)
DURATION = Quantity(
    "a duration",
    "_ms",
    {
        "ms": (1, 1),
        "s": (1_000, 1),
        "min": (MINUTE_MS, 1),
        "h": (HOUR_MS, 1),
        "d": (DAY_MS, 1),
    },
    '"50 min"',
)
SPEED = Quantity(
    "a speed",
    "_mm_s",
    {"mm/s": (1, 1), "m/s": (1_000, 1), "km/h": (2_500, 9)},
    '"25 km/h"',
)
ACCELERATION = Quantity(
    "an acceleration", "_mm_s2", {"mm/s2": (1, 1), "m/s2": (1_000, 1)}, '"0.5 m/s2"'
)
MASS = Quantity("a mass", "_kg", {"kg": (1, 1), "t": (1_000, 1)}, '"65 t"')
ENERGY = Quantity("an energy", "_wh", {"Wh": (1, 1), "kWh": (1_000, 1)}, '"350 kWh"')
CONSUMPTION = Quantity(
    "a consumption", "_wh_km", {"Wh/km": (1, 1), "kWh/km": (1_000, 1)}, '"1.8 kWh/km"'
)
POWER = Quantity("a power", "_w", {"W": (1, 1), "kW": (1_000, 1)}, '"120 kW"')
SHARE = Quantity("a share", "_ppm", {"%": (10_000, 1)}, '"5 %"')
TEMPERATURE = Quantity("a temperature", "_mc", {"C": (1_000, 1)}, '"-30 C"', signed=True)

Length = Annotated[int, LENGTH]
Position = Annotated[int, POSITION]
Duration = Annotated[int, DURATION]
Speed = Annotated[int, SPEED]
Acceleration = Annotated[int, ACCELERATION]
Mass = Annotated[int, MASS]
Energy = Annotated[int, ENERGY]
Consumption = Annotated[int, CONSUMPTION]
Power = Annotated[int, POWER]
Share = Annotated[int, SHARE]
"""Parts per million of a whole; "100 %" is 1,000,000."""
Temperature = Annotated[int, TEMPERATURE]


@dataclass(frozen=True)
class Range:
    """The whole numbers a field takes, both ends included; ``most`` None is unbounded.

    A number that only names something, such as a terminal, is no ``figure`` and needs no basis.
    """

    least: int
    most: int | None = None
    figure: bool = True


@dataclass(frozen=True)
class Pattern:
    """A text with a form of its own: ``form`` names it for the reader ("hours", "date", "id")."""

    form: str
    example: str


Count = Annotated[int, Range(0)]
PositiveCount = Annotated[int, Range(1)]
WireNumber = Annotated[int, Range(0, 65_535, figure=False)]
"""Number of a coil or input on a Modbus device, from 0."""
Hours = Annotated[str, Pattern("hours", '"08:00-20:00" or "mon-fri 08:00-12:00, 14:00-18:00"')]
"""Opening hours in local time of the side: see port/hours.py for the grammar; "24h" is always."""
Date = Annotated[str, Pattern("date", '"2026-10-01"')]
