"""Reading in processes: bounded, and no picture is lost when a worker dies or hangs."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future

import pytest

from kouan.gate.errors import GateError, ImageError, PoolClosed, QueueFull, ReadingFailed
from kouan.gate.pool import Outcome, Pool, ReadBytes
from kouan.gate.words import Kind, Reading

LONG_S = 30.0


def obeying() -> ReadBytes:
    """A worker that does what its picture's bytes say."""

    def read(content: bytes, kinds: tuple[Kind, ...], name: str) -> list[Reading]:
        word = content.decode()
        if word == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if word == "hang":
            time.sleep(LONG_S)
        if word == "wait":
            time.sleep(0.3)
        if word == "bad":
            raise ImageError(f"{name}: no picture")
        if word == "fault":
            raise ValueError("of the reader")
        text = "" if word == "unread" else word
        return [Reading(kind, text) for kind in kinds]

    return read


def failing() -> ReadBytes:
    """A worker that can't begin."""
    raise GateError("no engine here")


@pytest.fixture
def pool() -> Iterator[Pool]:
    with Pool(workers=1, most_waiting=3, time_out_s=1.0, prepare=obeying) as made:
        yield made


def test_pictures_are_read_and_counted(pool: Pool) -> None:
    first = pool.submit(b"A1", [Kind.PLATE, Kind.CODE]).result(LONG_S)
    assert [reading.text for reading in first.readings] == ["A1", "A1"]
    assert pool.submit(b"unread", [Kind.PLATE]).result(LONG_S).readings[0].text == ""
    counts = pool.counts()
    assert (counts.read, counts.unread, counts.failed, counts.waiting) == (1, 1, 0, 0)
    assert counts.seconds > 0


def test_this_process_loads_no_engine(pool: Pool) -> None:
    pool.submit(b"A1", [Kind.PLATE]).result(LONG_S)
    code = "import sys, kouan.gate.pool; print('rapidocr' in sys.modules, 'cv2' in sys.modules)"
    import subprocess

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["False", "False"]


def test_bytes_that_are_no_picture_are_that_picture_s_error_only(pool: Pool) -> None:
    bad, good = pool.submit(b"bad", [Kind.PLATE], "camera 1"), pool.submit(b"A1", [Kind.PLATE])
    with pytest.raises(ImageError, match="camera 1: no picture"):
        bad.result(LONG_S)
    assert good.result(LONG_S).readings[0].text == "A1"
    assert pool.counts().refused == 1


def test_a_fault_in_reading_is_reported_and_the_worker_goes_on(pool: Pool) -> None:
    (worker,) = pool.process_ids()
    with pytest.raises(ReadingFailed, match="ValueError: of the reader"):
        pool.submit(b"fault", [Kind.PLATE]).result(LONG_S)
    assert pool.process_ids() == [worker]


@pytest.mark.parametrize(("word", "says"), [(b"die", "died"), (b"hang", "longer than 1 s")])
def test_a_worker_that_dies_or_hangs_is_replaced(pool: Pool, word: bytes, says: str) -> None:
    lost, next_one = pool.submit(word, [Kind.PLATE], "camera 2"), pool.submit(b"A1", [Kind.PLATE])
    with pytest.raises(ReadingFailed, match=f"camera 2: not read: its worker .*{says}"):
        lost.result(LONG_S)
    assert next_one.result(LONG_S).readings[0].text == "A1"
    counts = pool.counts()
    assert (counts.read, counts.failed, counts.restarts) == (1, 1, 1)


def test_a_worker_stopped_from_outside_does_not_hold_the_next_picture(pool: Pool) -> None:
    (worker,) = pool.process_ids()
    os.kill(worker, signal.SIGSTOP)
    with pytest.raises(ReadingFailed, match="longer than"):
        pool.submit(bytes(b"A" * 2_000_000), [Kind.PLATE]).result(LONG_S)
    assert pool.submit(b"A1", [Kind.PLATE]).result(LONG_S).readings[0].text == "A1"


def test_more_than_may_wait_is_refused_at_once(pool: Pool) -> None:
    taken: list[Future[Outcome]] = []
    with pytest.raises(QueueFull, match="3 pictures wait"):
        taken.extend(pool.submit(b"wait", [Kind.PLATE]) for _ in range(9))
    assert [each.result(LONG_S).readings[0].text for each in taken] == ["wait"] * len(taken)
    assert pool.counts().full == 1


def test_what_waits_when_it_stops_is_told(pool: Pool) -> None:
    futures = [pool.submit(b"wait", [Kind.PLATE]) for _ in range(3)]
    pool.stop()
    outcomes = [each.exception(LONG_S) for each in futures]
    assert isinstance(outcomes[-1], PoolClosed)
    with pytest.raises(PoolClosed):
        pool.submit(b"A1", [Kind.PLATE])


def test_a_pool_that_can_t_begin_says_why() -> None:
    with pytest.raises(GateError, match="no engine here"):
        Pool(prepare=failing).start()


def test_the_true_worker_reads_a_drawn_plate() -> None:
    import cv2

    from kouan.gate.drawing.scene import draw_scene

    frame, truth = draw_scene("plate-yellow", 2)
    done, content = cv2.imencode(".jpg", frame)
    assert done
    with Pool(time_out_s=LONG_S) as made:
        outcome = made.submit(content.tobytes(), [Kind.PLATE]).result(LONG_S)
    assert [reading.text for reading in outcome.readings] == [truth.text]
