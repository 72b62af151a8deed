"""The page's files: every text in both languages, nothing inline, nothing from outside."""

import ast
import inspect
import json
import re
from collections.abc import Iterator, Sequence
from importlib.resources import files

from kouan.dispatch.state import Errand
from kouan.dispatch.verification import SEVERITY
from kouan.live.devices.signals import Position, State
from kouan.live.gates import desk
from kouan.live.gates.desk import ACTS
from kouan.live.gates.lane_words import WORDS as LANE_WORDS
from kouan.live.gates.parts import Part
from kouan.live.http import PAGE_FILES
from kouan.port.devices import DeviceKind, DeviceRole
from kouan.port.model import ModeName
from kouan.port.places import PlaceKind, SideName
from kouan.port.procedures import CheckKind

FOLDER = files("kouan.live") / "page"
TEXTS: dict[str, dict[str, str]] = json.loads((FOLDER / "texts.json").read_text("utf-8"))
PAGES = ("index.html", "desk.html", "lanes.html", "sign-in.html")
SCRIPTS = tuple(path[1:] for path in PAGE_FILES if path.endswith(".js"))


def source(name: str) -> str:
    """Return one of the page's files."""
    return (FOLDER / name).read_text("utf-8")


def test_every_text_is_there_in_both_languages() -> None:
    assert len(TEXTS) > 80
    for key, text in TEXTS.items():
        assert sorted(text) == ["en", "zh"], key
        assert all(text.values()), key
        english, chinese = (sorted(re.findall(r"\{\w+\}", text[name])) for name in ("en", "zh"))
        assert english == chinese, key


def test_chinese_is_chinese() -> None:
    # Symbols, and the other's own name.
    plain = (
        "drives",
        "none",
        "language",
        "language_says",
        "colon",
        "comma",
        "semicolon",
        "desk_not",
        "lane_said_state",
    )
    for key, text in TEXTS.items():
        if key not in plain:
            assert re.search(r"[\u4e00-\u9fff]", text["zh"]), key
            assert not re.search(r"[\u4e00-\u9fff]", text["en"].replace("中文", "")), key


def test_every_text_that_is_used_is_in_the_catalogue() -> None:
    used = [key for page in PAGES for key in re.findall(r'data-text="(\w+)"', source(page))]
    for name in SCRIPTS:
        used += re.findall(r'say\("(\w+)"', source(name))
    families: dict[str, Sequence[str]] = {
        "kind_": [kind.value for kind in PlaceKind],
        "mode_": [mode.value for mode in ModeName],
        "errand_": [*(errand.value for errand in Errand), "driving"],
        "side_": [side.value for side in SideName],
        "theme_": ["auto", "light", "dark"],
        "legend_": ["loaded", "empty", "charging", "stopped"],
        "check_": [kind.value for kind in CheckKind],
        "part_": [part.value for part in Part],
        "result_": [result for result in SEVERITY if result != "match"],
        "act_": ACTS,
        "act_reason_": ["escalate", "pass", "refuse"],
        "done_": ["claim", "escalate", "pass"],
        "desk_said_": ["claimed", "escalated", "passed", "refused"],
        "lane_said_": [*LANE_WORDS],
        "device_": [kind.value for kind in DeviceKind],
        "role_": [role.value for role in DeviceRole],
        "health_": [state.value for state in State],
        "shows_": [
            *(position.value for position in Position if position is not Position.UNKNOWN),
            *("occupied", "free", "green", "red", "alarm", "clear"),
        ],
    }
    used += [prefix + one for prefix, names in families.items() for one in names]
    assert len(used) > 60
    assert [key for key in used if key not in TEXTS] == []


def test_every_text_is_used() -> None:
    sources = "".join(source(name) for name in (*PAGES, *SCRIPTS))
    prefixes = re.findall(r"`(\w+_)\$\{", sources)
    prefixes += re.findall(r'(?:told|tell)\((?:\w+\.)?\w+, "(\w+_)"\)', sources)
    unused = [
        key
        for key in TEXTS
        if not re.search(rf'["\'`]{key}["\'`]', sources) and not key.startswith(tuple(prefixes))
    ]
    assert unused == []


def test_every_kind_of_place_has_an_icon() -> None:
    drawn = re.findall(r"^  (\w+): \"M", source("icons.js"), re.MULTILINE)
    assert sorted(drawn) == sorted(kind.value for kind in PlaceKind)


def test_nothing_inline_and_nothing_from_outside() -> None:
    for page in map(source, PAGES):
        assert not re.search(r"<script(?![^>]*\bsrc=)", page)
        assert "<style" not in page
        assert not re.search(r"\s(on\w+|style)=", page)
    for name in (*(path[1:] for path in PAGE_FILES), *PAGES):
        text = source(name).replace("http://www.w3.org/2000/svg", "")
        assert "//" not in re.sub(r"(^|\s)//.*", "", text, flags=re.MULTILINE), name
        assert "innerHTML" not in text


def test_every_file_is_served() -> None:
    served = {path[1:] for path in PAGE_FILES} | {*PAGES}
    assert served == {one.name for one in FOLDER.iterdir()}


def alarm_texts() -> Iterator[str]:
    """Texts of alarms as the dispatcher's source has them, with {} for each figure or name."""
    for path in (files("kouan.dispatch")).iterdir():
        if not path.name.endswith(".py"):
            continue
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
                continue
            if call.func.attr in ("alarm", "keep"):
                yield from _written(call.args[-1])


COMPOSED = {
    "announced for procedure {}, which {}": ("is for transport orders", "is not declared"),
    "order refused: {}": (
        "for fleet {}, which is not declared",
        "{} kg, but a vehicle carries {} kg",
        "priority {}, expected 0 to {}",
        "to come after order {}, which is not known",
    ),
    "{}": ("declaration {} before its manifest", "order {} turned back: {}"),
}
"""Texts that end in one of some pieces; the last come by a variable."""


def _written(text: ast.expr) -> Iterator[str]:
    if isinstance(text, ast.Constant):
        yield str(text.value)
    elif isinstance(text, ast.JoinedStr):
        yield "".join(str(p.value) if isinstance(p, ast.Constant) else "{}" for p in text.values)


def test_every_alarm_that_the_dispatcher_raises_can_be_told_in_chinese() -> None:
    patterns = [
        re.sub(r"\\\{\w+\\\}", "(.+?)", re.escape(text["en"]))
        for key, text in TEXTS.items()
        if key.startswith("alarm_")
    ]
    written = [*alarm_texts()]
    assert len(written) > 15
    raised = [text for text in written if text not in COMPOSED]
    raised += [text[:-2] + end for text, ends in COMPOSED.items() for end in ends]
    assert set(COMPOSED) - {"{}"} <= set(written)
    missing = [text for text in raised if not any(re.fullmatch(p, text) for p in patterns)]
    assert missing == []


def mission_texts() -> Iterator[str]:
    """Why a fleet manager's vehicle can't go on, as the driver's source has it."""
    source = files("kouan.live.missions").joinpath("driver.py").read_text("utf-8")
    for one in ast.walk(ast.parse(source)):
        if not isinstance(one, ast.Assign) or not isinstance(one.targets[0], ast.Attribute):
            continue
        if one.targets[0].attr in ("gave_up", "fault"):
            yield from _written(one.value)


def test_why_a_managers_vehicle_stands_can_be_told_in_chinese() -> None:
    patterns = [
        re.sub(r"\\\{\w+\\\}", "(.+?)", re.escape(text["en"]))
        for key, text in TEXTS.items()
        if key.startswith("alarm_m")
    ]
    # A status of a revision never sent is only counted; a state is one of the two that end badly.
    written = {one for one in mission_texts() if one} - {"status of revision {}: {} is sent"}
    assert len(written) == 4
    said = [*(written - {"mission {}: {}"}), "mission rejected: {}", "mission failed: {}"]
    assert [one for one in said if not any(re.fullmatch(p, one) for p in patterns)] == []


REASONS_OF = (
    *("kouan.dispatch.verification", "kouan.dispatch.findings"),
    *("kouan.gate.quality", "kouan.gate.codes"),
    *("kouan.live.gates.readings", "kouan.live.gates.rounds", "kouan.live.gates.lane"),
)
"""Where reasons of reviews are written."""
REASONS = ("reason", "FROZEN", "NO_DEVICE", "NOTHING_CAME", "why", "text")


def reason_texts() -> Iterator[str]:
    """Texts with which a reading or a comparison says why a person has to look."""
    for module in REASONS_OF:
        package, _, name = module.rpartition(".")
        tree = ast.parse((files(package) / f"{name}.py").read_text("utf-8"))
        for node in ast.walk(tree):
            for reason in _reasons_in(node):
                yield from _alternatives(reason)


def _reasons_in(node: ast.AST) -> Sequence[ast.expr]:
    match node:
        case ast.Call(keywords=keywords):
            return [one.value for one in keywords if one.arg == "reason"]
        case ast.Tuple(elts=[ast.Constant(value=result), reason]) if result in SEVERITY:
            return [reason]
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in REASONS:
            return [value]
    return []


def _alternatives(reason: ast.expr) -> Iterator[str]:
    for one in reason.values if isinstance(reason, ast.BoolOp) else [reason]:
        yield from _written(one)


def test_every_reason_for_a_review_can_be_told_in_chinese() -> None:
    patterns = [
        re.sub(r"\\\{\w+\\\}", "(.+?)", re.escape(text["en"]))
        for key, text in TEXTS.items()
        if key.startswith("reason_")
    ]
    # What a device's health says is told as it is.
    written = {*reason_texts()} - {"", "{} {}: {}"}
    assert len(written) > 20
    assert [one for one in written if not any(re.fullmatch(p, one) for p in patterns)] == []


def test_every_refusal_of_the_desk_can_be_told_in_chinese() -> None:
    patterns = [
        re.sub(r"\\\{\w+\\\}", "(.+?)", re.escape(text["en"]))
        for key, text in TEXTS.items()
        if key.startswith("refused_")
    ]
    calls = [
        node for node in ast.walk(ast.parse(inspect.getsource(desk))) if isinstance(node, ast.Call)
    ]
    written = [
        text
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id == "Refused"
        for text in _written(call.args[1])
    ]
    acts = [text for text in written if not text.startswith("review {}: no picture")]
    assert len(acts) == 6
    acts = [re.sub(r"^\w+: |^\{\}: ", "", text) for text in acts]  # the page leaves the word out
    assert [one for one in acts if not any(re.fullmatch(p, one) for p in patterns)] == []
