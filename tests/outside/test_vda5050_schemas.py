"""What Kouan writes is valid by the official schemas of every version."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from jsonschema.protocols import Validator

from kouan.live.vda5050 import intents as i
from kouan.live.vda5050 import messages as m
from kouan.live.vda5050.codec import encode, topic_of
from kouan.live.vda5050.topics import Topic
from kouan.live.vda5050.versions import VERSIONS
from tests.unit.live.vda5050.samples import messages, whole_factsheets
from tests.unit.live.vda5050.support import Stage, drive

FOLDERS = {"2.0.0": "2.0.0", "2.1.0": "2.1.0", "3.0.0": "3.0.0-fixed"}
KINDS = [(version, topic) for version in VERSIONS for topic in Topic]


@cache
def validator(root: Path, version: str, topic: Topic) -> Validator:
    """The official schema of a message, without the mistakes that its text doesn't share."""
    folder = root / "vda5050" / FOLDERS[version]
    (path,) = [one for one in folder.iterdir() if one.stem == topic]
    schema = json.loads(path.read_text(encoding="utf-8"))
    if (version, topic) == ("2.0.0", Topic.INSTANT_ACTIONS):
        action = schema["properties"]["actions"]["items"]
        # The text and every client say actionType.
        action["required"].remove("actionName")
        action["required"].append("actionType")
    if (version, topic) == ("2.0.0", Topic.STATE):
        node = schema["properties"]["nodeStates"]["items"]["properties"]
        # It wants a heading that an order need not give.
        node["nodePosition"]["required"].remove("theta")
    status = schema.get("properties", {}).get("actionStates", {}).get("items", {})
    if version.startswith("2.") and "properties" in status:
        # The text has it; the schema forgot it.
        status["properties"]["actionStatus"]["enum"].append("PAUSED")
    Draft7Validator.check_schema(schema)
    return Draft7Validator(schema)


def problems(root: Path, version: str, message: Any) -> list[str]:
    """What the schema says against a message as it is written."""
    found = json.loads(encode(message, VERSIONS[version]))
    errors = validator(root, version, topic_of(message)).iter_errors(found)
    return [f"{error.json_path}: {error.message}" for error in errors]


@pytest.mark.parametrize(("version", "topic"), KINDS)
@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_whatever_is_written_is_valid(
    outside_data: Path, version: str, topic: Topic, data: st.DataObject
) -> None:
    whole = topic is Topic.FACTSHEET
    drawn = whole_factsheets(VERSIONS[version]) if whole else messages(topic, VERSIONS[version])
    message = data.draw(drawn)
    assert problems(outside_data, version, message) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_the_schemas_find_something(outside_data: Path, version: str) -> None:
    checked = validator(outside_data, version, Topic.ORDER)
    assert {error.validator for error in checked.iter_errors({"nodes": 1})} >= {"required", "type"}


@pytest.mark.parametrize("version", VERSIONS)
def test_everything_that_a_master_sends_in_a_day_is_valid(outside_data: Path, version: str) -> None:
    stage = Stage(VERSIONS[version])
    for intent in (i.AskState(), i.AskFactsheet(), i.Charge(), i.EndCharge()):
        stage.want(intent)
        stage.report()
    stage.want(drive("n1", "n2", last=False, ahead=("n3", "n4")))
    stage.report()
    stage.want(i.Pause())
    stage.report()
    stage.want(i.Resume())
    stage.report()
    stage.pass_nodes()
    leg = i.Leg("n3", 3, 10_000, 2_000, m.NodePosition(1, 2, "port", 3_142, 500), "pick", True)
    stage.want(i.Drive("job", (leg,)))
    stage.report()
    stage.want(i.Cancel())
    stage.report()
    kinds = {type(one).__name__ for one in stage.sent}
    assert (kinds, len(stage.sent)) == ({"Order", "InstantActions"}, 10)
    assert [problems(outside_data, version, one) for one in stage.sent] == [[]] * 10
