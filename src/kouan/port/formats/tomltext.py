"""Plain values as TOML text: there is a parser in the standard library, but nothing that writes."""

import json
from typing import Any


def toml(value: Any) -> str:
    """A value on one line; raises TypeError for what TOML can't hold."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(toml(item) for item in value)}]"
    if isinstance(value, dict):
        inner = ", ".join(f"{_key(key)} = {toml(item)}" for key, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    raise TypeError(f"no TOML for {type(value).__name__}")


def _key(key: str) -> str:
    plain = key.replace("_", "a").replace("-", "a")
    return key if plain.isascii() and plain.isalnum() else toml(key)


def table(header: str, values: dict[str, Any]) -> str:
    """A table with its header; values of None are left out."""
    rows = [f"{_key(key)} = {toml(value)}" for key, value in values.items() if value is not None]
    return "\n".join([header, *rows]) + "\n"
