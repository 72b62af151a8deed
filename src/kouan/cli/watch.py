"""`kouan watch`: border inspection's watch list of a port, whether it runs or not.

Whoever may write the data folder may do all of this. A travel document's number comes by a prompt
or on standard input, never by an option that other users of the machine could see.
"""

from typing import Annotated

import typer

from kouan.cli.account import Data, Url
from kouan.cli.terminal import AsJson

app = typer.Typer(help="Border inspection's watch list of a port.", no_args_is_help=True)


@app.command()
def add(
    data: Data,
    reason: Annotated[str, typer.Option(help="Why; only border inspection sees it.")],
    person: Annotated[
        bool, typer.Option("--person", help="A person: asks for issuing state and number.")
    ] = False,
    plate: Annotated[str | None, typer.Option(help="A plate.")] = None,
    container: Annotated[str | None, typer.Option(help="A container's number.")] = None,
    accounts: Url = None,
) -> None:
    """Put a person, a plate or a container on the list; print the entry's code."""
    from kouan.cli.watching import add_entry, opened

    with opened(data, accounts) as watch:
        add_entry(watch, data, reason, person=person, plate=plate, container=container)


@app.command()
def remove(
    code: Annotated[str, typer.Argument(help="Code of the entry.", show_default=False)],
    data: Data,
    accounts: Url = None,
) -> None:
    """Take an entry off the list; visits that it holds are freed."""
    from kouan.cli.accounting import by
    from kouan.cli.watching import opened

    with opened(data, accounts) as watch:
        watch.remove(code, by())


@app.command("list")
def list_entries(data: Data, as_json: AsJson = False, accounts: Url = None) -> None:
    """List the entries; of persons there are pseudonyms."""
    from kouan.cli.watching import opened, show_entries

    with opened(data, accounts) as watch:
        show_entries(watch, as_json)
