"""The tables of docs/accounts.md are those of the program."""

import re
from pathlib import Path

from kouan.live.accounts.rights import RIGHTS, ROLES

PAGE = (Path(__file__).parents[3] / "docs" / "accounts.md").read_text(encoding="utf-8")


def test_roles_and_rights_are_those_of_the_program() -> None:
    rows = {found[1]: found[0] for found in re.finditer(r"^\| `(\w+)` \|.*\|$", PAGE, re.MULTILINE)}
    assert list(rows) == [*ROLES, *RIGHTS]
    for role, row in ROLES.items():
        rights = ", ".join(f"`{right}`" for right in row.rights)
        assert rows[role] == f"| `{role}` | {row.en} {row.zh} | {rights} |"
    for right, named in RIGHTS.items():
        assert rows[right] == f"| `{right}` | {named.en} | {named.zh} |"
