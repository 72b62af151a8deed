"""Reading port files: values, bases, settings, and where keys stand."""

from pathlib import Path

import pytest

from kouan.port.model import Basis, BasisKind
from kouan.port.places import PlaceKind
from kouan.port.problems import PortError
from kouan.port.read import load_port, read_document, read_port
from kouan.port.service import Distribution
from tests.unit.port.files import FILE, line_of, load, problems_of, spoiled, warnings_of, write

EXAMPLE = Basis(BasisKind.ASSUMPTION, "an example, to be replaced by figures of your own port")
FROM_SETTING = Basis(BasisKind.ASSUMPTION, "set on the command line")


def refusal(path: Path, *settings: str) -> list[str]:
    with pytest.raises(PortError) as caught:
        load_port(path, settings)
    return str(caught.value).splitlines()


def test_figures_become_whole_numbers_of_their_unit(tmp_path: Path) -> None:
    port = read_port(write(tmp_path, spoiled()))
    assert port.name == "Mandula"
    assert port.places["shed"].kind is PlaceKind.SHED
    assert port.places["shed"].dwell == Distribution(fixed_ms=21_600_000)
    assert port.places["scale"].room == 4
    assert port.roads.segments["north"].length_mm == 1_200_000
    assert port.roads.segments["north"].speed_mm_s == 6_944
    assert port.procedures["truck"].stages[1].checks[0].unread_ppm == 50_000
    by_hand = port.procedures["truck"].stages[2].time
    assert by_hand == Distribution(triangular_ms=(120_000, 240_000, 600_000))
    assert port.fleets["agv"].last_start_ms == 3_600_000
    assert port.fleets["agv"].acceleration_mm_s2 == 300


def test_a_basis_covers_the_figures_around_it(tmp_path: Path) -> None:
    port, findings = load(
        tmp_path,
        ("room = 10", 'room = { value = 10, basis = "input: example, page 4" }'),
        ("[fleets.agv]", '[fleets.agv]\nbasis = "calibrated: round trips"'),
        (
            'release_after = { exponential = "5 min" }',
            'release_after = { exponential = "5 min", basis = "assumption: quick" }',
        ),
    )
    assert findings == ()
    assert port.places["gate_in"].room == 10
    assert port.basis["places.gate_in.room"] == Basis(BasisKind.INPUT, "example, page 4")
    assert port.basis["fleets.agv.count"] == Basis(BasisKind.CALIBRATED, "round trips")
    assert port.basis["authorities.customs.release_after"].text == "quick"
    assert port.basis["procedures.truck.stages.gate.checks.0.unread"] == EXAMPLE
    assert port.basis["sides.home.hours"] == EXAMPLE
    assert "places.gate_in.kind" not in port.basis


def test_figures_without_a_basis_are_told_by_table(tmp_path: Path) -> None:
    whole = 'basis = "assumption: an example, to be replaced by figures of your own port"'
    warnings = warnings_of(tmp_path, (whole, ""))
    assert "places.gate_in: no basis for room" in warnings
    assert "roads.nodes.yard: no basis for x, y" in warnings
    assert len(warnings) == len(dict.fromkeys(warnings))


@pytest.mark.parametrize(
    ("basis", "expected"),
    [
        ("predicted: by a run", 'a basis such as "input: <id of a source>"'),
        ("input", 'a basis such as "input: <id of a source>"'),
        ("input: exampel", 'a source, perhaps "example"'),
    ],
)
def test_a_wrong_basis_is_refused(basis: str, expected: str, tmp_path: Path) -> None:
    replacement = ("room = 10", f'room = {{ value = 10, basis = "{basis}" }}')
    (problem,) = problems_of(tmp_path, replacement)
    assert problem.key.startswith("places.gate_in.room")
    assert problem.line == line_of(spoiled(replacement), "room = {")
    assert expected in problem.expected


def test_settings_replace_values_and_are_their_own_basis(tmp_path: Path) -> None:
    path = write(tmp_path, spoiled())
    settings = (
        "fleets.agv.count=4",
        "roads.segments.north.length=3 km",
        "procedures.truck.stages.weighing.time={ exponential = '50 s' }",
        "procedures.truck.stages.gate.checks.1.time=25 s",
        "sides.home.hours=08:00-22:00",
        "verification.mass_tolerance=1 t",
        "lanes.gate_in_1.classes=['trucks']",
    )
    port, findings = load_port(path, settings)
    assert findings == ()
    assert port.fleets["agv"].count == 4
    assert port.roads.segments["north"].length_mm == 3_000_000
    assert port.procedures["truck"].stages[3].time == Distribution(exponential_ms=50_000)
    assert port.procedures["truck"].stages[1].checks[1].time == Distribution(fixed_ms=25_000)
    assert port.verification.mass_tolerance_kg == 1_000
    assert port.lanes["gate_in_1"].classes == ("trucks",)
    assert port.basis["fleets.agv.count"] == FROM_SETTING
    assert port.basis["procedures.truck.stages.weighing.time"] == FROM_SETTING
    assert port.basis["places.scale.room"] == EXAMPLE


def test_problems_of_settings_name_the_setting(tmp_path: Path) -> None:
    path = write(tmp_path, spoiled())
    assert refusal(
        path, "fleets.agb.count=6", "fleets.agv", "procedures.truck.stages.gat.time=1"
    ) == [
        '--set: fleets.agb: "agb": expected a known key, perhaps "agv"',
        '--set: "fleets.agv": expected path=value such as fleets.agv.count=6',
        '--set: procedures.truck.stages.gat: "gat": expected a known key, perhaps "gate"',
    ]
    assert refusal(path, "fleets.agv.coun=6", "places.scale.room=abc") == [
        '--set: places.scale.room: "abc": expected a whole number, at least 0',
        '--set: fleets.agv.coun: 6: expected a known key, perhaps "count"',
    ]
    # With 6 vehicles the error lies at the parking place, which the file declares.
    parking = line_of(spoiled(), "[places.agv_park]")
    assert refusal(path, "fleets.agv.count=6") == [
        f"{FILE}:{parking + 4}: places.agv_park.room: 5: "
        "expected at least 6 with its stations: its fleets' vehicles"
    ]


def test_lines_of_keys(tmp_path: Path) -> None:
    text = (
        'name = "x"\n[a.b]\nc = { d = 1, "e f" = 2 }\ng.h = [\n  { id = "one" },\n  { k = 2 },\n]\n'
        '[[p.q]]\nid = "first"\n[p.q.r]\ns = 1\n[[p.q]]\n# note\nid = "second"\n[[p.q.t]]\nu = 2\n'
    )
    lines = read_document(write(tmp_path, text)).lines
    assert lines["name"] == 1
    assert (lines["a.b"], lines["a.b.c"], lines["a.b.c.e f"]) == (2, 3, 3)
    assert (lines["a.b.g.h"], lines["a.b.g.h.one"], lines["a.b.g.h.1.k"]) == (4, 5, 6)
    assert (lines["p.q.first.id"], lines["p.q.first.r.s"]) == (9, 11)
    assert (lines["p.q.second"], lines["p.q.second.id"], lines["p.q.second.t.0.u"]) == (12, 14, 16)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"name = \xff", "mandula.toml:1: other bytes: expected UTF-8 text"),
        (b"a = 1\na = 2", 'mandula.toml:2: "a = 2": expected TOML: Cannot overwrite a value'),
        (b"a = " + b"[" * 5_000, "mandula.toml:1: "),
        (b"a = [", "mandula.toml:1: "),
        (b"#" * 4_000_001, "mandula.toml: a larger file: expected at most 4000000 bytes"),
    ],
)
def test_what_is_no_port_file_is_explained(content: bytes, told: str, tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_bytes(content)
    (line,) = refusal(path)
    assert line.startswith(told)


def test_a_missing_file_and_an_empty_one(tmp_path: Path) -> None:
    (line,) = refusal(tmp_path / "absent.toml")
    assert line.endswith("absent.toml: No such file or directory: expected a file that can be read")
    path = write(tmp_path, "")
    assert refusal(path) == [
        "mandula.toml:1: name: nothing: expected text; this key is required",
        "mandula.toml:1: sides: nothing: expected a table; this key is required",
    ]


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("20", "a duration such as"),
        ('"20"', "a duration such as"),
        ('{ exponential = "1 s", fixed = "1 s" }', "exactly one of fixed, exponential"),
        ('{ uniform = ["2 s", "1 s"] }', "uniform with 2 durations that rise"),
        ('{ triangular = ["1 s", "2 s"] }', "triangular with 3 durations that rise"),
        ('{ lognormal = ["0 s", "2 s"] }', "lognormal with a median above 0"),
        ("{ uniform = [] }", "durations, not an empty array"),
        ('{ normal = "1 s" }', "exactly one of fixed, exponential"),
        ('"999999999999999 d"', "less than 10^15"),
    ],
)
def test_wrong_times_are_refused(time: str, expected: str, tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, ('time = "40 s"', f"time = {time}"))
    assert problem.key == "procedures.truck.stages.weighing.time"
    assert expected in problem.expected


@pytest.mark.parametrize(
    ("old", "new", "key", "expected"),
    [
        ("per_day = 200", "", "demand.trucks.per_day", "exactly one of per_day, interval"),
        ("per_day = 200", 'per_day = 1\nfleet = "agv"', "demand.trucks.fleet", "exactly one of"),
        ("per_day = 200", "per_day = 1\nprofile = [1, 2]", "demand.trucks.profile", "24 weights"),
        ("per_day = 200", "per_day = true", "demand.trucks.per_day", "a whole number"),
        ("per_day = 200", "per_day = 2000000", "demand.trucks.per_day", "0 to 1000000"),
        ('pre_arrival = "90 %"', 'pre_arrival = "101 %"', "demand.trucks.pre_arrival", "100 %"),
        ('hours = "08:00-20:00"', 'hours = "8-20"', "sides.home.hours", "hours such as"),
        ('name = "Home"', 'closed_days = ["2026-02-29"]', "sides.home.closed_days.0", "28 days"),
        ("[places.scale]", "[places.Scale]", "places.Scale", "an id of small letters"),
        ('length = "1.2 km"', 'length = "0 m"', "roads.segments.north.length", "more than 0"),
        (
            'length = "1.2 km"',
            'length = "1 km"\nblock = "0 m"',
            "roads.segments.north.block",
            "more",
        ),
        (
            "[roads.nodes",
            '[roads]\ntruck_speed = "0 m/s"\n[roads.nodes',
            "roads.truck_speed",
            "more",
        ),
        ("[sources.example]", '[booking]\nslot = "0 s"\n[sources.example]', "booking.slot", "more"),
        (
            "[sources.example]",
            '[weather.w]\nwind_above = "9 m/s"\nslow_to = "0 %"\n[sources.example]',
            "weather.w.slow_to",
            "close = true",
        ),
        (
            "[sources.example]",
            '[weather.w]\nwind_above = "9 m/s"\nplaces = ["shed"]\n[sources.example]',
            "weather.w.places",
            "only segments are slowed",
        ),
        ("room = 10", 'room = { value = 1, bsis = "x" }', "places.gate_in.room", "a whole number"),
        ("checks = [{", "checks = [3, {", "procedures.truck.stages.weighing.checks.0", "a table"),
        ("[sources.example]", "[sources]\nexample = 3\n[modes.normal]", "sources.example", "table"),
        ("[sources.example]", "[modes.calm]\n[sources.example]", "modes.calm", "one of closed"),
    ],
)
def test_wrong_values_are_refused(
    old: str, new: str, key: str, expected: str, tmp_path: Path
) -> None:
    problems = {problem.key: problem for problem in problems_of(tmp_path, (old, new))}
    assert expected in problems[key].expected
