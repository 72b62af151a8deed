"""Between a virtual vehicle's memory and the messages of VDA 5050."""

from hashlib import sha256

import msgspec

from kouan.live.clock import wall_now_ms
from kouan.live.vda5050 import messages as m
from kouan.live.vda5050.codec import Message, decode, encode
from kouan.live.vda5050.topics import Topic, topic
from kouan.live.vda5050.values import Wire
from kouan.live.vda5050.versions import VERSIONS, Quirks
from kouan.live.virtual import deeds
from kouan.live.virtual.abilities import abilities
from kouan.live.virtual.faults import FAULTS
from kouan.live.virtual.memory import (
    ActionRecord,
    EdgeAhead,
    ErrorNote,
    NodeAhead,
    OrderReceived,
)
from kouan.live.virtual.spec import VehicleSpec
from kouan.live.virtual.vehicle import Vehicle

KINDS_2 = {
    "VALIDATION_FAILURE": "validationError",
    "INVALID_ORDER_ACTION": "orderError",
    "MOBILE_ROBOT_NOT_AVAILABLE": "orderError",
    "START_NODE_OUT_OF_RANGE": "noRouteError",
    "NO_ROUTE_TO_TARGET": "noRouteError",
    "SAME_ORDER_UPDATE_ID": "orderUpdateError",
    "OUTDATED_ORDER_UPDATE": "orderUpdateError",
    "INVALID_ORDER_UPDATE": "orderUpdateError",
    "ORDER_UPDATE_FOLLOWING_CANCEL": "orderUpdateError",
    "OTHER_ORDER_ACTIVE": "orderUpdateError",
    "NO_ORDER_TO_CANCEL": "noOrderToCancel",
    "INVALID_INSTANT_ACTION": "instantActionError",
    "ACTION_FAILED": "actionError",
    "DRIVE_FAILURE": "driveError",
    "LOCALIZATION_LOST": "localizationError",
    "BATTERY_EMPTY": "batteryEmpty",
}
"""Kinds of error as versions 2.x name them."""


class Words:
    """Reads and writes one vehicle's messages; counts ``headerId`` for each topic."""

    def __init__(self, spec: VehicleSpec) -> None:
        self.spec = spec
        self._wire = Wire(VERSIONS[spec.version], Quirks())
        self._headers: dict[Topic, int] = {}

    def topic(self, kind: Topic) -> str:
        """The full topic of a message."""
        return topic(self._wire, self.spec.manufacturer, self.spec.serial, kind)

    @property
    def subscriptions(self) -> tuple[str, ...]:
        """What the vehicle listens to."""
        return self.topic(Topic.ORDER), self.topic(Topic.INSTANT_ACTIONS)

    def restart(self) -> None:
        """Count from 0 again, as a vehicle does after a reboot."""
        self._headers.clear()

    def _header(self, kind: Topic) -> m.Header:
        number = self._headers.get(kind, 0)
        self._headers[kind] = number + 1
        return m.Header(number, wall_now_ms(), self.spec.manufacturer, self.spec.serial)

    def _encode(self, message: Message) -> bytes:
        return encode(message, self._wire.version)

    # --- reading -------------------------------------------------------------------------------

    def read_order(self, payload: bytes) -> tuple[OrderReceived, str]:
        """An order, and the digest of what it says; raises CodecError."""
        order = decode(Topic.ORDER, payload, self._wire.version)
        assert isinstance(order, m.Order)
        received = OrderReceived(
            order.order_id,
            order.update_id,
            [_node(one) for one in order.nodes],
            [_edge(one) for one in order.edges],
            order.header.header_id,
            order.header.at_ms,
        )
        content = (order.order_id, order.update_id, order.nodes, order.edges)
        return received, sha256(msgspec.json.encode(content)).hexdigest()

    def read_instant(self, payload: bytes) -> list[ActionRecord]:
        """Instant actions; raises CodecError."""
        found = decode(Topic.INSTANT_ACTIONS, payload, self._wire.version)
        assert isinstance(found, m.InstantActions)
        return [_action(one, instant=True) for one in found.actions]

    # --- writing -------------------------------------------------------------------------------

    def connection(self, link: m.Link) -> bytes:
        """Whether the vehicle is connected."""
        return self._encode(m.Connection(self._header(Topic.CONNECTION), link))

    def state(self, vehicle: Vehicle, now_ms: int) -> bytes:
        """How the vehicle is."""
        memory = vehicle.memory
        _, _, _, driven_mm, speed = vehicle.place(now_ms)
        records = list(memory.actions.values())
        emergency = memory.fault == "emergency"
        state = m.State(
            self._header(Topic.STATE),
            memory.order_id,
            memory.update_id,
            memory.last_node,
            memory.last_sequence,
            memory.drive.moving,
            m.Mode.MANUAL if memory.fault == "manual" else m.Mode.AUTOMATIC,
            self._battery(vehicle, now_ms),
            m.Safety(m.EmergencyStop.MANUAL if emergency else m.EmergencyStop.NONE, False),
            tuple(_node_state(one) for one in memory.nodes),
            tuple(m.EdgeState(one.name, one.sequence, one.released) for one in memory.edges),
            tuple(_action_state(one) for one in records if not one.instant),
            tuple(_action_state(one) for one in records if one.instant),
            errors=self._errors(vehicle),
            loads=_loads(vehicle),
            paused=memory.paused,
            new_base_request=vehicle.wants_base,
            distance_mm=driven_mm,
            position=_position(vehicle, now_ms),
            velocity=m.Velocity(speed, 0, 0),
        )
        return self._encode(state)

    def visualization(self, vehicle: Vehicle, now_ms: int) -> bytes:
        """Where the vehicle is, between two states."""
        header = self._header(Topic.VISUALIZATION)
        velocity = m.Velocity(vehicle.place(now_ms)[4], 0, 0)
        newest = max(0, self._headers.get(Topic.STATE, 1) - 1)
        return self._encode(m.Visualization(header, _position(vehicle, now_ms), velocity, newest))

    def factsheet(self) -> bytes:
        """What the vehicle is and can do."""
        return self._encode(abilities(self.spec, self._header(Topic.FACTSHEET)))

    def _battery(self, vehicle: Vehicle, now_ms: int) -> m.Battery:
        held_mwh = deeds.charge_mwh(self.spec, vehicle.memory, now_ms)
        charge_ppm = min(1_000_000, held_mwh * 1_000 // self.spec.battery_wh)
        return m.Battery(charge_ppm, vehicle.memory.charging_since_ms >= 0)

    def _errors(self, vehicle: Vehicle) -> tuple[m.VehicleError, ...]:
        memory = vehicle.memory
        notes = list(memory.errors)
        fault = FAULTS.get(memory.fault)
        if fault is not None and fault.error:
            notes.append(ErrorNote(fault.error, True, fault.text))
        names = KINDS_2 if self._wire.version.major == 2 else {}
        return tuple(
            m.VehicleError(
                names.get(one.kind, one.kind),
                m.Level.FATAL if one.fatal else m.Level.WARNING,
                tuple(m.Reference(key, value) for key, value in one.references),
                one.description,
            )
            for one in notes
        )


def _action(action: m.Action, *, instant: bool = False) -> ActionRecord:
    parameters = {one.key: _plain(one.value) for one in action.parameters}
    return ActionRecord(action.action_id, action.action_type, action.blocking, parameters, instant)


def _plain(value: m.Json) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _node(found: m.OrderNode) -> NodeAhead:
    node = NodeAhead(
        found.node_id,
        found.sequence_id,
        found.released,
        actions=[_action(one) for one in found.actions],
    )
    if found.position is not None:
        node.x_mm, node.y_mm = found.position.x_mm, found.position.y_mm
        node.theta_mrad, node.map_id = found.position.theta_mrad, found.position.map_id
    return node


def _edge(found: m.OrderEdge) -> EdgeAhead:
    return EdgeAhead(
        found.edge_id,
        found.sequence_id,
        found.released,
        found.start,
        found.end,
        found.length_mm or 0,
        found.speed_mm_s or 0,
        [_action(one) for one in found.actions],
    )


def _node_state(node: NodeAhead) -> m.NodeState:
    position = None
    if node.map_id:
        # 2.0 wants an angle here, also where the order gave none.
        position = m.NodePosition(node.x_mm, node.y_mm, node.map_id, node.theta_mrad or 0)
    return m.NodeState(node.name, node.sequence, node.released, position)


def _action_state(action: ActionRecord) -> m.ActionState:
    return m.ActionState(action.action_id, action.status, action.kind, action.result or None)


def _position(vehicle: Vehicle, now_ms: int) -> m.VehiclePosition:
    x_mm, y_mm, theta_mrad, _, _ = vehicle.place(now_ms)
    memory = vehicle.memory
    return m.VehiclePosition(x_mm, y_mm, theta_mrad, memory.map_id, memory.localized)


def _loads(vehicle: Vehicle) -> tuple[m.Load, ...]:
    memory = vehicle.memory
    if not memory.load_id:
        return ()
    return (m.Load(memory.load_id, memory.load_type, None, memory.load_kg),)
