"""The geometric checker: at no time do two vehicles overlap, and nobody is beyond its base.

A vehicle is a capsule along the line it drives, its reference point in the middle. In front it is
longer by the length it needs to brake, which ends with its base: the body of a vehicle that stands
at the end of its base is the furthest that it may reach. Where the line turns back the body doesn't
fold; it goes straight on, as it does beyond the end of the base.

Time is cut where an acceleration or a base changes. Pieces of two vehicles whose boxes meet are
looked at by conservative advancement: a gap that closes at most at a known rate needs no look
before it can be closed. All lengths in mm and times in ms, as floats.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from math import hypot

import numpy as np

Point = tuple[float, float]

TOLERANCE_MM = 10.0
"""Capsules may touch, or share as much as rounding makes."""
SHORTEST_STEP_MS = 2.0
"""A look is never nearer to the last one than this, in which nobody drives 10 mm."""
MOST_FINDINGS = 20
"""A broken run is stopped being looked at after as many findings."""
REVERSAL_COSINE = -0.2
"""A turn sharper than about 100 degrees is driven backwards out of."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A time of constant acceleration within one base; lengths along the line, mm and ms."""

    begin_ms: float
    end_ms: float
    at_mm: float
    speed: float
    """mm/s at its beginning."""
    acceleration: float
    """mm/s2; negative is braking."""
    base_mm: float
    """Where the base ends, along the line."""
    braking: float
    """mm/s2 with which it would brake with the load it has."""

    def motion(self, time_ms: float) -> tuple[float, float]:
        """Length along the line and speed at a time."""
        spent = (time_ms - self.begin_ms) / 1_000
        speed = self.speed + self.acceleration * spent
        return self.at_mm + (self.speed + speed) / 2 * spent, max(0.0, speed)


@dataclass(slots=True)
class Track:
    """What one vehicle did: the line that it drove, and when it was where on it."""

    vehicle: str
    length_mm: float
    width_mm: float
    heading: Point = (1.0, 0.0)
    """Unit vector along its body while it has not driven at all."""
    points: list[Point] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    reached: list[float] = field(default_factory=list)
    """Length along the line at each point."""
    turns: list[float] = field(default_factory=list)
    """Lengths at which it drives back the way it came."""

    def extend(self, point: Point) -> float:
        """Lengthen the line to a point and return the whole length."""
        if not self.points:
            self.points.append(point)
            self.reached.append(0.0)
            return 0.0
        last = self.points[-1]
        length = hypot(point[0] - last[0], point[1] - last[1])
        if len(self.points) > 1 and self._turns_back(point, length):
            self.turns.append(self.reached[-1])
        self.points.append(point)
        self.reached.append(self.reached[-1] + length)
        return self.reached[-1]

    def _turns_back(self, point: Point, length: float) -> bool:
        (x0, y0), (x1, y1) = self.points[-2:]
        along = (x1 - x0) * (point[0] - x1) + (y1 - y0) * (point[1] - y1)
        return along < REVERSAL_COSINE * length * hypot(x1 - x0, y1 - y0)

    def body(self, at_mm: float, ahead_mm: float, base_mm: float) -> list[Point]:
        """Centre line of the capsule with its middle at a length, and as much more ahead."""
        half = max(0.0, (self.length_mm - self.width_mm) / 2)
        turn = bisect_right(self.turns, at_mm)
        low = self.turns[turn - 1] if turn else 0.0
        high = min(self.turns[turn] if turn < len(self.turns) else base_mm, base_mm)
        back, front = at_mm - half, min(at_mm + ahead_mm, max(high, at_mm)) + half
        first, last = (
            bisect_right(self.reached, max(low, back)),
            bisect_left(self.reached, min(high, front)),
        )
        line = [self._point(back, low, high), *self.points[first:last]]
        line.append(self._point(front, low, high))
        return line

    def _point(self, at_mm: float, low: float, high: float) -> Point:
        """Return the point at a length of the line, which goes on straight beyond both bounds."""
        if len(self.points) == 1:
            (x, y), (across, along) = self.points[0], self.heading
            return x + across * at_mm, y + along * at_mm
        if at_mm > low:
            leg = bisect_left(self.reached, min(at_mm, high))
        else:
            leg = bisect_right(self.reached, low)
        leg = min(max(leg, 1), len(self.points) - 1)
        (x0, y0), (x1, y1) = self.points[leg - 1], self.points[leg]
        share = (at_mm - self.reached[leg - 1]) / (self.reached[leg] - self.reached[leg - 1])
        return x0 + (x1 - x0) * share, y0 + (y1 - y0) * share


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that was broken, when and by whom."""

    time_ms: int
    vehicles: tuple[str, ...]
    text: str

    def __str__(self) -> str:
        return f"at {self.time_ms} ms {' and '.join(self.vehicles)}: {self.text}"


def _capsule(track: Track, piece: Piece, time_ms: float) -> list[Point]:
    at, speed = piece.motion(time_ms)
    return track.body(at, speed * speed / (2 * piece.braking), piece.base_mm)


def _to_segment(point: Point, start: Point, end: Point) -> float:
    x, y = end[0] - start[0], end[1] - start[1]
    square = x * x + y * y
    share = ((point[0] - start[0]) * x + (point[1] - start[1]) * y) / square if square else 0.0
    share = min(1.0, max(0.0, share))
    return hypot(point[0] - start[0] - share * x, point[1] - start[1] - share * y)


def _side(start: Point, end: Point, point: Point) -> float:
    return (end[0] - start[0]) * (point[1] - start[1]) - (end[1] - start[1]) * (point[0] - start[0])


def _segments_apart(a: Point, b: Point, c: Point, d: Point) -> float:
    """Distance of two straight pieces; 0 where they cross."""
    if _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0:
        return 0.0
    return min(
        _to_segment(a, c, d), _to_segment(b, c, d), _to_segment(c, a, b), _to_segment(d, a, b)
    )


def apart(one: list[Point], other: list[Point]) -> float:
    """Distance of two lines of straight pieces."""
    return min(
        _segments_apart(one[i], one[i + 1], other[j], other[j + 1])
        for i in range(len(one) - 1)
        for j in range(len(other) - 1)
    )


def _rate(piece: Piece) -> float:
    """Most mm a ms that any end of a capsule moves in the piece."""
    end = piece.speed + piece.acceleration * (piece.end_ms - piece.begin_ms) / 1_000
    return max(piece.speed, end) * (1 + abs(piece.acceleration) / piece.braking) / 1_000


def _meet(one: tuple[Track, Piece], other: tuple[Track, Piece]) -> tuple[float, float] | None:
    """First time within both pieces at which the capsules overlap, and how far; None if never."""
    time = max(one[1].begin_ms, other[1].begin_ms)
    end = min(one[1].end_ms, other[1].end_ms)
    rate = _rate(one[1]) + _rate(other[1])
    needed = (one[0].width_mm + other[0].width_mm) / 2 - TOLERANCE_MM
    while time <= end:
        gap = apart(_capsule(*one, time), _capsule(*other, time)) - needed
        if gap < 0:
            return time, TOLERANCE_MM - gap
        if rate <= 0 or time == end:
            return None
        time = min(end, time + max(SHORTEST_STEP_MS, gap / rate))
    return None


def _box(track: Track, piece: Piece) -> tuple[float, float, float, float]:
    """Box that holds the capsule at all times of the piece."""
    begin, end = piece.at_mm, piece.motion(piece.end_ms)[0]
    fastest = max(piece.speed, piece.motion(piece.end_ms)[1])
    line = track.body(begin, 0, piece.base_mm)
    line += track.body(end, fastest * fastest / (2 * piece.braking), piece.base_mm)
    first, last = bisect_left(track.reached, begin), bisect_right(track.reached, end)
    line += track.points[first:last]
    half = track.width_mm / 2
    across, along = [x for x, _ in line], [y for _, y in line]
    return min(across) - half, min(along) - half, max(across) + half, max(along) + half


def _beyond(track: Track) -> list[Finding]:
    """Return the first time at which it is beyond its base, if any."""
    for piece in track.pieces:
        over = piece.motion(piece.end_ms)[0] - piece.base_mm
        if over > 1.0:
            text = f"{over:.0f} mm beyond its base"
            return [Finding(round(piece.end_ms), (track.vehicle,), text)]
    return []


def check(tracks: list[Track]) -> list[Finding]:
    """Return what was broken, earliest first; at most ``MOST_FINDINGS`` overlaps are looked for."""
    found = [finding for track in tracks for finding in _beyond(track)]
    events = sorted(
        (piece.begin_ms, row, number)
        for row, track in enumerate(tracks)
        for number, piece in enumerate(track.pieces)
    )
    boxes = np.full((len(tracks), 4), np.inf)
    until = np.full(len(tracks), -np.inf)
    current: dict[int, Piece] = {}
    for begin, row, number in events:
        track, piece = tracks[row], tracks[row].pieces[number]
        box = _box(track, piece)
        near = (
            (boxes[:, 0] <= box[2])
            & (boxes[:, 1] <= box[3])
            & (boxes[:, 2] >= box[0])
            & (boxes[:, 3] >= box[1])
            & (until >= begin)
        )
        near[row] = False
        for other in np.flatnonzero(near).tolist():
            met = _meet((track, piece), (tracks[other], current[other]))
            if met is not None:
                names = tuple(sorted((track.vehicle, tracks[other].vehicle)))
                found.append(Finding(round(met[0]), names, f"overlap by {met[1]:.0f} mm"))
        boxes[row], until[row], current[row] = box, piece.end_ms, piece
        if len(found) >= MOST_FINDINGS:
            break
    return sorted(found, key=lambda finding: (finding.time_ms, finding.vehicles))
