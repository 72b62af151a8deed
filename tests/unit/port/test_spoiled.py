"""Ten spoiled port files: each error names file, line, key, value and what was expected."""

from pathlib import Path

import pytest

from kouan.port.problems import Problem
from tests.unit.port.files import FILE, line_of, problems_of, spoiled

SPOILED = {
    "syntax": (
        [('kind = "yard"', 'kind = "yard')],
        ('kind = "yard', "", '"kind = "yard"', "TOML: Illegal character '\\n'"),
    ),
    "unknown key": (
        [("room = 10", "rom = 10")],
        ("rom = 10", "places.gate_in.rom", "10", 'a known key, perhaps "room"'),
    ),
    "wrong unit": (
        [('length = "1.2 km"', 'length = "1.2 kg"')],
        ("1.2 kg", "roads.segments.north.length", '"1.2 kg"', 'a length such as "6.19 km"'),
    ),
    "negative length": (
        [('length = "1.2 km"', 'length = "-1.2 km"')],
        ("-1.2 km", "roads.segments.north.length", '"-1.2 km"', "not negative"),
    ),
    "unreachable bay": (
        [
            ("[places.scale]", '[places.bay]\nkind = "bay"\nnode = "island"\n\n[places.scale]'),
            ('shed = { x = "2400 m"', 'island = { x = "0 m", y = "9 m" }\nshed = { x = "2400 m"'),
            ('id = "unloading"\nat = "shed"', 'id = "unloading"\nat = "bay"'),
        ],
        (
            'node = "island"',
            "places.bay.node",
            '"island"',
            'a node that can be reached from agv_park (node "yard")',
        ),
    ),
    "stage without station": (
        [('at = "gate_out"\ndirection = "entry"', 'at = "gate_out"\ndirection = "exit"')],
        (
            'at = "gate_out"\ntime',
            "procedures.truck.stages.out.at",
            '"gate_out"',
            'a place with a lane for direction "entry" and class "trucks"',
        ),
    ),
    "hours that never overlap": (
        [
            (
                '"Asia/Ulaanbaatar"\nhours = "08:00-20:00"',
                '"Asia/Ulaanbaatar"\nhours = "21:00-23:00"',
            )
        ],
        (
            'hours = "21:00-23:00"',
            "sides.neighbour.hours",
            '"21:00-23:00"',
            'some time in common with the home side ("08:00-20:00" there)',
        ),
    ),
    "duplicate id": (
        [('id = "weighing"', 'id = "gate"'), ('next = "weighing"', 'next = "out"')],
        (
            'id = "gate"\nat = "scale"',
            "procedures.truck.stages.gate.id",
            '"gate"',
            "an id that no other stage of procedures.truck has",
        ),
    ),
    "unbounded retry cycle": (
        [('unread = "by_hand"', 'unread = "gate"'), ("barrier = true", "attempts = 5000")],
        (
            "attempts = 5000",
            "procedures.truck.stages.gate.attempts",
            "5000",
            "at most 100: the stage can come again without end",
        ),
    ),
    "station of capacity 0": (
        [('kind = "scale"', 'kind = "scale"\nstations = 0')],
        (
            "stations = 0",
            "places.scale.stations",
            "0",
            "at least 1 station or lane: the stage truck.weighing is served here",
        ),
    ),
}


@pytest.mark.parametrize("name", SPOILED)
def test_spoiled_file_is_explained(name: str, tmp_path: Path) -> None:
    replacements, (piece, key, value, expected) = SPOILED[name]
    problem = _only(problems_of(tmp_path, *replacements), key)
    first_row = piece.splitlines()[0]
    text = spoiled(*replacements)
    offset = text[: text.index(piece)].count("\n")
    assert first_row in text.splitlines()[offset]
    assert (problem.file, problem.line) == (FILE, offset + 1)
    assert problem.value == value
    assert expected in problem.expected
    assert str(problem).startswith(f"{FILE}:{offset + 1}: {f'{key}: ' if key else ''}{value}")


def _only(problems: tuple[Problem, ...], key: str) -> Problem:
    found = [problem for problem in problems if problem.key == key]
    assert len(found) == 1, "\n".join(str(problem) for problem in problems)
    return found[0]


def test_all_problems_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    problems = problems_of(
        tmp_path,
        ('battery = "350 kWh"', "battery = 350"),
        ("room = 10", 'room = "ten"'),
        ('country = "CN"', 'country = "China"'),
        ('carrier = "truck"', 'carrier = "trucks"'),
        ('parking = "agv_park"\n', ""),
    )
    assert [problem.key for problem in problems] == [
        "sides.home.country",
        "places.gate_in.room",
        "procedures.truck.carrier",
        "fleets.agv.parking",
        "fleets.agv.battery",
    ]
    assert [problem.value for problem in problems] == [
        '"China"',
        '"ten"',
        '"trucks"',
        "nothing",
        "350",
    ]
    assert problems[1].expected == "a whole number, at least 0"
    assert problems[2].expected == 'a known value, perhaps "truck"'
    assert problems[3].line == line_of(spoiled(), "[fleets.agv]")


def test_errors_of_the_check_are_told_at_once(tmp_path: Path) -> None:
    keys = [
        problem.key
        for problem in problems_of(
            tmp_path,
            ('share = "100 %"', 'share = "90 %"'),
            ("room = 4\n\n[places.charger]", "room = 1\n\n[places.charger]"),
            ('crew = "officers"', 'crew = "officer"'),
            ('time_zone = "Asia/Shanghai"', 'time_zone = "Asia/Shangai"'),
        )
    ]
    assert keys == [
        "sides.home.time_zone",
        "places.desk.crew",
        "places.agv_park.room",
        "demand.trucks.payload",
    ]
