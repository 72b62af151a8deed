"""`kouan sim`: days of a port simulated into a folder, with summary, report and intervals."""

import json
import os
import shlex
import sys
from functools import partial
from pathlib import Path
from typing import Any

from kouan.cli.terminal import Mistake, midnight_ms, progress
from kouan.port.model import Port
from kouan.report.html import render
from kouan.report.published import compare, figure_of
from kouan.report.summary import Summary
from kouan.report.texts import Language
from kouan.runtime.checkers import Checkers
from kouan.runtime.journal import Journal
from kouan.runtime.memory import MemoryJournal
from kouan.sim.faults import ORDINARY, FaultRates, Faults, read_script
from kouan.sim.run import DAY_MS, Scenario, simulate
from kouan.sim.study import interval, over_seeds

JOURNAL = "journal.sqlite"
Json = dict[str, Any]


def make_scenario(
    port: Port, seed: int, start: str, days: int, script: Path | None, bad_day: bool
) -> Scenario:
    """The scenario that the command's options ask for."""
    start_ms = midnight_ms(port, start)
    end_ms = start_ms + days * DAY_MS
    faults = None
    if script is not None or bad_day:
        rates = ORDINARY if bad_day else FaultRates()
        scripted = read_script(script, port, start) if script else ()
        faults = Faults(port, seed, rates, end_ms, scripted)
    return Scenario(port, seed, start_ms, end_ms, end_ms, faults)


def run_into(place: Path | str, scenario: Scenario, days: int, resume: bool, quiet: bool) -> Json:
    """Run a scenario with its journal in a file or database and return the summary."""
    checkers, fold = Checkers(scenario.port), Summary(scenario.port)
    span_ms = scenario.until_ms - scenario.start_ms
    with (
        _journal(place, scenario, resume) as journal,
        progress(scenario.port.name, span_ms, quiet) as advance_to,
    ):
        simulate(
            scenario,
            journal,
            [fold, checkers],
            lambda at_ms: advance_to(at_ms - scenario.start_ms),
        )
        fold.days, fold.seed, fold.journal_sha256 = days, scenario.seed, journal.chain_hex
    fold.violations = checkers.violations
    return fold.as_json()


def _journal(place: Path | str, scenario: Scenario, resume: bool) -> Journal:
    """A new journal, or with ``resume`` the one that a stopped run left."""
    if not resume or (isinstance(place, Path) and not place.exists()):
        if isinstance(place, Path):
            place.parent.mkdir(parents=True, exist_ok=True)
            for old in place.parent.glob(f"{place.name}*"):
                old.unlink()
        return Journal.create(place, scenario.header())
    journal = Journal.open(place)
    if journal.header != scenario.header():
        journal.close()
        raise Mistake(f"{place}: is of another port file, seed, start or version; run it anew")
    return journal


def add_comparison(summary: Json, scenario: Scenario, days: int, seeds: int, quiet: bool) -> None:
    """Add the published figures beside the run's, with intervals over seeds where asked for."""
    spans = _spans(scenario, days, seeds, quiet) if seeds > 1 else {}
    bounds = {figure: (span[1], span[2]) for figure, span in spans.items()}
    rows = compare(scenario.port, summary, bounds)
    summary["published"] = [row._asdict() for row in rows]
    if seeds > 1:
        summary["seeds"] = seeds
        summary["intervals_95"] = {figure: list(span) for figure, span in spans.items()}


def _spans(
    scenario: Scenario, days: int, seeds: int, quiet: bool
) -> dict[str, tuple[float, float, float]]:
    """Mean and 95 % interval over seeds of the figures that the port file compares."""
    figures = tuple(published.figure for published in scenario.port.published.values())
    task = partial(_one_seed, scenario, days, figures)
    numbers = range(scenario.seed, scenario.seed + seeds)
    results = []
    with progress(f"{seeds} seeds", seeds, quiet) as advance_to:
        for result in over_seeds(task, numbers, os.cpu_count() or 1):
            results.append(result)
            advance_to(len(results))
    return {
        figure: interval([result[figure] for result in results])[:3]
        for figure in figures
        if all(figure in result for result in results)
    }


def _one_seed(
    scenario: Scenario, days: int, figures: tuple[str, ...], seed: int
) -> dict[str, float]:
    """One undisturbed run without a file; called in a process of its own."""
    port, end_ms = scenario.port, scenario.demand_end_ms
    again = Scenario(port, seed, scenario.start_ms, end_ms, scenario.until_ms)
    fold = Summary(port)
    fold.days = days
    simulate(again, MemoryJournal(again.header()), [fold])
    summary = fold.as_json()
    values = {figure: figure_of(summary, figure) for figure in figures}
    return {figure: value for figure, value in values.items() if value is not None}


def write_results(folder: Path, summary: Json, language: Language) -> Path:
    """Write summary and report beside the journal; return the report's path."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(summary, ensure_ascii=False, indent=1)
    (folder / "summary.json").write_text(text, "utf-8")
    command = shlex.join(["kouan", *sys.argv[1:]])
    report = folder / "report.html"
    report.write_text(render(summary, command, language), "utf-8")
    return report
