"""The header holds all that a replay needs, and nothing of the machine."""

import json
from hashlib import sha256

import pytest

from kouan.runtime.codec import CodecError, encode_port, port_hash
from kouan.runtime.header import decode_header, make_header
from tests.unit.runtime.support import PORT, START_MS, toy_header


def test_header_comes_back_with_its_port() -> None:
    header = toy_header()
    decoded = decode_header(header.encode())
    assert decoded == header
    assert decoded.port() == PORT
    assert decoded.port_hash == port_hash(PORT) == sha256(encode_port(PORT)).hexdigest()
    assert decoded.encode() == header.encode()


def test_header_is_plain_json_with_what_the_blueprint_names() -> None:
    content = json.loads(toy_header("live", seed=0).encode())
    assert sorted(content) == [
        "format",
        "kouan",
        "layout",
        "packages",
        "port_document",
        "port_hash",
        "port_name",
        "seed",
        "start_ms",
        "world",
    ]
    assert sorted(content["packages"]) == ["holidays", "numpy", "scipy", "tzdata"]
    assert content["port_document"]["name_zh"] == "口岸"
    assert (content["world"], content["start_ms"]) == ("live", START_MS)


def test_same_run_has_the_same_bytes_and_another_has_not() -> None:
    first = make_header(PORT, "simulated", seed=1, start_ms=5).encode()
    assert make_header(PORT, "simulated", seed=1, start_ms=5).encode() == first
    assert make_header(PORT, "simulated", seed=2, start_ms=5).encode() != first
    assert make_header(PORT, "simulated", seed=1, start_ms=6).encode() != first


@pytest.mark.parametrize("payload", [b"{}", b"", b"\xff", b'{"world":"dream"}'])
def test_bad_header_is_named(payload: bytes) -> None:
    with pytest.raises(CodecError, match="header: "):
        decode_header(payload)
