"""What all tests share: markers by folder, outside data, and how hypothesis behaves."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

TESTS = Path(__file__).parent
MARKED_FOLDERS = ("sim", "e2e", "outside")
WAITING = 2
"""Workers more than processors: the end-to-end tests mostly wait for their ports."""

# A shared machine is slow now and then; a deadline would only test the machine.
settings.register_profile("kouan", settings.default, deadline=None)
settings.load_profile("kouan")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:  # noqa: ARG001
    """How many workers `-n auto` means."""
    return (os.cpu_count() or 1) + WAITING


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test under tests/sim, tests/e2e and tests/outside with its folder's name."""
    for item in items:
        if not item.path.is_relative_to(TESTS):
            continue
        folder = item.path.relative_to(TESTS).parts[0]
        if folder in MARKED_FOLDERS:
            item.add_marker(folder)


@pytest.fixture(scope="session")
def outside_data() -> Path:
    """Return the folder with files that others wrote, or skip with a reason."""
    named = os.environ.get("KOUAN_OUTSIDE_DATA")
    if not named:
        pytest.skip("KOUAN_OUTSIDE_DATA is not set: no outside data to test against")
    folder = Path(named)
    if not folder.is_dir():
        pytest.fail(f"KOUAN_OUTSIDE_DATA: {named!r} is no folder")
    return folder
