"""From a parsed TOML document to a Port, with every fault at once.

The walker follows the type hints of the model's dataclasses, so a new field needs no code here. A
key in the file is the field's name without its unit (``length_mm`` is ``length``). Any value may
be ``{ value = X, basis = "..." }`` and any table may have a ``basis`` for the figures in it that
have none of their own.
"""

from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin, get_type_hints

from kouan.port.hours import parse_hours
from kouan.port.model import Basis, BasisKind, Port
from kouan.port.problems import Fault, known_name, one_of, shown
from kouan.port.quantity import DURATION, SHARE, WHOLE_PPM, Pattern, Quantity, Range
from kouan.port.rules import RULES, check_date, check_forms, is_id
from kouan.port.service import Distribution

LARGEST_QUANTITY = 10**15
"""In base units: beyond it products would leave 64 bits."""
LARGEST_COUNT = 10**6
LONGEST_TEXT = 2_000
LONGEST_FIGURE = 40
ID_EXPECTED = "an id of small letters, digits and _, beginning with a letter"
BASIS_EXPECTED = (
    'a basis such as "input: <id of a source>", "assumption: <why>" or "calibrated: <to what>"'
)
NOT_IN_FILE = ("basis",)
BESIDE = ("plant",)
"""Tables that stand in a port file beside the port: what ``kouan import`` keeps for export."""
UNIONS = (Union, type(int | None))


class Slot(NamedTuple):
    """One key that a table may have: the field it fills and the type it takes."""

    field: str
    kind: Any
    required: bool


@dataclass(frozen=True, slots=True)
class Decoded:
    """A port, or why there is none; ``unfounded`` are the figures written without a basis."""

    port: Port
    faults: tuple[Fault, ...]
    unfounded: tuple[str, ...]


def decode_port(document: dict[str, Any]) -> Decoded:
    """Decode a whole document; with faults, the port is incomplete and must not be used."""
    walker = _Walker()
    own = {key: value for key, value in document.items() if key not in BESIDE}
    port = walker.table(Port, own, "", None)
    if isinstance(port, Port):
        port.basis.update(walker.basis)
    return Decoded(port, tuple(walker.faults), tuple(walker.unfounded))


@cache
def slots_of(kind: type) -> dict[str, Slot]:
    """Return the keys of a dataclass's table, in the order of its fields."""
    hints = get_type_hints(kind, include_extras=True)
    found: dict[str, Slot] = {}
    for field in fields(kind):
        if kind is Port and field.name in NOT_IN_FILE:
            continue
        hint = without_none(hints[field.name])
        required = field.default is MISSING and field.default_factory is MISSING
        found[key_of(field.name, hint)] = Slot(field.name, hint, required)
    return found


def key_of(name: str, kind: Any) -> str:
    """Return a field's key in the file: its name without the unit of its quantity."""
    mark = mark_of(item_of(kind) if get_origin(kind) is tuple else kind)
    if isinstance(mark, Quantity):
        return name.removesuffix(mark.suffix)
    return name.removesuffix(DURATION.suffix) if kind is Distribution else name


def without_none(kind: Any) -> Any:
    """Return X of ``X | None``, and any other type as it is."""
    if get_origin(kind) in UNIONS:
        return next(part for part in get_args(kind) if part is not type(None))
    return kind


def item_of(kind: Any) -> Any:
    """Return the type of a tuple's items."""
    return get_args(kind)[0]


def mark_of(kind: Any) -> Any:
    """Return the Quantity, Range or Pattern of an annotated type, otherwise None."""
    return get_args(kind)[1] if get_origin(kind) is Annotated else None


def is_figure(kind: Any) -> bool:
    """True for what needs a basis: quantities, counts, distributions, hours, and lists of them."""
    if get_origin(kind) is tuple:
        return is_figure(item_of(kind))
    mark = mark_of(kind)
    hours = isinstance(mark, Pattern) and mark.form == "hours"
    return kind is Distribution or isinstance(mark, Quantity | Range) or hours


def item_label(number: int, item: Any) -> str:
    """Return what stands for an array's item in a key path: its id, otherwise its number."""
    name = item.get("id") if isinstance(item, dict) else None
    return name if isinstance(name, str) and name else str(number)


class _Walker:
    """Walks document and types together, collecting faults and bases by key path."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.basis: dict[str, Basis] = {}
        self.unfounded: list[str] = []

    def fault(self, key: str, raw: Any, expected: str) -> None:
        self.faults.append(Fault(key, shown(raw), expected))

    def table(self, kind: type, raw: Any, key: str, inherited: Basis | None) -> Any:
        """Return a dataclass filled from a table; None when a required key is absent."""
        if not isinstance(raw, dict):
            self.fault(key, raw, "a table")
            return None
        before = len(self.faults)
        inherited = self.basis_in(raw, key, inherited)
        slots = slots_of(kind)
        self.unknown_keys(raw, key, slots)
        values: dict[str, Any] = {}
        for name, slot in slots.items():
            if name in raw:
                values[slot.field] = self.value(slot.kind, raw[name], under(key, name), inherited)
            elif slot.required:
                expected = f"{expected_of(slot.kind)}; this key is required"
                self.faults.append(Fault(under(key, name), "nothing", expected))
        if len(self.faults) > before:
            return None
        made = kind(**values)
        for name, value, expected in RULES[kind](made) if kind in RULES else ():
            self.faults.append(Fault(under(key, name), value, expected))
        return made

    def unknown_keys(self, raw: dict[str, Any], key: str, slots: dict[str, Slot]) -> None:
        for name in raw:
            if name not in slots and name != "basis":
                expected = known_name(name, slots, "a known key")
                self.fault(under(key, name), _unwrapped(raw[name]), expected)

    def value(self, kind: Any, raw: Any, key: str, inherited: Basis | None) -> Any:
        """Return a value of any type of the model; faults are recorded, not raised."""
        if is_dataclass(kind) and isinstance(kind, type) and kind is not Distribution:
            return self.table(kind, raw, key, inherited)
        if get_origin(kind) is dict:
            return self.keyed(kind, raw, key, inherited)
        own = self.basis_in(raw, key, None)
        raw = _unwrapped(raw)
        self.found(kind, key, own, inherited)
        if get_origin(kind) is tuple:
            return self.array(item_of(kind), raw, key, own or inherited)
        return self.plain(kind, raw, key)

    def keyed(self, kind: Any, raw: Any, key: str, inherited: Basis | None) -> Any:
        """Return a dict from a table whose keys the file's author names."""
        if not isinstance(raw, dict):
            self.fault(key, raw, "a table")
            return None
        name_kind, item_kind = get_args(kind)
        inherited = self.basis_in(raw, key, inherited)
        made: dict[Any, Any] = {}
        for name, item in raw.items():
            if name == "basis":
                continue
            try:
                named = _name(name_kind, name)
            except ValueError as problem:
                self.fault(under(key, name), name, str(problem))
            else:
                made[named] = self.value(item_kind, item, under(key, name), inherited)
        return made

    def array(self, kind: Any, raw: Any, key: str, inherited: Basis | None) -> Any:
        if not isinstance(raw, list):
            self.fault(key, raw, f"an array of {expected_of(kind)}")
            return None
        if is_dataclass(kind) and isinstance(kind, type):
            return tuple(
                self.table(kind, item, under(key, item_label(number, item)), inherited)
                for number, item in enumerate(raw)
            )
        return tuple(
            self.plain(kind, item, under(key, str(number))) for number, item in enumerate(raw)
        )

    def plain(self, kind: Any, raw: Any, key: str) -> Any:
        try:
            return plain_value(kind, raw)
        except ValueError as problem:
            self.fault(key, raw, str(problem))
            return None

    def basis_in(self, raw: Any, key: str, inherited: Basis | None) -> Basis | None:
        """Return the basis that a table states, otherwise the inherited one."""
        if not isinstance(raw, dict) or "basis" not in raw:
            return inherited
        try:
            return parse_basis(raw["basis"])
        except ValueError as problem:
            self.fault(under(key, "basis"), raw["basis"], str(problem))
            return inherited

    def found(self, kind: Any, key: str, own: Basis | None, inherited: Basis | None) -> None:
        basis = own or (inherited if is_figure(kind) else None)
        if basis:
            self.basis[key] = basis
        elif is_figure(kind):
            self.unfounded.append(key)


def under(key: str, name: str) -> str:
    """Return the path of a key within a table."""
    return f"{key}.{name}" if key else name


def _unwrapped(raw: Any) -> Any:
    """Return X of ``{ value = X, basis = "..." }``, and anything else as it is."""
    wrapped = isinstance(raw, dict) and "value" in raw
    return raw["value"] if wrapped and len(raw) == 1 + ("basis" in raw) else raw


def parse_basis(raw: Any) -> Basis:
    """Return the basis written as "input: source"; raise ValueError saying what was expected."""
    if not isinstance(raw, str):
        raise ValueError(BASIS_EXPECTED)
    kind, _, text = (part.strip() for part in raw.partition(":"))
    if kind not in ("input", "assumption", "calibrated") or not text:
        raise ValueError(BASIS_EXPECTED)
    return Basis(BasisKind(kind), text)


def _name(kind: Any, name: str) -> Any:
    if issubclass(kind, StrEnum):
        return plain_value(kind, name)
    if not is_id(name):
        raise ValueError(ID_EXPECTED)
    return name


def plain_value(kind: Any, raw: Any) -> Any:
    """Return a single value of a plain type; raise ValueError saying what was expected."""
    if kind is Distribution:
        return _distribution(raw)
    mark = mark_of(kind)
    if isinstance(mark, Quantity):
        return _quantity(mark, raw)
    if isinstance(mark, Range):
        return _count(mark, raw)
    if isinstance(kind, type) and issubclass(kind, bool):
        return _of_type(bool, kind, raw)
    text = _of_type(str, kind, raw)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return _choice(kind, text)
    if isinstance(mark, Pattern):
        return _patterned(mark, text)
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"text of at most {LONGEST_TEXT} characters")
    return text


def _of_type(python_type: type, kind: Any, raw: Any) -> Any:
    if not isinstance(raw, python_type):
        raise ValueError(expected_of(kind))
    return raw


def _quantity(quantity: Quantity, raw: Any) -> int:
    if not isinstance(raw, str) or len(raw) > LONGEST_FIGURE:
        raise ValueError(quantity.expected())
    figure = quantity.parse(raw)
    if quantity is SHARE and figure > WHOLE_PPM:
        raise ValueError(f"{quantity.expected()}, at most 100 %")
    if abs(figure) > LARGEST_QUANTITY:
        raise ValueError(f"{quantity.expected()}, less than 10^15{quantity.suffix}")
    return figure


def _count(mark: Range, raw: Any) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or raw < mark.least:
        raise ValueError(_count_expected(mark))
    most = LARGEST_COUNT if mark.most is None else mark.most
    if raw > most:
        raise ValueError(f"a whole number, {mark.least} to {most}")
    return raw


def _count_expected(mark: Range) -> str:
    most = "" if mark.most is None else f", at most {mark.most}"
    return f"a whole number, at least {mark.least}{most}"


def _choice(kind: type[StrEnum], text: str) -> StrEnum:
    names = [member.value for member in kind]
    if text not in names:
        raise ValueError(known_name(text, names, "a known value") if text else one_of(names))
    return kind(text)


def _patterned(mark: Pattern, text: str) -> str:
    if mark.form == "hours":
        parse_hours(text)
    elif mark.form == "date":
        check_date(text)
    return text


def _distribution(raw: Any) -> Distribution:
    if isinstance(raw, str):
        return Distribution(fixed_ms=_quantity(DURATION, raw))
    slots = slots_of(Distribution)
    if not isinstance(raw, dict):
        raise ValueError(expected_of(Distribution))
    forms = [name for name in raw if name != "basis"]
    if len(forms) != 1 or forms[0] not in slots:
        raise ValueError(f"exactly {one_of(slots)}")
    slot = slots[forms[0]]
    made = Distribution(**{slot.field: _form(slot.kind, raw[forms[0]])})
    check_forms(made)
    return made


def _form(kind: Any, raw: Any) -> Any:
    if get_origin(kind) is not tuple:
        return plain_value(kind, raw)
    if not isinstance(raw, list):
        raise ValueError(f"an array of {expected_of(item_of(kind))}")
    return tuple(plain_value(item_of(kind), item) for item in raw)


def expected_of(kind: Any) -> str:
    """Say what a value of a type looks like."""
    mark = mark_of(kind)
    if isinstance(mark, Quantity):
        return mark.expected()
    if isinstance(mark, Range):
        return _count_expected(mark)
    if isinstance(mark, Pattern):
        return f"a {mark.form} text such as {mark.example}"
    if kind is Distribution:
        forms = one_of(slots_of(Distribution))
        return f"{DURATION.expected()}, or a table with {forms}"
    if get_origin(kind) is tuple:
        return f"an array of {expected_of(item_of(kind))}"
    if kind is str:
        return "text"
    if kind is bool:
        return "true or false"
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return one_of(member.value for member in kind)
    return "a table"
