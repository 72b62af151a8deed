"""The elements of openTCS plant models 6 and 7, after the XSDs that their authors publish.

An element is a table: its attributes are plain keys, its child elements keys that hold a list.
"""

from kouan.port.formats.shapes import Kind, Shape, Slot

NAME = Slot(Kind.TEXT, required=True)
WHOLE = Slot(Kind.WHOLE, required=True, default=0)
COORDINATE = Slot(Kind.WHOLE, required=True)
FLAG = Slot(Kind.TRUTH, required=True, default=False)
SIZE = Slot(Kind.WHOLE, required=True, default=1_000, least=1)
LABELS = {
    "positionX": Slot(Kind.WHOLE),
    "positionY": Slot(Kind.WHOLE),
    "labelOffsetX": WHOLE,
    "labelOffsetY": WHOLE,
}
"""The layouts of points and locations; their positions are of version 6 only."""
SYMBOL = Slot(
    Kind.TEXT,
    required=True,
    default="DEFAULT",
    choices=(
        "NONE",
        "DEFAULT",
        "LOAD_TRANSFER_GENERIC",
        "LOAD_TRANSFER_ALT_1",
        "LOAD_TRANSFER_ALT_2",
        "LOAD_TRANSFER_ALT_3",
        "LOAD_TRANSFER_ALT_4",
        "LOAD_TRANSFER_ALT_5",
        "WORKING_GENERIC",
        "WORKING_ALT_1",
        "WORKING_ALT_2",
        "RECHARGE_GENERIC",
        "RECHARGE_ALT_1",
        "RECHARGE_ALT_2",
    ),
)


def children(shape: Shape) -> Slot:
    """Any number of child elements."""
    return Slot(shape, many=True)


PROPERTY = Shape("property", {"name": NAME, "value": NAME}, "name")
NAMED = Shape("", {"name": NAME}, "name")
BOX = Shape(
    "boundingBox",
    {
        "length": SIZE,
        "width": SIZE,
        "height": SIZE,
        "referenceOffsetX": WHOLE,
        "referenceOffsetY": WHOLE,
    },
)
DEFAULT_BOX = {key: slot.default for key, slot in BOX.slots.items()}
VERTEX = Shape("vertex", {"x": COORDINATE, "y": COORDINATE})
ENVELOPE = Shape(
    "vehicleEnvelope", {"vertex": Slot(VERTEX, required=True, many=True), "key": NAME}, "key"
)
POINT = Shape(
    "point",
    {
        "maxVehicleBoundingBox": Slot(BOX, required=True, many=True, default=[DEFAULT_BOX]),
        "vehicleEnvelope": children(ENVELOPE),
        "outgoingPath": children(NAMED),
        "property": children(PROPERTY),
        "pointLayout": children(Shape("pointLayout", {**LABELS, "layerId": WHOLE})),
        "name": NAME,
        "positionX": COORDINATE,
        "positionY": COORDINATE,
        "positionZ": WHOLE,
        "vehicleOrientationAngle": Slot(Kind.NUMBER, least=-360, most=360),
        "type": Slot(
            Kind.TEXT,
            required=True,
            default="HALT_POSITION",
            choices=("HALT_POSITION", "PARK_POSITION"),
        ),
    },
    "name",
)
OPERATION = Shape(
    "peripheralOperation",
    {
        "name": NAME,
        "locationName": NAME,
        "executionTrigger": Slot(
            Kind.TEXT,
            required=True,
            default="AFTER_ALLOCATION",
            choices=("AFTER_ALLOCATION", "AFTER_MOVEMENT"),
        ),
        "completionRequired": FLAG,
    },
    "name",
)
PATH_LAYOUT = Shape(
    "pathLayout",
    {
        "controlPoint": children(Shape("controlPoint", VERTEX.slots)),
        "connectionType": Slot(
            Kind.TEXT,
            required=True,
            default="DIRECT",
            choices=("DIRECT", "ELBOW", "SLANTED", "POLYPATH", "BEZIER", "BEZIER_3"),
        ),
        "layerId": WHOLE,
    },
)
SPEED = Slot(Kind.WHOLE, required=True, least=0, most=1_000_000)
PATH = Shape(
    "path",
    {
        "peripheralOperation": children(OPERATION),
        "vehicleEnvelope": children(ENVELOPE),
        "property": children(PROPERTY),
        "pathLayout": children(PATH_LAYOUT),
        "name": NAME,
        "sourcePoint": NAME,
        "destinationPoint": NAME,
        "length": Slot(Kind.WHOLE, required=True, least=0, most=1_000_000_000),
        "maxVelocity": SPEED,
        "maxReverseVelocity": Slot(
            Kind.WHOLE, required=True, default=0, least=0, most=1_000_000, strict=True
        ),
        "locked": FLAG,
    },
    "name",
)


def energy(default: int) -> Slot:
    """A level in percent."""
    return Slot(Kind.WHOLE, required=True, default=default, least=0, most=100)


COLOUR = Slot(Kind.COLOUR, required=True, default="#FF0000")
VEHICLE = Shape(
    "vehicle",
    {
        "boundingBox": Slot(BOX, required=True, many=True, default=[DEFAULT_BOX]),
        "property": children(PROPERTY),
        "vehicleLayout": children(Shape("vehicleLayout", {"color": COLOUR})),
        "name": NAME,
        "energyLevelCritical": energy(30),
        "energyLevelGood": energy(90),
        "energyLevelFullyRecharged": energy(90),
        "energyLevelSufficientlyRecharged": energy(30),
        "maxVelocity": Slot(Kind.WHOLE, required=True, default=1_000, least=0, most=1_000_000),
        "maxReverseVelocity": Slot(Kind.WHOLE, required=True, default=0, least=0, most=1_000_000),
        "envelopeKey": Slot(Kind.TEXT),
    },
    "name",
)
LOCATION_TYPE = Shape(
    "locationType",
    {
        "allowedOperation": children(NAMED),
        "allowedPeripheralOperation": children(NAMED),
        "property": children(PROPERTY),
        "locationTypeLayout": children(
            Shape("locationTypeLayout", {"locationRepresentation": SYMBOL})
        ),
        "name": NAME,
    },
    "name",
)
LINK = Shape("link", {"allowedOperation": children(NAMED), "point": NAME}, "point")
LOCATION = Shape(
    "location",
    {
        "link": children(LINK),
        "property": children(PROPERTY),
        "locationLayout": children(
            Shape("locationLayout", {**LABELS, "locationRepresentation": SYMBOL, "layerId": WHOLE})
        ),
        "name": NAME,
        "positionX": WHOLE,
        "positionY": WHOLE,
        "positionZ": WHOLE,
        "type": NAME,
        "locked": FLAG,
    },
    "name",
)
BLOCK = Shape(
    "block",
    {
        "member": children(NAMED),
        "property": children(PROPERTY),
        "blockLayout": children(Shape("blockLayout", {"color": COLOUR})),
        "name": NAME,
        "type": Slot(
            Kind.TEXT,
            required=True,
            default="SINGLE_VEHICLE_ONLY",
            choices=("SINGLE_VEHICLE_ONLY", "SAME_DIRECTION_ONLY"),
        ),
    },
    "name",
)
LAYER = Shape(
    "layer",
    {
        "id": COORDINATE,
        "ordinal": WHOLE,
        "visible": Slot(Kind.TRUTH, required=True, default=True),
        "name": NAME,
        "groupId": WHOLE,
    },
    "name",
)
LAYER_GROUP = Shape("layerGroup", {"id": COORDINATE, "name": NAME, "visible": FLAG}, "name")
LAYERS = [{"id": 0, "ordinal": 0, "visible": True, "name": "Default layer", "groupId": 0}]
GROUPS = [{"id": 0, "name": "Default layer group", "visible": True}]
SCALE = Slot(Kind.NUMBER, required=True, default=50.0)
VISUAL_LAYOUT = Shape(
    "visualLayout",
    {
        "layer": Slot(LAYER, required=True, many=True, default=LAYERS),
        "layerGroup": Slot(LAYER_GROUP, required=True, many=True, default=GROUPS),
        "property": children(PROPERTY),
        "name": NAME,
        "scaleX": SCALE,
        "scaleY": SCALE,
    },
    "name",
)
MODEL = Shape(
    "",
    {
        "point": Slot(POINT, required=True, many=True),
        "path": children(PATH),
        "vehicle": children(VEHICLE),
        "locationType": children(LOCATION_TYPE),
        "location": children(LOCATION),
        "block": children(BLOCK),
        "visualLayout": children(VISUAL_LAYOUT),
        "property": children(PROPERTY),
        "version": Slot(Kind.TEXT, required=True, default="7.0.0"),
        "name": Slot(Kind.TEXT, required=True, default="plant"),
    },
)
