"""Where a live port answers: addresses that are taken, host names, and the page's own words."""

import http.client
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.e2e.browser import browser_on
from tests.e2e.command import assert_mistake, kouan
from tests.e2e.live_process import MORNING, LiveProcess, live

PORT_FILE = Path(__file__).parents[1] / "ports" / "tiny.toml"


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveProcess]:
    """A port that answers under two more names."""
    data = tmp_path_factory.mktemp("live") / "data"
    names = ("--allow-host", "port.example", "--allow-host", "gate")
    with live(data, "--start", MORNING, *names) as process:
        yield process


@pytest.mark.parametrize(
    ("host", "status"), [("port.example", 200), ("GATE:80", 200), ("other.example", 421)]
)
def test_only_names_that_are_allowed_are_answered(
    process: LiveProcess, host: str, status: int
) -> None:
    address = urlsplit(process.url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=5)
    connection.request("GET", "/healthz", headers={"Host": host})
    assert connection.getresponse().status == status
    connection.close()


def test_an_address_that_is_taken_is_a_mistake(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = kouan("run", PORT_FILE, "--port", port, "--for", 1, "--data", "d", cwd=tmp_path)
    assert_mistake(done, f"127.0.0.1, port {port}: Address already in use", "--port")
    assert not (tmp_path / "d").exists()


@pytest.mark.parametrize("name", ["http://port.example", "port.example:80", "a b", ""])
def test_what_is_no_host_name_is_a_mistake(name: str, tmp_path: Path) -> None:
    done = kouan("run", PORT_FILE, "--allow-host", name, "--for", 1, cwd=tmp_path)
    assert_mistake(done, f'--allow-host: "{name}": expected a host name')


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("out of order", "故障停用"),
        ("no way from a.1 to b: move it by hand", "从 a.1 到 b 无路可走：请人工移动"),
        ("order o (1) turned back: plate: read X", "运输任务 o (1) 被退回：plate: read X"),
        ("lost its position", "lost its position"),
    ],
)
def test_alarms_are_told_in_chinese(process: LiveProcess, text: str, told: str) -> None:
    with browser_on(process.url, width=1_000, height=800) as watched:
        found = watched.page.evaluate(
            """async (text) => {
                const { Words } = await import("/words.js");
                const [texts, port] = await Promise.all(["/texts.json", "/api/port"].map(
                    async (path) => (await fetch(path)).json()));
                return ["zh", "en"].map((language) => new Words(texts, port, language).alarm(text));
            }""",
            text,
        )
    assert found == [told, text]
