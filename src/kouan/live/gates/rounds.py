"""When a lane's service ends, and with what evidence: all that its checks ask for, or its time.

Pure: it works on what the journal says was found, so that it comes to the same after a restart.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from kouan.dispatch.events import Evidence
from kouan.dispatch.verification import MISSING
from kouan.live.gates.notes import DeclaredNote, LaneNote, ServiceNote, TakenNote
from kouan.live.gates.tags import BY_WORD
from kouan.port.devices import Device
from kouan.port.model import Port
from kouan.port.procedures import BY_FACTS, Check, CheckKind, Stage

NO_DEVICE = "no device of this lane looks for it"
NOTHING_CAME = "no device said anything in time"


class Round(NamedTuple):
    """What a service is to find out: the visit's declaration, its stage, the lane's devices."""

    service: ServiceNote
    stage: Stage
    declared: DeclaredNote | None
    devices: Mapping[str, Device]


def evidence_of(
    round_: Round, lane: LaneNote, waits_ms: int, now_ms: int
) -> tuple[Evidence, ...] | None:
    """The evidence that a service ends with; None while more may come.

    ``waits_ms`` is the longest time that is waited for it.
    """
    is_late = now_ms - round_.service.began_ms >= waits_ms
    found: list[Evidence] = []
    for check in _checks_by_device(round_.stage):
        taken = [note for note in lane.taken if note.check == check.check]
        best = _best(check.check, taken, round_)
        complete = best is not None and _is_complete(check.check, best)
        if complete and best is not None:
            found += best
        elif not any(check.check in device.checks for device in round_.devices.values()):
            found.append(Evidence(check.check, ok=False, reason=NO_DEVICE))
        elif not is_late:
            return None
        else:
            found += best or [_silent(check.check)]
    return tuple(found)


def awaited(round_: Round, lane: LaneNote) -> tuple[str, ...]:
    """The checks for which a device of the lane has brought nothing yet that would do."""
    return tuple(
        check.check
        for check in _checks_by_device(round_.stage)
        if _waits(check.check, round_, lane)
    )


def _waits(check: str, round_: Round, lane: LaneNote) -> bool:
    best = _best(check, [note for note in lane.taken if note.check == check], round_)
    complete = best is not None and _is_complete(check, best)
    return not complete and any(check in device.checks for device in round_.devices.values())


def stage_of(port: Port, service: ServiceNote) -> Stage | None:
    """The declared stage of a service; None where its procedure isn't known."""
    declared = port.procedures.get(service.procedure)
    stages = declared.stages if declared is not None else ()
    return next((stage for stage in stages if stage.id == service.stage), None)


def _checks_by_device(stage: Stage) -> Sequence[Check]:
    return [
        check for check in stage.checks if check.check not in BY_FACTS and not check.result_after
    ]


def _silent(check: str) -> Evidence:
    return Evidence(check, ok=False, reason=NOTHING_CAME)


def _best(check: str, taken: Sequence[TakenNote], round_: Round) -> list[Evidence] | None:
    """The best that was found for a check; None when nothing was."""
    if not taken:
        return None
    if check == CheckKind.CONTAINER:
        return _boxes(taken, round_)
    if check == CheckKind.MASS:
        return [_evidence(taken[-1])]
    if check in BY_WORD:
        return [_evidence(next((note for note in taken if not note.ok), taken[-1]))]
    read = [note for note in taken if note.found]
    if not read:
        return [_evidence(taken[-1])]
    texts = dict.fromkeys(note.found for note in read)
    best = max(reversed(read), key=lambda note: note.confidence_ppm)
    if len(texts) == 1:
        return [_evidence(best)]
    others = ", ".join(text for text in texts if text != best.found)
    return [_evidence(best)._replace(confidence_ppm=0, reason=f"also read: {others}")]


def _boxes(taken: Sequence[TakenNote], round_: Round) -> list[Evidence]:
    """Each container number once, with its best reading; an unread one when too few were read."""
    numbers = dict.fromkeys(note.found for note in taken if note.found)
    wanted = round_.declared.containers if round_.declared is not None else 0
    count = max(len(numbers), 0)
    found = []
    for number in numbers:
        of_it = [note for note in taken if note.found == number]
        best = max(of_it, key=lambda note: note.confidence_ppm)
        found.append(_evidence(best)._replace(amount=count))
    if count < wanted:
        unread = [note for note in taken if not note.found]
        reason = unread[-1].reason if unread else "fewer numbers were seen than were declared"
        found.append(Evidence(CheckKind.CONTAINER, "", count, ok=False, reason=reason))
    return found


def _is_complete(check: str, best: Sequence[Evidence]) -> bool:
    """Whether waiting for more would bring nothing: it was read, weighed or judged."""
    if best[0].reason == MISSING:
        return True
    if check == CheckKind.CONTAINER:
        return all(item.found for item in best)
    if check == CheckKind.MASS:
        return best[0].amount > 0
    if check in (*BY_WORD, CheckKind.IMAGE):
        return not best[0].reason
    return bool(best[0].found)


def _evidence(note: TakenNote) -> Evidence:
    return Evidence(
        note.check,
        note.found,
        note.amount,
        note.confidence_ppm,
        note.ok,
        note.reason,
        note.by,
    )
