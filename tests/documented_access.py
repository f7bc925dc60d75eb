"""Who may call what: the table of docs/api.md, and how to see in a response whether a caller may.

The table is the one place that says it. Tests try each cell of it on the handlers and on the running app, and compare
the OpenAPI document with it.
"""

import re
from dataclasses import dataclass
from typing import Any

from shared.http.app_roles import AppRole
from tests.test_docs import section

NOTHING, OWN, ALL, YES = "-", "own", "all", "yes"
"""`YES` is for calls that are about nothing that exists already."""
FORBIDDEN, NOT_FOUND = 403, 404


@dataclass(frozen=True)
class Access:
    """What a set of roles lets a caller do with one call."""

    method: str
    path: str
    roles: tuple[AppRole, ...]
    scope: str
    """`NOTHING`, `OWN`, `ALL` or `YES`."""

    @property
    def collection(self) -> str:
        """What the call is about: `exports`, `batches`, `subscriptions`, or the name of another call."""
        name = self.path.split("/")[1]
        return "exports" if name == "holds" else name

    @property
    def is_about_many(self) -> bool:
        """Whether the response lists what the caller may see, or change."""
        return self.path == "/holds" or (self.method == "GET" and self.path in {"/exports", "/subscriptions"})

    def fault(self, status: int, *, is_own: bool) -> str:
        """How a response to a call about one's own thing, or another caller's, departs from the table."""
        may = self.scope in {ALL, YES} or (self.scope == OWN and is_own)
        # What a caller may not see doesn't exist for it; what it may see but not change is forbidden.
        refused = {FORBIDDEN} if self.scope == NOTHING else {FORBIDDEN, NOT_FOUND}
        wrong = status in {FORBIDDEN, NOT_FOUND} if may else status not in refused
        return f"{self} answers {status} for {'its own' if is_own else 'another'}" if wrong else ""

    def fault_in_list(self, status: int, body: Any, *, own_id: str, other_id: str) -> str:
        """The same for a call about many."""
        if self.scope == NOTHING:
            return "" if status == FORBIDDEN else f"{self} answers {status}"
        listed = {each.get("id") or each["exportId"] for each in body["value"]} & {own_id, other_id}
        expected = {own_id, other_id} if self.scope == ALL else {own_id}
        return "" if listed == expected else f"{self} lists {listed}, not {expected}"


def documented_access() -> list[Access]:
    """Each cell of the table, and for each call a caller without any role."""
    header, *rows = re.findall(
        r"^\| (\S+ ?\S*) ((?:\| \S+ ){5})\|$", section("api.md", "Who may call what"), re.MULTILINE
    )
    roles = [AppRole(f"Exports.{name}") for name in _cells(header[1])]
    assert set(roles) == set(AppRole)
    found = []
    for call, cells in rows:
        method, path = call.strip("`").split()
        found.append(Access(method, path, (), NOTHING))
        found += [Access(method, path, (role,), scope) for role, scope in zip(roles, _cells(cells), strict=True)]
    return found


def documented_calls() -> dict[str, frozenset[AppRole]]:
    """The roles that open each call of the table."""
    calls: dict[str, set[AppRole]] = {}
    for access in documented_access():
        opening = calls.setdefault(f"{access.method} {access.path}", set())
        opening.update(access.roles if access.scope != NOTHING else ())
    return {call: frozenset(roles) for call, roles in calls.items()}


def _cells(text: str) -> list[str]:
    return [cell.strip() for cell in text.strip().strip("|").split("|")]
