"""A virtual vehicle's own reading and writing of VDA 5050: from JSON to its memory and back.

It is the other end of the wire, so it shares nothing with the master's codec: a mistake in one of
them shows as a message that the other does not understand.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from kouan.live.errors import LiveError
from kouan.live.virtual import deeds
from kouan.live.virtual.faults import FAULTS
from kouan.live.virtual.memory import (
    ActionRecord,
    EdgeAhead,
    ErrorNote,
    NodeAhead,
    OrderReceived,
)
from kouan.live.virtual.reading import (
    Json,
    Unreadable,
    check_order,
    read_action,
    read_document,
    read_references,
    text,
    truth,
    whole,
    why_not,
)
from kouan.live.virtual.spec import VehicleSpec
from kouan.live.virtual.vehicle import Vehicle


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one version of the standard spells what differs."""

    topic: str
    """Major version in the topic, and the interface's usual name before it."""
    interface: str
    max_speed: str = "maxSpeed"
    position: str = "agvPosition"
    localized: str = "positionInitialized"
    power: str = "batteryState"
    charge: str = "batteryCharge"
    emergency: str = "eStop"
    result: str = "resultDescription"
    broken: str = "CONNECTIONBROKEN"
    instant_states: bool = False
    """Whether instant actions have a list of their own in the state."""
    errors_upper: bool = False
    """Whether kinds of error are written in capitals."""
    fatal: str = "FATAL"


SECOND = Dialect("v2", "uagv")
THIRD = Dialect(
    "v3",
    "vda5050",
    max_speed="maximumSpeed",
    position="mobileRobotPosition",
    localized="localized",
    power="powerSupply",
    charge="stateOfCharge",
    emergency="activeEmergencyStop",
    result="actionResult",
    broken="CONNECTION_BROKEN",
    instant_states=True,
    errors_upper=True,
)
DIALECTS = {"2.0.0": SECOND, "2.1.0": SECOND, "3.0.0": THIRD}


class Words:
    """Reads and writes one vehicle's messages; counts ``headerId`` for each topic."""

    def __init__(self, spec: VehicleSpec, interface: str = "") -> None:
        """Raises LiveError for a version that is not spoken."""
        if spec.version not in DIALECTS:
            raise LiveError(
                f"virtual vehicle {spec.serial}: version {spec.version}: "
                f"expected one of {', '.join(DIALECTS)}"
            )
        self.spec = spec
        self.dialect = DIALECTS[spec.version]
        name = interface or self.dialect.interface
        self._base = f"{name}/{self.dialect.topic}/{spec.manufacturer}/{spec.serial}"
        self._headers: dict[str, int] = {}
        self._state_header = 0

    def topic(self, name: str) -> str:
        """The full topic of a message."""
        return f"{self._base}/{name}"

    @property
    def subscriptions(self) -> tuple[str, ...]:
        """What the vehicle listens to."""
        return self.topic("order"), self.topic("instantActions")

    def restart(self) -> None:
        """Count from 0 again, as a vehicle does after a reboot."""
        self._headers.clear()

    # --- reading -------------------------------------------------------------------------------

    def read_order(self, payload: bytes) -> tuple[OrderReceived, str]:
        """An order, and the digest of what it says; raises Unreadable."""
        document = read_document(payload, "order")
        references = read_references(document)
        try:
            nodes = [self._node(one) for one in document["nodes"]]
            edges = [self._edge(one) for one in document["edges"]]
            order = OrderReceived(
                text(document["orderId"]), whole(document["orderUpdateId"]), nodes, edges
            )
        except (KeyError, TypeError, ValueError) as error:
            raise Unreadable(f"order: {why_not(error)}", *references) from error
        if why := check_order(order):
            raise Unreadable(f"order: {why}", *references)
        content = {key: document[key] for key in ("nodes", "edges", "orderId", "orderUpdateId")}
        return order, sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def _node(self, found: Json) -> NodeAhead:
        node = NodeAhead(
            text(found["nodeId"]),
            whole(found["sequenceId"]),
            truth(found["released"]),
            actions=[read_action(one) for one in found["actions"]],
        )
        place = found.get("nodePosition")
        if place is not None:
            node.x_mm, node.y_mm = round(place["x"] * 1e3), round(place["y"] * 1e3)
            node.map_id = text(place["mapId"])
            theta = place.get("theta")
            node.theta = None if theta is None else float(theta)
        return node

    def _edge(self, found: Json) -> EdgeAhead:
        length, limit = found.get("length"), found.get(self.dialect.max_speed)
        return EdgeAhead(
            text(found["edgeId"]),
            whole(found["sequenceId"]),
            truth(found["released"]),
            text(found["startNodeId"]),
            text(found["endNodeId"]),
            0 if length is None else max(1, round(length * 1e3)),
            0 if limit is None else max(1, round(limit * 1e3)),
            [read_action(one) for one in found["actions"]],
        )

    def read_instant(self, payload: bytes) -> list[ActionRecord]:
        """Instant actions; raises Unreadable. The key of version 1.1 is taken as well."""
        document = read_document(payload, "instantActions")
        try:
            found = document["actions"] if "actions" in document else document["instantActions"]
            return [read_action(one, instant=True) for one in found]
        except (KeyError, TypeError, ValueError) as error:
            raise Unreadable(
                f"instantActions: {why_not(error)}", ("topic", "instantActions")
            ) from error

    # --- writing -------------------------------------------------------------------------------

    def connection(self, how: str) -> bytes:
        """``how`` is online, offline or broken."""
        told = self.dialect.broken if how == "broken" else how.upper()
        return self._message("connection", connectionState=told)

    def state(self, vehicle: Vehicle, now_ms: int) -> bytes:
        """How the vehicle is."""
        memory, dialect = vehicle.memory, self.dialect
        _, _, _, driven_mm, speed = vehicle.place(now_ms)
        actions = [self._action_state(one) for one in memory.actions.values()]
        instant = [one.instant for one in memory.actions.values()]
        own = [one for one, is_instant in zip(actions, instant, strict=True) if not is_instant]
        theirs = [one for one, is_instant in zip(actions, instant, strict=True) if is_instant]
        more = {"instantActionStates": theirs} if dialect.instant_states else {}
        return self._message(
            "state",
            orderId=memory.order_id,
            orderUpdateId=memory.update_id,
            lastNodeId=memory.last_node,
            lastNodeSequenceId=memory.last_sequence,
            driving=memory.drive.moving,
            paused=memory.paused,
            newBaseRequest=vehicle.wants_base,
            distanceSinceLastNode=driven_mm / 1e3,
            operatingMode="MANUAL" if memory.fault == "manual" else "AUTOMATIC",
            nodeStates=[_node_state(one) for one in memory.nodes],
            edgeStates=[
                {"edgeId": one.name, "sequenceId": one.sequence, "released": one.released}
                for one in memory.edges
            ],
            velocity=_velocity(speed),
            loads=_loads(vehicle),
            actionStates=own if dialect.instant_states else own + theirs,
            errors=self._errors(vehicle),
            information=[],
            safetyState={
                dialect.emergency: "MANUAL" if memory.fault == "emergency" else "NONE",
                "fieldViolation": False,
            },
            **{
                dialect.position: self._position(vehicle, now_ms),
                dialect.power: self._power(vehicle, now_ms),
            },
            **more,
        )

    def visualization(self, vehicle: Vehicle, now_ms: int) -> bytes:
        """Where the vehicle is, between two states."""
        speed = vehicle.place(now_ms)[4]
        more = {}
        if self.dialect is THIRD:
            more["referenceStateHeaderId"] = max(0, self._headers.get("state", 1) - 1)
        return self._message(
            "visualization",
            velocity=_velocity(speed),
            **{self.dialect.position: self._position(vehicle, now_ms)},
            **more,
        )

    def _position(self, vehicle: Vehicle, now_ms: int) -> Json:
        x_mm, y_mm, theta, _, _ = vehicle.place(now_ms)
        return {
            "x": x_mm / 1e3,
            "y": y_mm / 1e3,
            "theta": theta,
            "mapId": vehicle.memory.map_id,
            self.dialect.localized: vehicle.memory.localized,
        }

    def _power(self, vehicle: Vehicle, now_ms: int) -> Json:
        held_mwh = deeds.charge_mwh(self.spec, vehicle.memory, now_ms)
        return {
            self.dialect.charge: round(100 * held_mwh / 1e3 / self.spec.battery_wh, 3),
            "charging": vehicle.memory.charging_since_ms >= 0,
        }

    def _action_state(self, action: ActionRecord) -> Json:
        told = {
            "actionId": action.action_id,
            "actionType": action.kind,
            "actionStatus": str(action.status),
        }
        if action.result:
            told[self.dialect.result] = action.result
        return told

    def _errors(self, vehicle: Vehicle) -> list[Json]:
        memory = vehicle.memory
        notes = list(memory.errors)
        fault = FAULTS.get(memory.fault)
        if fault is not None and fault.error:
            notes.append(ErrorNote(fault.error, True, fault.text))
        return [
            {
                "errorType": self._error_type(one.kind),
                "errorLevel": self.dialect.fatal if one.fatal else "WARNING",
                "errorDescription": one.description,
                "errorReferences": [
                    {"referenceKey": key, "referenceValue": value} for key, value in one.references
                ],
            }
            for one in notes
        ]

    def _error_type(self, kind: str) -> str:
        if not self.dialect.errors_upper:
            return kind
        return "".join(f"_{sign}" if sign.isupper() else sign.upper() for sign in kind)

    def factsheet(self) -> bytes:
        """What the vehicle is and can do."""
        return self._message(
            "factsheet",
        )

    def _message(self, topic: str, **fields: object) -> bytes:
        number = self._headers.get(topic, 0)
        self._headers[topic] = number + 1
        head = {
            "headerId": number,
            "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds")[:-6] + "Z",
            "version": self.spec.version,
            "manufacturer": self.spec.manufacturer,
            "serialNumber": self.spec.serial,
        }
        return json.dumps(head | fields, ensure_ascii=False).encode()


def _node_state(node: NodeAhead) -> Json:
    state: Json = {"nodeId": node.name, "sequenceId": node.sequence, "released": node.released}
    if node.map_id:
        state["nodePosition"] = {
            "x": node.x_mm / 1e3,
            "y": node.y_mm / 1e3,
            "theta": node.theta or 0.0,
            "mapId": node.map_id,
        }
    return state


def _velocity(speed_mm_s: int) -> Json:
    """In the vehicle's own coordinates: straight ahead."""
    return {"vx": speed_mm_s / 1e3, "vy": 0.0, "omega": 0.0}


def _loads(vehicle: Vehicle) -> list[Json]:
    memory = vehicle.memory
    if not memory.load_id:
        return []
    return [
        {"loadId": memory.load_id, "loadType": memory.load_type, "weight": float(memory.load_kg)}
    ]
