"""What the commands of `kouan account` need: the accounts of a folder, passwords, tables."""

import getpass
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from kouan.cli.terminal import Mistake, mistakes, say
from kouan.live.accounts.book import Accounts
from kouan.live.accounts.passwords import check_password
from kouan.live.accounts.people import DEVICE, LOCAL, PERSON, Account, checked_roles, clean_name
from kouan.live.accounts.rights import RIGHTS, ROLES
from kouan.live.accounts.signing_in import SigningIn
from kouan.report.texts import Language, text

MOST_PASSWORD_BYTES = 4_096


@contextmanager
def opened(data: Path, url: str | None) -> Iterator[Accounts]:
    """Open the accounts of a folder; a mistake is told without a traceback."""
    with mistakes():
        if not data.is_dir():
            raise Mistake(f"{data}: no such folder: expected the data folder of a port")
        accounts = Accounts(url or data)
        try:
            yield accounts
        finally:
            accounts.close()


def by() -> str:
    """Who does it, for the list of acts: the machine's user."""
    return f"uid:{os.getuid()}"


def show_once(secret: str, what: str) -> None:
    """Print a secret alone on standard output, and what it is beside it."""
    typer.echo(secret)
    say(f"({what}; it is not shown again)")


def add_person(
    accounts: Accounts, name: str, roles: Sequence[str], *, one_time: bool, no_password: bool
) -> None:
    """Make an account, with the password that is asked for; without a good one there is none."""
    cleaned, given = clean_name(name), checked_roles(roles)
    accounts.people.check_free(cleaned)
    password = "" if one_time or no_password else _password(cleaned)
    accounts.add(cleaned, given, by())
    if one_time:
        reset_password(accounts, cleaned)
    elif password:
        SigningIn(accounts).set_password(cleaned, password, by())
    say(f"{cleaned}: {', '.join(given)}")


def reset_password(accounts: Accounts, name: str) -> None:
    """Give a person a one-time password and print it."""
    show_once(SigningIn(accounts).reset(name, by()), "one-time password, to be changed")


def _password(name: str) -> str:
    """Ask for a password twice, or read it from standard input."""
    if not sys.stdin.isatty():
        password = sys.stdin.readline(MOST_PASSWORD_BYTES).rstrip("\r\n")
    else:
        password = getpass.getpass(f"Password of {name}: ")
    if not password:
        raise Mistake("expected a password: at the prompt, or as a line on standard input")
    check_password(name, password)
    if sys.stdin.isatty() and getpass.getpass("Again: ") != password:
        raise Mistake("the two passwords differ: nothing was changed")
    return password


def give_roles(accounts: Accounts, name: str, roles: Sequence[str]) -> None:
    """Give a person's account these roles and no others."""
    given = checked_roles(roles)
    found = accounts.people.known(name, PERSON)
    accounts.people.set_roles(found.name, given, by())
    say(f"{found.name}: {', '.join(given)}")


def show_tokens(accounts: Accounts, name: str, as_json: bool) -> None:
    """Print what is known of an account's tokens."""
    found = accounts.tokens.of(clean_name(name))
    if as_json:
        typer.echo(json.dumps([one._asdict() for one in found], ensure_ascii=False))
        return
    for one in found:
        until = _day(one.until_ms) if one.until_ms else "-"
        typer.echo(f"{one.id}  {_day(one.made_ms)}  {until}  {one.label}".rstrip())


def _day(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1_000, UTC).strftime("%Y-%m-%d")


def revoke_tokens(accounts: Accounts, name: str, token_id: str) -> None:
    """Revoke one token of an account, or all."""
    ended = accounts.tokens.revoke(clean_name(name), by(), token_id)
    if not ended:
        raise Mistake(f"{name}: no such token: kouan account tokens lists them")
    say(f"{ended} revoked")


def show_accounts(accounts: Accounts, lang: Language, *, devices: bool, as_json: bool) -> None:
    """Print accounts with their roles."""
    found = accounts.people.all(*((DEVICE,) if devices else (PERSON, LOCAL)))
    if as_json:
        typer.echo(json.dumps([one._asdict() for one in found], ensure_ascii=False))
        return
    table = Table(*(text(key, lang) for key in ("account", "roles", "state")))
    for one in found:
        names = (ROLES[role].named(lang) for role in one.roles)
        table.add_row(one.name, ", ".join(names), text(_state(one), lang))
    Console().print(table)


def _state(account: Account) -> str:
    if account.disabled:
        return "account_disabled"
    if account.must_change:
        return "account_one_time"
    return "account_password" if account.has_password else "account_tokens"


def show_rights(lang: Language, as_json: bool) -> None:
    """Print the table of roles and their rights."""
    if as_json:
        rows = {role: row._asdict() for role, row in ROLES.items()}
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    table = Table(*(text(key, lang) for key in ("roles", "rights")), show_lines=True)
    for role, row in ROLES.items():
        names = (RIGHTS[right].named(lang) for right in row.rights)
        table.add_row(f"{role}\n{row.named(lang)}", "; ".join(names))
    Console().print(table)
