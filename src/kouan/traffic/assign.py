"""Which vehicle takes which order: least total cost, ties by the order of rows and columns."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

FORBIDDEN = 1 << 40
"""Cost of a pair that must not be; above any real one."""

Table = NDArray[np.float64]


def assign(costs: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    """Return (row, column) pairs of least total cost, each row and column at most once, by row.

    ``costs`` has one row a vehicle and one column an order, in whole milliseconds from 0; pairs
    that cost FORBIDDEN or more are left out, and as many others as possible are made. Of several
    answers of the same cost the first in the order of rows is taken: the earliest rows get an
    order, and the earliest order each. Sums stay below 2**53, so they are exact.
    """
    if not costs or not costs[0]:
        return []
    table, left_out = _square(costs)
    column_of = _solve(table)
    least = _total(table, column_of)
    for row in range(len(costs)):
        _take_earliest(table, left_out, column_of, row, least)
    return [
        (row, column_of[row]) for row in range(len(costs)) if table[row, column_of[row]] < left_out
    ]


def _square(costs: Sequence[Sequence[int]]) -> tuple[Table, int]:
    """The table made square, and the cost of leaving a row out, more than all pairs together.

    Where a pair is forbidden each row may be left out in a column of its own, which costs less than
    that pair: a row that gets nothing then takes no column from those behind it.
    """
    rows, columns = len(costs), len(costs[0])
    left_out = 1 + sum(max((cost for cost in row if cost < FORBIDDEN), default=0) for row in costs)
    some_forbidden = any(cost >= FORBIDDEN for row in costs for cost in row)
    size = rows + columns if some_forbidden else max(rows, columns)
    table = np.full((size, size), float(left_out))
    if some_forbidden:
        table[:rows, :columns] = float((rows + 1) * left_out)
    table[rows:, :] = 0
    for row, given in enumerate(costs):
        for column, cost in enumerate(given):
            if cost < FORBIDDEN:
                table[row, column] = cost
    return table, left_out


def _solve(table: Table) -> list[int]:
    _, columns = linear_sum_assignment(table)
    return [int(column) for column in columns]


def _total(table: Table, column_of: Sequence[int]) -> float:
    return float(sum(table[row, column] for row, column in enumerate(column_of)))


def _take_earliest(
    table: Table, left_out: int, column_of: list[int], row: int, least: float
) -> None:
    """Give a row the earliest column with which the total stays the least; rows before are fixed.

    Changes ``column_of`` in place.
    """
    own = table[row, column_of[row]]
    limit = column_of[row] if own < left_out else table.shape[1]
    open_columns = sorted(column_of[row:])
    before = _total(table, column_of[:row])
    for column in open_columns:
        if column >= limit or table[row, column] >= left_out:
            continue
        rest = [other for other in open_columns if other != column]
        below = table[row + 1 :, rest]
        chosen = _solve(below) if rest else []
        if before + table[row, column] + _total(below, chosen) == least:
            column_of[row:] = [column, *(rest[index] for index in chosen)]
            return
