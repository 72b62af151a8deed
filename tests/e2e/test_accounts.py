"""Accounts of a running port: made on the command line, used in a browser and by programs."""

import json
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from kouan.live.access import TOKEN_FILE
from kouan.live.accounts.tables import ACCOUNTS_FILE
from kouan.runtime.backup import JOURNAL_FILE, backup, restore
from kouan.runtime.journal import Journal
from tests.e2e.browser import PORT_SHOWN, browser_on
from tests.e2e.command import COMMAND, Done, assert_mistake, environment, kouan
from tests.e2e.live_process import MORNING, live

PASSWORD = "correct horse battery"
NEW_PASSWORD = "a much better one"
FORM = "#sign-in:not([hidden])"


def account(data: Path, *words: str, typed: str = "") -> Done:
    """Run `kouan account` on a data folder, with something on standard input."""
    return subprocess.run(
        [*COMMAND, "account", *words, "--data", str(data)],
        input=typed,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def post(url: str, path: str, token: str, body: dict[str, Any]) -> int:
    """Post as a program; return the status."""
    headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
    request = urllib.request.Request(f"{url}{path}", json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def sign_in(page: Page, name: str, password: str) -> None:
    page.fill("#name", name)
    page.fill("#password", password)
    page.keyboard.press("Enter")


def fits(page: Page) -> bool:
    """Whether nothing lies beyond the window's right edge."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_from_the_first_account_to_a_word_in_the_journal(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with live(data, "--start", MORNING, "--require-sign-in") as process:
        with browser_on(process.url, shows=FORM) as watched:
            page = watched.page
            assert page.url.endswith("/sign-in")
            assert page.is_visible("text=kouan account add NAME --role administrator")
            made = account(data, "add", "Wang.Lei", "--role", "shift_leader", typed=PASSWORD)
            assert (made.returncode, made.stdout) == (0, ""), made.stderr
            page.reload()
            page.wait_for_selector(FORM)
            assert not page.is_visible("#first")
            sign_in(page, "wang.lei", "wrong wrong wrong")
            page.wait_for_selector("#problem:not([hidden])")
            assert page.evaluate("document.activeElement.id") == "password"
            sign_in(page, "wang.lei", PASSWORD)
            page.wait_for_selector(PORT_SHOWN)
            assert page.inner_text("#account") == "wang.lei"
            assert page.evaluate("document.cookie") == ""
            # Another window notices at once that the account is disabled.
            assert account(data, "disable", "wang.lei").returncode == 0
            page.wait_for_selector(FORM)
            assert watched.outside(process.url) == []
        assert account(data, "enable", "wang.lei").returncode == 0
        token = account(data, "token", "wang.lei", "--label", "test").stdout.strip()
        word = {"how": "pause", "reason": "fog"}
        assert post(process.url, "api/fleet/halt", token, word) == 202
        assert post(process.url, "api/accounts", token, {"name": "x", "roles": ["viewer"]}) == 403
        listed = kouan("fleet", "list", "--data", data, "--json", cwd=tmp_path)
        assert [one["id"] for one in json.loads(listed.stdout)] == ["agv-1"]
        assert kouan("fleet", "resume", "--data", data, cwd=tmp_path).returncode == 0
        backup(data, tmp_path / "copy.tar")
        process.stop()
    said = "\n".join(process.said)
    assert "sign-in of wang.lei from 127.0.0.1: refused" in said
    assert "sign-in of wang.lei from 127.0.0.1: signed_in" in said
    folder_token = (data / TOKEN_FILE).read_text().strip()
    with Journal.open(data / JOURNAL_FILE, writing=False) as journal:
        events = [entry.event for entry in journal.entries() if "Vehicles" in entry.kind]
    assert b'"wang.lei/shift_leader"' in events[0]
    assert b'"operator/port_operator"' in events[1]
    files = [path for path in data.rglob("*") if path.is_file() and path.name != TOKEN_FILE]
    kept = b"".join(path.read_bytes() for path in files)
    for secret in (PASSWORD, token, folder_token, "wrong wrong wrong"):
        assert secret not in said
        assert secret.encode() not in kept
    restore(tmp_path / "copy.tar", tmp_path / "restored")
    assert (tmp_path / "restored" / ACCOUNTS_FILE).is_file()
    assert "wang.lei" in account(tmp_path / "restored", "list").stdout


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_a_one_time_password_is_changed_on_the_page_in_chinese(
    tmp_path: Path, width: int, scheme: str
) -> None:
    data = tmp_path / "data"
    with live(data, "--start", MORNING) as process:
        once = account(data, "add", "li.na", "--role", "gate_officer", "--one-time").stdout.strip()
        asked = {"shows": FORM, "locale": "zh-CN", "color_scheme": scheme}
        with browser_on(f"{process.url}sign-in", width, 844, **asked) as watched:
            page = watched.page
            assert page.inner_text("h2#sign-in-title") == "登录"
            assert page.evaluate("document.activeElement.id") == "name"
            assert fits(page)
            sign_in(page, "li.na", once)
            page.wait_for_selector("#must-change:not([hidden])")
            assert page.inner_text("#roles") == "角色：卡口关员（海关，货物）"
            assert fits(page)
            for again, told in (("something else", "不一致"), ("short short", "")):
                page.fill("#old", once)
                page.fill("#new", NEW_PASSWORD if told else again)
                page.fill("#again", again)
                page.keyboard.press("Enter")
                assert (told in page.inner_text("#problem")) or not told
            for name, value in (("old", once), ("new", NEW_PASSWORD), ("again", NEW_PASSWORD)):
                page.fill(f"#{name}", value)
            page.keyboard.press("Enter")
            page.wait_for_selector("#done:not([hidden])")
            assert page.evaluate("document.activeElement.id") == "name"
            sign_in(page, "li.na", NEW_PASSWORD)
            page.wait_for_selector(PORT_SHOWN)
            page.click("#account")
            page.wait_for_selector("#signed-in:not([hidden])")
            page.click("#sign-out")
            page.wait_for_selector(FORM)
            assert page.context.cookies() == []
            assert watched.complaints == []


@pytest.mark.parametrize(
    ("words", "typed", "problem"),
    [
        (("add", "x", "--role", "king"), PASSWORD, "role king: expected one of viewer"),
        (("add", "x", "--role", "viewer"), "short", "5 letters: expected 12 to 256"),
        (("add", "x", "--role", "viewer"), "", "expected a password"),
        (("add", "operator", "--role", "viewer"), PASSWORD, "the name is the port's own"),
        (("reset", "nobody"), "", "account nobody: expected one (none yet)"),
        (("revoke", "nobody"), "", "nobody: no such token"),
        (("device", "renew", "cam-1"), "", "account cam-1: expected one (none yet)"),
    ],
)
def test_what_is_wrong_is_told(
    tmp_path: Path, words: tuple[str, ...], typed: str, problem: str
) -> None:
    assert_mistake(account(tmp_path, *words, typed=typed), problem)
    assert account(tmp_path, "list", "--json").stdout.strip() == "[]"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    done = account(tmp_path / "nowhere", "list")
    assert_mistake(done, "nowhere: no such folder: expected the data folder of a port")


def test_devices_and_rights_are_listed(tmp_path: Path) -> None:
    token = account(tmp_path, "device", "add", "cam-1").stdout.strip()
    assert len(token) == 43
    assert account(tmp_path, "device", "renew", "cam-1").stdout.strip() != token
    (device,) = json.loads(account(tmp_path, "device", "list", "--json").stdout)
    assert (device["name"], device["roles"]) == ("cam-1", ["device"])
    table = kouan("account", "rights", "--lang", "zh", cwd=tmp_path).stdout
    assert "任何人" in table
    rows = json.loads(kouan("account", "rights", "--json", cwd=tmp_path).stdout)
    assert rows["anyone"]["rights"] == ["sign_in", "port_see", "figures_see"]
