"""Pages with snippets are true: their files and commands do what the page says they do."""

from pathlib import Path

import pytest

from tests.unit.docs.snippets import Block, Session, commands

ROOT = Path(__file__).parents[3]
PAGES = (
    "README.md",
    "README.zh.md",
    "docs/guide/first-port-file.md",
    "docs/accounts.md",
    "docs/drawn-pictures.md",
    "docs/faults.md",
    "docs/journal.md",
    "docs/fleet-managers.md",
    "docs/gate-reading.md",
    "docs/gate-sequencing.md",
    "docs/live.md",
    "docs/privacy.md",
    "docs/traffic.md",
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Change to an empty folder, with a terminal as wide as the pages assume."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


@pytest.mark.parametrize("page", PAGES)
def test_page_is_true(page: str, folder: Path) -> None:
    for ports in ROOT.glob("ports/*.toml"):
        (folder / "ports").mkdir(exist_ok=True)
        (folder / "ports" / ports.name).write_bytes(ports.read_bytes())
    session = Session()
    session.run((ROOT / page).read_text(encoding="utf-8"))
    assert session.ran > 0
    assert not session.problems, "\n".join(session.problems)


def test_commands_are_taken_apart() -> None:
    block = Block(10, "console", "", "$ kouan check a.toml\nfine\n...\n$ echo $?\n0\n")
    first, second = commands(block)
    assert (first.line, first.words, first.expected) == (11, ["kouan", "check", "a.toml"], ["fine"])
    assert (second.words, second.expected) == (["echo", "$?"], ["0"])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("$ kouan check none.toml\n", "exit code 2"),
        ("$ kouan check none.toml\n$ kouan --help\n", "line 2: exit code 2"),
        ("$ kouan check none.toml\n$ echo $?\n1\n", "no such line: 1"),
        ("$ kouan --help\nno such words\n", "no such line: no such words"),
        ("$ kouan --help\nUsage: root [OPTIONS] COMMAND [ARGS]...\nUsage:\n", "line 2"),
    ],
)
def test_untrue_page_is_caught(text: str, problem: str, folder: Path) -> None:
    session = Session()
    session.run(f"```console\n{text}```\n")
    assert len(session.problems) == 1, folder
    assert problem in session.problems[0]
