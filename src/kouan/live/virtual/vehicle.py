"""A virtual vehicle: what it was told and what time it is go in, what it then is comes out.

It has no clock and no network. Whoever runs it calls ``advance`` at ``next_at_ms`` at the latest,
and sends a state whenever ``changed`` has become true.
"""

from math import atan2

from kouan.live.vda5050.messages import Status
from kouan.live.virtual import deeds, orders
from kouan.live.virtual.drive import Leg
from kouan.live.virtual.faults import FAULTS, Fault
from kouan.live.virtual.memory import ActionRecord, NodeAhead, OrderReceived, VehicleMemory
from kouan.live.virtual.spec import VehicleSpec


class Vehicle:
    """One vehicle. Times are those of ``now_ms``, which never run back."""

    def __init__(self, spec: VehicleSpec, memory: VehicleMemory | None = None) -> None:
        """A vehicle that stands where its spec says, or goes on with its memory."""
        self.spec = spec
        self.memory = memory or VehicleMemory(
            spec.node, spec.x_mm, spec.y_mm, spec.theta_mrad, spec.map_id, spec.charge_wh * 1_000
        )
        self.changed = True
        """Whether a state is to be sent; whoever sends it sets it back."""
        self.factsheet_asked = False

    # --- what comes in -------------------------------------------------------------------------

    def receive_order(self, order: OrderReceived, digest: str, now_ms: int) -> None:
        """Take an order or an update, or note an error."""
        self.advance(now_ms)
        if orders.receive(self.spec, self.memory, order, digest):
            self._proceed(now_ms)
        self.changed = True

    def receive_instant(self, action: ActionRecord, now_ms: int) -> None:
        """Take an instant action, or note an error; one that is repeated changes nothing."""
        self.advance(now_ms)
        self.changed = True
        if deeds.take_instant(self.spec, self.memory, action, now_ms):
            self.factsheet_asked |= action.kind == "factsheetRequest"
            self._proceed(now_ms)

    def refuse(self, why: str, *references: tuple[str, str]) -> None:
        """Note that a message could not be understood."""
        self.memory.error("VALIDATION_FAILURE", why, *references)
        self.changed = True

    def inject(self, fault: Fault, now_ms: int) -> None:
        """Let something go wrong, for a while or until ``recover``."""
        self.advance(now_ms)
        memory = self.memory
        memory.fault = fault.kind
        memory.fault_ends_ms = now_ms + fault.for_ms if fault.for_ms else 0
        if FAULTS[fault.kind].stands_at_once:
            self._settle_leg(now_ms)
            memory.drive.stand(now_ms)
        if fault.kind == "lost":
            memory.localized = False
        elif fault.kind == "empty":
            memory.charge_mwh = 0
            memory.charging_since_ms = -1
        elif fault.kind == "manual":
            self.forget_order(now_ms)
        self.changed = True
        self._proceed(now_ms)

    def recover(self, now_ms: int) -> None:
        """End the fault: the vehicle goes on with what it has."""
        memory = self.memory
        if memory.fault == "lost":
            memory.localized = True
        elif memory.fault == "empty":
            memory.charge_mwh = self.spec.battery_wh * 500
        memory.fault, memory.fault_ends_ms = "", 0
        self.changed = True
        self._proceed(now_ms)

    def forget_order(self, now_ms: int) -> None:
        """Lose the order, as by a reboot or by a person who takes over; the place is kept."""
        memory = self.memory
        memory.x_mm, memory.y_mm, memory.theta_mrad, _, _ = self.place(now_ms)
        self._settle_leg(now_ms)
        memory.drive.stand(now_ms)
        memory.drive.driven_mm = 0
        memory.order_id, memory.update_id, memory.digest = "", 0, ""
        memory.nodes, memory.edges, memory.actions, memory.here = [], [], {}, []
        memory.cancelling, memory.paused, memory.errors = "", False, []
        self.changed = True

    def thaw(self, now_ms: int) -> None:
        """Go on after a restart: from a stand, where it was when its memory was kept."""
        memory = self.memory
        memory.drive.stand(now_ms)
        for action in memory.actions.values():
            if action.status is Status.RUNNING and action.ends_ms:
                action.ends_ms = now_ms + self.spec.action_ms.get(action.kind, 0) + 1
        if memory.charging_since_ms >= 0:
            memory.charging_since_ms = now_ms
        if memory.fault_ends_ms:
            # Its time was that of another process, and is over with it.
            self.recover(now_ms)
        self._proceed(now_ms)

    # --- time ----------------------------------------------------------------------------------

    def next_at_ms(self) -> int | None:
        """When something happens by itself; None if nothing will."""
        known = (
            self.memory.drive.due_ms(),
            deeds.due_ms(self.memory),
            deeds.full_ms(self.spec, self.memory),
            self.memory.fault_ends_ms or None,
        )
        return min((at_ms for at_ms in known if at_ms is not None), default=None)

    def advance(self, now_ms: int) -> None:
        """Let everything happen that is due by now, each at its own time."""
        while (at_ms := self.next_at_ms()) is not None and at_ms <= now_ms:
            self._happen(at_ms)

    def _happen(self, at_ms: int) -> None:
        memory = self.memory
        if memory.fault_ends_ms and memory.fault_ends_ms <= at_ms:
            self.recover(at_ms)
        self.changed |= deeds.finish_due(self.spec, memory, at_ms)
        full_ms = deeds.full_ms(self.spec, memory)
        if full_ms is not None and full_ms <= at_ms:
            deeds.end_charging(self.spec, memory, at_ms)
            self.changed = True
        due_ms = memory.drive.due_ms()
        if due_ms is not None and due_ms <= at_ms:
            self._end_stretch(at_ms)
        self._proceed(at_ms)

    def _end_stretch(self, at_ms: int) -> None:
        memory = self.memory
        halting = memory.drive.halting
        self._settle_leg(at_ms)
        if halting and memory.drive.driven_mm < orders.chord_mm(memory, 0):
            memory.drive.stand(at_ms)
        else:
            self._arrive(at_ms)
        self.changed = True

    def _settle_leg(self, at_ms: int) -> None:
        """Take where it is now as where it is; its speed is kept."""
        spec = self.spec
        self.memory.drive.settle(at_ms, spec.acceleration_mm_s2, spec.braking_mm_s2)

    def _arrive(self, at_ms: int) -> None:
        """The next node is reached: its actions are next, the leg behind it is done."""
        spec, memory = self.spec, self.memory
        length_mm = orders.chord_mm(memory, 0)
        use = spec.consumption_loaded_wh_km if memory.load_kg else spec.consumption_empty_wh_km
        memory.charge_mwh = max(0, memory.charge_mwh - length_mm * use // 1_000)
        node, edge = memory.nodes.pop(0), memory.edges.pop(0)
        for action in edge.actions:
            known = memory.actions.get(action.action_id)
            if known is not None and known.status is Status.RUNNING:
                deeds.finish(spec, memory, known, at_ms)
        if node.map_id:
            memory.theta_mrad = _heading(memory, node)
            memory.x_mm, memory.y_mm, memory.map_id = node.x_mm, node.y_mm, node.map_id
        if node.theta_mrad is not None:
            memory.theta_mrad = node.theta_mrad
        memory.last_node, memory.last_sequence, memory.left_node = node.name, node.sequence, False
        memory.drive.driven_mm, memory.drive.began_ms = 0, at_ms
        memory.here.extend(action.action_id for action in node.actions)
        if not memory.charge_mwh:
            memory.fault, memory.fault_ends_ms = "empty", 0
            memory.drive.stand(at_ms)

    def _proceed(self, at_ms: int) -> None:
        """Do what can be done from here on: actions, then driving, or braking."""
        spec, memory = self.spec, self.memory
        drive = memory.drive
        held = memory.paused or bool(memory.fault)
        if not held:
            self.changed |= deeds.start_actions(spec, memory, at_ms)
        ready = bool(memory.nodes) and memory.nodes[0].released and bool(memory.edges)
        if held and (drive.moving or (drive.speed and ready)) and not drive.halting:
            # Braking may take it past a node: what is behind that was free to drive anyway.
            if not memory.left_node:
                self._leave_node()
            drive.halt(self._legs()[0], at_ms, spec.acceleration_mm_s2, spec.braking_mm_s2)
            self.changed = True
        elif ready and not held and deeds.may_drive(memory):
            self._drive(at_ms)
        elif not drive.moving:
            drive.stand(at_ms)
        self.changed |= deeds.end_instant(memory)

    def _drive(self, at_ms: int) -> None:
        """Set out on the next leg, or plan the one under way anew."""
        spec, memory = self.spec, self.memory
        if not memory.left_node:
            self._leave_node()
            deeds.end_charging(spec, memory, at_ms)
            deeds.start_actions(spec, memory, at_ms)
            if not deeds.may_drive(memory):
                return
        memory.drive.plan(self._legs(), at_ms, spec.acceleration_mm_s2, spec.braking_mm_s2)

    def _leave_node(self) -> None:
        memory = self.memory
        memory.here.extend(action.action_id for action in memory.edges[0].actions)
        memory.left_node = True
        self.changed = True

    def _legs(self) -> list[Leg]:
        """The released legs ahead."""
        spec, memory = self.spec, self.memory
        own = spec.speed_loaded_mm_s if memory.load_kg else spec.speed_empty_mm_s
        legs = []
        for index, (node, edge) in enumerate(zip(memory.nodes, memory.edges, strict=False)):
            if not node.released or not edge.released:
                break
            following = memory.edges[index + 1].actions if index + 1 < len(memory.edges) else []
            stop = any(action.stops for action in (*node.actions, *following))
            limit = min(own, edge.limit_mm_s) if edge.limit_mm_s else own
            legs.append(Leg(orders.chord_mm(memory, index), limit, stop))
        return legs

    # --- what it shows -------------------------------------------------------------------------

    @property
    def wants_base(self) -> bool:
        """Whether it is on the last leg of its base, or waits at its end, with a horizon ahead."""
        nodes = self.memory.nodes
        return any(not one.released for one in nodes) and sum(one.released for one in nodes) <= 1

    def place(self, now_ms: int) -> tuple[int, int, int, int, int]:
        """Position x, y (mm), heading (mrad), millimetres since the last node, speed (mm/s)."""
        spec, memory = self.spec, self.memory
        driven_mm, speed = memory.drive.at(now_ms, spec.acceleration_mm_s2, spec.braking_mm_s2)
        node = memory.nodes[0] if memory.left_node and memory.nodes else None
        if node is None or not node.map_id:
            return memory.x_mm, memory.y_mm, memory.theta_mrad, driven_mm, speed
        share = min(1.0, driven_mm / orders.chord_mm(memory, 0))
        x_mm = memory.x_mm + round((node.x_mm - memory.x_mm) * share)
        y_mm = memory.y_mm + round((node.y_mm - memory.y_mm) * share)
        return x_mm, y_mm, _heading(memory, node), driven_mm, speed


def _heading(memory: VehicleMemory, node: NodeAhead) -> int:
    """Direction from the node passed last to the next one, in milliradians."""
    return round(1e3 * atan2(node.y_mm - memory.y_mm, node.x_mm - memory.x_mm))
