"""A crew's process that ends by itself: started again where it was, or given up and told."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kouan.live.broker import EmbeddedBroker
from kouan.live.virtual.kept import KeptProcess
from kouan.live.virtual.process import Crew
from kouan.live.virtual.spec import VehicleSpec
from tests.unit.live.broker_support import client, wait_for
from tests.unit.live.test_virtual_process import BASE, Ear

SPEC = VehicleSpec("V1", state_every_ms=1_000)
Told = list[tuple[str, bool]]


@pytest.fixture(scope="module")
def broker() -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker() as running:
        yield running


def spoiled(broker: EmbeddedBroker, keep: Path) -> Crew:
    """A crew that ends as soon as it reads what it should have kept."""
    (keep / "Kouan-V1.json").write_text("{", encoding="utf-8")
    return Crew(broker.address, [SPEC], keep=str(keep))


def test_it_is_started_again_and_goes_on_from_its_memory(
    broker: EmbeddedBroker, tmp_path: Path
) -> None:
    told: Told = []
    ear = Ear()
    crew = Crew(broker.address, [SPEC], 20, str(tmp_path))
    process = KeptProcess(crew, lambda why, for_good: told.append((why, for_good)))
    with client(broker.address, "kept", BASE + "#", qos=1, on_message=ear.take) as ear.link:
        process.start()
        try:
            ear.wait_state(orderId="")
            ear.order("o1", *(f"n{number}" for number in range(8)))
            ear.wait_state(orderId="o1", lastNodeId="n1")
            os.kill(process.process_id, signal.SIGKILL)
            ear.wait_state(orderId="o1", lastNodeId="n7", driving=False)
        finally:
            process.close()
    assert told == [("the vehicles' process ended (code -9); it is started again", False)]
    assert (process.restarts, process.gave_up) == (1, "")
    driven = [one["lastNodeId"] for one in ear.all("state")]
    assert list(dict.fromkeys(driven)) == [f"n{number}" for number in range(8)]
    assert ear.links()[-1] == "OFFLINE"


def test_one_that_ends_again_and_again_is_given_up(broker: EmbeddedBroker, tmp_path: Path) -> None:
    told: Told = []
    process = KeptProcess(
        spoiled(broker, tmp_path), lambda *said: told.append(said), pauses_s=(0.01, 0.01)
    )
    process.start()
    wait_for(lambda: bool(process.gave_up) and len(told) == 3)
    process.close()
    reason = "the vehicles' process ended (code 2) 3 times in a row and is not started again"
    assert process.gave_up == reason
    assert [for_good for _, for_good in told] == [False, False, True]
    assert told[-1][0] == reason
    assert process.restarts == 2


def test_closing_does_not_wait_for_a_new_start(broker: EmbeddedBroker, tmp_path: Path) -> None:
    told: Told = []
    process = KeptProcess(
        spoiled(broker, tmp_path), lambda *said: told.append(said), pauses_s=(60.0,)
    )
    process.start()
    wait_for(lambda: bool(told))
    began_s = time.perf_counter()
    process.close()
    assert time.perf_counter() - began_s < 5
    assert (process.restarts, process.gave_up) == (0, "")
