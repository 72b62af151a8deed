"""A virtual vehicle's memory in a small file, so that a restarted process goes on from it."""

from dataclasses import replace
from pathlib import Path

import msgspec

from kouan.live.errors import LiveError
from kouan.live.virtual import deeds
from kouan.live.virtual.drive import Drive
from kouan.live.virtual.memory import VehicleMemory
from kouan.live.virtual.spec import VehicleSpec
from kouan.live.virtual.vehicle import Vehicle

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(VehicleMemory).decode


def _path(folder: Path, spec: VehicleSpec) -> Path:
    return folder / f"{spec.manufacturer}-{spec.serial}.json"


def read(folder: Path | None, spec: VehicleSpec) -> VehicleMemory | None:
    """The memory kept of a vehicle, or None; raises LiveError naming a file that is none."""
    if folder is None or not _path(folder, spec).exists():
        return None
    path = _path(folder, spec)
    try:
        return _decode(path.read_bytes())
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise LiveError(
            f"{path}: {error}: expected what a virtual vehicle wrote; remove it to begin anew"
        ) from error


def write(folder: Path | None, vehicle: Vehicle, now_ms: int) -> None:
    """Keep a vehicle's memory as if it stood where it now is; the old file or the new one stays."""
    if folder is None:
        return
    _, _, _, driven_mm, _ = vehicle.place(now_ms)
    folder.mkdir(parents=True, exist_ok=True)
    path = _path(folder, vehicle.spec)
    new = path.with_suffix(".new")
    held_mwh = deeds.charge_mwh(vehicle.spec, vehicle.memory, now_ms)
    new.write_bytes(_encode(replace(vehicle.memory, drive=Drive(driven_mm), charge_mwh=held_mwh)))
    new.replace(path)
