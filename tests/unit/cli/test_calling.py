"""Where calls are told and with which secret: options, files and the environment."""

from pathlib import Path

import pytest

from kouan.cli.calling import SECRET_VARIABLE, queue_plan
from kouan.cli.terminal import Mistake
from kouan.live.queue.calls import HookPlan
from tests.unit.live.queue.queue_port import queue_port

SECRET = "a-secret-of-enough-letters"
URL = "https://calls.example/port"


def test_without_options_nothing_is_told_and_forecasts_are_made() -> None:
    plan = queue_plan(queue_port(), None, None, None)
    assert (plan.hook, plan.public_url) == (None, "")
    assert plan.forecaster is not None


def test_the_secret_is_in_a_file_or_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    assert queue_plan(queue_port(), f"{URL}/", file, None).hook == HookPlan(URL, SECRET)
    monkeypatch.setenv(SECRET_VARIABLE, SECRET + "2")
    assert queue_plan(queue_port(), URL, None, None).hook == HookPlan(URL, SECRET + "2")


@pytest.mark.parametrize(
    ("url", "file", "address", "problem"),
    [
        ("http://calls.example/", None, None, "expected https:// for another machine"),
        ("https://user:pass@calls.example/", None, None, "no user"),
        ("ftp://calls.example/", None, None, "expected https"),
        (URL, None, None, f"and {SECRET_VARIABLE}: expected a token"),
        (URL, Path("nowhere"), None, "--call-secret: nowhere"),
        (None, Path("secret"), None, "expected --call-webhook URL with it"),
        (None, None, "port.example", "--public-url"),
        (None, None, "https://port.example/?a=b", "nothing after the path"),
    ],
)
def test_what_is_wrong_is_named(
    monkeypatch: pytest.MonkeyPatch,
    url: str | None,
    file: Path | None,
    address: str | None,
    problem: str,
) -> None:
    monkeypatch.delenv(SECRET_VARIABLE, raising=False)
    with pytest.raises(Mistake) as mistake:
        queue_plan(queue_port(), url, file, address)
    assert problem in str(mistake.value)
    assert "pass" not in str(mistake.value)
