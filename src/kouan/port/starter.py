"""A small but complete port as a start for one's own: the text of ``starter.toml``."""

from importlib.resources import files

NAME_MARK = "PORT_NAME"
LONGEST_NAME = 100


def starter_text(name: str) -> str:
    """Return a commented port file for a port of this name, which reads and checks as it is.

    Raises ValueError when the name is empty, longer than 100 characters or holds control
    characters.
    """
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise ValueError(f"a name of 1 to {LONGEST_NAME} printable characters")
    text = (files("kouan.port") / "starter.toml").read_text(encoding="utf-8")
    return text.replace(NAME_MARK, name.replace("\\", "\\\\").replace('"', '\\"'))
