"""Small plants of both formats, written for these tests."""

import json
import tomllib
from typing import Any

from kouan.port.decode import decode_port
from kouan.port.formats import lif, opentcs, opentcs_writing
from kouan.port.formats.fromport import read_port_map
from kouan.port.formats.plantmap import Format, Notes, PlantMap
from kouan.port.formats.portfile import write_port
from kouan.port.model import Port

LAYOUT = '<pointLayout labelOffsetX="0" labelOffsetY="0" layerId="0"/>'
BOX = '<{0} length="1200" width="900" height="800" referenceOffsetX="0" referenceOffsetY="0"/>'


def point(name: str, x: int, y: int, kind: str = "HALT_POSITION", more: str = "") -> str:
    return (
        f'<point name="{name}" positionX="{x}" positionY="{y}" positionZ="0" type="{kind}"{more}>'
        f"{BOX.format('maxVehicleBoundingBox')}{LAYOUT}</point>"
    )


def path(start: str, end: str, length: Any = 5_000, speed: Any = 800, more: str = "") -> str:
    more = more or 'maxReverseVelocity="0" locked="false"'
    return (
        f'<path name="{start} to {end}" sourcePoint="{start}" destinationPoint="{end}" '
        f'length="{length}" maxVelocity="{speed}" {more}/>'
    )


def vehicle(name: str, length: int = 1_200) -> str:
    box = BOX.format("boundingBox").replace("1200", str(length))
    return (
        f'<vehicle name="{name}" energyLevelCritical="25" energyLevelGood="80" '
        'energyLevelFullyRecharged="90" energyLevelSufficientlyRecharged="40" '
        f'maxVelocity="900" maxReverseVelocity="0">{box}</vehicle>'
    )


KINDS = (
    '<locationType name="Transfer"><allowedOperation name="Load cargo"/>'
    '<allowedOperation name="Unload cargo"/></locationType>'
    '<locationType name="Charge"><allowedOperation name="CHARGE"/></locationType>'
)


def location(name: str, at: str, kind: str = "Transfer") -> str:
    return (
        f'<location name="{name}" positionX="0" positionY="0" positionZ="0" type="{kind}" '
        f'locked="false"><link point="{at}"/></location>'
    )


POINTS = point("A 1", 0, 0, "PARK_POSITION") + point("B", 5_000, 0) + point("C", 5_000, 5_000)
PATHS = path("A 1", "B") + path("B", "C", 6_500) + path("C", "A 1", 9_000)
PLACES = location("In", "B") + location("Out", "C") + location("Plug", "A 1", "Charge")
VEHICLES = vehicle("V1") + vehicle("V2") + vehicle("Long", 3_000)
ROUND = POINTS + PATHS + VEHICLES + KINDS + PLACES


def model(inner: str = ROUND, version: str = "7.0.0") -> bytes:
    return f'<?xml version="1.0"?><model version="{version}" name="Round">{inner}</model>'.encode()


def node(name: str, x: float, y: float, actions: tuple[str, ...] = ()) -> dict[str, Any]:
    kind: dict[str, Any] = {"vehicleTypeId": "tug", "theta": 1.5}
    if actions:
        kind["actions"] = [{"actionType": each, "blockingType": "HARD"} for each in actions]
    return {
        "nodeId": name,
        "mapId": "hall",
        "nodePosition": {"x": x, "y": y},
        "vehicleTypeNodeProperties": [kind],
    }


def edge(start: str, end: str, **more: Any) -> dict[str, Any]:
    kind = {"vehicleTypeId": "tug", "rotationAllowed": False, "maxSpeed": 1.25, **more}
    return {
        "edgeId": f"{start}-{end}",
        "startNodeId": start,
        "endNodeId": end,
        "vehicleTypeEdgeProperties": [kind],
    }


def layout(**more: Any) -> dict[str, Any]:
    return {
        "layoutId": "ground",
        "layoutVersion": "1",
        "nodes": [node("N1", 0, 0), node("N2", 3, 4, ("pick",)), node("N3", 9, 4, ("drop",))],
        "edges": [edge("N1", "N2"), edge("N2", "N3"), edge("N3", "N1")],
        "stations": [
            {"stationId": "S1", "interactionNodeIds": ["N2"], "stationHeight": 0.5},
            {"stationId": "S2", "interactionNodeIds": ["N3"]},
        ],
        **more,
    }


def lif_file(*layouts: dict[str, Any], **more: Any) -> bytes:
    meta = {
        "projectIdentification": "Hall",
        "creator": "Maker",
        "exportTimestamp": "2026-01-01T00:00:00.00Z",
        "lifVersion": "1.0.0",
    }
    whole = {"metaInformation": meta, "layouts": list(layouts) or [layout()], **more}
    return json.dumps(whole).encode()


def read(content: bytes, notes: Notes | None = None) -> PlantMap:
    notes = notes or Notes("plant")
    if content.startswith(b"<"):
        return opentcs.read(content, notes)
    return lif.read(content, notes)


def write(plant: PlantMap, form: Format, notes: Notes | None = None, version: str = "") -> bytes:
    notes = notes or Notes("plant")
    if form is Format.LIF:
        return lif.write(plant, notes)
    return opentcs_writing.write(plant, notes, version)


def to_port(plant: PlantMap, notes: Notes | None = None) -> tuple[Port, dict[str, Any]]:
    """The port of a plant and its table ``[plant]``, by the text of the port file."""
    tables = tomllib.loads(write_port(plant, "plant.xml", notes or Notes("plant")))
    decoded = decode_port(tables)
    assert not decoded.faults
    return decoded.port, tables["plant"]


def through_port(plant: PlantMap, notes: Notes | None = None) -> PlantMap:
    return read_port_map(*to_port(plant), notes or Notes("port"))
