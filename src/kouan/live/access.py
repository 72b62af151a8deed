"""Where a running port answers, and the token with which an operator speaks to it: two files."""

import json
import os
import secrets
from pathlib import Path

from kouan.live.errors import LiveError

TOKEN_FILE = "operator.token"
ADDRESS_FILE = "running.json"
LEAST_LETTERS = 32
KEY_BYTES = 32
PSEUDONYMS = "pseudonyms"
"""Name of the key that pseudonyms of persons are made with."""


def operator_token(folder: Path) -> str:
    """Return the token of a data folder, made at the first call; raises LiveError."""
    path = folder / TOKEN_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return read_token(folder)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(LEAST_LETTERS))
    except OSError as error:
        raise LiveError(f"{path}: the operator's token can't be kept: {error.strerror}") from error
    return read_token(folder)


def secret_key(folder: Path, name: str) -> bytes:
    """Return a key of a data folder, made at the first call; raises LiveError."""
    path = folder / f"{name}.key"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            key = bytes.fromhex(path.read_text("ascii").strip())
        else:
            key = secrets.token_bytes(KEY_BYTES)
            with os.fdopen(descriptor, "w") as file:
                file.write(key.hex())
    except (OSError, ValueError) as error:
        raise LiveError(f"{path}: the key can't be kept or read: {error}") from error
    if len(key) != KEY_BYTES:
        raise LiveError(f"{path}: {len(key)} bytes: expected {KEY_BYTES} as hexadecimal digits")
    return key


def read_token(folder: Path) -> str:
    """Return the token of a data folder; raises LiveError when there is none."""
    path = folder / TOKEN_FILE
    try:
        token = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise LiveError(f"{path}: the operator's token can't be read: {error}") from error
    if len(token) < LEAST_LETTERS:
        raise LiveError(
            f"{path}: expected a token of at least {LEAST_LETTERS} letters; delete the file"
        )
    return token


def tell_address(folder: Path, url: str) -> None:
    """Write down where a running port answers."""
    path = folder / ADDRESS_FILE
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps({"url": url}) + "\n", "ascii")
    os.replace(partial, path)


def read_address(folder: Path) -> str:
    """Return where the port of a data folder answers; raises LiveError when it isn't known."""
    path = folder / ADDRESS_FILE
    try:
        url = json.loads(path.read_text("ascii"))["url"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LiveError(
            f"{path}: no port of this data folder runs: expected one started with "
            f"kouan run ... --data {folder}"
        ) from error
    return str(url)


def forget_address(folder: Path) -> None:
    """A port has stopped."""
    (folder / ADDRESS_FILE).unlink(missing_ok=True)
