"""Tests of one group run in one worker, in their order: they share a port."""

import os

import pytest


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="needs several workers")
@pytest.mark.xdist_group("together")
def test_groups_are_kept_together(request: pytest.FixtureRequest) -> None:
    """A pytest whose names of tests pytest-xdist can't add a group to scatters them silently."""
    assert request.node.nodeid.endswith("@together")
