"""Checks that the export account fits: Microsoft can write, the app can erase, and the preflight finds no fault."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from shared.exports.export_account import CONTAINER_NAME_PREFIX
from shared.exports.export_account_fit import judge_account
from shared.exports.grant_lifetime import CLOCK_SKEW, DELEGATION_LIFETIME, POLICY_LIFETIME
from shared.exports.preflight_check import Verdict
from shared.settings_reader import SettingsError
from shared.storage.export_account_probe import PROBE_NAME_PREFIX
from shared.storage.export_account_settings import read_account
from tests.infra.accounts import account
from tests.infra.app_settings import settings_read
from tests.infra.tree import APP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.exports.configured_limits import Limits
    from tests.infra.snapshots import Resource, Snapshot
    from tests.infra.tree import Tree

_PERIOD = re.compile(r"(\d+)\.(\d\d):(\d\d):(\d\d)")
"""`days.hours:minutes:seconds`."""


def check(tree: Tree) -> Iterator[str]:
    """Yields what would keep Microsoft from writing or the app from erasing, and what the preflight would say."""
    for snapshot in tree.snapshots_of(APP):
        made = account(snapshot, "exports")
        if made:
            yield from _reachable(made)
            yield from _sas_policy(made)
            yield from _judged(snapshot, made)


def _reachable(made: Resource) -> Iterator[str]:
    if (
        made.get("properties", "publicNetworkAccess") != "Enabled"
        or made.get("properties", "networkAcls", "defaultAction") != "Allow"
    ):
        yield f"{made.where} Microsoft can't reach the export account"
    for path in (("allowedCopyScope",), ("sasPolicy", "requireUserBoundUserDelegationSas")):
        if made.get("properties", *path) is not None:
            yield f"{made.where} {'.'.join(path)} would stop Microsoft from writing"


def _sas_policy(made: Resource) -> Iterator[str]:
    period = _span(made.get("properties", "sasPolicy", "sasExpirationPeriod"))
    if period is None or period < max(POLICY_LIFETIME, DELEGATION_LIFETIME) + CLOCK_SKEW:
        yield f"{made.where} sasPolicy.sasExpirationPeriod is shorter than the grants that the app issues"
    if (
        made.get("properties", "allowSharedKeyAccess") is True
        and made.get("properties", "sasPolicy", "expirationAction") == "Block"
    ):
        yield f"{made.where} sasPolicy would block a stored policy, whose signature has no dates"


def _judged(snapshot: Snapshot, made: Resource) -> Iterator[str]:
    """Compares it with the settings of the app that uses it."""
    try:
        settings = settings_read(snapshot)
    except SettingsError:  # which the check of the settings reports
        return
    blobs, policies = (_child(snapshot, made, kind) for kind in ("blobServices", "managementPolicies"))
    judged = judge_account(read_account(made.body, blobs, policies), settings.grant, settings.limits)
    for found in judged:
        if found.verdict is not Verdict.PASSED:
            yield f"{made.where} the preflight would say {found.name} {found.verdict}: {found.message}"
    yield from _lifecycle(made, policies, settings.limits)


def _child(snapshot: Snapshot, made: Resource, kind: str) -> dict[str, Any]:
    child = snapshot.by_id(f"{made.id}/{kind}/default")
    return child.body if child else {}


def _lifecycle(made: Resource, policies: dict[str, Any], limits: Limits) -> Iterator[str]:
    """A rule must delete what the app did not erase, and nothing before that."""
    rules = policies.get("properties", {}).get("policy", {}).get("rules", [])
    if not any(rule["enabled"] for rule in rules):
        yield f"{made.where} has no rule that deletes exports that the app did not erase"
    least = (limits.abandon_after + limits.retain_for).days
    for rule in rules:
        filters = rule["definition"]["filters"]
        for name in (CONTAINER_NAME_PREFIX, PROBE_NAME_PREFIX):
            if not any(name.startswith(prefix) for prefix in filters["prefixMatch"]):
                yield f"{made.where} no rule of the lifecycle is for {name}"
        if set(filters["blobTypes"]) != {"blockBlob", "appendBlob"}:
            yield f"{made.where} the lifecycle is not for just the block and append blobs that Microsoft writes"
        days = rule["definition"]["actions"]["baseBlob"]["delete"]["daysAfterCreationGreaterThan"]
        if days <= least:
            yield f"{made.where} the lifecycle deletes after {days} days, the app after {least}"


def _span(text: str | None) -> timedelta | None:
    found = _PERIOD.fullmatch(text or "")
    if not found:
        return None
    days, hours, minutes, seconds = (int(part) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
