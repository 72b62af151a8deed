"""`kouan run`: a port live on virtual devices, with its page."""

import json
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from kouan.cli.terminal import FIRST_YEAR, LAST_YEAR, Mistake, say
from kouan.live.clock import wall_now_ms
from kouan.live.options import LiveOptions, Ready
from kouan.live.service import SiteFactory, run_live
from kouan.port.calendar import home_zone, next_opening
from kouan.port.model import Port
from kouan.port.quantity import DAY_MS
from kouan.report.tables import live_table
from kouan.report.texts import Language
from kouan.sim.site import VirtualSite

__all__ = ["LiveOptions", "host_names", "operate", "show_live"]
DEMAND_DAYS = 366
"""Days for which the virtual devices of a live port bring visits."""
HOURS_DAYS = 30
"""Days of opening hours that they tell; the live world tells more in time."""


def host_names(names: list[str] | None) -> tuple[str, ...]:
    """Return the host names to answer under; raise Mistake where one has a scheme, port or path."""
    for name in names or ():
        bare = name[1:-1] if name.startswith("[") and name.endswith("]") else name.replace(":", "/")
        if not bare or "/" in bare or any(letter.isspace() for letter in bare):
            expected = "a host name such as port.example, without scheme, port or path"
            raise Mistake(f'--allow-host: "{name}": expected {expected}')
    return tuple(names or ())


def operate(port: Port, data: Path, start: str, options: LiveOptions) -> dict[str, Any]:
    """Run a port until it is stopped; return what it came to."""
    asked = replace(options, start_ms=_begin_ms(port, start))
    return asdict(
        run_live(port, data, _site_factory(options), asked, lambda ready: _announce(port, ready))
    )


def _begin_ms(port: Port, start: str) -> int | None:
    """Port time to begin at; None is the wall clock."""
    if start == "now":
        return None
    if start == "next":
        now_ms = wall_now_ms()
        opening_ms = next_opening(port, "side:border", now_ms)
        return None if opening_ms <= now_ms else opening_ms
    try:
        moment = datetime.fromisoformat(start)
    except ValueError:
        raise Mistake(
            f'--start: "{start}": expected now, next, or a local time such as 2026-10-12T08:00'
        ) from None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise Mistake(f'--start: "{start}": expected a year from {FIRST_YEAR} to {LAST_YEAR}')
    return int(moment.replace(tzinfo=moment.tzinfo or home_zone(port)).timestamp() * 1_000)


def _site_factory(options: LiveOptions) -> SiteFactory:
    """Makes the virtual devices of a live port: the same ones after every restart."""

    def make(port: Port, seed: int, start_ms: int) -> VirtualSite:
        end_ms = start_ms + DEMAND_DAYS * DAY_MS
        hours_ms = start_ms + HOURS_DAYS * DAY_MS
        inside = options.vehicles is None
        return VirtualSite(port, seed, start_ms, end_ms, hours_ms, vehicles=inside)

    return make


def _announce(port: Port, ready: Ready) -> None:
    moment = datetime.fromtimestamp(ready.port_ms / 1_000, home_zone(port))
    went_on = f", goes on after {ready.entries:,} entries" if ready.entries else ""
    say(f"{port.name}: port time {moment:%Y-%m-%d %H:%M}{went_on}")
    if ready.url:
        say(f"page: {ready.url}")


def show_live(summary: dict[str, Any], port: Port, language: Language, as_json: bool) -> None:
    """Print what a live run came to."""
    if as_json:
        print(json.dumps(summary, ensure_ascii=False))
        return
    Console().print(live_table(summary, home_zone(port), language))
