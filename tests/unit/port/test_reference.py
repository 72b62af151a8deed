"""The committed reference of the port file is the one that the model writes."""

from dataclasses import fields
from pathlib import Path

from kouan.port.decode import slots_of
from kouan.port.model import Fleet, Port
from kouan.port.reference import field_docs, reference_markdown

PAGE = Path(__file__).parents[3] / "docs" / "port-file.md"


def test_the_committed_page_is_current() -> None:
    """Write it anew with: python -m kouan.port.reference > docs/port-file.md"""
    assert PAGE.read_text(encoding="utf-8") == reference_markdown()


def test_every_field_has_its_line() -> None:
    docs = field_docs()
    assert all(docs[f"Fleet.{field.name}"] for field in fields(Fleet))
    page = reference_markdown()
    rows = [row for row in page.splitlines() if row.startswith("| `")]
    assert all(any(row.startswith(f"| `{key}` |") for row in rows) for key in slots_of(Port))
    assert "| `truck_speed` | speed | 30 km/h |" in page
    assert "| `slot` | duration | 1 h | Length of a slot. |" in page
    assert "| `count` | count from 0 | **required** | Vehicles in use. |" in page
