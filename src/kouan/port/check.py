"""Checks of how the parts of a port fit together: what each names exists, serves and suffices."""

from collections.abc import Iterable, Mapping

from kouan.port.capacity import check_capacity, check_hours
from kouan.port.device_checks import check_devices
from kouan.port.figures import check_figures
from kouan.port.flow import check_flow
from kouan.port.model import Port
from kouan.port.problems import Finding, warning
from kouan.port.reach import check_reach
from kouan.port.references import check_references


def check_port(port: Port, opening: Mapping[str, int] | None = None) -> tuple[Finding, ...]:
    """Return every finding about a port that could be read.

    ``opening`` are the open minutes of an ordinary week by calendar key (``weekly_minutes`` of
    ``port/calendar``); without it hours and capacity are not judged. Names that lead nowhere are
    told first: while there are any, ways and capacity can't be judged either.
    """
    findings = [*check_references(port)]
    sound = not findings
    findings += check_figures(port)
    if sound:
        findings += check_flow(port)
        findings += check_reach(port)
        findings += check_devices(port)
    if sound and opening is not None:
        findings += check_hours(port, opening)
        findings += check_capacity(port, opening)
    return tuple(findings)


def missing_basis(figures: Iterable[str]) -> list[Finding]:
    """Warn of figures without a basis, once for each table."""
    tables: dict[str, list[str]] = {}
    for figure in figures:
        table, _, name = figure.rpartition(".")
        tables.setdefault(table, []).append(name)
    expected = 'a basis: "input: <id of a source>", "assumption: <why>" or "calibrated: <to what>"'
    return [
        warning(table, f"no basis for {', '.join(names)}", expected)
        for table, names in tables.items()
    ]
