"""Small ports for tests of the dispatcher, declared in code: always open unless said otherwise."""

from dataclasses import replace
from typing import Any

from kouan.port.flow import check_flow
from kouan.port.model import Fleet, Port, Side, Sides
from kouan.port.places import Direction, Lane, Node, Place, PlaceKind, Roads
from kouan.port.procedures import Carrier, Check, CheckKind, Need, Procedure, Stage, Work
from kouan.port.service import Distribution
from tests.unit.traffic.maps import roads

SIDES = Sides(Side("CN", "Asia/Shanghai", "24h"), Side("MN", "Asia/Ulaanbaatar", "24h"))
MINUTE = 60_000
HOUR = 3_600_000
MINUTES = Distribution(fixed_ms=MINUTE)


def place(kind: str = "gate", **fields: Any) -> Place:
    """A place of a kind."""
    return Place(PlaceKind(kind), **fields)


def stage(name: str, at: str, *checks: str, **fields: Any) -> Stage:
    """A stage with plain checks; ``late`` names those whose result comes after the service."""
    late = fields.pop("late", ())
    made = tuple(
        Check(CheckKind(check), result_after=MINUTES if check in late else None) for check in checks
    )
    return Stage(name, at, checks=made, **fields)


def procedure(*stages: Stage, carrier: str = "truck", **fields: Any) -> Procedure:
    """A procedure for entry; without a release unless ``exit_needs_release`` is given."""
    fields = {"exit_needs_release": False, "direction": Direction.ENTRY, **fields}
    return Procedure(Carrier(carrier), stages=stages, **fields)


def port(
    places: dict[str, Place],
    procedures: dict[str, Procedure],
    roads: Roads | None = None,
    **fields: Any,
) -> Port:
    """A port of these places and procedures."""
    return Port(
        "Test", SIDES, places=places, procedures=procedures, roads=roads or Roads(), **fields
    )


def fleet(count: int = 1, **fields: Any) -> Fleet:
    """A fleet that walks "haul" from "park"."""
    given: dict[str, Any] = {
        "procedure": "haul",
        "parking": "park",
        "length_mm": 12_000,
        "payload_kg": 70_000,
        "speed_loaded_mm_s": 5_000,
        "speed_empty_mm_s": 5_000,
        "acceleration_mm_s2": 500,
        "braking_mm_s2": 500,
        "battery_wh": 100_000,
        "reserve_ppm": 200_000,
        "consumption_loaded_wh_km": 2_000,
        "consumption_empty_wh_km": 1_000,
        "charging_w": 100_000,
        **fields,
    }
    return Fleet(count=count, **given)


def truck_port() -> Port:
    """Trucks: gate with two lanes and a desk behind it, scale with little room, exit on release."""
    return port(
        {
            "gate": place(room=4, node="g"),
            "desk": place("desk", stations=2),
            "scale": place("scale", room=1, node="s"),
            "lab": place("laboratory"),
            "out": place(node="o"),
        },
        {
            "import": procedure(
                stage(
                    "gate_in",
                    "gate",
                    "plate",
                    "driver",
                    needs=(Need.MANIFEST,),
                    on={"unread": "by_hand", "review": "by_hand"},
                    next="weigh",
                    barrier=True,
                ),
                stage("by_hand", "desk", "documents", next="weigh"),
                stage(
                    "weigh", "scale", "mass", on={"review": "by_hand_2", "mismatch": "by_hand_2"}
                ),
                stage("by_hand_2", "desk", "documents", channels=("red",)),
                stage("sample", "lab", "sample", channels=("yellow", "red"), late=("sample",)),
                stage("leave", "out", "seal", until=(Need.RELEASE,), barrier=True),
                exit_needs_release=True,
            )
        },
        roads("g-s 500", "s-o 500"),
        lanes={
            "in_1": Lane("gate", Direction.ENTRY),
            "in_2": Lane("gate", Direction.ENTRY, classes=("coal",)),
        },
    )


def haul(**fields: Any) -> Procedure:
    """Load at the pit, cross at the line, unload into the shed, cross back."""
    return procedure(
        stage("load", "pit", work=Work.LOAD, **fields.pop("load", {})),
        stage(
            "cross",
            "line",
            "plate",
            "container",
            **{"until": (Need.RELEASE,), "barrier": True, **fields.pop("cross", {})},
        ),
        stage("unload", "shed", work=Work.UNLOAD, stack="shed"),
        stage("back", "line", direction=Direction.EXIT, barrier=True),
        carrier="agv",
        round_trip=True,
        exit_needs_release=True,
        **fields,
    )


def agv_port(count: int = 2, *lines: str, **fields: Any) -> Port:
    """AGVs carry from the pit over the line to the shed; a charger lies beside the parking."""
    given = lines or ("p-l 600 100", "l-s 600 100", "p-c 100")
    made = port(
        {
            "pit": place("yard", node="p", stations=2),
            "line": place(node="l"),
            "shed": place("shed", node="s", stations=1, slots=4),
            "park": place("parking", node="p", room=count),
            "charger": place("charger", node="c", stations=1),
        },
        {"haul": fields.pop("procedure", None) or haul()},
        roads(*given),
        lanes={"east": Lane("line", Direction.ENTRY), "west": Lane("line", Direction.EXIT)},
        fleets={"agv": fleet(count, charger="charger")},
    )
    return replace(made, **fields)


def ring_port(count: int) -> Port:
    """AGVs drive round a one-way ring of eight blocks, and pass their first stage twice."""
    nodes = "abcd"
    return port(
        {
            **{f"at_{node}": place(node=node) for node in nodes},
            "park": place("parking", node="p", room=count),
        },
        {
            "haul": procedure(
                *(stage(f"stop_{node}", f"at_{node}") for node in nodes),
                stage("again_a", "at_a"),
                stage("again_b", "at_b"),
                carrier="agv",
            )
        },
        roads(*(f"{a}-{b} 200 100 one_way" for a, b in zip(nodes, "bcda", strict=True)), "p-a 50"),
        fleets={"agv": fleet(count)},
    )


def rings(made: Port) -> list[str]:
    """What is told of places that can block each other."""
    return [each.expected for each in check_flow(made) if each.key.endswith(".room")]


def nodes_of(made: Port) -> dict[str, Node]:
    """The declared nodes of a port."""
    return made.roads.nodes
