"""`kouan sim`: days of a port simulated into a folder, with summary, report and intervals."""

import json
import os
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from kouan.cli.results import write_whole
from kouan.cli.terminal import FIRST_YEAR, LAST_YEAR, Mistake, progress
from kouan.port.calendar import start_of_day_ms
from kouan.port.model import Port
from kouan.port.quantity import DAY_MS
from kouan.report.published import compare, figure_of
from kouan.report.summary import Summary
from kouan.runtime.backup import JOURNAL_FILE
from kouan.runtime.checkers import Checkers
from kouan.runtime.database import FileLock
from kouan.runtime.journal import Journal
from kouan.runtime.memory import MemoryJournal
from kouan.sim.faults import ORDINARY, FaultRates, Faults, parse_rates, parse_script, read_script
from kouan.sim.run import Scenario, simulate
from kouan.sim.study import interval, over_seeds

ASKED = "run.json"
"""File beside the journal that says what the run was asked for."""
Json = dict[str, Any]
VISIT_FIGURES = ("visits.finished_per_day", "visits.tonnes_per_day")
FLEET_FIGURES = ("round_trips_per_day", "tonnes_per_day", "cycle_min_mean")
"""Figures that intervals over seeds are given for, besides those compared with published ones."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What settles a run besides the port: a run goes on only under the same."""

    seed: int
    start: str
    days: int
    bad_day: bool
    script: str
    """The script of faults, as written; "" without one."""


def ask(seed: int, start: str, days: int, script: Path | None, bad_day: bool) -> Asked:
    """What the command's options ask for; raises Mistake for a wrong date or script file."""
    try:
        year = date.fromisoformat(start).year
    except ValueError:
        raise Mistake(f'--start: "{start}": expected a date such as 2026-10-12') from None
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Mistake(f'--start: "{start}": expected a year from {FIRST_YEAR} to {LAST_YEAR}')
    return Asked(seed, start, days, bad_day, read_script(script) if script else "")


def make_scenario(port: Port, asked: Asked, script: Path | None) -> Scenario:
    """The scenario that is asked for; ``script`` names the faults' file in errors."""
    start_ms = start_of_day_ms(port, asked.start)
    end_ms = start_ms + asked.days * DAY_MS
    faults = None
    if script is not None or asked.bad_day:
        name = script.name if script else ""
        rates = parse_rates(name, asked.script, ORDINARY if asked.bad_day else FaultRates())
        scripted = parse_script(name, asked.script, port, asked.start)
        faults = Faults(port, asked.seed, rates, end_ms, scripted)
    return Scenario(port, asked.seed, start_ms, end_ms, end_ms, faults)


def run_into(
    folder: Path, url: str | None, scenario: Scenario, asked: Asked, resume: bool, quiet: bool
) -> Json:
    """Run a scenario with its journal in a folder, or in the database of a URL; fold it."""
    checkers, fold = Checkers(scenario.port), Summary(scenario.port)
    span_ms = scenario.until_ms - scenario.start_ms
    with (
        open_journal(folder, url, scenario, asked, resume) as journal,
        progress(scenario.port.name, span_ms, quiet) as advance_to,
    ):
        simulate(
            scenario,
            journal,
            [fold, checkers],
            lambda at_ms: advance_to(at_ms - scenario.start_ms),
        )
        fold.days, fold.seed, fold.journal_sha256 = asked.days, asked.seed, journal.chain_hex
        fold.until_ms = scenario.until_ms
    fold.violations = checkers.violations
    return fold.as_json()


def open_journal(
    folder: Path, url: str | None, scenario: Scenario, asked: Asked, resume: bool
) -> Journal:
    """A new journal, or with ``resume`` the one that a stopped run left, if there is one.

    What was asked for is kept beside it. Raises Mistake when the folder holds a journal that no
    simulation made, or a run of something else is to go on.
    """
    folder.mkdir(parents=True, exist_ok=True)
    note, path = folder / ASKED, folder / JOURNAL_FILE
    there = url is not None or path.exists()
    if resume and there and note.exists():
        _check_same(note, asked)
        journal = Journal.open(url or path)
        if journal.header != scenario.header():
            journal.close()
            raise Mistake(f"{journal.name}: is of another port file or version; run it anew")
        return journal
    if url is None and there:
        if not note.exists():
            raise Mistake(f"{path}: is no simulation's journal; choose another folder (--out)")
        _remove(path)
    write_whole(note, json.dumps(asdict(asked), ensure_ascii=False))
    return Journal.create(url or path, scenario.header())


def _check_same(note: Path, asked: Asked) -> None:
    """Raise Mistake where the run that is to go on was asked for otherwise."""
    try:
        before = json.loads(note.read_text("utf-8"))
    except ValueError:
        raise Mistake(f"{note}: is damaged; run it anew, without --resume") from None
    if not isinstance(before, dict):
        before = {}
    for name, value in asdict(asked).items():
        if before.get(name) != value:
            was, now = f"{name} {before.get(name)}", f"{value}"
            if name == "script":
                was, now = "another script of faults", "this one"
            raise Mistake(
                f"{note.parent}: was begun with {was}, not {now}; give the options it was begun "
                "with, or run it anew, without --resume"
            )


def _remove(path: Path) -> None:
    """Remove the journal of an earlier run, unless somebody is writing it."""
    lock = FileLock(path)
    try:
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
    finally:
        lock.release()


def add_comparison(summary: Json, scenario: Scenario, days: int, seeds: int, quiet: bool) -> None:
    """Add the published figures beside the run's, with intervals over seeds where asked for."""
    spans = _spans(scenario, days, seeds, quiet) if seeds > 1 else {}
    rows = compare(scenario.port, summary, spans)
    summary["published"] = [row._asdict() for row in rows]
    if seeds > 1:
        summary["seeds"] = seeds
        summary["intervals_95"] = {figure: list(span) for figure, span in spans.items()}


def _spans(
    scenario: Scenario, days: int, seeds: int, quiet: bool
) -> dict[str, tuple[float, float, float]]:
    """Mean, low and high (95 %) over seeds of the headline figures and the compared ones."""
    compared = [published.figure for published in scenario.port.published.values()]
    fleets = [f"{fleet}.{figure}" for fleet in scenario.port.fleets for figure in FLEET_FIGURES]
    figures = tuple(dict.fromkeys([*VISIT_FIGURES, *fleets, *compared]))
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
    """The same run under another seed, without a file; called in a process of its own."""
    port, faults = scenario.port, scenario.faults
    if faults is not None:
        faults = Faults(port, seed, faults.rates, faults.until_ms, faults.script)
    again = replace(scenario, seed=seed, faults=faults)
    fold = Summary(port)
    fold.days, fold.until_ms = days, again.until_ms
    simulate(again, MemoryJournal(again.header()), [fold])
    summary = fold.as_json()
    values = {figure: figure_of(summary, figure) for figure in figures}
    return {figure: value for figure, value in values.items() if value is not None}
