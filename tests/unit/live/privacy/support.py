"""A live port in this process, spoken to over HTTP."""

from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from kouan.live.access import TOKEN_FILE
from kouan.live.service import LivePort
from kouan.port.model import Port
from tests.unit.live.support import EmptySite, tiny_port
from tests.unit.live.test_service import options


class Whole:
    """A port that runs, spoken to over HTTP as everybody in turn."""

    def __init__(self, folder: Path, port: Port | None = None) -> None:
        """Start or go on; who speaks first is the folder's owner, then both authorities."""
        site = lambda *_: EmptySite()  # noqa: E731
        self.live = LivePort(
            port or tiny_port(), folder / "data", site, options(seconds=None, time_scale=1)
        )
        accounts = self.live.door.accounts
        self.tokens = [(folder / "data" / TOKEN_FILE).read_text()]
        for number, role in enumerate(("border_officer", "gate_officer")):
            if accounts.people.find(f"wang{number}") is None:
                accounts.add(f"wang{number}", [role], "test")
            self.tokens.append(accounts.token(f"wang{number}", "", 1, "test"))
        self.live.start()
        self.client = TestClient(self.live.app(), "http://localhost", raise_server_exceptions=False)
        self.answers: list[tuple[str, str]] = []
        self.statuses: list[int] = []

    def say(self, path: str, body: Any = None, token: int = 0) -> int:
        """Ask or post as somebody; return the status."""
        headers = {"authorization": f"Bearer {self.tokens[token]}"}
        if body is None:
            answer = self.client.get(path, headers=headers)
        else:
            answer = self.client.post(path, json=body, headers=headers)
        self.answers.append((path, answer.text))
        self.statuses.append(answer.status_code)
        return int(answer.status_code)

    def close(self) -> None:
        """Stop it in order."""
        self.client.close()
        self.live.stop()
        self.live.close()
