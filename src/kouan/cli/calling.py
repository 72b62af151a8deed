"""How `kouan run` tells of the queue: calls to another system, forecasts, drivers' addresses."""

import os
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from kouan.cli.terminal import Mistake
from kouan.live.errors import LiveError
from kouan.live.missions.calls import check_token, check_url
from kouan.live.queue.calls import HookPlan
from kouan.live.queue.side import QueuePlan
from kouan.port.model import Port
from kouan.sim.forecast import predict

SECRET_VARIABLE = "KOUAN_CALL_SECRET"
MOST_SECRET_BYTES = 4_096


def queue_plan(
    port: Port, url: str | None, secret_file: Path | None, public_url: str | None
) -> QueuePlan:
    """What was asked for; raises Mistake naming an option."""
    if secret_file is not None and not url:
        raise Mistake(f'--call-secret: "{secret_file}": expected --call-webhook URL with it')
    hook = None
    if url:
        try:
            checked = check_url(url, "receiver of calls")
        except LiveError as error:
            raise Mistake(f"--call-webhook: {error}") from None
        hook = HookPlan(checked, _secret(secret_file))
    # The port goes to the process that forecasts once, with the function.
    return QueuePlan(hook, partial(predict, port), _address(public_url))


def _secret(file: Path | None) -> str:
    """The secret from its file, or from the environment."""
    what = f"--call-webhook: no --call-secret FILE, and {SECRET_VARIABLE}"
    secret = os.environ.get(SECRET_VARIABLE, "")
    if file is not None:
        what = f"--call-secret: {file}"
        try:
            with file.open("rb") as stream:
                secret = stream.read(MOST_SECRET_BYTES).decode("ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise Mistake(f"{what}: {error}: expected a file with a secret") from None
    try:
        return check_token(secret, what)
    except LiveError as error:
        raise Mistake(str(error)) from None


def _address(url: str | None) -> str:
    if not url:
        return ""
    split = urlsplit(url)
    is_plain = split.scheme in ("http", "https") and split.hostname and "@" not in split.netloc
    if not is_plain or split.query or split.fragment:
        expected = "http[s]://host[:port][/path], no user, nothing after the path"
        raise Mistake(f'--public-url: "{url}": expected {expected}')
    return url.rstrip("/")
