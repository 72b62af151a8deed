"""Checks of how the parts of a port fit together: what each names exists, serves and suffices."""

from collections.abc import Iterable, Mapping

from kouan.port.model import Port
from kouan.port.problems import Finding, warning


def check_port(port: Port, opening: Mapping[str, int] | None = None) -> tuple[Finding, ...]:
    """Return every finding."""
    return ()


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
