"""Erlang's formulas against what can be worked out by hand, and against published tables."""

import pytest

from bench.erlang import erlang_b, erlang_c, mean_wait


def test_one_server_waits_as_often_as_it_is_busy() -> None:
    assert erlang_c(1, 0.8) == pytest.approx(0.8)


def test_two_servers() -> None:
    """For two servers Erlang C is a^2 / (2 + a)."""
    assert erlang_c(2, 1.5) == pytest.approx(1.5**2 / 3.5)


def test_erlang_b_of_the_tables() -> None:
    """10 lines offered 4.4612 erlang lose 1 % (ITU-T table of Erlang B)."""
    assert erlang_b(10, 4.4612) == pytest.approx(0.01, rel=1e-3)


def test_mean_wait_of_one_server() -> None:
    """rho / (1 - rho) service times."""
    assert mean_wait(1, interval=10, service=8) == pytest.approx(32)


def test_too_much_load_is_an_error() -> None:
    with pytest.raises(ValueError, match="expected from 0 to below 2 servers"):
        erlang_c(2, 2.0)
