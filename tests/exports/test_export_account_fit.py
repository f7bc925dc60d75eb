"""Which settings of an account fit the exports, which need a warning, and which make them fail."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.exports.export_account import AccountUnread, ExportAccount, LifecycleRule, SasPolicy, ViolationAction
from shared.exports.export_account_fit import judge_account, judge_unread
from shared.exports.preflight_check import PreflightCheck, Verdict
from shared.exports.states_and_codes import GrantKind
from tests.exports.samples import DAY, LIMITS
from tests.fakes.fixed_account_probe import TEMPLATE_ACCOUNT

DELEGATED_ACCOUNT = replace(TEMPLATE_ACCOUNT, allows_shared_keys=False)
ACCOUNTS = {GrantKind.STORED_POLICY: TEMPLATE_ACCOUNT, GrantKind.USER_DELEGATION: DELEGATED_ACCOUNT}
KEPT = replace(LIMITS, retain_for=30 * DAY, abandon_after=35 * DAY)
WARNING, FAILED = Verdict.WARNING, Verdict.FAILED


def found(account: ExportAccount, grant_kind: GrantKind = GrantKind.STORED_POLICY) -> list[PreflightCheck]:
    """The checks that did not pass."""
    return [check for check in judge_account(account, grant_kind, KEPT) if check.verdict is not Verdict.PASSED]


@pytest.mark.parametrize("kind", GrantKind)
def test_an_account_of_the_templates_passes_every_check(kind: GrantKind) -> None:
    checks = judge_account(ACCOUNTS[kind], kind, KEPT)
    assert [check for check in checks if check.verdict is not Verdict.PASSED] == []
    assert [check.name for check in checks] == [
        "accountSettings",
        "accountKind",
        "hierarchicalNamespace",
        "networkAccess",
        "sharedKeyAccess",
        "sasPolicy",
        "anonymousAccess",
        "secureTransfer",
        "copyScope",
        "immutability",
        "versioning",
        "pointInTimeRestore",
        "changeFeed",
        "softDelete",
        "lifecycle",
    ]


@pytest.mark.parametrize(
    ("changes", "name", "verdict", "message"),
    [
        ({"kind": "BlockBlobStorage", "is_premium": True}, "accountKind", WARNING, "premium"),
        ({"is_premium": True}, "accountKind", FAILED, "append blobs"),
        ({"kind": "FileStorage", "is_premium": True}, "accountKind", FAILED, "append blobs"),
        ({"kind": "FileStorage"}, "accountKind", FAILED, "append blobs"),
        ({"kind": "Storage"}, "accountKind", WARNING, "older kind Storage. Upgrade it"),
        ({"kind": "BlobStorage"}, "accountKind", WARNING, "older kind BlobStorage. Upgrade it"),
        ({"kind": "QuantumStorage"}, "accountKind", WARNING, "the kind QuantumStorage are not known to work"),
        ({"has_hierarchical_namespace": True}, "hierarchicalNamespace", FAILED, "use another account"),
        ({"public_network_access": "Disabled"}, "networkAccess", FAILED, "is Disabled, so Microsoft can't write"),
        ({"public_network_access": "SecuredByPerimeter"}, "networkAccess", FAILED, "is SecuredByPerimeter"),
        ({"allows_all_networks": False}, "networkAccess", FAILED, "allow all networks"),
        ({"private_endpoints": 2}, "networkAccess", WARNING, "private endpoints (2)"),
        ({"allows_shared_keys": False}, "sharedKeyAccess", FAILED, "Allow it, or set EXPORT_GRANT"),
        ({"allows_anonymous_access": True}, "anonymousAccess", WARNING, "Set allowBlobPublicAccess to false"),
        ({"requires_https": False}, "secureTransfer", WARNING, "Require secure transfer"),
        ({"minimum_tls_version": "TLS1_0"}, "secureTransfer", WARNING, "is TLS1_0. Set it to TLS1_2"),
        ({"minimum_tls_version": "TLS1_3"}, "secureTransfer", WARNING, "is TLS1_3. Set it to TLS1_2"),
        ({"copy_scope": "AAD"}, "copyScope", WARNING, "within AAD only"),
        ({"copy_scope": "PrivateLink"}, "copyScope", WARNING, "Remove allowedCopyScope"),
        ({"has_version_immutability": True}, "immutability", FAILED, "can't be erased"),
        ({"has_versioning": True}, "versioning", WARNING, "Switch it off"),
        ({"has_point_in_time_restore": True}, "pointInTimeRestore", WARNING, "Switch it off"),
        ({"has_change_feed": True}, "changeFeed", WARNING, "names of files without end"),
        ({"has_change_feed": True, "change_feed_days": 90}, "changeFeed", WARNING, "names of files for 90 days"),
        ({"container_soft_delete_days": 31}, "softDelete", WARNING, "for 31 days, longer than it is kept"),
        ({"blob_soft_delete_days": 365}, "softDelete", WARNING, "for 365 days, longer than it is kept"),
    ],
)
def test_what_does_not_fit_is_named_with_what_to_do(
    changes: dict[str, Any], name: str, verdict: Verdict, message: str
) -> None:
    (check,) = found(replace(TEMPLATE_ACCOUNT, **changes))
    assert (check.name, check.verdict) == (name, verdict)
    assert message in check.message


def test_every_finding_is_told_and_not_the_first_alone() -> None:
    changed = replace(TEMPLATE_ACCOUNT, kind="FileStorage", has_versioning=True, private_endpoints=1)
    assert [check.name for check in found(changed)] == ["accountKind", "networkAccess", "versioning"]


def test_an_account_that_was_made_with_defaults_needs_no_more_than_hardening() -> None:
    """What Azure makes if nothing is set; each check that is left is a warning."""
    checks = found(ExportAccount(kind="StorageV2"))
    assert [(check.name, check.verdict) for check in checks] == [
        ("anonymousAccess", WARNING),
        ("secureTransfer", WARNING),
    ]


@pytest.mark.parametrize("scope", ["", "All"])
def test_copies_from_everywhere_fit(scope: str) -> None:
    assert found(replace(TEMPLATE_ACCOUNT, copy_scope=scope)) == []


def test_keys_that_nothing_needs_are_a_warning() -> None:
    (check,) = found(TEMPLATE_ACCOUNT, GrantKind.USER_DELEGATION)
    assert (check.name, check.verdict) == ("sharedKeyAccess", WARNING)


SHORT, LONG, LINKS = timedelta(days=1), timedelta(days=7, minutes=15), timedelta(days=6, hours=23, minutes=15)
SECOND = timedelta(seconds=1)
LOG, BLOCK = ViolationAction.LOG, ViolationAction.BLOCK
STORED, DELEGATED = GrantKind.STORED_POLICY, GrantKind.USER_DELEGATION


@pytest.mark.parametrize(
    ("kind", "policy", "verdict"),
    [
        (STORED, SasPolicy(), None),
        (STORED, SasPolicy(LONG, LOG), None),
        (STORED, SasPolicy(LONG - SECOND, LOG), WARNING),
        (STORED, SasPolicy(LONG, BLOCK), WARNING),
        (STORED, SasPolicy(SHORT, BLOCK), WARNING),
        (DELEGATED, SasPolicy(), None),
        (DELEGATED, SasPolicy(LINKS, LOG), None),
        (DELEGATED, SasPolicy(LINKS - SECOND, LOG), WARNING),
        (DELEGATED, SasPolicy(LINKS, BLOCK), None),
        (DELEGATED, SasPolicy(LINKS - SECOND, BLOCK), FAILED),
        (STORED, SasPolicy(user_bound_action=BLOCK), FAILED),
        (STORED, SasPolicy(user_bound_action=LOG), WARNING),
        (DELEGATED, SasPolicy(LONG, LOG, BLOCK), FAILED),
        (DELEGATED, SasPolicy(LONG, LOG, LOG), WARNING),
    ],
)
def test_a_sas_policy_must_let_the_grant_last(kind: GrantKind, policy: SasPolicy, verdict: Verdict | None) -> None:
    checks = found(replace(ACCOUNTS[kind], sas_policy=policy), kind)
    assert [(check.name, check.verdict) for check in checks] == ([] if verdict is None else [("sasPolicy", verdict)])
    assert all("Set " in check.message for check in checks)


@pytest.mark.parametrize(("days", "said"), [(0, "gone at once"), (7, "for 7 days"), (30, "for 30 days")])
def test_soft_delete_is_told_with_its_days(days: int, said: str) -> None:
    account = replace(TEMPLATE_ACCOUNT, blob_soft_delete_days=days, container_soft_delete_days=0)
    (check,) = [check for check in judge_account(account, STORED, KEPT) if check.name == "softDelete"]
    assert check.verdict is Verdict.PASSED
    assert said in check.message


@pytest.mark.parametrize(
    ("rule", "verdict"),
    [
        ({"delete_after_days": 29}, FAILED),
        ({"delete_after_days": 30}, WARNING),
        ({"delete_after_days": 64}, WARNING),
        ({"delete_after_days": 65}, None),
        ({"archive_after_days": 1}, FAILED),
        ({"delete_after_days": 365, "archive_after_days": 40}, WARNING),
        ({"delete_after_days": 1, "prefixes": ("logs/",)}, None),
        ({"delete_after_days": 1, "prefixes": ("logs/", "exp")}, FAILED),
        ({"delete_after_days": 1, "prefixes": ("export-0",)}, FAILED),
        ({}, None),
    ],
)
def test_a_lifecycle_rule_must_leave_files_until_they_are_erased(rule: dict[str, Any], verdict: Verdict | None) -> None:
    rules = (*TEMPLATE_ACCOUNT.lifecycle_rules, LifecycleRule(name="tidy", **rule))
    checks = found(replace(TEMPLATE_ACCOUNT, lifecycle_rules=rules))
    assert [(check.name, check.verdict) for check in checks] == ([] if verdict is None else [("lifecycle", verdict)])
    assert all("rule tidy" in check.message and "Set at least 65." in check.message for check in checks)


def test_a_lifecycle_rule_that_fits_deletes_what_is_on_hold() -> None:
    checks = judge_account(TEMPLATE_ACCOUNT, GrantKind.STORED_POLICY, KEPT)
    (check,) = [each for each in checks if each.name == "lifecycle"]
    assert check.verdict is Verdict.PASSED
    assert "after 437 days" in check.message
    assert "data on hold, which the rule deletes" in check.message


def test_an_account_without_lifecycle_rules_fits() -> None:
    assert found(replace(TEMPLATE_ACCOUNT, lifecycle_rules=())) == []


@pytest.mark.parametrize(
    ("unread", "message"),
    [
        (None, "not checked. Set EXPORT_ACCOUNT_ID"),
        (AccountUnread("AuthorizationFailed", 403), "(AuthorizationFailed). Assign the app's identity the role Reader"),
        (AccountUnread("AuthenticationFailed", 401), "the role Reader"),
        (AccountUnread("ResourceGroupNotFound", 404), "Correct its subscription, resource group and name"),
        (AccountUnread("Http503", 503), "(Http503). Run the preflight again"),
        (AccountUnread("ServiceRequestError"), "allow the app's network access"),
    ],
)
def test_settings_that_can_not_be_read_are_a_warning_with_what_to_do(
    unread: AccountUnread | None, message: str
) -> None:
    check = judge_unread(unread)
    assert (check.name, check.verdict) == ("accountSettings", WARNING)
    assert message in check.message
