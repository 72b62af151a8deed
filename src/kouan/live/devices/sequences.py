"""Numbers of messages that only grow, so that none can be said again; kept over restarts."""

import json
import logging
import os
import threading
from pathlib import Path

log = logging.getLogger(__name__)

MEMORY_FILE = "devices.json"
LARGEST = 1 << 53


class Sequences:
    """The newest number of each device; may be used from any thread."""

    def __init__(self, folder: Path | None) -> None:
        """Go on with what is kept in a folder; None keeps nothing."""
        self._path = None if folder is None else folder / MEMORY_FILE
        self._newest: dict[str, int] = {} if self._path is None else _kept(self._path)
        self._lock = threading.Lock()

    def take(self, device: str, number: int) -> str:
        """Take a number; return what is wrong with it, "" for nothing."""
        with self._lock:
            newest = self._newest.get(device, -1)
            if not newest < number <= LARGEST:
                return f"sequence {number}: expected more than {newest}: said again or out of order"
            self._newest[device] = number
            self._keep()
        return ""

    def _keep(self) -> None:
        if self._path is None:
            return
        partial = self._path.with_suffix(".partial")
        try:
            partial.write_text(json.dumps(self._newest), "ascii")
            os.replace(partial, self._path)
        except OSError as error:
            log.error("%s: can't be written: %s", self._path, error)


def _kept(path: Path) -> dict[str, int]:
    try:
        found = json.loads(path.read_text("ascii"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        log.error("%s: can't be read, numbers begin anew: %s", path, error)
        return {}
    pairs = found.items() if isinstance(found, dict) else ()
    return {name: number for name, number in pairs if isinstance(number, int)}
