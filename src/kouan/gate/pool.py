"""Reading in processes of their own, so that the port's loop never waits for a picture.

Each worker is a spawned process, watched by one thread of this one, that loads the engine once and
reads one picture at a time. What waits is bounded. A worker that dies, or that a picture keeps too
long, is replaced; its picture is reported as failed, never lost. This process loads no engine.
"""

import multiprocessing
import os
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from time import perf_counter
from types import TracebackType
from typing import NamedTuple, Self

from kouan.gate.errors import GateError, PoolClosed, QueueFull, ReadingFailed
from kouan.gate.words import Kind, Reading
from kouan.identifiers.masks import masked_within

WORKERS = 1
MOST_WAITING = 64
TIME_OUT_S = 15.0
"""Longest time for one picture; ten times what a slow one takes."""
START_S = 60.0
"""Longest time for a worker to load the engine and read its first picture."""
STOP_S = 5.0
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

ReadBytes = Callable[[bytes, tuple[Kind, ...], str], list[Reading]]
"""What a worker does with a picture's bytes, the kinds asked for and the picture's name."""


class Outcome(NamedTuple):
    """What came of one picture, and how long a worker had it."""

    readings: list[Reading]
    seconds: float


@dataclass(slots=True)
class Counts:
    """What a pool has done so far, for metrics; pictures, but for ``seconds``."""

    read: int = 0
    """Everything asked for was read."""
    unread: int = 0
    """Something asked for could not be read, and its reading says why."""
    refused: int = 0
    """The bytes were no picture."""
    failed: int = 0
    """The worker died or took too long."""
    full: int = 0
    """Not taken: as many waited as may wait."""
    waiting: int = 0
    restarts: int = 0
    seconds: float = 0.0


class _Task(NamedTuple):
    content: bytes
    kinds: tuple[Kind, ...]
    name: str
    future: "Future[Outcome]"


def prepare() -> ReadBytes:
    """Load the engine and read a first picture, so that later ones are as fast as they get."""
    from kouan.gate.reading import read_image, warm_up

    warm_up()
    return lambda content, kinds, name: read_image(content, kinds, name=name)


class Pool:
    """Workers that read; use it as a context, or ``start`` and ``stop`` it."""

    def __init__(
        self,
        workers: int = WORKERS,
        most_waiting: int = MOST_WAITING,
        time_out_s: float = TIME_OUT_S,
        prepare: Callable[[], ReadBytes] = prepare,
    ) -> None:
        self._tasks: queue.Queue[_Task | None] = queue.Queue(most_waiting)
        self._lock = threading.Lock()
        self._counts = Counts()
        self._closed = False
        self._keepers = [_Keeper(self, number, time_out_s, prepare) for number in range(workers)]

    def start(self) -> Self:
        """Start all workers and wait until they are warm; raises GateError if one can't begin."""
        for keeper in self._keepers:
            keeper.launch()
        try:
            for keeper in self._keepers:
                keeper.await_ready()
        except GateError:
            self.stop()
            raise
        for keeper in self._keepers:
            keeper.thread.start()
        return self

    def submit(
        self, content: bytes, kinds: Sequence[Kind], name: str = "image"
    ) -> "Future[Outcome]":
        """Have a picture read; raises QueueFull or PoolClosed.

        The future's exception is ImageError for bytes that are no picture, ReadingFailed when the
        worker died or took too long, PoolClosed when the pool stopped before its turn.
        """
        future: Future[Outcome] = Future()
        with self._lock:
            if self._closed:
                raise PoolClosed(f"{name}: not taken, reading has stopped")
            try:
                self._tasks.put_nowait(_Task(content, tuple(kinds), name, future))
            except queue.Full:
                self._counts.full += 1
                most = self._tasks.maxsize
                raise QueueFull(f"{name}: not taken, {most} pictures wait to be read") from None
        return future

    def counts(self) -> Counts:
        """What was done so far: a copy."""
        with self._lock:
            now = self._counts
            return Counts(
                now.read,
                now.unread,
                now.refused,
                now.failed,
                now.full,
                self._tasks.qsize(),
                now.restarts,
                now.seconds,
            )

    def process_ids(self) -> list[int]:
        """The workers' process numbers, for whoever watches them."""
        return [keeper.pid for keeper in self._keepers if keeper.pid]

    def stop(self) -> None:
        """Take nothing more; pictures under way are finished, waiting ones end as PoolClosed."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        with suppress(queue.Empty):
            while True:
                task = self._tasks.get_nowait()
                if task is not None:
                    _refuse(task)
        for keeper in self._keepers:
            if keeper.thread.is_alive():
                self._tasks.put(None)
        for keeper in self._keepers:
            keeper.end()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def next_task(self) -> _Task | None:
        """For a keeper: the next picture, None when there is none any more."""
        return self._tasks.get()

    def note(self, outcome: str, seconds: float) -> None:
        """For a keeper: count what came of a picture."""
        with self._lock:
            setattr(self._counts, outcome, getattr(self._counts, outcome) + 1)
            self._counts.seconds += seconds


def _refuse(task: _Task) -> None:
    if task.future.set_running_or_notify_cancel():
        task.future.set_exception(PoolClosed(f"{task.name}: not read, reading has stopped"))


class _Keeper:
    """Keeps one worker alive and brings it pictures, from a thread."""

    def __init__(
        self, pool: Pool, number: int, time_out_s: float, prepare: Callable[[], ReadBytes]
    ) -> None:
        self._pool, self._time_out_s, self._prepare = pool, time_out_s, prepare
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self.thread = threading.Thread(target=self._run, name=f"reading-{number}", daemon=True)

    @property
    def pid(self) -> int:
        """The worker's process number; 0 when it has none."""
        process = self._process
        return (process.pid or 0) if process is not None else 0

    def launch(self) -> None:
        """Start a worker, without waiting for it."""
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_work, args=(theirs, self._prepare), name="kouan-reading", daemon=True
        )
        self._process.start()
        # Or the end of the worker would not end the pipe.
        theirs.close()

    def await_ready(self) -> None:
        """Wait until the worker is warm; GateError says why it is not."""
        assert self._pipe is not None
        try:
            said = self._pipe.recv() if self._pipe.poll(START_S) else f"not ready in {START_S:g} s"
        except (EOFError, OSError):
            said = f"its process ended ({self._exit_code()})"
        if said != "":
            self._discard()
            raise said if isinstance(said, GateError) else GateError(f"reading: {said}")

    def end(self) -> None:
        """Let the worker finish what it has, then end it."""
        if self.thread.is_alive():
            self.thread.join(self._time_out_s + STOP_S)
        self._discard()

    def _run(self) -> None:
        while (task := self._pool.next_task()) is not None:
            if not task.future.set_running_or_notify_cancel():
                continue
            begun = perf_counter()
            try:
                outcome = Outcome(self._read(task), perf_counter() - begun)
            except GateError as error:
                kind = "failed" if isinstance(error, ReadingFailed) else "refused"
                self._pool.note(kind, perf_counter() - begun)
                task.future.set_exception(error)
            else:
                whole = all(reading.text for reading in outcome.readings)
                self._pool.note("read" if whole else "unread", outcome.seconds)
                task.future.set_result(outcome)

    def _read(self, task: _Task) -> list[Reading]:
        try:
            self._ensure_worker()
        except GateError as error:
            raise ReadingFailed(f"{task.name}: not read: no worker: {error}") from None
        assert self._pipe is not None
        late = threading.Event()
        alarm = threading.Timer(self._time_out_s, self._kill, (late,))
        alarm.start()
        try:
            # A worker that hangs may not even take the bytes: the alarm covers both ways.
            self._pipe.send((task.content, task.kinds, task.name))
            answer = self._pipe.recv()
        except (EOFError, OSError):
            alarm.cancel()
            why = f"took longer than {self._time_out_s:g} s" if late.is_set() else self._death()
            self._discard()
            raise ReadingFailed(f"{task.name}: not read: its worker {why}") from None
        alarm.cancel()
        if isinstance(answer, BaseException):
            raise answer
        readings: list[Reading] = answer
        return readings

    def _ensure_worker(self) -> None:
        if self._process is None or not self._process.is_alive():
            self._discard()
            self._pool.note("restarts", 0.0)
            self.launch()
            self.await_ready()

    def _kill(self, late: threading.Event) -> None:
        late.set()
        if self._process is not None:
            self._process.kill()

    def _death(self) -> str:
        return f"died ({self._exit_code()})"

    def _exit_code(self) -> str:
        if self._process is None:
            return "no process"
        self._process.join(STOP_S)
        return f"exit code {self._process.exitcode}"

    def _discard(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            # A warm worker ends when its pipe does; one that hangs has to be killed.
            self._process.join(0.5)
            if self._process.is_alive():
                self._process.kill()
                self._process.join(STOP_S)
            self._process.close()
        self._process = self._pipe = None


def _work(pipe: Connection, prepare: Callable[[], ReadBytes]) -> None:
    """Body of a worker: read what comes until the pipe ends."""
    for name in ONE_THREAD:
        os.environ[name] = "1"
    try:
        read = prepare()
    except GateError as error:
        pipe.send(error)
        return
    pipe.send("")
    with suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            content, kinds, name = pipe.recv()
            pipe.send(_answer(read, content, kinds, name))


def _answer(
    read: ReadBytes, content: bytes, kinds: tuple[Kind, ...], name: str
) -> list[Reading] | GateError:
    """Readings, or the error to raise at the other end: a fault in reading is not the port's."""
    try:
        return read(content, kinds, name)
    except GateError as error:
        return error
    except Exception as error:
        told = masked_within(f"{type(error).__name__}: {error}")
        return ReadingFailed(f"{name}: not read: {told}")
