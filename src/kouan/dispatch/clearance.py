"""Formalities of a visit: manifest and declaration matched with what arrives, channel and release.

The port decides nothing here: it matches, submits, reports and waits. Channel, hold and release
come only as events of the authority.
"""

from kouan.dispatch import early, findings
from kouan.dispatch.board import Board
from kouan.dispatch.commands import AskCorrection, ReportArrival, SubmitDeclaration
from kouan.dispatch.events import (
    ChannelAssigned,
    DeclarationLodged,
    HoldLifted,
    HoldPlaced,
    ManifestLodged,
    Released,
)
from kouan.dispatch.state import Filing, Visit
from kouan.port.procedures import CHANNELS, CUSTOMS, Need

NONE_YET = Filing()
"""What is known of a visit for which nothing was lodged; never changed."""
MOST_MANIFESTS = 8
"""Manifest numbers under which one visit may be known."""


def filing_of(board: Board, visit: str) -> Filing:
    """The formalities of a visit or of an order not begun, to be read."""
    return board.state.filings.get(visit, NONE_YET)


def lodge_manifest(board: Board, event: ManifestLodged) -> None:
    """Take in a manifest or its correction and match it."""
    state = board.state
    if board.has_ended(event.visit):
        board.remember_ended(f"manifest {event.manifest}", "ended")
        return
    if not _is_expected(board, event.visit):
        early.keep(board, event.visit, event, f"manifest {event.manifest} before its announcement")
        return
    if state.manifests.get(event.manifest, event.visit) != event.visit:
        other = state.manifests[event.manifest]
        board.alarm(event.manifest, f"lodged for {event.visit}, but it is the manifest of {other}")
        return
    filing = state.filings.setdefault(event.visit, Filing())
    if event.manifest not in filing.manifests:
        if len(filing.manifests) >= MOST_MANIFESTS:
            board.alarm(event.manifest, f"{event.visit} has {MOST_MANIFESTS} manifests already")
            return
        filing.manifests.append(event.manifest)
        state.manifests[event.manifest] = event.visit
    _match(board, filing, event)
    board.to_go_on.append(event.visit)
    for declaration in early.take(board, f"manifest {event.manifest}"):
        assert isinstance(declaration, DeclarationLodged)
        lodge_declaration(board, declaration)


def _match(board: Board, filing: Filing, event: ManifestLodged) -> None:
    """Match a manifest with its visit; one that differs as before is asked about once."""
    difference = _difference(board, event)
    is_known = filing.manifest == event.manifest and filing.difference == difference
    filing.manifest, filing.difference, filing.matched = event.manifest, difference, not difference
    visit = board.visit_of(event.visit)
    if visit is not None and filing.matched and not visit.boxes:
        visit.boxes = event.boxes
    if difference and is_known and filing.correction_request in board.state.requests:
        return
    board.answered(filing.correction_request)
    if difference:
        filing.correction_request = board.ask(
            AskCorrection, event.visit, event.manifest, difference
        )


def _is_expected(board: Board, visit: str) -> bool:
    return visit in board.state.visits or visit in board.state.orders


def _difference(board: Board, manifest: ManifestLodged) -> str:
    """What in a manifest differs from what its visit or order announced; empty when it matches."""
    announced = board.state.visits.get(manifest.visit) or board.state.orders[manifest.visit]
    tolerance = board.plan.port.verification.mass_tolerance_kg
    if isinstance(announced, Visit) and manifest.plate not in ("", announced.plate):
        return f"plate {manifest.plate}, announced {announced.plate}"
    if abs(manifest.mass_kg - announced.mass_kg) > tolerance:
        return f"mass {manifest.mass_kg} kg, announced {announced.mass_kg} kg"
    if manifest.containers != announced.containers:
        return f"{manifest.containers} containers, announced {announced.containers}"
    if manifest.seal != announced.seal:
        return f"seal {manifest.seal}, announced {announced.seal}"
    return _difference_of_boxes(announced, manifest) if isinstance(announced, Visit) else ""


def _difference_of_boxes(announced: Visit, manifest: ManifestLodged) -> str:
    """Which container is on one of the two only; numbers that one leaves out are not compared."""
    if announced.boxes and manifest.boxes:
        for box in manifest.boxes:
            if box not in announced.boxes:
                return f"box {box}, which was not announced"
        for box in announced.boxes:
            if box not in manifest.boxes:
                return f"box {box} was announced and is not on it"
    return ""


def lodge_declaration(board: Board, event: DeclarationLodged) -> None:
    """Take in a declaration and hand it to customs; a visit has one."""
    state = board.state
    visit = state.manifests.get(event.manifest)
    if visit is None and event.declaration in state.declarations:
        _declared_again(board, event)
        return
    if visit is None:
        text = f"declaration {event.declaration} before its manifest"
        early.keep(board, f"manifest {event.manifest}", event, text)
        return
    filing = state.filings[visit]
    known_for = state.declarations.get(event.declaration, visit)
    if filing.declaration == event.declaration and known_for == visit:
        _declared_again(board, event)
        return
    if filing.declaration or known_for != visit:
        other = filing.declaration or known_for
        board.alarm(event.declaration, f"lodged for {visit}, but {other} was lodged before")
        return
    filing.declaration, filing.lodged_for = event.declaration, event.manifest
    state.declarations[event.declaration] = visit
    known = state.visits.get(visit) or state.orders[visit]
    filing.channel_request = board.ask(
        SubmitDeclaration, event.declaration, visit, known.visit_class
    )
    board.to_go_on.append(visit)


def _declared_again(board: Board, event: DeclarationLodged) -> None:
    """A declaration that is known is lodged again: only the manifest it named first counts."""
    before = board.state.filings[board.state.declarations[event.declaration]].lodged_for
    if event.manifest != before:
        text = f"lodged again for manifest {event.manifest}, before for {before}"
        board.alarm(event.declaration, text)


def _declared(board: Board, declaration: str) -> tuple[str, Filing | None]:
    """The visit or order of a declaration and its formalities; None when it is not known."""
    visit = board.state.declarations.get(declaration, "")
    return visit, board.state.filings.get(visit)


def assign_channel(board: Board, event: ChannelAssigned) -> None:
    """Note the channel that customs chose; a stricter one later counts while it can be passed."""
    visit, filing = _declared(board, event.declaration)
    if filing is None or filing.channel == event.channel:
        return
    if event.by not in CUSTOMS or event.channel not in CHANNELS:
        board.alarm(
            event.declaration,
            f"channel {event.channel} by {event.by}: expected green, yellow or red by customs",
        )
        return
    if filing.channel and not _may_become(board, visit, filing, event.channel):
        board.alarm(
            event.declaration,
            f"channel {event.channel} after {filing.channel} comes too late: only a hold helps",
        )
        return
    filing.channel = event.channel
    board.answered(filing.channel_request)
    board.to_go_on.append(visit)


def _may_become(board: Board, visit: str, filing: Filing, channel: str) -> bool:
    """Whether a channel is stricter than the one before and all its stages still lie ahead."""
    if CHANNELS.index(channel) < CHANNELS.index(filing.channel) or filing.released:
        return False
    known = board.state.visits.get(visit)
    if known is None:
        return True
    reached = max(known.stage, known.target)
    return all(
        stage.index > reached
        for stage in board.plan.procedures[known.procedure].stages
        if channel in stage.declared.channels
    )


def release(board: Board, event: Released) -> None:
    """Note that customs released the goods; nobody else can."""
    visit, filing = _declared(board, event.declaration)
    if filing is None or filing.released:
        return
    if event.by not in CUSTOMS:
        board.alarm(event.declaration, f"release by {event.by}: only customs release")
        return
    filing.released = True
    board.answered(filing.release_request)
    board.to_go_on.append(visit)


def place_hold(board: Board, event: HoldPlaced) -> None:
    """Stop the goods of a declaration until the authority lifts the hold."""
    _, filing = _declared(board, event.declaration)
    if filing is not None:
        filing.holds[event.by] = event.reason


def lift_hold(board: Board, event: HoldLifted) -> None:
    """Lift an authority's own hold."""
    visit, filing = _declared(board, event.declaration)
    if filing is not None and filing.holds.pop(event.by, None) is not None:
        board.to_go_on.append(visit)


def unmet(board: Board, visit: str, needs: tuple[Need, ...]) -> Need | None:
    """The first of the needed facts that is not there yet, for a visit or an order not begun."""
    for need in needs:
        if not _is_met(board, visit, need):
            return need
    return None


def _is_met(board: Board, visit: str, need: Need) -> bool:
    filing = filing_of(board, visit)
    known = board.state.visits.get(visit)
    match need:
        case Need.BOOKING:
            return known is not None and known.slot_to_ms > 0
        case Need.MANIFEST:
            return filing.matched
        case Need.DECLARATION:
            return bool(filing.declaration)
        case Need.CHANNEL:
            return bool(filing.channel)
        case Need.RESULTS:
            return known is not None and not known.results_due
        case Need.RELEASE:
            return _is_released(board, known, filing)


def _is_released(board: Board, visit: Visit | None, filing: Filing) -> bool:
    """Whether the goods may leave: released, held by nobody, matched, with every result there.

    Customs are told that the goods are there once everything that was asked for is known.
    """
    if not filing.matched or (visit is not None and visit.results_due):
        return False
    if visit is not None and filing.channel and not filing.release_request:
        text = findings.told(visit.findings.items())
        filing.release_request = board.ask(ReportArrival, filing.declaration, visit.visit, text)
        if filing.released:
            board.answered(filing.release_request)
    return filing.released and not filing.holds


def forget(board: Board, visit: str) -> None:
    """Drop the formalities of a visit or order that has ended; the journal keeps them."""
    filing = board.state.filings.pop(visit, None)
    if filing is None:
        return
    for request in (filing.correction_request, filing.channel_request, filing.release_request):
        board.answered(request)
    board.state.declarations.pop(filing.declaration, None)
    for manifest in filing.manifests:
        board.state.manifests.pop(manifest, None)
        board.remember_ended(f"manifest {manifest}", "ended")
