"""Accounts, tokens and sessions: what ends when, on both kinds of database."""

import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from kouan.live.accounts.book import Accounts
from kouan.live.accounts.people import DEVICE, LOCAL, PERSON, AccountError
from kouan.live.accounts.rights import Right, Role
from kouan.live.accounts.sessions import IDLE_MS, LONGEST_MS, MOST_SESSIONS, NOTED_EVERY_MS
from kouan.live.accounts.tables import ACCOUNTS_FILE
from kouan.live.accounts.tokens import MOST_TOKENS
from kouan.live.errors import LiveError
from kouan.port.quantity import DAY_MS
from kouan.runtime.errors import JournalError
from tests.unit.live.accounts.support import FOLDER_TOKEN, Clock, add_person


def test_only_the_owner_reads_the_file(accounts: Accounts, tmp_path: Path) -> None:
    add_person(accounts, "li.na")
    for path in tmp_path.glob(f"{ACCOUNTS_FILE}*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    with closing(sqlite3.connect(tmp_path / ACCOUNTS_FILE)) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_name_is_taken_once_and_the_ports_own_never(either: Accounts) -> None:
    assert either.add("Li.Na", ("viewer",), "test") == "li.na"
    for name, problem in (
        ("LI.NA", "there is one of this name already"),
        ("Operator", "the name is the port's own"),
        ("a/b", "expected 1 to 64 letters"),
        ("", "expected 1 to 64 letters"),
        ("x" * 65, "expected 1 to 64 letters"),
    ):
        with pytest.raises(AccountError, match=problem):
            either.add(name, ("viewer",), "test")
    with pytest.raises(AccountError, match="there is one of this name already"):
        either.add_device("li.na", "test")
    with pytest.raises(AccountError, match="the name is the port's own"):
        either.add_device("operator", "test")
    with pytest.raises(AccountError, match=r"account nobody: expected li\.na"):
        either.token("nobody", "", 1, "test")


def test_roles_are_replaced_and_count_at_once(either: Accounts) -> None:
    add_person(either, "li.na", "gate_officer", "supervisor")
    token = either.token("li.na", "", 1, "test")
    found = either.bearer(token)
    assert found is not None
    assert found.roles == (Role.GATE_OFFICER, Role.SUPERVISOR)
    either.people.set_roles("li.na", (Role.VIEWER,), "test")
    found = either.bearer(token)
    assert found is not None
    assert not found.may(Right.CARGO_SEE)


def test_a_role_of_a_later_version_gives_nothing(accounts: Accounts, tmp_path: Path) -> None:
    add_person(accounts, "li.na", "viewer")
    with closing(sqlite3.connect(tmp_path / ACCOUNTS_FILE)) as database, database:
        database.execute("INSERT INTO account_role VALUES ('li.na', 'emperor')")
    assert accounts.people.known("li.na", PERSON).roles == (Role.VIEWER,)


def test_the_folders_token_is_the_built_in_accounts(either: Accounts) -> None:
    either.keep_operator(FOLDER_TOKEN)
    either.keep_operator(FOLDER_TOKEN)
    found = either.bearer(FOLDER_TOKEN)
    assert found is not None
    assert found.name == "operator"
    assert found.may(Right.ACCOUNTS_MANAGE, Right.VEHICLES_HALT, Right.MANUAL_WORK)
    assert not found.may(Right.PERSON_SEE)
    assert not found.may(Right.CARGO_SEE)
    either.keep_operator("another token of the folder, as long as that")
    assert either.bearer(FOLDER_TOKEN) is None
    assert [one.kind for one in either.people.all(LOCAL)] == [LOCAL]


def test_tokens_end_by_time_by_id_and_all_at_once(either: Accounts, clock: Clock) -> None:
    add_person(either, "li.na")
    short, long = (either.token("li.na", str(days), days, "test") for days in (1, 30))
    assert either.bearer(short)
    clock.at_ms += DAY_MS - 1
    assert either.bearer(short)
    clock.at_ms += 1
    assert either.bearer(short) is None
    assert either.bearer(long)
    (kept,) = (one for one in either.tokens.of("li.na") if one.label == "30")
    assert either.tokens.revoke("li.na", "test", "0123") == 0
    assert either.tokens.revoke("li.na", "test", kept.id) == 1
    assert either.bearer(long) is None
    for wrong in ("", "x", long[:-1], "x" * 10_000, "\udcff"):
        assert either.bearer(wrong) is None
    for days in (0, 367):
        with pytest.raises(AccountError, match="expected 1 to 366"):
            either.token("li.na", "", days, "test")


def test_an_account_has_so_many_tokens(accounts: Accounts, clock: Clock) -> None:
    add_person(accounts, "li.na")
    for _ in range(MOST_TOKENS):
        accounts.tokens.give("api", "li.na", "", clock.at_ms + 1, "test")
    with pytest.raises(AccountError, match="has 100 tokens"):
        accounts.token("li.na", "", 1, "test")
    clock.at_ms += 1
    assert accounts.token("li.na", "", 1, "test")


def test_a_devices_token_is_its_own_and_nobodys_else(either: Accounts) -> None:
    first, second = (either.add_device(name, "test") for name in ("cam-1", "cam-2"))
    assert either.check("cam-1", first)
    assert not either.check("cam-2", first)
    assert not either.check("cam-1", second)
    assert not either.check("cam-1", "")
    add_person(either, "li.na", "integrator")
    assert not either.check("li.na", either.token("li.na", "", 1, "test"))
    caller = either.bearer(first)
    assert caller is not None
    assert (caller.name, caller.rights) == ("cam-1", (Right.DEVICE_SEND,))
    renewed = either.renew_device("cam-1", "test")
    assert (either.check("cam-1", first), either.check("cam-1", renewed)) == (False, True)
    either.disable("cam-1", "test")
    assert not either.check("cam-1", renewed)
    either.enable("cam-1", "test")
    assert not either.check("cam-1", renewed)
    assert [one.name for one in either.people.all(DEVICE)] == ["cam-1", "cam-2"]


def test_sessions_end_by_idleness_and_by_age(either: Accounts, clock: Clock) -> None:
    add_person(either, "li.na")
    idle, busy = either.sessions.begin("li.na"), either.sessions.begin("li.na")
    ends_ms = clock.at_ms + LONGEST_MS
    clock.at_ms += IDLE_MS - 1
    assert either.signed_in(busy)
    clock.at_ms += 1
    assert either.signed_in(idle) is None
    while clock.at_ms < ends_ms - 1:
        assert either.signed_in(busy)
        clock.at_ms = min(clock.at_ms + IDLE_MS - NOTED_EVERY_MS, ends_ms - 1)
    assert either.signed_in(busy)
    clock.at_ms += 1
    assert either.signed_in(busy) is None


def test_a_disabled_accounts_session_and_tokens_end_at_once(either: Accounts) -> None:
    add_person(either, "li.na")
    session, token = either.sessions.begin("li.na"), either.token("li.na", "", 1, "test")
    assert either.signed_in(session)
    either.disable("li.na", "test")
    assert either.signed_in(session) is None
    assert either.bearer(token) is None
    with pytest.raises(AccountError, match="disabled: enable it first"):
        either.token("li.na", "", 1, "test")
    either.enable("li.na", "test")
    assert either.signed_in(session) is None
    assert either.bearer(token) is None


def test_an_account_has_so_many_sessions_and_the_oldest_gives_way(
    accounts: Accounts, clock: Clock
) -> None:
    add_person(accounts, "li.na")
    begun = []
    for _ in range(MOST_SESSIONS + 2):
        begun.append(accounts.sessions.begin("li.na"))
        clock.at_ms += 1
    good = [bool(accounts.signed_in(one)) for one in begun]
    assert good == [False, False, *[True] * MOST_SESSIONS]


def test_what_a_database_refuses_is_told(tmp_path: Path) -> None:
    (tmp_path / ACCOUNTS_FILE).write_text("no database" * 100)
    with pytest.raises(JournalError, match=r"accounts\.db: the database refused"):
        Accounts(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(LiveError, match="accounts can't be kept"):
        Accounts(tmp_path / "file")


def test_commands_write_while_others_read(tmp_path: Path) -> None:
    accounts = Accounts(tmp_path)  # on the clock that the commands have
    add_person(accounts, "li.na")
    token, session = accounts.token("li.na", "", 1, "test"), accounts.sessions.begin("li.na")
    done, missed = threading.Event(), []

    def read() -> None:
        while not done.is_set():
            if accounts.bearer(token) is None or accounts.signed_in(session) is None:
                missed.append(1)

    reader = threading.Thread(target=read)
    reader.start()
    script = (
        "import sys; from pathlib import Path; from kouan.live.accounts.book import Accounts\n"
        "book = Accounts(Path(sys.argv[1]))\n"
        "for n in range(25): book.add_device(f'{sys.argv[2]}-{n}', 'test')\n"
        "book.close()"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    writers = [subprocess.Popen([*command, name]) for name in ("cam", "scale", "gate")]
    ended = [writer.wait(120) for writer in writers]
    done.set()
    reader.join()
    assert (ended, missed) == ([0, 0, 0], [])
    assert len(accounts.people.all(DEVICE)) == 75
    accounts.close()
