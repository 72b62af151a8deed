"""The fields of every message with their names in 2.1, in the order in which they are written."""

from enum import Enum
from typing import NamedTuple

from kouan.live.vda5050 import factsheet as fs
from kouan.live.vda5050 import messages as m
from kouan.live.vda5050.values import (
    Kind,
    angle,
    anything,
    choice,
    deviation,
    flag,
    mapping,
    name,
    scaled,
    text,
    timestamp,
    whole,
)


class Need(Enum):
    """What it means that a field is not there."""

    MUST = "an error"
    MAY = "not said: None"
    LIST = "an empty list"


class Field(NamedTuple):
    """One field: of the neutral class, on the wire, and what it holds.

    ``inner`` is the class of an object, or of the members of a list of at most ``most``; a list of
    plain values has a ``kind`` and ``most``.
    """

    member: str
    key: str
    kind: Kind | None = None
    need: Need = Need.MUST
    inner: type | None = None
    most: int = 0


MUST, MAY, LIST = Need.MUST, Need.MAY, Need.LIST
TEXT, WORD, FLAG, WHOLE = text(), text(empty=False), flag(), whole()
MILLI, LENGTH, ANGLE = scaled(1_000), scaled(1_000, 0), angle()
PERCENT = scaled(10_000, 0, 100)
SHARE = scaled(1_000_000, 0, 1)
KILOGRAM = scaled(1, 0)


def _objects(member: str, key: str, inner: type, most: int, need: Need = MUST) -> Field:
    return Field(member, key, None, need, inner, most)


def _object(member: str, key: str, inner: type, need: Need = MAY) -> Field:
    return Field(member, key, None, need, inner)


def _described(key: str) -> Field:
    return Field("description", key, TEXT, MAY)


POSITION = (
    Field("x_mm", "x", MILLI),
    Field("y_mm", "y", MILLI),
    Field("map_id", "mapId", TEXT),
)
REFERENCES = 100
ACTIONS = 200
MOST_NODES = 2_000

SHAPES: dict[type, tuple[Field, ...]] = {
    m.Header: (
        Field("header_id", "headerId", WHOLE),
        Field("at_ms", "timestamp", timestamp()),
        Field("manufacturer", "manufacturer", name()),
        Field("serial", "serialNumber", name()),
    ),
    m.ActionParameter: (Field("key", "key", WORD), Field("value", "value", anything())),
    m.Action: (
        Field("action_type", "actionType", WORD),
        Field("action_id", "actionId", WORD),
        Field("blocking", "blockingType", choice(m.Blocking)),
        _objects("parameters", "actionParameters", m.ActionParameter, 100, LIST),
        _described("actionDescription"),
        Field("retriable", "retriable", FLAG, MAY),
    ),
    m.NodePosition: (
        *POSITION,
        Field("theta_mrad", "theta", ANGLE, MAY),
        Field("deviation_mm", "allowedDeviationXY", deviation(), MAY),
        Field("deviation_mrad", "allowedDeviationTheta", ANGLE, MAY),
    ),
    m.OrderNode: (
        Field("node_id", "nodeId", WORD),
        Field("sequence_id", "sequenceId", WHOLE),
        Field("released", "released", FLAG),
        _object("position", "nodePosition", m.NodePosition),
        _objects("actions", "actions", m.Action, ACTIONS),
        _described("nodeDescription"),
    ),
    m.Corridor: (
        Field("left_mm", "leftWidth", LENGTH),
        Field("right_mm", "rightWidth", LENGTH),
        Field("reference", "corridorRefPoint", choice(m.CorridorPoint), MAY),
    ),
    m.OrderEdge: (
        Field("edge_id", "edgeId", WORD),
        Field("sequence_id", "sequenceId", WHOLE),
        Field("released", "released", FLAG),
        Field("start", "startNodeId", WORD),
        Field("end", "endNodeId", WORD),
        Field("speed_mm_s", "maxSpeed", LENGTH, MAY),
        Field("length_mm", "length", LENGTH, MAY),
        _objects("actions", "actions", m.Action, ACTIONS),
        _object("corridor", "corridor", m.Corridor),
        _described("edgeDescription"),
    ),
    m.Order: (
        Field("order_id", "orderId", WORD),
        Field("update_id", "orderUpdateId", WHOLE),
        _objects("nodes", "nodes", m.OrderNode, MOST_NODES),
        _objects("edges", "edges", m.OrderEdge, MOST_NODES),
    ),
    m.NodeState: (
        Field("node_id", "nodeId", WORD),
        Field("sequence_id", "sequenceId", WHOLE),
        Field("released", "released", FLAG),
        _object("position", "nodePosition", m.NodePosition),
    ),
    m.EdgeState: (
        Field("edge_id", "edgeId", WORD),
        Field("sequence_id", "sequenceId", WHOLE),
        Field("released", "released", FLAG),
    ),
    m.ActionState: (
        Field("action_id", "actionId", WORD),
        Field("status", "actionStatus", choice(m.Status)),
        Field("action_type", "actionType", TEXT, MAY),
        Field("result", "resultDescription", TEXT, MAY),
    ),
    m.VehiclePosition: (
        Field("x_mm", "x", MILLI),
        Field("y_mm", "y", MILLI),
        Field("theta_mrad", "theta", ANGLE),
        Field("map_id", "mapId", TEXT),
        Field("localized", "positionInitialized", FLAG),
        Field("score_ppm", "localizationScore", SHARE, MAY),
        Field("deviation_mm", "deviationRange", LENGTH, MAY),
    ),
    m.Velocity: (
        Field("x_mm_s", "vx", MILLI, MAY),
        Field("y_mm_s", "vy", MILLI, MAY),
        Field("turn_mrad_s", "omega", MILLI, MAY),
    ),
    m.Load: (
        Field("load_id", "loadId", TEXT, MAY),
        Field("load_type", "loadType", TEXT, MAY),
        Field("position", "loadPosition", TEXT, MAY),
        Field("mass_kg", "weight", KILOGRAM, MAY),
    ),
    m.Battery: (
        Field("charge_ppm", "batteryCharge", PERCENT),
        Field("charging", "charging", FLAG),
        Field("voltage_mv", "batteryVoltage", MILLI, MAY),
        Field("health_ppm", "batteryHealth", PERCENT, MAY),
        Field("reach_mm", "reach", LENGTH, MAY),
    ),
    m.Reference: (Field("key", "referenceKey", TEXT), Field("value", "referenceValue", TEXT)),
    m.VehicleError: (
        Field("error_type", "errorType", TEXT),
        Field("level", "errorLevel", choice(m.Level)),
        _objects("references", "errorReferences", m.Reference, REFERENCES, LIST),
        _described("errorDescription"),
        Field("hint", "errorHint", TEXT, MAY),
    ),
    m.Information: (
        Field("info_type", "infoType", TEXT),
        Field("level", "infoLevel", choice(m.InfoLevel)),
        _objects("references", "infoReferences", m.Reference, REFERENCES, LIST),
        _described("infoDescription"),
    ),
    m.Safety: (
        Field("emergency_stop", "eStop", choice(m.EmergencyStop)),
        Field("field_violation", "fieldViolation", FLAG),
    ),
    m.State: (
        Field("order_id", "orderId", TEXT),
        Field("update_id", "orderUpdateId", WHOLE),
        Field("last_node_id", "lastNodeId", TEXT),
        Field("last_sequence_id", "lastNodeSequenceId", WHOLE),
        _objects("node_states", "nodeStates", m.NodeState, MOST_NODES),
        _objects("edge_states", "edgeStates", m.EdgeState, MOST_NODES),
        _object("position", "agvPosition", m.VehiclePosition),
        _object("velocity", "velocity", m.Velocity),
        _objects("loads", "loads", m.Load, 200, MAY),
        Field("driving", "driving", FLAG),
        Field("paused", "paused", FLAG, MAY),
        Field("new_base_request", "newBaseRequest", FLAG, MAY),
        Field("distance_mm", "distanceSinceLastNode", MILLI, MAY),
        _objects("action_states", "actionStates", m.ActionState, 2_000),
        _objects("instant_action_states", "instantActionStates", m.ActionState, 2_000),
        _object("battery", "batteryState", m.Battery, MUST),
        Field("mode", "operatingMode", choice(m.Mode)),
        _objects("errors", "errors", m.VehicleError, 500),
        _objects("information", "information", m.Information, 500, LIST),
        _object("safety", "safetyState", m.Safety, MUST),
    ),
    m.Connection: (Field("link", "connectionState", choice(m.Link)),),
    m.InstantActions: (_objects("actions", "actions", m.Action, ACTIONS),),
    m.Visualization: (
        _object("position", "agvPosition", m.VehiclePosition),
        _object("velocity", "velocity", m.Velocity),
        Field("state_header_id", "referenceStateHeaderId", WHOLE, MAY),
    ),
    fs.TypeSpecification: (
        Field("series", "seriesName", TEXT),
        Field("kinematics", "agvKinematic", TEXT),
        Field("vehicle_class", "agvClass", TEXT),
        Field("load_kg", "maxLoadMass", KILOGRAM),
        Field("localization", "localizationTypes", TEXT, MUST, None, 50),
        Field("navigation", "navigationTypes", TEXT, MUST, None, 50),
        _described("seriesDescription"),
    ),
    fs.PhysicalParameters: (
        Field("speed_least_mm_s", "speedMin", MILLI),
        Field("speed_most_mm_s", "speedMax", MILLI),
        Field("acceleration_mm_s2", "accelerationMax", MILLI),
        Field("braking_mm_s2", "decelerationMax", MILLI),
        Field("height_most_mm", "heightMax", MILLI),
        Field("width_mm", "width", MILLI),
        Field("length_mm", "length", MILLI),
        Field("height_least_mm", "heightMin", MILLI, MAY),
    ),
    fs.StringLimits: (
        Field("message_bytes", "msgLen", WHOLE, MAY),
        Field("id_length", "idLen", WHOLE, MAY),
        Field("id_digits_only", "idNumericalOnly", FLAG, MAY),
    ),
    fs.ArrayLimits: (
        Field("order_nodes", "order.nodes", WHOLE, MAY),
        Field("order_edges", "order.edges", WHOLE, MAY),
        Field("node_actions", "node.actions", WHOLE, MAY),
        Field("edge_actions", "edge.actions", WHOLE, MAY),
        Field("action_parameters", "actions.actionsParameters", WHOLE, MAY),
        Field("instant_actions", "instantActions", WHOLE, MAY),
    ),
    fs.Timing: (
        Field("order_every_ms", "minOrderInterval", LENGTH),
        Field("state_every_ms", "minStateInterval", LENGTH),
        Field("state_default_ms", "defaultStateInterval", LENGTH, MAY),
        Field("visualization_every_ms", "visualizationInterval", LENGTH, MAY),
    ),
    fs.ProtocolLimits: (
        _object("strings", "maxStringLens", fs.StringLimits, MUST),
        _object("arrays", "maxArrayLens", fs.ArrayLimits, MUST),
        _object("timing", "timing", fs.Timing, MUST),
    ),
    fs.OptionalParameter: (
        Field("parameter", "parameter", TEXT),
        Field("support", "support", choice(m.Support)),
        _described("description"),
    ),
    fs.KnownAction: (
        Field("action_type", "actionType", TEXT),
        Field("scopes", "actionScopes", choice(m.Scope), MUST, None, 8),
        _described("actionDescription"),
        Field("may_pause", "pauseAllowed", FLAG, MAY),
        Field("may_cancel", "cancelAllowed", FLAG, MAY),
    ),
    fs.ProtocolFeatures: (
        _objects("optional_parameters", "optionalParameters", fs.OptionalParameter, 500),
        _objects("actions", "agvActions", fs.KnownAction, 500),
    ),
    fs.Factsheet: (
        _object("type_specification", "typeSpecification", fs.TypeSpecification),
        _object("physical", "physicalParameters", fs.PhysicalParameters),
        _object("limits", "protocolLimits", fs.ProtocolLimits),
        _object("features", "protocolFeatures", fs.ProtocolFeatures),
        Field("geometry", "agvGeometry", mapping(), MAY),
        Field("loads", "loadSpecification", mapping(), MAY),
    ),
}
