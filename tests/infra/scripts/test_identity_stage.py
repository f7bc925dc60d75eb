"""The identity stage: with register_api.py in place of the template, and what it tells the app stage."""

import json
from typing import Any

import pytest

from tests.infra.stand_ins import SCRIPTS, Programs

GRAPH = "https://graph.microsoft.us"
NAMES = [
    "IDENTITY_NAME",
    "API_CLIENT_ID",
    "API_AUDIENCE",
    "LOGIC_APP_IDENTITY_NAME",
    "CONSOLE_CLIENT_ID",
    "CONSOLE_ADDRESSES",
]
APP, LOGIC_APP, CALLER, API, GRAPH_ITSELF, CONSOLE = "app", "logic", "caller", "api", "graph", "of-console"
GRANTS = "oauth2PermissionGrants"


def identity_stage(programs: Programs, environment: dict[str, str]) -> dict[str, str]:
    ran = programs.run("register_api.py", **environment)
    assert ran.returncode == 0, ran.stderr
    return dict(line.split("=", 1) for line in ran.stdout.splitlines())


@pytest.fixture
def directory(programs: Programs) -> Programs:
    """A tenant of another cloud, in which the registration and each grant are there once they were made."""
    programs.answer("az cloud show", says=json.dumps({"microsoftGraphResourceId": f"{GRAPH}/"}))
    programs.answer("az account show", says='"tenant"')
    for name, object_id in (("id-pde-prod-logic", LOGIC_APP), ("id-pde-prod ", APP)):
        made = {"name": name.strip(), "principalId": object_id}
        programs.answer(f"az identity create --name {name}", says=json.dumps(made))
    programs.answer("az rest --method patch", "applications(uniqueName='pde-prod')", "Prefer=create-if-missing")
    programs.answer("az rest --method patch", "applications(uniqueName='pde-prod')", "preAuthorizedApplications")
    programs.answer("az rest --method get", "applications(uniqueName='pde-prod')", says='{"appId": "client"}')
    programs.answer("az rest --method patch", "servicePrincipals(appId='client')", "Prefer=create-if-missing")
    programs.answer("az rest --method get", "servicePrincipals(appId='client')", says=json.dumps({"id": API}))
    roles = [
        {"value": "User.Export.All", "id": "delegated", "allowedMemberTypes": ["User"]},
        {"value": "User.Export.All", "id": "export", "allowedMemberTypes": ["Application"]},
        {"value": "User.Read.All", "id": "read", "allowedMemberTypes": ["Application"]},
    ]
    scopes = [{"value": name, "id": f"id-of-{name}"} for name in ("email", "offline_access", "openid", "profile")]
    found = {"id": GRAPH_ITSELF, "appRoles": roles, "oauth2PermissionScopes": scopes}
    programs.answer("az rest --method get", "servicePrincipals(appId='00000003-", says=json.dumps(found))
    for one, kind in ((APP, "servicePrincipal"), (LOGIC_APP, "servicePrincipal"), (CALLER, "group")):
        said = json.dumps({"@odata.type": f"#microsoft.graph.{kind}"})
        programs.answer("az rest --method get", f"directoryObjects/{one} ", says=said)
    programs.install_bicep()
    programs.answer("az config set")
    host = '"func-pde-prod-x.azurewebsites.us"'
    programs.answer("az deployment group create", "app-host.bicep", "environmentName=prod name=pde", says=host)
    programs.answer("az rest --method patch", "applications(uniqueName='pde-prod-console')", "Prefer=create-if-missing")
    programs.answer("az rest --method get", "applications(uniqueName='pde-prod-console')", says='{"appId": "page"}')
    programs.answer("az rest --method patch", "servicePrincipals(appId='page')", "Prefer=create-if-missing")
    programs.answer("az rest --method get", "servicePrincipals(appId='page')", says=json.dumps({"id": CONSOLE}))
    consented = json.dumps({"value": [{"id": "grant", "scope": "openid profile offline_access"}]})
    programs.answer("az rest --method post", GRANTS, makes=GRANTS)
    programs.answer("az rest --method get", f"{GRANTS}?", says=consented, once=GRANTS)
    programs.answer("az rest --method get", f"{GRANTS}?", says='{"value": []}')
    definition = json.loads((SCRIPTS.parent / "identity" / "api.json").read_text())
    ids = {role["value"]: role["id"] for role in definition["appRoles"]}
    held = {
        f"servicePrincipals/{APP}": [(GRAPH_ITSELF, "export"), (GRAPH_ITSELF, "read")],
        f"servicePrincipals/{LOGIC_APP}": [(API, ids["Exports.Submit"])],
        f"groups/{CALLER}": [(API, ids["Exports.Read"])],
    }
    for holder, grants in held.items():
        for resource, role in grants:
            last = holder if (resource, role) == grants[-1] else ""
            who, what = f'"principalId": "{holder.partition("/")[2]}"', f'"appRoleId": "{role}"'
            programs.answer("az rest --method post", f"{resource}/appRoleAssignedTo", who, what, makes=last)
        page = json.dumps({"value": [{"resourceId": resource, "appRoleId": role} for resource, role in grants]})
        programs.answer("az rest --method get", f"{holder}/appRoleAssignments", says=page, once=holder)
        programs.answer("az rest --method get", f"{holder}/appRoleAssignments", says='{"value": []}')
    return programs


ENVIRONMENT = {
    "RESOURCE_GROUP": "rg-pde-prod",
    "AZURE_ENV_NAME": "prod",
    "SAMPLE_LOGIC_APP": "true",
    "API_CALLERS": json.dumps([{"principalId": CALLER, "role": "Exports.Read"}]),
    "TRUSTED_CLIENT_IDS": '["connector"]',
}
CONSOLE_TOO = ENVIRONMENT | {"CONSOLE": "true", "PUBLIC_BASE_URL": "https://exports.contoso.com/"}


def test_the_identity_stage_without_the_extension(directory: Programs) -> None:
    known = identity_stage(directory, ENVIRONMENT)
    assert list(known) == NAMES
    assert known["API_AUDIENCE"] == "api://tenant/pde-prod"
    assert known["LOGIC_APP_IDENTITY_NAME"] == "id-pde-prod-logic"
    assert (known["CONSOLE_CLIENT_ID"], known["CONSOLE_ADDRESSES"]) == ("", "")
    assert [call for call in directory.calls if "deployment" in call or "console" in call] == []
    assert all(f"{GRAPH}/v1.0/" in call for call in directory.calls if "az rest" in call)
    sent = [call for call in directory.calls if "patch" in call and "applications(" in call]
    body, trust = (json.loads(call.partition("--body ")[2].partition(" --output")[0]) for call in sent)
    assert body["appRoles"] == json.loads((SCRIPTS.parent / "identity" / "api.json").read_text())["appRoles"]
    assert body["api"]["requestedAccessTokenVersion"] == 2
    # Graph refuses trust with a scope that the same request brings.
    assert "preAuthorizedApplications" not in body["api"]
    assert trust["api"]["oauth2PermissionScopes"] == body["api"]["oauth2PermissionScopes"]
    (trusted,) = trust["api"].pop("preAuthorizedApplications")
    assert trusted["appId"] == "connector"
    assert trusted["delegatedPermissionIds"] == [scope["id"] for scope in body["api"]["oauth2PermissionScopes"]]
    assert trust == {"api": body["api"]}
    assert "passwordCredentials" not in body
    posted = [call for call in directory.calls if "--method post" in call]
    assert len(posted) == 4
    assert all("delegated" not in call for call in posted)
    assert "servicePrincipals/graph/appRoleAssignedTo" in posted[0]
    assert '"appRoleAssignmentRequired": true' in "".join(directory.calls)


def bodies(programs: Programs, *has: str) -> list[Any]:
    """What the calls sent that contain these texts."""
    found = [call for call in programs.calls if "--body " in call and all(text in call for text in has)]
    return [json.loads(call.partition("--body ")[2].rpartition(" --output")[0]) for call in found]


def test_the_console_is_registered_where_the_app_will_be(directory: Programs) -> None:
    known = identity_stage(directory, CONSOLE_TOO)
    page = "https://func-pde-prod-x.azurewebsites.us/api/console"
    assert known["CONSOLE_CLIENT_ID"] == "page"
    assert known["CONSOLE_ADDRESSES"] == f"{page},https://exports.contoso.com/api/console"
    (made,) = bodies(directory, "pde-prod-console")
    assert made["spa"] == {"redirectUris": known["CONSOLE_ADDRESSES"].split(",")}
    # By it the sign-out names the account, so that nobody is asked for it.
    assert made["optionalClaims"] == {"idToken": [{"name": "login_hint"}]}
    assert (made["signInAudience"], "passwordCredentials" in made) == ("AzureADMyOrg", False)
    asked = {
        each["resourceAppId"]: [one["id"] for one in each["resourceAccess"]] for each in made["requiredResourceAccess"]
    }
    (scope,) = json.loads((SCRIPTS.parent / "identity" / "api.json").read_text())["oauth2PermissionScopes"]
    assert asked == {
        "client": [scope["id"]],
        "00000003-0000-0000-c000-000000000000": ["id-of-openid", "id-of-profile", "id-of-offline_access"],
    }
    # Who may sign in is decided by the roles of the API.
    (page_principal,) = bodies(directory, "servicePrincipals(appId='page')")
    assert page_principal["appRoleAssignmentRequired"] is False
    *_, trust = bodies(directory, "preAuthorizedApplications")
    assert [each["appId"] for each in trust["api"]["preAuthorizedApplications"]] == ["connector", "page"]
    (consent,) = bodies(directory, "--method post", GRANTS)
    assert consent == {
        "clientId": CONSOLE,
        "consentType": "AllPrincipals",
        "resourceId": GRAPH_ITSELF,
        "scope": "openid profile offline_access",
    }


def test_a_consent_to_something_else_is_corrected(directory: Programs) -> None:
    other = json.dumps({"value": [{"id": "grant", "scope": "openid User.Read"}]})
    directory.answer("az rest --method get", f"{GRANTS}?", says=other, first=True)
    directory.answer("az rest --method patch", f"{GRANTS}/grant")
    identity_stage(directory, CONSOLE_TOO)
    assert bodies(directory, f"{GRANTS}/grant") == [{"scope": "openid profile offline_access"}]


def test_nobody_consents_where_another_team_does(directory: Programs) -> None:
    identity_stage(directory, CONSOLE_TOO | {"ASSIGN_ROLES": "false"})
    assert [call for call in directory.calls if GRANTS in call] == []


def test_a_second_run_of_the_identity_stage_makes_nothing(directory: Programs) -> None:
    first = identity_stage(directory, CONSOLE_TOO)
    directory.forget()
    assert identity_stage(directory, CONSOLE_TOO) == first
    assert [call for call in directory.calls if "--method post" in call] == []


def test_roles_that_another_team_grants_are_left_alone(directory: Programs) -> None:
    identity_stage(directory, ENVIRONMENT | {"ASSIGN_ROLES": "false"})
    assert [call for call in directory.calls if "--method post" in call] == []


def test_a_role_that_the_cloud_does_not_have_is_said(directory: Programs) -> None:
    ran = directory.run("register_api.py", **ENVIRONMENT, EXPORT_INBOUND_PROFILES="true")
    assert ran.returncode == 1
    assert "CrossTenantUserProfileSharing.Read.All" in ran.stderr


def test_a_call_that_fails_ends_the_stage(programs: Programs) -> None:
    programs.answer("az cloud show", code=5)
    assert programs.run("register_api.py", **ENVIRONMENT).returncode == 5


# What the stage tells the next


def test_what_the_identity_stage_made_is_read_from_its_deployment(programs: Programs) -> None:
    outputs = (
        "identityName",
        "apiClientId",
        "apiAudience",
        "logicAppIdentityName",
        "consoleClientId",
        "consoleAddresses",
    )
    for output in outputs:
        programs.answer("--name identity ", f"outputs.{output}.value", says=f"{output}-value\n")
    told = programs.run("identity-outputs.sh", RESOURCE_GROUP="rg").stdout.splitlines()
    assert [line.split("=")[0] for line in told] == NAMES
    assert told[1] == "API_CLIENT_ID=apiClientId-value"
    programs.forget()
    registered = {"IDENTITY_NAME": "id", "API_CLIENT_ID": "client", "API_AUDIENCE": "api://audience"}
    given = programs.run("identity-outputs.sh", **registered).stdout.splitlines()
    empty = [f"{name}=" for name in NAMES if name not in registered]
    assert given == [*(f"{name}={value}" for name, value in registered.items()), *empty]
    assert programs.calls == []


def test_a_stage_that_was_never_deployed_stops_the_next(programs: Programs) -> None:
    programs.answer("az deployment group show", code=3)
    assert programs.run("identity-outputs.sh", RESOURCE_GROUP="rg").returncode == 3


# What lets a pipeline run the stage


def test_a_pipeline_gets_the_roles_that_the_stage_needs(programs: Programs) -> None:
    programs.answer("az cloud show", says=json.dumps({"microsoftGraphResourceId": GRAPH}))
    names = [
        "Application.ReadWrite.All",
        "AppRoleAssignment.ReadWrite.All",
        "DelegatedPermissionGrant.ReadWrite.All",
        "Directory.ReadWrite.All",
    ]
    roles = [{"value": name, "id": f"id-of-{name}", "allowedMemberTypes": ["Application"]} for name in names]
    programs.answer("servicePrincipals(appId=", says=json.dumps({"id": GRAPH_ITSELF, "appRoles": roles}))
    programs.answer("directoryObjects/pipeline ", says='{"@odata.type": "#microsoft.graph.servicePrincipal"}')
    programs.answer("--method get", "appRoleAssignments", says='{"value": []}')
    programs.answer("--method post", "appRoleAssignedTo")
    ran = programs.run("allow_identity_stage.py", "pipeline")
    assert ran.returncode == 0, ran.stderr
    posted = [call for call in programs.calls if "--method post" in call]
    assert [call.partition('"appRoleId": "id-of-')[2].partition('"')[0] for call in posted] == names[:3]


@pytest.mark.parametrize(("arguments", "code"), [([], 2), (["--help"], 0)])
def test_without_an_id_nobody_gets_a_role(programs: Programs, arguments: list[str], code: int) -> None:
    assert programs.run("allow_identity_stage.py", *arguments).returncode == code
    assert programs.calls == []
