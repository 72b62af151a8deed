"""All twins of a plan: wired up, kept running, and told what happens."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from kouan.live.devices.twins.lane import LaneTwin, now_ms
from kouan.live.devices.twins.pushing import CameraTwin, ReaderTwin
from kouan.live.devices.twins.spec import (
    FAULTS,
    Arrive,
    Ask,
    Back,
    Fault,
    Go,
    TwinError,
    TwinPlan,
    Word,
)
from kouan.live.devices.twins.weight import Weight
from kouan.live.devices.twins.wires import ModbusTwin, ScaleTwin, Unit
from kouan.live.mqtt import Link, LinkPlan
from kouan.port.devices import Device, DeviceKind, DeviceRole, parse_address
from kouan.port.procedures import CheckKind

log = logging.getLogger(__name__)

GARBAGE = {
    "garbage": b"#?!\x7f~~ 12;;\r\n",
    "half": b"ST,GS,+ 0",
    "not_ascii": "ST,GS,+ ０４５６７０kg\r\n".encode(),
    "too_long": b"9" * 4_000 + b"\r\n",
    "silent": b"",
}
FLOOD_FRAMES = 400


class TwinCrew:
    """The twins of a plan."""

    def __init__(self, plan: TwinPlan) -> None:
        """Wire them up; raises TwinError naming what is missing."""
        self.plan = plan
        self.faults: dict[str, str] = {}
        self._lanes: dict[str, LaneTwin] = {}
        self._cameras: dict[str, CameraTwin] = {}
        self._readers: dict[str, ReaderTwin] = {}
        self._servers: dict[tuple[str, int], ModbusTwin] = {}
        self._scales: list[ScaleTwin] = []
        self._link: Link | None = None
        for name, device in plan.devices.items():
            self._add(name, device)

    # --- wired ---------------------------------------------------------------------------------

    def _lane(self, station: str) -> LaneTwin:
        if station not in self._lanes:
            plan = self.plan
            self._lanes[station] = LaneTwin(station, plan.arm_ms, plan.step_ms, self._show)
        return self._lanes[station]

    def _add(self, name: str, device: Device) -> None:
        lane = self._lane(device.at)
        if device.is_modbus:
            self._wire(name, device, lane)
        elif device.kind is DeviceKind.SCALE:
            self._weigh(name, device, lane)
        elif device.kind is DeviceKind.CAMERA:
            self._cameras[name] = CameraTwin(name, self.plan.url, self._token(name))
        else:
            topic = parse_address(device.kind, device.address).topic
            self._readers[name] = ReaderTwin(topic, self._token(name), self._publish)

    def _token(self, name: str) -> str:
        token = self.plan.tokens.get(name, "")
        if not token:
            raise TwinError(f"no token for {name}: expected one for every camera and reader")
        return token

    def _wire(self, name: str, device: Device, lane: LaneTwin) -> None:
        address = parse_address(device.kind, device.address)
        server = self._servers.setdefault(
            (address.host, address.port), ModbusTwin(address.host, address.port)
        )
        unit = server.units.setdefault(address.unit, Unit())
        unit.silent.append(lambda: self.faults.get(name) == "silent")
        for number in (device.coil, device.input):
            if number is not None:
                unit.refuses[number] = lambda: self.faults.get(name) == "refuses"
        if device.kind is DeviceKind.BARRIER:
            lane.has_arm = True
        self._wire_coil(unit, device, lane)
        self._wire_inputs(name, unit, device, lane)

    def _wire_coil(self, unit: Unit, device: Device, lane: LaneTwin) -> None:
        if device.coil is None:
            return
        if device.kind is DeviceKind.BARRIER:
            arm = lane.arm

            def tell(up: bool) -> None:
                arm.coil = up

            unit.coils[device.coil] = (lambda: arm.coil, tell)
        else:
            lit = [False]

            def light(green: bool) -> None:
                lit[0] = green

            unit.coils[device.coil] = (lambda: lit[0], light)

    def _wire_inputs(self, name: str, unit: Unit, device: Device, lane: LaneTwin) -> None:
        if device.input_down is not None:
            unit.inputs[device.input_down] = lambda: lane.arm.down
        if device.input is None:
            return
        match device.kind:
            case DeviceKind.BARRIER:
                unit.inputs[device.input] = lambda: lane.arm.up
            case DeviceKind.LOOP:
                role = device.role or DeviceRole.ENTRY
                unit.inputs[device.input] = lambda: lane.occupied(name, role)
            case _ if CheckKind.RADIATION in device.checks:
                unit.inputs[device.input] = lane.alarms
            case _:
                unit.inputs[device.input] = lambda: self.faults.get(name) == "alarms"

    def _weigh(self, name: str, device: Device, lane: LaneTwin) -> None:
        plan = self.plan
        weight = lane.weight = Weight(plan.settle_ms, plan.noise_kg)

        def frames() -> bytes:
            fault = self.faults.get(name, "")
            if fault in GARBAGE:
                return GARBAGE[fault]
            frame = weight.frame(now_ms())
            return frame * FLOOD_FRAMES if fault == "flood" else frame

        address = parse_address(device.kind, device.address)
        self._scales.append(ScaleTwin(address, frames, 1 / plan.frames_a_second))

    def _publish(self, topic: str, payload: bytes) -> None:
        if self._link is not None:
            self._link.publish(topic, payload, qos=1)

    # --- told ----------------------------------------------------------------------------------

    async def carry_out(self, word: Word) -> dict[str, object]:
        """Let something happen; raises TwinError saying what was expected."""
        match word:
            case Arrive():
                return {"answers": await self._known(word.station).arrive(word)}
            case Go():
                self._known(word.station).go()
            case Back():
                self._known(word.station).back()
            case Fault():
                self._go_wrong(word)
            case Ask():
                stations = {name: lane.state() for name, lane in self._lanes.items()}
                return {"stations": stations, "faults": self.faults}
        return {}

    def _known(self, station: str) -> LaneTwin:
        lane = self._lanes.get(station)
        if lane is None:
            raise TwinError(f"station {station}: expected {', '.join(self._lanes)}")
        return lane

    def _go_wrong(self, word: Fault) -> None:
        device = self.plan.devices.get(word.device)
        if device is None:
            raise TwinError(f"device {word.device}: expected {', '.join(self.plan.devices)}")
        known = FAULTS[device.kind]
        if word.fault and word.fault not in known:
            raise TwinError(f"fault {word.fault}: a {device.kind} has {', '.join(known)}")
        self.faults[word.device] = word.fault
        lane = self._lanes[device.at]
        if word.device in self._cameras:
            self._cameras[word.device].fault = word.fault
            self._cameras[word.device].shows = word.picture
        elif word.device in self._readers:
            self._readers[word.device].fault = word.fault
        elif device.kind is DeviceKind.SCALE and lane.weight is not None:
            lane.weight.set_fault(word.fault, now_ms())
        elif device.kind is DeviceKind.BARRIER:
            lane.arm.fault = word.fault
        else:
            lane.loop_faults[word.device] = word.fault

    async def _show(self, word: Arrive) -> list[dict[str, object]]:
        """Let cameras and readers tell of a truck."""
        answers: list[dict[str, object]] = []
        for picture in word.pictures:
            camera = self._cameras.get(picture.device)
            if camera is None:
                raise TwinError(f"camera {picture.device}: expected {', '.join(self._cameras)}")
            statuses = await camera.take(picture)
            answers.append({"device": picture.device, "statuses": statuses})
        for tag in word.tags:
            reader = self._readers.get(tag.device)
            if reader is None:
                raise TwinError(f"reader {tag.device}: expected {', '.join(self._readers)}")
            reader.read(tag.text)
        return answers

    # --- kept running --------------------------------------------------------------------------

    async def start(self) -> None:
        """Listen on every Modbus port; raises TwinError."""
        for server in self._servers.values():
            await server.start()

    async def run(self) -> None:
        """Be there until cancelled."""
        running: list[Coroutine[Any, Any, None]] = [lane.run() for lane in self._lanes.values()]
        running += [scale.run() for scale in self._scales]
        running.append(self._live())
        if self._readers:
            if self.plan.broker is None:
                raise TwinError("no broker: expected one for readers over MQTT")
            self._link = Link(self.plan.broker, LinkPlan("kouan-twins"))
            running.append(self._link.run())
        try:
            async with asyncio.TaskGroup() as group:
                for one in running:
                    group.create_task(one)
        finally:
            for server in self._servers.values():
                await server.close()

    async def _live(self) -> None:
        """Send heartbeats."""
        while True:
            for camera in self._cameras.values() if self.plan.url else ():
                await camera.live()
            for reader in self._readers.values():
                reader.read("")
            await asyncio.sleep(self.plan.alive_ms / 1_000)
