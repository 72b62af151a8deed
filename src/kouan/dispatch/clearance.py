"""Formalities of a visit: manifest and declaration matched with what arrives, channel and release.

The port decides nothing here: it matches, submits, reports and waits. Channel, hold and release
come only as events of the authority.
"""

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
from kouan.port.procedures import Need


def filing_of(board: Board, visit: str) -> Filing:
    """The formalities of a visit or of an order not begun; made when first asked for."""
    return board.state.filings.setdefault(visit, Filing())


def lodge_manifest(board: Board, event: ManifestLodged) -> None:
    """Take in a manifest or its correction and match it."""
    known = board.state.manifests.setdefault(event.manifest, event.visit)
    if known != event.visit or not _expected(board, event.visit):
        board.alarm(event.manifest, f"manifest for {event.visit}, which is not expected")
        return
    filing = filing_of(board, event.visit)
    filing.manifest = event.manifest
    board.answered(filing.correction_request)
    difference = _difference(board, event)
    filing.matched = not difference
    if difference:
        filing.correction_request = board.ask(
            AskCorrection, event.visit, event.manifest, difference
        )
    board.to_go_on.append(event.visit)


def _expected(board: Board, visit: str) -> bool:
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
    return ""


def lodge_declaration(board: Board, event: DeclarationLodged) -> None:
    """Take in a declaration and hand it to customs."""
    visit = board.state.manifests.get(event.manifest)
    if visit is None or not _expected(board, visit):
        board.alarm(event.declaration, f"declaration for manifest {event.manifest}, not known")
        return
    filing = filing_of(board, visit)
    if filing.declaration:
        return
    filing.declaration = event.declaration
    board.state.declarations[event.declaration] = visit
    known = board.state.visits.get(visit) or board.state.orders[visit]
    filing.channel_request = board.ask(
        SubmitDeclaration, event.declaration, visit, known.visit_class
    )
    board.to_go_on.append(visit)


def assign_channel(board: Board, event: ChannelAssigned) -> None:
    """Note the channel that customs chose."""
    visit = board.state.declarations.get(event.declaration, "")
    filing = board.state.filings.get(visit)
    if filing is None or filing.channel:
        return
    filing.channel = event.channel
    board.answered(filing.channel_request)
    board.to_go_on.append(visit)


def release(board: Board, event: Released) -> None:
    """Note that customs released the goods."""
    visit = board.state.declarations.get(event.declaration, "")
    filing = board.state.filings.get(visit)
    if filing is None or filing.released:
        return
    filing.released = True
    board.answered(filing.release_request)
    board.to_go_on.append(visit)


def place_hold(board: Board, event: HoldPlaced) -> None:
    """Stop the goods of a declaration until the authority lifts the hold."""
    visit = board.state.declarations.get(event.declaration, "")
    filing = board.state.filings.get(visit)
    if filing is not None:
        filing.holds[event.by] = event.reason


def lift_hold(board: Board, event: HoldLifted) -> None:
    """Lift an authority's own hold."""
    visit = board.state.declarations.get(event.declaration, "")
    filing = board.state.filings.get(visit)
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
            if known is not None:
                _report_arrival(board, known, filing)
            return filing.released and not filing.holds


def _report_arrival(board: Board, visit: Visit, filing: Filing) -> None:
    """Tell customs that the goods are there, once everything that was asked for is known."""
    ready = filing.channel and filing.matched and not visit.results_due
    if not filing.release_request and ready:
        findings = "; ".join(visit.findings) or "none"
        filing.release_request = board.ask(ReportArrival, filing.declaration, visit.visit, findings)


def forget(board: Board, visit: str) -> None:
    """Drop the formalities of a visit that has ended; the journal keeps them."""
    filing = board.state.filings.pop(visit, None)
    if filing is not None:
        for request in (filing.correction_request, filing.channel_request, filing.release_request):
            board.answered(request)
        board.state.declarations.pop(filing.declaration, None)
        board.state.manifests.pop(filing.manifest, None)
