"""`kouan identify`: what a text is a valid number of, or why it is none."""

import json
from dataclasses import asdict

import typer

from kouan.cli.terminal import Mistake, say
from kouan.identifiers.errors import IdentifierError
from kouan.identifiers.kinds import PARSERS, Identifier, parse_every


def identify(text: str, kind: str | None, as_json: bool) -> bool:
    """Print each kind that a text is valid for, or why it is none; return whether there is one.

    Raises Mistake for a kind that is not known.
    """
    if kind is not None and kind not in PARSERS:
        raise Mistake(f'--kind: "{kind}": expected one of {", ".join(PARSERS)}')
    found = {name: each for name, each in parse_every(text).items() if kind in (None, name)}
    valid = {name: each for name, each in found.items() if not isinstance(each, IdentifierError)}
    errors = {name: each for name, each in found.items() if isinstance(each, IdentifierError)}
    if as_json:
        _print_json(valid, errors)
    elif valid:
        for name, each in valid.items():
            typer.echo(f"{name}: {_told(each)}")
    else:
        for error in errors.values():
            say(str(error))
    return bool(valid)


def _told(identifier: Identifier) -> str:
    """The canonical text on one line, and the parts that are not empty."""
    parts = asdict(identifier)
    text = str(parts.pop("text")).replace("\n", " ")
    filled = [
        (name.replace("_", " "), _word(value)) for name, value in parts.items() if value != ""
    ]
    return f"{text} ({', '.join(f'{name} {word}' for name, word in filled)})"


def _word(value: str | bool) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value


def _print_json(valid: dict[str, Identifier], errors: dict[str, IdentifierError]) -> None:
    result = {
        "valid": {name: asdict(each) for name, each in valid.items()},
        "errors": {name: _error(each) for name, each in errors.items()},
    }
    written = json.dumps(result, ensure_ascii=False)
    # Half a character, as a terminal may hand it over, can only be written as its escape.
    typer.echo(written.encode("utf-8", "backslashreplace").decode())


def _error(error: IdentifierError) -> dict[str, object]:
    return {
        "index": error.index,
        "found": error.found,
        "expected": error.expected,
        "sentence": error.sentence,
        "candidates": [asdict(each) for each in error.candidates],
    }
