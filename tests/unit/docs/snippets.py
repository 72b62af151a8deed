"""Snippets of a page: fenced blocks are files and commands, run one after the other in a folder.

* ```` ```toml name.toml ```` is added to that file; ```` ```toml ```` alone has to be sound TOML.
* ```` ```python ```` is run as it stands.
* ```` ```console ```` holds ``$ command`` lines, each followed by lines of its output, in their
  order. ``...`` stands for lines left out, ``…`` for anything within a line. Blanks count once.
  ``kouan`` and ``sqlite3 FILE SQL`` are run; ``echo $?`` tells the last exit code, which otherwise
  has to be 0.
"""

import re
import shlex
import sqlite3
import tomllib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from typer.testing import CliRunner

from kouan.cli import app

FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """One fenced block and the line on which it begins."""

    line: int
    kind: str
    name: str
    text: str


class Command(NamedTuple):
    """A command of a console block with the lines that its output must have."""

    line: int
    words: list[str]
    expected: list[str]


def blocks(page: str) -> Iterator[Block]:
    """Yield the fenced blocks of a page that name their language."""
    for found in FENCE.finditer(page):
        line = page.count("\n", 0, found.start()) + 1
        yield Block(line, found[1], found[2] or "", found[3])


def commands(block: Block) -> list[Command]:
    """Return the commands of a console block."""
    found: list[Command] = []
    for number, line in enumerate(block.text.splitlines(), block.line + 1):
        if line.startswith("$ "):
            found.append(Command(number, shlex.split(line[2:]), []))
        elif line.strip() not in ("", "..."):
            found[-1].expected.append(" ".join(line.split()))
    return found


class Session:
    """Runs the blocks of one page in the current folder, and collects what differs."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.ran = 0
        self._exit_code = 0
        self._failed_line = 0

    def run(self, page: str) -> None:
        """Run every block of a page."""
        for block in blocks(page):
            if block.kind == "toml" and block.name:
                with Path(block.name).open("a", encoding="utf-8") as file:
                    file.write(block.text + "\n")
            elif block.kind == "toml":
                tomllib.loads(block.text)
            elif block.kind == "python":
                self.ran += 1
                exec(block.text, {})
            elif block.kind == "console":
                for command in commands(block):
                    self._run(command)
        self._expect_success()

    def _run(self, command: Command) -> None:
        self.ran += 1
        program, *arguments = command.words
        if command.words == ["echo", "$?"]:
            output, self._failed_line = str(self._exit_code), 0
        elif program == "sqlite3":
            output = _query(*arguments)
        else:
            self._expect_success()
            output = self._kouan(command, arguments) if program == "kouan" else ""
        self._compare(command, output)

    def _kouan(self, command: Command, arguments: list[str]) -> str:
        result = CliRunner().invoke(app, arguments)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        self._exit_code = result.exit_code
        self._failed_line = command.line if result.exit_code else 0
        return result.output

    def _expect_success(self) -> None:
        """The page has to say so where a command fails."""
        if self._failed_line:
            self.problems.append(f"line {self._failed_line}: exit code {self._exit_code}")
        self._failed_line = 0

    def _compare(self, command: Command, output: str) -> None:
        lines = iter([" ".join(line.split()) for line in output.splitlines()])
        for expected in command.expected:
            pattern = re.compile(".*".join(map(re.escape, expected.split("…"))))
            # Each search goes on behind the line found last.
            if not any(pattern.fullmatch(line) for line in lines):
                said = shlex.join(command.words)
                self.problems.append(
                    f"line {command.line}: {said}: no such line: {expected}\n{output}"
                )
                return


def _query(database: str, sql: str) -> str:
    """Return the rows as the sqlite3 program prints them."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        rows = connection.execute(sql).fetchall()
    return "\n".join("|".join(_shown(cell) for cell in row) for row in rows)


def _shown(cell: object) -> str:
    return cell.decode() if isinstance(cell, bytes) else str(cell)
