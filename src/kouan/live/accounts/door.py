"""The way in: a port's accounts opened, with the routes and the look-up that its HTTP needs."""

from pathlib import Path
from typing import NamedTuple

from kouan.live.access import operator_token
from kouan.live.accounts.administration import AccountRoutes
from kouan.live.accounts.book import Accounts
from kouan.live.accounts.identify import FindDriver, Identification
from kouan.live.accounts.web import SessionRoutes
from kouan.live.metrics import Metrics


class Door(NamedTuple):
    """What HTTP needs of accounts."""

    accounts: Accounts
    identify: Identification
    parts: tuple[SessionRoutes, AccountRoutes]


def open_door(
    folder: Path,
    url: str | None,
    metrics: Metrics,
    driver: FindDriver,
    *,
    require_sign_in: bool,
) -> Door:
    """Open the accounts of a data folder or at a database's URL; raise LiveError, JournalError.

    ``driver`` says who has the token of a visit's page. The folder's own token, made at the first
    start, is that of the built-in account.
    """
    accounts = Accounts(url or folder)
    accounts.keep_operator(operator_token(folder))
    identify = Identification(
        accounts,
        require_sign_in=require_sign_in,
        refused=metrics.observe_refusal,
        driver=driver,
    )
    parts = (SessionRoutes(accounts, metrics.observe_sign_in), AccountRoutes(accounts))
    return Door(accounts, identify, parts)
