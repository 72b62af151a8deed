"""What is said to the dispatcher of a vehicle, from what its driver remembers."""

from kouan.dispatch import events as e
from kouan.live.missions.memory import MissionMemory, MissionSpec
from kouan.live.missions.messages import VehicleReport


def charge_wh(spec: MissionSpec, memory: MissionMemory) -> int:
    """What its battery held by its last report."""
    return spec.battery_wh * memory.charge_ppm // 1_000_000


def joined(spec: MissionSpec, memory: MissionMemory, now_ms: int) -> e.Event:
    """It reports for work."""
    return e.VehicleJoined(now_ms, spec.vehicle, spec.fleet, charge_wh(spec, memory))


def moved(spec: MissionSpec, memory: MissionMemory, now_ms: int) -> e.Event:
    """It passed the node that it passed last."""
    charge = charge_wh(spec, memory)
    return e.VehicleMoved(now_ms, spec.vehicle, memory.node, memory.step, charge)


def charging_ended(spec: MissionSpec, memory: MissionMemory, now_ms: int) -> e.Event:
    """It charges no longer."""
    return e.ChargingEnded(now_ms, spec.vehicle, charge_wh(spec, memory))


def said_again(spec: MissionSpec, memory: MissionMemory, now_ms: int) -> list[e.Event]:
    """All that is known of it, in case that its last words were lost with a kill."""
    if not memory.joined:
        return []
    said = [joined(spec, memory, now_ms)]
    if memory.node:
        said.append(moved(spec, memory, now_ms))
    if memory.stopped:
        said.append(e.VehicleStopped(now_ms, spec.vehicle, memory.stopped))
    else:
        said.append(e.VehicleRecovered(now_ms, spec.vehicle))
    if memory.unheard:
        said.append(e.VehicleSilent(now_ms, spec.vehicle, "not heard before the restart"))
    if not memory.charging:
        said.append(charging_ended(spec, memory, now_ms))
    return said


def condition(report: VehicleReport) -> str:
    """Why a vehicle can't go on, as its manager reports; "" is that it can."""
    if report.state == "ready":
        return ""
    if report.errors:
        return f"{report.errors[0].kind}: {report.errors[0].text}"
    return f"its fleet manager says {report.state}"
