"""The report of a run as one HTML file: no request outside, both languages, dark and light.

``render`` takes what ``Summary.as_json`` returns, so a report can be made from a saved summary.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from typing import Any

from kouan.report import charts, markup
from kouan.report.fleets import PARTS
from kouan.report.release import INTERVALS
from kouan.report.tables import (
    STAGE_FIGURES,
    cycle_rows,
    fleet_rows,
    headline_rows,
    is_part_of_day,
    number,
    published_rows,
    stage_rows,
)
from kouan.report.texts import LANGUAGE_NAMES, LANGUAGES, Language, named, text

Json = dict[str, Any]
MOST_BARS = 16
SECTION_OF = {"day_profile": "profile"}
"""Sections that stand under another name in the summary."""
"""Bars in one chart; the table beside it has all rows."""
MOST_ROWS = 400
"""Rows of the longest tables (days, broken rules); a year of days fits."""


def render(summary: Json, command: str = "", language: Language = "en") -> str:
    """The whole page; it opens in ``language``. ``command`` is what repeats the run."""
    style = files("kouan.report").joinpath("page.css").read_text(encoding="utf-8")
    title = escape(text("title", language, port=_port(summary, language)))
    bodies = [_Page(summary, command, each).body() for each in LANGUAGES]
    return "\n".join(
        [
            f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<title>{title}</title>\n<link rel="icon" href="data:,">',
            f"<style>\n{style}</style>\n</head>\n<body>",
            _language_switch(language),
            *bodies,
            "</body>\n</html>\n",
        ]
    )


def _language_switch(chosen: Language) -> str:
    """Two radio buttons that need no script; the style sheet hides the other language."""
    names = " / ".join(text("language", each) for each in LANGUAGES)
    buttons = "".join(
        f'<label lang="{each}"><input type="radio" name="language" id="language-{each}"'
        f"{' checked' if each == chosen else ''}> {LANGUAGE_NAMES[each]}</label>"
        for each in LANGUAGES
    )
    return f'<fieldset class="languages"><legend>{names}</legend>{buttons}</fieldset>'


def _port(summary: Json, language: Language) -> str:
    run = summary["run"]
    return str(run["port_zh"] if language == "zh" and run["port_zh"] else run["port"])


@dataclass(frozen=True)
class _Page:
    """The page in one language."""

    summary: Json
    command: str
    language: Language

    def text(self, key: str, **places: object) -> str:
        return text(key, self.language, **places)

    def body(self) -> str:
        sections = [
            ("headline", self.text("headline"), self._headline()),
            ("day_profile", self.text("day_profile"), self._profile()),
            *self._fleets(),
            ("beside-published", self.text("beside_published"), self._published()),
            ("visits", self.text("visits"), self._visits()),
            ("crossings", self.text("crossings"), self._crossings()),
            ("stages", self.text("stages"), self._stages()),
            ("release", self.text("release"), self._release()),
            ("stations", self.text("stations"), self._stations()),
            ("days", self.text("days"), self._days()),
            ("violations", self.text("violations"), self._violations()),
            ("repeat", self.text("repeat"), self._repeat()),
            ("basis", self.text("basis"), self._basis()),
        ]
        shown = [(key, title, content) for key, title, content in sections if content]
        links = "".join(
            f'<li><a href="#{self._place(key)}">{escape(title)}</a></li>' for key, title, _ in shown
        )
        contents = f'<nav aria-label="{self.text("contents")}"><ul>{links}</ul></nav>'
        written = (
            markup.section(self._place(key), title, content, self._label(key))
            for key, title, content in shown
        )
        main = f'<main id="{self._place("main")}">\n{"".join(written)}\n</main>'
        skip = f'<a class="skip" href="#{self._place("main")}">{self.text("skip")}</a>'
        opening = f'<div class="report in-{self.language}" lang="{self.language}">'
        return f"{opening}\n{skip}\n{self._header()}\n{contents}\n{main}\n</div>"

    def _label(self, key: str) -> str:
        """What all figures of a section rest on; "" where they are labelled one by one."""
        labels = self.summary["labels"]
        outcome = SECTION_OF.get(key, key)
        return named(labels[outcome], self.language) if outcome in labels else ""

    def _place(self, key: str) -> str:
        return f"{self.language}-{key}"

    def _header(self) -> str:
        run, days = self.summary["run"], self.summary["days"]
        title = self.text("title", port=_port(self.summary, self.language))
        zone = self.text("local_time", zone=run["time_zone"])
        note = self.text("predicted_note") if run["label"] == "predicted" else ""
        period = ""
        if is_part_of_day(self.summary):
            hours = number(run["hours"])
            period = self.text("part_of_day", hours=hours) + " (" + zone + ")"
        elif days:
            first, last = days[0]["day"], days[-1]["day"]
            key = "period" if run["days"] > 1 or first != last else "period_one"
            period = self.text(key, from_day=first, to_day=last, days=run["days"]) + "; " + zone
        parts = [markup.paragraph(words) for words in (period, note) if words]
        return f"<header><h1>{escape(title)}</h1>{''.join(parts)}</header>"

    # --- sections ----------------------------------------------------------------------------

    def _headline(self) -> str:
        rows = headline_rows(self.summary, self.language)
        return markup.cards(rows) + markup.paragraph(self.text("method"), "note")

    def _visits(self) -> str:
        """Visits by class and by how they ended, and how long they stayed by procedure."""
        visits = self.summary["visits"]
        stays = [
            (name, number(times["n"]), *self._times(times))
            for name, times in visits["stay_min"].items()
        ]
        classes = [
            (name, *(number(counts[key]) for key in COUNTS))
            for name, counts in visits["by_class"].items()
        ]
        states = [
            (named(state, self.language), number(n)) for state, n in visits["by_state"].items()
        ]
        caption = self.text("in_minutes", name=self.text("stay"))
        by_class = ("visit_class", "visits_started", "visits_finished", "turned_back", "tonnes")
        return self._table(
            caption, ("procedure", "visits", *TIMES, "buffer_index"), stays
        ) + markup.side_by_side(
            self._table(self.text("visits"), by_class, classes),
            self._table(self.text("visits"), ("state", "count"), states),
        )

    def _times(self, times: Json) -> tuple[str, ...]:
        figures = [number(times[key]) for key in TIMES]
        return (*figures, f"{number(times['buffer_index_percent'])} %")

    def _table(
        self, caption: str, columns: Sequence[str], rows: Sequence[Sequence[str]], texts: int = 1
    ) -> str:
        heads = [named(column, self.language) for column in columns]
        return markup.table(caption, heads, rows, texts) if rows else ""

    def _profile(self) -> str:
        profile = self.summary["profile"]
        begun, queue = profile["visits_begun"], profile["queue"]
        if not any(begun):
            return ""
        hour = begun.index(max(begun))
        says = self.text("chart_profile", most=number(max(begun)), hour=hour)
        legend = (self.text("arrivals"), self.text("queue"))
        chart = markup.figure(
            charts.profile(begun, queue), self._place("profile-chart"), says, legend
        )
        rows = [
            (f"{hour}:00", number(begun[hour]), number(queue[hour]))
            for hour in range(24)
            if begun[hour] or queue[hour]
        ]
        hours = self._table(self.text("data_of_chart"), ("hour", "arrivals", "queue"), rows)
        lengths = [
            (place, *(number(queue[key]) for key in ("mean", "p50", "p95", "max")))
            for place, queue in self.summary["queues"].items()
        ]
        columns = ("place", "mean", "p50", "p95", "max")
        queues = self._table(self.text("queues"), columns, lengths)
        return markup.side_by_side(
            chart, queues + markup.details(self.text("data_of_chart"), hours)
        )

    def _fleets(self) -> list[tuple[str, str, str]]:
        return [
            (f"fleet-{name}", self.text("fleet", fleet=name), self._fleet(name))
            for name in self.summary["run"]["fleets"]
        ]

    def _fleet(self, name: str) -> str:
        fleet = self.summary[name]
        if not fleet["orders"]:
            return ""
        rows = cycle_rows(fleet)
        parts = [
            f"{self.text(part)} {number(lasted)} {self.text('min')}" for part, lasted, _ in rows
        ]
        whole = number(fleet["cycle_min_mean"])
        says = self.text("chart_cycle", total=whole, parts=", ".join(parts))
        bar = charts.bars([(name, [lasted for _, lasted, _ in rows], f"{whole} min")])
        chart = markup.figure(
            bar,
            self._place(f"cycle-{name}"),
            says,
            [self.text(part) for part in PARTS],
        )
        shares = [
            (self.text(part), number(lasted), f"{number(share)} %") for part, lasted, share in rows
        ]
        split = self._table(self.text("cycle"), ("part", "min", "share"), shares)
        return markup.cards(fleet_rows(fleet, self.language)) + markup.side_by_side(chart, split)

    def _published(self) -> str:
        columns = ("figure", "value", "label", "interval_95", "published_figure", "source")
        rows = published_rows(self.summary, self.language)
        return self._table(self.text("beside_published"), columns, rows)

    def _crossings(self) -> str:
        visits = self.summary["visits"]
        one_way = visits["one_way_crossings"]
        rows = [
            (self.text("one_way_entry"), number(one_way["entry"])),
            (self.text("one_way_exit"), number(one_way["exit"])),
            (self.text("two_way"), number(visits["two_way_crossings"])),
        ]
        trips = [
            (
                name,
                number(self.summary[name]["loaded_one_way_crossings"]),
                number(self.summary[name]["round_trips"]),
            )
            for name in self.summary["run"]["fleets"]
        ]
        columns = ("fleet_name", "loaded_one_way", "round_trips")
        tables = self._table(self.text("crossings"), ("figure", "count"), rows)
        tables += self._table(self.text("fleets"), columns, trips)
        return tables + markup.paragraph(self.text("crossings_note"), "note")

    def _stages(self) -> str:
        rows = stage_rows(self.summary)
        if not rows:
            return ""
        longest = sorted(rows, key=lambda row: -(row[3] + row[5]))
        shown = [row for row in rows if row in longest[:MOST_BARS]]
        bars = [
            (f"{procedure} · {stage}", (wait, service), number(wait + service))
            for procedure, stage, _, wait, _, service, _ in shown
        ]
        name = f"{longest[0][0]} · {longest[0][1]}"
        most = number(longest[0][3] + longest[0][5])
        says = self.text("chart_stages", name=name, most=most)
        legend = (self.text("wait_mean"), self.text("service_mean"))
        chart = markup.figure(charts.bars(bars), self._place("stages-chart"), says, legend)
        cells = [(row[0], row[1], *(number(figure) for figure in row[2:])) for row in rows]
        columns = ("procedure", "stage", "count", *STAGE_FIGURES)
        caption = self.text("in_minutes", name=self.text("stages"))
        return markup.side_by_side(chart, self._table(caption, columns, cells, texts=2))

    def _release(self) -> str:
        """By procedure: every interval of all visits, and the two that matter by group."""
        parts = ""
        for procedure, groups in self.summary["release"].items():
            intervals = [
                (
                    named(interval, self.language),
                    *(number(groups["all"][f"{interval}_min"][key]) for key in TIMES),
                )
                for interval in INTERVALS
            ]
            rows = [
                (
                    named(group, self.language),
                    number(times["n"]),
                    *(number(times[f"{interval}_min"][key]) for interval, key in BY_GROUP),
                )
                for group, times in groups.items()
            ]
            columns = [f"{named(i, self.language)}, {self.text(key)}" for i, key in BY_GROUP]
            caption = self.text("in_minutes", name=procedure)
            whole = self._table(caption, ("interval", *TIMES), intervals)
            parts += markup.side_by_side(
                whole, self._table(caption, ("group", "count", *columns), rows)
            )
        return parts

    def _stations(self) -> str:
        places = self.summary["places"]
        if not places:
            return ""
        busiest = sorted(places, key=lambda name: -places[name]["use_percent"])
        shown = [name for name in places if name in busiest[:MOST_BARS]]
        bars = [
            (name, (places[name]["use_percent"],), f"{number(places[name]['use_percent'])} %")
            for name in shown
        ]
        most = number(places[busiest[0]]["use_percent"])
        says = self.text("chart_stations", name=busiest[0], most=most)
        chart = markup.figure(
            charts.bars(bars, most=100), self._place("stations-chart"), says, (self.text("use"),)
        )
        rows = [(name, number(use["stations"]), *self._use(use)) for name, use in places.items()]
        each = [(name, *self._use(use)) for name, use in self.summary["stations"].items()]
        columns = ("services", "busy_h", "open_h", "use")
        caption = self.text("stations")
        whole = self._table(caption, ("place", "stations_of", *columns), rows)
        single = self._table(caption, ("station", *columns), each)
        return markup.side_by_side(
            chart, whole + markup.details(f"{self.text('station')} ({len(each)})", single)
        )

    def _use(self, use: Json) -> tuple[str, str, str, str]:
        busy, opened = (f"{number(use[key])} {self.text('h')}" for key in ("busy_h", "open_h"))
        return number(use["services"]), busy, opened, f"{number(use['use_percent'])} %"

    def _days(self) -> str:
        fleets = self.summary["run"]["fleets"]
        rows = [
            (
                row["day"],
                *(number(row[key]) for key in COUNTS),
                *(number(row.get(fleet, {}).get("round_trips", 0)) for fleet in fleets),
            )
            for row in self.summary["days"][-MOST_ROWS:]
        ]
        trips = [f"{fleet}: {self.text('round_trips')}" for fleet in fleets]
        columns = ("day", "visits_started", "visits_finished", "turned_back", "tonnes", *trips)
        return self._table(self.text("days"), columns, rows)

    def _violations(self) -> str:
        total = self.summary["violations"]
        if not total:
            return markup.paragraph(self.text("none_broken"), "good")
        found = self.summary["violations_found"][:MOST_ROWS]
        rows = [
            [str(each.get(key, "")) for key in ("number", "rule", "subject", "text")]
            for each in found
        ]
        words = self.text("some_broken", total=number(total), shown=len(rows))
        columns = ("entry_number", "rule", "subject", "what")
        listed = self._table(self.text("violations"), columns, rows, texts=4)
        return markup.paragraph(words, "bad") + listed

    def _repeat(self) -> str:
        parts = [markup.paragraph(self.text("repeat_note"), "note")]
        given = (("command", self.command), ("journal_hash", self.summary["journal_sha256"]))
        for key, words in given:
            if words:
                parts += [f"<h3>{self.text(key)}</h3>", markup.code_block(words)]
        return "".join(parts)

    def _basis(self) -> str:
        figures = [
            (row["figure"], named(row["kind"], self.language), row["text"])
            for row in self.summary["basis"]
        ]
        sources = [
            (name, source["publisher"], source["published"], source["says"])
            for name, source in self.summary["sources"].items()
        ]
        columns = ("sources", "publisher", "published", "says")
        published = self._table(self.text("sources"), columns, sources, texts=4)
        listed = self._table(self.text("basis"), ("figure", "label", "what_on"), figures, texts=3)
        if not listed:
            return published
        return published + markup.details(f"{self.text('basis')} ({len(figures)})", listed)


COUNTS = ("started", "finished", "turned_back", "tonnes")
"""Figures of a class of visits or a day, as the summary names them."""
BY_GROUP = tuple(
    (interval, key)
    for interval in ("arrival_to_release", "arrival_to_gate_out")
    for key in ("mean", "p95")
)
"""Intervals shown for each group of visits."""
TIMES = ("mean", "median", "p90", "p95", "max", "buffer")
"""Columns of a table of durations, as the summary names them."""
