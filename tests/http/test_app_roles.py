"""What callers may do with their app roles: the rules, and the table of docs/api.md on every handler."""

import re
from itertools import combinations
from typing import Any

import pytest

from shared.http.api_errors import ApiError, ApiErrorCode
from shared.http.app_roles import AppRole, Caller
from shared.http.openapi.openapi_document import openapi_document
from tests.documented_access import ALL, NOTHING, YES, Access, documented_access, documented_calls
from tests.exports.samples import CALLER, accepted
from tests.http.api_client import OTHER_PERSON, PERSON, ApiClient, Reply
from tests.test_docs import routes, section
from tests.use_cases.export_runs import OTHER_CALLER

REFERENCE = "roles"
CALLS = documented_calls()


@pytest.mark.parametrize(
    ("roles", "needed", "passes"),
    [
        ({AppRole.SUBMIT}, (AppRole.SUBMIT,), True),
        ({AppRole.SUBMIT}, (AppRole.READ, AppRole.SUBMIT), True),
        ({AppRole.READ}, (AppRole.SUBMIT,), False),
        ({AppRole.ADMIN}, (AppRole.SUBMIT,), True),
        ({AppRole.ADMIN}, (AppRole.OPERATE,), True),
        ({AppRole.ADMIN}, (AppRole.DOWNLOAD,), False),
        ({AppRole.ADMIN}, (AppRole.READ, AppRole.DOWNLOAD), True),
        ({AppRole.ADMIN, AppRole.DOWNLOAD}, (AppRole.DOWNLOAD,), True),
        ({AppRole.OPERATE}, (AppRole.READ, AppRole.SUBMIT, AppRole.DOWNLOAD), False),
        (set(), (AppRole.READ,), False),
    ],
)
def test_a_caller_needs_one_of_the_roles(roles: set[AppRole], needed: tuple[AppRole, ...], *, passes: bool) -> None:
    caller = Caller(CALLER, frozenset(roles))
    assert caller.has(*needed) is passes
    if passes:
        caller.require(*needed)
        return
    with pytest.raises(ApiError) as error:
        caller.require(*needed)
    assert error.value.code is ApiErrorCode.FORBIDDEN
    assert all(role in error.value.message for role in needed)


def test_the_requester_sees_an_export_and_others_need_a_role() -> None:
    export = accepted()
    assert Caller(export.caller, frozenset({AppRole.SUBMIT})).see(export) is export
    assert Caller("other", frozenset({AppRole.READ})).see(export) is export
    for caller, what in [
        (Caller("other", frozenset({AppRole.SUBMIT})), export),
        (Caller("x", frozenset(AppRole)), None),
    ]:
        with pytest.raises(ApiError) as error:
            caller.see(what)
        assert error.value.code is ApiErrorCode.EXPORT_NOT_FOUND


def test_the_table_has_every_call_that_takes_a_role() -> None:
    assert set(CALLS) == routes() - {"GET /me", "GET /health", "GET /openapi.json"}


def test_the_document_says_the_same() -> None:
    said = {
        f"{method.upper()} {path}": [set(way["entra"]) for way in call["security"] if way.get("entra")]
        for path, methods in openapi_document()["paths"].items()
        for method, call in methods.items()
    }
    assert {call: {role for one in ways for role in one} for call, ways in said.items() if ways} == CALLS
    assert all(len(one) == 1 for ways in said.values() for one in ways)


def test_the_table_of_calls_names_no_role_that_does_not_open_the_call() -> None:
    rows = re.findall(r"^\| `(\w+ /\S+)` \| ([^|]+) \|", section("api.md", "Calls"), re.MULTILINE)
    for call, who in rows:
        assert set(re.findall(r"`(Exports\.\w+)`", who)) <= CALLS.get(call, set()), call


class Things:
    """An export that succeeded, a batch and a subscription of one caller."""

    def __init__(self, api: ApiClient, owner: str) -> None:
        self._api, self._owner = api, owner
        self.ids: dict[str, str] = {}
        self._file = ""

    async def create(self) -> "Things":
        api = self._api.become(self._owner, *AppRole)
        person = PERSON if self._owner == CALLER else OTHER_PERSON
        self.ids["exports"] = await api.run_to_end(await api.create(person, reference=REFERENCE))
        self.ids["batches"] = (await api.post("/batches", self.body("/batches"))).body["id"]
        self.ids["subscriptions"] = (await api.post("/subscriptions", self.body("/subscriptions"))).body["id"]
        assert (await api.post(f"/exports/{self.ids['exports']}/package", {})).status == 202
        self._file = (await api.get(f"/exports/{self.ids['exports']}/files")).body["value"][0]["name"]
        return self

    def body(self, path: str) -> Any:
        """What a call takes that takes a body."""
        subject = {"type": "user", "id": PERSON}
        return {
            "/exports": {"subject": subject, "allowDuplicate": True},
            "/batches": {"exports": [{"subject": subject, "allowDuplicate": True}]},
            "/exports/{id}/links": {"files": [self._file]},
            "/exports/{id}/package": {},
            "/exports/{id}/deadline": {"action": "resume"},
            "/exports/{id}/handover": {},
            "/exports/{id}/hold": {"reason": "Case 12"},
            "/holds": {"reason": "Case 12"},
            "/subscriptions": {"callbackUrl": f"https://hooks.contoso.example/{self._owner}"},
        }.get(path)

    async def ask(self, access: Access, *roles: AppRole, caller: str = CALLER) -> Reply:
        """What a caller with these roles is answered about these things."""
        path = access.path.replace("{id}", self.ids.get(access.collection, "")).replace("{command}", "cancel")
        query = f"?reference={REFERENCE}" if access.is_about_many and access.collection == "exports" else ""
        body = self.body(access.path) if access.method in {"POST", "PUT"} else None
        return await self._api.become(caller, *roles).call(access.method, path + query, body)


@pytest.mark.parametrize("access", documented_access(), ids=str)
async def test_a_role_opens_what_the_table_says(api: ApiClient, access: Access) -> None:
    own, other = await Things(api, CALLER).create(), await Things(api, OTHER_CALLER).create()
    if access.is_about_many:
        reply, kind = await own.ask(access, *access.roles), access.collection
        assert access.fault_in_list(reply.status, reply.body, own_id=own.ids[kind], other_id=other.ids[kind]) == ""
        return
    for things, is_own in ((own, True), (other, False)):
        if is_own or "{id}" in access.path:
            reply = await things.ask(access, *access.roles)
            assert access.fault(reply.status, is_own=is_own) == ""


@pytest.mark.parametrize("call", CALLS)
async def test_of_several_roles_one_that_opens_the_call_is_enough(api: ApiClient, call: str) -> None:
    own = await Things(api, CALLER).create()
    method, path = call.split()
    for count in range(len(AppRole) + 1):
        for roles in combinations(AppRole, count):
            reply = await own.ask(Access(method, path, roles, ALL), *roles)
            assert (reply.status != 403) == bool(CALLS[call] & set(roles)), roles


@pytest.mark.parametrize("role", [AppRole.READ, AppRole.ADMIN])
async def test_who_sees_all_exports_and_may_download_gets_links_for_all(api: ApiClient, role: AppRole) -> None:
    other = await Things(api, OTHER_CALLER).create()
    links = Access("POST", "/exports/{id}/links", (), ALL)
    assert (await other.ask(links, role, AppRole.DOWNLOAD)).status == 200
    assert (await other.ask(links, role)).status == 403
    assert (await other.ask(links, AppRole.DOWNLOAD)).status == 404


@pytest.mark.parametrize(
    ("scope", "status", "is_own", "holds"),
    [
        (ALL, 200, False, True),
        (ALL, 404, False, False),
        (YES, 403, True, False),
        ("own", 200, True, True),
        ("own", 200, False, False),
        ("own", 403, False, True),
        (NOTHING, 404, True, False),
        (NOTHING, 403, True, True),
    ],
)
def test_a_response_off_the_table_is_noticed(scope: str, status: int, *, is_own: bool, holds: bool) -> None:
    fault = Access("GET", "/exports/{id}", (AppRole.READ,), scope).fault(status, is_own=is_own)
    assert (fault == "") is holds
