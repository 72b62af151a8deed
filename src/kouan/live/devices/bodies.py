"""The body of a camera's request: multipart, read within bounds, and what its parts hold."""

from collections.abc import Mapping
from typing import Annotated, NamedTuple

import msgspec
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from kouan.live.devices.sequences import LARGEST
from kouan.live.devices.signals import VendorReading
from kouan.port.devices import Device
from kouan.port.procedures import CheckKind

MOST_IMAGE_BYTES = 12_000_000
MOST_FIELD_BYTES = 8_192
MOST_BODY_BYTES = MOST_IMAGE_BYTES + 4 * MOST_FIELD_BYTES
MOST_PARTS = 4
MOST_HEADER_BYTES = 2_048
PARTS = ("image", "reading", "taken_at", "sequence")
IMAGE_TYPES = ("image/jpeg", "image/png")
ASCII_ONLY = (CheckKind.CONTAINER, CheckKind.SEAL)
"""Checks whose texts are ASCII by their standards; plates and names are not."""


class Malformed(Exception):
    """A body that is not as it should be: status, and what was wrong and what was expected."""

    def __init__(self, status: int, problem: str) -> None:
        super().__init__(problem)
        self.status = status


class One(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One reading of the camera's own reader."""

    check: CheckKind
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    confidence: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0


class Reading(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The part ``reading``."""

    readings: Annotated[list[One], msgspec.Meta(max_length=16)]


class Post(NamedTuple):
    """What a camera sent."""

    image: bytes
    sequence: int
    taken_at_ms: int | None
    readings: tuple[VendorReading, ...]


def read_post(device: Device, content_type: str, body: bytes) -> Post:
    """Return what a body holds; raises Malformed."""
    parts = _Parts(content_type).read(body)
    image = parts.get("image", b"")
    if not image:
        raise Malformed(422, f"no image: expected a part image of {' or '.join(IMAGE_TYPES)}")
    return Post(
        image,
        _number(parts, "sequence"),
        _number(parts, "taken_at") if "taken_at" in parts else None,
        _readings(device, parts["reading"]) if "reading" in parts else (),
    )


def _number(parts: Mapping[str, bytes], name: str) -> int:
    text = parts.get(name, b"").decode("ascii", "replace").strip()
    if not (text.isascii() and text.isdigit()) or len(text) > 16 or int(text) > LARGEST:
        raise Malformed(422, f"{name} {text[:40]!r}: expected a whole number up to {LARGEST}")
    return int(text)


def _readings(device: Device, payload: bytes) -> tuple[VendorReading, ...]:
    """Read what the camera's own reader found."""
    try:
        found = msgspec.json.decode(payload, type=Reading)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Malformed(422, f"reading: {error}") from None
    for one in found.readings:
        if one.check not in device.checks:
            known = ", ".join(device.checks) or "none"
            raise Malformed(422, f"reading: check {one.check}: expected one of its checks: {known}")
        if not one.text.isprintable() or (one.check in ASCII_ONLY and not one.text.isascii()):
            kind = "ASCII" if one.check in ASCII_ONLY else "printable"
            raise Malformed(422, f"reading: {one.check} {one.text!r}: expected {kind} characters")
    return tuple(
        VendorReading(one.check, one.text, round(one.confidence * 1_000_000))
        for one in found.readings
    )


class _Parts:
    """Collects the parts of a multipart body by their names."""

    def __init__(self, content_type: str) -> None:
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary", b"")
        if kind != b"multipart/form-data" or not 0 < len(boundary) <= 70:
            raise Malformed(415, "expected content-type multipart/form-data with a boundary")
        self._found: dict[str, bytearray] = {}
        self._name = ""
        self._header, self._value = bytearray(), bytearray()
        self._headers: dict[bytes, bytes] = {}
        self._ended = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._on_header_field,
                "on_header_value": self._on_header_value,
                "on_header_end": self._on_header_end,
                "on_headers_finished": self._on_headers_finished,
                "on_part_data": self._on_data,
                "on_end": self._on_end,
            },
        )

    def read(self, body: bytes) -> dict[str, bytes]:
        """Return the parts; raises Malformed."""
        try:
            self._parser.write(body)
            self._parser.finalize()
        except FormParserError as error:
            raise Malformed(422, f"multipart: {error}") from None
        if not self._ended:
            raise Malformed(422, "multipart: cut off: expected a closing boundary")
        return {name: bytes(content) for name, content in self._found.items()}

    def _begin(self) -> None:
        if len(self._found) >= MOST_PARTS:
            raise Malformed(422, f"too many parts: expected at most {MOST_PARTS}")
        self._headers = {}
        self._header, self._value = bytearray(), bytearray()

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]
        self._bound_headers()

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]
        self._bound_headers()

    def _bound_headers(self) -> None:
        if len(self._header) + len(self._value) > MOST_HEADER_BYTES or len(self._headers) > 8:
            raise Malformed(422, f"part with headers of more than {MOST_HEADER_BYTES} bytes")

    def _on_header_end(self) -> None:
        self._headers[bytes(self._header).lower()] = bytes(self._value)
        self._header, self._value = bytearray(), bytearray()

    def _on_headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        name = options.get(b"name", b"").decode("ascii", "replace")
        if name not in PARTS or name in self._found:
            raise Malformed(422, f"part {name[:40]!r}: expected each once of {', '.join(PARTS)}")
        kind = self._headers.get(b"content-type", b"").decode("ascii", "replace")
        if name == "image" and kind not in IMAGE_TYPES:
            expected = " or ".join(IMAGE_TYPES)
            raise Malformed(415, f"image with content-type {kind[:40]!r}: expected {expected}")
        self._name = name
        self._found[name] = bytearray()

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        content = self._found[self._name]
        content += data[start:end]
        most = MOST_IMAGE_BYTES if self._name == "image" else MOST_FIELD_BYTES
        if len(content) > most:
            raise Malformed(413, f"part {self._name}: expected at most {most:,} bytes")

    def _on_end(self) -> None:
        self._ended = True
