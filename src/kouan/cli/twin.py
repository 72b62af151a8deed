"""`kouan twin`: what happens at the simulated devices of a running port: trucks and faults."""

import base64
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from kouan.cli.terminal import Mistake, mistakes

app = typer.Typer(help="Simulated devices of a running port.", no_args_is_help=True)

Data = Annotated[Path, typer.Option(help="Data folder of the running port.", show_default=False)]
Station = Annotated[str, typer.Argument(help="Lane, such as express_1.", show_default=False)]
Plate = Annotated[str, typer.Option(help="Plate to show to the front camera.")]
Boxes = Annotated[
    list[str] | None, typer.Option("--box", help="Container number; may be repeated.")
]
Passport = Annotated[str, typer.Option(help="Number of the driver's passport.")]
State = Annotated[str, typer.Option(help="Its issuing state, three letters.")]
Seal = Annotated[str, typer.Option(help="Number on the seal.")]
Mass = Annotated[int, typer.Option("--mass", min=0, max=400_000, help="Mass on the scale, kg.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of the drawn pictures.")]


@app.command()
def state(data: Data) -> None:
    """Tell how it stands with all twins, and where they are."""
    with mistakes():
        told = _read(data)
        print_json({**_say(data, "state"), "addresses": told["addresses"]})


@app.command()
def truck(
    station: Station,
    data: Data,
    plate: Plate = "",
    box: Boxes = None,
    passport: Passport = "",
    issuer: State = "CHN",
    seal: Seal = "",
    mass: Mass = 0,
    alarm: Annotated[bool, typer.Option("--alarm", help="The radiation portal alarms.")] = False,
    stay: Annotated[bool, typer.Option("--stay", help="It stays when the barrier opens.")] = False,
    seed: Seed = 1,
) -> None:
    """Let a truck drive up: its pictures are drawn and pushed, its mass is sent.

    Without anything to show it only stands there, so that pictures may be pushed by other means.
    """
    from kouan.cli.twin_pictures import Shown, pictures_of

    with mistakes():
        told = _read(data)
        shown = Shown(plate, tuple(box or ()), passport, issuer, seal)
        pictures = [
            {"device": device, "content": base64.b64encode(content).decode()}
            for device, content in pictures_of(shown, told["devices"], station, seed)
        ]
        words = {"mass_kg": mass, "pictures": pictures, "alarm": alarm, "stay": stay}
        print_json(_say(data, "arrive", station=station, **words))


@app.command()
def go(station: Station, data: Data) -> None:
    """Let a truck that stays drive on when the barrier is open."""
    with mistakes():
        print_json(_say(data, "go", station=station))


@app.command()
def back(station: Station, data: Data) -> None:
    """Let the truck before the barrier leave the lane backwards, to a bay."""
    with mistakes():
        print_json(_say(data, "back", station=station))


@app.command()
def fault(
    device: Annotated[str, typer.Argument(help="Device.", show_default=False)],
    what: Annotated[str, typer.Argument(help='Fault; "" mends it.', show_default=False)],
    data: Data,
) -> None:
    """Let something go wrong with a device, or mend it."""
    with mistakes():
        print_json(_say(data, "fault", device=device, fault=what))


def print_json(found: dict[str, Any]) -> None:
    """Print an answer as one line."""
    typer.echo(json.dumps({"ok": True, **found}, ensure_ascii=False))


def _read(data: Path) -> dict[str, Any]:
    from kouan.live.gates.side import TWINS_FILE

    path = data / TWINS_FILE
    try:
        told: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        raise Mistake(
            f"{path}: no twins run: expected a port started with kouan run ... --data {data}"
        ) from None
    return told


def _say(data: Path, do: str, **words: object) -> dict[str, Any]:
    from kouan.live.devices.twins.control import TwinControl
    from kouan.live.devices.twins.spec import TwinError

    told = _read(data)
    try:
        with TwinControl(told["port"], told["token"]) as control:
            return control.say(do, **words)
    except TwinError as error:
        raise Mistake(str(error)) from None
    except OSError as error:
        raise Mistake(f"the twins of {data} do not answer: {error}") from None
