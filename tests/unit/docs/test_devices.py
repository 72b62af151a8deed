"""docs/devices.md: its port file reads, its faults are the twins', its counts the code's."""

import re
from pathlib import Path

from kouan.live.devices.twins.spec import FAULTS
from tests.unit.docs.snippets import blocks
from tests.unit.port.files import load

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "devices.md").read_text(encoding="utf-8")
CODE = ROOT / "src" / "kouan" / "live" / "devices"
COUNTED = re.compile(r'(?:count|_refuse|_count)\((?:device|name|self\._name|one\.name), "(\w+)"')
LISTED = re.compile(r'faults\.append\("(\w+)"\)')


def test_the_example_is_a_sound_part_of_a_port_file(tmp_path: Path) -> None:
    (example,) = [block.text for block in blocks(PAGE) if block.kind == "toml"]
    mark = "[sources.example]"
    port, warnings = load(tmp_path, (mark, f"{example}\n{mark}"))
    assert list(port.devices) == ["front", "passport", "scale", "barrier", "safety", "seal"]
    assert warnings == ()


def test_every_fault_of_a_twin_is_named() -> None:
    assert not [f for faults in FAULTS.values() for f in faults if f"`{f}`" not in PAGE]


def test_every_count_is_named() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in CODE.glob("*.py"))
    counted = {*COUNTED.findall(text), *LISTED.findall(text)}
    assert {"forged", "flood", "bad_image", "no_frame", "exception"} <= counted
    assert not [what for what in counted if f"`{what}`" not in PAGE]
