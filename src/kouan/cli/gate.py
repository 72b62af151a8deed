"""`kouan gate`: pictures as a gate's cameras see them: drawn, read, and removed."""

import json
from pathlib import Path
from typing import Annotated

import typer

from kouan.cli.options import MOST_SEED
from kouan.cli.terminal import MISTAKE, AsJson, mistakes, progress
from kouan.gate.words import Kind

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


@app.command()
def read(
    images: Annotated[list[Path], typer.Argument(help="JPEG or PNG files.", show_default=False)],
    kind: Annotated[
        list[Kind] | None, typer.Option(help="What to look for; may be repeated. All by default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read plates, container numbers, travel documents and codes in pictures."""
    from kouan.cli.gate_reading import lines, read_files

    with mistakes():
        with progress("reading", len(images), quiet=as_json or len(images) == 1) as advance:
            done = list(read_files(images, kind or list(Kind), advance))
        good = [one for one in done if one is not None]
        if as_json:
            typer.echo(json.dumps({"images": good}, ensure_ascii=False))
        else:
            typer.echo("\n".join(line for one in good for line in lines(one)))
        if len(good) < len(done):
            raise typer.Exit(MISTAKE)


@app.command()
def removed(
    journal: Annotated[str, typer.Argument(help="Journal, its folder, or a database's URL.")],
    data: Annotated[
        Path | None, typer.Option(help="Data folder with the documents, beside a URL.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the pictures that were removed, and check that none of them is there any more."""
    from kouan.cli.keeping import show_removed

    with mistakes():
        if not show_removed(journal, data, as_json):
            raise typer.Exit(MISTAKE)
