"""Every relative link of the pages leads to a file, and to a heading where it names one."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kouan.cli import app

ROOT = Path(__file__).parents[3]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
OUTSIDE = ("http://", "https://", "mailto:")
LARGEST_IMAGE_BYTES = 300_000


def _pages() -> list[Path]:
    return sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def _links(text: str) -> Iterator[str]:
    """Yield link targets, those in code left out."""
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    yield from (found[1] for found in LINK.finditer(prose))


def _anchors(text: str) -> list[str]:
    """Return the anchors that the headings of a page have, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE)
    kept = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
    return [heading.strip().replace(" ", "-") for heading in kept]


def broken_links(page: Path) -> list[str]:
    """Return the links of a page that lead nowhere."""
    problems = []
    for link in _links(page.read_text(encoding="utf-8")):
        if link.startswith(OUTSIDE):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.is_relative_to(ROOT) or not target.exists():
            problems.append(f"{page.name}: {link}: no such file")
        elif anchor and anchor not in _anchors(target.read_text(encoding="utf-8")):
            problems.append(f"{page.name}: {link}: no such heading")
    return problems


def test_there_are_pages() -> None:
    names = [page.name for page in _pages()]
    assert {"README.md", "README.zh.md", "ARCHITECTURE.md", "first-port-file.md"} <= set(names)


def test_links_lead_somewhere() -> None:
    problems = [problem for page in _pages() for problem in broken_links(page)]
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("[a](b.md)", 1),
        ("[a](page.md)", 0),
        ("[a](#a-heading)", 0),
        ("[a](#another)", 1),
        ("![a](../missing.png)", 1),
        ("`[a](b.md)` and [b](https://example.org/b.md)", 0),
    ],
)
def test_broken_link_is_caught(
    text: str, problems: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.unit.docs.test_links.ROOT", tmp_path)
    page = tmp_path / "page.md"
    page.write_text(f"# A heading\n\n{text}\n", encoding="utf-8")
    assert len(broken_links(page)) == problems


def test_images_are_small() -> None:
    images = list((ROOT / "docs" / "images").glob("*"))
    assert images
    large = [image.name for image in images if image.stat().st_size > LARGEST_IMAGE_BYTES]
    assert not large


def test_both_readmes_show_the_same(readme_parts: tuple[list[str], list[str]]) -> None:
    english, chinese = readme_parts
    assert english == chinese


@pytest.fixture
def readme_parts() -> tuple[list[str], list[str]]:
    """Images, commands and figures of both pages: what may not differ between languages."""
    found = []
    for name in ("README.md", "README.zh.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        parts = [link.replace(".zh.", ".") for link in _links(text) if link.endswith(".png")]
        parts += re.findall(r"^ +((?:make|kouan) [^#\n]*)", text, flags=re.MULTILINE)
        parts += re.findall(r"`((?:make|kouan) [^`]+)`", text)
        found.append(sorted(dict.fromkeys(part.strip() for part in parts)))
    return found[0], found[1]


def _commands_named(text: str) -> list[str]:
    return sorted(dict.fromkeys(re.findall(r"\bkouan ([a-z-]+)\b", text)))


@pytest.mark.parametrize("name", ["README.md", "README.zh.md", "ARCHITECTURE.md"])
def test_commands_exist(name: str) -> None:
    from typer.testing import CliRunner

    commands = _commands_named((ROOT / name).read_text(encoding="utf-8"))
    assert commands
    for command in commands:
        result = CliRunner().invoke(app, [command, "--help"])
        assert result.exit_code == 0, f"{name}: kouan {command}"


def test_readme_names_every_command() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    declared = [command.name or command.callback.__name__ for command in app.registered_commands]  # type: ignore[union-attr]
    assert [name for name in declared if name not in _commands_named(text)] == []


def test_every_metric_is_explained() -> None:
    source = (ROOT / "src" / "kouan" / "live" / "metrics.py").read_text(encoding="utf-8")
    page = (ROOT / "docs" / "live.md").read_text(encoding="utf-8")
    named = re.findall(r'"(kouan_[a-z_]+)"', source)
    assert named
    assert [name for name in named if name not in page] == []


def test_every_make_target_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z0-9]+):", makefile, flags=re.MULTILINE)
    for page in _pages():
        prose = page.read_text(encoding="utf-8")
        for target in re.findall(r"(?:`|^ +)make ([a-z0-9]+)", prose, flags=re.MULTILINE):
            assert target in targets, f"{page.name}: make {target}"
