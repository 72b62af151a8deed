"""How twins are told what happens: one word a line, as JSON, answered by one line.

Over a socket on loopback the first line is the token. By hand the lines come on standard input.
"""

import asyncio
import base64
import json
import secrets
import socket
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import msgspec

from kouan.live.devices.twins.crew import TwinCrew
from kouan.live.devices.twins.spec import TwinError, Word

HOST = "127.0.0.1"
LONGEST_LINE = 64_000_000
MOST_CONNECTIONS = 8
ANSWER_S = 60.0


async def answer(crew: TwinCrew, line: bytes) -> bytes:
    """Carry out a line; return the line of the answer."""
    try:
        word = msgspec.json.decode(line, type=Word)
        found: dict[str, Any] = {"ok": True, **await crew.carry_out(word)}
    except (msgspec.MsgspecError, UnicodeDecodeError, TwinError) as problem:
        found = {"ok": False, "problem": str(problem)}
    return json.dumps(found, ensure_ascii=False).encode() + b"\n"


class ControlServer:
    """Takes words on a socket of loopback."""

    def __init__(self, crew: TwinCrew, token: str) -> None:
        self._crew, self._token = crew, token.encode()
        self._open = 0
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        """Listen on a free port; return it."""
        self._server = await asyncio.start_server(self._serve, HOST, 0, limit=LONGEST_LINE)
        return int(self._server.sockets[0].getsockname()[1])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            given = (await reader.readline()).strip()
            right = secrets.compare_digest(given, self._token)
            while right and self._open <= MOST_CONNECTIONS and (line := await reader.readline()):
                writer.write(await answer(self._crew, line))
                await writer.drain()
        except (OSError, ValueError, asyncio.CancelledError):  # gone, a line too long, or the end
            return
        finally:
            self._open -= 1
            writer.close()


class TwinControl:
    """Speaks to twins from another process."""

    def __init__(self, port: int, token: str) -> None:
        """Connect; raises OSError."""
        self._socket = socket.create_connection((HOST, port), ANSWER_S)
        self._file = self._socket.makefile("rwb")
        self._send(token.encode())

    def say(self, do: str, **words: object) -> dict[str, Any]:
        """Say a word; return the answer. Raises TwinError with what was expected."""
        line = self._answer(json.dumps({"do": do, **words}, ensure_ascii=False).encode())
        found: dict[str, Any] = json.loads(line)
        if not found.pop("ok"):
            raise TwinError(found["problem"])
        return found

    def _answer(self, line: bytes) -> bytes:
        try:
            self._send(line)
            answer = self._file.readline()
        except TimeoutError as error:
            raise TwinError(f"the twins said nothing within {ANSWER_S:g} s") from error
        except OSError:  # closed while there was more to read: the same as an end
            answer = b""
        if not answer:
            raise TwinError("the twins closed the connection: expected their token")
        return answer

    def _send(self, line: bytes) -> None:
        self._file.write(line + b"\n")
        self._file.flush()

    def close(self) -> None:
        """Let go."""
        with suppress(OSError):  # what could not be sent is not sent at the end either
            self._file.close()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def picture(
    device: str, image: bytes, readings: list[Mapping[str, str | float]] | None = None
) -> dict[str, object]:
    """A picture for ``arrive`` that holds its image itself."""
    content = base64.b64encode(image).decode()
    return {"device": device, "content": content, "readings": readings or []}
