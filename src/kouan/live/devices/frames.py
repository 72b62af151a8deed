"""Frames of a scale: lines of ASCII in a stream that may begin anywhere and hold anything.

Whatever is no frame is counted by its kind and passed over up to the end of its line.
"""

import re
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

LONGEST_LINE = 128
"""Bytes of a line; the rest of a longer one is passed over."""
HEAVIEST_KG = 1_000_000
DEFAULT_FRAME = (
    r"(?P<status>ST|US|OL),(?P<mode>GS|NT),(?P<mass>[+-] *[0-9]{1,8}(?:\.[0-9]{1,3})?|[^,]{0,12}?)"
    r" *(?P<unit>kg|t|g)? *"
)
"""Status (stable, unstable, overload), mode (gross, net), mass and unit: "ST,GS,+ 045670kg"."""
UNITS = {"kg": Decimal(1), "t": Decimal(1_000), "g": Decimal("0.001")}
NET = ("NT", "N")
UNSTABLE = ("US", "U", "D")
OVERLOAD = ("OL", "O")


class Frame(NamedTuple):
    """One reading of a scale."""

    mass_kg: int
    stable: bool = True
    overload: bool = False
    net: bool = False


class FrameReader:
    """Takes bytes as they come and gives frames; ``faults`` are what else was found."""

    def __init__(self, pattern: str = "") -> None:
        """Read frames of a form; "" is the common one."""
        self._pattern = re.compile(pattern or DEFAULT_FRAME)
        self._line = bytearray()
        self._skipping = False

    def reset(self) -> None:
        """A new connection begins anywhere within a frame."""
        self._line.clear()
        self._skipping = False

    def feed(self, data: bytes) -> tuple[list[Frame], list[str]]:
        """Take bytes; return the frames completed by them, and the kinds of what was no frame."""
        frames: list[Frame] = []
        faults: list[str] = []
        *ended, rest = data.split(b"\n")
        for part in ended:
            self._add(part, faults)
            if not self._skipping:
                self._take(bytes(self._line), frames, faults)
            self.reset()
        self._add(rest, faults)
        return frames, faults

    def _add(self, part: bytes, faults: list[str]) -> None:
        """Keep a part of a line, as long as the line may be."""
        if self._skipping:
            return
        self._line += part[: LONGEST_LINE + 1]
        if len(self._line) > LONGEST_LINE:
            faults.append("line_too_long")
            self._line.clear()
            self._skipping = True

    def _take(self, line: bytes, frames: list[Frame], faults: list[str]) -> None:
        line = line.strip(b"\r\x02\x03")
        if not line:
            return
        if not line.isascii():
            faults.append("not_ascii")
            return
        found = self._pattern.fullmatch(line.decode("ascii"))
        frame = None if found is None else read_frame(found.groupdict())
        if frame is None:
            faults.append("no_frame")
        else:
            frames.append(frame)


def read_frame(parts: dict[str, str | None]) -> Frame | None:
    """Return a reading from the named parts of a frame; None when its mass is none."""
    status, mode = parts.get("status") or "", parts.get("mode") or ""
    net = mode.upper() in NET
    if status.upper() in OVERLOAD:
        return Frame(0, stable=False, overload=True, net=net)
    unit = UNITS.get(parts.get("unit") or "kg")
    try:
        mass = Decimal((parts["mass"] or "").replace(" ", ""))
    except InvalidOperation:
        return None
    if unit is None or not mass.is_finite() or abs(mass * unit) > HEAVIEST_KG:
        return None
    return Frame(round(mass * unit), stable=status.upper() not in UNSTABLE, net=net)
