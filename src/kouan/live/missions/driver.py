"""The dispatcher's commands to one vehicle as missions, and what its manager says as events.

It has the interface of the VDA 5050 driver: commands, bodies and the time go in, bodies to send and
events come out. Memory says what is wanted; every call brings the open mission up to it, sends what
is due and says what has changed, so that a word said late, twice or never does no harm.
"""

from dataclasses import dataclass, field

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.live.missions import compose, words
from kouan.live.missions.grants import add_grant
from kouan.live.missions.memory import (
    ASK_EVERY_MS,
    BACK_OFF_MS,
    MOST_FAILURES,
    MOST_REQUESTS,
    RESET_MS,
    MissionMemory,
    MissionSpec,
    Open,
)
from kouan.live.missions.messages import (
    DELIVERY,
    ENDS,
    VERSION,
    Ask,
    Connection,
    Mission,
    MissionError,
    Status,
    Topic,
    Vehicles,
    decode,
    encode,
    moment,
    moment_ms,
    topic,
)
from kouan.live.vda5050.driver import Driven, Publish
from kouan.traffic.roadmap import RoadMap


@dataclass(slots=True)
class _Turn:
    """What comes out of one call."""

    now_ms: int
    publish: list[Publish] = field(default_factory=list)
    events: list[e.Event] = field(default_factory=list)
    fault: str = ""

    def driven(self) -> Driven:
        return Driven(tuple(self.publish), tuple(self.events), (), self.fault)


class MissionDriver:
    """One vehicle of a fleet manager. Times are those of ``now_ms``, which never run back."""

    def __init__(
        self, spec: MissionSpec, roadmap: RoadMap, memory: MissionMemory | None = None
    ) -> None:
        """A vehicle that stands at home, or one that goes on with its memory."""
        self.spec = spec
        self.roadmap = roadmap
        self.memory = memory or MissionMemory(node=spec.home, step=0)

    @property
    def vehicle(self) -> str:
        """Its name in the port."""
        return self.spec.vehicle

    # --- in ------------------------------------------------------------------------------------

    def carry_out(self, command: c.Command, now_ms: int) -> Driven:
        """Carry out a command of the dispatcher; commands to others bring nothing."""
        if getattr(command, "vehicle", "") != self.spec.vehicle and not isinstance(
            command, c.SlowTo
        ):
            return Driven()
        turn = _Turn(now_ms)
        match command:
            case c.DriveTo():
                self._drive(command, turn)
            case c.StartCharging() | c.StopCharging():
                self._charge(command, turn)
            case _ if not self._is_repeated(command):
                self._obey(command)
        self._remember(command)
        self._settle(turn)
        return turn.driven()

    def receive(self, kind: Topic, payload: bytes, now_ms: int) -> Driven:
        """Take a body that the manager sent; one that can't be read changes nothing."""
        turn = _Turn(now_ms)
        try:
            body = decode(kind, payload)
            if isinstance(body, Status):
                self._take_status(body, turn)
            elif isinstance(body, Vehicles):
                self._take_vehicles(body, turn)
            elif isinstance(body, Connection):
                self._take_connection(body, turn)
        except MissionError as error:
            return Driven(fault=str(error))
        self._settle(turn)
        return turn.driven()

    def tick(self, now_ms: int) -> Driven:
        """Let happen what is due."""
        turn = _Turn(now_ms)
        memory = self.memory
        if self._is_heard() and now_ms - memory.heard_ms >= self.spec.stale_ms:
            self._fall_silent(f"nothing heard for {self.spec.stale_ms // 1_000} s", turn)
        self._settle(turn)
        return turn.driven()

    def next_at_ms(self) -> int | None:
        """When ``tick`` is to be called at the latest."""
        due = []
        if self._is_heard():
            due.append(self.memory.heard_ms + self.spec.stale_ms)
        if self.memory.mission is not None and self._may_send(self.memory.mission):
            due.append(self.memory.mission.due_ms)
        return min(due, default=None)

    def said_again(self, now_ms: int) -> list[e.Event]:
        """What is known of the vehicle, in case that its last words were lost with a kill."""
        return words.said_again(self.spec, self.memory, now_ms)

    # --- commands ------------------------------------------------------------------------------

    def _is_repeated(self, command: c.Command) -> bool:
        return getattr(command, "request", 0) in self.memory.requests

    def _remember(self, command: c.Command) -> None:
        requests = self.memory.requests
        if request := getattr(command, "request", 0):
            requests[request] = True
        while len(requests) > MOST_REQUESTS:
            del requests[next(iter(requests))]

    def _obey(self, command: c.Command) -> None:
        memory = self.memory
        match command:
            case c.PauseVehicle():
                memory.hold = True
            case c.ResumeVehicle():
                memory.hold = False
                self._try_again()
            case c.ReleaseVehicle():
                memory.released = True
                self._forget_way()
            case c.PlaceVehicle():
                self._forget_way()
                memory.released = memory.hold = False
                memory.node, memory.step = command.node, command.step
                memory.placed_request = command.request
                self._try_again()
            case c.LoadVehicle():
                memory.load_kg = command.mass_kg
            case c.SlowTo():
                memory.slow[command.segment] = command.share_ppm

    def _forget_way(self) -> None:
        memory = self.memory
        memory.route, memory.horizon = [], ()
        memory.action = memory.order = memory.charging = ""
        if memory.mission is not None:
            memory.mission.unwanted = True

    def _try_again(self) -> None:
        memory = self.memory
        memory.gave_up, memory.no_answer, memory.failures = "", False, 0
        self._send_again()

    def _send_again(self) -> None:
        """Begin the sendings of a mission that waits for an answer anew."""
        if self.memory.mission is not None:
            self.memory.mission.sends = self.memory.mission.due_ms = 0

    def _charge(self, command: c.StartCharging | c.StopCharging, turn: _Turn) -> None:
        """Charge or end it; an end that is asked for twice is told twice."""
        memory = self.memory
        if isinstance(command, c.StartCharging) and not self._is_repeated(command):
            memory.charging = "on"
        elif not memory.charging:
            turn.events.append(words.charging_ended(self.spec, self.memory, turn.now_ms))
        elif isinstance(command, c.StopCharging):
            self._end_charging()

    def _end_charging(self) -> None:
        memory = self.memory
        memory.charging = "ending"
        if memory.mission is not None and memory.mission.message.kind == "charge":
            memory.mission.unwanted = True

    def _drive(self, command: c.DriveTo, turn: _Turn) -> None:
        memory = self.memory
        if memory.released or 0 < command.request <= memory.placed_request:
            return
        turn.fault = add_grant(self.spec, self.roadmap, memory, command)
        if turn.fault:
            return
        if command.step + len(command.base) - 1 <= memory.step:
            # Its answer may have been lost.
            turn.events.append(words.moved(self.spec, memory, turn.now_ms))
        elif memory.charging:
            self._end_charging()

    # --- what the manager says -----------------------------------------------------------------

    def _take_status(self, status: Status, turn: _Turn) -> None:
        """Take how the open mission stands; words about any other are too late."""
        memory, mission = self.memory, self.memory.mission
        if mission is None or status.id != mission.message.id:
            return
        if status.revision > mission.message.revision:
            turn.fault = f"status of revision {status.revision}: {mission.message.revision} is sent"
            return
        self._hear(turn)
        if status.state == "unknown":
            self._lose(mission, turn)
            return
        mission.known = True
        if status.revision >= mission.acknowledged:
            mission.acknowledged = status.revision
        if mission.acknowledged == mission.message.revision:
            mission.sends, mission.due_ms = 0, turn.now_ms + ASK_EVERY_MS
        if memory.no_answer:
            memory.gave_up, memory.no_answer = "", False
        if not mission.unwanted:
            self._pass(status.passed, mission, turn)
        if status.state in ENDS:
            self._end(mission, status, turn)

    def _pass(self, passed: int, mission: Open, turn: _Turn) -> None:
        """Say each node passed once, in order; never one that was not permitted."""
        memory = self.memory
        if passed > mission.permitted:
            turn.fault = f"step {passed} passed: permitted up to {mission.permitted}"
            memory.gave_up = turn.fault
        while memory.route and memory.route[0].step <= min(passed, mission.permitted):
            stop = memory.route.pop(0)
            memory.node, memory.step, memory.failures = stop.node, stop.step, 0
            turn.events.append(words.moved(self.spec, memory, turn.now_ms))

    def _lose(self, mission: Open, turn: _Turn) -> None:
        """The manager does not know a mission that it has taken: it gets it again."""
        if not mission.known:
            return
        if not mission.unwanted:
            self._fail("the fleet manager lost it")
        if self.memory.gave_up:
            self.memory.mission = None
        else:
            # A cancellation is given again too: only its own answer says that nobody drives.
            compose.renew(self.memory, mission, turn.now_ms)

    def _end(self, mission: Open, status: Status, turn: _Turn) -> None:
        memory, message = self.memory, mission.message
        if mission.unwanted:
            self._end_unwanted(mission, turn)
            return
        memory.mission = None
        if message.kind == "charge" and status.state == "done":
            self._say_charged(turn)
        elif status.state in ("failed", "rejected"):
            self._fail(status.reason)
            memory.gave_up = f"mission {status.state}: {status.reason}"
        elif not (status.state == "done" and message.final and memory.step >= mission.permitted):
            self._fail(f"it ended ({status.state}) before its end")

    def _end_unwanted(self, mission: Open, turn: _Turn) -> None:
        self.memory.mission = None
        if mission.message.kind == "charge" and self.memory.charging:
            self._say_charged(turn)

    def _fail(self, reason: str) -> None:
        memory = self.memory
        memory.failures += 1
        if memory.failures >= MOST_FAILURES:
            memory.gave_up = f"{memory.failures} missions in a row: {reason}"

    def _take_vehicles(self, body: Vehicles, turn: _Turn) -> None:
        memory = self.memory
        report = next((one for one in body.vehicles if one.vehicle == self.spec.vehicle), None)
        sent_ms = moment_ms(body.sent)
        if report is None or memory.reported_ms - RESET_MS < sent_ms < memory.reported_ms:
            return
        memory.reported_ms, memory.charge_ppm = sent_ms, report.charge_ppm
        if report.state == "offline":
            self._fall_silent("its fleet manager does not reach it", turn)
            return
        before, memory.condition = memory.condition, words.condition(report)
        if before and not memory.condition and memory.failures < MOST_FAILURES:
            memory.gave_up, memory.no_answer = "", False
        if not memory.joined:
            memory.joined = True
            turn.events.append(words.joined(self.spec, memory, turn.now_ms))
        self._hear(turn)

    def _take_connection(self, body: Connection, turn: _Turn) -> None:
        if body.online:
            self._send_again()
        else:
            self._fall_silent("its fleet manager is offline", turn)

    def _is_heard(self) -> bool:
        return self.memory.joined and not self.memory.unheard

    def _hear(self, turn: _Turn) -> None:
        self.memory.heard_ms = turn.now_ms
        if self.memory.unheard:
            self.memory.unheard = False
            self._send_again()
            turn.events.append(e.VehicleHeard(turn.now_ms, self.spec.vehicle))

    def _fall_silent(self, reason: str, turn: _Turn) -> None:
        if self._is_heard():
            self.memory.unheard = True
            turn.events.append(e.VehicleSilent(turn.now_ms, self.spec.vehicle, reason))

    # --- out -----------------------------------------------------------------------------------

    def _settle(self, turn: _Turn) -> None:
        """Bring the mission up to what is wanted, send what is due, say whether all is well."""
        memory = self.memory
        if memory.mission is None:
            self._begin(turn)
        else:
            compose.revise(memory, memory.mission, memory.mission.unwanted, turn.now_ms)
        if memory.mission is not None:
            self._send(memory.mission, turn)
        self._judge(turn)

    def _begin(self, turn: _Turn) -> None:
        memory = self.memory
        if memory.charging == "ending":
            self._say_charged(turn)
        if memory.released or memory.gave_up or memory.condition:
            return
        if memory.charging:
            memory.mission = compose.begin(self.spec, memory, "charge", turn.now_ms)
        elif memory.route:
            memory.mission = compose.begin(self.spec, memory, "drive", turn.now_ms)

    def _may_send(self, mission: Open) -> bool:
        """An acknowledged mission is asked for while its vehicle is heard; else it is sent."""
        if mission.acknowledged == mission.message.revision:
            return self._is_heard()
        return mission.sends < len(BACK_OFF_MS) or not self.memory.gave_up

    def _send(self, mission: Open, turn: _Turn) -> None:
        if turn.now_ms < mission.due_ms or not self._may_send(mission):
            return
        message = mission.message
        if mission.acknowledged == message.revision:
            ask = Ask(version=VERSION, sent=moment(turn.now_ms), id=message.id)
            self._publish(Topic.ASK, ask, turn)
            mission.due_ms = turn.now_ms + ASK_EVERY_MS
        elif mission.sends < len(BACK_OFF_MS):
            self._publish(Topic.MISSION, message, turn)
            mission.due_ms = turn.now_ms + BACK_OFF_MS[mission.sends]
            mission.sends += 1
        else:
            self.memory.no_answer = True
            self.memory.gave_up = f"the fleet manager does not answer to mission {message.id}"

    def _publish(self, kind: Topic, body: Mission | Ask, turn: _Turn) -> None:
        turn.publish.append(Publish(topic(self.spec.fleet, kind), encode(body), *DELIVERY[kind]))

    def _judge(self, turn: _Turn) -> None:
        memory, vehicle = self.memory, self.spec.vehicle
        reason = memory.gave_up or memory.condition
        if memory.joined and reason and not memory.stopped:
            turn.events.append(e.VehicleStopped(turn.now_ms, vehicle, reason))
        elif memory.joined and memory.stopped and not reason:
            turn.events.append(e.VehicleRecovered(turn.now_ms, vehicle))
        if memory.joined:
            memory.stopped = reason

    def _say_charged(self, turn: _Turn) -> None:
        self.memory.charging = ""
        turn.events.append(words.charging_ended(self.spec, self.memory, turn.now_ms))
