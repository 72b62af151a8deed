"""A small port with a waiting area, and its queue with somebody at every step."""

from kouan.dispatch import events as e
from kouan.port.model import Booking, Port
from kouan.port.procedures import Need, Work
from tests.unit.dispatch.play import Play
from tests.unit.dispatch.ports import HOUR, MINUTE, place, port, procedure, stage
from tests.unit.traffic.maps import roads


def queue_port() -> Port:
    """A waiting area for two before a gate of one lane."""
    return port(
        {
            "area": place("waiting_area", node="w", stations=2, room=0, name_zh="待检区"),
            "gate": place(room=0, node="g"),
            "out": place(node="o", stations=9),
        },
        {
            "p": procedure(
                stage("wait", "area", work=Work.WAIT, until=(Need.MANIFEST,)),
                stage("pass", "gate"),
                stage("leave", "out"),
            )
        },
        roads("w-g 500", "g-o 500"),
        booking=Booking(come_within_ms=10 * MINUTE),
    )


def busy_play() -> Play:
    """One called, one waiting for its turn, one for its manifest, one outside, one booked."""
    play = Play(queue_port())
    play.come("called")
    play.come("waiting")
    play.announce("lacking")
    play.arrive("lacking")
    play.come("outside")
    play.announce("booked")
    play.tell(e.BookingRequested, "booked", play.now_ms + 2 * HOUR)
    play.announce("announced")
    return play
