"""Reading a port file for a command: read, checked, and its fleets proven."""

from pathlib import Path

from kouan.cli.terminal import Mistake, say
from kouan.dispatch.proof import prove_fleet
from kouan.port.model import Port
from kouan.port.problems import Finding
from kouan.port.read import load_port


def load_checked(path: Path, settings: list[str] | None) -> tuple[Port, tuple[Finding, ...]]:
    """Read and check a port file; return the port with its warnings.

    Raises PortError for what is wrong in the file, Mistake when its fleets could block each other.
    """
    port, findings = load_port(path, settings or ())
    problems = prove_fleet(port)
    if problems:
        raise Mistake("\n".join(f"{path.name}: {problem}" for problem in problems))
    return port, findings


def load(path: Path, settings: list[str] | None, quiet: bool = False) -> Port:
    """Read and check a port file, and show its warnings unless told to be quiet."""
    port, findings = load_checked(path, settings)
    if not quiet:
        for finding in findings:
            say(str(finding))
    return port
