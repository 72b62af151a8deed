"""Whether vehicles can always go from any stop to any other, whoever stands in the rest."""

from kouan.traffic.network import Network, NetworkError


def check_wellformed(network: Network, vehicles: int) -> None:
    """Raise NetworkError, naming the bays, unless the map is well-formed for so many vehicles.

    Every pair of stops must be joined by a way through no third stop, and there must be at least
    one stop more than vehicles. On such a map a plan can always be found once others have arrived.
    """
    wrong: list[str] = []
    if len(network.stops) < vehicles + 1:
        wrong.append(
            f"{len(network.stops)} stops for {vehicles} vehicles; expected at least {vehicles + 1}"
        )
    for stop, node in network.stops.items():
        reached = _reached(network, node)
        missed = [other for other, at in network.stops.items() if not reached[at]]
        if missed:
            wrong.append(f"bay {stop}: no way past other bays to {', '.join(missed[:5])}")
    if wrong:
        raise NetworkError("; ".join(wrong[:10]))


def _reached(network: Network, origin: int) -> list[bool]:
    """By node, whether a way leads there from ``origin`` through no stop."""
    reached = [False] * len(network.names)
    reached[origin] = True
    open_nodes = [origin]
    while open_nodes:
        node = open_nodes.pop()
        if network.is_stop[node] and node != origin:
            continue
        for arc in network.following[node]:
            end = network.ends[arc]
            if not reached[end]:
                reached[end] = True
                open_nodes.append(end)
    return reached
