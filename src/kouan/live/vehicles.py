"""Where vehicles are and when they are expected at the next node, from grants and reports.

The time for a block is the declared one: its length at the speed allowed, and what speeding up and
braking add where the vehicle stands at either end.
"""

from kouan.dispatch.commands import DriveTo, PlaceVehicle
from kouan.dispatch.events import VehicleJoined, VehicleMoved, VehicleRecovered, VehicleStopped
from kouan.live.notes import LedgerMemory, VehicleNote
from kouan.port.model import Port
from kouan.port.quantity import WHOLE_PPM
from kouan.traffic.roadmap import compile_roads


def standing(port: Port, memory: LedgerMemory) -> dict[str, list[str]]:
    """Return the vehicles that stand at a parking or charger place without an order, by place.

    Those that charge are left out: they are at a station.
    """
    found: dict[str, list[str]] = {}
    for name, vehicle in memory.vehicles.items():
        if vehicle.next or vehicle.visit or vehicle.errand == "charging":
            continue
        fleet = port.fleets[vehicle.fleet]
        for place in (fleet.parking, fleet.charger):
            if place and port.places[place].node == vehicle.node:
                found.setdefault(place, []).append(name)
                break
    return found


class VehicleFold:
    """Folds what concerns vehicles into the ledger's memory."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._arcs = compile_roads(port.roads).arcs

    def join(self, memory: LedgerMemory, event: VehicleJoined) -> None:
        """A vehicle stands at its fleet's parking place."""
        fleet = self._port.fleets.get(event.fleet)
        if fleet is not None and event.vehicle not in memory.vehicles:
            node = self._port.places[fleet.parking].node
            memory.vehicles[event.vehicle] = VehicleNote(event.fleet, node, event.charge_wh)

    def drive(self, memory: LedgerMemory, vehicle: VehicleNote, command: DriveTo) -> None:
        """A vehicle may drive what is granted beyond the node it passed last."""
        vehicle.granted = list(command.base[max(0, vehicle.step + 1 - command.step) :])
        vehicle.visit = command.order
        vehicle.errand = "order" if command.order else command.action or "driving"
        if not vehicle.granted:
            return
        if not vehicle.next:
            vehicle.next, vehicle.since_ms = vehicle.granted[0], memory.at_ms
            vehicle.from_rest = True
        self._expect(memory, vehicle)

    def pass_node(self, memory: LedgerMemory, vehicle: VehicleNote, event: VehicleMoved) -> None:
        """A vehicle passed a node that it had not passed before."""
        passed = event.step - vehicle.step
        if passed <= 0:
            return
        vehicle.node, vehicle.step = event.node, event.step
        vehicle.charge_wh = event.charge_wh
        del vehicle.granted[:passed]
        vehicle.next = vehicle.granted[0] if vehicle.granted else ""
        vehicle.since_ms = memory.at_ms
        vehicle.from_rest = False
        if vehicle.next:
            self._expect(memory, vehicle)
        elif not vehicle.visit:
            vehicle.errand = "idle"

    def place(self, vehicle: VehicleNote, command: PlaceVehicle) -> None:
        """A person brought a vehicle back: it stands at a node, with nothing granted."""
        vehicle.node, vehicle.step = command.node, command.step
        vehicle.granted, vehicle.next = [], ""
        vehicle.stopped_ms, vehicle.stopped_for = 0, ""
        vehicle.errand = "idle"

    def _expect(self, memory: LedgerMemory, vehicle: VehicleNote) -> None:
        arc = self._arcs.get((vehicle.node, vehicle.next))
        fleet = self._port.fleets[vehicle.fleet]
        if arc is None:
            vehicle.due_ms = vehicle.since_ms
            return
        own = fleet.speed_loaded_mm_s if vehicle.load_kg else fleet.speed_empty_mm_s
        share_ppm = memory.slowed.get(arc.segment, WHOLE_PPM)
        speed = max(1, min(own, arc.speed_mm_s) * share_ppm // WHOLE_PPM)
        duration_ms = arc.length_mm * 1_000 // speed
        if vehicle.from_rest:
            duration_ms += speed * 500 // max(1, fleet.acceleration_mm_s2)
        if len(vehicle.granted) == 1:
            duration_ms += speed * 500 // max(1, fleet.braking_mm_s2)
        vehicle.due_ms = vehicle.since_ms + duration_ms

    def stop(self, memory: LedgerMemory, event: VehicleStopped) -> None:
        """A vehicle can't go on; it stands where it is."""
        vehicle = memory.vehicles.get(event.vehicle)
        if vehicle is not None and not vehicle.stopped_ms:
            vehicle.stopped_ms, vehicle.stopped_for = event.at_ms, event.reason

    def recover(self, memory: LedgerMemory, event: VehicleRecovered) -> None:
        """A vehicle goes on; its times move on by as long as it stood."""
        vehicle = memory.vehicles.get(event.vehicle)
        if vehicle is not None and vehicle.stopped_ms:
            stood_ms = event.at_ms - vehicle.stopped_ms
            vehicle.since_ms += stood_ms
            vehicle.due_ms += stood_ms
            vehicle.stopped_ms, vehicle.stopped_for = 0, ""
