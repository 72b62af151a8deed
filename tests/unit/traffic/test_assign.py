"""Assignment: least cost, forbidden pairs left out, ties by the order of rows and columns."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from kouan.traffic.assign import FORBIDDEN, assign

COSTS = st.one_of(st.integers(0, 4), st.integers(0, 10**7), st.just(FORBIDDEN))


@st.composite
def tables(draw: st.DrawFn) -> list[list[int]]:
    rows, columns = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    return [[draw(COSTS) for _ in range(columns)] for _ in range(rows)]


def every_answer(table: list[list[int]]) -> list[list[tuple[int, int]]]:
    """Every way to give rows distinct columns, without forbidden pairs."""
    rows, columns = len(table), len(table[0])
    found = []
    for chosen in itertools.product(range(columns + 1), repeat=rows):
        taken = [column for column in chosen if column < columns]
        pairs = [(row, column) for row, column in enumerate(chosen) if column < columns]
        allowed = all(table[row][column] < FORBIDDEN for row, column in pairs)
        if len(dict.fromkeys(taken)) == len(taken) and allowed:
            found.append(pairs)
    return found


def rank(table: list[list[int]], pairs: list[tuple[int, int]]) -> tuple[object, ...]:
    """Most pairs first, then the least cost, then the first in the order of rows."""
    cost = sum(table[row][column] for row, column in pairs)
    by_row = dict(pairs)
    columns = [by_row.get(row, len(table[0])) for row in range(len(table))]
    return -len(pairs), cost, columns


@given(tables())
def test_it_is_the_best_of_all_and_the_first_of_the_best(table: list[list[int]]) -> None:
    assert assign(table) == min(every_answer(table), key=lambda pairs: rank(table, pairs))


def test_nothing_to_assign() -> None:
    assert assign([]) == []
    assert assign([[], []]) == []
    assert assign([[FORBIDDEN]]) == []


def test_a_row_that_gets_nothing_takes_no_column_from_those_behind_it() -> None:
    assert assign([[FORBIDDEN, FORBIDDEN], [0, 0]]) == [(1, 0)]


def test_costs_beyond_what_a_float_holds_are_compared_exactly() -> None:
    high = FORBIDDEN - 1
    assert assign([[high, high - 1], [high - 1, high]]) == [(0, 1), (1, 0)]
    assert assign([[high, high - 1], [high - 1, high - 2]]) == [(0, 0), (1, 1)]


def test_a_large_table_with_one_answer() -> None:
    count = 24
    table = [[abs(row - (column * 7) % count) for column in range(count)] for row in range(count)]
    pairs = assign(table)
    assert len(pairs) == count
    assert sum(table[row][column] for row, column in pairs) == 0
