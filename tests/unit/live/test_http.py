"""HTTP only reads: one method, declared hosts, nothing exposed by accident."""

import json
import socket
import urllib.request
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from kouan.live.errors import LiveError
from kouan.live.http import HttpServer, listen, make_app
from kouan.live.portmap import port_json
from tests.unit.live.support import tiny_port

PATHS = ("/", "/page.js", "/page.css", "/texts.json", "/api/port", "/api/view", "/healthz")


class Stage:
    """What the application reads, to be changed by a test."""

    def __init__(self) -> None:
        self.status = "ok"
        self.app = make_app(
            port=port_json(tiny_port(), "zh", simulated=True),
            view=lambda: b'{"now_ms":1}',
            health=lambda: {"status": self.status},
            metrics=lambda: b"kouan_events_total 1\n",
            metrics_type="text/plain",
            hosts=("port.example",),
        )
        self.client = TestClient(self.app, base_url="http://127.0.0.1:8080")


@pytest.fixture
def stage() -> Stage:
    """A new application."""
    return Stage()


@pytest.mark.parametrize("path", [*PATHS, "/metrics", "/map.js", "/icon.svg"])
def test_every_answer_is_guarded(stage: Stage, path: str) -> None:
    answer = stage.client.get(path)
    assert answer.status_code == 200
    assert answer.content
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert "server" not in answer.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE"])
@pytest.mark.parametrize("path", ["/", "/api/view"])
def test_only_get(stage: Stage, method: str, path: str) -> None:
    answer = stage.client.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost:9", "[::1]:8080", "LOCALHOST", "port.example", "[::1]"]
)
def test_declared_hosts(stage: Stage, host: str) -> None:
    assert stage.client.get("/healthz", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "evil.example:8080", "", "localhost.", ":80"]
)
def test_other_hosts_are_refused(stage: Stage, host: str) -> None:
    assert stage.client.get("/api/view", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/healthz/", "/../x"])
def test_nothing_else_is_there(stage: Stage, path: str) -> None:
    assert stage.client.get(path).status_code == 404


def test_health_is_503_when_something_is_wrong(stage: Stage) -> None:
    stage.status = "the loop is stuck in a batch for 9 s"
    answer = stage.client.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (503, stage.status)


def test_port_as_pages_need_it(stage: Stage) -> None:
    port = stage.client.get("/api/port").json()
    assert (port["name"], port["name_zh"], port["lang"]) == ("Tiny", "微型口岸", "zh")
    assert port["sides"]["neighbour"]["time_zone"] == "Asia/Ulaanbaatar"
    places = {place["id"]: place for place in port["places"]}
    assert places["agv_gate"]["stations"] == ["agv_in", "agv_back"]
    assert places["waiting_area"]["stations"] == [f"waiting_area.{n}" for n in range(1, 5)]
    nodes = {node["id"]: node for node in port["nodes"]}
    assert (nodes["north.1"]["x_mm"], nodes["north.1"]["declared"]) == (100_000, False)
    assert nodes["yard"]["declared"]
    assert port["segments"][0]["length_mm"] == 300_000


@pytest.fixture
def server(stage: Stage) -> Iterator[HttpServer]:
    """A server on a free port."""
    server = HttpServer(stage.app, listen("127.0.0.1", 0))
    server.start()
    yield server
    server.close()


def test_server_answers_on_a_free_port_until_closed(server: HttpServer) -> None:
    with urllib.request.urlopen(f"{server.url}healthz", timeout=5) as answer:
        assert json.load(answer) == {"status": "ok"}
        assert "server" not in answer.headers
    host, port = server.address
    server.close()
    with pytest.raises(OSError, match=r"refused"), socket.create_connection((host, port), 2):
        pass


def test_port_that_is_taken(server: HttpServer) -> None:
    host, port = server.address
    with pytest.raises(LiveError, match=rf"on {host}, port {port}: Address already in use.*--port"):
        listen(host, port)


@pytest.mark.parametrize(("host", "port"), [("no.such.host.invalid", 80), ("127.0.0.1", 99_999)])
def test_address_that_does_not_exist(host: str, port: int) -> None:
    with pytest.raises(LiveError, match="HTTP can't listen"):
        listen(host, port)
