"""Many maps, several at a time: ``python -m tests.property.traffic.campaign --maps 2000``.

Results go to a file, one line for each seed, so that a campaign that was stopped goes on where it
was; results of other code don't count. It ends with 1 when a map broke a rule, after naming its
seed; ``--show SEED`` runs one and prints what happened.
"""

import argparse
import json
import sys
import traceback
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

from tests.property.traffic.drive import Run, Trouble, drive
from tests.property.traffic.maps import well_formed
from tests.property.traffic.planned import Planned

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the run of one seed went; times in ms."""

    seed: int
    vehicles: int
    done: int
    faults: int
    end_ms: int
    violations: tuple[str, ...]


def trouble_of(seed: int) -> Trouble:
    """Every third map without faults, the others with more and more of them."""
    faults = (0, 6, 16)[seed % 3]
    return Trouble(orders=30 + seed % 40, faults=faults, faults_end_ms=900_000 if faults else 0)


def most_vehicles(seed: int) -> int:
    """One map in twelve has up to 80 vehicles."""
    return 80 if seed % 12 == 11 else 20


def run_map(seed: int, trouble: Trouble | None = None) -> Run:
    """Drive the map of a seed under the planner, as long as the seed says unless told."""
    made = well_formed(seed, most_vehicles(seed))
    return drive(made, Planned(made), trouble or trouble_of(seed))


def try_map(seed: int) -> Outcome:
    """Run a map; one that stops with an error has broken a rule as well."""
    vehicles = len(well_formed(seed, most_vehicles(seed)).vehicles)
    try:
        run = run_map(seed)
    except Exception:
        return Outcome(seed, vehicles, 0, 0, 0, (f"stopped: {traceback.format_exc()}",))
    violations = tuple(str(finding) for finding in run.findings)
    return Outcome(seed, vehicles, run.done, run.faults, run.end_ms, violations)


def code_hash() -> str:
    """Hash of everything that an outcome depends on."""
    found = sha256()
    for path in [
        *sorted(Path(__file__).parent.glob("*.py")),
        *sorted(ROOT.glob("src/kouan/traffic/*.py")),
    ]:
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


def run_missing(seeds: range, path: Path, processes: int) -> Iterator[Outcome]:
    """Yield the outcomes of all seeds: first those on file, then the others as they are run."""
    code = code_hash()
    known = read_results(path, code)
    yield from (known[seed] for seed in seeds if seed in known)
    todo = [seed for seed in seeds if seed not in known]
    path.parent.mkdir(parents=True, exist_ok=True)
    cut = path.exists() and not path.read_bytes().endswith(b"\n") and path.stat().st_size > 0
    with path.open("a", encoding="utf-8") as results, ProcessPoolExecutor(processes) as pool:
        results.write("\n" if cut else "")
        for outcome in pool.map(try_map, todo, chunksize=4):
            results.write(json.dumps({"code": code, **asdict(outcome)}) + "\n")
            results.flush()
            yield outcome


def run_campaign(seeds: range, path: Path, processes: int) -> list[Outcome]:
    """Run a campaign under a progress bar on standard error and return its outcomes."""
    console = Console(stderr=True)
    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
    outcomes = []
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("traffic maps", total=len(seeds))
        for outcome in run_missing(seeds, path, processes):
            outcomes.append(outcome)
            bar.advance(task)
    return outcomes


def show(seed: int) -> int:
    """Run one map and print its log and what it broke."""
    run = run_map(seed)
    print("\n".join(run.log))
    print("\n".join(str(finding) for finding in run.findings) or "nothing broken")
    return 1 if run.findings else 0


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.property.traffic.campaign", description=__doc__
    )
    parser.add_argument("--maps", type=int, default=2_000)
    parser.add_argument("--first", type=int, default=1, help="first seed")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--results", type=Path, help="file of results, kept and continued")
    parser.add_argument("--show", type=int, metavar="SEED", help="run one map and print its log")
    given = parser.parse_args(arguments)
    if given.show is not None:
        return show(given.show)
    path = given.results or ROOT / "out" / "campaign" / "traffic.jsonl"
    seeds = range(given.first, given.first + given.maps)
    outcomes = run_campaign(seeds, path, given.processes)
    broken = [outcome for outcome in outcomes if outcome.violations]
    for outcome in broken:
        print(f"{outcome.seed}: {len(outcome.violations)} violations")
        print("\n".join(f"    {text}" for text in outcome.violations[:3]))
    orders = sum(outcome.done for outcome in outcomes)
    faults = sum(outcome.faults for outcome in outcomes)
    print(f"{len(outcomes)} maps, {orders:,} orders, {faults:,} faults, {len(broken)} maps broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
