"""A running port with an express lane: trucks of its twins, its API, its barrier on the wire."""

import http.client
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from pymodbus.client import ModbusTcpClient

from kouan.cli.twin_pictures import Shown, pictures_of
from kouan.live.access import operator_token
from kouan.live.accounts.book import Accounts
from kouan.live.clock import wall_now_ms
from kouan.live.devices.twins.control import TwinControl, picture
from kouan.live.gates.side import TWINS_FILE
from kouan.port.devices import DeviceKind, parse_address
from kouan.port.quantity import DAY_MS
from kouan.runtime.backup import JOURNAL_FILE
from kouan.runtime.checkers.everything import Checkers
from kouan.runtime.journal import Journal
from tests.e2e.command import ROOT
from tests.e2e.live_process import LiveProcess

EXPRESS = ROOT / "tests" / "ports" / "express.toml"
LANE = "lane_1"
PATIENCE_S = 45.0
TWINS = ("--devices", "twins", "--twin-speed", 5)
PLATE, BOX, PASSPORT, SEAL = "蒙L12345", "CSQU3054383", "E12345678", "SEAL0042"
TARE_KG, MASS_KG = 15_000, 20_000

SHOWN = Shown(PLATE, (BOX,), PASSPORT, "CHN", SEAL)


class GatePort:
    """A port, spoken to as people, cameras and a PLC's programmer would."""

    def __init__(self, data: Path, *arguments: object, devices: Sequence[object] = TWINS) -> None:
        """Start it, on its twins unless told otherwise; wait until all devices are heard."""
        self.data = data
        self.trucks = 0
        self.process = LiveProcess(data, *devices, *arguments, port_file=EXPRESS)
        self._token = operator_token(data)
        wait_until(lambda: self.get("/healthz")["devices"] == "ok", "a device is not heard")

    # --- asked over HTTP -----------------------------------------------------------------------

    def ask(self, method: str, path: str, body: object = None, token: str = "") -> tuple[int, Any]:
        """Ask the port, as its operator unless another token is given; return status and answer."""
        content = None if body is None else json.dumps(body)
        status, answer = self._request(method, path, content, token)
        return status, json.loads(answer or b"null")

    def _request(
        self, method: str, path: str, content: str | None, token: str
    ) -> tuple[int, bytes]:
        at = urlsplit(self.process.url)
        connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=20)
        authorization = f"Bearer {token or self._token}"
        headers = {"authorization": authorization, "content-type": "application/json"}
        try:
            connection.request(method, path, content, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def push(self, camera: str, image: bytes, sequence: int, token: str) -> None:
        """Push a picture as a camera does; it must be taken."""
        answer = httpx.post(
            f"{self.process.url}api/devices/{camera}/image",
            headers={"authorization": f"Bearer {token}"},
            data={"sequence": str(sequence)},
            files={"image": ("image.jpg", image, "image/jpeg")},
        )
        assert answer.status_code == 202, answer.text

    def picture(self, path: str, token: str) -> bytes:
        """A picture that must be there."""
        status, content = self._request("GET", path, None, token)
        assert status == 200
        return content

    def get(self, path: str) -> Any:
        """Ask for something that must be there."""
        return self.ask("GET", path)[1]

    def say(self, path: str, **body: object) -> None:
        """Say a word that must be taken."""
        status, said = self.ask("POST", path, body)
        assert status == 202, said

    def announce(self, visit: str, **changes: object) -> None:
        """Announce a visit as the truck that ``SHOWN`` shows, but for the changes."""
        declared = {
            "visit": visit,
            "procedure": "express",
            "plate": PLATE,
            "tare_kg": TARE_KG,
            "mass_kg": MASS_KG,
            "goods": "general cargo",
            "boxes": [BOX],
            "seal": SEAL,
            "permit_until_ms": wall_now_ms() + 400 * DAY_MS,
            "document": {"number": PASSPORT, "issuer": "CHN"},
            **changes,
        }
        self.say("/api/queue/announce", **declared)

    # --- officers ------------------------------------------------------------------------------

    def officer(self, name: str, *roles: str) -> str:
        """Make an account; return a token for it."""
        accounts = Accounts(self.data)
        try:
            accounts.add(name, roles, "tests")
            return accounts.token(name, "tests", 1, "tests")
        finally:
            accounts.close()

    def reviews(self, token: str) -> dict[str, Any]:
        """The open reviews that an officer sees, by visit."""
        found = self.ask("GET", "/api/desk", token=token)[1]["reviews"]
        return {one["visit"]: one for one in found}

    def decide(self, act: str, visit: str, token: str) -> tuple[int, Any]:
        """Let an officer do something about the review of a visit."""
        wait_until(lambda: visit in self.reviews(token), f"{visit} is not at the desk")
        request = self.reviews(token)[visit]["request"]
        body = {"request": request, "reason": "looked at it"}
        return self.ask("POST", f"/api/desk/{act}", body, token)

    # --- the twins -----------------------------------------------------------------------------

    def twin(self, do: str, **words: object) -> dict[str, Any]:
        """Tell the twins."""
        told = self.told()
        with TwinControl(told["port"], told["token"]) as control:
            return control.say(do, **words)

    def told(self) -> Any:
        """What the port wrote down of its twins."""
        return json.loads((self.data / TWINS_FILE).read_text("utf-8"))

    def drive_up(
        self, shown: Shown = SHOWN, mass_kg: int = TARE_KG + MASS_KG, **words: object
    ) -> None:
        """Let a truck drive up and be read."""
        devices = self.told()["devices"]
        self.trucks += 1  # no camera shows the very same picture twice
        drawn = pictures_of(shown, devices, LANE, seed=self.trucks)
        pictures = [picture(device, content) for device, content in drawn]
        self.twin("arrive", station=LANE, mass_kg=mass_kg, pictures=pictures, **words)

    def lane(self) -> Any:
        """The lane as the port shows it."""
        return self.get("/api/lanes")["lanes"][LANE]

    def leave_backwards(self) -> None:
        """Let the truck leave the lane otherwise than past the barrier; wait until that is seen."""
        self.twin("back", station=LANE)
        wait_until(self.is_empty, "the lane is not empty")

    def is_empty(self) -> bool:
        """Whether nobody is in the lane as the port sees it."""
        lane = self.lane()
        return not (lane["seen_ms"] or lane["visit"] or lane["leaving"])

    # --- the wire ------------------------------------------------------------------------------

    @contextmanager
    def plc(self) -> Iterator[Callable[[], tuple[bool, bool]]]:
        """Look at the barrier over Modbus, as anybody on the wire: (told up, stands up)."""
        address = parse_address(DeviceKind.BARRIER, self.told()["addresses"]["barrier"])
        client = ModbusTcpClient(address.host, port=address.port)
        assert client.connect()  # type: ignore[no-untyped-call]

        def look() -> tuple[bool, bool]:
            coil = client.read_coils(0, count=1, device_id=address.unit).bits[0]
            up = client.read_discrete_inputs(0, count=1, device_id=address.unit).bits[0]
            return bool(coil), bool(up)

        try:
            yield look
        finally:
            client.close()  # type: ignore[no-untyped-call]

    # --- the journal ---------------------------------------------------------------------------

    def journal(self) -> list[tuple[str, Any, Any]]:
        """Every decision so far: kind of event, its fields, the commands."""
        return entries(self.data)

    def is_judged(self, visit: str) -> bool:
        """Whether a verdict on a visit was given, however soon it drove off."""
        return any(
            kind == "ServiceEnded" and event[1] == visit for kind, event, _ in self.journal()
        )

    def opened_for(self) -> list[str]:
        """Visits for which the barrier was opened, in order, each request once."""
        found: dict[int, str] = {}
        for _, _, commands in self.journal():
            for kind, fields in commands:
                if kind == "OpenBarrier":
                    found[fields[0]] = fields[2]
        return list(found.values())

    def violations(self) -> list[Any]:
        """What broke a rule, so far."""
        with Journal.open(self.data / JOURNAL_FILE, writing=False) as journal:
            checkers = Checkers(journal.header.port())
            for entry in journal.entries():
                checkers.observe(entry.number, entry.decoded_event(), entry.decoded_commands())
            return list(checkers.violations)

    def metrics(self) -> list[str]:
        """The figures that a monitoring system reads, line by line."""
        return self._request("GET", "/metrics", None, "")[1].decode().splitlines()

    def close(self) -> None:
        """End it."""
        self.process.close()


def entries(data: Path) -> list[tuple[str, Any, Any]]:
    """The decisions of a data folder's journal."""
    with Journal.open(data / JOURNAL_FILE, writing=False) as journal:
        return [
            (entry.kind, json.loads(entry.event), json.loads(entry.commands))
            for entry in journal.entries()
        ]


@contextmanager
def gate_port(data: Path, *arguments: object) -> Iterator[GatePort]:
    """A port that ends with the test."""
    port = GatePort(data, *arguments)
    try:
        yield port
    finally:
        port.close()


def wait_until(told: Callable[[], Any], what: str, patience_s: float = PATIENCE_S) -> None:
    """Wait until something holds; fail saying what never did."""
    end_s = time.perf_counter() + patience_s
    while time.perf_counter() < end_s:
        if told():
            return
        time.sleep(0.1)
    raise AssertionError(what)


def reasons(commands: Sequence[Any]) -> list[str]:
    """What people were told by some commands."""
    return [fields[2] for kind, fields in commands if kind == "RaiseAlarm"]
