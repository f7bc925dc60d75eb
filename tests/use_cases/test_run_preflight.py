"""The preflight names what is missing, and what to do about it."""

import pytest

from shared.exports.error_hints import explain_storage_refusal
from shared.exports.exceptions import StorageFailedError, StorageRefusedError
from shared.exports.graph_results import NotDone
from shared.exports.states_and_codes import GrantKind
from shared.use_cases.run_preflight import PreflightCheck, Verdict, run_preflight
from tests.exports.samples import LIMITS
from tests.fakes.hooked_services import HookedServices

NAMES = ["identity", "graphRoles", "records", "grant"]


async def failed(fakes: HookedServices) -> PreflightCheck:
    """The one check that did not pass."""
    (check,) = [check for check in await run_preflight(fakes.services) if check.verdict is not Verdict.PASSED]
    return check


@pytest.mark.parametrize("kind", GrantKind)
async def test_a_good_deployment_passes_and_leaves_nothing(kind: GrantKind) -> None:
    fakes = HookedServices(LIMITS, kind)
    checks = await run_preflight(fakes.services)
    assert [(check.name, check.verdict) for check in checks] == [(name, Verdict.PASSED) for name in NAMES]
    assert kind in checks[-1].message
    assert fakes.stored_text() == "[]"


async def test_without_an_identity_the_roles_are_not_known(fakes: HookedServices) -> None:
    fakes.graph.roles = NotDone("No managed identity endpoint found.")
    checks = await run_preflight(fakes.services)
    assert [check.name for check in checks] == ["identity", "records", "grant"]
    assert checks[0].verdict is Verdict.FAILED
    assert checks[0].message.startswith("No managed identity endpoint found. Enable ")


@pytest.mark.parametrize(
    ("roles", "verdict", "missing"),
    [
        (set(), Verdict.FAILED, "User.Export.All and User.Read.All"),
        ({"User.Read.All"}, Verdict.FAILED, "User.Export.All"),
        ({"User.Export.All", "User.Read.All"}, Verdict.WARNING, "CrossTenantUserProfileSharing.Read.All"),
    ],
)
async def test_missing_roles_are_named(fakes: HookedServices, roles: set[str], verdict: Verdict, missing: str) -> None:
    fakes.graph.roles = frozenset(roles)
    check = await failed(fakes)
    assert (check.name, check.verdict) == ("graphRoles", verdict)
    assert f" {missing}, with admin consent." in check.message


async def test_records_that_can_not_be_written_are_named(fakes: HookedServices) -> None:
    fakes.hooks.fail("Exports.transact")
    check = await failed(fakes)
    assert (check.name, check.verdict) == ("records", Verdict.FAILED)
    assert "(ServerBusy)" in check.message
    assert "Storage Table Data Contributor" in check.message


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (["It can read.", "It can list."], "It can read. It can list."),
        (StorageRefusedError(explain_storage_refusal("AuthorizationFailure", "No.")), "AuthorizationFailure: No."),
        (StorageFailedError("ServiceRequestError"), "(ServiceRequestError)"),
    ],
    ids=["findings", "refused", "outage"],
)
async def test_a_grant_that_fails_is_explained(
    fakes: HookedServices, found: list[str] | Exception, message: str
) -> None:
    fakes.account_probe.findings = found
    check = await failed(fakes)
    assert (check.name, check.verdict) == ("grant", Verdict.FAILED)
    assert message in check.message
