"""`kouan run`: what was asked for, turned into the options of a live port."""

from pathlib import Path
from typing import NamedTuple

from kouan.cli.calling import queue_plan
from kouan.cli.operating import host_names, operate, show_live
from kouan.cli.reaching import Reach, fleet_plan, gate_plan
from kouan.cli.reading import load
from kouan.live.options import LiveOptions
from kouan.report.texts import Language


class Run(NamedTuple):
    """How long, in what time, and where what it knows is kept."""

    for_seconds: float | None
    time_scale: int
    start: str
    data: Path | None
    journal: str | None
    seed: int
    devices: str
    twin_speed: int
    as_json: bool
    lang: Language


class Web(NamedTuple):
    """Where and for whom it answers HTTP."""

    http_port: int
    host: str
    allow_host: list[str] | None
    accounts: str | None
    require_sign_in: bool
    public_url: str | None


class Calls(NamedTuple):
    """Whom it tells of calls."""

    webhook: str | None
    secret: Path | None


def run_port(
    port_file: Path,
    settings: list[str] | None,
    asked: Run,
    reach: Reach,
    web: Web,
    calls: Calls,
) -> None:
    """Run a port until it is stopped, and print what it came to; raises Mistake."""
    port = load(port_file, settings, quiet=asked.as_json)
    options = LiveOptions(
        seed=asked.seed,
        seconds=asked.for_seconds,
        time_scale=asked.time_scale,
        http_port=web.http_port,
        host=web.host,
        hosts=host_names(web.allow_host),
        lang=asked.lang,
        journal=asked.journal,
        accounts=web.accounts,
        require_sign_in=web.require_sign_in,
        vehicles=fleet_plan(port, reach),
        gates=gate_plan(port, asked.devices, asked.twin_speed, asked.time_scale, reach),
        queue=queue_plan(port, calls.webhook, calls.secret, web.public_url),
    )
    summary = operate(port, asked.data or Path("data") / port_file.stem, asked.start, options)
    show_live(summary, port, asked.lang, asked.as_json)
