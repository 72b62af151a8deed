"""A vehicle made of nothing but its state, a master that commands it, and the time between them."""

from dataclasses import dataclass, field, replace

from kouan.live.vda5050 import intents as i
from kouan.live.vda5050 import messages as m
from kouan.live.vda5050.codec import Message, decode, encode, topic_of
from kouan.live.vda5050.factsheet import (
    ArrayLimits,
    Factsheet,
    OptionalParameter,
    PhysicalParameters,
    ProtocolFeatures,
    ProtocolLimits,
    StringLimits,
    Timing,
)
from kouan.live.vda5050.master import Master, Output
from kouan.live.vda5050.memory import MasterMemory, MasterSpec
from kouan.live.vda5050.validate import Stream, check_next, check_state, follow, is_idle
from kouan.live.vda5050.versions import V2_0, Version
from kouan.runtime.codec import encode_state, state_decoder

HOME = "n0"
START_MS = 1_772_352_000_000
thaw = state_decoder(MasterMemory)


def legs(*names: str, first: int = 1, last: bool = False, action: str = "") -> tuple[i.Leg, ...]:
    """Legs to these nodes, each 10 m long; ``last`` ends the way with them."""
    made = [i.Leg(name, first + at, 10_000, 2_000) for at, name in enumerate(names)]
    if last:
        made[-1] = made[-1]._replace(last=True, action=action)
    return tuple(made)


def drive(*names: str, first: int = 1, last: bool = True, ahead: tuple[str, ...] = ()) -> i.Drive:
    """A grant of a whole way, or of its beginning with a horizon."""
    base = legs(*names, first=first, last=last)
    return i.Drive("job", base, legs(*ahead, first=first + len(names)))


@dataclass
class Puppet:
    """A vehicle that does what it is told when it is told to: it drives a node at a time."""

    version: Version = V2_0
    order_id: str = ""
    update_id: int = 0
    last: tuple[str, int] = (HOME, 0)
    nodes: list[m.OrderNode] = field(default_factory=list)
    edges: list[m.OrderEdge] = field(default_factory=list)
    actions: dict[str, m.ActionState] = field(default_factory=dict)
    instants: dict[str, m.ActionState] = field(default_factory=dict)
    mode: m.Mode = m.Mode.AUTOMATIC
    errors: tuple[m.VehicleError, ...] = ()
    charge_ppm: int = 800_000
    charging: bool = False
    paused: bool = False
    loads: tuple[m.Load, ...] | None = ()
    localized: bool = True
    emergency: m.EmergencyStop = m.EmergencyStop.NONE
    slow: bool = False
    """Whether instant actions stay RUNNING until ``settle``."""
    header_id: int = 0
    at_ms: int = START_MS
    """Its own clock: states are sent a millisecond after each other, reboots or not."""
    stream: Stream = field(default_factory=Stream)
    got: list[Message] = field(default_factory=list)

    def take(self, message: m.Order | m.InstantActions) -> None:
        """Take a message; one that is not sound fails the test."""
        assert decode(topic_of(message), encode(message, self.version), self.version) == message
        self.got.append(message)
        if isinstance(message, m.InstantActions):
            for action in message.actions:
                if action.action_id not in self.instants:
                    self._begin(action)
            return
        self.stream.idle = is_idle(self.state(count=False))
        assert check_next(self.stream, message) == []
        follow(self.stream, message)
        if (self.order_id, self.update_id) == (message.order_id, message.update_id):
            return
        if message.order_id == self.order_id:
            kept = [one for one in self.nodes if one.released]
            self.nodes = kept + list(message.nodes[1:])
            self.edges = [one for one in self.edges if one.released] + list(message.edges)
        else:
            assert message.nodes[0].node_id == self.last[0]
            self.nodes, self.edges = list(message.nodes[1:]), list(message.edges)
            self.last = (self.last[0], message.nodes[0].sequence_id)
            self.actions = {}
        self.order_id, self.update_id = message.order_id, message.update_id
        for node in self.nodes:
            for action in node.actions:
                waiting = m.ActionState(action.action_id, m.Status.WAITING)
                self.actions.setdefault(action.action_id, waiting)

    def _begin(self, action: m.Action) -> None:
        status = m.Status.RUNNING if self.slow else m.Status.FINISHED
        if action.action_type == "cancelOrder":
            self.stream.cancelling = self.slow
            if not (self.nodes or self.edges):
                status = m.Status.FAILED
        self.instants[action.action_id] = m.ActionState(
            action.action_id, status, action.action_type
        )
        if status is m.Status.FINISHED:
            self._effect(action.action_type)

    def _effect(self, kind: str) -> None:
        if kind == "cancelOrder":
            self.nodes, self.edges, self.stream.cancelling = [], [], False
        elif kind in ("startPause", "stopPause"):
            self.paused = kind == "startPause"
        elif kind in ("startCharging", "stopCharging"):
            self.charging = kind == "startCharging"

    def settle(self) -> None:
        """End the instant actions that run."""
        for name, one in self.instants.items():
            if one.status is m.Status.RUNNING:
                self.instants[name] = replace(one, status=m.Status.FINISHED)
                self._effect(one.action_type or "")

    def pass_node(self) -> None:
        """Drive to the next node of the base and end its actions."""
        node = self.nodes.pop(0)
        assert node.released
        self.edges.pop(0)
        self.last = (node.node_id, node.sequence_id)
        for action in node.actions:
            self.actions[action.action_id] = m.ActionState(action.action_id, m.Status.FINISHED)

    def forget(self) -> None:
        """Lose the order, as when a person drives, or at a reboot."""
        self.order_id, self.update_id, self.nodes, self.edges = "", 0, [], []
        self.actions, self.instants = {}, {}
        self.stream = Stream()

    def reboot(self) -> None:
        """Lose the order, and count messages anew."""
        self.forget()
        self.header_id = 0

    def state(self, *, count: bool = True) -> m.State:
        """What it would send now."""
        self.header_id += count
        self.at_ms += count
        header = m.Header(self.header_id, self.at_ms, "Maker", "007")
        parts = self.version.parts_instant
        instants = tuple(self.instants.values())
        state = m.State(
            header,
            self.order_id,
            self.update_id,
            *self.last,
            driving=False,
            mode=self.mode,
            battery=m.Battery(self.charge_ppm, self.charging),
            safety=m.Safety(self.emergency, False),
            node_states=tuple(
                m.NodeState(one.node_id, one.sequence_id, one.released) for one in self.nodes
            ),
            edge_states=tuple(
                m.EdgeState(one.edge_id, one.sequence_id, one.released) for one in self.edges
            ),
            action_states=tuple(self.actions.values()) + (() if parts else instants),
            instant_action_states=instants if parts else (),
            errors=self.errors,
            loads=self.loads,
            paused=self.paused,
            position=m.VehiclePosition(0, 0, 0, "map", self.localized),
        )
        assert check_state(state) == []
        return state


@dataclass
class Stage:
    """Master and puppet on one clock; what the master sends arrives unless ``lossy``."""

    version: Version = V2_0
    now_ms: int = START_MS
    lossy: bool = False
    facts: list[i.Fact] = field(default_factory=list)
    sent: list[Message] = field(default_factory=list)

    def __post_init__(self) -> None:
        """A vehicle that is online at home, and known to the master."""
        self.spec = MasterSpec("AGV07", "Maker", "007", self.version, asks_factsheet=False)
        self.master = Master(self.spec)
        self.puppet = Puppet(self.version)
        self.want(i.Place(HOME, 0))
        self.connect(m.Link.ONLINE)
        self.report()

    def _take(self, output: Output) -> None:
        self.facts += output.facts
        self.sent += output.messages
        if not self.lossy:
            for message in output.messages:
                self.puppet.take(message)

    def want(self, intent: i.Intent) -> None:
        """Want something of the vehicle."""
        self._take(self.master.want(intent, self.now_ms))

    def connect(self, link: m.Link) -> None:
        """Let the vehicle's connection change."""
        header = m.Header(0, START_MS, "Maker", "007")
        self._take(self.master.receive(m.Connection(header, link), self.now_ms))

    def report(self, state: m.State | None = None, *, after_ms: int = 100) -> None:
        """Let the vehicle send its state, or another one."""
        self.now_ms += after_ms
        self._take(self.master.receive(state or self.puppet.state(), self.now_ms))

    def wait(self, for_ms: int) -> None:
        """Let time pass without a word of the vehicle; the master is woken when it asks to be."""
        end_ms = self.now_ms + for_ms
        for _ in range(1_000):
            due_ms = self.master.next_at_ms()
            if due_ms is None or due_ms > end_ms:
                break
            assert due_ms >= self.now_ms or self.now_ms == START_MS
            self.now_ms = max(self.now_ms, due_ms)
            self._take(self.master.tick(self.now_ms))
        else:
            raise AssertionError("the master wants to be woken for ever")
        self.now_ms = end_ms

    def pass_nodes(self, count: int = 1) -> None:
        """Let the vehicle drive, with a state at every node."""
        for _ in range(count):
            self.puppet.pass_node()
            self.report()

    def restart(self) -> None:
        """Let another process go on with the master's snapshot."""
        frozen = encode_state(self.master.memory)
        self.master = Master(self.spec, thaw(frozen))
        assert encode_state(self.master.memory) == frozen

    def orders(self) -> list[m.Order]:
        """The order messages sent so far."""
        return [one for one in self.sent if isinstance(one, m.Order)]

    def instants(self, kind: str) -> list[m.InstantActions]:
        """The messages with one kind of instant action sent so far."""
        found = [one for one in self.sent if isinstance(one, m.InstantActions)]
        return [one for one in found if one.actions[0].action_type == kind]

    def passed(self) -> list[tuple[str, int]]:
        """The nodes told to be passed, with their steps."""
        return [(one.node, one.step) for one in self.facts if isinstance(one, i.NodePassed)]

    def count(self, kind: type) -> int:
        """How often a kind of fact was told."""
        return sum(isinstance(one, kind) for one in self.facts)

    def reasons(self) -> list[str]:
        """Why the vehicle was told to be stopped."""
        return [one.reason for one in self.facts if isinstance(one, i.Stopped)]


def begun(stage: Stage, *names: str, last: bool = True, ahead: tuple[str, ...] = ()) -> Stage:
    """Let the vehicle have an order."""
    stage.want(drive(*names, last=last, ahead=ahead))
    stage.report()
    return stage


def error(kind: str, level: m.Level = m.Level.WARNING, **said: str) -> m.VehicleError:
    """An error with references."""
    references = tuple(m.Reference(key, value) for key, value in said.items())
    return m.VehicleError(kind, level, references, "as the vehicle says")


def factsheet(*parameters: OptionalParameter, nodes: int = 0, every_ms: int = 0) -> Factsheet:
    """A factsheet with limits; 0 is none."""
    return Factsheet(
        m.Header(1, START_MS, "Maker", "007"),
        physical=PhysicalParameters(0, 1_200, 500, 500, 2_000, 1_000, 2_000),
        limits=ProtocolLimits(
            StringLimits(), ArrayLimits(order_nodes=nodes or None), Timing(every_ms, 500)
        ),
        features=ProtocolFeatures(parameters),
    )
