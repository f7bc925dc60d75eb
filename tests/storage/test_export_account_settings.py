"""What the resources of Azure Resource Manager say of an account, with properties missing, odd and hostile."""

import copy
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from local.resource_manager.storage_account_resource import BLOBS, LIFECYCLE, StorageAccountResource
from shared.exports.export_account import AccountUnread, ExportAccount, LifecycleRule, SasPolicy, ViolationAction
from shared.exports.export_account_fit import judge_account
from shared.exports.states_and_codes import GrantKind
from shared.storage.export_account_settings import API_VERSIONS, ResourceManagerAccountSettings, read_account
from tests.exports.samples import LIMITS
from tests.fakes.fixed_account_probe import TEMPLATE_ACCOUNT

ID = "/subscriptions/0/resourceGroups/a b(é)/providers/Microsoft.Storage/storageAccounts/exports"
PATH = ID.replace("a b(é)", "a%20b(%C3%A9)")
DEFAULTS = ExportAccount(kind="StorageV2")


class Resources:
    """A `ResourceManager` that has what a test gives it."""

    def __init__(self, **found: object) -> None:
        self.found = {"account": {"kind": "StorageV2"}, "blobServices": {}, "managementPolicies": {}} | found
        self.asked: list[tuple[str, str]] = []
        self.versions = set(API_VERSIONS)

    async def get(self, path: str, api_version: str) -> Any:
        self.asked.append((path, api_version))
        if api_version not in self.versions:
            return AccountUnread("NoRegisteredProviderFound", 400)
        part = path.removeprefix(PATH).strip("/").partition("/")[0]
        return self.found[part or "account"]

    async def read(self) -> ExportAccount | AccountUnread:
        return await ResourceManagerAccountSettings(self, ID).read()  # type: ignore[arg-type]


async def test_it_takes_three_calls() -> None:
    resources = Resources()
    assert await resources.read() == DEFAULTS
    newest = API_VERSIONS[0]
    assert sorted(resources.asked) == [
        (PATH, newest),
        (f"{PATH}/blobServices/default", newest),
        (f"{PATH}/managementPolicies/default", newest),
    ]


async def test_a_cloud_without_the_newest_api_version_is_asked_by_an_older_one() -> None:
    resources = Resources()
    resources.versions = {API_VERSIONS[1]}
    assert await resources.read() == DEFAULTS
    assert [version for _, version in resources.asked] == [API_VERSIONS[0], *[API_VERSIONS[1]] * 3]


async def test_an_account_without_lifecycle_rules_has_none() -> None:
    resources = Resources(managementPolicies=AccountUnread("ManagementPolicyNotFound", 404))
    assert await resources.read() == DEFAULTS


@pytest.mark.parametrize("part", ["account", "blobServices", "managementPolicies"])
async def test_what_can_not_be_read_is_told(part: str) -> None:
    unread = AccountUnread("AuthorizationFailed", 403)
    assert await Resources(**{part: unread}).read() == unread


def test_an_account_of_the_templates() -> None:
    resource = StorageAccountResource("exports")
    parts = [resource.show(part) or {} for part in ("", BLOBS, LIFECYCLE)]
    assert read_account(*parts) == TEMPLATE_ACCOUNT


@pytest.mark.parametrize(
    "properties", [{}, {"properties": None}, {"properties": {}}, {"properties": {"sasPolicy": None}}]
)
def test_a_property_that_was_never_set_stands_for_the_services_default(properties: dict[str, Any]) -> None:
    assert read_account({"kind": "StorageV2"} | properties, properties, properties) == DEFAULTS


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"isHnsEnabled": True}, {"has_hierarchical_namespace": True}),
        ({"publicNetworkAccess": "Disabled"}, {"public_network_access": "Disabled"}),
        ({"networkAcls": {"defaultAction": "Deny"}}, {"allows_all_networks": False}),
        ({"privateEndpointConnections": [{"id": "1"}, {"id": "2"}]}, {"private_endpoints": 2}),
        ({"allowSharedKeyAccess": False}, {"allows_shared_keys": False}),
        ({"allowSharedKeyAccessForServices": {"blob": {"enabled": False}}}, {"allows_shared_keys": False}),
        ({"allowSharedKeyAccessForServices": {"table": {"enabled": False}}}, {}),
        ({"allowBlobPublicAccess": False}, {"allows_anonymous_access": False}),
        ({"supportsHttpsTrafficOnly": False}, {"requires_https": False}),
        ({"minimumTlsVersion": "TLS1_2"}, {"minimum_tls_version": "TLS1_2"}),
        ({"allowedCopyScope": "AAD"}, {"copy_scope": "AAD"}),
        ({"immutableStorageWithVersioning": {"enabled": True}}, {"has_version_immutability": True}),
    ],
)
def test_a_setting_of_the_account(properties: dict[str, Any], expected: dict[str, Any]) -> None:
    read = read_account({"kind": "StorageV2", "properties": properties}, {}, {})
    assert read == ExportAccount(kind="StorageV2", **expected)


@pytest.mark.parametrize(
    ("name", "is_premium"), [("Standard_LRS", False), ("Premium_LRS", True), ("PremiumV2_ZRS", True), ("", False)]
)
def test_the_sku_says_whether_an_account_is_premium(name: str, *, is_premium: bool) -> None:
    assert read_account({"sku": {"name": name}}, {}, {}).is_premium is is_premium


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"isVersioningEnabled": True}, {"has_versioning": True}),
        ({"restorePolicy": {"enabled": True, "days": 6}}, {"has_point_in_time_restore": True}),
        ({"changeFeed": {"enabled": True}}, {"has_change_feed": True}),
        ({"changeFeed": {"enabled": True, "retentionInDays": 9}}, {"has_change_feed": True, "change_feed_days": 9}),
        ({"deleteRetentionPolicy": {"enabled": True, "days": 7}}, {"blob_soft_delete_days": 7}),
        ({"deleteRetentionPolicy": {"enabled": False, "days": 7}}, {}),
        ({"containerDeleteRetentionPolicy": {"enabled": True, "days": 8}}, {"container_soft_delete_days": 8}),
    ],
)
def test_a_setting_of_the_blob_service(properties: dict[str, Any], expected: dict[str, Any]) -> None:
    read = read_account({"kind": "StorageV2"}, {"properties": properties}, {})
    assert read == ExportAccount(kind="StorageV2", **expected)


BOUND = "requireUserBoundUserDelegationSas"


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({"sasExpirationPeriod": "1.02:03:04"}, SasPolicy(timedelta(days=1, hours=2, minutes=3, seconds=4))),
        ({"sasExpirationPeriod": "12:00:00"}, SasPolicy(timedelta(hours=12))),
        ({"sasExpirationPeriod": "soon"}, SasPolicy()),
        ({"sasExpirationPeriod": "9" * 30 + ".00:00:00"}, SasPolicy()),
        ({"expirationAction": "Block"}, SasPolicy(period_action=ViolationAction.BLOCK)),
        ({"expirationAction": "Else"}, SasPolicy()),
        ({BOUND: True}, SasPolicy(user_bound_action=ViolationAction.BLOCK)),
        ({BOUND: True, f"{BOUND}Action": "Log"}, SasPolicy(user_bound_action=ViolationAction.LOG)),
        ({BOUND: True, f"{BOUND}Action": "None"}, SasPolicy()),
        ({BOUND: False, f"{BOUND}Action": "Block"}, SasPolicy()),
    ],
)
def test_the_sas_policy(policy: dict[str, Any], expected: SasPolicy) -> None:
    assert read_account({"properties": {"sasPolicy": policy}}, {}, {}).sas_policy == expected


def rules(*given_rules: dict[str, Any]) -> tuple[LifecycleRule, ...]:
    return read_account({}, {}, {"properties": {"policy": {"rules": list(given_rules)}}}).lifecycle_rules


def rule(actions: dict[str, Any], filters: dict[str, Any] | None = None, **more: object) -> dict[str, Any]:
    return {"name": "tidy", "definition": {"actions": {"baseBlob": actions}, "filters": filters or {}}} | more


def test_lifecycle_rules() -> None:
    delete = {"delete": {"daysAfterModificationGreaterThan": 90.0, "daysAfterCreationGreaterThan": 60}}
    archive = {"tierToArchive": {"daysAfterLastAccessTimeGreaterThan": 5}, "tierToCool": {"daysAfter…": 1}}
    assert rules(rule(delete, {"prefixMatch": ["a", 1]}), rule(archive, enabled=True)) == (
        LifecycleRule(name="tidy", prefixes=("a",), delete_after_days=60),
        LifecycleRule(name="tidy", archive_after_days=5),
    )


def test_rules_that_are_off_or_for_blobs_with_tags_are_left_out() -> None:
    delete = {"delete": {"daysAfterCreationGreaterThan": 1}}
    assert rules(rule(delete, enabled=False), rule(delete, {"blobIndexMatch": [{"name": "a"}]})) == ()


def test_a_text_from_outside_is_made_harmless() -> None:
    read = read_account({"kind": "a\nhttps://x/?sig=secret " + "b" * 1000}, {}, {})
    assert "\n" not in read.kind
    assert "secret" not in read.kind
    assert len(read.kind) <= 500


ODD: tuple[object, ...] = (
    None,
    True,
    -1,
    float("inf"),
    float("nan"),
    10**400,
    "x",
    [],
    [None],
    [[1]],
    {},
    {"enabled": 1},
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths to every value in a JSON value."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in inner:
        yield from places(each, (*path, name))


def put(value: Any, path: tuple[Any, ...], odd: object) -> Any:
    """The JSON value with another value at a path."""
    if not path:
        return odd
    changed = copy.copy(value)
    changed[path[0]] = put(value[path[0]], path[1:], odd)
    return changed


@pytest.mark.parametrize("part", ["", BLOBS, LIFECYCLE])
def test_an_odd_value_anywhere_does_no_harm(part: str) -> None:
    resource = StorageAccountResource("exports")
    shown = {name: resource.show(name) for name in ("", BLOBS, LIFECYCLE)}
    paths = list(places(shown[part]))
    assert len(paths) > 10
    for path in paths:
        for odd in ODD:
            account = read_account(*(shown | {part: put(shown[part], path, odd)}).values())
            judge_account(account, GrantKind.STORED_POLICY, LIMITS)
