"""Masters of several vehicles over one connection, and what each sends and finds out."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import Any, Self

from jsonschema import Draft7Validator

from kouan.live.broker import BrokerAddress
from kouan.live.clock import wall_now_ms
from kouan.live.mqtt import LinkPlan, LinkThread
from kouan.live.vda5050.codec import decode, encode, topic_of
from kouan.live.vda5050.intents import Fact, Intent
from kouan.live.vda5050.master import Master, Output
from kouan.live.vda5050.memory import MasterSpec
from kouan.live.vda5050.messages import InstantActions, Order, State
from kouan.live.vda5050.topics import FROM_VEHICLE, Topic, read_topic, topic
from kouan.live.vda5050.validate import Stream, check_next, follow, is_idle
from kouan.live.vda5050.values import CodecError, Wire

TICK_S = 0.02
PATIENCE_S = 60.0

OnFact = Callable[[str, Fact], None]
"""Told the vehicle and what was found out, within the fleet's lock."""


@dataclass(slots=True)
class Watched:
    """One vehicle: its master, the orders sent to it, and what was found out."""

    master: Master
    stream: Stream = field(default_factory=Stream)
    facts: list[Fact] = field(default_factory=list)
    sent: list[Order | InstantActions] = field(default_factory=list)


def schemas(folder: Path, version: str) -> dict[Topic, Draft7Validator]:
    """The published schemas of what a master sends.

    That of 2.0.0 for instant actions wants a key "actionName", which the standard does not have.
    """
    names = {Topic.ORDER: version, Topic.INSTANT_ACTIONS: max(version, "2.1.0")}
    found = {}
    for kind, number in names.items():
        name = f"{number}-fixed" if number == "3.0.0" else number
        path = folder / "vda5050" / name / f"{kind}.schema"
        found[kind] = Draft7Validator(json.loads(path.read_text("utf-8")))
    return found


class MasterFleet:
    """Vehicles by name; ``problems`` is what is wrong with anything that was sent."""

    def __init__(
        self,
        address: BrokerAddress,
        specs: list[MasterSpec],
        on_fact: OnFact,
        valid: dict[Topic, Draft7Validator],
    ) -> None:
        self.vehicles = {one.vehicle: Watched(Master(one)) for one in specs}
        self.problems: list[str] = []
        self.lock = threading.RLock()
        self._names = {(one.manufacturer, one.serial): one.vehicle for one in specs}
        self._on_fact = on_fact
        self._valid = valid
        self._later: list[tuple[float, Callable[[], None]]] = []
        self._ended = threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True)
        prefix = specs[0].version.prefix
        topics = tuple(
            (f"{prefix}/+/+/{kind}", 1 if kind is Topic.CONNECTION else 0) for kind in FROM_VEHICLE
        )
        self.link = LinkThread(address, LinkPlan("master", topics, on_message=self._take))

    def __enter__(self) -> Self:
        self.link.start()
        assert self.link.wait_connected(PATIENCE_S)
        self._ticker.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._ticker.join(PATIENCE_S)
        self.link.close()

    # --- in and out ----------------------------------------------------------------------------

    def want(self, name: str, intent: Intent) -> None:
        """Want something of a vehicle."""
        with self.lock:
            self._carry_out(name, self.vehicles[name].master.want(intent, wall_now_ms()))

    def later(self, seconds: float, what: Callable[[], None]) -> None:
        """Do something after a while, within the lock."""
        with self.lock:
            self._later.append((perf_counter() + seconds, what))

    def _take(self, text: str, payload: bytes) -> None:
        found = read_topic(text)
        assert found is not None
        manufacturer, serial, kind = found
        name = self._names[manufacturer, serial]
        with self.lock:
            watched = self.vehicles[name]
            spec = watched.master.spec
            try:
                message = decode(kind, payload, spec.version, spec.quirks)
            except CodecError as error:
                if kind is not Topic.FACTSHEET:  # theirs says nothing
                    self.problems.append(f"{name}: {kind} can't be read: {error}")
                return
            if isinstance(message, State):
                watched.stream.idle = is_idle(message, lambda one: "cancelOrder" in one)
            self._carry_out(name, watched.master.receive(message, wall_now_ms()))

    def _tick(self) -> None:
        while not self._ended.wait(TICK_S):
            with self.lock:
                now_ms = wall_now_ms()
                for name, watched in self.vehicles.items():
                    due_ms = watched.master.next_at_ms()
                    if due_ms is not None and due_ms <= now_ms:
                        self._carry_out(name, watched.master.tick(now_ms))
                now_s = perf_counter()
                due = [what for at_s, what in self._later if at_s <= now_s]
                self._later = [one for one in self._later if one[0] > now_s]
                for what in due:
                    what()

    def _carry_out(self, name: str, output: Output) -> None:
        watched = self.vehicles[name]
        for message in output.messages:
            self._check(name, message)
            watched.sent.append(message)
            spec = watched.master.spec
            wire = Wire(spec.version, spec.quirks)
            text = topic(wire, spec.manufacturer, spec.serial, topic_of(message))
            self.link.publish(text, encode(message, spec.version, spec.quirks))
        for fact in output.facts:
            watched.facts.append(fact)
            self._on_fact(name, fact)

    def _check(self, name: str, message: Order | InstantActions) -> None:
        """By the published schema, and by our own rules of what may follow."""
        watched = self.vehicles[name]
        document: Any = json.loads(encode(message, watched.master.spec.version))
        for wrong in self._valid[topic_of(message)].iter_errors(document):
            self.problems.append(f"{name}: {wrong.json_path}: {wrong.message}")
        if isinstance(message, Order):
            self.problems += [
                f"{name}: {one.code}: {one.text}" for one in check_next(watched.stream, message)
            ]
            follow(watched.stream, message)
