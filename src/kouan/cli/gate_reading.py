"""Pictures read on the command line."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from kouan.cli.terminal import say
from kouan.gate.errors import ImageError
from kouan.gate.installed import check_installed
from kouan.gate.words import Kind, Reading


def read_files(
    paths: Sequence[Path], kinds: Sequence[Kind], advance: Callable[[float], None]
) -> Iterator[dict[str, Any] | None]:
    """Read files one after the other; None for a bad one, which is told on standard error.

    Raises ReaderMissing.
    """
    check_installed()
    from kouan.gate.images import MOST_BYTES
    from kouan.gate.reading import read_image, warm_up

    warm_up()
    for number, path in enumerate(paths, 1):
        try:
            with path.open("rb") as file:
                # One more than may be, so that a longer file is told from one that just fits.
                content = file.read(MOST_BYTES + 1)
            begun = perf_counter()
            readings = read_image(content, kinds, name=str(path))
        except ImageError as error:
            say(str(error))
            yield None
        except OSError as error:
            say(f"{path}: {error.strerror or error}; expected a JPEG or PNG picture")
            yield None
        else:
            ms = round((perf_counter() - begun) * 1000)
            yield {"file": str(path), "ms": ms, "readings": [_plain(each) for each in readings]}
        advance(number)


def _plain(reading: Reading) -> dict[str, Any]:
    return {
        "kind": reading.kind.value,
        "text": reading.text,
        "variety": reading.variety,
        "confidence_ppm": reading.confidence_ppm,
        "reason": reading.reason,
        "box": list(reading.box),
        "repaired": list(reading.repaired),
    }


def lines(one: dict[str, Any]) -> Iterator[str]:
    """What was read in a file, for people."""
    yield f"{one['file']}: {one['ms']} ms"
    for reading in one["readings"]:
        if not reading["text"]:
            yield f"  {reading['kind']}: unread: {reading['reason']}"
            continue
        left, top, right, bottom = reading["box"]
        text = reading["text"].replace("\n", "\\n")
        certain = f"{reading['confidence_ppm'] / 10_000:.1f} %"
        where = f"at {left},{top} to {right},{bottom}"
        why = f"; {reading['reason']}" if reading["reason"] else ""
        yield f"  {reading['kind']} {reading['variety']}: {text} {certain} {where}{why}"
