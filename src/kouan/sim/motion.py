"""Virtual vehicles: they drive what they are granted, speed up and brake, and use their battery."""

from kouan.dispatch.commands import DriveTo, PlaceVehicle
from kouan.port.model import Fleet, Port
from kouan.port.quantity import WHOLE_PPM
from kouan.sim.memory import Car, Memory
from kouan.traffic.motion import plan_stretch, position_after, speed_within
from kouan.traffic.roadmap import Arc, compile_roads


class Drives:
    """Motion of all virtual vehicles of a port."""

    def __init__(self, port: Port) -> None:
        self.port = port
        self.roadmap = compile_roads(port.roads)

    def drive(self, memory: Memory, command: DriveTo, at_ms: int) -> None:
        """Take what a command grants beyond what the vehicle knows; repeat where it is if nothing.

        A grant that does not follow on what is known (a message in between was lost) is left out;
        the next one, which always begins behind the node passed last, covers it.
        """
        car = memory.cars[command.vehicle]
        car.request = command.request
        known = car.step + len(car.nodes)
        fresh = command.base[max(0, known + 1 - command.step) :]
        if command.step > known + 1:
            return
        if not fresh:
            if not car.nodes:
                self._report(memory, command.vehicle, car, at_ms)
            return
        car.nodes.extend(fresh)
        if car.may_drive():
            self._plan(memory, command.vehicle, car, at_ms)

    def _plan(self, memory: Memory, name: str, car: Car, at_ms: int) -> None:
        """Plan the rest of the block under way, or the next one, anew."""
        fleet = self.port.fleets[car.fleet]
        if car.stretch is not None:
            driven, speed = position_after(
                car.stretch,
                at_ms - car.began_ms,
                fleet.acceleration_mm_s2,
                fleet.braking_mm_s2,
            )
            car.driven_mm += driven
            car.speed = speed
        arc = self.roadmap.arcs[car.node, car.nodes[0]]
        left_mm = max(1, arc.length_mm - car.driven_mm)
        stretch = plan_stretch(
            left_mm,
            car.speed,
            self._limit(memory, fleet, car, arc),
            self._exit_limit(memory, fleet, car),
            fleet.acceleration_mm_s2,
            fleet.braking_mm_s2,
        )
        car.stretch = stretch
        car.began_ms = at_ms
        car.turn += 1
        memory.heap.push(at_ms + stretch.duration_ms, "@pass", (name, car.turn))

    def _limit(self, memory: Memory, fleet: Fleet, car: Car, arc: Arc) -> int:
        own = fleet.speed_loaded_mm_s if car.load_kg else fleet.speed_empty_mm_s
        share_ppm = memory.slow.get(arc.segment, WHOLE_PPM)
        return max(1, min(own, arc.speed_mm_s) * share_ppm // WHOLE_PPM)

    def _exit_limit(self, memory: Memory, fleet: Fleet, car: Car) -> int:
        """Top speed at the end of the block from which the rest of what is granted can be kept."""
        ahead = list(zip(car.nodes, car.nodes[1:], strict=False))
        exit_speed = 0
        for key in reversed(ahead):
            arc = self.roadmap.arcs[key]
            limit = self._limit(memory, fleet, car, arc)
            exit_speed = min(limit, speed_within(arc.length_mm, fleet.braking_mm_s2, exit_speed))
        return exit_speed

    def pass_node(self, memory: Memory, name: str, turn: int, at_ms: int) -> None:
        """A vehicle reaches the end of its block; plans made before the current one are void."""
        car = memory.cars[name]
        if turn != car.turn or car.stretch is None:
            return
        fleet = self.port.fleets[car.fleet]
        arc = self.roadmap.arcs[car.node, car.nodes[0]]
        use = fleet.consumption_loaded_wh_km if car.load_kg else fleet.consumption_empty_wh_km
        car.charge_mwh = max(0, car.charge_mwh - arc.length_mm * use // 1_000)
        car.speed = car.stretch.exit_speed
        car.node = car.nodes.pop(0)
        car.step += 1
        car.driven_mm = 0
        car.stretch = None
        if car.nodes and car.may_drive():
            self._plan(memory, name, car, at_ms)
        else:
            car.speed = 0
        self._report(memory, name, car, at_ms)

    def _report(self, memory: Memory, name: str, car: Car, at_ms: int) -> None:
        fields = (name, car.node, car.step, car.charge_mwh // 1_000)
        memory.heap.push(at_ms, "VehicleMoved", fields)

    def stop(self, memory: Memory, name: str, at_ms: int) -> None:
        """A fault: the vehicle stands at once where it is."""
        car = memory.cars[name]
        self._stand(car, at_ms)
        car.stopped = True

    def pause(self, memory: Memory, name: str, at_ms: int) -> None:
        """People let it stand at once."""
        car = memory.cars[name]
        self._stand(car, at_ms)
        car.paused = True

    def _stand(self, car: Car, at_ms: int) -> None:
        if car.stretch is not None:
            fleet = self.port.fleets[car.fleet]
            driven, _ = position_after(
                car.stretch,
                at_ms - car.began_ms,
                fleet.acceleration_mm_s2,
                fleet.braking_mm_s2,
            )
            arc = self.roadmap.arcs[car.node, car.nodes[0]]
            car.driven_mm = min(arc.length_mm - 1, car.driven_mm + driven)
        car.speed, car.stretch = 0, None
        car.turn += 1

    def recover(self, memory: Memory, name: str, at_ms: int) -> None:
        """The vehicle goes on with what it was granted."""
        car = memory.cars[name]
        if car.stopped:
            car.stopped = False
            self._go_on(memory, name, car, at_ms)

    def resume(self, memory: Memory, name: str, at_ms: int) -> None:
        """People let it go on."""
        car = memory.cars[name]
        if car.paused:
            car.paused = False
            self._go_on(memory, name, car, at_ms)

    def _go_on(self, memory: Memory, name: str, car: Car, at_ms: int) -> None:
        if car.nodes and car.may_drive():
            self._plan(memory, name, car, at_ms)

    def release(self, memory: Memory, name: str, at_ms: int) -> None:
        """A person has it: it does nothing of its own until it is placed again."""
        self.pause(memory, name, at_ms)
        car = memory.cars[name]
        car.nodes, car.charging_since_ms = [], -1

    def place(self, memory: Memory, command: PlaceVehicle) -> None:
        """A person brought it to a node; of what it was granted nothing holds any more."""
        car = memory.cars[command.vehicle]
        car.node, car.step, car.nodes = command.node, command.step, []
        car.driven_mm, car.speed, car.stretch = 0, 0, None
        car.stopped = car.paused = False
        car.turn += 1

    def charge(self, memory: Memory, name: str, at_ms: int) -> None:
        """Charge until full."""
        car = memory.cars[name]
        fleet = self.port.fleets[car.fleet]
        missing_mwh = max(0, fleet.battery_wh * 1_000 - car.charge_mwh)
        car.charging_since_ms = at_ms
        duration_ms = -(-missing_mwh * 3_600 // max(1, fleet.charging_w))
        memory.heap.push(at_ms + duration_ms, "@charged", (name, at_ms))

    def end_charging(self, memory: Memory, name: str, since_ms: int, at_ms: int) -> None:
        """The charger stops: full, or called away; an older charging's end is void."""
        car = memory.cars[name]
        if car.charging_since_ms != since_ms:
            return
        fleet = self.port.fleets[car.fleet]
        gained_mwh = (at_ms - since_ms) * fleet.charging_w // 3_600
        car.charge_mwh = min(fleet.battery_wh * 1_000, car.charge_mwh + gained_mwh)
        car.charging_since_ms = -1
        memory.heap.push(at_ms, "ChargingEnded", (name, car.charge_mwh // 1_000))
