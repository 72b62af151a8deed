"""How `kouan run` reaches vehicles: by VDA 5050, by fleet managers, or not by a wire at all."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from kouan.cli.terminal import Mistake
from kouan.live.broker import parse_broker
from kouan.live.errors import LiveError
from kouan.live.fleetlink import FleetPlan, ManagerPlan
from kouan.live.gates.side import DEVICES, GatePlan
from kouan.live.missions.calls import check_token, check_url
from kouan.live.missions.process import HOOK_VARIABLE, TOKEN_VARIABLE
from kouan.live.vda5050.values import is_name
from kouan.live.vda5050.versions import Quirks
from kouan.live.virtual.process import BROKER_VARIABLE
from kouan.port.model import Port

VEHICLES = ("mqtt", "elsewhere", "real", "inside")
PROTOCOLS = ("vda5050", "missions")
DEFAULT_VDA = "2.0.0"
LAST_PORT = 65_535
MOST_TOKEN_BYTES = 4_096


@dataclass(frozen=True, slots=True)
class Reach:
    """What was asked for, as the options have it."""

    vehicles: str = "mqtt"
    protocol: str = "vda5050"
    broker: str | None = None
    broker_ca: Path | None = None
    vda: str = DEFAULT_VDA
    vda_set: list[str] | None = None
    manager: list[str] | None = None
    manager_token: list[str] | None = None
    webhook: list[str] | None = None


def fleet_plan(port: Port, asked: Reach) -> FleetPlan | None:
    """How a port's vehicles are reached; None keeps them inside. Raises Mistake naming an option.

    The broker's URL and the managers' tokens may be in the environment.
    """
    for key, known in (("vehicles", VEHICLES), ("protocol", PROTOCOLS)):
        if (given := getattr(asked, key)) not in known:
            raise Mistake(f'--{key}: "{given}": expected {", ".join(known)}')
    _check_together(asked)
    if asked.vehicles == "inside":
        return None
    managers = _managers(port, asked)
    url = asked.broker or os.environ.get(BROKER_VARIABLE, "")
    by_broker = asked.protocol == "vda5050" or any(one not in managers for one in port.fleets)
    if asked.vehicles != "mqtt" and by_broker and not url:
        more = ", or --manager for each fleet" if asked.protocol == "missions" else ""
        raise Mistake(
            f"--vehicles: {asked.vehicles}: expected --broker URL, or {BROKER_VARIABLE}{more}"
        )
    if url:
        parse_broker(url, asked.broker_ca or "")
    loads, rest = _loads(asked)
    names, quirks = _differences(rest)
    plan = FleetPlan(
        protocol=asked.protocol,
        managers=managers,
        broker=url,
        ca_file=str(asked.broker_ca or ""),
        version=asked.vda,
        virtual=asked.vehicles != "real",
        crew=asked.vehicles == "mqtt",
        quirks=quirks,
        tells_loads=loads,
    )
    return replace(plan, **names)  # type: ignore[arg-type]


def _check_together(asked: Reach) -> None:
    """Refuse options that would be passed over."""
    wires = (asked.broker, asked.broker_ca, asked.vda_set, asked.manager)
    if asked.vehicles == "inside" and (any(wires) or asked.protocol != "vda5050"):
        raise Mistake("--vehicles: inside: expected mqtt, elsewhere or real with these options")
    if asked.protocol == "missions":
        if asked.vda_set or asked.vda != DEFAULT_VDA:
            given = f'--vda-set: "{asked.vda_set[0]}"' if asked.vda_set else f'--vda: "{asked.vda}"'
            raise Mistake(f"{given}: expected --protocol vda5050 with it")
        if asked.manager and asked.vehicles == "mqtt":
            raise Mistake(f'--manager: "{asked.manager[0]}": expected --vehicles elsewhere or real')
    elif asked.manager:
        raise Mistake(f'--manager: "{asked.manager[0]}": expected --protocol missions with it')
    for option in ("manager_token", "webhook"):
        if (given := getattr(asked, option)) and not asked.manager:
            name = option.replace("_", "-")
            raise Mistake(f'--{name}: "{given[0]}": expected --manager URL with it')


def gate_plan(
    port: Port,
    devices: str,
    twin_speed: int,
    time_scale: int,
    reach: Reach,
) -> GatePlan:
    """How the devices of a port's gates are reached; raises Mistake naming an option."""
    if devices not in ("auto", *DEVICES):
        raise Mistake(f'--devices: "{devices}": expected auto, {", ".join(DEVICES)}')
    if devices == "auto":
        devices = "twins" if port.devices and time_scale == 1 else "none"
    if devices != "none" and not port.devices:
        raise Mistake(f"--devices: {devices}: expected a port file with [devices]")
    if devices != "none" and time_scale != 1:
        raise Mistake(f"--time-scale: {time_scale}: expected 1 with --devices {devices}")
    url = reach.broker or os.environ.get(BROKER_VARIABLE, "")
    broker = parse_broker(url, reach.broker_ca or "") if url else None
    return GatePlan(devices, broker, twin_speed)


# --- fleet managers ----------------------------------------------------------------------------


def _managers(port: Port, asked: Reach) -> dict[str, ManagerPlan]:
    """The managers over HTTP, by fleet."""
    urls = _by_fleet(port, "--manager", asked.manager or [])
    files = _by_fleet(port, "--manager-token", asked.manager_token or [])
    hooks = _by_fleet(port, "--webhook", asked.webhook or [])
    for option, given in (("--manager-token", files), ("--webhook", hooks)):
        if lost := [fleet for fleet in given if fleet not in urls]:
            raise Mistake(f"{option}: fleet {lost[0]}: expected --manager {lost[0]}=URL as well")
    made, taken = {}, dict[int, str]()
    for fleet, url in urls.items():
        hook_port = _hook_port(hooks[fleet]) if fleet in hooks else -1
        if hook_port > 0 and hook_port in taken:
            both = f"{taken[hook_port]} and {fleet}"
            raise Mistake(f'--webhook: "{hook_port}": expected a port each for {both}')
        taken[hook_port] = fleet
        made[fleet] = _manager(url, files.get(fleet, ""), hook_port)
    return made


def _manager(url: str, file: str, hook_port: int) -> ManagerPlan:
    try:
        checked = check_url(url)
    except LiveError as error:
        raise Mistake(f"--manager: {error}") from None
    hook_token = ""
    if hook_port >= 0:
        hook_token = _checked(os.environ.get(HOOK_VARIABLE, ""), f"--webhook: {HOOK_VARIABLE}")
    return ManagerPlan(checked, _token(file), hook_port, hook_token)


def _by_fleet(port: Port, option: str, items: list[str]) -> dict[str, str]:
    """Values by fleet; one without a fleet's name is for all that are not named."""
    found: dict[str, str] = {}
    rest = ""
    for item in items:
        fleet, sign, value = item.partition("=")
        named = bool(sign) and "/" not in fleet
        if named and fleet not in port.fleets:
            known = ", ".join(port.fleets) or "a port with fleets"
            raise Mistake(f'{option}: "{fleet}": expected a fleet: {known}')
        if (found.get(fleet) if named else rest) or not (value if named else item):
            raise Mistake(f'{option}: "{item}": expected one value for a fleet, once')
        if named:
            found[fleet] = value
        else:
            rest = item
    every = {fleet: found.get(fleet, rest) for fleet in port.fleets}
    return {fleet: value for fleet, value in every.items() if value}


def _hook_port(text: str) -> int:
    if text.isascii() and text.isdecimal() and int(text) <= LAST_PORT:
        return int(text)
    raise Mistake(f'--webhook: "{text}": expected a port, 0 to {LAST_PORT}')


def _token(file: str) -> str:
    """The token from its file, or from the environment."""
    if not file:
        token = os.environ.get(TOKEN_VARIABLE, "")
        return _checked(token, f"--manager: no --manager-token FILE, and {TOKEN_VARIABLE}")
    try:
        with Path(file).open("rb") as stream:
            token = stream.read(MOST_TOKEN_BYTES).decode("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Mistake(f"--manager-token: {file}: {error}: expected a file with a token") from None
    return _checked(token, f"--manager-token: {file}")


def _checked(token: str, what: str) -> str:
    try:
        return check_token(token, what)
    except LiveError as error:
        raise Mistake(str(error)) from None


# --- VDA 5050 ----------------------------------------------------------------------------------


def _loads(asked: Reach) -> tuple[bool, list[str]]:
    """Whether vehicles are told their loads, and the differences besides.

    A real one may move its forks at a pick, so it has to be asked for.
    """
    given = asked.vda_set or []
    said = {"loads=true": True, "loads=false": False}
    found = [said[item] for item in given if item in said]
    rest = [item for item in given if item not in said]
    return found[-1] if found else asked.vehicles != "real", rest


def _differences(given: list[str]) -> tuple[dict[str, str], Quirks]:
    """Names of manufacturer and map, and what vehicles do otherwise than the standard says."""
    names: dict[str, str] = {}
    found: dict[str, str | bool] = {}
    texts, flags = ("instant_key", "prefix"), ("times_without_zone", "null_is_absent")
    for item in given:
        key, _, value = item.partition("=")
        if key in ("manufacturer", "map_id") and is_name(value):
            names[key] = value
        elif key in texts and value:
            found[key] = value
        elif key in flags and value in ("true", "false"):
            found[key] = value == "true"
        else:
            raise Mistake(
                f'--vda-set: "{item}": expected manufacturer=NAME, map_id=NAME, instant_key=NAME, '
                "prefix=NAME, times_without_zone=true, null_is_absent=true or loads=true"
            )
    return names, Quirks(**found)  # type: ignore[arg-type]
