"""The export account's settings, from the resources that Azure Resource Manager shows of it."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from shared.exports.export_account import AccountUnread, ExportAccount, LifecycleRule, SasPolicy, ViolationAction
from shared.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.storage.resource_manager import ResourceManager

API_VERSIONS = ("2026-06-01", "2025-01-01")
"""The first that shows all settings, and the one of the templates, for clouds that get new versions later."""
_UNKNOWN_VERSION = frozenset({"NoRegisteredProviderFound", "InvalidResourceType", "InvalidApiVersionParameter"})
_NO_POLICY = "ManagementPolicyNotFound"
_PERIOD = re.compile(r"(?:(\d{1,6})\.)?(\d{1,2}):(\d{2}):(\d{2})", re.ASCII)
"""`days.hours:minutes:seconds`."""
_DATES = (
    "daysAfterCreationGreaterThan",
    "daysAfterModificationGreaterThan",
    "daysAfterLastAccessTimeGreaterThan",
)


class ResourceManagerAccountSettings:
    """The settings of one storage account (`ExportAccountProbe.read_settings`)."""

    def __init__(self, resources: ResourceManager, account_id: str) -> None:
        """The settings of the account with that resource id."""
        self._resources = resources
        self._path = quote(account_id, safe="/()")

    async def read(self) -> ExportAccount | AccountUnread:
        """What Azure Resource Manager shows now, with three calls, or why it doesn't."""
        account, version = await self._read_account()
        if isinstance(account, AccountUnread):
            return account
        service, policy = await asyncio.gather(
            self._resources.get(f"{self._path}/blobServices/default", version),
            self._resources.get(f"{self._path}/managementPolicies/default", version),
        )
        if isinstance(service, AccountUnread):
            return service
        if isinstance(policy, AccountUnread):
            if policy.code != _NO_POLICY:
                return policy
            policy = {}
        return read_account(account, service, policy)

    async def _read_account(self) -> tuple[dict[str, Any] | AccountUnread, str]:
        newest, oldest = API_VERSIONS
        account = await self._resources.get(self._path, newest)
        if isinstance(account, AccountUnread) and account.code in _UNKNOWN_VERSION:
            return await self._resources.get(self._path, oldest), oldest
        return account, newest


def read_account(account: Mapping[str, Any], service: Mapping[str, Any], policy: Mapping[str, Any]) -> ExportAccount:
    """The settings in the resources `storageAccounts`, `blobServices` and `managementPolicies`.

    A property that was never set is absent or null, and stands for the default of the service.
    """
    settings = _Object(account).part("properties")
    blobs = _Object(service).part("properties")
    keys = settings.part("allowSharedKeyAccessForServices").part("blob")
    change_feed = blobs.part("changeFeed")
    return ExportAccount(
        kind=_Object(account).text("kind"),
        is_premium=_Object(account).part("sku").text("name").startswith("Premium"),
        has_hierarchical_namespace=settings.flag("isHnsEnabled"),
        public_network_access=settings.text("publicNetworkAccess", "Enabled"),
        allows_all_networks=settings.part("networkAcls").text("defaultAction", "Allow") == "Allow",
        private_endpoints=len(settings.parts("privateEndpointConnections")),
        allows_shared_keys=settings.flag("allowSharedKeyAccess", otherwise=True)
        and keys.flag("enabled", otherwise=True),
        allows_anonymous_access=settings.flag("allowBlobPublicAccess", otherwise=True),
        requires_https=settings.flag("supportsHttpsTrafficOnly", otherwise=True),
        minimum_tls_version=settings.text("minimumTlsVersion", "TLS1_0"),
        copy_scope=settings.text("allowedCopyScope"),
        sas_policy=_sas_policy(settings.part("sasPolicy")),
        has_version_immutability=settings.part("immutableStorageWithVersioning").flag("enabled"),
        has_versioning=blobs.flag("isVersioningEnabled"),
        has_point_in_time_restore=blobs.part("restorePolicy").flag("enabled"),
        has_change_feed=change_feed.flag("enabled"),
        change_feed_days=change_feed.number("retentionInDays"),
        blob_soft_delete_days=_soft_delete_days(blobs.part("deleteRetentionPolicy")),
        container_soft_delete_days=_soft_delete_days(blobs.part("containerDeleteRetentionPolicy")),
        lifecycle_rules=tuple(_lifecycle_rules(_Object(policy).part("properties").part("policy"))),
    )


class _Object:
    """A JSON object from outside; a value of another type than is asked for counts as absent."""

    def __init__(self, value: object) -> None:
        self._values: Mapping[str, Any] = value if isinstance(value, dict) else {}

    def part(self, name: str) -> _Object:
        return _Object(self._values.get(name))

    def parts(self, name: str) -> list[_Object]:
        return [_Object(each) for each in self._list(name)]

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(each for each in self._list(name) if isinstance(each, str))

    def text(self, name: str, otherwise: str = "") -> str:
        value = self._values.get(name)
        return redact(value) if isinstance(value, str) and value else otherwise

    def flag(self, name: str, *, otherwise: bool = False) -> bool:
        value = self._values.get(name)
        return value if isinstance(value, bool) else otherwise

    def number(self, name: str) -> int | None:
        """A count, which the lifecycle has as a fraction."""
        value = self._values.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
            return None
        return int(value)

    def _list(self, name: str) -> list[Any]:
        value = self._values.get(name)
        return value if isinstance(value, list) else []


def _sas_policy(policy: _Object) -> SasPolicy:
    is_user_bound = policy.flag("requireUserBoundUserDelegationSas")
    # Without an action it is one of an API version that has none: then it is enforced.
    user_bound = _action(policy.text("requireUserBoundUserDelegationSasAction"), ViolationAction.BLOCK)
    return SasPolicy(
        period=_period(policy.text("sasExpirationPeriod")),
        period_action=_action(policy.text("expirationAction"), ViolationAction.LOG),
        user_bound_action=user_bound if is_user_bound else ViolationAction.NONE,
    )


def _action(name: str, otherwise: ViolationAction) -> ViolationAction:
    return ViolationAction(name) if name in set(ViolationAction) else otherwise


def _period(text: str) -> timedelta | None:
    found = _PERIOD.fullmatch(text)
    if found is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def _soft_delete_days(policy: _Object) -> int:
    return (policy.number("days") or 0) if policy.flag("enabled") else 0


def _lifecycle_rules(policy: _Object) -> list[LifecycleRule]:
    """The rules that are switched on, without those for blobs with tags: exported files have none."""
    rules = []
    for rule in policy.parts("rules"):
        definition = rule.part("definition")
        filters, actions = definition.part("filters"), definition.part("actions").part("baseBlob")
        if rule.flag("enabled", otherwise=True) and not filters.parts("blobIndexMatch"):
            rules.append(
                LifecycleRule(
                    name=rule.text("name"),
                    prefixes=filters.texts("prefixMatch"),
                    delete_after_days=_least_days(actions.part("delete")),
                    archive_after_days=_least_days(actions.part("tierToArchive")),
                )
            )
    return rules


def _least_days(action: _Object) -> int | None:
    """After how many days it acts, by whichever date comes first."""
    return min((days for name in _DATES if (days := action.number(name)) is not None), default=None)
