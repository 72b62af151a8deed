"""The port-file reference (docs/port-file.md), written from the model's own docstrings.

Python keeps no docstrings of fields, so they are taken from the source text.
"""

import ast
import inspect
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from functools import cache
from textwrap import dedent
from typing import Any, get_args, get_origin

from kouan.port import quantity
from kouan.port.decode import Slot, expected_of, item_of, mark_of, slots_of
from kouan.port.model import Port
from kouan.port.problems import shown
from kouan.port.quantity import Pattern, Quantity, Range
from kouan.port.service import Distribution

INTRODUCTION = """\
# The port file

A port is declared in one TOML file. This page is made from the model itself:
`kouan.port.reference` writes it, and a test keeps it current. Begin with the file that
`kouan new` writes, and check yours with `kouan check FILE`.

## How values are written

* **Figures carry their unit**, and a number alone is an error: `length = "6.19 km"`.
* **Times that vary** are a duration (always the same), or a table with exactly one form:
  `{ exponential = "5 min" }`, `{ uniform = ["20 s", "40 s"] }`,
  `{ triangular = ["2 min", "4 min", "10 min"] }` (least, most frequent, most) or
  `{ lognormal = ["4 min", "12 min"] }` (median and 95th percentile).
* **Hours** are local: `"24h"`, `"08:00-12:00, 14:00-18:00"`,
  `"mon-fri 08:00-18:00; sat,sun 10:00-14:00"`, past midnight `"20:00-04:00"`. A time that a clock
  change skips becomes the moment of the change; one that comes twice means its first coming.
* **Ids** are small letters, digits and `_`, beginning with a letter.
* **A basis** says what a figure rests on: `"input: <id of a source>[, remark]"`,
  `"assumption: <why>"` or `"calibrated: <to what>"`. Any value may be written
  `{ value = 12, basis = "..." }`; a key `basis` in a table covers the figures in it that have none
  of their own, in inner tables too. Figures without a basis are warned of.
* **Settings** on the command line replace values by their path: `--set fleets.agv.count=6`,
  `--set "procedures.coal.stages.gate.time=20 s"` (items of an array by their `id`, or by number
  from 0).
"""


def reference_markdown() -> str:
    """Return the whole page."""
    parts = [INTRODUCTION, _units()]
    tables = list(_tables(Port, ""))
    parts += [_section(heading, kind) for heading, kind in tables]
    parts.append("## Words with a fixed choice\n")
    parts += [_choices(kind) for kind in _enums(tables)]
    return "\n".join(parts)


@cache
def field_docs() -> dict[str, str]:
    """Return the docstrings of the model's fields by "Place.room", on one line each."""
    docs: dict[str, str] = {}
    for kind in dict.fromkeys([kind for _, kind in _tables(Port, "")] + [Distribution]):
        (tree,) = ast.parse(dedent(inspect.getsource(kind))).body
        assert isinstance(tree, ast.ClassDef)
        for above, text in zip(tree.body, tree.body[1:], strict=False):
            if isinstance(above, ast.AnnAssign) and isinstance(text, ast.Expr):
                name = ast.unparse(above.target)
                docs[f"{kind.__name__}.{name}"] = " ".join(
                    str(ast.literal_eval(text.value)).split()
                )
    return docs


def _tables(kind: type, heading: str) -> Iterator[tuple[str, type]]:
    """Yield every table of a port file, with its heading as one writes it, from the top down."""
    yield heading, kind
    for name, slot in slots_of(kind).items():
        inner = f"{heading}.{name}" if heading else name
        if get_origin(slot.kind) is dict:
            value = get_args(slot.kind)[1]
            inner = f"{inner}.<{_name_of_key(slot)}>"
        else:
            value = item_of(slot.kind) if get_origin(slot.kind) is tuple else slot.kind
        if is_dataclass(value) and isinstance(value, type) and value is not Distribution:
            repeated = get_origin(slot.kind) is tuple
            yield from _tables(value, f"[{inner}]" if repeated else inner)


def _name_of_key(slot: Slot) -> str:
    return "id" if get_args(slot.kind)[0] is str else "name"


def _section(heading: str, kind: type) -> str:
    """Return one table's section: what it is, then a row for each key."""
    level = "##" if heading.count(".") <= 1 else "###"
    plain = heading.replace("[", "").replace("]", "")
    title = f"`[[{plain}]]`" if heading.startswith("[") else f"`[{plain}]`"
    rows = [
        f"| `{name}` | {_type(slot.kind)} | {_default(kind, slot)} | {_doc(kind, slot)} |"
        for name, slot in slots_of(kind).items()
    ]
    return "\n".join(
        [
            f"{level} {title if heading else 'Keys at the top'}\n",
            f"{inspect.getdoc(kind)}\n",
            "| key | value | if absent | meaning |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _doc(kind: type, slot: Slot) -> str:
    return field_docs()[f"{kind.__name__}.{slot.field}"].replace("|", "\\|")


def _type(kind: Any) -> str:
    mark = mark_of(kind)
    if isinstance(mark, Quantity):
        return mark.name.split(" ", 1)[1]
    if isinstance(mark, Pattern):
        return mark.form
    if isinstance(mark, Range):
        return f"count from {mark.least}"
    if kind is Distribution:
        return "time that varies"
    if get_origin(kind) is tuple:
        return f"list of {_plural(_type(item_of(kind)))}"
    if get_origin(kind) is dict:
        return "tables by name" if is_dataclass(get_args(kind)[1]) else _values(kind)
    if is_dataclass(kind):
        return "table"
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return f"[{kind.__name__}](#{kind.__name__.lower()})"
    return expected_of(kind)


def _values(kind: Any) -> str:
    return f"{_type(get_args(kind)[1])} by name"


def _plural(name: str) -> str:
    if name in ("text", "hours") or name.startswith("["):
        return name
    return name.replace("count", "counts") if name.startswith("count") else f"{name}s"


def _default(kind: type, slot: Slot) -> str:
    """Return what holds when the key is absent, as a file would write it."""
    if slot.required:
        return "**required**"
    field = next(field for field in fields(kind) if field.name == slot.field)
    value: Any = field.default
    if field.default_factory is not MISSING:
        value = field.default_factory()
    mark = mark_of(slot.kind)
    if isinstance(value, Distribution):
        return _figure(quantity.DURATION, value.mean_ms())
    if value is None or value in ("", (), {}) or is_dataclass(value):
        return ""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_figure(quantity.SHARE, part)}" for name, part in value.items())
    if isinstance(mark, Quantity):
        return _figure(mark, value)
    return str(value) if isinstance(value, StrEnum) else shown(value).strip('"')


def _figure(kind: Quantity, value: int) -> str:
    """Return a figure in the unit that makes it the shortest number, at least 1."""
    fitting = [(float(value), next(iter(kind.units)))]
    for unit, (base, divisor) in kind.units.items():
        exact = value * divisor / base
        rounded = float(f"{exact:.4g}")
        if rounded >= 1 and abs(rounded - exact) <= exact / 10_000:
            fitting.append((rounded, unit))
    number, unit = min(fitting, key=lambda each: (len(f"{each[0]:g}"), each[0]))
    return f"{number:g} {unit}" if value else "0"


def _units() -> str:
    rows = [
        f"| {kind.name} | {', '.join(kind.units)} | `{kind.example}` |"
        for kind in vars(quantity).values()
        if isinstance(kind, Quantity)
    ]
    return "\n".join(["| figure | units | example |", "|---|---|---|", *rows, ""])


def _enums(tables: list[tuple[str, type]]) -> list[type[StrEnum]]:
    found: dict[type[StrEnum], None] = {}
    for _, kind in tables:
        for slot in slots_of(kind).values():
            for part in (slot.kind, *get_args(slot.kind)):
                if isinstance(part, type) and issubclass(part, StrEnum):
                    found[part] = None
    return list(found)


def _choices(kind: type[StrEnum]) -> str:
    names = ", ".join(f"`{member.value}`" for member in kind)
    return f"### {kind.__name__}\n\n{inspect.getdoc(kind)}\n\n{names}\n"


if __name__ == "__main__":
    print(reference_markdown(), end="")
