"""The stage of every test of the master, and the yard of the driver's, once for each version."""

import pytest

from kouan.live.vda5050.versions import VERSIONS, Version
from tests.unit.live.vda5050.support import Stage
from tests.unit.live.vda5050.yard import Yard


@pytest.fixture(params=VERSIONS.values(), ids=list(VERSIONS))
def stage(request: pytest.FixtureRequest) -> Stage:
    """A master and a vehicle at home that speak one version."""
    version: Version = request.param
    return Stage(version)


@pytest.fixture(params=VERSIONS.values(), ids=list(VERSIONS))
def yard(request: pytest.FixtureRequest) -> Yard:
    """A driver and a virtual vehicle that speak one version."""
    version: Version = request.param
    return Yard(version)
