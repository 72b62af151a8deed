"""A master that others made drives our virtual vehicle to the end of its order."""

from pathlib import Path

import pytest

from kouan.live.broker import EmbeddedBroker
from kouan.live.mqtt import LinkPlan, LinkThread
from kouan.live.virtual.process import Crew, VirtualProcess
from kouan.live.virtual.spec import VehicleSpec
from tests.e2e.outside_vehicle import NodeProcess, install
from tests.unit.live.broker_support import wait_for

pytestmark = pytest.mark.xdist_group("outside_vehicle")


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory.mktemp("npm-agv"))


def test_a_master_of_another_maker_drives_a_virtual_vehicle(tools: Path) -> None:
    heard: list[str] = []
    ear = LinkPlan("ear", (("uagv/#", 1),), on_message=lambda topic, _: heard.append(topic))
    with EmbeddedBroker() as broker:
        link = LinkThread(broker.address, ear)
        link.start()
        assert link.wait_connected(20)
        with VirtualProcess(Crew(broker.address, [VehicleSpec("001")], time_scale=20)):
            wait_for(lambda: "uagv/v2/Kouan/001/state" in heard, "the vehicle did not come up")
            master = NodeProcess(tools, "mc.js", "Kouan", "001", "2.0.0", str(broker.address))
            code = master.wait_ended()
            master.close()
        link.close()
    assert code == 0, master.said
    assert "processed { error: undefined, cancelled: false, active: false }" in master.said
    done = ["node n0", "action RUNNING", "node n1", "action FINISHED"]
    assert [one for one in master.said if one in done][-1] == "action FINISHED"
    assert set(done) <= set(master.said)
