"""The preflight names what is missing, and what to do about it."""

from dataclasses import replace

import pytest

from shared.exports.error_hints import explain_storage_refusal
from shared.exports.exceptions import StorageFailedError, StorageRefusedError
from shared.exports.export_account import AccountUnread
from shared.exports.graph_results import NotDone
from shared.exports.preflight_check import PreflightCheck, Verdict
from shared.exports.states_and_codes import GrantKind
from shared.protocols import HeldContainers
from shared.use_cases.run_preflight import run_preflight
from tests.exports.samples import LIMITS
from tests.fakes.fixed_account_probe import TEMPLATE_ACCOUNT
from tests.fakes.hooked_services import HookedServices

NAMES = ["identity", "graphRoles", "records", "grant", "accountSettings", "sasPolicy", "lifecycle", "holds"]
"""Some of the checks, in order."""


async def failed(fakes: HookedServices) -> PreflightCheck:
    """The one check that did not pass."""
    (check,) = [check for check in await run_preflight(fakes.services) if check.verdict is not Verdict.PASSED]
    return check


@pytest.mark.parametrize("kind", GrantKind)
async def test_a_good_deployment_passes_and_leaves_nothing(kind: GrantKind) -> None:
    fakes = HookedServices(LIMITS, kind)
    fakes.account_probe.settings = replace(TEMPLATE_ACCOUNT, allows_shared_keys=kind is GrantKind.STORED_POLICY)
    checks = {check.name: check for check in await run_preflight(fakes.services)}
    assert [check for check in checks.values() if check.verdict is not Verdict.PASSED] == []
    assert [name for name in checks if name in NAMES] == NAMES
    assert kind in checks["grant"].message
    assert fakes.stored_text() == "[]"


async def test_without_an_identity_the_roles_are_not_known(fakes: HookedServices) -> None:
    fakes.graph.roles = NotDone("No managed identity endpoint found.")
    checks = await run_preflight(fakes.services)
    assert [check.name for check in checks][:3] == ["identity", "records", "grant"]
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
    fakes.hooks.fail("CallbackSecrets.transact")
    check = await failed(fakes)
    assert (check.name, check.verdict) == ("records", Verdict.FAILED)
    assert "can't be written: Exports (ServerBusy), CallbackSecrets (ServerBusy)." in check.message
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


async def test_the_account_is_judged_by_the_deployments_own_limits(fakes: HookedServices) -> None:
    fakes.account_probe.settings = replace(
        TEMPLATE_ACCOUNT, container_soft_delete_days=LIMITS.retain_for.days + 1, blob_soft_delete_days=0
    )
    check = await failed(fakes)
    assert (check.name, check.verdict) == ("softDelete", Verdict.WARNING)


@pytest.mark.parametrize("unread", [None, AccountUnread("AuthorizationFailed", 403)])
async def test_settings_that_were_not_read_are_told_and_the_rest_is_checked(
    fakes: HookedServices, unread: AccountUnread | None
) -> None:
    fakes.account_probe.settings = unread
    checks = await run_preflight(fakes.services)
    assert [check.name for check in checks][-2:] == ["accountSettings", "holds"]
    assert [check.verdict for check in checks][-2:] == [Verdict.WARNING, Verdict.PASSED]


@pytest.mark.parametrize(
    ("held", "verdict", "message"),
    [
        (HeldContainers(("export-1",), is_complete=True), Verdict.WARNING, "keeps export-1 from erasure"),
        (
            HeldContainers(("a", "b", "c", "d", "e"), is_complete=False),
            Verdict.WARNING,
            "keeps a, b, c and 2 more from erasure. Remove it once the data may go. Only the first 5,000",
        ),
        (HeldContainers((), is_complete=False), Verdict.PASSED, "Only the first 5,000 containers were looked at"),
        (StorageRefusedError(explain_storage_refusal("AuthorizationFailure", "")), Verdict.WARNING, "can't be listed"),
        (StorageFailedError("ServerBusy"), Verdict.WARNING, "can't be listed (ServerBusy)"),
    ],
)
async def test_what_keeps_exported_data_from_erasure_is_told(
    fakes: HookedServices, held: HeldContainers | Exception, verdict: Verdict, message: str
) -> None:
    fakes.account_probe.held = held
    check = (await run_preflight(fakes.services))[-1]
    assert (check.name, check.verdict) == ("holds", verdict)
    assert message in check.message
