"""The source is tested too: size, docstrings, and what a pure room may do.

Each rule takes a module and returns its problems, so each is itself shown to catch a violation.
"""

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 50

# From the bottom up: a pure room may import itself and the rooms before it.
PURE_ROOMS = ("identifiers", "port", "traffic", "dispatch")
# The first two read files and know dates; they compile both into plain integers. The others write
# text for authors of port files: from the source of the model, and from a packaged file.
EXEMPT_MODULES = (
    "kouan.port.read",
    "kouan.port.calendar",
    "kouan.port.reference",
    "kouan.port.starter",
)
ALLOWED_IMPORTS = (
    "__future__",
    "bisect",
    "collections",
    "dataclasses",
    "enum",
    "functools",
    "heapq",
    "itertools",
    "math",
    "numba",
    "numpy",
    "scipy",
    "typing",
)
# Parsers of bytes that a room's caller has read: ADR 0009.
PARSERS = {"kouan.port.formats": ("json", "lxml")}
WIRES = ("open", "__import__", "eval", "exec")
# Their order, or their value, differs from one process to the next.
UNREPEATABLE = ("set", "frozenset", "hash", "id")


@dataclass(frozen=True)
class Module:
    """One source file: its dotted name and its text."""

    name: str
    text: str

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.name)

    @property
    def room(self) -> str:
        """The room of `kouan.port.model` is `port`; the package itself has none."""
        return (*self.name.split("."), "")[1]

    @property
    def is_pure(self) -> bool:
        return self.room in PURE_ROOMS and not _is_under(self.name, EXEMPT_MODULES)


def _is_under(name: str, parents: tuple[str, ...]) -> bool:
    return any(name == parent or name.startswith(f"{parent}.") for parent in parents)


def _imports(module: Module) -> Iterator[tuple[int, str]]:
    """Every absolute import as (line, dotted name); `from a import b` gives `a.b`."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def _used_names(module: Module, names: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
            yield node.lineno, node.id


# --- rules -----------------------------------------------------------------------------------


def docstring(module: Module) -> list[str]:
    return [] if ast.get_docstring(module.tree) else [f"{module.name}: no module docstring"]


def file_size(module: Module) -> list[str]:
    lines = len(module.text.splitlines())
    if lines <= MAX_FILE_LINES:
        return []
    return [f"{module.name}: {lines} lines, at most {MAX_FILE_LINES}"]


def function_size(module: Module) -> list[str]:
    """Count from `def` to the last line, docstring included, decorators not."""
    problems = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > MAX_FUNCTION_LINES:
                where = f"{module.name}:{node.lineno}: {node.name}"
                problems.append(f"{where} has {lines} lines, at most {MAX_FUNCTION_LINES}")
    return problems


def absolute_imports(module: Module) -> list[str]:
    return [
        f"{module.name}:{node.lineno}: relative import"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and node.level > 0
    ]


def pure_imports(module: Module) -> list[str]:
    """Allow the short list, and the rooms at or below the module's own."""
    if not module.is_pure:
        return []
    rooms = PURE_ROOMS[: PURE_ROOMS.index(module.room) + 1]
    parsers = [
        name for at, names in PARSERS.items() if _is_under(module.name, (at,)) for name in names
    ]
    allowed = (*ALLOWED_IMPORTS, *parsers, *(f"kouan.{room}" for room in rooms))
    return [
        f"{module.name}:{line}: imports {name}, which is not on the allow-list of a pure room"
        for line, name in _imports(module)
        if not _is_under(name, allowed)
    ]


def no_wires(module: Module) -> list[str]:
    if not module.is_pure:
        return []
    return [f"{module.name}:{line}: uses {name}" for line, name in _used_names(module, WIRES)]


def no_dice(module: Module) -> list[str]:
    if not module.is_pure:
        return []
    lines = [line for line, name in _imports(module) if _is_under(name, ("numpy.random",))]
    lines += [
        node.lineno
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ("np.random", "numpy.random")
    ]
    return [f"{module.name}:{line}: uses numpy.random" for line in lines]


def no_unrepeatable(module: Module) -> list[str]:
    """No set in any form, no hash, no id; use a dict or a sorted list instead."""
    if not module.is_pure:
        return []
    problems = [
        f"{module.name}:{line}: uses {name}, which differs from one process to the next"
        for line, name in _used_names(module, UNREPEATABLE)
    ]
    problems += [
        f"{module.name}:{node.lineno}: makes a set"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.expr) and _makes_set(node)
    ]
    return problems


def _makes_set(node: ast.expr) -> bool:
    """`a.keys() - b.keys()` is a set too, though nothing in it says so."""
    return isinstance(node, ast.Set | ast.SetComp) or (
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.BitAnd | ast.BitOr | ast.BitXor | ast.Sub)
        and isinstance(node.left, ast.Call)
        and isinstance(node.left.func, ast.Attribute)
        and node.left.func.attr in ("keys", "items")
    )


RULES: tuple[Callable[[Module], list[str]], ...] = (
    docstring,
    file_size,
    function_size,
    absolute_imports,
    pure_imports,
    no_wires,
    no_dice,
    no_unrepeatable,
)


# --- the rules hold --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def modules() -> list[Module]:
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found.append(Module(name, path.read_text(encoding="utf-8")))
    return found


def test_there_is_something_to_check(modules: list[Module]) -> None:
    names = [module.name for module in modules]
    assert "kouan" in names
    assert [room for room in ("port", "traffic", "dispatch") if f"kouan.{room}" not in names] == []


@pytest.mark.parametrize("rule", RULES)
def test_source_follows(rule: Callable[[Module], list[str]], modules: list[Module]) -> None:
    problems = [problem for module in modules for problem in rule(module)]
    assert not problems, "\n" + "\n".join(problems)


# --- the rules bite --------------------------------------------------------------------------

LONG_FUNCTION = "def long():\n" + "    pass\n" * MAX_FUNCTION_LINES

VIOLATIONS = [
    (docstring, "x = 1", "no module docstring"),
    (file_size, "x = 1\n" * (MAX_FILE_LINES + 1), "401 lines"),
    (function_size, LONG_FUNCTION, "long has 51 lines"),
    (function_size, "class A:\n" + LONG_FUNCTION.replace("def", " async def"), "51 lines"),
    (absolute_imports, "from . import model", "relative import"),
    (absolute_imports, "def f():\n    from .model import Port", "relative import"),
    (pure_imports, "import time", "imports time"),
    (pure_imports, "from datetime import datetime", "imports datetime.datetime"),
    (pure_imports, "import collectionsx", "imports collectionsx"),
    (pure_imports, "def f():\n    import os.path", "imports os.path"),
    (pure_imports, "from kouan import runtime", "imports kouan.runtime"),
    (pure_imports, "from kouan.dispatch.visit import Visit", "imports kouan.dispatch.visit.Visit"),
    (no_wires, "open('file')", "uses open"),
    (no_wires, "__import__('time')", "uses __import__"),
    (no_wires, "f = eval", "uses eval"),
    (no_dice, "import numpy.random", "uses numpy.random"),
    (no_dice, "from numpy import random", "uses numpy.random"),
    (no_dice, "from numpy.random import default_rng", "uses numpy.random"),
    (no_dice, "import numpy as np\nnp.random.rand()", "uses numpy.random"),
    (no_unrepeatable, "x = {1, 2}", "makes a set"),
    (no_unrepeatable, "x = {y for y in z}", "makes a set"),
    (no_unrepeatable, "x = a.keys() - b.keys()", "makes a set"),
    (no_unrepeatable, "x = set(y)", "uses set"),
    (no_unrepeatable, "x = field(default_factory=set)", "uses set"),
    (no_unrepeatable, "x: frozenset[str]", "uses frozenset"),
    (no_unrepeatable, "x = hash('a')", "uses hash"),
    (no_unrepeatable, "x = sorted(y, key=id)", "uses id"),
]


@pytest.mark.parametrize(("rule", "text", "expected"), VIOLATIONS)
def test_rule_catches(rule: Callable[[Module], list[str]], text: str, expected: str) -> None:
    problems = rule(Module("kouan.traffic.example", text))
    assert len(problems) == 1
    assert expected in problems[0]


@pytest.mark.parametrize("name", ["kouan.port.formats.lif", "kouan.port.model"])
@pytest.mark.parametrize("text", ["import json", "from lxml import etree", "import time"])
def test_parsers_are_for_formats_only(name: str, text: str) -> None:
    fine = name == "kouan.port.formats.lif" and "time" not in text
    assert (pure_imports(Module(name, text)) == []) == fine


@pytest.mark.parametrize("name", ["kouan.port.read", "kouan.port.calendar", "kouan.live.world"])
@pytest.mark.parametrize("text", ["import datetime", "open('file')", "x = {1}"])
def test_only_pure_modules_are_held_to_purity(name: str, text: str) -> None:
    assert [rule(Module(name, text)) for rule in RULES[4:]] == [[], [], [], []]


@pytest.mark.parametrize(
    "text",
    [
        '"""Fine."""',
        '"""Fine."""\nfrom __future__ import annotations\nfrom collections.abc import Iterator',
        '"""Fine."""\nimport numpy as np\nfrom scipy.optimize import linear_sum_assignment',
        '"""Fine."""\nfrom kouan.port.model import Port\nfrom kouan.identifiers import plate',
        '"""Fine."""\nx = {"a": 1}\ny = {k: v for k, v in x.items()}\nz.id = z.set(x.keys())',
    ],
)
def test_good_code_passes(text: str) -> None:
    assert [problem for rule in RULES for problem in rule(Module("kouan.traffic.a", text))] == []


# --- no file names a machine -----------------------------------------------------------------

# Written so that this file does not itself match.
FOLDERS = "|".join(["work", "root", "home"])
MACHINE_PATH = re.compile(rf"(?:(?<![\w./<-])|(?<=://))/(?:{FOLDERS})/[\w.]")


def machine_paths(name: str, text: str) -> list[str]:
    return [
        f"{name}:{number}: names a path of one machine: {line.strip()[:80]}"
        for number, line in enumerate(text.splitlines(), 1)
        if MACHINE_PATH.search(line)
    ]


def _tracked_texts() -> Iterator[tuple[str, str]]:
    command = ["git", "-C", str(ROOT), "ls-files", "-z"]
    listed = subprocess.run(command, capture_output=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout: no list of tracked files")
    for name in filter(None, listed.stdout.decode().split("\0")):
        path = ROOT / name
        content = path.read_bytes() if path.is_file() else b""
        if b"\0" not in content[:8192]:
            yield name, content.decode("utf-8", errors="replace")


def test_no_file_names_a_machine_path() -> None:
    problems = [problem for name, text in _tracked_texts() for problem in machine_paths(name, text)]
    assert not problems, "\n" + "\n".join(problems)


@pytest.mark.parametrize("folder", ["work", "root", "home"])
@pytest.mark.parametrize("before", ["", "see ", '"', "(", "file://"])
def test_machine_path_is_caught(folder: str, before: str) -> None:
    assert len(machine_paths("a.md", f"fine\n{before}/{folder}/main\n")) == 1


@pytest.mark.parametrize("text", ["https://example.org/work/a", "ports/work/a", "/workshop/a"])
def test_other_path_is_fine(text: str) -> None:
    assert machine_paths("a.md", text) == []
