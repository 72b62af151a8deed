"""HTTP of a live port: its pages, their JSON, health and metrics, and what other parts add to it.

Handlers read the published view and never touch the loop; words go into the inbox. Every route
names the right that it needs (``accounts/gatekeeper``). Docs and schemas are not exposed, hosts
that nobody declared are refused (a page elsewhere can't reach a port by a borrowed name), and the
page may load nothing from outside.
"""

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Protocol

import uvicorn
from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kouan.identifiers.masks import masked_within
from kouan.live.accounts.gatekeeper import (
    SIGN_IN_PAGE,
    Gatekeeper,
    Identify,
    identify_nobody,
    needs,
)
from kouan.live.accounts.rights import Right
from kouan.live.errors import LiveError

MOST_CONNECTIONS = 200
"""Connections at a time; more are answered with 503."""
LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")
LAST_PORT = 65_535
START_PATIENCE_S = 20.0
PAGE_FILES = {
    "/page.css": "text/css; charset=utf-8",
    "/work.css": "text/css; charset=utf-8",
    "/frame.js": "text/javascript; charset=utf-8",
    "/desk.js": "text/javascript; charset=utf-8",
    "/review.js": "text/javascript; charset=utf-8",
    "/marks.js": "text/javascript; charset=utf-8",
    "/lanes.js": "text/javascript; charset=utf-8",
    "/page.js": "text/javascript; charset=utf-8",
    "/words.js": "text/javascript; charset=utf-8",
    "/map.js": "text/javascript; charset=utf-8",
    "/layout.js": "text/javascript; charset=utf-8",
    "/icons.js": "text/javascript; charset=utf-8",
    "/sign-in.js": "text/javascript; charset=utf-8",
    "/icon.svg": "image/svg+xml",
    "/texts.json": "application/json",
}
HTML = "text/html; charset=utf-8"
TO_SIGN_IN = (SIGN_IN_PAGE, "/sign-in.js", "/page.css", "/texts.json", "/icon.svg")
"""What the page to sign in on is made of."""
SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}

FIRST_PROBLEM = 400
"""Statuses from here on tell of problems."""

Health = Callable[[], dict[str, object]]
"""Says how it stands: ``status`` is "ok", or why the port is not."""
Bytes = Callable[[], bytes]


class Part(Protocol):
    """Something that answers on routes of its own."""

    def add_to(self, app: FastAPI) -> None:
        """Add the routes, each with the right that it needs."""


def make_app(
    *,
    port: bytes,
    view: Bytes,
    health: Health,
    metrics: Bytes,
    metrics_type: str,
    parts: Sequence[Part] = (),
    identify: Identify = identify_nobody,
    hosts: Sequence[str] = (),
) -> ASGIApp:
    """Return the application; ``hosts`` are names besides loopback under which it answers.

    ``identify`` says who asks. Raises LiveError when a route names no right.
    """
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    _add_page(app)
    for part in parts:
        part.add_to(app)

    @app.get("/api/port")
    @needs(Right.PORT_SEE)
    async def _port() -> Response:
        return Response(port, media_type="application/json")

    @app.get("/api/view")
    @needs(Right.PORT_SEE)
    async def _view() -> Response:
        return Response(view(), media_type="application/json")

    @app.get("/healthz")
    @needs(Right.FIGURES_SEE)
    async def _health() -> Response:
        found = health()
        status = 200 if found["status"] == "ok" else 503
        return Response(json.dumps(found), status, media_type="application/json")

    @app.get("/metrics")
    @needs(Right.FIGURES_SEE)
    async def _metrics() -> Response:
        return Response(metrics(), media_type=metrics_type)

    return Guard(Gatekeeper(app, app.routes, identify), (*LOOPBACK_HOSTS, *hosts))


def _add_page(app: FastAPI) -> None:
    folder = files("kouan.live") / "page"

    def add(path: str, name: str, media_type: str) -> None:
        content = (folder / name).read_bytes()
        right = Right.SIGN_IN if path in TO_SIGN_IN else Right.PORT_SEE

        @app.get(path)
        @needs(right)
        async def _read() -> Response:
            return Response(content, media_type=media_type)

    add("/", "index.html", HTML)
    add("/desk", "desk.html", HTML)
    add("/lanes", "lanes.html", HTML)
    add(SIGN_IN_PAGE, "sign-in.html", HTML)
    for path, media_type in PAGE_FILES.items():
        add(path, path[1:], media_type)


class Guard:
    """Refuses other hosts, adds the headers that every answer carries, and masks problems.

    What went wrong may repeat what was said: personal numbers in it are hidden.
    """

    def __init__(self, app: ASGIApp, hosts: Sequence[str]) -> None:
        self._app = app
        self._hosts = tuple(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            return

        problem = bytearray()
        begun: Message | None = None

        async def send_guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers[name] = value
                headers["cache-control"] = "no-store"
                if message["status"] >= FIRST_PROBLEM:
                    begun = message
                    return
            elif begun is not None:
                problem.extend(message.get("body", b""))
                if message.get("more_body"):
                    return
                told = masked_within(problem.decode("utf-8", "replace")).encode()
                MutableHeaders(scope=begun)["content-length"] = str(len(told))
                await send(begun)
                message = {"type": "http.response.body", "body": told}
            await send(message)

        app: ASGIApp = self._app
        if not self._is_known(Headers(scope=scope).get("host", "")):
            app = PlainTextResponse("this host name is not declared\n", 421)
        await app(scope, receive, send_guarded)

    def _is_known(self, host: str) -> bool:
        name, _, port = host.lower().rpartition(":")
        return (name if name and port.isdigit() else host.lower()) in self._hosts


def listen(host: str, port: int) -> socket.socket:
    """Return a bound socket; port 0 takes a free one. Raises LiveError naming host and port."""
    if not 0 <= port <= LAST_PORT:
        raise LiveError(f"HTTP can't listen on port {port}: expected 0 to {LAST_PORT}")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(address)
            bound.listen(128)
        except BaseException:
            bound.close()
            raise
    except OSError as error:
        why = error.strerror or str(error)
        raise LiveError(
            f"HTTP can't listen on {host}, port {port}: {why}: expected an address of this machine "
            "(--host) and a port that is free (--port; 0 takes any free one)"
        ) from error
    return bound


class HttpServer:
    """Answers in a thread of its own until it is closed."""

    def __init__(self, app: ASGIApp, bound: socket.socket) -> None:
        """Prepare to answer on a bound socket."""
        config = uvicorn.Config(
            app,
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            lifespan="off",
            ws="none",
            http="h11",
            loop="asyncio",
            limit_concurrency=MOST_CONNECTIONS,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=2,
        )
        self._socket = bound
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, name="http", daemon=True)
        self._failure: BaseException | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port that it listens on."""
        host, port, *_ = self._socket.getsockname()
        return host, port

    @property
    def url(self) -> str:
        """Where the page is, seen from this machine."""
        host, port = self.address
        if host in ("0.0.0.0", "::"):
            host = "127.0.0.1"
        return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"

    def start(self) -> None:
        """Answer from now on; raise LiveError when the server does not come up."""
        self._thread.start()
        waited_s = 0.0
        pause = threading.Event()
        while not self._server.started:
            if not self._thread.is_alive() or waited_s > START_PATIENCE_S:
                self.close()
                raise LiveError(f"HTTP did not start: {self._failure or 'no answer'}")
            pause.wait(0.01)
            waited_s += 0.01

    def _serve(self) -> None:
        try:
            asyncio.run(self._server.serve(sockets=[self._socket]))
        except BaseException as error:  # told by ``start``
            self._failure = error
            raise

    def close(self) -> None:
        """Finish the answers under way and stop."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(timeout=10)
        self._socket.close()
