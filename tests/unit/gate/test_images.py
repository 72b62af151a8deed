"""Bytes that are no whole picture are refused before anything is decoded."""

import struct
import zlib
from contextlib import suppress
from unittest.mock import patch

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kouan.gate import images
from kouan.gate.errors import ImageError
from kouan.gate.images import decode


def encoded(suffix: str, width: int = 64, height: int = 48) -> bytes:
    ramp = np.linspace(0, 255, width * height * 3).reshape(height, width, 3).astype(np.uint8)
    done, content = cv2.imencode(suffix, ramp)
    assert done
    return content.tobytes()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def huge_png(width: int, height: int) -> bytes:
    """A PNG whose header says so many pixels, in a few bytes."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 100_000)
    return images.PNG_MAGIC + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_whole_pictures_are_decoded(suffix: str) -> None:
    assert decode(encoded(suffix)).shape == (48, 64, 3)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no bytes"),
        (b"GIF89a" + bytes(60), "begins with 47 49 46 38; expected a JPEG or PNG"),
        (huge_png(20_000, 15_000), "20000 x 15000 pixels; expected sides"),
        (huge_png(10_000, 10_000), "expected at most 26000000 in all"),
        (huge_png(4, 4), "4 x 4 pixels"),
        (encoded(".png")[:-20], "a PNG cut after"),
        (encoded(".jpg")[: len(encoded(".jpg")) // 2], "a JPEG cut after"),
        (b"\xff\xd8\xff\xd9", "a JPEG without a frame"),
        (images.PNG_MAGIC, "a PNG without its header"),
    ],
)
def test_others_are_refused_with_their_name(content: bytes, says: str) -> None:
    with pytest.raises(ImageError, match=says) as raised:
        decode(content, "camera 3")
    assert str(raised.value).startswith("camera 3: ")


def test_nothing_of_a_picture_that_is_too_large_is_decoded() -> None:
    with patch.object(cv2, "imdecode", side_effect=AssertionError("decoded")):
        with pytest.raises(ImageError):
            decode(huge_png(20_000, 15_000))
        with pytest.raises(ImageError, match="expected at most 16000000"):
            decode(encoded(".jpg") + bytes(images.MOST_BYTES))


def test_a_jpeg_cut_anywhere_is_refused() -> None:
    whole = encoded(".jpg")
    for length in range(1, len(whole) - 1, 7):
        with pytest.raises(ImageError):
            decode(whole[:length])


def test_a_png_with_one_changed_byte_is_refused() -> None:
    whole = bytearray(encoded(".png"))
    whole[60] ^= 1
    with pytest.raises(ImageError, match="differs from its check sum"):
        decode(bytes(whole))


def test_the_turn_that_a_file_asks_for_is_ignored() -> None:
    plain = encoded(".jpg")
    turned = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
    body = b"Exif\0\0" + turned
    tagged = plain[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + plain[2:]
    assert decode(tagged).shape == (48, 64, 3)


@given(st.binary(max_size=300), st.sampled_from([b"", images.PNG_MAGIC, images.JPEG_MAGIC]))
def test_any_bytes_are_a_picture_or_an_image_error(content: bytes, magic: bytes) -> None:
    with suppress(ImageError):
        assert decode(magic + content).ndim == 3
