"""Synthetic pictures into files."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from kouan.cli.terminal import Mistake

SUFFIXES = (".jpg", ".jpeg", ".png")
TRUCK = "truck"


class Asked(NamedTuple):
    """What is to be drawn."""

    kind: str
    text: str | None
    difficulty: str
    seed: int


def draw_into(output: Path, asked: Asked) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Draw and write; each file and what is on it. A truck gives two files, front and side.

    Raises Mistake and DrawingError.
    """
    if output.suffix.lower() not in SUFFIXES:
        raise Mistake(f"{output}: expected a name that ends in {', '.join(SUFFIXES)}")
    try:
        import cv2

        from kouan.gate.drawing.scene import draw_scene
        from kouan.gate.drawing.trucks import draw_truck
    except ImportError as error:
        raise Mistake(
            f"{error.name}: not installed; expected the extra gate: pip install 'kouan[gate]'"
        ) from None
    if asked.kind == TRUCK:
        plate, container = _plate_and_container(asked.text)
        views = draw_truck(plate, container, asked.seed, asked.difficulty)
        drawn = [
            (output.with_stem(f"{output.stem}-{view.name}"), view.frame, view.truth)
            for view in views
        ]
    else:
        text = None if asked.text is None else asked.text.replace("\\n", "\n")
        drawn = [(output, *draw_scene(asked.kind, asked.seed, asked.difficulty, text))]
    for path, frame, truth in drawn:
        done, data = cv2.imencode(path.suffix.lower(), frame)
        if not done:
            raise Mistake(f"{path}: could not be encoded")
        path.write_bytes(data.tobytes())
        yield path, truth._asdict()


def _plate_and_container(text: str | None) -> tuple[str, str]:
    words = (text or "").split()
    if len(words) != 2:
        raise Mistake(
            f"--text {text!r}: for a truck expected a plate and a container number, "
            "such as '蒙L12345 CSQU3054383'"
        )
    return words[0], words[1]
