"""What all commands share: messages, mistakes and progress."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from kouan.gate.drawing.errors import DrawingError
from kouan.live.errors import LiveError
from kouan.port.problems import PortError
from kouan.report.texts import Language
from kouan.runtime.codec import CodecError
from kouan.runtime.errors import JournalError
from kouan.sim.errors import FaultScriptError, ReplayedOtherwise

MISTAKE = 2
"""Exit code of a user's mistake."""
NO_READER = 141
"""Exit code when whoever read the output closed it, as after ``| head``; the shell's own."""
FIRST_YEAR, LAST_YEAR = 2000, 2199
"""Years that may be simulated or run."""

PortFile = Annotated[Path, typer.Argument(help="Port file (TOML).", show_default=False)]
Settings = Annotated[
    list[str] | None, typer.Option("--set", help="Change a figure: fleets.agv.count=6")
]
Lang = Annotated[Language, typer.Option("--lang", help="Language of tables and reports.")]
Journal = Annotated[
    str | None, typer.Option(help="Database for the journal: postgresql+psycopg://...")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


class Mistake(Exception):
    """What a user asked for can't be done as asked; says what was wrong and what was expected."""


EXPECTED = (
    JournalError,
    CodecError,
    FaultScriptError,
    ReplayedOtherwise,
    LiveError,
    DrawingError,
    Mistake,
)


def say(text: str) -> None:
    """Write a line for people on standard error."""
    Console(stderr=True, soft_wrap=True).print(text, markup=False, highlight=False)


@contextmanager
def mistakes() -> Iterator[None]:
    """Turn a user's mistake into its message and exit code 2, without a traceback."""
    try:
        yield
    except PortError as error:
        for problem in error.problems:
            say(str(problem))
    except EXPECTED as error:
        say(str(error))
    except BrokenPipeError:
        # What is still buffered has nowhere to go, and must not fail again at the very end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(NO_READER) from None
    except OSError as error:
        say(f"{error.filename or ''}: {error.strerror or error}".lstrip(": "))
    else:
        return
    raise typer.Exit(MISTAKE)


@contextmanager
def progress(text: str, total: float, quiet: bool = False) -> Iterator[Callable[[float], None]]:
    """Show a bar with the time left on standard error; yields ``advance_to(done)``."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn())
    times = (TimeElapsedColumn(), TextColumn("/"), TimeRemainingColumn())
    hidden = quiet or not console.is_terminal
    with Progress(*columns, *times, console=console, transient=True, disable=hidden) as bar:
        task = bar.add_task(text, total=total)

        def advance_to(done: float) -> None:
            bar.update(task, completed=done)

        yield advance_to
