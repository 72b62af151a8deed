"""Commands: what the dispatcher wants done, in the imperative.

``request`` numbers the commands that somebody answers; one sent again carries the same number and
every executor is idempotent by it: it does the thing once and repeats its answer.
"""

from typing import NamedTuple


class WakeAt(NamedTuple):
    """Bring an event Woke with this reason at this time."""

    at_ms: int
    reason: str


class IssueSlot(NamedTuple):
    """Tell a visit its slot."""

    request: int
    visit: str
    from_ms: int
    to_ms: int


class RefuseBooking(NamedTuple):
    """Tell a visit that no slot near the wanted time is free."""

    request: int
    visit: str
    reason: str


class WithdrawSlot(NamedTuple):
    """Tell a visit that it has its slot no more, and why."""

    request: int
    visit: str
    from_ms: int
    reason: str


class WaitOutside(NamedTuple):
    """Tell a visit to wait outside: a place has no room, or something is missing.

    Its place in the line is kept, and SendTo with no origin calls it in.
    """

    request: int
    visit: str
    place: str
    reason: str


class SubmitDeclaration(NamedTuple):
    """Hand a declaration to customs, who answer with a channel."""

    request: int
    declaration: str
    visit: str
    visit_class: str


class ReportArrival(NamedTuple):
    """Tell customs that the goods stand at the supervised site, checked as far as asked.

    ``findings`` says "none" or names what did not match; customs answer with a release or a hold.
    """

    request: int
    declaration: str
    visit: str
    findings: str


class AskCorrection(NamedTuple):
    """Tell a visit's carrier that its manifest does not match, and why."""

    request: int
    visit: str
    manifest: str
    reason: str


class AskCheck(NamedTuple):
    """Tell an authority that a visit is coming or here which it wants to see.

    Nobody else is told; VisitFreed answers.
    """

    request: int
    visit: str
    authority: str
    code: str


class ConfirmSlip(NamedTuple):
    """Say that a slip counts: its visit has ended that stage by people's judgement."""

    request: int
    slip: str
    visit: str
    stage: str
    station: str
    passed: bool


class SendTo(NamedTuple):
    """Send a visit that a person drives from one place to another ("" is the way in).

    From a waiting area or the way in it is a call: ``by_ms`` is when it must have come, 0 is no
    limit.
    """

    request: int
    visit: str
    origin: str
    place: str
    by_ms: int = 0


class RevokeCall(NamedTuple):
    """Tell a visit that did not come in time that it is called no more and waits again."""

    request: int
    visit: str
    place: str
    reason: str


class StartService(NamedTuple):
    """Serve a visit's stage at a station.

    ``reason`` is the result that led there and why, where that was no match.
    """

    request: int
    visit: str
    stage: str
    station: str
    attempt: int
    reason: str = ""


class SuspendService(NamedTuple):
    """Stop a service at the shift's end; the next shift takes it over."""

    request: int
    visit: str
    station: str


class ResumeService(NamedTuple):
    """Go on with a suspended service."""

    request: int
    visit: str
    station: str


class OpenBarrier(NamedTuple):
    """Open the barrier of a station for one visit, for a reason that is still true.

    Where the lane has loops, CarrierLeft answers.
    """

    request: int
    station: str
    visit: str
    reason: str


class LeadOut(NamedTuple):
    """Let a carrier out of a lane otherwise than past its barrier: to ``place``, or back ("").

    ``visit`` is "" for one that is no visit. CarrierLeft answers.
    """

    request: int
    station: str
    visit: str
    place: str
    reason: str


class TurnBack(NamedTuple):
    """Send a visit out of the port without passing, saying why."""

    request: int
    visit: str
    reason: str


class LeaveBy(NamedTuple):
    """Let a visit leave the port; it answers LeftPort."""

    request: int
    visit: str


class DriveTo(NamedTuple):
    """Let a vehicle drive on along ``base``; ``horizon`` is what will follow.

    ``step`` numbers the first node of ``base`` within the vehicle's way, ``action`` is what it does
    at the way's last node ("" for nothing). A base once given is never taken back.
    """

    request: int
    vehicle: str
    order: str
    step: int
    base: tuple[str, ...]
    horizon: tuple[str, ...]
    action: str


class StartCharging(NamedTuple):
    """Charge a vehicle at the station where it stands until it is full."""

    request: int
    vehicle: str
    station: str


class StopCharging(NamedTuple):
    """End a vehicle's charging before it is full."""

    request: int
    vehicle: str


class LoadVehicle(NamedTuple):
    """Tell a vehicle what it now carries (0 is empty)."""

    request: int
    vehicle: str
    mass_kg: int


class PauseVehicle(NamedTuple):
    """Let a vehicle stand at once, wherever it is."""

    request: int
    vehicle: str


class ResumeVehicle(NamedTuple):
    """Let a paused vehicle go on with what it was granted."""

    request: int
    vehicle: str


class ReleaseVehicle(NamedTuple):
    """Command a vehicle no longer: a person has it, or it has left its fleet."""

    request: int
    vehicle: str


class PlaceVehicle(NamedTuple):
    """Command a vehicle that a person brought back: it stands at a node, there at this step."""

    request: int
    vehicle: str
    node: str
    step: int


class SlowTo(NamedTuple):
    """Limit the speed on a segment to a share of the ordinary one (1,000,000 lifts the limit)."""

    request: int
    segment: str
    share_ppm: int


class RaiseAlarm(NamedTuple):
    """Show people something they must know or decide."""

    request: int
    subject: str
    text: str


Command = (
    WakeAt
    | IssueSlot
    | RefuseBooking
    | WithdrawSlot
    | WaitOutside
    | SubmitDeclaration
    | ReportArrival
    | AskCorrection
    | AskCheck
    | ConfirmSlip
    | SendTo
    | RevokeCall
    | StartService
    | SuspendService
    | ResumeService
    | OpenBarrier
    | LeadOut
    | TurnBack
    | LeaveBy
    | DriveTo
    | StartCharging
    | StopCharging
    | LoadVehicle
    | PauseVehicle
    | ResumeVehicle
    | ReleaseVehicle
    | PlaceVehicle
    | SlowTo
    | RaiseAlarm
)
COMMANDS: dict[str, type[Command]] = {kind.__name__: kind for kind in Command.__args__}
"""Every kind of command by its name in the journal."""
