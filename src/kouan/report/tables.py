"""A run's results as tables in the terminal, in English or Chinese."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

from rich.console import Console
from rich.table import Table

from kouan.report.published import SET_BY_DEMAND
from kouan.report.texts import Language, named, text

Json = dict[str, Any]
Row = Sequence[object]
Figure = tuple[str, float | None, str]
"""Key of its text, value (None where the run has none), and key of its unit."""


def show(summary: Json, console: Console, language: Language = "en") -> None:
    """Print every table that has rows."""
    if is_part_of_day(summary):
        hours = number(summary["run"]["hours"])
        console.print(text("part_of_day", language, hours=hours), highlight=False)
    for table in tables(summary, language):
        if table.row_count:
            console.print(table)


def tables(summary: Json, language: Language = "en") -> list[Table]:
    """The tables of a summary, in the order of the report."""
    found = [_headline(summary, language), *_fleets(summary, language)]
    found.append(_published(summary, language))
    found += [_stages(summary, language), _stations(summary, language)]
    return [*found, _days(summary, language), _violations(summary, language)]


def is_part_of_day(summary: Json) -> bool:
    """Whether the run is shorter than a day, so that it has no figures a day."""
    return bool(summary["run"]["days"] == 0)


def number(value: float | None) -> str:
    """A figure for people: thousands apart; at most two decimals, and none above a hundred.

    A figure that the run does not have is a dash.
    """
    if value is None:
        return "-"
    if isinstance(value, int) or value == int(value):
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}".rstrip("0").rstrip(".")


def headline_rows(summary: Json, language: Language) -> list[tuple[str, str, str]]:
    """The figures a reader looks for first: (name, value with unit, label)."""
    visits = summary["visits"]
    figures: list[Figure] = [
        ("visits_started", visits["started"], ""),
        ("visits_finished", visits["finished"], ""),
        ("visits_in_port", visits["in_port"], ""),
        ("turned_back", visits["turned_back"], ""),
        ("tonnes_per_day", visits["tonnes_per_day"], "t"),
    ]
    if "manual" in summary:
        figures.append(("by_slips", summary["manual"]["slips"], ""))
    rows = _labelled(figures, visits["label"], language)
    broken = number(summary["violations"])
    return [*rows, (text("violations", language), broken, text("checked", language))]


def fleet_rows(fleet: Json, language: Language) -> list[tuple[str, str, str]]:
    """A fleet's figures, one-way and round-trip counts each under its own name."""
    labels = {
        "vehicles": fleet["vehicles_label"],
        "cycle_mean": fleet["cycle_label"],
        "cycle_p95": fleet["cycle_label"],
        **dict.fromkeys(SET_BY_DEMAND, fleet["trips_label"]),
        "loaded_one_way_per_day": fleet["trips_label"],
    }
    figures: list[Figure] = [
        ("round_trips_per_day", fleet["round_trips_per_day"], ""),
        ("loaded_one_way_per_day", fleet["loaded_one_way_crossings_per_day"], ""),
        ("tonnes_per_day", fleet["tonnes_per_day"], "t"),
        ("tonnes_per_trip", fleet["tonnes_per_trip"], "t"),
        ("cycle_mean", fleet["cycle_min_mean"], "min"),
        ("cycle_p95", fleet["cycle_min"]["p95"], "min"),
        ("kwh_per_tonne", fleet["kwh_per_tonne"], "kwh_t"),
        ("vehicles", fleet["vehicles"], ""),
        ("trips_per_vehicle_and_day", fleet["trips_per_vehicle_and_day"], ""),
        ("vehicle_use", fleet["vehicle_use_percent"], "percent"),
        ("turned_back", fleet["turned_back"], ""),
    ]
    return _labelled(figures, fleet["label"], language, labels)


def published_rows(summary: Json, language: Language) -> list[tuple[str, str, str, str, str, str]]:
    """Figures beside published ones: (figure, run, its label, interval, published, source)."""
    rows = []
    for row in summary.get("published", ()):
        low, high = row["low"], row["high"]
        span = f"{number(low)} .. {number(high)}" if low is not None else ""
        name = f"{row['figure']} ({row['unit']})" if row["unit"] else row["figure"]
        own, theirs = number(row["value"]), number(row["published"])
        rows.append((name, own, named(row["label"], language), span, theirs, row["source"]))
    return rows


def _labelled(
    figures: list[Figure],
    label: str,
    language: Language,
    others: dict[str, str] | None = None,
) -> list[tuple[str, str, str]]:
    """Rows of figures, all with one label but for those named in ``others``."""
    labels = others or {}
    return [
        (
            text(key, language),
            _with_unit(value, unit, language),
            named(labels.get(key, label), language),
        )
        for key, value, unit in figures
    ]


def _with_unit(value: float | None, unit: str, language: Language) -> str:
    has_unit = unit and value is not None
    return f"{number(value)} {text(unit, language)}" if has_unit else number(value)


def _table(title: str, columns: Sequence[str], language: Language, numbers_from: int = 1) -> Table:
    table = Table(title=title, title_justify="left", header_style="bold")
    for index, key in enumerate(columns):
        justify = "right" if index >= numbers_from else "left"
        # A name that is cut is no name: in a narrow terminal it runs over several lines.
        table.add_column(named(key, language), justify=justify, overflow="fold")  # type: ignore[arg-type]
    return table


def live_table(summary: Json, time_zone: tzinfo, language: Language) -> Table:
    """What a live run came to; ``port_ms`` is shown as local time of a zone."""
    table = _table(text("live_run", language), ("figure", "value"), language)
    table.columns[1].overflow = "fold"  # a hash is of use only as a whole
    for key, value in summary.items():
        shown = number(value) if isinstance(value, int | float | None) else str(value)
        if key == "port_ms":
            shown = f"{datetime.fromtimestamp(value / 1_000, time_zone):%Y-%m-%d %H:%M:%S}"
        table.add_row(text(f"live_{key}", language), shown)
    return table


def _outcome(summary: Json, section: str, language: Language) -> str:
    """Title of a table all of whose figures have one label, with that."""
    label = named(summary["labels"][section], language)
    return f"{text(section, language)}: {label}"


def _headline(summary: Json, language: Language) -> Table:
    table = _table(text("headline", language), ("figure", "value", "label"), language)
    for row in headline_rows(summary, language):
        table.add_row(*row)
    return table


def _fleets(summary: Json, language: Language) -> list[Table]:
    result = []
    for name in summary["run"]["fleets"]:
        fleet = summary[name]
        title = text("fleet", language, fleet=name)
        table = _table(title, ("figure", "value", "label"), language)
        for row in fleet_rows(fleet, language):
            table.add_row(*row)
        cycle = _table(text("cycle", language), ("part", "min", "share"), language)
        for part, lasted, share in cycle_rows(fleet):
            cycle.add_row(text(part, language), number(lasted), f"{number(share)} %")
        result += [table, cycle]
    return result


def cycle_rows(fleet: Json) -> list[tuple[str, float, float]]:
    """Parts of a fleet's mean cycle: (part, minutes, percent of the whole)."""
    whole = fleet["cycle_min_mean"]
    return [
        (part, lasted, round(100 * lasted / whole, 1) if whole else 0.0)
        for part, lasted in fleet["cycle_split_min"].items()
    ]


STAGE_FIGURES = ("wait_mean", "wait_p95", "service_mean", "service_p95")


def stage_rows(summary: Json) -> list[tuple[str, str, int, float, float, float, float]]:
    """Stages with number, mean and P95 of wait, mean and P95 of service, in minutes."""
    return [
        (
            procedure,
            stage,
            times["count"],
            times["wait_min"]["mean"],
            times["wait_min"]["p95"],
            times["service_min"]["mean"],
            times["service_min"]["p95"],
        )
        for procedure, stages in summary["stages"].items()
        for stage, times in stages.items()
    ]


def _stages(summary: Json, language: Language) -> Table:
    columns = (
        "procedure",
        "stage",
        "count",
        "wait_mean",
        "wait_p95",
        "service_mean",
        "service_p95",
    )
    title = _outcome(summary, "stages", language)
    title = text("in_minutes", language, name=title)
    table = _table(title, columns, language, numbers_from=2)
    for procedure, stage, *figures in stage_rows(summary):
        table.add_row(procedure, stage, *(number(figure) for figure in figures))
    return table


def _stations(summary: Json, language: Language) -> Table:
    """Use of the stations of each place; the page of the report has every single one."""
    columns = ("place", "stations_of", "services", "busy_h", "open_h", "use")
    table = _table(_outcome(summary, "stations", language), columns, language)
    for place, use in summary["places"].items():
        hours = (f"{number(use[key])} {text('h', language)}" for key in ("busy_h", "open_h"))
        counts = (number(use["stations"]), number(use["services"]))
        table.add_row(place, *counts, *hours, f"{number(use['use_percent'])} %")
    return table


def _published(summary: Json, language: Language) -> Table:
    columns = ("figure", "value", "label", "interval_95", "published_figure", "source")
    table = _table(text("beside_published", language), columns, language)
    for row in published_rows(summary, language):
        table.add_row(*row)
    return table


MOST_DAYS = 31
"""Days shown in the terminal; the summary has them all."""


def _days(summary: Json, language: Language) -> Table:
    fleets = summary["run"]["fleets"]
    columns = ("day", "visits_started", "visits_finished", "turned_back", "tonnes")
    table = _table(_outcome(summary, "days", language), columns, language)
    for fleet in fleets:
        table.add_column(f"{fleet}: {text('round_trips', language)}", justify="right")
    for row in summary["days"][-MOST_DAYS:]:
        trips = [number(row.get(fleet, {}).get("round_trips", 0)) for fleet in fleets]
        figures = [number(row[key]) for key in ("started", "finished", "turned_back", "tonnes")]
        table.add_row(row["day"], *figures, *trips)
    return table


def _violations(summary: Json, language: Language) -> Table:
    columns = ("entry_number", "rule", "subject", "what")
    title = text("violations", language)
    total = summary["violations"]
    shown = summary["violations_found"][:MOST_DAYS]
    if total:
        title += f": {text('some_broken', language, total=total, shown=len(shown))}"
    table = _table(title, columns, language, numbers_from=len(columns))
    for found in shown:
        row = (found.get(key, "") for key in ("number", "rule", "subject", "text"))
        table.add_row(*(str(cell) for cell in row))
    return table
