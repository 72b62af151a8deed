"""`kouan account`: people, programs and devices of a port, whether it runs or not.

Whoever may write the data folder may do all of this: it is the way to the first account. Passwords
come by a prompt or on standard input, never by an option that other users of the machine could see.
"""

from pathlib import Path
from typing import Annotated

import typer

from kouan.cli.terminal import AsJson, Lang, mistakes
from kouan.live.accounts.rights import GRANTED

app = typer.Typer(help="People, programs and devices of a port.", no_args_is_help=True)
device_app = typer.Typer(help="Devices with tokens of their own.", no_args_is_help=True)
app.add_typer(device_app, name="device")

Data = Annotated[Path, typer.Option(help="Data folder of the port.", show_default=False)]
Url = Annotated[
    str | None, typer.Option("--accounts", help="Database of accounts: postgresql+psycopg://...")
]
Name = Annotated[str, typer.Argument(help="Name of the account.", show_default=False)]
Device = Annotated[str, typer.Argument(help="Name of the device.", show_default=False)]
Roles = Annotated[list[str], typer.Option("--role", help=f"May be repeated: {', '.join(GRANTED)}.")]


@app.command()
def add(
    name: Name,
    data: Data,
    role: Roles,
    one_time: Annotated[
        bool, typer.Option("--one-time", help="Print a one-time password instead of asking.")
    ] = False,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="For a program: it gets tokens only.")
    ] = False,
    accounts: Url = None,
) -> None:
    """Make an account for a person, or for a program."""
    from kouan.cli.accounting import add_person, opened

    with opened(data, accounts) as book:
        add_person(book, name, role, one_time=one_time, no_password=no_password)


@app.command()
def roles(name: Name, data: Data, role: Roles, accounts: Url = None) -> None:
    """Give an account these roles and no others."""
    from kouan.cli.accounting import give_roles, opened

    with opened(data, accounts) as book:
        give_roles(book, name, role)


@app.command()
def reset(name: Name, data: Data, accounts: Url = None) -> None:
    """Print a one-time password, ending all sessions and tokens of the account."""
    from kouan.cli.accounting import opened, reset_password

    with opened(data, accounts) as book:
        reset_password(book, name)


@app.command()
def disable(name: Name, data: Data, accounts: Url = None) -> None:
    """Disable an account or a device: sessions and tokens end at once and for good."""
    from kouan.cli.accounting import by, opened

    with opened(data, accounts) as book:
        book.disable(name, by())


@app.command()
def enable(name: Name, data: Data, accounts: Url = None) -> None:
    """Enable an account or a device again; it needs new tokens."""
    from kouan.cli.accounting import by, opened

    with opened(data, accounts) as book:
        book.enable(name, by())


@app.command()
def token(
    name: Name,
    data: Data,
    label: Annotated[str, typer.Option(help="What it is for.")] = "",
    days: Annotated[int, typer.Option(help="How long it is good, at most 366.")] = 90,
    accounts: Url = None,
) -> None:
    """Print a new token with which a program does what the account may do."""
    from kouan.cli.accounting import by, opened, show_once

    with opened(data, accounts) as book:
        show_once(book.token(name, label, days, by()), f"token, {days} days")


@app.command()
def tokens(name: Name, data: Data, as_json: AsJson = False, accounts: Url = None) -> None:
    """List the tokens of an account: id, made, good until, label. Their text is not kept."""
    from kouan.cli.accounting import opened, show_tokens

    with opened(data, accounts) as book:
        show_tokens(book, name, as_json)


@app.command()
def revoke(
    name: Name,
    data: Data,
    token_id: Annotated[str, typer.Argument(help="Id of the token; else all.")] = "",
    accounts: Url = None,
) -> None:
    """Revoke a token of an account, or all."""
    from kouan.cli.accounting import opened, revoke_tokens

    with opened(data, accounts) as book:
        revoke_tokens(book, name, token_id)


@app.command("list")
def list_accounts(
    data: Data, as_json: AsJson = False, lang: Lang = "en", accounts: Url = None
) -> None:
    """List accounts with their roles."""
    from kouan.cli.accounting import opened, show_accounts

    with opened(data, accounts) as book:
        show_accounts(book, lang, devices=False, as_json=as_json)


@app.command()
def rights(as_json: AsJson = False, lang: Lang = "en") -> None:
    """Print the table of roles and their rights."""
    from kouan.cli.accounting import show_rights

    with mistakes():
        show_rights(lang, as_json)


@device_app.command("add")
def add_device(name: Device, data: Data, accounts: Url = None) -> None:
    """Make a device's account and print its token."""
    from kouan.cli.accounting import by, opened, show_once

    with opened(data, accounts) as book:
        show_once(book.add_device(name, by()), "token of the device")


@device_app.command("renew")
def renew_device(name: Device, data: Data, accounts: Url = None) -> None:
    """Print another token of a device; all that it had end at once."""
    from kouan.cli.accounting import by, opened, show_once

    with opened(data, accounts) as book:
        show_once(book.renew_device(name, by()), "token of the device")


@device_app.command("list")
def list_devices(
    data: Data, as_json: AsJson = False, lang: Lang = "en", accounts: Url = None
) -> None:
    """List devices that have an account."""
    from kouan.cli.accounting import opened, show_accounts

    with opened(data, accounts) as book:
        show_accounts(book, lang, devices=True, as_json=as_json)
