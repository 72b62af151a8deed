"""The master of one vehicle: intents, messages and the time go in; messages and facts come out.

It has no clock and no wire. Everything that it remembers is in ``memory``, so that a restarted
process goes on where the last one was. It trusts nothing but states: an order is accepted once it
is echoed, a node passed once it is gone from what is ahead, a cancel over at FINISHED.
"""

from typing import NamedTuple

from kouan.live.vda5050 import intents as i
from kouan.live.vda5050.codec import Message
from kouan.live.vda5050.compose import compose_order, compose_update
from kouan.live.vda5050.condition import read_condition, read_stop, said_by_vehicle
from kouan.live.vda5050.factsheet import Factsheet
from kouan.live.vda5050.memory import (
    CANCEL_FADES_MS,
    LATE_STATE_MS,
    MOST_FAILURES,
    MasterMemory,
    MasterSpec,
    Sent,
    Stretch,
    Turn,
)
from kouan.live.vda5050.messages import Connection, InstantActions, Link, Order, State
from kouan.live.vda5050.outbox import (
    ASK_FACTSHEET,
    ASK_STATE,
    CANCEL,
    CHARGE,
    END_CHARGE,
    GO_ON,
    PAUSE,
    begin_instant,
    drop_order,
    is_reachable,
    read_instants,
    send_instants,
    send_order,
    try_again,
)
from kouan.live.vda5050.reading import (
    counts_anew,
    idle,
    is_overtaken,
    read_errors,
    read_order,
    reconcile,
    remember_ended,
)
from kouan.port.quantity import WHOLE_PPM

GIVEN = (
    "nodePosition",
    "x",
    "y",
    "theta",
    "mapId",
    "allowedDeviationXY",
    "allowedDeviationXy",
    "maxSpeed",
    "maximumSpeed",
    "length",
    "actionParameters",
)
"""Optional parameters that orders of Kouan give."""


class Output(NamedTuple):
    """What a call of a master brings: messages to send, in order, and what was found out."""

    messages: tuple[Order | InstantActions, ...]
    facts: tuple[i.Fact, ...]


class Master:
    """One vehicle's master. Times are those of ``now_ms``, which never run back."""

    def __init__(self, spec: MasterSpec, memory: MasterMemory | None = None) -> None:
        """A master that knows nothing yet, or goes on with its memory."""
        self.spec = spec
        self.memory = memory or MasterMemory()

    def want(self, intent: i.Intent, now_ms: int) -> Output:
        """Take what is wanted; wanting the same again changes nothing."""
        turn = Turn(self.spec, self.memory, now_ms)
        _take(turn, intent)
        return _finish(turn)

    def receive(self, message: Message, now_ms: int) -> Output:
        """Take a message of the vehicle."""
        turn = Turn(self.spec, self.memory, now_ms)
        if isinstance(message, State):
            _read_state(turn, message)
        elif isinstance(message, Connection):
            _read_connection(turn, message)
        elif isinstance(message, Factsheet):
            _read_factsheet(turn, message)
        return _finish(turn)

    def tick(self, now_ms: int) -> Output:
        """Let happen what is due: resends, and the silence of a vehicle."""
        turn = Turn(self.spec, self.memory, now_ms)
        memory = self.memory
        if not memory.silent and now_ms - memory.heard_ms > self.spec.stale_ms:
            _fall_silent(turn, f"no state for {self.spec.stale_ms // 1_000} s")
        return _finish(turn)

    def lose(self, reason: str, now_ms: int, *, for_good: bool) -> Output:
        """Take somebody else's word that the vehicle can't be heard, or won't be any more."""
        turn = Turn(self.spec, self.memory, now_ms)
        _fall_silent(turn, reason)
        if for_good:
            self.memory.gave_up = reason
        return _finish(turn)

    def next_at_ms(self) -> int | None:
        """When ``tick`` is to be called at the latest; None: not before something comes in."""
        memory = self.memory
        due = []
        if memory.link in (None, Link.ONLINE):
            due += [one.due_ms for one in memory.instants.values() if one.status is None]
        if memory.state is not None and _may_order(memory, memory.state):
            due += _order_due(memory)
        if not memory.silent:
            due.append(memory.heard_ms + self.spec.stale_ms + 1)
        return min(due, default=None)


def _finish(turn: Turn) -> Output:
    _act(turn)
    read_stop(turn)
    return Output(tuple(turn.messages), tuple(turn.facts))


# --- what is wanted --------------------------------------------------------------------------


def _take(turn: Turn, intent: i.Intent) -> None:
    memory = turn.memory
    match intent:
        case i.Drive():
            _take_drive(turn, intent)
        case i.Place():
            memory.at = i.Leg(intent.node, intent.step, position=intent.position)
            memory.released, memory.astray = False, ""
            _forget_way(memory)
            try_again(memory)
        case i.Release() | i.Cancel():
            memory.released = memory.released or isinstance(intent, i.Release)
            _forget_way(memory)
            if memory.state is not None and not idle(memory, memory.state):
                begin_instant(turn, CANCEL)
        case i.Charge() | i.EndCharge():
            _take_charging(turn, intent)
        case _:
            _take_simple(turn, intent)


def _take_simple(turn: Turn, intent: i.Intent) -> None:
    memory = turn.memory
    match intent:
        case i.Pause() | i.EmergencyStop():
            memory.pause_wanted = True
            memory.instants.pop(GO_ON, None)
            if not memory.paused:
                begin_instant(turn, PAUSE)
        case i.Resume():
            if memory.pause_wanted or memory.paused:
                begin_instant(turn, GO_ON)
            memory.pause_wanted = False
            memory.instants.pop(PAUSE, None)
            try_again(memory)
        case i.Slow():
            memory.slow.pop(intent.segment, None)
            if intent.share_ppm < WHOLE_PPM:
                memory.slow[intent.segment] = intent.share_ppm
        case i.Carry():
            memory.carries_kg = intent.mass_kg
        case i.AskState():
            begin_instant(turn, ASK_STATE)
        case i.AskFactsheet():
            begin_instant(turn, ASK_FACTSHEET)
        case _:
            raise TypeError(f"no intent: {intent!r}")


def _take_drive(turn: Turn, intent: i.Drive) -> None:
    """Add what is new of a grant; one that doesn't follow on what is known is left out.

    The next grant covers it: each begins behind the node that the dispatcher knows to be passed.
    """
    memory = turn.memory
    if memory.at is None or memory.released:
        return
    known = memory.route[-1].leg.step if memory.route else memory.at.step
    fresh = [leg for leg in intent.base if leg.step > known]
    if fresh and fresh[0].step > known + 1:
        return
    memory.name = intent.name
    memory.route += [Stretch(leg) for leg in fresh]
    if intent.base and intent.base[-1].step == (fresh[-1].step if fresh else known):
        # What an older grant showed is no news.
        memory.horizon = intent.horizon
    if not memory.route:
        state = memory.state
        charge_ppm = state.battery.charge_ppm if state else 0
        turn.facts.append(i.NodePassed(memory.at.node, memory.at.step, charge_ppm))


def _take_charging(turn: Turn, intent: i.Charge | i.EndCharge) -> None:
    memory, state = turn.memory, turn.memory.state
    if isinstance(intent, i.Charge):
        if not memory.charging:
            memory.charging, memory.charging_ms = "asked", turn.now_ms
            begin_instant(turn, CHARGE)
    elif memory.charging in ("asked", "on"):
        memory.charging = "ending"
        memory.instants.pop(CHARGE, None)
        begin_instant(turn, END_CHARGE)
    elif not memory.charging and state is not None:
        turn.facts.append(i.ChargingOver(state.battery.charge_ppm))


def _forget_way(memory: MasterMemory) -> None:
    """Nothing of what was granted holds any more."""
    memory.route, memory.horizon = [], ()
    memory.charging = ""


# --- what comes in ---------------------------------------------------------------------------


def _read_state(turn: Turn, state: State) -> None:
    memory = turn.memory
    if memory.link not in (None, Link.ONLINE):
        if turn.now_ms - memory.link_ms < LATE_STATE_MS:
            return
        memory.link = None
    if is_overtaken(memory, state):
        return
    rebooted = counts_anew(memory, state.header.header_id)
    if rebooted:
        turn.facts.append(i.Rebooted())
        try_again(memory)
    memory.state, memory.heard_ms = state, turn.now_ms
    if memory.silent:
        memory.silent = False
        turn.facts.append(i.Heard())
        if turn.spec.asks_factsheet and memory.factsheet is None:
            begin_instant(turn, ASK_FACTSHEET)
    remember_ended(memory, state)
    read_errors(turn, state)
    read_instants(turn, state, rebooted=rebooted)
    if rebooted:
        _ask_again(turn)
    read_order(turn, state)
    read_condition(turn, state)


def _ask_again(turn: Turn) -> None:
    """What a vehicle was asked for before it rebooted it does not know any more."""
    memory = turn.memory
    if memory.pause_wanted:
        begin_instant(turn, PAUSE)
    if memory.charging == "asked":
        begin_instant(turn, CHARGE)


def _read_connection(turn: Turn, message: Connection) -> None:
    """Never filtered by number or time: a last will is older than what came before it."""
    memory = turn.memory
    before, memory.link, memory.link_ms = memory.link, message.link, turn.now_ms
    if message.link is not Link.ONLINE:
        _fall_silent(turn, f"connection {message.link}")
    elif before is not Link.ONLINE:
        try_again(memory)
        begin_instant(turn, ASK_STATE)


def _fall_silent(turn: Turn, reason: str) -> None:
    """It may still drive its base: nothing that it holds is given up."""
    if not turn.memory.silent:
        turn.memory.silent = True
        turn.facts.append(i.Silent(reason))


def _read_factsheet(turn: Turn, factsheet: Factsheet) -> None:
    memory = turn.memory
    memory.factsheet = factsheet
    memory.instants.pop(ASK_FACTSHEET, None)
    parameters = factsheet.features.optional_parameters if factsheet.features else ()
    unmet = tuple(
        one.parameter
        for one in parameters
        if one.support == "REQUIRED" and one.parameter.rpartition(".")[2] not in GIVEN
    )
    turn.facts.append(i.FactsheetRead(unmet))


# --- what is done about it -------------------------------------------------------------------


def _act(turn: Turn) -> None:
    send_instants(turn)
    memory, state = turn.memory, turn.memory.state
    memory.waiting = False
    if state is None:
        return
    if memory.released:
        _take_away(turn, state)
    if not _may_order(memory, state):
        return
    sent = memory.sent
    if sent is None:
        _begin_order(turn, state)
    elif sent.rejected:
        _after_rejection(turn, state, sent)
    elif sent.accepted:
        memory.waiting = _waits(turn) > 0
        if not memory.waiting and compose_update(turn, sent):
            send_order(turn, sent)
    else:
        send_order(turn, sent)
    send_instants(turn)


def _take_away(turn: Turn, state: State) -> None:
    """A vehicle that a person has keeps no order, though the first cancel was not heard."""
    memory = turn.memory
    gone = idle(memory, state) or state.order_id == memory.cancelled
    if is_reachable(memory) and not gone and not memory.gave_up:
        begin_instant(turn, CANCEL)
        send_instants(turn)


def _may_order(memory: MasterMemory, state: State) -> bool:
    """Whether an order may be sent at all (rules 3, 5 and 15)."""
    held = memory.released or memory.pause_wanted or memory.paused or bool(memory.charging)
    able = not said_by_vehicle(state)
    clear = CANCEL not in memory.instants and not memory.gave_up
    return is_reachable(memory) and not held and able and clear


def _begin_order(turn: Turn, state: State) -> None:
    """Send a new order to an idle vehicle; take a foreign one away before."""
    memory = turn.memory
    if memory.at is None or not memory.route:
        return
    if not idle(memory, state):
        if state.order_id != memory.cancelled:
            begin_instant(turn, CANCEL)
        elif turn.now_ms - memory.cancelled_ms > CANCEL_FADES_MS:
            memory.gave_up = f"order {state.order_id} was cancelled and is not gone"
        return
    memory.waiting = _waits(turn) > 0
    if reconcile(turn, state) and memory.route and not memory.waiting:
        memory.sent = compose_order(turn, memory.at)
        send_order(turn, memory.sent)


def _after_rejection(turn: Turn, state: State, sent: Sent) -> None:
    """Plan anew from where the vehicle stands; after too many rejections ask a person."""
    memory = turn.memory
    if memory.failures >= MOST_FAILURES:
        memory.gave_up = f"order {sent.order_id} was refused"
    elif idle(memory, state):
        drop_order(memory)
        _begin_order(turn, state)
    else:
        begin_instant(turn, CANCEL)


def _waits(turn: Turn) -> int:
    """Milliseconds until the vehicle takes another order message, by its factsheet."""
    memory = turn.memory
    return _free_ms(memory) - turn.now_ms if memory.last_order_ms >= 0 else 0


def _free_ms(memory: MasterMemory) -> int:
    limits = memory.factsheet.limits if memory.factsheet else None
    return memory.last_order_ms + (limits.timing.order_every_ms if limits else 0)


def _order_due(memory: MasterMemory) -> list[int]:
    """When an order is sent again, or a new one may be sent that waits for its turn."""
    sent = memory.sent
    if sent is not None and not (sent.accepted or sent.rejected):
        return [sent.due_ms]
    free_ms = _free_ms(memory)
    # A grant that waits only for the vehicle's shortest interval between orders.
    return [free_ms] if memory.waiting and memory.last_order_ms >= 0 else []
