"""Many scenarios of one port, several at a time: ``python -m tests.sim.campaign ganqimaodu``.

Results go to a file, one line for each seed, so that a campaign that was stopped goes on where it
was; results of other code or another port file don't count. It ends with 1 when a scenario broke a
rule, after naming its seed.
"""

import argparse
import json
import sys
import traceback
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import partial
from hashlib import sha256
from pathlib import Path

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

from tests.sim.scenarios import PORTS, ROOT, Outcome, run_scenario


def code_hash(port: str) -> str:
    """Hash of everything that an outcome depends on: the source, the scenarios, the port file."""
    found = sha256((ROOT / "ports" / f"{port}.toml").read_bytes())
    for path in [Path(__file__).with_name("scenarios.py"), *sorted(ROOT.glob("src/**/*.py"))]:
        found.update(path.read_bytes())
    return found.hexdigest()


def read_results(path: Path, code: str) -> dict[int, Outcome]:
    """Outcomes of this code by seed; a last line cut short counts as not run."""
    outcomes = {}
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        try:
            fields = json.loads(line)
        except ValueError:
            continue
        if fields.pop("code") == code:
            fields["violations"] = tuple(fields["violations"])
            outcomes[fields["seed"]] = Outcome(**fields)
    return outcomes


def _end_last_line(path: Path) -> None:
    """Let the next result begin on a line of its own, after a line that was cut short."""
    if path.exists() and not path.read_bytes().endswith(b"\n"):
        with path.open("a", encoding="utf-8") as results:
            results.write("\n")


def try_scenario(port: str, seed: int) -> Outcome:
    """Run a scenario; one that stops with an error has broken a rule as well."""
    try:
        return run_scenario(port, seed)
    except Exception:
        return Outcome(port, seed, 0, "", (f"stopped: {traceback.format_exc()}",), {})


def run_missing(port: str, seeds: range, path: Path, processes: int) -> Iterator[Outcome]:
    """Yield the outcomes of all seeds: first those on file, then the others as they are run."""
    code = code_hash(port)
    known = read_results(path, code)
    yield from (known[seed] for seed in seeds if seed in known)
    todo = [seed for seed in seeds if seed not in known]
    path.parent.mkdir(parents=True, exist_ok=True)
    _end_last_line(path)
    with path.open("a", encoding="utf-8") as results, ProcessPoolExecutor(processes) as pool:
        for outcome in pool.map(partial(try_scenario, port), todo, chunksize=4):
            results.write(json.dumps({"code": code, **asdict(outcome)}) + "\n")
            results.flush()
            yield outcome


def run_campaign(port: str, seeds: range, path: Path, processes: int) -> list[Outcome]:
    """Run a campaign under a progress bar on standard error and return its outcomes."""
    console = Console(stderr=True)
    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
    outcomes = []
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(port, total=len(seeds))
        for outcome in run_missing(port, seeds, path, processes):
            outcomes.append(outcome)
            bar.advance(task)
    return outcomes


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m tests.sim.campaign", description=__doc__)
    parser.add_argument("port", choices=PORTS)
    parser.add_argument("--scenarios", type=int, default=500)
    parser.add_argument("--first", type=int, default=1, help="first seed")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--results", type=Path, help="file of results, kept and continued")
    given = parser.parse_args(arguments)
    path = given.results or ROOT / "out" / "campaign" / f"{given.port}.jsonl"
    seeds = range(given.first, given.first + given.scenarios)
    outcomes = run_campaign(given.port, seeds, path, given.processes)
    broken = [outcome for outcome in outcomes if outcome.violations]
    for outcome in broken:
        print(f"{outcome.port} {outcome.seed}: {len(outcome.violations)} violations")
        print("\n".join(f"    {text}" for text in outcome.violations[:3]))
    entries = sum(outcome.entries for outcome in outcomes)
    faults = sum(sum(outcome.faults.values()) for outcome in outcomes)
    print(
        f"{given.port}: {len(outcomes)} scenarios, {entries:,} entries, {faults:,} faults, "
        f"{len(broken)} scenarios with violations"
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
