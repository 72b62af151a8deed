"""The table of rights: what must hold of every row."""

import re

import pytest

from kouan.live.accounts.people import AccountError, checked_roles
from kouan.live.accounts.rights import (
    APART,
    GRANTED,
    RIGHTS,
    ROLES,
    Caller,
    Named,
    Right,
    Role,
    anyone,
    rights_of,
)

CHINESE = re.compile("[\u4e00-\u9fff]")
CARGO = {Right.CARGO_SEE, Right.CARGO_DECIDE}
PERSON = {Right.PERSON_SEE, Right.PERSON_DECIDE, Right.WATCH_LIST_READ, Right.WATCH_LIST_WRITE}


def test_every_role_and_right_has_its_row_in_both_languages() -> None:
    assert list(ROLES) == list(Role)
    assert list(RIGHTS) == list(Right)
    rows = [Named(row.en, row.zh) for row in ROLES.values()]
    for row in (*rows, *RIGHTS.values()):
        assert row.named("en") == row.en
        assert not CHINESE.search(row.en)
        assert CHINESE.search(row.named("zh"))


def test_every_right_is_some_roles_and_no_role_has_one_twice() -> None:
    for right in Right:
        assert any(right in row.rights for row in ROLES.values()), right
    for role, row in ROLES.items():
        assert len(set(row.rights)) == len(row.rights), role


def test_persons_and_cargo_are_apart() -> None:
    for role, row in ROLES.items():
        assert not (CARGO & {*row.rights} and PERSON & {*row.rights}), role
    readers = [role for role in Role if Right.WATCH_LIST_READ in ROLES[role].rights]
    assert readers == [Role.BORDER_OFFICER]
    for cargo in GRANTED:
        for person in GRANTED:
            both = {*rights_of((cargo, person))}
            if CARGO & both and PERSON & both:
                assert (cargo, person) in APART or (person, cargo) in APART
                with pytest.raises(AccountError, match="customs and border inspection are kept"):
                    checked_roles((person, cargo))


def test_who_approves_is_an_officer_too() -> None:
    needed = (Right.CARGO_SEE, Right.OVERRIDE_APPROVE)
    for roles, may in (
        ((Role.SUPERVISOR,), False),
        ((Role.GATE_OFFICER,), False),
        ((Role.GATE_OFFICER, Role.SUPERVISOR), True),
        ((Role.BORDER_OFFICER, Role.SUPERVISOR), False),
    ):
        assert Caller("a", roles, rights_of(roles)).may(*needed) is may


def test_the_role_in_the_journal_is_the_one_that_let_it() -> None:
    roles = (Role.GATE_OFFICER, Role.SUPERVISOR)
    caller = Caller("li.na", roles, rights_of(roles))
    assert caller.acting(Right.CARGO_DECIDE).by == "li.na/gate_officer"
    assert caller.acting(Right.CARGO_SEE, Right.OVERRIDE_APPROVE).by == "li.na/supervisor"


def test_anyone_sees_the_port_unless_all_have_to_sign_in() -> None:
    assert anyone().rights == (Right.SIGN_IN, Right.PORT_SEE, Right.FIGURES_SEE)
    assert anyone(require_sign_in=True).rights == (Right.SIGN_IN,)


@pytest.mark.parametrize("names", [(), ("king",), ("anyone",), ("device",), ("driver", "viewer")])
def test_only_roles_of_people_are_given(names: tuple[str, ...]) -> None:
    with pytest.raises(AccountError, match="expected one of viewer, port_operator"):
        checked_roles(names)
