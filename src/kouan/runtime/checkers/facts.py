"""What the checkers know of each visit, folded from events alone.

Nothing here comes from the dispatcher's state: what was announced, lodged, found and released is
put together again from the journal, so that a wrong decision can't excuse itself.
"""

from collections.abc import Callable, Sequence
from typing import Any

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.port.model import Port
from kouan.port.procedures import CHANNELS, CUSTOMS, Check, CheckKind, Need, Stage, Work
from kouan.runtime.checkers.carriers import carrier_of, ended_order, turned_back_order
from kouan.runtime.checkers.layout import Layout
from kouan.runtime.checkers.modes import Modes
from kouan.runtime.checkers.papers import lacks_eyes, manifest_problem
from kouan.runtime.checkers.recent import Recent
from kouan.runtime.checkers.verdict import MATCH, MISMATCH, REVIEW, Declared, Papers, verdict
from kouan.runtime.checkers.visits import VisitFacts, conclude, end_stage

DROPPED = "dropped"
"""How an order ended whose vehicle was sent elsewhere without a reason that events show."""
TOLD_CUSTOMS = "customs"
"""Where a result that comes after its stage leads: customs are told and decide."""


class Facts:
    """Every visit that has not ended, and how the latest ones ended."""

    def __init__(self, port: Port) -> None:
        self.port = port
        self.layout = Layout(port)
        self.modes = Modes(port)
        self.tolerance_kg = port.verification.mass_tolerance_kg
        self.number = 0
        self.at_ms = 0
        self.newly_begun: list[str] = []
        self.orders: dict[str, str] = {}
        self.dropped: list[tuple[str, str]] = []
        """Orders dropped in this entry, each with its vehicle."""
        self._commands: Sequence[c.Command] = ()
        self._slip: e.SlipEntered | None = None
        self.finishing: list[VisitFacts] = []
        """Orders finished in this entry; they are over when it is."""
        self.visits: dict[str, VisitFacts] = {}
        self.ended: Recent[str] = Recent()
        self.manifests: dict[str, str] = {}
        self.declarations: dict[str, str] = {}
        self._unmatched: Recent[e.DeclarationLodged] = Recent()
        self._orphans: Recent[e.ManifestLodged] = Recent()
        self._on_event: dict[type, Callable[[Any], None]] = {
            e.VisitAnnounced: self._announced,
            e.TransportOrderPlaced: self._ordered,
            e.ManifestLodged: self._manifest,
            e.DeclarationLodged: self._declaration,
            e.ChannelAssigned: self._channel,
            e.Released: self._released,
            e.HoldPlaced: self._held,
            e.HoldLifted: self._lifted,
            e.Arrived: self._arrived,
            e.ServiceEnded: self._served,
            e.ResultArrived: self._result,
            e.ReviewNoted: self._noted,
            e.SlipEntered: self._entered,
            e.LeftPort: self._left,
            e.VisitLapsed: self._lapsed,
            e.VehicleTaken: self._taken,
            e.VehicleRemoved: self._taken,
            e.ModeSwitched: self.modes.switched,
        }
        self._on_command: dict[type, Callable[[Any], None]] = {
            c.StartService: self._start,
            c.DriveTo: self._drive,
            c.TurnBack: self._turn_back,
            c.ReportArrival: self._reported,
            c.RaiseAlarm: self._alarm,
            c.ConfirmSlip: self._confirmed,
        }

    def begin(self, number: int, at_ms: int, commands: Sequence[c.Command] = ()) -> None:
        """Turn to the next entry; its commands tell who carries an order that stands."""
        self.number = number
        self.at_ms = at_ms
        self.newly_begun.clear()
        self.dropped.clear()
        self._commands = commands

    def close(self) -> None:
        """Turn away from an entry: orders that it finished are over."""
        for visit in self.finishing:
            if visit.visit in self.visits:
                self._end(visit, "finished")
        self.finishing.clear()

    def event(self, event: e.Event) -> None:
        """Take in the event of an entry."""
        handler = self._on_event.get(type(event))
        if handler is not None:
            handler(event)

    def command(self, command: c.Command) -> None:
        """Take in one command of the entry."""
        handler = self._on_command.get(type(command))
        if handler is not None:
            handler(command)

    def stage(self, visit: VisitFacts, stage: str) -> Stage | None:
        """The declared stage, or None where the visit's procedure has none of that name."""
        return self.layout.stages.get((visit.procedure, stage))

    def served(self, event: e.ServiceEnded) -> tuple[VisitFacts, Stage] | None:
        """The visit and stage whose service ends; None for a repetition or a stranger."""
        visit = self.visits.get(event.visit)
        if visit is None or (visit.serving, visit.request) != (event.stage, event.request):
            return None
        stage = self.stage(visit, event.stage)
        return None if stage is None else (visit, stage)

    def of_declaration(self, declaration: str) -> VisitFacts | None:
        """The visit whose goods a declaration is for, as far as it is known."""
        return self.visits.get(self.declarations.get(declaration, ""))

    # --- a visit comes -----------------------------------------------------------------------

    def _announced(self, event: e.VisitAnnounced) -> None:
        declared = Declared(
            *(event.plate, event.driver, event.seal, event.containers),
            *(event.mass_kg, event.tare_kg, event.boxes, event.permit_until_ms),
        )
        self._add(VisitFacts(event.visit, event.procedure, event.visit_class, "", declared))

    def _ordered(self, event: e.TransportOrderPlaced) -> None:
        fleet = self.port.fleets.get(event.fleet)
        # Scales tell an order's net mass: a fleet's vehicles are known by their own.
        declared = Declared("", "", event.seal, event.containers, event.mass_kg, 0)
        procedure = fleet.procedure if fleet else ""
        self._add(VisitFacts(event.order, procedure, event.visit_class, event.fleet, declared))

    def _add(self, visit: VisitFacts) -> None:
        if visit.visit in self.visits or visit.visit in self.ended:
            return
        procedure = self.port.procedures.get(visit.procedure)
        if procedure is not None:
            works = [s.work for s in procedure.stages if s.work in (Work.LOAD, Work.UNLOAD)]
            visit.loaded = works[:1] != [Work.LOAD]
        self.visits[visit.visit] = visit
        manifest = self._orphans.pop(visit.visit)
        if manifest is not None:
            self._manifest(manifest)

    # --- documents ---------------------------------------------------------------------------

    def _manifest(self, event: e.ManifestLodged) -> None:
        visit = self.visits.get(event.visit)
        if visit is None:
            if event.visit not in self.ended:
                self._orphans.put(event.visit, event)
            return
        visit.manifest = event
        if not visit.declared.boxes and not manifest_problem(visit, self.tolerance_kg):
            visit.declared = visit.declared._replace(boxes=event.boxes)
        self.manifests[event.manifest] = event.visit
        declaration = self._unmatched.pop(event.manifest)
        if declaration is not None:
            self._declaration(declaration)

    def _declaration(self, event: e.DeclarationLodged) -> None:
        visit = self.visits.get(self.manifests.get(event.manifest, ""))
        if visit is None:
            self._unmatched.put(event.manifest, event)
        elif self.declarations.get(
            event.declaration, visit.visit
        ) == visit.visit and visit.declaration in (
            "",
            event.declaration,
        ):  # only what was lodged first counts
            visit.declaration = event.declaration
            self.declarations[event.declaration] = visit.visit

    def _channel(self, event: e.ChannelAssigned) -> None:
        if event.by not in CUSTOMS or event.channel not in CHANNELS:
            return
        visit = self.of_declaration(event.declaration)
        if visit is not None:
            visit.channel = event.channel

    def _released(self, event: e.Released) -> None:
        if event.by not in CUSTOMS:
            return
        visit = self.of_declaration(event.declaration)
        if visit is not None:
            visit.released = True
            self._finish(visit)

    def _held(self, event: e.HoldPlaced) -> None:
        visit = self.of_declaration(event.declaration)
        if visit is not None and event.by not in visit.holds:
            visit.holds.append(event.by)

    def _lifted(self, event: e.HoldLifted) -> None:
        visit = self.of_declaration(event.declaration)
        if visit is not None and event.by in visit.holds:
            visit.holds.remove(event.by)
            self._finish(visit)

    def _reported(self, command: c.ReportArrival) -> None:
        visit = self.visits.get(command.visit)
        if visit is not None:
            visit.findings = command.findings

    # --- a visit walks its stages ------------------------------------------------------------

    def _arrived(self, event: e.Arrived) -> None:
        visit = self.visits.get(event.visit)
        if visit is not None:
            self._begin(visit)
            visit.place = event.place

    def _start(self, command: c.StartService) -> None:
        visit = self.visits.get(command.visit)
        if visit is not None:
            self._begin(visit)
            if visit.request != command.request:
                visit.passed_by = ""
            visit.serving, visit.request = command.stage, command.request
            self.modes.served(command.request)

    def _drive(self, command: c.DriveTo) -> None:
        self._bind(command.vehicle, command.order)
        visit = self.visits.get(command.order)
        if visit is not None:
            self._begin(visit)

    def _bind(self, vehicle: str, order: str) -> None:
        """A vehicle goes on for an order; the one it had before is finished or turned back."""
        before = self.visits.get(self.orders.get(vehicle, ""))
        if before is not None and before.visit != order and before not in self.finishing:
            told = any(turned_back_order(command) == before.visit for command in self._commands)
            if before.unresolved or told:
                self._end(before, "turned_back")
            else:
                self._end(before, DROPPED)
                self.dropped.append((before.visit, vehicle))
        self.orders[vehicle] = order
        visit = self.visits.get(order)
        if visit is not None and not visit.declared.plate:
            visit.declared = visit.declared._replace(plate=vehicle)
            self._judge_again(visit)

    def _name(self, visit: VisitFacts, stage: Stage, evidence: tuple[e.Evidence, ...]) -> None:
        """Find out who carries an order, or keep the evidence until that is known."""
        if not visit.fleet or visit.declared.plate:
            return
        vehicle = carrier_of(visit.visit, stage, self._commands)
        if vehicle:
            self._bind(vehicle, visit.visit)
        else:
            visit.unnamed[stage.id] = tuple(
                item for item in evidence if item.check == CheckKind.PLATE
            )

    def _judge_again(self, visit: VisitFacts) -> None:
        """Compare the plate read at stages that were served before the vehicle was known."""
        for name, evidence in visit.unnamed.items():
            stage = self.layout.stages[visit.procedure, name]
            plates = [check for check in stage.checks if check.check is CheckKind.PLATE]
            result = verdict(visit.declared, visit.loaded, self.port.verification, plates, evidence)
            target = self.layout.targets(stage, result)
            if result != MATCH and visit.done.get(name) and not visit.done.get(target):
                del visit.done[name]
                visit.unresolved[name] = target
        visit.unnamed.clear()

    def _taken(self, event: e.VehicleTaken | e.VehicleRemoved) -> None:
        """A vehicle carries its order no more; another may, if people aren't told otherwise."""
        visit = self.visits.get(self.orders.pop(event.vehicle, ""))
        if visit is not None and visit.visit not in self.orders.values():
            visit.declared = visit.declared._replace(plate="")

    def _alarm(self, command: c.RaiseAlarm) -> None:
        """People were told that an order has ended; where it stands it may never drive."""
        order, state = ended_order(command)
        visit = self.visits.get(order)
        if visit is not None and visit.fleet:
            self._end(visit, state)

    def _begin(self, visit: VisitFacts) -> None:
        if not visit.begun:
            visit.begun = True
            self.newly_begun.append(visit.visit)

    def _turn_back(self, command: c.TurnBack) -> None:
        visit = self.visits.get(command.visit)
        if visit is not None:
            visit.turned_back = True
            if visit.fleet:
                self._end(visit, "turned_back")

    def _served(self, event: e.ServiceEnded) -> None:
        served = self.served(event)
        if served is None:
            return
        visit, stage = served
        end_stage(visit, stage, event.station)
        now = [check for check in stage.checks if check.result_after is None]
        self._name(visit, stage, event.evidence)
        self._judge(visit, stage, now, event.evidence)
        self._finish(visit)

    def _noted(self, event: e.ReviewNoted) -> None:
        visit = self.visits.get(event.visit)
        serving = visit is not None and (visit.serving, visit.request)
        if visit is not None and serving == (event.stage, event.request) and event.act == "pass":
            visit.passed_by = visit.passed_by or event.by

    def _result(self, event: e.ResultArrived) -> None:
        visit = self.visits.get(event.visit)
        stage = self.stage(visit, event.stage) if visit is not None else None
        if visit is None or stage is None or event.stage not in visit.awaited:
            return
        visit.awaited[event.stage] -= 1
        if not visit.awaited[event.stage]:
            del visit.awaited[event.stage]
        checks = [check for check in stage.checks if check.check == event.evidence.check]
        verification = self.port.verification
        result = verdict(visit.declared, visit.loaded, verification, checks, (event.evidence,))
        if result != MATCH:
            visit.unresolved[stage.id] = TOLD_CUSTOMS

    def _judge(
        self,
        visit: VisitFacts,
        stage: Stage,
        checks: list[Check],
        evidence: tuple[e.Evidence, ...],
    ) -> None:
        """Keep what a stage's evidence says; a match also settles what had led to this stage."""
        papers = Papers(self.at_ms, not manifest_problem(visit, self.tolerance_kg))
        rules = self.port.verification
        result = verdict(visit.declared, visit.loaded, rules, checks, evidence, papers)
        eyes = [item.by for item in evidence]
        unseen = result == MATCH and stage.four_eyes and lacks_eyes(visit, eyes)
        if unseen or self.modes.sends_to_people(stage, visit.request):
            result = REVIEW
        conclude(visit, stage.id, result, self.layout.targets(stage, result))

    def _entered(self, event: e.SlipEntered) -> None:
        self._slip = event

    def _confirmed(self, command: c.ConfirmSlip) -> None:
        """A slip ended a stage: no station holds its visit, and no barrier is to open for it."""
        visit, slip = self.visits.get(command.visit), self._slip
        stage = self.stage(visit, command.stage) if visit is not None else None
        if visit is None or slip is None or stage is None:
            return
        self._begin(visit)
        visit.place = stage.at
        end_stage(visit, stage, "")
        people = dict.fromkeys(name.split("/")[0] for name in slip.decided_by)
        alone = stage.four_eyes and bool(visit.mismatched) and len(people) < 2
        result = MISMATCH if not slip.passed else REVIEW if alone else MATCH
        conclude(visit, stage.id, result, self.layout.targets(stage, result))

    def _finish(self, visit: VisitFacts) -> None:
        """A fleet's order is done once its last stage matched and what it waits for is there."""
        if not visit.fleet or visit.visit not in self.visits or visit in self.finishing:
            return
        procedure = self.port.procedures[visit.procedure]
        last = procedure.stages[-1]
        at_end = visit.ended_stage == last.id and visit.verdict == MATCH
        waits = procedure.exit_needs_release or Need.RELEASE in last.until
        if at_end and (not waits or (visit.released and not visit.holds)):
            self.finishing.append(visit)

    # --- and ends ----------------------------------------------------------------------------

    def _left(self, event: e.LeftPort) -> None:
        visit = self.visits.get(event.visit)
        if visit is not None:
            self._end(visit, "turned_back" if visit.turned_back else "left")

    def _lapsed(self, event: e.VisitLapsed) -> None:
        visit = self.visits.get(event.visit)
        if visit is not None:
            self._end(visit, "no_show")

    def _end(self, visit: VisitFacts, state: str) -> None:
        del self.visits[visit.visit]
        self.ended.put(visit.visit, state)
        self.declarations.pop(visit.declaration, None)
        if visit.manifest is not None:
            self.manifests.pop(visit.manifest.manifest, None)
