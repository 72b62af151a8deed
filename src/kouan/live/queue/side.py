"""The queue's side of a live port: picture, words, drivers' pages, calls and forecasts as one."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fastapi import FastAPI, Request
from prometheus_client import CollectorRegistry, Gauge
from starlette.responses import JSONResponse, Response

from kouan.dispatch.commands import Command, SendTo
from kouan.dispatch.state import State
from kouan.live.access import PSEUDONYMS, secret_key
from kouan.live.accounts.gatekeeper import needs
from kouan.live.accounts.rights import ROLES, Caller, Right, Role
from kouan.live.http import Part
from kouan.live.queue.calls import CallHook, HookCounts, HookPlan
from kouan.live.queue.driver import DriverPages
from kouan.live.queue.forecasts import Forecast, Forecasts
from kouan.live.queue.tickets import Tickets
from kouan.live.queue.view import Queue, Queued, QueuePicture
from kouan.live.queue.words import queue_words
from kouan.live.words import Post
from kouan.port.model import Port
from kouan.port.places import PlaceKind
from kouan.runtime.codec import encode_state
from kouan.runtime.worlds import Forecaster

REST = 20.0
"""Times as long as a picture took that the next one waits after it: a twentieth of the loop."""


@dataclass(frozen=True, slots=True)
class QueuePlan:
    """How the queue is told of: calls to another system, forecasts, the address of pages."""

    hook: HookPlan | None = None
    forecaster: Forecaster | None = None
    """Runs states ahead in a process of its own; without it nothing is predicted."""
    public_url: str = ""
    """What drivers' addresses begin with; empty is the host that was asked."""


class QueueSide:
    """Everything of one port's queue that is not the dispatcher; an executor of its commands."""

    def __init__(
        self,
        port: Port,
        folder: Path,
        now_ms: Callable[[], int],
        plan: QueuePlan,
        *,
        simulated: bool,
    ) -> None:
        """Prepare; raises LiveError when the key of the pages' tokens can't be kept."""
        self._port = port
        self._queue: Queue = {}
        self._picture = QueuePicture(port)
        areas = [name for name, one in port.places.items() if one.kind is PlaceKind.WAITING_AREA]
        self._called_from = ("", *areas)
        self._next_at = 0.0
        self.hook = CallHook(plan.hook, port.name, now_ms) if plan.hook else None
        self.forecasts = Forecasts(plan.forecaster, self._tell) if plan.forecaster else None
        self._key = secret_key(folder, PSEUDONYMS)
        self._tickets = Tickets(secret_key(folder, "tickets"))
        self._pages = DriverPages(
            port,
            self._tickets,
            self.forecast,
            now_ms,
            simulated=simulated,
            public_url=plan.public_url,
        )

    def __call__(self, command: Command) -> None:
        """Tell of a command that changes a slot or a call; a way between stages is no call."""
        is_way = isinstance(command, SendTo) and command.origin not in self._called_from
        if self.hook is not None and not is_way:
            self.hook(command)

    def _tell(self, forecast: Forecast) -> None:
        if self.hook is not None:
            self.hook.told(forecast)

    def forecast(self) -> Forecast:
        """The newest forecast; an empty one while there is none."""
        return Forecast() if self.forecasts is None else self.forecasts.newest

    def show(self, state: State) -> float | None:
        """Take the picture of a state between two batches, and now and then the state itself.

        Where there are many visits not every batch has a picture: then it returns after how many
        seconds it is to be called again.
        """
        began = time.monotonic()
        if began < self._next_at:
            return self._next_at - began
        self._queue = self._picture.take(state)
        self._tickets.show(self._queue)
        if self.forecasts is not None and state.now_ms:
            self.forecasts.offer(state.now_ms, lambda: encode_state(state))
        ended = time.monotonic()
        self._next_at = ended + REST * (ended - began)
        return None

    def driver(self, token: str) -> Caller | None:
        """Who has the token of a visit's page."""
        visit = self._tickets.visit_of(token)
        if visit is None:
            return None
        return Caller(f"driver of {visit}", (Role.DRIVER,), ROLES[Role.DRIVER].rights, visit)

    @property
    def queue(self) -> Queue:
        """The newest picture."""
        return self._queue

    def parts(self, post: Post) -> tuple[Part, ...]:
        """What answers over HTTP."""
        return (queue_words(self._port, lambda: self._queue, post, self._key), self._pages, self)

    def add_to(self, app: FastAPI) -> None:
        """Answer GET /api/queue and /api/forecast, for those who may see the queue."""

        @app.get("/api/queue")
        @needs(Right.QUEUE_SEE)
        async def _queue() -> Response:
            return JSONResponse({"visits": [self._row(one) for one in self._queue.values()]})

        @app.get("/api/forecast")
        @needs(Right.QUEUE_SEE)
        async def _forecast(_request: Request) -> Response:
            found = self.forecast()
            return JSONResponse(
                {
                    "label": "predicted",
                    "made_ms": found.made_ms,
                    "took_ms": found.took_ms,
                    "visits": [one._asdict() for one in found.visits.values()],
                }
            )

    def _row(self, one: Queued) -> dict[str, object]:
        fields = {name: getattr(one, name) for name in Queued.__slots__}
        return {**fields, "page": self._pages.path(one.visit)}

    def watch(self, registry: CollectorRegistry) -> None:
        """Let a monitoring system read what came of calls and forecasts."""
        if self.hook is not None:
            told = Gauge("kouan_calls", "Messages about calls.", ["outcome"], registry=registry)
            counts = self.hook.counts
            for outcome in HookCounts.__slots__:
                told.labels(outcome).set_function(partial(getattr, counts, outcome))
        if self.forecasts is not None:
            failed = Gauge("kouan_forecasts_failed", "Forecasts given up.", registry=registry)
            failed.set_function(partial(getattr, self.forecasts, "failed"))

    def start(self) -> None:
        """Tell calls and forecast from now on."""
        if self.hook is not None:
            self.hook.start()
        if self.forecasts is not None:
            self.forecasts.start()

    def close(self) -> None:
        """End threads and process."""
        if self.forecasts is not None:
            self.forecasts.close()
        if self.hook is not None:
            self.hook.close()
