"""`kouan gate`: pictures as a gate's cameras see them."""

import json
from pathlib import Path
from typing import Annotated

import typer

from kouan.cli.options import MOST_SEED
from kouan.cli.terminal import AsJson, mistakes

app = typer.Typer(help="Pictures as a gate's cameras see them.", no_args_is_help=True)


@app.command()
def draw(
    output: Annotated[Path, typer.Option("-o", "--output", help="File to write: .jpg or .png.")],
    kind: Annotated[
        str, typer.Option(help="plate, container, mrz, code, truck, or a kind such as plate-blue.")
    ],
    text: Annotated[
        str | None,
        typer.Option(help="What it shows, \\n between lines; for a truck plate and container."),
    ] = None,
    difficulty: Annotated[str, typer.Option(help="clean, mild or hard.")] = "clean",
    seed: Annotated[int, typer.Option(min=0, max=MOST_SEED, help="Seed of all draws.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Draw a synthetic picture, and say what is on it and where."""
    from kouan.cli.drawing import Asked, draw_into

    with mistakes():
        for path, truth in draw_into(output, Asked(kind, text, difficulty, seed)):
            if as_json:
                typer.echo(json.dumps({"file": str(path), **truth}, ensure_ascii=False))
            else:
                box = ", ".join(map(str, truth["box"]))
                shown = str(truth["text"]).replace("\n", "\\n")
                typer.echo(f"{path}: {truth['scene']} {shown} at {box}")
