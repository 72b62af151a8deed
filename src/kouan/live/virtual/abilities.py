"""A virtual vehicle's factsheet: what it is, how fast, and which actions it knows."""

from kouan.live.vda5050 import factsheet as fs
from kouan.live.vda5050.messages import Header, Scope
from kouan.live.virtual.deeds import INSTANT
from kouan.live.virtual.spec import NODE_ACTIONS, VehicleSpec

WIDTH_MM, LENGTH_MM, HEIGHT_MM = 3_000, 12_000, 3_000


def abilities(spec: VehicleSpec, header: Header) -> fs.Factsheet:
    """The factsheet of a vehicle."""
    return fs.Factsheet(
        header,
        fs.TypeSpecification(
            "Kouan virtual vehicle",
            "DIFFERENTIAL" if spec.version.startswith("3.") else "DIFF",
            "CARRIER",
            spec.payload_kg,
            ("NATURAL",),
            ("VIRTUAL_LINE_GUIDED",),
        ),
        fs.PhysicalParameters(
            0,
            max(spec.speed_empty_mm_s, spec.speed_loaded_mm_s),
            spec.acceleration_mm_s2,
            spec.braking_mm_s2,
            HEIGHT_MM,
            WIDTH_MM,
            LENGTH_MM,
            HEIGHT_MM,
        ),
        fs.ProtocolLimits(fs.StringLimits(), fs.ArrayLimits(), fs.Timing(0, spec.state_every_ms)),
        fs.ProtocolFeatures((), _actions()),
        {},
        {},
    )


def _actions() -> tuple[fs.KnownAction, ...]:
    kinds = dict.fromkeys((*NODE_ACTIONS, *INSTANT, "cancelOrder"))
    return tuple(
        fs.KnownAction(
            kind,
            tuple(
                scope
                for scope, known in (
                    (Scope.NODE, kind in NODE_ACTIONS),
                    (Scope.EDGE, kind in NODE_ACTIONS and kind not in ("pick", "drop")),
                    (Scope.INSTANT, kind in INSTANT or kind == "cancelOrder"),
                )
                if known
            ),
            may_pause=False,
            may_cancel=False,
        )
        for kind in kinds
    )
