"""What a driver is told: how it stands, place in line, slot, what is missing."""

from kouan.dispatch import commands as c
from kouan.dispatch import events as e
from kouan.live.queue.tickets import MOST_KNOWN, Tickets
from kouan.live.queue.view import Queued, QueuePicture, Standing
from tests.unit.dispatch.play import START
from tests.unit.dispatch.ports import HOUR, MINUTE
from tests.unit.live.queue.queue_port import busy_play, queue_port


def test_everybody_is_told_how_it_stands() -> None:
    queue = QueuePicture(queue_port()).take(busy_play().state)
    assert {name: one.standing for name, one in queue.items()} == {
        "called": Standing.CALLED,
        "waiting": Standing.WAITING,
        "lacking": Standing.WAITING,
        "outside": Standing.OUTSIDE,
        "booked": Standing.BOOKED,
        "announced": Standing.ANNOUNCED,
    }
    called, waiting, outside = queue["called"], queue["waiting"], queue["outside"]
    assert (called.place, called.by_ms) == ("gate", START + 10 * MINUTE)
    assert (waiting.place, waiting.position, outside.position) == ("area", 1, 1)
    assert queue["lacking"].missing == ("manifest",)
    assert queue["announced"].missing == ("manifest",)
    assert waiting.missing == called.missing == ()
    booked = queue["booked"]
    assert (booked.slot_from_ms, booked.slot_to_ms) == (START + 2 * HOUR, START + 3 * HOUR)
    assert waiting.plate_end == "ing"


def test_a_visit_is_followed_to_its_end() -> None:
    picture, play = QueuePicture(queue_port()), busy_play()
    play.answer(play.asked(c.SendTo, visit="called")[0])
    one = picture.take(play.state)["called"]
    assert (one.standing, one.place, one.station) == (Standing.AT_GATE, "gate", "1")
    play.serve("called")
    assert picture.take(play.state)["called"].standing is Standing.INSIDE
    play.answer(play.asked(c.SendTo, visit="called")[0])
    play.serve("called")
    assert picture.take(play.state)["called"].standing is Standing.DONE


def test_one_that_was_called_often_enough_was_turned_back() -> None:
    picture, play = QueuePicture(queue_port()), busy_play()
    for _ in range(40):
        play.wait(11 * MINUTE)
    one = picture.take(play.state)["called"]
    assert one.standing is Standing.TURNED_BACK


# --- tokens -------------------------------------------------------------------------------------


def test_a_token_follows_from_name_and_key_alone() -> None:
    tickets = Tickets(b"k" * 32)
    assert tickets.token("a") == Tickets(b"k" * 32).token("a")
    assert tickets.token("a") != tickets.token("b")
    assert tickets.token("a") != Tickets(b"l" * 32).token("a")
    assert len(tickets.token("a")) == 24


def test_a_token_is_known_once_its_visit_was_seen_and_after_its_end() -> None:
    tickets, picture, play = Tickets(b"k" * 32), QueuePicture(queue_port()), busy_play()
    token = tickets.token("called")
    assert tickets.visit_of(token) is None
    tickets.show(picture.take(play.state))
    assert tickets.visit_of(token) == "called"
    assert tickets.visit_of(token[:-1] + "A") is None
    play.run()
    tickets.show(picture.take(play.state))
    found = tickets.find("called")
    assert found is not None
    assert (found.standing, found.position) == (Standing.DONE, 0)


def test_a_booked_visit_that_lapsed_was_not_let_through() -> None:
    tickets, picture, play = Tickets(b"k" * 32), QueuePicture(queue_port()), busy_play()
    tickets.show(picture.take(play.state))
    play.tell(e.VisitLapsed, "booked")
    tickets.show(picture.take(play.state))
    found = tickets.find("booked")
    assert found is not None
    assert found.standing is Standing.TURNED_BACK


def test_the_oldest_tokens_are_forgotten_beyond_a_bound() -> None:
    tickets = Tickets(b"k" * 32)

    def one(name: str) -> Queued:
        return Queued(name, Standing.WAITING, "c", "area", "", 1, 0, 0, 0, (), "", "p")

    tickets.show({"old": one("old")})
    tickets.show({str(number): one(str(number)) for number in range(MOST_KNOWN)})
    assert tickets.visit_of(tickets.token("old")) is None
    assert tickets.find("old") is None
    assert tickets.visit_of(tickets.token("7")) == "7"
