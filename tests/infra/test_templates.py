"""Decisions of the templates that no rule holds for every deployment: order, trust, callers, clouds, zones."""

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from shared.national_clouds import CLOUDS
from tests.infra.snapshots import FOLDER, Resource, Snapshot, read

ROOT = Path(__file__).parent.parent.parent
MODULES = ROOT / "infra" / "modules"
SNAPSHOTS = read(ROOT / FOLDER)
APPLICATION = "Microsoft.Graph/applications"
NOBODY = "00000000-0000-0000-0000-000000000000"


def one(snapshot: Snapshot, kind: str, suffix: str = "") -> Resource:
    (found,) = [resource for resource in snapshot.of(kind) if resource.name.endswith(suffix)]
    return found


def policies(snapshot: str) -> list[dict[str, Any]]:
    """The claims of each policy of the sample Logic Apps."""
    found = []
    for workflow in SNAPSHOTS[snapshot].of("Microsoft.Logic/workflows"):
        given = workflow.get("properties", "accessControl", "triggers", "openAuthenticationPolicies", "policies")
        found += [{claim["name"]: claim["value"] for claim in policy["claims"]} for policy in given.values()]
    assert found
    return found


def test_changes_of_the_app_s_configuration_follow_one_another() -> None:
    # Azure refuses concurrent ones. Snapshots don't show the order.
    text = (MODULES / "app-settings.bicep").read_text()
    changes = re.findall(r"^resource (\w+) '[^']+' = \{\n(.*?)^\}", text, re.MULTILINE | re.DOTALL)
    assert len(changes) == 3
    for (before, _), (_, body) in pairwise(changes):
        assert f"dependsOn: [{before}]" in body
    (auth,) = re.findall(r"^module auth .*?^\}", (ROOT / "infra" / "main.bicep").read_text(), re.MULTILINE | re.DOTALL)
    assert "dependsOn: [appSettings]" in auth


def test_applications_are_trusted_after_the_scope_is_there() -> None:
    # Graph refuses to trust an application with a scope that the same request brings.
    applications = [made.get("properties") for made in SNAPSHOTS["identity-everything"].of(APPLICATION)]
    first, second = (made for made in applications if made["uniqueName"] == "pde-prod")
    trusted = second["api"].pop("preAuthorizedApplications")
    assert first == second
    scope = first["api"]["oauth2PermissionScopes"][0]["id"]
    assert [each["delegatedPermissionIds"] for each in trusted] == [[scope], [scope]]
    text = (ROOT / "infra" / "identity" / "main.bicep").read_text()
    assert re.search(r"^module trust [^}]+\}\n(?:  (?://|#).+\n)*  dependsOn: \[api\]", text, re.MULTILINE)


def test_the_console_is_registered_where_the_app_will_be() -> None:
    # Snapshots don't know the cloud, so they have the host of each.
    addresses = SNAPSHOTS["identity-console"].outputs["consoleAddresses"]
    (app,) = SNAPSHOTS["prod"].of("Microsoft.Web/sites")
    assert f"'{app.name}'" in addresses
    for cloud, domain in (("AzureUSGovernment", "azurewebsites.us"), ("AzureChinaCloud", "chinacloudsites.cn")):
        assert f"'{cloud}'), '{{0}}.{domain}'" in addresses
    assert "'{0}.azurewebsites.net'" in addresses
    assert SNAPSHOTS["identity-console"].outputs["consoleClientId"]
    assert "'https://exports.contoso.com'" in SNAPSHOTS["identity-everything"].outputs["consoleAddresses"]


def test_there_is_no_console_without_tokens() -> None:
    assert SNAPSHOTS["console"].outputs["consoleUrl"]
    assert {name for name, snapshot in SNAPSHOTS.items() if snapshot.outputs.get("consoleUrl")} == {"console"}
    assert SNAPSHOTS["function-keys"].outputs["consoleUrl"] == ""


def test_trust_is_taken_back_from_the_last_application_too() -> None:
    made = one(SNAPSHOTS["identity"], APPLICATION)
    assert made.get("properties", "api", "preAuthorizedApplications") == []


def test_a_token_for_the_api_is_not_enough_to_start_the_sample() -> None:
    # It exports with its own role, whatever the caller's is.
    named = policies("sample-logic-app")
    assert all(set(claims) == {"iss", "aud", "oid"} for claims in named)
    assert len({claims["oid"] for claims in named}) == 2
    assert NOBODY not in {claims["oid"] for claims in named}
    assert {claims["oid"] for claims in policies("longest-names")} == {NOBODY}


def test_tokens_of_each_cloud_are_accepted_by_their_issuer() -> None:
    issuers = {claims["iss"] for claims in policies("sample-logic-app")}
    auth = one(SNAPSHOTS["sample-logic-app"], "Microsoft.Web/sites/config", "/authsettingsV2")
    path = ("identityProviders", "azureActiveDirectory", "registration", "openIdIssuer")
    assert issuers == {auth.get("properties", *path)}
    (issuer,) = issuers
    console = one(SNAPSHOTS["console"], "Microsoft.Web/sites/config", "/appsettings")
    authority = str(console.get("properties", "CONSOLE_AUTHORITY"))
    assert issuer == f"[format('{{0}}/v2.0', {authority[1:-1]})]"
    for part in (
        f"'AzureUSGovernment', 'https://{CLOUDS['USGov'].sign_in_host}/'",
        f"'AzureChinaCloud', 'https://{CLOUDS['China'].sign_in_host}/'",
        "environment().name",
        "environment().authentication.loginEndpoint",
        "22222222-2222-2222-2222-222222222222",
        "/v2.0'",
    ):
        assert part in issuer


@pytest.mark.parametrize(
    ("snapshot", "storage", "app"), [("prod", "ZRS", True), ("every-setting", "ZRS", False), ("test", "LRS", False)]
)
def test_data_can_be_in_zones_where_the_app_is_not(snapshot: str, storage: str, app: bool) -> None:  # noqa: FBT001 - a parameter
    accounts = list(SNAPSHOTS[snapshot].of("Microsoft.Storage/storageAccounts"))
    assert {account.get("sku", "name") for account in accounts} == {f"Standard_{storage}"}
    assert one(SNAPSHOTS[snapshot], "Microsoft.Web/serverfarms").get("properties", "zoneRedundant") is app


def test_elastic_premium_has_as_few_instances_as_zones_allow() -> None:
    plans = {name: one(SNAPSHOTS[name], "Microsoft.Web/serverfarms") for name in ("elastic-premium", "us-government")}
    assert {name: plan.get("sku", "capacity") for name, plan in plans.items()} == {
        "elastic-premium": 2,
        "us-government": 1,
    }


@pytest.mark.parametrize(
    ("snapshot", "applied"), [("prod", "NetworkSecurityGroupEnabled"), ("every-setting", "Disabled")]
)
def test_rules_of_the_endpoints_can_be_turned_off(snapshot: str, applied: str) -> None:
    network = one(SNAPSHOTS[snapshot], "Microsoft.Network/virtualNetworks")
    subnets = {subnet["name"]: subnet["properties"] for subnet in network.get("properties", "subnets")}
    assert subnets["endpoints"]["privateEndpointNetworkPolicies"] == applied


def test_a_role_in_the_vault_is_on_one_secret() -> None:
    vault = "/Microsoft.KeyVault/vaults/"
    for name, snapshot in SNAPSHOTS.items():
        for made in snapshot.of("Microsoft.Authorization/roleAssignments"):
            assert vault not in (made.target or "") or "/secrets/" in (made.target or ""), name
    receivers = [
        made.target.rpartition("/")[2]
        for made in SNAPSHOTS["every-setting"].of("Microsoft.Authorization/roleAssignments")
        if made.target and str(made.get("properties", "principalId")).startswith("77777777-")
    ]
    assert receivers == ["callback-signing-secret"]


def test_refused_calls_are_logged_where_the_platform_has_that_log() -> None:
    logged = {
        name
        for name, snapshot in SNAPSHOTS.items()
        for made in snapshot.of("Microsoft.Insights/diagnosticSettings")
        if "/Microsoft.Web/sites/" in (made.target or "")
        and made.get("properties", "logs") == [{"category": "AppServiceAuthenticationLogs", "enabled": True}]
    }
    assert logged == {"elastic-premium"}
