"""The two ways to a fleet manager: MQTT by topics, HTTP by calls and a webhook.

Both send what a driver gives out and hand over what the manager says. What is lost on the way is
only counted: a driver sends again until it is answered.
"""

import os
import threading
from collections.abc import Callable
from typing import Protocol
from urllib.parse import quote, unquote

import msgspec

from kouan.live.broker import BrokerAddress
from kouan.live.errors import LiveError
from kouan.live.http import HttpServer, listen
from kouan.live.missions.calls import Call, Caller, check_token, webhook
from kouan.live.missions.messages import (
    DELIVERY,
    ENDS,
    FROM_MANAGER,
    MOST_VEHICLES,
    VERSION,
    Status,
    Topic,
    decode,
    encode,
    moment,
    read_topic,
    topic,
)
from kouan.live.mqtt import LinkPlan, LinkThread
from kouan.live.vda5050.driver import Publish

OnBody = Callable[[Topic, bytes], None]
"""Takes what the manager says, in a thread of the wire."""
CONNECT_S = 30.0


class Wire(Protocol):
    """A way to the manager of one fleet."""

    def start(self) -> None:
        """Connect; raises LiveError when that can't be."""

    def publish(self, one: Publish) -> bool:
        """Take what a driver gave out; False if it can't be sent now."""

    def close(self) -> None:
        """End in order."""


class MqttWire:
    """The manager of one fleet over a broker."""

    def __init__(self, address: BrokerAddress, fleet: str, on_body: OnBody) -> None:
        """Prepare; raises LiveError for a fleet's name that no topic can hold."""
        self._address = address
        self._on_body = on_body
        topics = tuple((topic(fleet, kind), DELIVERY[kind].qos) for kind in FROM_MANAGER)
        name = f"kouan-missions-{fleet}-{os.getpid()}"
        self.link = LinkThread(address, LinkPlan(name, topics, on_message=self._receive))

    def start(self) -> None:
        """Connect and wait until that is done."""
        self.link.start()
        if not self.link.wait_connected(CONNECT_S):
            raise LiveError(f"broker {self._address}: no connection within {CONNECT_S:.0f} s")

    def publish(self, one: Publish) -> bool:
        """See ``Wire.publish``."""
        return self.link.publish(one.topic, one.payload, qos=one.qos, retain=one.retain)

    def close(self) -> None:
        """Send what waits and disconnect."""
        self.link.close()

    def _receive(self, name: str, payload: bytes) -> None:
        found = read_topic(name)
        if found is not None:
            self._on_body(found[1], payload)


class _Named(msgspec.Struct):
    """What a call's path needs of a body."""

    id: str
    revision: int = 1


class HttpWire:
    """The manager of one fleet over HTTP: calls to it, polls of it, and a webhook for it.

    The webhook is optional (``hook_port`` below 0 is none): polling alone is enough, only later.
    """

    def __init__(
        self,
        url: str,
        token: str,
        on_body: OnBody,
        *,
        hook_host: str = "127.0.0.1",
        hook_port: int = -1,
        hook_token: str = "",
        poll_s: float = 2.0,
    ) -> None:
        """Prepare; raises LiveError for URL, tokens or a port that is taken."""
        self._on_body = on_body
        self._open: dict[str, None] = {}
        self._lock = threading.Lock()
        self.caller = Caller(url, token, self._answer, poll=self._polls, poll_s=poll_s)
        self._hook: HttpServer | None = None
        if hook_port >= 0:
            app = webhook(check_token(hook_token, "webhook"), on_body)
            self._hook = HttpServer(app, listen(hook_host, hook_port))

    @property
    def hook_url(self) -> str:
        """Where the manager posts to; "" is nowhere."""
        return self._hook.url.rstrip("/") if self._hook is not None else ""

    def start(self) -> None:
        """Take posts, make calls."""
        if self._hook is not None:
            self._hook.start()
        self.caller.start()

    def publish(self, one: Publish) -> bool:
        """See ``Wire.publish``: a first revision is posted, a later one patches, an ask gets."""
        found = read_topic(one.topic)
        named = msgspec.json.decode(one.payload, type=_Named)
        path = _path(named.id)
        if found is not None and found[1] is Topic.ASK:
            return self.caller.put(Call("GET", path))
        self._follow(named.id, ended=False)
        if named.revision == 1:
            return self.caller.put(Call("POST", "/missions", one.payload))
        return self.caller.put(Call("PATCH", path, one.payload))

    def close(self) -> None:
        """End calls and webhook."""
        self.caller.close()
        if self._hook is not None:
            self._hook.close()

    def _follow(self, mission: str, *, ended: bool) -> None:
        """Remember which missions are open, to poll them."""
        with self._lock:
            self._open.pop(mission, None)
            if not ended:
                self._open[mission] = None
            while len(self._open) > MOST_VEHICLES:
                del self._open[next(iter(self._open))]

    def _polls(self) -> list[Call]:
        """What is asked in turn; a manager that posts is asked for nothing but its vehicles."""
        with self._lock:
            missions = [] if self._hook is not None else list(self._open)
        return [Call("GET", "/vehicles"), *(Call("GET", _path(one)) for one in missions)]

    def _answer(self, call: Call, status: int, body: bytes) -> None:
        if call.path == "/vehicles":
            self._on_body(Topic.VEHICLES, body)
        elif status != 404:
            found = decode(Topic.STATUS, body)
            if isinstance(found, Status) and found.state in ENDS:
                self._follow(found.id, ended=True)
            self._on_body(Topic.STATUS, body)
        elif call.method == "GET":
            name = unquote(call.path.rpartition("/")[2])
            self._follow(name, ended=True)
            gone = Status(version=VERSION, sent=moment(0), id=name, state="unknown")
            self._on_body(Topic.STATUS, encode(gone))


def _path(mission: str) -> str:
    return f"/missions/{quote(mission, safe='')}"
