"""Reading a port file for a command: read, checked, and its roads compiled."""

from dataclasses import replace
from pathlib import Path

from kouan.cli.terminal import Mistake, say
from kouan.dispatch.advice import check_roads
from kouan.port.model import Port
from kouan.port.problems import Finding, Severity
from kouan.port.read import load_port


def load_checked(path: Path, settings: list[str] | None) -> tuple[Port, tuple[Finding, ...]]:
    """Read and check a port file; return the port with its warnings.

    Raises PortError for what is wrong in the file, Mistake for roads that can't be planned on.
    """
    port, findings = load_port(path, settings or ())
    roads = [replace(finding, file=path.name) for finding in check_roads(port)]
    errors = [str(finding) for finding in roads if finding.severity is Severity.ERROR]
    if errors:
        raise Mistake("\n".join(errors))
    return port, (*findings, *roads)


def load(path: Path, settings: list[str] | None, quiet: bool = False) -> Port:
    """Read and check a port file, and show its warnings unless told to be quiet."""
    port, findings = load_checked(path, settings)
    if not quiet:
        for finding in findings:
            say(str(finding))
    return port
