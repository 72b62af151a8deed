"""Secrets are compared in constant time everywhere in the room, and kept as hashes."""

import ast
from pathlib import Path

import pytest

import kouan.live
from kouan.live.accounts.secret import MOST_LETTERS, derive, make_secret, print_of, same

ROOM = Path(kouan.live.__file__).parent
SECRETS = ("token", "secret", "password", "passwd", "csrf", "cookie", "session")
HASHES = ("hash",)


def names_in(node: ast.expr) -> list[str]:
    """The last word of each name that is compared, called functions by their result's."""
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute):
        return [node.attr]
    if isinstance(node, ast.Call):
        return names_in(node.func)
    if isinstance(node, ast.Tuple | ast.List):
        return [name for one in node.elts for name in names_in(one)]
    return []


def compared_secrets(source: str) -> list[int]:
    """Lines in which something that is called like a secret is compared for equality."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Compare):
            continue
        if not any(isinstance(op, ast.Eq | ast.NotEq | ast.In | ast.NotIn) for op in node.ops):
            continue
        if isinstance(node.ops[0], ast.In | ast.NotIn) and isinstance(node.left, ast.Constant):
            continue  # whether it holds a letter that it must not
        sides = [node.left, *node.comparators]
        called = [name.lower() for side in sides for name in names_in(side)]
        if any(name.endswith(SECRETS) or name in HASHES for name in called):
            found.append(node.lineno)
    return found


@pytest.mark.parametrize(
    "source",
    [
        "token == given",
        "given != self._token",
        "row.hash == digest",
        "(kind, api_token) == (a, b)",
        "csrf in allowed",
        "make_secret() == x",
    ],
)
def test_the_rule_finds_comparisons(source: str) -> None:
    assert compared_secrets(source) == [1]


def test_no_secret_of_the_room_is_compared_for_equality() -> None:
    paths = sorted(ROOM.rglob("*.py"))
    assert len(paths) > 60
    found = {
        str(path.relative_to(ROOM)): lines
        for path in paths
        if (lines := compared_secrets(path.read_text("utf-8")))
    }
    assert found == {}


def test_the_one_comparison_takes_the_time_of_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[bytes, bytes]] = []

    def compare(one: bytes, other: bytes) -> bool:
        asked.append((one, other))
        return False

    monkeypatch.setattr("secrets.compare_digest", compare)
    assert not same("a", b"a")
    assert asked == [(b"a", b"a")]


def test_what_is_kept_does_not_give_the_secret_away() -> None:
    secret = make_secret()
    assert 43 <= len(secret) <= MOST_LETTERS
    assert secret != make_secret()
    kept = print_of(secret)
    assert kept == print_of(secret)
    assert len(kept.hash) == 32
    assert kept.hash.hex().startswith(kept.id)
    assert derive(secret, "csrf") != derive(secret, "other")
    assert print_of("\udcff").id  # what headers may hold is no error
