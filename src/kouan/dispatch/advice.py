"""What a port's roads say to its author once they are compiled for planning."""

from collections.abc import Iterator

from kouan.dispatch.plan import Plan
from kouan.port.model import Port
from kouan.port.problems import Finding, Severity, warning
from kouan.traffic.network import NetworkError

MOST_TOLD = 5
"""Pairs of roads that are told one by one."""
APART = "nodes farther apart, unless one vehicle at a time is meant"


def check_roads(port: Port) -> Iterator[Finding]:
    """Find roads that can't be planned on, and such as vehicles can't use side by side."""
    if not port.fleets:
        return
    try:
        network = Plan(port).network
    except NetworkError as problem:
        text, _, expected = str(problem).partition(": expected ")
        yield Finding(Severity.ERROR, "roads", text, expected or "what ways can be planned for")
        return
    pairs = [pair for pair in dict.fromkeys(network.near) if pair[0] != pair[1]]
    for one, other in pairs[:MOST_TOLD]:
        text = f"{one} and {other} cross or come too near one another for two vehicles"
        yield warning("roads", text, APART)
    if pairs[MOST_TOLD:]:
        yield warning("roads", f"{len(pairs) - MOST_TOLD} more pairs are as near", APART)
