"""Distances between pieces of road, decided in whole millimetres.

All comparisons are between integers, never between roots, so every machine decides alike.
"""

from math import isqrt

Point = tuple[int, int]
Line = tuple[Point, Point]


def _cross(origin: Point, first: Point, second: Point) -> int:
    return (first[0] - origin[0]) * (second[1] - origin[1]) - (first[1] - origin[1]) * (
        second[0] - origin[0]
    )


def _square(first: Point, second: Point) -> int:
    return (first[0] - second[0]) ** 2 + (first[1] - second[1]) ** 2


def length_mm(line: Line) -> int:
    """Length of a line, rounded up, at least 1."""
    return isqrt(max(0, _square(*line) - 1)) + 1


def extended(line: Line, by_mm: int) -> Line:
    """The line made longer by at least ``by_mm`` at both ends; a point stays a point."""
    (x1, y1), (x2, y2) = line
    if line[0] == line[1]:
        return line
    long = isqrt(_square(*line))
    more_x, more_y = _out((x2 - x1) * by_mm, long), _out((y2 - y1) * by_mm, long)
    return (x1 - more_x, y1 - more_y), (x2 + more_x, y2 + more_y)


def _out(value: int, by: int) -> int:
    """Quotient rounded away from zero."""
    return -(-value // by) if value > 0 else value // by


def point_near(point: Point, line: Line, limit_mm: int) -> bool:
    """Whether a point is nearer than ``limit_mm`` to a line."""
    start, end = line
    long = _square(start, end)
    along = (point[0] - start[0]) * (end[0] - start[0]) + (point[1] - start[1]) * (
        end[1] - start[1]
    )
    if along <= 0 or long == 0:
        return _square(point, start) < limit_mm * limit_mm
    if along >= long:
        return _square(point, end) < limit_mm * limit_mm
    return _cross(start, end, point) ** 2 < limit_mm * limit_mm * long


def _crossing(first: Line, second: Line) -> bool:
    a, b = _cross(*first, second[0]), _cross(*first, second[1])
    c, d = _cross(*second, first[0]), _cross(*second, first[1])
    return ((a > 0) - (a < 0)) * ((b > 0) - (b < 0)) < 0 and ((c > 0) - (c < 0)) * (
        (d > 0) - (d < 0)
    ) < 0


def lines_near(first: Line, second: Line, limit_mm: int) -> bool:
    """Whether two lines cross or come nearer than ``limit_mm``."""
    for axis in (0, 1):
        if min(first[0][axis], first[1][axis]) - limit_mm > max(second[0][axis], second[1][axis]):
            return False
        if min(second[0][axis], second[1][axis]) - limit_mm > max(first[0][axis], first[1][axis]):
            return False
    return (
        _crossing(first, second)
        or any(point_near(point, second, limit_mm) for point in first)
        or any(point_near(point, first, limit_mm) for point in second)
    )


def forks_narrowly(shared: Point, first: Point, second: Point, away_mm: int, width: int) -> bool:
    """Whether two lines from a shared point are, ``away_mm`` out, nearer than ``width``."""
    for end, other in ((first, second), (second, first)):
        long = isqrt(_square(shared, end)) or 1
        reach = min(away_mm, long)
        point = (
            shared[0] + (end[0] - shared[0]) * reach // long,
            shared[1] + (end[1] - shared[1]) * reach // long,
        )
        if point_near(point, (shared, other), width):
            return True
    return False
