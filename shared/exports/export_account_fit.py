"""Judges whether an account fits as the export account: whether Microsoft can write, and the app can erase."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.export_account import (
    CONTAINER_NAME_PREFIX,
    AccountUnread,
    ExportAccount,
    LifecycleRule,
    ViolationAction,
)
from shared.exports.grant_lifetime import CLOCK_SKEW, DELEGATION_LIFETIME, POLICY_LIFETIME
from shared.exports.preflight_check import PreflightCheck, failed, passed, warning
from shared.exports.states_and_codes import GrantKind

if TYPE_CHECKING:
    from shared.exports.configured_limits import Limits

SETTINGS_CHECK = "accountSettings"
"""The check that the settings of the account can be read at all."""
_GENERAL_PURPOSE, _PREMIUM_BLOCK_BLOBS = "StorageV2", "BlockBlobStorage"
_OLDER_KINDS = frozenset({"Storage", "BlobStorage"})
_CURRENT_TLS = "TLS1_2"
_ROLE_ADVICE = "Assign the app's identity the role Reader on the export account, and check EXPORT_ACCOUNT_ID."
_UNKNOWN_ID = "Set EXPORT_ACCOUNT_ID to the resource id of the export account to have its settings checked."
_ADVICE = {
    401: _ROLE_ADVICE,
    403: _ROLE_ADVICE,
    404: "EXPORT_ACCOUNT_ID names no storage account. Correct its subscription, resource group and name.",
}


def judge_account(account: ExportAccount, grant_kind: GrantKind, limits: Limits) -> list[PreflightCheck]:
    """A check of each setting that matters to exports with that kind of grant, and what to do about it."""
    return [
        passed(SETTINGS_CHECK, "The settings of the export account can be read."),
        _check_kind(account),
        _check_namespace(account),
        _check_network(account),
        _check_shared_keys(account, grant_kind),
        _check_sas_policy(account, grant_kind),
        _check_anonymous_access(account),
        _check_secure_transfer(account),
        _check_copy_scope(account),
        _check_immutability(account),
        _check_versioning(account),
        _check_point_in_time_restore(account),
        _check_change_feed(account),
        _check_soft_delete(account, limits),
        _check_lifecycle(account, limits),
    ]


def judge_unread(unread: AccountUnread | None) -> PreflightCheck:
    """A warning that the settings were not checked; `unread` is None where no account is named."""
    if unread is None:
        return warning(SETTINGS_CHECK, f"The settings of the export account are not checked. {_UNKNOWN_ID}")
    advice = _ADVICE.get(unread.status or 0, "Run the preflight again, and allow the app's network access to it.")
    return warning(SETTINGS_CHECK, f"Azure Resource Manager doesn't show the export account ({unread.code}). {advice}")


def _check_kind(account: ExportAccount) -> PreflightCheck:
    """Microsoft writes append blobs, and its refusal of an account that takes none names premium accounts."""
    name, advice = "accountKind", "Use a standard general-purpose v2 account."
    if account.kind == _PREMIUM_BLOCK_BLOBS:
        return warning(name, f"Microsoft doesn't document exports to premium accounts. {advice}")
    if account.is_premium or account.kind == "FileStorage":
        return failed(name, f"The account takes no append blobs, which Microsoft writes. {advice}")
    if account.kind in _OLDER_KINDS:
        return warning(name, f"The account is of the older kind {account.kind}. Upgrade it to general-purpose v2.")
    if account.kind != _GENERAL_PURPOSE:
        return warning(name, f"Exports to an account of the kind {account.kind} are not known to work. {advice}")
    return passed(name, "The account is a standard general-purpose v2 account.")


def _check_namespace(account: ExportAccount) -> PreflightCheck:
    """Such an account lists folders among the blobs, so manifests would have folders as empty files."""
    name = "hierarchicalNamespace"
    if account.has_hierarchical_namespace:
        message = (
            "The account has a hierarchical namespace, which lists folders as files of 0 bytes, and to which Microsoft "
            "doesn't document exports. It can't be switched off: use another account."
        )
        return failed(name, message)
    return passed(name, "The account has no hierarchical namespace.")


def _check_network(account: ExportAccount) -> PreflightCheck:
    """Microsoft writes from addresses that it doesn't publish, so no rule can let it in."""
    name = "networkAccess"
    if account.public_network_access != "Enabled":
        message = (
            f"Public network access is {account.public_network_access}, so Microsoft can't write. Enable it from all "
            "networks."
        )
        return failed(name, message)
    if not account.allows_all_networks:
        message = (
            "The firewall allows selected networks only. Microsoft writes from addresses that it doesn't publish, so "
            "allow all networks."
        )
        return failed(name, message)
    if account.private_endpoints:
        message = (
            f"The account has private endpoints ({account.private_endpoints}). In a network with a private DNS zone of "
            "its own, the account's public name may not resolve, and Microsoft may not reach it. Remove those of blobs."
        )
        return warning(name, message)
    return passed(name, "Microsoft can reach the account from public networks.")


def _check_shared_keys(account: ExportAccount, grant_kind: GrantKind) -> PreflightCheck:
    name = "sharedKeyAccess"
    needs_key = grant_kind is GrantKind.STORED_POLICY
    if needs_key and not account.allows_shared_keys:
        message = (
            "The account forbids shared key access, which signs storedPolicy grants. Allow it, or set EXPORT_GRANT to "
            "userDelegation."
        )
        return failed(name, message)
    if account.allows_shared_keys and not needs_key:
        message = "The account allows shared key access, which userDelegation grants don't need. Forbid it."
        return warning(name, message)
    return passed(name, f"Shared key access is as {grant_kind} grants need it.")


def _check_sas_policy(account: ExportAccount, grant_kind: GrantKind) -> PreflightCheck:
    """Source of the rules: "Configure an expiration policy for shared access signatures" (Azure Storage)."""
    name, policy = "sasPolicy", account.sas_policy
    if policy.user_bound_action is not ViolationAction.NONE:
        message = (
            "The SAS policy requires that user delegations are bound to a user, which download links and Microsoft's "
            "grants can't be. Set requireUserBoundUserDelegationSas to false."
        )
        return (failed if policy.user_bound_action is ViolationAction.BLOCK else warning)(name, message)
    if policy.period is None:
        return passed(name, "No SAS policy limits the grants.")
    is_delegation = grant_kind is GrantKind.USER_DELEGATION
    needed = (DELEGATION_LIFETIME if is_delegation else POLICY_LIFETIME) + CLOCK_SKEW
    blocks, is_short = policy.period_action is ViolationAction.BLOCK, policy.period < needed
    if blocks and is_delegation and is_short:
        message = (
            f"The SAS policy blocks a SAS that lasts longer than {policy.period}; a grant lasts {needed}. Set a "
            "sasExpirationPeriod of 7.00:30:00."
        )
        return failed(name, message)
    if blocks and not is_delegation:
        message = (
            "The SAS policy blocks a SAS without a start time. One with a stored policy has none, and Microsoft "
            "doesn't support the action for it. Set expirationAction to Log."
        )
        return warning(name, message)
    if is_short:
        message = (
            f"The SAS policy logs every grant as a violation: a grant lasts {needed}, the policy allows "
            f"{policy.period}. Set a sasExpirationPeriod of 7.00:30:00."
        )
        return warning(name, message)
    return passed(name, "The SAS policy allows the grants.")


def _check_anonymous_access(account: ExportAccount) -> PreflightCheck:
    name = "anonymousAccess"
    if account.allows_anonymous_access:
        message = (
            "Containers of the account can be opened to anonymous access. Those of the app are private, and Microsoft "
            "refuses others. Set allowBlobPublicAccess to false."
        )
        return warning(name, message)
    return passed(name, "Anonymous access is switched off.")


def _check_secure_transfer(account: ExportAccount) -> PreflightCheck:
    name = "secureTransfer"
    if not account.requires_https:
        return warning(name, "The account accepts calls without HTTPS. Require secure transfer.")
    if account.minimum_tls_version != _CURRENT_TLS:
        message = (
            f"The minimum TLS version is {account.minimum_tls_version}. Set it to {_CURRENT_TLS}: lower ones are not "
            "secure, and Microsoft doesn't document that it writes with a higher one."
        )
        return warning(name, message)
    return passed(name, "The account requires HTTPS and TLS 1.2.")


def _check_copy_scope(account: ExportAccount) -> PreflightCheck:
    name = "copyScope"
    if account.copy_scope in {"AAD", "PrivateLink"}:
        message = (
            f"Blobs may be copied within {account.copy_scope} only. Microsoft may copy an export from an account of "
            "its own tenant. Remove allowedCopyScope."
        )
        return warning(name, message)
    return passed(name, "Blobs may be copied from every account.")


def _check_immutability(account: ExportAccount) -> PreflightCheck:
    """Source: "Data protection overview" (Azure Storage): such a container can't be deleted while a blob is in it."""
    name = "immutability"
    if account.has_version_immutability:
        message = (
            "The account keeps versions immutable, so a container with files can't be deleted, and exported data can't "
            "be erased. It can't be switched off: use another account."
        )
        return failed(name, message)
    return passed(name, "The account doesn't keep data immutable.")


def _check_versioning(account: ExportAccount) -> PreflightCheck:
    name = "versioning"
    if account.has_versioning:
        message = (
            "Versioning is on. A file that a lifecycle rule or a person deletes stays as a version until its container "
            "is erased. Switch it off."
        )
        return warning(name, message)
    return passed(name, "Versioning is off.")


def _check_point_in_time_restore(account: ExportAccount) -> PreflightCheck:
    name = "pointInTimeRestore"
    if account.has_point_in_time_restore:
        message = (
            "Point-in-time restore is on. A restore brings deleted files back, and removes or changes files that "
            "exports have recorded since. Switch it off."
        )
        return warning(name, message)
    return passed(name, "Point-in-time restore is off.")


def _check_change_feed(account: ExportAccount) -> PreflightCheck:
    name = "changeFeed"
    if account.has_change_feed:
        kept = "without end" if account.change_feed_days is None else f"for {account.change_feed_days} days"
        message = f"The change feed is on. It keeps the names of files {kept}, erased ones too. Switch it off."
        return warning(name, message)
    return passed(name, "The change feed is off.")


def _check_soft_delete(account: ExportAccount, limits: Limits) -> PreflightCheck:
    """Whether erased data can be restored for longer than the deployment says that it keeps data."""
    name, kept = "softDelete", limits.retain_for.days
    restorable = max(account.container_soft_delete_days, account.blob_soft_delete_days)
    if restorable == 0:
        return passed(name, "Soft delete is off: erased data is gone at once.")
    if restorable > kept:
        message = (
            f"Erased data can be restored for {restorable} days, longer than it is kept before "
            f"(EXPORT_RETENTION_DAYS, {kept}). Shorten the soft delete of blobs and containers."
        )
        return warning(name, message)
    return passed(name, f"Erased data can be restored for {restorable} days, and is gone then.")


def _check_lifecycle(account: ExportAccount, limits: Limits) -> PreflightCheck:
    """Whether a rule takes files away before the app erases them: an export may run long, and its data is kept then."""
    name, kept = "lifecycle", limits.retain_for.days
    longest = limits.abandon_after.days + kept
    rules = [(days, rule) for rule in account.lifecycle_rules if (days := _taken_after(rule)) is not None]
    if not rules:
        return passed(name, "No lifecycle rule deletes or archives exported data.")
    days, rule = min(rules, key=lambda each: each[0])
    found = f"The lifecycle rule {rule.name} deletes or archives files after {days} days."
    if days < kept:
        return failed(
            name, f"{found} Exported data is kept for {kept} (EXPORT_RETENTION_DAYS). Set at least {longest}."
        )
    if days < longest:
        message = (
            f"{found} A file that Microsoft writes early can be {longest} days old before it is erased "
            f"(EXPORT_ABANDON_DAYS and EXPORT_RETENTION_DAYS). Set at least {longest}."
        )
        return warning(name, message)
    return passed(name, f"{found} The app erases them before, except data on hold, which the rule deletes then.")


def _taken_after(rule: LifecycleRule) -> int | None:
    """After how many days the rule takes exported files away; None where it leaves them."""
    days = [each for each in (rule.delete_after_days, rule.archive_after_days) if each is not None]
    if not days or (rule.prefixes and not any(_may_match(prefix) for prefix in rule.prefixes)):
        return None
    return min(days)


def _may_match(prefix: str) -> bool:
    return prefix.startswith(CONTAINER_NAME_PREFIX) or CONTAINER_NAME_PREFIX.startswith(prefix)
