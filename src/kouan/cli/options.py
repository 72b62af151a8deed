"""The options of `kouan run` that say how it runs and how vehicles are reached."""

from pathlib import Path
from typing import Annotated

import typer

MOST_SEED = (1 << 63) - 1

ForSeconds = Annotated[
    float | None, typer.Option("--for", min=0.1, help="Stop after so many seconds.")
]
TimeScale = Annotated[
    int, typer.Option(min=1, max=10_000, help="Port time runs so many times faster.")
]
LiveStart = Annotated[
    str, typer.Option(help="now, next (opening hour), or a local time: 2026-10-12T08:00")
]
LiveData = Annotated[Path | None, typer.Option(help="Data folder; kept and continued.")]
DeviceSeed = Annotated[int, typer.Option(min=0, max=MOST_SEED, help="Seed of the virtual devices.")]
AllowHost = Annotated[
    list[str] | None, typer.Option(help="Host name to answer under; may be repeated.")
]
AccountsUrl = Annotated[
    str | None,
    typer.Option("--accounts", help="Database for accounts: postgresql+psycopg://..."),
]
RequireSignIn = Annotated[
    bool, typer.Option("--require-sign-in", help="Show the page and figures to accounts only.")
]
Vehicles = Annotated[
    str,
    typer.Option(
        help="mqtt: virtual ones by a broker; elsewhere: virtual ones that run already; real: "
        "yours; inside: virtual ones without a wire."
    ),
]
Devices = Annotated[
    str,
    typer.Option(
        help="twins: simulated ones on the wires that the file declares; real: yours; none; auto: "
        "twins, unless port time runs faster."
    ),
]
TwinSpeed = Annotated[
    int, typer.Option(min=1, max=20, help="Trucks and arms of twins move so many times faster.")
]
Protocol = Annotated[
    str,
    typer.Option(help="vda5050: each vehicle by itself; missions: by the manager of its fleet."),
]
Broker = Annotated[
    str | None, typer.Option(help="mqtt[s]://[user:password@]host[:port]; else one is embedded.")
]
BrokerCa = Annotated[Path | None, typer.Option(help="CA file for mqtts://.")]
VdaSet = Annotated[
    list[str] | None,
    typer.Option(help="manufacturer=NAME, or how vehicles differ: instant_key=instantActions."),
]
VdaVersion = Annotated[str, typer.Option(help="Version of VDA 5050: 2.0.0, 2.1.0 or 3.0.0.")]
Manager = Annotated[
    list[str] | None,
    typer.Option(help="[FLEET=]URL of a fleet manager over HTTP; else missions go by the broker."),
]
ManagerToken = Annotated[
    list[str] | None,
    typer.Option(help="[FLEET=]FILE with its token; else KOUAN_MANAGER_TOKEN has it."),
]
CallWebhook = Annotated[
    str | None, typer.Option(help="URL that slots, calls and forecasts are posted to.")
]
CallSecret = Annotated[
    Path | None, typer.Option(help="File with the secret that signs them; else KOUAN_CALL_SECRET.")
]
PublicUrl = Annotated[
    str | None, typer.Option(help="What the addresses of drivers' pages begin with.")
]
Webhook = Annotated[
    list[str] | None,
    typer.Option(
        help="[FLEET=]PORT on loopback that it posts to, with the token in KOUAN_WEBHOOK_TOKEN."
    ),
]
