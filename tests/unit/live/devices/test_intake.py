"""Cameras push over HTTP: everything that is not as it should be gets its answer and is counted."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx
import pytest

from kouan.live.devices import intake
from kouan.live.devices.bodies import MOST_BODY_BYTES
from kouan.live.devices.rates import Rates
from kouan.live.devices.service import DevicePlan, DeviceService
from kouan.live.devices.signals import ImageTaken, State, VendorReading
from kouan.live.devices.twins.images import black_png
from kouan.live.devices.twins.wires import multipart
from tests.unit.live.devices.support import (
    TOKENS,
    Heard,
    check_image,
    check_token,
    jpeg,
    lane_devices,
    port_with,
    serving,
)


@dataclass
class Camera:
    """One camera's end of the wire."""

    service: DeviceService
    heard: Heard
    client: httpx.Client
    sequence: int = 0

    def post(
        self,
        image: bytes,
        *,
        device: str = "front",
        token: str = "",
        sequence: int | None = None,
        reading: object = None,
        **fields: str,
    ) -> httpx.Response:
        self.sequence += 1
        number = self.sequence if sequence is None else sequence
        fields = {"sequence": str(number), **fields}
        if reading is not None:
            fields["reading"] = json.dumps({"readings": reading}, ensure_ascii=False)
        content_type, body = multipart(image, fields)
        return self.raw(body, content_type, device=device, token=token)

    def raw(
        self, body: bytes, content_type: str, *, device: str = "front", token: str = ""
    ) -> httpx.Response:
        headers = {
            "authorization": f"Bearer {token or TOKENS['front']}",
            "content-type": content_type,
        }
        return self.client.post(f"/api/devices/{device}/image", content=body, headers=headers)

    def count(self, what: str, device: str = "front") -> int:
        return self.service.counts.of(device, what)

    @property
    def images(self) -> list[ImageTaken]:
        return self.heard.of(ImageTaken)


@pytest.fixture
def camera(monkeypatch: pytest.MonkeyPatch) -> Iterator[Camera]:
    monkeypatch.setattr(intake, "MOST_AT_ONCE", 1_000)
    devices = {
        name: one for name, one in lane_devices(1, "tcp://127.0.0.1:1").items() if name != "arm"
    }
    service = DeviceService(port_with(devices), DevicePlan(check_token, check_image))
    heard = Heard()
    service._hub.on_signal = heard.take
    with serving(service) as url, httpx.Client(base_url=url, timeout=20) as client:
        yield Camera(service, heard, client)


def test_an_image_with_everything(camera: Camera) -> None:
    reading = [
        {"check": "plate", "text": "蒙A12345", "confidence": 0.975},
        {"check": "container", "text": "MSKU1234565"},
    ]
    answer = camera.post(jpeg(), reading=reading, taken_at="1790000000000")
    assert (answer.status_code, answer.json()) == (202, {"taken": 1})
    (taken,) = camera.images
    assert taken == ImageTaken(
        "front",
        "gate_in_1",
        jpeg(),
        (VendorReading("plate", "蒙A12345", 975_000), VendorReading("container", "MSKU1234565", 0)),
        1_790_000_000_000,
        1,
    )
    assert camera.service.health()["front"].state is State.OK
    assert camera.count("taken") == 1


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (jpeg()[:300], "a JPEG cut after 300 bytes"),
        (jpeg()[: len(jpeg()) // 2], "a JPEG cut after"),
        (black_png(20_000, 15_000), "20000 x 15000"),
        (b"GIF89a" + bytes(100), "expected a JPEG or PNG"),
        (bytes(1_000), "expected a JPEG or PNG"),
    ],
    ids=["cut short", "cut in half", "300 megapixels", "another format", "zeros"],
)
def test_bad_images(camera: Camera, image: bytes, expected: str) -> None:
    answer = camera.post(image)
    assert answer.status_code == 422
    assert expected in answer.json()["problem"]
    assert camera.count("bad_image") == 1
    assert camera.service.health()["front"].state is State.REFUSED
    assert not camera.images
    assert camera.post(jpeg()).status_code == 202
    assert camera.service.health()["front"].state is State.OK


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        ([{"check": "container", "text": "ＭＳＫＵ1234565"}], "expected ASCII"),
        ([{"check": "plate", "text": "A\n1"}], "expected printable"),
        ([{"check": "mass", "text": "1"}], "one of its checks: plate, container"),
        ([{"check": "colour", "text": "red"}], "reading: Invalid enum value 'colour'"),
        ([{"check": "plate", "text": ""}], "reading: Expected `str` of length >= 1"),
        ([{"check": "plate", "text": "A1", "confidence": 1.5}], "<= 1"),
        ([{"check": "plate", "text": "A1", "sure": True}], "unknown field `sure`"),
        ([{"check": "plate", "text": "A1"}] * 17, "length <= 16"),
        ({"plate": "A1"}, "Expected `array`"),
    ],
)
def test_bad_readings(camera: Camera, reading: object, expected: str) -> None:
    answer = camera.post(jpeg(), reading=reading)
    assert answer.status_code == 422
    assert expected in answer.json()["problem"]
    assert camera.count("malformed") == 1
    assert not camera.images


def part(name: str, content: str = "1", kind: str = "") -> str:
    typed = f"\r\ncontent-type: {kind}" if kind else ""
    return f'--b\r\ncontent-disposition: form-data; name="{name}"{typed}\r\n\r\n{content}\r\n'


@pytest.mark.parametrize(
    ("body", "content_type", "status", "expected"),
    [
        (b"{}", "application/json", 415, "multipart/form-data"),
        (b"", "multipart/form-data", 415, "with a boundary"),
        (b"", "multipart/form-data; boundary=" + "b" * 71, 415, "with a boundary"),
        (b"", "multipart/form-data; boundary=b", 422, "closing boundary"),
        (b"nonsense", "multipart/form-data; boundary=b", 422, "multipart: "),
        (part("sequence").encode(), "multipart/form-data; boundary=b", 422, "cut off"),
        (part("sequence") + "--b--\r\n", "multipart/form-data; boundary=b", 422, "no image"),
        (part("sequence") * 2, "multipart/form-data; boundary=b", 422, "each once of image"),
        (part("colour"), "multipart/form-data; boundary=b", 422, "part 'colour'"),
        (part("image", kind="text/html"), "multipart/form-data; boundary=b", 415, "image/jpeg"),
        (part("taken_at", "9" * 9_000), "multipart/form-data; boundary=b", 413, "part taken_at"),
        (
            f"--b\r\nx-long: {'x' * 3_000}\r\n\r\n",
            "multipart/form-data; boundary=b",
            422,
            "headers of more than",
        ),
        (
            part("image", "x", "image/png") + "--b--\r\n",
            "multipart/form-data; boundary=b",
            422,
            "sequence ''",
        ),
    ],
)
def test_bad_bodies(
    camera: Camera, body: str | bytes, content_type: str, status: int, expected: str
) -> None:
    raw = body.encode() if isinstance(body, str) else body
    answer = camera.raw(raw, content_type)
    assert answer.status_code == status
    assert expected in answer.json()["problem"]
    assert camera.count("malformed") == 1
    assert camera.post(jpeg()).status_code == 202


def test_too_large_a_body_is_not_read_to_its_end(camera: Camera) -> None:
    answer = camera.raw(bytes(MOST_BODY_BYTES + 1), "multipart/form-data; boundary=b")
    assert answer.status_code == 413
    assert camera.count("malformed") == 1


@pytest.mark.parametrize("sequence", ["-1", "x", "1e3", "9" * 17, "", "９"])
def test_bad_sequences(camera: Camera, sequence: str) -> None:
    content_type, body = multipart(jpeg(), {"sequence": sequence})
    answer = camera.raw(body, content_type)
    assert answer.status_code == 422
    assert "expected a whole number" in answer.json()["problem"]


def test_what_was_said_is_not_taken_again(camera: Camera) -> None:
    assert camera.post(jpeg(), sequence=10).status_code == 202
    for sequence in (10, 9, 0):
        answer = camera.post(jpeg(), sequence=sequence)
        assert answer.status_code == 409
        assert "expected more than 10" in answer.json()["problem"]
    assert camera.count("replayed") == 3
    assert camera.post(jpeg(), sequence=11).status_code == 202
    assert len(camera.images) == 2


def test_a_bad_image_uses_no_number_up(camera: Camera) -> None:
    assert camera.post(jpeg()[:500], sequence=5).status_code == 422
    assert camera.post(jpeg(), sequence=5).status_code == 202


def test_forged_messages_change_nothing(camera: Camera) -> None:
    assert camera.post(jpeg()).status_code == 202
    for device, token, status in (
        ("front", "wrong", 401),
        ("document", TOKENS["front"], 403),
        ("nobody", TOKENS["front"], 403),
    ):
        answer = camera.post(jpeg(), device=device, token=token)
        assert answer.status_code == status
        assert "token" in answer.json()["problem"]
    headers = {"content-type": "multipart/form-data; boundary=b"}
    assert camera.client.post("/api/devices/front/image", headers=headers).status_code == 401
    assert camera.count("forged", "document") == camera.count("forged", "unknown") == 1
    assert camera.service.health()["front"].state is State.OK
    assert len(camera.images) == 1


def test_only_cameras_push(camera: Camera, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TOKENS, "scale", "token-of-the-scale")
    answer = camera.post(jpeg(), device="scale", token="token-of-the-scale")
    assert (answer.status_code, answer.json()["problem"]) == (404, "scale is a scale, no camera")


def test_a_heartbeat(camera: Camera) -> None:
    headers = {"authorization": f"Bearer {TOKENS['front']}"}
    answer = camera.client.post("/api/devices/front/alive", headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"heard": "front"})
    assert camera.service.health()["front"].state is State.OK
    assert camera.client.get("/api/devices/front/image").status_code == 405


def test_a_flood_is_held_back_and_other_cameras_are_not(camera: Camera) -> None:
    camera.service._intake._rates = Rates(4, 12)
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda n: camera.post(jpeg(), sequence=n).status_code, range(60)))
    assert 429 in statuses
    assert camera.count("flood") == statuses.count(429) >= 30
    answer = camera.post(jpeg(), device="document", token=TOKENS["document"], sequence=1)
    assert answer.status_code == 202


def test_slow_and_broken_bodies_block_nobody(
    camera: Camera, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "BODY_S", 0.5)
    host, port = camera.client.base_url.host, camera.client.base_url.port or 0
    head = (
        f"POST /api/devices/front/image HTTP/1.1\r\nhost: {host}:{port}\r\n"
        f"authorization: Bearer {TOKENS['front']}\r\ncontent-length: 1000\r\n"
        "content-type: multipart/form-data; boundary=b\r\n\r\n--b"
    ).encode()
    with socket.create_connection((host, port), 10) as slow:
        slow.sendall(head)
        assert camera.post(jpeg()).status_code == 202
        assert b" 408 " in slow.recv(4_096)
    assert camera.count("too_slow") == 1
    with socket.create_connection((host, port), 10) as cut:
        cut.sendall(head)
    answer = camera.post(jpeg())
    assert answer.status_code == 202


def test_too_many_bodies_at_a_time(camera: Camera, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MOST_BODIES", 0)
    answer = camera.post(jpeg())
    assert answer.status_code == 503
    assert camera.count("busy") == 1
