"""The tables of LIF 1.0.0, after the schema that its authors publish."""

from kouan.port.formats.shapes import Kind, Shape, Slot

TEXT = Slot(Kind.TEXT)
NAME = Slot(Kind.TEXT, required=True)
NUMBER = Slot(Kind.NUMBER)
THETA = Slot(Kind.NUMBER, least=-3.15, most=3.15)
"""From -pi to pi, however it was rounded."""
POSITIVE = Slot(Kind.NUMBER, least=0)
COORDINATE = Slot(Kind.NUMBER, required=True)
ROTATIONS = ("NONE", "CCW", "CW", "BOTH")

META = Shape(
    "metaInformation",
    {
        "projectIdentification": Slot(Kind.TEXT, required=True, default="plant"),
        "creator": Slot(Kind.TEXT, required=True, default="unknown"),
        "exportTimestamp": Slot(Kind.TEXT, required=True, default="1970-01-01T00:00:00.00Z"),
        "lifVersion": Slot(Kind.TEXT, required=True, default="1.0.0"),
    },
)
POSITION = Shape("nodePosition", {"x": COORDINATE, "y": COORDINATE})
PARAMETER = Shape("actionParameter", {"key": NAME, "value": NAME}, "key")
ACTION = Shape(
    "action",
    {
        "actionType": NAME,
        "actionDescription": TEXT,
        "requirementType": Slot(Kind.TEXT, choices=("REQUIRED", "CONDITIONAL", "OPTIONAL")),
        "blockingType": Slot(
            Kind.TEXT, required=True, default="HARD", choices=("NONE", "SOFT", "HARD")
        ),
        "actionParameters": Slot(PARAMETER, many=True),
    },
    "actionType",
)
NODE_KIND = Shape(
    "vehicleTypeNodeProperties",
    {"vehicleTypeId": NAME, "theta": THETA, "actions": Slot(ACTION, many=True)},
    "vehicleTypeId",
)
NODE = Shape(
    "node",
    {
        "nodeId": NAME,
        "nodeName": TEXT,
        "nodeDescription": TEXT,
        "mapId": TEXT,
        "nodePosition": Slot(POSITION, required=True),
        "vehicleTypeNodeProperties": Slot(NODE_KIND, required=True, many=True, default=[]),
    },
    "nodeId",
)
RESTRICTION = Shape(
    "loadRestriction",
    {
        "unloaded": Slot(Kind.TRUTH, required=True, default=True),
        "loaded": Slot(Kind.TRUTH, required=True, default=True),
        "loadSetNames": Slot(Kind.TEXT, many=True),
    },
)
CONTROL_POINT = Shape(
    "controlPoint", {"x": COORDINATE, "y": COORDINATE, "weight": Slot(Kind.NUMBER, least=1)}
)
TRAJECTORY = Shape(
    "trajectory",
    {
        "degree": Slot(Kind.WHOLE, least=1, most=20),
        "knotVector": Slot(Kind.NUMBER, required=True, many=True, least=0, most=1),
        "controlPoints": Slot(CONTROL_POINT, required=True, many=True),
    },
)
EDGE_KIND = Shape(
    "vehicleTypeEdgeProperties",
    {
        "vehicleTypeId": NAME,
        "vehicleOrientation": NUMBER,
        "orientationType": Slot(Kind.TEXT, choices=("GLOBAL", "TANGENTIAL")),
        "rotationAllowed": Slot(Kind.TRUTH, required=True, default=False),
        "rotationAtStartNodeAllowed": Slot(Kind.TEXT, choices=ROTATIONS),
        "rotationAtEndNodeAllowed": Slot(Kind.TEXT, choices=ROTATIONS),
        "maxSpeed": Slot(Kind.NUMBER, least=0, most=1_000, strict=True),
        "maxRotationSpeed": POSITIVE,
        "minHeight": NUMBER,
        "maxHeight": POSITIVE,
        "loadRestriction": Slot(RESTRICTION),
        "actions": Slot(ACTION, many=True),
        "trajectory": Slot(TRAJECTORY),
        "reentryAllowed": Slot(Kind.TRUTH),
    },
    "vehicleTypeId",
)
EDGE = Shape(
    "edge",
    {
        "edgeId": NAME,
        "edgeName": TEXT,
        "edgeDescription": TEXT,
        "startNodeId": NAME,
        "endNodeId": NAME,
        "vehicleTypeEdgeProperties": Slot(EDGE_KIND, required=True, many=True, default=[]),
    },
    "edgeId",
)
STATION_POSITION = Shape("stationPosition", {"x": COORDINATE, "y": COORDINATE, "theta": NUMBER})
STATION = Shape(
    "station",
    {
        "stationId": NAME,
        "interactionNodeIds": Slot(Kind.TEXT, required=True, many=True),
        "stationName": TEXT,
        "stationDescription": TEXT,
        "stationHeight": POSITIVE,
        "stationPosition": Slot(STATION_POSITION),
    },
    "stationId",
)
LAYOUT = Shape(
    "layout",
    {
        "layoutId": NAME,
        "layoutName": TEXT,
        "layoutVersion": Slot(Kind.TEXT, required=True, default="1"),
        "layoutLevelId": TEXT,
        "layoutDescription": TEXT,
        "nodes": Slot(NODE, required=True, many=True),
        "edges": Slot(EDGE, required=True, many=True, default=[]),
        "stations": Slot(STATION, required=True, many=True, default=[]),
    },
    "layoutId",
)
FILE = Shape(
    "",
    {
        "metaInformation": Slot(
            META,
            required=True,
            default={
                "projectIdentification": "plant",
                "creator": "unknown",
                "exportTimestamp": "1970-01-01T00:00:00.00Z",
                "lifVersion": "1.0.0",
            },
        ),
        "layouts": Slot(LAYOUT, required=True, many=True),
    },
)
