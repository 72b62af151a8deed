"""Rules of clearance: barriers open on a verdict only, and nobody leaves without a release."""

from collections.abc import Iterable

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.port.procedures import TURN_BACK, Need, Procedure, Stage, Work
from kouan.runtime.checkers.base import Checker, Violations
from kouan.runtime.checkers.facts import TOLD_CUSTOMS, Facts
from kouan.runtime.checkers.papers import manifest_problem
from kouan.runtime.checkers.recent import Recent
from kouan.runtime.checkers.verdict import MATCH
from kouan.runtime.checkers.visits import VisitFacts

NO_FINDINGS = "none"
"""What ReportArrival says when nothing was found."""


class BarrierChecker(Checker):
    """A barrier opens for a visit whose stage there just matched, once, with its facts at hand."""

    def __init__(self, facts: Facts, violations: Violations) -> None:
        super().__init__(facts, violations)
        self.opened: Recent[tuple[str, int]] = Recent()
        self.requests: Recent[bool] = Recent()
        self.on_event = {e.LeftPort: self._left}
        self.on_command = {c.OpenBarrier: self._open, c.StartService: self._start}

    def _left(self, event: e.LeftPort) -> None:
        self.opened.pop(event.visit)

    def _start(self, command: c.StartService) -> None:
        self.opened.pop(command.visit)

    def _open(self, command: c.OpenBarrier) -> None:
        visit = self.facts.visits.get(command.visit)
        number = str(command.request)
        if number in self.requests:
            return  # sent again, as it was not answered; RequestChecker sees that it is the same
        self.requests.put(number, True)
        if visit is None:
            if command.visit not in self.facts.ended:
                self.broken("barrier", command.visit, f"{command.station} opened for a stranger")
            return
        problem = self._problem(visit, command.station)
        if problem:
            self.broken("barrier", command.visit, f"{command.station} opened {problem}")
        opening = (command.station, command.request)
        before = self.opened.get(command.visit)
        if before is None:
            self.opened.put(command.visit, opening)
        elif before[0] == command.station and before != opening:
            self.broken("barrier", command.visit, f"{command.station} opened twice for one verdict")

    def _problem(self, visit: VisitFacts, station: str) -> str:
        stage = stage_at(self.facts, visit, station)
        if stage is None:
            return "without a verdict there"
        if not stage.barrier:
            return f"at stage {stage.id}, which declares no barrier"
        if visit.serving:
            return f"while stage {visit.serving} is still being served"
        if stage.work is not Work.WAIT and visit.verdict != MATCH:
            return f"on the verdict {visit.verdict or 'that is still awaited'} of stage {stage.id}"
        tolerance_kg = self.facts.port.verification.mass_tolerance_kg
        missing = [need.value for need in stage.until if not has(visit, need, tolerance_kg)]
        return f"without {', '.join(missing)}" if missing else ""


def stage_at(facts: Facts, visit: VisitFacts, station: str) -> Stage | None:
    """The stage whose barrier opens: the one served last there, or one where visits only wait."""
    stage = facts.stage(visit, visit.ended_stage)
    if stage is not None and visit.ended_station == station:
        return stage
    place = facts.layout.place_of.get(station, "")
    procedure = facts.port.procedures.get(visit.procedure)
    stages = procedure.stages if procedure is not None else ()
    return next((s for s in stages if s.work is Work.WAIT and s.at == place), None)


def has(visit: VisitFacts, need: Need, tolerance_kg: int) -> bool:
    """Whether a fact of clearance is there; a booking is never needed to leave a station."""
    if need is Need.MANIFEST:
        return not manifest_problem(visit, tolerance_kg)
    if need is Need.DECLARATION:
        return bool(visit.declaration)
    if need is Need.CHANNEL:
        return bool(visit.channel)
    if need is Need.RESULTS:
        return not visit.awaited
    if need is Need.RELEASE:
        return visit.released and not visit.holds
    return True


class ReleaseChecker(Checker):
    """Nobody passes the exit without a release, or with anything open, unmatched or out of bounds.

    The exit is the barrier of an exit stage, LeaveBy, and the end of a fleet's trip.
    """

    def __init__(self, facts: Facts, violations: Violations) -> None:
        super().__init__(facts, violations)
        self.orders: dict[str, str] = {}
        self.tolerance_kg = facts.port.verification.mass_tolerance_kg
        self.on_command = {
            c.OpenBarrier: self._open,
            c.LeaveBy: self._leave,
            c.DriveTo: self._drive,
            c.ReportArrival: self._report,
        }
        self.on_event = {e.VehicleTaken: self._lost, e.VehicleRemoved: self._lost}

    def _lost(self, event: e.VehicleTaken | e.VehicleRemoved) -> None:
        """Whatever a vehicle does next, its order is its own no more."""
        self.orders.pop(event.vehicle, None)

    def _open(self, command: c.OpenBarrier) -> None:
        visit = self.facts.visits.get(command.visit)
        if visit is None:
            return
        stage = stage_at(self.facts, visit, command.station)
        if stage is not None and stage.id in self.facts.layout.exits.get(visit.procedure, ()):
            self._check(visit, stage.id, f"{command.station} opened")

    def _leave(self, command: c.LeaveBy) -> None:
        visit = self.facts.visits.get(command.visit)
        if visit is None:
            return
        procedure = self.facts.port.procedures.get(visit.procedure)
        if procedure is not None and procedure.exit_needs_release:
            self._check(visit, "", "told to leave")

    def _drive(self, command: c.DriveTo) -> None:
        """A fleet's vehicle goes on to something else only when its order has passed the exit."""
        before = self.orders.get(command.vehicle, "")
        self.orders[command.vehicle] = command.order
        visit = self.facts.visits.get(before)
        if visit is None or before == command.order:
            return
        if self.facts.port.procedures[visit.procedure].exit_needs_release:
            self._check(visit, visit.ended_stage, f"{command.vehicle} ended its trip")

    def _report(self, command: c.ReportArrival) -> None:
        visit = self.facts.visits.get(command.visit)
        if visit is not None and command.findings == NO_FINDINGS and visit.unresolved:
            text = f"reported with no findings, though {_list(visit.unresolved)} did not match"
            self.broken("release", command.visit, text)

    def _check(self, visit: VisitFacts, exit_stage: str, doing: str) -> None:
        if visit.turned_back:
            self.broken("release", visit.visit, f"{doing} after it was turned back")
        procedure = self.facts.port.procedures[visit.procedure]
        problems = {
            "exit": "" if visit.released else "without a release",
            "hold": f"under a hold by {', '.join(visit.holds)}" if visit.holds else "",
            "manifest": manifest_problem(visit, self.tolerance_kg),
            "finding": _finding_problem(visit, procedure),
            "inspection": _inspection_problem(visit, procedure, exit_stage),
        }
        for rule, problem in problems.items():
            if problem:
                self.broken(rule, visit.visit, f"{doing} {problem}")


def _finding_problem(visit: VisitFacts, procedure: Procedure) -> str:
    """Results that were no match and that no later stage has settled."""
    told = visit.findings not in ("", NO_FINDINGS)
    open_ones = {s: to for s, to in visit.unresolved.items() if to != TOLD_CUSTOMS or not told}
    turned = [stage for stage, target in open_ones.items() if target == TURN_BACK]
    if turned:
        return f"though {_list(turned)} did not match and leads back"
    names = [stage.id for stage in procedure.stages if stage.id in open_ones]
    return f"though {_list(names)} did not match and nothing has settled it" if names else ""


def _inspection_problem(visit: VisitFacts, procedure: Procedure, exit_stage: str) -> str:
    """Inspections that customs asked for by the channel and that have not ended with a match."""
    if visit.serving and visit.serving != exit_stage:
        return f"while stage {visit.serving} is still being served"
    needs_results = any(Need.RESULTS in (*s.needs, *s.until) for s in procedure.stages)
    if visit.awaited and needs_results:
        return f"while results of {_list(visit.awaited)} are awaited"
    for stage in procedure.stages:
        if stage.id == exit_stage:
            break
        asked = visit.channel in stage.channels
        if asked and stage.id not in visit.done and stage.id not in visit.unresolved:
            return f"on channel {visit.channel} without stage {stage.id}"
    return ""


def _list(names: Iterable[str]) -> str:
    return ", ".join(names)
