"""How vehicles are reached: what may be asked for together, and mistakes that name the option."""

from dataclasses import replace
from pathlib import Path

import pytest

from kouan.cli.reaching import Reach, fleet_plan
from kouan.cli.terminal import Mistake
from kouan.live.fleetlink import ManagerPlan
from kouan.port.read import read_port

TINY = Path(__file__).parents[2] / "ports" / "tiny.toml"
PORT = read_port(TINY)
TWO = replace(PORT, fleets={**PORT.fleets, "tug": PORT.fleets["agv"]})
TOKEN = "a-token-for-this-test"
URL = "https://fleet.example/api"
OVER_HTTP = Reach(vehicles="real", protocol="missions", manager=[URL])


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KOUAN_BROKER", raising=False)
    monkeypatch.delenv("KOUAN_WEBHOOK_TOKEN", raising=False)
    monkeypatch.setenv("KOUAN_MANAGER_TOKEN", TOKEN)


def test_managers_at_the_ports_own_broker_are_what_missions_mean_alone() -> None:
    plan = fleet_plan(PORT, Reach(protocol="missions"))
    assert plan is not None
    assert (plan.protocol, plan.broker, plan.crew, plan.virtual) == ("missions", "", True, True)
    assert plan.managers == {}


def test_one_url_is_for_all_fleets_that_have_none_of_their_own() -> None:
    other = "http://127.0.0.1:8800"
    plan = fleet_plan(TWO, replace(OVER_HTTP, manager=[f"{URL}/", f"tug={other}"]))
    assert plan is not None
    assert plan.managers == {"agv": ManagerPlan(URL, TOKEN), "tug": ManagerPlan(other, TOKEN)}
    assert not plan.virtual


def test_a_fleet_without_a_url_is_at_the_broker() -> None:
    asked = replace(OVER_HTTP, manager=[f"tug={URL}"])
    with pytest.raises(Mistake, match="--vehicles: real: expected --broker URL"):
        fleet_plan(TWO, asked)
    plan = fleet_plan(TWO, replace(asked, broker="mqtt://127.0.0.1"))
    assert plan is not None
    assert list(plan.managers) == ["tug"]


def test_tokens_come_from_files_and_are_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "token"
    file.write_text("another-token-of-the-fleet\n", "ascii")
    monkeypatch.setenv("KOUAN_WEBHOOK_TOKEN", "token-of-the-webhook")
    plan = fleet_plan(PORT, replace(OVER_HTTP, manager_token=[str(file)], webhook=["agv=8801"]))
    assert plan is not None
    found = plan.managers["agv"]
    assert found == ManagerPlan(URL, "another-token-of-the-fleet", 8801, "token-of-the-webhook")
    assert "token" not in repr(plan).replace("hook_token", "")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"protocol": "mission"}, '--protocol: "mission": expected vda5050, missions'),
        ({"vehicles": "inside"}, "--vehicles: inside: expected mqtt"),
        ({"vehicles": "mqtt"}, f'--manager: "{URL}": expected --vehicles elsewhere or real'),
        ({"protocol": "vda5050"}, f'--manager: "{URL}": expected --protocol missions'),
        ({"vda": "2.1.0"}, '--vda: "2.1.0": expected --protocol vda5050'),
        ({"vda_set": ["prefix=x"]}, '--vda-set: "prefix=x": expected --protocol vda5050'),
        ({"manager": ["lorry=http://a"]}, '--manager: "lorry": expected a fleet: agv, tug'),
        ({"manager": [URL, URL]}, "expected one value for a fleet, once"),
        ({"manager": ["agv="]}, '--manager: "agv=": expected one value'),
        ({"manager": ["http://fleet.example"]}, "expected https:// for another machine"),
        ({"manager": ["https://u:secret@fleet.example"]}, "expected https://host"),
        ({"manager_token": ["none"]}, "--manager-token: none: .*: expected a file with a token"),
        ({"manager": None, "manager_token": ["f"]}, '--manager-token: "f": expected --manager URL'),
        ({"manager": None, "webhook": ["1"]}, '--webhook: "1": expected --manager URL'),
        ({"webhook": ["65536"]}, '--webhook: "65536": expected a port, 0 to 65535'),
        ({"webhook": ["agv=8801"]}, "--webhook: KOUAN_WEBHOOK_TOKEN: expected a token of 16"),
        ({"manager": [f"agv={URL}"], "webhook": ["tug=1"]}, "--webhook: fleet tug: expected"),
        ({"manager": None}, "expected --broker URL, or KOUAN_BROKER, or --manager for each"),
    ],
)
def test_a_mistake_names_option_value_and_what_was_expected(
    changes: dict[str, object], words: str
) -> None:
    with pytest.raises(Mistake, match=words) as caught:
        fleet_plan(TWO, replace(OVER_HTTP, **changes))  # type: ignore[arg-type]
    assert "secret" not in str(caught.value)


def test_two_fleets_need_a_webhook_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KOUAN_WEBHOOK_TOKEN", TOKEN)
    with pytest.raises(Mistake, match='--webhook: "8801": expected a port each for agv and tug'):
        fleet_plan(TWO, replace(OVER_HTTP, webhook=["8801"]))


@pytest.mark.parametrize("token", ["", "short", "with spaces in its midst"])
def test_a_weak_token_is_refused_and_not_repeated(
    token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KOUAN_MANAGER_TOKEN", token)
    with pytest.raises(Mistake, match="KOUAN_MANAGER_TOKEN: expected a token of 16") as caught:
        fleet_plan(PORT, OVER_HTTP)
    assert not token or token not in str(caught.value)
