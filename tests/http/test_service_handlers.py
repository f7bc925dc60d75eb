"""Who calls, health and the preflight over HTTP."""

from shared.exports.exceptions import StorageFailedError
from shared.http.app_roles import AppRole
from tests.exports.samples import CALLER
from tests.http.api_client import OBJECT_ID_CLAIM, ApiClient, principal


async def test_anybody_may_ask_for_health() -> None:
    api = ApiClient(WEBSITE_AUTH_ENABLED="false")
    assert (await api.get("/health")).body == {"status": "Healthy"}
    api.fakes.hooks.fail("Exports.get")
    assert (await api.get("/health")).error == (503, "StorageUnavailable", None)


async def test_every_caller_may_ask_who_it_is(api: ApiClient) -> None:
    api.become(CALLER.upper(), "Exports.Read", "Exports.Submit", "Other.Role")
    reply = await api.get("/me")
    assert (reply.status, reply.body) == (
        200,
        {"id": CALLER, "name": None, "roles": ["Exports.Submit", "Exports.Read"]},
    )
    assert reply.headers["Cache-Control"] == "no-store"
    assert (await api.become(CALLER).get("/me")).body["roles"] == []


async def test_a_person_is_told_the_name_that_the_token_has(api: ApiClient) -> None:
    caller = principal(
        (OBJECT_ID_CLAIM, CALLER), ("name", "Ana <b>Costa</b>"), ("preferred_username", "ana@contoso.com")
    )
    assert (await api.call("GET", "/me", headers=caller)).body["name"] == "Ana <b>Costa</b>"


async def test_whoever_has_a_function_key_has_every_role() -> None:
    reply = await ApiClient(AUTH_MODE="functionKey").get("/me")
    assert reply.body == {"id": "functionKey", "name": None, "roles": [role.value for role in AppRole]}


async def test_who_is_not_authenticated_is_nobody() -> None:
    assert (await ApiClient(WEBSITE_AUTH_ENABLED="false").get("/me")).error == (401, "Unauthorized", None)


async def test_a_preflight_that_passes(api: ApiClient) -> None:
    reply = await api.post("/preflight")
    assert (reply.status, reply.body["status"]) == (200, "Passed")
    names = [check["name"] for check in reply.body["checks"]]
    assert names[:4] == ["identity", "graphRoles", "records", "grant"]
    assert names[-1] == "holds"


async def test_a_warning_does_not_fail_the_preflight(api: ApiClient) -> None:
    api.fakes.graph.roles = frozenset({"User.Export.All", "User.Read.All"})
    report = (await api.post("/preflight")).body
    assert report["status"] == "Passed"
    assert report["checks"][1]["status"] == "Warning"


async def test_a_preflight_that_fails_is_no_error_of_the_call(api: ApiClient) -> None:
    api.fakes.account_probe.findings = StorageFailedError("ServiceRequestError")
    reply = await api.post("/preflight")
    assert (reply.status, reply.body["status"]) == (200, "Failed")


async def test_the_preflight_takes_an_operator(api: ApiClient) -> None:
    api.become(CALLER, "Exports.Submit", "Exports.Read", "Exports.Download")
    assert (await api.post("/preflight")).error == (403, "Forbidden", None)
