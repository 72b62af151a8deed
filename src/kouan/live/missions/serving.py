"""The virtual fleet manager on its wires: MQTT or HTTP, in this process, until it is closed."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response

from kouan.live.broker import BrokerAddress
from kouan.live.clock import PortClock
from kouan.live.errors import LiveError
from kouan.live.http import HttpServer, listen
from kouan.live.missions.calls import (
    Call,
    Caller,
    Refused,
    answer_refusals,
    check_caller,
    check_token,
    read_body,
)
from kouan.live.missions.messages import (
    DELIVERY,
    TO_MANAGER,
    VERSION,
    Connection,
    Mission,
    Topic,
    decode,
    encode,
    read_topic,
    topic,
)
from kouan.live.missions.twin import VirtualManager
from kouan.live.mqtt import LinkPlan, LinkThread, Outgoing

TICK_S = 0.02
CONNECT_S = 30.0
STOP_S = 10.0
JSON = "application/json"


class Host:
    """Gives a manager its time, and one lock for all who speak with it."""

    def __init__(self, manager: VirtualManager, clock: PortClock, keep: Path | None = None) -> None:
        """Prepare; ``start`` lets time pass. ``keep`` is the file for what the manager knows."""
        self.manager = manager
        self.clock = clock
        self._keep = keep
        self.lock = threading.Lock()
        self._send: Callable[[Topic, bytes], object] = lambda _kind, _payload: None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="manager", daemon=True)

    def start(self, send: Callable[[Topic, bytes], object]) -> None:
        """Let time pass; what the manager says goes to ``send``."""
        self._send = send
        self._thread.start()

    def close(self) -> None:
        """Time passes no more."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def _run(self) -> None:
        while not self._ended.wait(TICK_S):
            with self.lock:
                now_ms = self.clock.now_ms()
                if self.manager.next_at_ms() <= now_ms:
                    self._say(self.manager.tick(now_ms))

    def receive(self, kind: Topic, payload: bytes) -> None:
        """Give a body to the manager. Raises MissionError when it can't be read."""
        with self.lock:
            self._say(self.manager.receive(kind, payload, self.clock.now_ms()))

    def _say(self, bodies: list[tuple[Topic, bytes]]) -> None:
        if self._keep is not None:
            partial = self._keep.with_suffix(".new")
            partial.write_bytes(self.manager.freeze(self.clock.now_ms()))
            os.replace(partial, self._keep)
        for kind, payload in bodies:
            self._send(kind, payload)


class MqttManager:
    """A manager at a broker; its connection is retained, and its last will."""

    def __init__(self, host: Host, address: BrokerAddress) -> None:
        """Prepare; ``start`` connects."""
        self._host = host
        self._address = address
        self.fleet = host.manager.fleet
        topics = tuple((topic(self.fleet, kind), DELIVERY[kind].qos) for kind in TO_MANAGER)
        plan = LinkPlan(
            f"manager-{self.fleet}-{os.getpid()}",
            topics,
            on_message=self._receive,
            on_change=self._change,
            will=self._will,
        )
        self._link = LinkThread(address, plan)

    def start(self) -> None:
        """Connect, and let time pass."""
        self._link.start()
        if not self._link.wait_connected(CONNECT_S):
            raise LiveError(f"broker {self._address}: no connection within {CONNECT_S:.0f} s")
        self._host.start(self._send)

    def close(self) -> None:
        """Say goodbye and disconnect."""
        self._host.close()
        self._send(Topic.CONNECTION, encode(Connection(version=VERSION, online=False)))
        self._link.close()

    def _will(self) -> Outgoing:
        payload = encode(Connection(version=VERSION, online=False))
        return Outgoing(topic(self.fleet, Topic.CONNECTION), payload, *DELIVERY[Topic.CONNECTION])

    def _change(self, connected: bool) -> None:
        if connected:
            self._send(Topic.CONNECTION, encode(Connection(version=VERSION, online=True)))

    def _send(self, kind: Topic, payload: bytes) -> None:
        qos, retain = DELIVERY[kind]
        self._link.publish(topic(self.fleet, kind), payload, qos=qos, retain=retain)

    def _receive(self, name: str, payload: bytes) -> None:
        found = read_topic(name)
        if found is not None:
            self._host.receive(found[1], payload)


class HttpManager:
    """A manager that is called over HTTP, and posts what it says to a webhook if it has one."""

    def __init__(
        self,
        host: Host,
        token: str,
        *,
        address: str = "127.0.0.1",
        port: int = 0,
        hook_url: str = "",
        hook_token: str = "",
    ) -> None:
        """Prepare; raises LiveError for tokens, URL or a port that is taken."""
        self._host = host
        self.fleet = host.manager.fleet
        self._poster = Caller(hook_url, hook_token, _taken) if hook_url else None
        app = _manager_app(host, check_token(token, "virtual fleet manager"))
        self._server = HttpServer(app, listen(address, port))

    @property
    def url(self) -> str:
        """Where it is called."""
        return self._server.url.rstrip("/")

    def start(self) -> None:
        """Answer, and let time pass."""
        self._server.start()
        if self._poster is not None:
            self._poster.start()
        self._host.start(self._send)

    def close(self) -> None:
        """Answer no more."""
        self._host.close()
        self._server.close()
        if self._poster is not None:
            self._poster.close()

    def _send(self, kind: Topic, payload: bytes) -> None:
        if self._poster is not None:
            self._poster.put(Call("POST", f"/{kind}", payload))


def _taken(_call: Call, status: int, _body: bytes) -> None:
    """A webhook answers with nothing but its status."""
    if status == 404:
        raise LiveError("the webhook is not where it was said to be")


def _manager_app(host: Host, token: str) -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    answer_refusals(app)

    def status(name: str) -> Response:
        with host.lock:
            found = host.manager.status(name, host.clock.now_ms())
        code = 404 if found.state == "unknown" else 200
        return Response(encode(found), code, media_type=JSON)

    @app.post("/missions")
    async def _begin(request: Request) -> Response:
        payload = await read_body(request, token)
        return _take(payload, "")

    @app.patch("/missions/{name}")
    async def _change(name: str, request: Request) -> Response:
        payload = await read_body(request, token)
        return _take(payload, name)

    def _take(payload: bytes, name: str) -> Response:
        body = decode(Topic.MISSION, payload)
        if not isinstance(body, Mission) or name not in ("", body.id):
            raise Refused(422, f"id: expected {name}, as the path says")
        host.receive(Topic.MISSION, payload)
        return status(body.id)

    @app.get("/missions/{name}")
    async def _status(name: str, request: Request) -> Response:
        check_caller(request, token)
        return status(name)

    @app.get("/vehicles")
    async def _vehicles(request: Request) -> Response:
        check_caller(request, token)
        with host.lock:
            found = host.manager.report(host.clock.now_ms())
        return Response(msgspec.json.encode(found), media_type=JSON)

    @app.exception_handler(404)
    async def _nowhere(request: Request, _problem: Exception) -> Response:
        return JSONResponse({"problem": f"{request.url.path}: not part of the contract"}, 404)

    return app
