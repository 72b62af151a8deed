"""Name and password: who gets in, how long a no takes, and what is never written down."""

import logging
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY

from kouan.live.accounts.book import Accounts
from kouan.live.accounts.passwords import Passwords, check_password, one_time_password
from kouan.live.accounts.people import AccountError
from kouan.live.accounts.rights import Right
from kouan.live.accounts.signing_in import ONE_TIME_DAYS, SigningIn, SignInRefused
from kouan.live.accounts.tables import ACCOUNTS_FILE
from kouan.port.quantity import DAY_MS
from tests.unit.live.accounts.support import PASSWORD, Clock, add_person

HERE = "192.0.2.7"


def refused(signing_in: SigningIn, *tried: str) -> int:
    with pytest.raises(SignInRefused) as found:
        signing_in.sign_in(*tried)
    return found.value.status


def test_the_right_password_begins_a_session_and_names_are_as_people_type_them(
    either: Accounts,
) -> None:
    add_person(either, "Wang.Lei", "shift_leader")
    signing_in = SigningIn(either)
    begun = signing_in.sign_in(" WANG.lei ", PASSWORD, HERE)
    caller = either.signed_in(begun.session)
    assert caller is not None
    assert (caller.name, caller.may(Right.MANUAL_WORK)) == ("wang.lei", True)
    assert refused(signing_in, "wang.lei", PASSWORD + "x", HERE) == 401
    assert refused(signing_in, "wang.lei", "", HERE) == 401


def test_an_unknown_name_is_hashed_as_long_as_a_known_one(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_person(accounts, "li.na")
    accounts.add("robot", ("viewer",), "test")
    add_person(accounts, "gone")
    accounts.disable("gone", "test")
    signing_in = SigningIn(accounts)
    refused(signing_in, "nobody", PASSWORD, HERE)  # the first makes what it is compared with
    hashed: list[str] = []

    class Spy:
        def __init__(self, hasher: Any) -> None:
            self.hasher = hasher

        def __getattr__(self, name: str) -> Any:
            return getattr(self.hasher, name)

        def verify(self, stored: str, password: str) -> bool:
            hashed.append(stored)
            return bool(self.hasher.verify(stored, password))

    spy = Spy(signing_in._passwords._hasher)
    monkeypatch.setattr(signing_in._passwords, "_hasher", spy)
    for name in ("li.na", "nobody", "robot", "gone", "no such name!", "operator"):
        assert refused(signing_in, name, "wrong wrong wrong", f"192.0.2.{len(hashed)}") == 401
    assert len(hashed) == 6
    parameters = {one.rpartition("$")[0].rpartition("$")[0] for one in hashed}
    assert len(parameters) == 1
    assert "argon2id" in parameters.pop()


def test_brute_force_by_name_and_by_address_waits_and_does_not_hash(accounts: Accounts) -> None:
    add_person(accounts, "li.na")
    counts: list[str] = []
    signing_in = SigningIn(accounts, counts.append)
    statuses = [refused(signing_in, "li.na", "x" * 12 + str(n), f"10.0.0.{n}") for n in range(9)]
    assert statuses == [401] * 5 + [429] * 4
    assert counts == ["refused"] * 5 + ["too_often"] * 4
    # Even the right one has to wait.
    assert refused(signing_in, "li.na", PASSWORD, "10.0.1.1") == 429
    tried = [refused(signing_in, f"name{n}", "wrong wrong wrong", "10.9.9.9") for n in range(22)]
    assert tried == [401] * 20 + [429] * 2


def test_after_the_pause_the_right_one_gets_in_and_it_begins_anew(
    accounts: Accounts, clock: Clock
) -> None:
    add_person(accounts, "li.na")
    signing_in = SigningIn(accounts)
    for n in range(5):
        refused(signing_in, "li.na", "wrong wrong wrong", f"10.0.0.{n}")
    with pytest.raises(SignInRefused) as found:
        signing_in.sign_in("li.na", PASSWORD, HERE)
    assert (found.value.status, found.value.wait_s) == (429, 1)
    clock.at_ms += 1_000
    assert signing_in.sign_in("li.na", PASSWORD, HERE).account.name == "li.na"
    assert refused(signing_in, "li.na", "wrong wrong wrong", HERE) == 401
    assert signing_in.sign_in("li.na", PASSWORD, HERE)


def test_a_one_time_password_ends_all_lets_only_change_it_and_ends_by_itself(
    either: Accounts, clock: Clock
) -> None:
    add_person(either, "li.na", "gate_officer")
    signing_in = SigningIn(either)
    before = signing_in.sign_in("li.na", PASSWORD, HERE).session
    token = either.token("li.na", "", 1, "test")
    once = signing_in.reset("li.na", "test")
    assert either.signed_in(before) is None
    assert either.bearer(token) is None
    assert refused(signing_in, "li.na", PASSWORD, HERE) == 401
    caller = either.signed_in(signing_in.sign_in("li.na", once, HERE).session)
    assert caller is not None
    assert caller.rights == (Right.SIGN_IN, Right.OWN_ACCOUNT)
    with pytest.raises(SignInRefused, match="the new password is the old one"):
        signing_in.change("li.na", once, once, HERE)
    signing_in.change("li.na", once, "another good one", HERE)
    caller = either.signed_in(signing_in.sign_in("li.na", "another good one", HERE).session)
    assert caller is not None
    assert caller.may(Right.CARGO_DECIDE)
    late = signing_in.reset("li.na", "test")
    clock.at_ms += ONE_TIME_DAYS * DAY_MS
    assert refused(signing_in, "li.na", late, HERE) == 401


def test_a_change_needs_the_present_password_and_ends_other_sessions(accounts: Accounts) -> None:
    add_person(accounts, "li.na")
    signing_in = SigningIn(accounts)
    other = signing_in.sign_in("li.na", PASSWORD, HERE).session
    with pytest.raises(SignInRefused, match="the present password is not right"):
        signing_in.change("li.na", "wrong wrong wrong", "another good one", HERE)
    assert accounts.signed_in(other)
    with pytest.raises(AccountError, match="expected 12 to 256"):
        signing_in.change("li.na", PASSWORD, "short", HERE)
    signing_in.change("li.na", PASSWORD, "another good one", HERE)
    assert accounts.signed_in(other) is None


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("short", "5 letters: expected 12 to 256"),
        ("x" * 257, "257 letters"),
        ("aaaaaaaaaaaa", "one letter again and again"),
        ("zhang.yiming", "the account's name"),
        ("ZHANG.Yiming", "the account's name"),
        ("zhang.yimingzhang.yiming", "the account's name"),
        ("zhang.yiming1", "the account's name"),
    ],
)
def test_what_can_not_be_a_password(password: str, problem: str) -> None:
    with pytest.raises(AccountError, match=problem):
        check_password("zhang.yiming", password)


def test_a_password_is_the_same_however_it_is_typed_and_hashed_as_the_library_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("kouan.live.accounts.passwords.PasswordHasher", PasswordHasher)
    passwords = Passwords()
    stored = passwords.hash("caf\u00e9 au lait, noir")
    assert extract_parameters(stored) == RFC_9106_LOW_MEMORY
    assert passwords.verify(stored, "cafe\u0301 au lait, noir")
    assert stored != passwords.hash("caf\u00e9 au lait, noir")
    assert not passwords.verify("", "anything at all")
    assert not passwords.verify("not a hash", "anything at all")
    assert not passwords.is_old(stored)
    assert passwords.is_old("$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$" + "A" * 43)


def test_a_password_hashed_otherwise_is_hashed_anew_when_it_is_used(accounts: Accounts) -> None:
    add_person(accounts, "li.na")
    before, _ = accounts.people.password("li.na")
    signing_in = SigningIn(accounts)
    signing_in._passwords._hasher = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    assert signing_in.sign_in("li.na", PASSWORD, HERE)
    after, _ = accounts.people.password("li.na")
    assert (extract_parameters(before).time_cost, extract_parameters(after).time_cost) == (1, 2)
    assert signing_in.sign_in("li.na", PASSWORD, HERE)


def test_one_time_passwords_are_passwords() -> None:
    once = {one_time_password() for _ in range(50)}
    assert len(once) == 50
    for password in once:
        check_password("li.na", password)


def test_secrets_are_neither_logged_nor_kept(
    accounts: Accounts, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    add_person(accounts, "li.na", "gate_officer")
    signing_in = SigningIn(accounts)
    wrong, misplaced = "a wrong password", "my.secret.password"
    session = signing_in.sign_in("li.na", PASSWORD, HERE).session
    refused(signing_in, "li.na", wrong, HERE)
    refused(signing_in, misplaced, "li.na", HERE)
    made = [accounts.token("li.na", "demo", 1, "test"), accounts.add_device("cam-1", "test")]
    made.append(signing_in.reset("li.na", "test"))
    accounts.renew_device("cam-1", "test")
    secrets = (PASSWORD, session, wrong, misplaced, *made)
    assert "sign-in of li.na from 192.0.2.7: signed_in" in caplog.text
    assert "sign-in of li.na from 192.0.2.7: refused" in caplog.text
    assert "sign-in of a name that nobody has from 192.0.2.7: refused" in caplog.text
    kept = b"".join(path.read_bytes() for path in tmp_path.glob(f"{ACCOUNTS_FILE}*"))
    assert b"$argon2id$" in kept
    for secret in secrets:
        assert secret not in caplog.text
        assert secret.encode() not in kept
