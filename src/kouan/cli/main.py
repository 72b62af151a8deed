"""The commands of `kouan`.

Each command loads what it needs itself, so that none waits for the parts of another.
"""

import json
import re
from pathlib import Path
from typing import Annotated

import typer

from kouan.cli.account import app as account_app
from kouan.cli.fleet import app as fleet_app
from kouan.cli.gate import app as gate_app
from kouan.cli.options import (
    MOST_SEED,
    AccountsUrl,
    AllowHost,
    Broker,
    BrokerCa,
    CallSecret,
    CallWebhook,
    Devices,
    DeviceSeed,
    ForSeconds,
    LiveData,
    LiveStart,
    Manager,
    ManagerToken,
    Protocol,
    PublicUrl,
    RequireSignIn,
    TimeScale,
    TwinSpeed,
    VdaSet,
    VdaVersion,
    Vehicles,
    Webhook,
)
from kouan.cli.terminal import (
    MISTAKE,
    AsJson,
    Journal,
    Lang,
    Mistake,
    PortFile,
    Settings,
    mistakes,
)
from kouan.cli.twin import app as twin_app
from kouan.cli.watch import app as watch_app
from kouan.port.formats.plantmap import Format

DEFAULT_START = "2026-10-12"
"""First simulated day unless told otherwise: fixed, so that the same command gives the same run."""

app = typer.Typer(
    help="Kouan 口岸: runs a smart land border port, simulated and live.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(fleet_app, name="fleet")
app.add_typer(twin_app, name="twin")
app.add_typer(account_app, name="account")
app.add_typer(gate_app, name="gate")
app.add_typer(watch_app, name="watch")


def main() -> None:
    """Run the command line."""
    app()


def _file_name(name: str) -> str:
    """The file for a port of this name, in this folder whatever the name holds."""
    words = re.findall(r"\w+", name.lower())
    return f"{'_'.join(words) or 'port'}.toml"


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Name of the port.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File to write.")] = None,
) -> None:
    """Write a commented starter port file."""
    from kouan.port.starter import starter_text

    with mistakes():
        try:
            text = starter_text(name)
        except ValueError as error:
            raise Mistake(f'NAME: "{name}": expected {error}') from None
        target = output or Path(_file_name(name))
        if target.exists():
            raise Mistake(f"{target}: exists already; expected a new file name (-o FILE)")
        target.write_text(text, "utf-8")
        typer.echo(f"{target}")


@app.command()
def check(port_file: PortFile, settings: Settings = None, as_json: AsJson = False) -> None:
    """Check a port file: its form, what must hold of the whole port, and where it is too small."""
    from kouan.cli.reading import load_checked

    with mistakes():
        port, findings = load_checked(port_file, settings)
        vehicles = sum(fleet.count for fleet in port.fleets.values())
        if as_json:
            warnings = [{"key": found.key, "text": str(found)} for found in findings]
            result = {"port": port.name, "vehicles": vehicles, "warnings": warnings}
            typer.echo(json.dumps(result, ensure_ascii=False))
            return
        for finding in findings:
            typer.echo(str(finding))
        typer.echo(
            f"{port_file.name}: {len(port.places)} places, {len(port.procedures)} procedures, "
            f"{vehicles} vehicles, {len(findings)} warnings"
        )


@app.command()
def schema() -> None:
    """Print the JSON Schema (2020-12) of a port file, for editors."""
    from kouan.port.reference import field_docs
    from kouan.port.schema import json_schema

    with mistakes():
        typer.echo(json.dumps(json_schema(field_docs()), ensure_ascii=False, indent=2))


@app.command()
def sim(
    port_file: PortFile,
    days: Annotated[int, typer.Option(min=1, max=3660, help="Days to simulate.")] = 1,
    seed: Annotated[int, typer.Option(min=0, max=MOST_SEED, help="Seed of all draws.")] = 1,
    seeds: Annotated[int, typer.Option(min=1, max=10_000, help="Seeds for the intervals.")] = 1,
    start: Annotated[str, typer.Option(help="First day (local date).")] = DEFAULT_START,
    settings: Settings = None,
    faults: Annotated[Path | None, typer.Option(help="Script of faults (TOML).")] = None,
    bad_day: Annotated[bool, typer.Option("--bad-day", help="Faults at ordinary rates.")] = False,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Folder for the results.")] = None,
    journal: Journal = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where a run stopped.")] = False,
    as_json: AsJson = False,
    lang: Lang = "en",
) -> None:
    """Simulate days of a port and report them."""
    from kouan.cli.reading import load
    from kouan.cli.results import show_results, write_results
    from kouan.cli.simulating import add_comparison, ask, make_scenario, run_into

    with mistakes():
        asked = ask(seed, start, days, faults, bad_day)
        port = load(port_file, settings, quiet=as_json)
        scenario = make_scenario(port, asked, faults)
        folder = out or Path("out") / f"{port_file.stem}-{start}-{days}d-seed{seed}"
        summary = run_into(folder, journal, scenario, asked, resume, as_json)
        add_comparison(summary, scenario, days, seeds, as_json)
        show_results(summary, write_results(folder, summary, lang), lang, as_json)


@app.command()
def run(
    port_file: PortFile,
    for_seconds: ForSeconds = None,
    time_scale: TimeScale = 1,
    start: LiveStart = "next",
    data: LiveData = None,
    journal: Journal = None,
    http_port: Annotated[int, typer.Option("--port", min=0, max=65_535)] = 8_080,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    allow_host: AllowHost = None,
    accounts: AccountsUrl = None,
    require_sign_in: RequireSignIn = False,
    seed: DeviceSeed = 1,
    vehicles: Vehicles = "mqtt",
    devices: Devices = "auto",
    twin_speed: TwinSpeed = 1,
    protocol: Protocol = "vda5050",
    broker: Broker = None,
    broker_ca: BrokerCa = None,
    vda: VdaVersion = "2.0.0",
    vda_set: VdaSet = None,
    manager: Manager = None,
    manager_token: ManagerToken = None,
    webhook: Webhook = None,
    call_webhook: CallWebhook = None,
    call_secret: CallSecret = None,
    public_url: PublicUrl = None,
    settings: Settings = None,
    as_json: AsJson = False,
    lang: Lang = "en",
) -> None:
    """Run a port live, on virtual devices, with a page that shows it."""
    from kouan.cli.reaching import Reach
    from kouan.cli.running import Calls, Run, Web, run_port

    with mistakes():
        wires = (broker, broker_ca, vda, vda_set, manager, manager_token, webhook)
        web = Web(http_port, host, allow_host, accounts, require_sign_in, public_url)
        twins = (devices, twin_speed)
        asked = Run(for_seconds, time_scale, start, data, journal, seed, *twins, as_json, lang)
        calls = Calls(call_webhook, call_secret)
        run_port(port_file, settings, asked, Reach(vehicles, protocol, *wires), web, calls)


@app.command()
def replay(
    journal: Annotated[str, typer.Argument(help="Journal, its folder, or a database's URL.")],
    verify: Annotated[
        bool, typer.Option("--verify", help="Decide every entry again and compare.")
    ] = False,
    first: Annotated[int, typer.Option("--from", min=1, help="First entry to print.")] = 1,
    last: Annotated[int | None, typer.Option("--to", min=1, help="Last entry to print.")] = None,
    as_json: AsJson = False,
) -> None:
    """Print a journal's entries, or verify that it was decided as it says."""
    from kouan.cli.keeping import verify_journal

    with mistakes():
        if not verify_journal(journal, verify, first, last, as_json):
            raise typer.Exit(MISTAKE)


@app.command()
def report(
    journal: Annotated[str, typer.Argument(help="Journal, its folder, or a database's URL.")],
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Folder for the report.")] = None,
    as_json: AsJson = False,
    lang: Lang = "en",
) -> None:
    """Fold a journal into its summary and report."""
    from kouan.cli.keeping import report_on
    from kouan.cli.results import show_results, write_results

    with mistakes():
        summary, folder = report_on(journal, out, as_json)
        show_results(summary, write_results(folder, summary, lang), lang, as_json)


@app.command("identify")
def identify_command(
    text: Annotated[str, typer.Argument(help="Number, plate, code, or lines of a document.")],
    kind: Annotated[str | None, typer.Option(help="Only this kind: container, mrz, ...")] = None,
    as_json: AsJson = False,
) -> None:
    """Tell what a text is a valid number of, or which character is wrong."""
    from kouan.cli.identifying import identify

    with mistakes():
        if not identify(text, kind, as_json):
            raise typer.Exit(MISTAKE)


@app.command("backup")
def backup_command(
    data: Annotated[Path, typer.Argument(help="Data folder of a port, running or not.")],
    archive: Annotated[Path, typer.Argument(help="File to write.")],
) -> None:
    """Back a data folder up into one file, while the port runs."""
    from kouan.cli.keeping import backup_folder

    with mistakes():
        backup_folder(data, archive)


@app.command("restore")
def restore_command(
    archive: Annotated[Path, typer.Argument(help="Backup to restore.")],
    data: Annotated[Path, typer.Argument(help="New or empty data folder.")],
) -> None:
    """Restore a backup into a new data folder."""
    from kouan.cli.keeping import restore_folder

    with mistakes():
        restore_folder(archive, data)


@app.command("import")
def import_command(
    source: Annotated[Path, typer.Argument(help="Plant model: VDMA LIF (JSON) or openTCS (XML).")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Port file to write.")],
) -> None:
    """Make a port file of a plant model; every assumption is told as a warning."""
    from kouan.cli.exchanging import import_plant

    with mistakes():
        typer.echo(import_plant(source, output))


@app.command("export-map")
def export_map_command(
    port_file: PortFile,
    to: Annotated[Format, typer.Option("--to", help="Format of the plant model.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Plant model to write.")],
    model_version: Annotated[str, typer.Option(help="openTCS: 6.0.0 or 7.0.0.")] = "",
) -> None:
    """Write the roads and places of a port file as a plant model."""
    from kouan.cli.exchanging import export_map

    with mistakes():
        typer.echo(export_map(port_file, to, output, model_version))
