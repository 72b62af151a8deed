"""One visit as the checkers know it."""

from dataclasses import dataclass, field

from kouan.dispatch import events as e
from kouan.port.procedures import TURN_BACK, Stage, Work
from kouan.runtime.checkers.verdict import MATCH, MISMATCH, Declared


@dataclass(slots=True)
class VisitFacts:
    """One visit as its events tell it."""

    visit: str
    procedure: str
    visit_class: str
    fleet: str
    declared: Declared
    manifest: e.ManifestLodged | None = None
    declaration: str = ""
    channel: str = ""
    released: bool = False
    begun: bool = False
    turned_back: bool = False
    loaded: bool = True
    place: str = ""
    ended_stage: str = ""
    ended_station: str = ""
    verdict: str = ""
    serving: str = ""
    request: int = -1
    findings: str = ""
    holds: list[str] = field(default_factory=list)
    done: dict[str, bool] = field(default_factory=dict)
    unresolved: dict[str, str] = field(default_factory=dict)
    awaited: dict[str, int] = field(default_factory=dict)
    unnamed: dict[str, tuple[e.Evidence, ...]] = field(default_factory=dict)
    """An order's evidence by stage, from before it was known which vehicle carries it."""
    mismatched: list[str] = field(default_factory=list)
    """Stages that did not match beyond doubt and are not settled."""
    passed_by: str = ""
    """The first of two persons who would pass over that at the stage under way."""


def settle(visit: VisitFacts, stage: str) -> None:
    """Settle a stage, and with it every stage that had led to it, directly or through others."""
    unresolved = visit.unresolved
    unresolved.pop(stage, None)
    if stage in visit.mismatched:
        visit.mismatched.remove(stage)
    for before in [name for name, target in unresolved.items() if target == stage != TURN_BACK]:
        visit.done[before] = True
        settle(visit, before)


def end_stage(visit: VisitFacts, stage: Stage, station: str) -> None:
    """Note that a stage was ended, at a station or ("") by people elsewhere."""
    visit.serving = ""
    if stage.work in (Work.LOAD, Work.UNLOAD):
        visit.loaded = stage.work is Work.LOAD
    later = sum(1 for check in stage.checks if check.result_after is not None)
    if later:
        visit.awaited[stage.id] = later
    visit.ended_stage, visit.ended_station = stage.id, station


def conclude(visit: VisitFacts, stage: str, result: str, target: str) -> None:
    """Keep what a stage came to and where that leads; a match settles what had led to it."""
    if result == MISMATCH and stage not in visit.mismatched:
        visit.mismatched.append(stage)
    visit.verdict = result
    if result == MATCH:
        visit.done[stage] = True
        settle(visit, stage)
    else:
        visit.done.pop(stage, None)
        visit.unresolved[stage] = target
