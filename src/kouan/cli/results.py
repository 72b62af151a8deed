"""What a command leaves behind of a run: summary, report, and what it shows of them."""

import json
import os
import shlex
import sys
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from kouan.report.tables import show
from kouan.report.texts import Language

Json = dict[str, Any]


def write_whole(path: Path, text: str) -> None:
    """Write a file so that whoever reads it finds the old text or the new one, never a part."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_text(text, "utf-8")
        os.replace(partial, path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise


def write_results(folder: Path, summary: Json, language: Language) -> Path:
    """Write summary and report into a folder; return the report's path."""
    from kouan.report.html import render  # draws its charts by what takes half a second to load

    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "summary.json", json.dumps(summary, ensure_ascii=False, indent=1))
    command = shlex.join(["kouan", *sys.argv[1:]])
    report = folder / "report.html"
    write_whole(report, render(summary, command, language))
    return report


def show_results(summary: Json, report: Path, language: Language, as_json: bool) -> None:
    """Print the summary as one JSON object, or as tables with the report's path."""
    if as_json:
        typer.echo(json.dumps(summary, ensure_ascii=False))
    else:
        show(summary, Console(), language)
        typer.echo(f"{report}")
