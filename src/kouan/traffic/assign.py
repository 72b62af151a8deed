"""Which vehicle takes which order: least total cost, ties by the order of rows and columns."""

from collections.abc import Sequence

FORBIDDEN = 1 << 40
"""Cost of a pair that must not be; far above the sum of any real ones."""

Table = list[list[int]]


def assign(costs: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    """Return (row, column) pairs of least total cost, each row and column at most once, by row.

    ``costs`` has one row a vehicle and one column an order, in whole milliseconds from 0; pairs
    that cost FORBIDDEN or more are left out, and as many others as possible are made. Of several
    answers of the same cost the first in the order of rows is taken: the earliest rows get an
    order, and the earliest order each. All numbers are whole, so nothing is lost to rounding.
    """
    if not costs or not costs[0]:
        return []
    count = max(len(costs), len(costs[0]))
    table = _distinct(costs, count)
    row_of = _match(table, count)
    width = len(costs[0])
    pairs = sorted((row_of[column], column) for column in range(width))
    return [(row, column) for row, column in pairs if _is_allowed(costs, row, column)]


def _is_allowed(costs: Sequence[Sequence[int]], row: int, column: int) -> bool:
    return row < len(costs) and costs[row][column] < FORBIDDEN


def _distinct(costs: Sequence[Sequence[int]], count: int) -> Table:
    """Make a square table in which the answer of least cost is the only one.

    Each cost gets a tie-breaking part that is less than one millisecond however many are added:
    a digit of a number whose first digit belongs to the first row. A row that gets nothing has the
    greatest digit.
    """
    base = len(costs[0]) + 1
    scale = base**count
    table: Table = []
    for row in range(count):
        weight = base ** (count - 1 - row)
        given = costs[row] if row < len(costs) else ()
        cells = [
            cost * scale + column * weight
            if cost < FORBIDDEN
            else FORBIDDEN * scale + (base - 1) * weight
            for column, cost in enumerate(given)
        ]
        left_out = (FORBIDDEN * scale + (base - 1) * weight) if given else FORBIDDEN * scale
        table.append(cells + [left_out] * (count - len(cells)))
    return table


def _match(table: Table, count: int) -> list[int]:
    """Return each column's row in the assignment of least total (Kuhn, Munkres; Jonker, Volgenant).

    Rows are added one by one; ``potential`` and ``price`` are the duals of rows and columns. Row
    and column 0 stand for none.
    """
    potential, price = [0] * (count + 1), [0] * (count + 1)
    row_of = [0] * (count + 1)
    for row in range(1, count + 1):
        row_of[0] = row
        came = _shortest_way(table, count, potential, price, row_of)
        column = came.pop()
        while column:
            row_of[column] = row_of[came[column]]
            column = came[column]
    return [row - 1 for row in row_of[1:]]


def _shortest_way(
    table: Table, count: int, potential: list[int], price: list[int], row_of: list[int]
) -> list[int]:
    """Find a way from the row at column 0 to a free column; its end is put last in the list.

    Returns for each column the one before it on the way.
    """
    least: list[int | None] = [None] * (count + 1)
    done = [False] * (count + 1)
    came = [0] * (count + 1)
    at = 0
    while row_of[at]:
        done[at] = True
        row, best, following = row_of[at], None, 0
        for column in range(1, count + 1):
            if done[column]:
                continue
            slack = table[row - 1][column - 1] - potential[row] - price[column]
            known = least[column]
            if known is None or slack < known:
                least[column], came[column] = slack, at
                known = slack
            if best is None or known < best:
                best, following = known, column
        assert best is not None  # as many columns as rows: one is always free
        for column in range(count + 1):
            if done[column]:
                potential[row_of[column]] += best
                price[column] -= best
            elif column:
                least[column] = (least[column] or 0) - best
        at = following
    return [*came, at]
