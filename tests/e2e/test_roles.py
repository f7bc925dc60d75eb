"""Every call with app roles, through real tokens: what the table of docs/api.md allows is allowed, and nothing else."""

import os
from collections.abc import Iterator
from itertools import combinations
from typing import Any
from uuid import uuid4

import httpx
import pytest

from local.stack.local_stack import ROLES, Stack
from tests.documented_access import Access, documented_access, documented_calls
from tests.e2e.caller import Caller, NewStack
from tests.e2e.receiver import SIGNING_SECRET

CALLS = documented_calls()
FOR_ANYBODY = ["GET /health", "GET /openapi.json"]
SETS = [roles for count in (0, 1, 2, len(ROLES)) for roles in combinations(ROLES, count)]
REFERENCE = f"roles-{uuid4()}"


def asked(who: Caller, call: str) -> int:
    """The status of a call without a body, about things that don't exist, so that it has no effect."""
    method, path = call.split()
    return who.call(method, path.lstrip("/").replace("{id}", str(uuid4())).replace("{command}", "cancel")).status_code


class Owner:
    """A caller with an export that succeeded, a batch and a subscription, who calls with changing roles.

    What a call is about can't be used up: whatever became of the export, it is still there to be seen or not.
    """

    def __init__(self, everybody: Caller) -> None:
        self._everybody = everybody
        self._object_id = str(uuid4())
        self._own = self.with_roles(*ROLES)
        self._ids: dict[str, str] = {}
        self._file = ""

    def with_roles(self, *roles: str) -> Caller:
        return self._everybody.with_roles(*roles, object_id=self._object_id)

    def prepared(self, shared_reference: str) -> "Owner":
        """Makes its things; both owners' exports have one reference, by which they are listed."""
        person = self._own.quick(self._own.new_user())
        export = self._own.ended(self._own.post(person, reference=shared_reference)["id"])
        assert export["status"] == "Succeeded", export
        self._ids["exports"] = export["id"]
        self._own.call("POST", f"exports/{export['id']}/package", json=self.body("/exports/{id}/package"))
        self._file = self._own.call("GET", f"exports/{export['id']}/files").json()["value"][0]["name"]
        self._ids["batches"] = self._own.call("POST", "batches", json=self.body("/batches")).json()["id"]
        return self

    def id_of(self, collection: str) -> str:
        """The id of its thing of that kind."""
        if collection == "subscriptions":  # it may have been deleted; asking again for one that is there makes none
            answer = self._own.call("POST", "subscriptions", json=self.body("/subscriptions"))
            return str(answer.json()["id"])
        return self._ids.get(collection, "")

    def body(self, path: str) -> Any:
        """What a call takes that takes a body."""
        # Of a person who does not exist: the export ends at once, and nothing is submitted for it.
        subject = {"type": "user", "id": "nobody@contoso.example"}
        return {
            "/exports": {"subject": subject},
            "/batches": {"exports": [{"subject": subject}]},
            "/exports/{id}/links": {"files": [self._file]},
            "/exports/{id}/package": {},
            "/exports/{id}/deadline": {"action": "resume"},
            "/exports/{id}/handover": {},
            "/exports/{id}/hold": {"reason": "Case 12"},
            "/holds": {"reason": "Case 12"},
            "/subscriptions": {
                "callbackUrl": f"https://hooks.contoso.example/{self._object_id}",
                "reference": "of no export",
            },
        }.get(path)

    def asked_by(self, who: Caller, access: Access, query: str = "") -> httpx.Response:
        """What a caller is answered about its things."""
        path = access.path.replace("{id}", self.id_of(access.collection)).replace("{command}", "cancel")
        body = self.body(access.path) if access.method in {"POST", "PUT"} else None
        return who.call(access.method, path.lstrip("/") + query, **({} if body is None else {"json": body}))


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, new_stack: NewStack) -> Iterator[Stack]:
    """A stack that takes subscriptions."""
    environment = {
        "PATH": os.environ["PATH"],
        "CALLBACK_ALLOWED_HOSTS": "hooks.contoso.example",
        "CALLBACK_SIGNING_SECRET": SIGNING_SECRET,
    }
    with new_stack(tmp_path_factory.mktemp("stack"), environment) as running:
        yield running


@pytest.fixture(scope="module")
def caller(stack: Stack) -> Caller:
    return Caller.of(stack)


@pytest.fixture(scope="module")
def owners(caller: Caller) -> tuple[Owner, Owner]:
    """The caller that asks, and another one; their exports have one reference, by which they are listed."""
    return Owner(caller).prepared(REFERENCE), Owner(caller).prepared(REFERENCE)


@pytest.fixture(scope="module")
def callers(caller: Caller) -> dict[tuple[str, ...], Caller]:
    """A caller for each set of roles."""
    return {roles: caller.with_roles(*roles) for roles in SETS}


def test_the_roles_of_the_local_stack_are_those_of_the_api() -> None:
    assert set(ROLES) == {role for roles in CALLS.values() for role in roles}


@pytest.mark.parametrize("call", CALLS)
def test_a_role_opens_what_the_table_says(owners: tuple[Owner, Owner], call: str) -> None:
    own, other = owners
    for access in [each for each in documented_access() if f"{each.method} {each.path}" == call]:
        who = own.with_roles(*access.roles)
        if access.is_about_many:
            query = f"?reference={REFERENCE}" if access.collection == "exports" else ""
            own_id, other_id = (each.id_of(access.collection) for each in owners)
            answer = own.asked_by(who, access, query)
            assert access.fault_in_list(answer.status_code, answer.json(), own_id=own_id, other_id=other_id) == ""
            continue
        assert access.fault(own.asked_by(who, access).status_code, is_own=True) == ""
        if "{id}" in access.path:
            assert access.fault(other.asked_by(who, access).status_code, is_own=False) == ""


@pytest.mark.parametrize("call", [*CALLS, *FOR_ANYBODY])
def test_of_several_roles_one_that_opens_the_call_is_enough(callers: dict[tuple[str, ...], Caller], call: str) -> None:
    for roles, who in callers.items():
        opens = call in FOR_ANYBODY or bool(CALLS[call] & set(roles))
        assert (asked(who, call) != 403) == opens, roles


@pytest.mark.parametrize("call", [*CALLS, *FOR_ANYBODY])
def test_without_a_token_only_what_is_for_anybody_answers(stack: Stack, call: str) -> None:
    assert (asked(Caller(stack, {}), call) == 401) == (call not in FOR_ANYBODY)
