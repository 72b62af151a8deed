"""Whether everything that reads pictures is installed: the extra `gate`."""

import importlib.util

from kouan.gate.errors import ReaderMissing

NEEDED = ("cv2", "numpy", "onnxruntime", "rapidocr", "zxingcpp")


def check_installed() -> None:
    """Raise ReaderMissing, naming the extra, unless pictures can be read."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        names = ", ".join(missing)
        expected = "expected kouan with its extra gate: pip install 'kouan[gate]'"
        raise ReaderMissing(f"pictures can't be read: {names} not installed; {expected}")
