"""Every call with every set of app roles: those in the OpenAPI document are allowed, and no others."""

from itertools import combinations
from typing import Any
from uuid import uuid4

import pytest

from local.stack.local_stack import ROLES, Stack
from shared.http.openapi.openapi_document import openapi_document
from tests.e2e.caller import Caller

CALLS = [
    (method.upper(), path, call["security"])
    for path, calls in openapi_document()["paths"].items()
    for method, call in calls.items()
]
SETS = [roles for count in range(len(ROLES) + 1) for roles in combinations(ROLES, count)]


@pytest.fixture(scope="module")
def callers(caller: Caller) -> dict[tuple[str, ...], Caller]:
    """A caller for each set of roles."""
    return {roles: caller.with_roles(*roles) for roles in SETS}


def asked(who: Caller, method: str, path: str) -> int:
    """The status of a call without a body, about things that don't exist, so that it has no effect."""
    return who.call(method, path.lstrip("/").replace("{id}", str(uuid4()))).status_code


@pytest.mark.parametrize(("method", "path", "security"), CALLS, ids=lambda value: str(value)[:30])
def test_roles_open_what_the_document_says(
    callers: dict[tuple[str, ...], Caller], method: str, path: str, security: list[dict[str, Any]]
) -> None:
    for roles, who in callers.items():
        may = not security or any(set(way["entra"]) <= set(roles) for way in security if "entra" in way)
        assert (asked(who, method, path) != 403) == may, roles


@pytest.mark.parametrize(("method", "path", "security"), CALLS, ids=lambda value: str(value)[:30])
def test_without_a_token_only_what_is_for_anybody_answers(
    stack: Stack, method: str, path: str, security: list[dict[str, Any]]
) -> None:
    assert (asked(Caller(stack, {}), method, path) == 401) == bool(security)
