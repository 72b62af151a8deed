"""`kouan fleet`: what an operator tells a running port about its vehicles and orders."""

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from kouan.cli.terminal import AsJson, Lang, Mistake, mistakes
from kouan.live.access import read_address, read_token
from kouan.report.texts import Language, named, text

PATIENCE_S = 10.0
MOST_ANSWER_BYTES = 32_000_000

app = typer.Typer(help="Vehicles and orders of a running port.", no_args_is_help=True)

Data = Annotated[Path, typer.Option(help="Data folder of the running port.", show_default=False)]
Vehicle = Annotated[str, typer.Argument(help="Vehicle.", show_default=False)]
Reason = Annotated[str, typer.Option(help="Why, for people and the journal.", show_default=False)]
OfFleet = Annotated[str, typer.Option("--fleet", help="Only this fleet.", show_default=False)]
OfVehicle = Annotated[str, typer.Option("--vehicle", help="Only this one.", show_default=False)]


def ask(data: Path, path: str, body: dict[str, Any] | None = None) -> Any:
    """Ask the port of a data folder, or tell it something; raise Mistake with what it says."""
    url = read_address(data).rstrip("/") + path
    request = urllib.request.Request(url)
    request.add_header("authorization", f"Bearer {read_token(data)}")
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("content-type", "application/json")
    # The port is on this machine or named by its operator: no proxy stands between.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=PATIENCE_S) as answer:
            return json.loads(answer.read(MOST_ANSWER_BYTES))
    except urllib.error.HTTPError as error:
        raise Mistake(_problem(error)) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise Mistake(f"{url}: the port does not answer: {reason}") from None


def _problem(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.loads(error.read(65_536))["problem"])
    except (ValueError, KeyError, TypeError):
        return f"{error.url}: {error.code} {error.reason}"


def _say(data: Path, word: str, **body: Any) -> None:
    with mistakes():
        said = ask(data, f"/api/fleet/{word}", {name: each for name, each in body.items() if each})
        typer.echo(", ".join(said["taken"]))


@app.command("list")
def list_vehicles(data: Data, as_json: AsJson = False, lang: Lang = "en") -> None:
    """Vehicles: where they are, what they are on, and what keeps them."""
    with mistakes():
        vehicles = ask(data, "/api/view")["view"]["vehicles"]
        if as_json:
            typer.echo(json.dumps(vehicles, ensure_ascii=False))
        else:
            Console().print(_table(vehicles, lang))


COLUMNS = ("vehicle", "fleet_name", "at_node", "towards", "errand", "load_kg", "charge_wh", "kept")


def _table(vehicles: list[dict[str, Any]], lang: Language) -> Table:
    table = Table()
    for column in COLUMNS:
        table.add_column(text(column, lang), overflow="fold")
    for one in vehicles:
        kept = [named(f"kept_{why}", lang) for why in one["halts"]]
        if one["stopped_ms"]:
            kept.append(one["stopped_for"])
        table.add_row(
            one["id"],
            one["fleet"],
            one["node"],
            one["next"],
            one["visit"] or named(f"errand_{one['errand']}", lang),
            f"{one['load_kg']:,}",
            f"{one['charge_wh']:,}",
            ", ".join(kept),
        )
    return table


@app.command()
def hold(data: Data, reason: Reason, fleet: OfFleet = "", vehicle: OfVehicle = "") -> None:
    """Grant nothing more: vehicles drive what they were granted and stand there."""
    _say(data, "halt", how="hold", reason=reason, fleet=fleet, vehicle=vehicle)


@app.command()
def pause(data: Data, reason: Reason, fleet: OfFleet = "", vehicle: OfVehicle = "") -> None:
    """Let vehicles stand at once, wherever they are."""
    _say(data, "halt", how="pause", reason=reason, fleet=fleet, vehicle=vehicle)


@app.command()
def stop(data: Data, reason: Reason, fleet: OfFleet = "", vehicle: OfVehicle = "") -> None:
    """Emergency stop: as pause, and lifted for the whole fleet only. It is no safety function."""
    _say(data, "halt", how="stop", reason=reason, fleet=fleet, vehicle=vehicle)


@app.command()
def resume(data: Data, fleet: OfFleet = "", vehicle: OfVehicle = "") -> None:
    """Let halted vehicles go on."""
    _say(data, "free", fleet=fleet, vehicle=vehicle)


@app.command()
def take(vehicle: Vehicle, data: Data, reason: Reason) -> None:
    """A person drives or tows a vehicle: what it holds stays its own until it is returned."""
    _say(data, "take", vehicle=vehicle, reason=reason)


@app.command("return")
def bring_back(
    vehicle: Vehicle,
    data: Data,
    charge_wh: Annotated[int, typer.Option(min=0, help="What its battery holds, Wh.")],
) -> None:
    """A vehicle that a person had stands at its parking place again, empty and ready."""
    with mistakes():
        body = {"vehicle": vehicle, "charge_wh": charge_wh}
        typer.echo(", ".join(ask(data, "/api/fleet/return", body)["taken"]))


@app.command()
def remove(vehicle: Vehicle, data: Data, reason: Reason) -> None:
    """A vehicle has left its fleet and the port's roads; its order goes to another."""
    _say(data, "remove", vehicle=vehicle, reason=reason)


@app.command()
def cancel(
    order: Annotated[str, typer.Argument(help="Order.", show_default=False)],
    data: Data,
    reason: Reason,
) -> None:
    """Call an order off: at once if it waits, else where its vehicle next stands."""
    _say(data, "cancel", order=order, reason=reason)


@app.command("order")
def place(
    order: Annotated[str, typer.Argument(help="Name of the order.", show_default=False)],
    data: Data,
    fleet: Annotated[str, typer.Option(help="Fleet that carries it.", show_default=False)],
    mass_kg: Annotated[int, typer.Option(min=1, help="Mass of the load.", show_default=False)],
    visit_class: Annotated[str, typer.Option("--class", help="Class; the fleet's name.")] = "",
    goods: Annotated[str, typer.Option(help="What it is.")] = "",
    containers: Annotated[int, typer.Option(min=0, help="Containers.")] = 1,
    priority: Annotated[int, typer.Option(min=0, max=1_000, help="0 is ordinary.")] = 0,
    deadline_ms: Annotated[int, typer.Option(min=0, help="Unix ms; 0 is none.")] = 0,
    after: Annotated[str, typer.Option(help="Order that has to be done before.")] = "",
) -> None:
    """Place a transport order with its manifest and declaration."""
    load = {"mass_kg": mass_kg, "goods": goods, "containers": containers}
    urgency = {"priority": priority, "deadline_ms": deadline_ms, "after": after}
    _say(data, "order", order=order, fleet=fleet, visit_class=visit_class, **load, **urgency)
