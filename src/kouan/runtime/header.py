"""The head of a journal: all that has to be known to decide its entries again.

It holds the port itself, so that a replay needs no port file, and neither a clock nor a machine, so
that the same run gives the same bytes anywhere. The chain of entries begins with its hash.
"""

from dataclasses import dataclass, field
from hashlib import sha256
from importlib.metadata import version
from typing import Literal

import msgspec

from kouan.port.model import Port
from kouan.runtime.codec import CodecError, canonical_json, decode_port, encode_port, field_layout

WorldName = Literal["simulated", "live"]
Layout = dict[str, dict[str, list[str]]]

PINNED_PACKAGES = ("tzdata", "holidays", "numpy", "scipy")
"""Packages whose version may change what is decided."""


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the first entry."""

    kouan: str
    """Version that made the journal."""
    world: WorldName
    """Whether the entries are simulated or happened."""
    port_name: str
    port_hash: str
    """SHA-256 of the port document, in hexadecimal."""
    port_document: msgspec.Raw
    """The port as ``codec.encode_port`` wrote it."""
    seed: int
    """Seed of a simulation's draws; 0 in live operation."""
    start_ms: int
    """Time from which the port runs (Unix milliseconds)."""
    packages: dict[str, str] = field(default_factory=dict)
    """Versions of the packages that may change what is decided."""
    layout: Layout = field(default_factory=field_layout)
    """Field names of every kind of event and command."""
    format: str = "kouan-journal-1"
    """Form of the journal itself."""

    def port(self) -> Port:
        """Return the port; raise CodecError when another version's model wrote it."""
        return decode_port(bytes(self.port_document))

    def encode(self) -> bytes:
        """Return the bytes with which the chain begins."""
        return canonical_json(self)


def make_header(port: Port, world: WorldName, *, seed: int = 0, start_ms: int) -> Header:
    """Return the header for a new journal of this port, with the versions installed here."""
    document = encode_port(port)
    return Header(
        kouan=version("kouan"),
        world=world,
        port_name=port.name,
        port_hash=sha256(document).hexdigest(),
        port_document=msgspec.Raw(document),
        seed=seed,
        start_ms=start_ms,
        packages={name: version(name) for name in PINNED_PACKAGES},
    )


def decode_header(payload: bytes) -> Header:
    """Return the header; raise CodecError when the bytes are none."""
    try:
        return msgspec.json.decode(payload, type=Header)  # its Raw refers to these bytes
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise CodecError(f"header: {error}") from error
