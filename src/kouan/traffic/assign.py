"""Which vehicle takes which order: least total cost, ties by the order of rows and columns."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

FORBIDDEN = 1 << 40
"""Cost of a pair that must not be; far above any real one, far below what an int64 sum holds."""


def assign(costs: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    """Return (row, column) pairs of least total cost, each row and column at most once.

    ``costs`` has one row a vehicle and one column an order, in whole milliseconds; pairs that cost
    FORBIDDEN or more are left out. Equal costs are split by position: a tiny term that grows with
    row times column makes the earlier vehicle take the earlier order.
    """
    if not costs or not costs[0]:
        return []
    table = np.asarray(costs, dtype=np.int64)
    rows, columns = table.shape
    scale = rows * columns * max(rows, columns) + 1
    ties = np.arange(rows)[:, None] * (columns - 1 - np.arange(columns))[None, :]
    chosen_rows, chosen_columns = linear_sum_assignment(table * scale + ties)
    pairs = zip(chosen_rows.tolist(), chosen_columns.tolist(), strict=True)
    return [(row, column) for row, column in pairs if costs[row][column] < FORBIDDEN]
