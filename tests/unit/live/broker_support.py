"""Clients and waiting for tests that speak MQTT."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kouan.live.broker import BrokerAddress
from kouan.live.mqtt import LinkPlan, LinkThread, OnMessage, Outgoing

PATIENCE_S = 20.0


def wait_for(told: Callable[[], bool], what: str = "") -> None:
    """Wait until something holds; fail when it never does."""
    left_s = PATIENCE_S
    while not told():
        assert left_s > 0, what or "waited in vain"
        time.sleep(0.01)
        left_s -= 0.01


@contextmanager
def client(
    address: BrokerAddress,
    name: str,
    *topics: str,
    on_message: OnMessage | None = None,
    will: Outgoing | None = None,
    qos: int = 0,
    most_outgoing: int = 10_000,
    keep_alive_s: int = 20,
) -> Iterator[LinkThread]:
    """A connected client."""
    plan = LinkPlan(
        name,
        tuple((topic, qos) for topic in topics),
        on_message=on_message,
        will=None if will is None else lambda: will,
        most_outgoing=most_outgoing,
        keep_alive_s=keep_alive_s,
        first_pause_s=0.05,
        last_pause_s=0.2,
    )
    link = LinkThread(address, plan)
    link.start()
    try:
        assert link.wait_connected(PATIENCE_S)
        yield link
    finally:
        link.close()
