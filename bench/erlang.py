"""Erlang's C formula: how long one waits for one of several servers."""


def erlang_b(servers: int, offered: float) -> float:
    """Share of arrivals that find every server busy when nobody waits (stable recursion)."""
    blocked = 1.0
    for count in range(1, servers + 1):
        blocked = offered * blocked / (count + offered * blocked)
    return blocked


def erlang_c(servers: int, offered: float) -> float:
    """Share of arrivals that have to wait; ``offered`` (arrival rate x service time) < servers.

    Raises ValueError when the servers can't keep up.
    """
    if not 0 <= offered < servers:
        raise ValueError(f"offered load {offered}: expected from 0 to below {servers} servers")
    blocked = erlang_b(servers, offered)
    return blocked / (1 - offered / servers * (1 - blocked))


def mean_wait(servers: int, interval: float, service: float) -> float:
    """Mean time in the queue of an M/M/c, in the unit of mean interval and mean service time."""
    offered = service / interval
    return erlang_c(servers, offered) * service / (servers - offered)
