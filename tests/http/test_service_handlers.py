"""Health and the preflight over HTTP."""

from shared.exports.exceptions import StorageFailedError
from tests.exports.samples import CALLER
from tests.http.api_client import ApiClient


async def test_anybody_may_ask_for_health() -> None:
    api = ApiClient(WEBSITE_AUTH_ENABLED="false")
    assert (await api.get("/health")).body == {"status": "Healthy"}
    api.fakes.hooks.fail("Exports.get")
    assert (await api.get("/health")).error == (503, "StorageUnavailable", None)


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
