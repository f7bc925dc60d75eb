"""The scripts of infra/: what they ask of Azure, that a second run makes nothing, and that no secret is told."""

import base64
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from shared.settings import _Reader
from tests.infra.stand_ins import SCRIPTS, Programs

GRAPH = "https://graph.microsoft.us"
NAMES = ["IDENTITY_NAME", "API_CLIENT_ID", "API_AUDIENCE", "LOGIC_APP_IDENTITY_NAME"]
VAULT = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v"
APP, LOGIC_APP, CALLER, API, GRAPH_ITSELF = "app", "logic", "caller", "api", "graph"


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    return Programs(tmp_path)


# The secret of callbacks


@pytest.fixture
def vault(programs: Programs) -> Programs:
    programs.answer("az functionapp config appsettings list", says="hooks.contoso.com\n")
    programs.answer("az keyvault show", says=f"{VAULT}\n")
    programs.answer("az functionapp show", says="/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/app\n")
    programs.answer("az cloud show", says="https://management.usgovcloudapi.net/\n")
    programs.answer("az rest --method get", "/secrets?", says="callback-signing-secret\n", once="secret")
    programs.answer("az rest --method get", "/secrets?")
    programs.answer("az rest --method put", "/secrets/callback-signing-secret?", makes="secret")
    programs.answer("az rest --method post", "/config/configreferences/appsettings/refresh?")
    return programs


def test_the_callback_secret_is_created_once_and_never_printed(vault: Programs) -> None:
    first = vault.run("callback-secret.sh", "g", "app", "v")
    assert first.returncode == 0, first.stderr
    (body,) = vault.files
    secret = json.loads(body)["properties"]["value"]
    key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    assert len(key) == 32
    reader = _Reader({"CALLBACK_SIGNING_SECRET": secret})
    assert reader.signing_key("CALLBACK_SIGNING_SECRET") == key
    reader.check()
    for told in (first.stdout, first.stderr, *vault.calls):
        assert secret not in told
        assert "whsec_" not in told
    (put,) = [call for call in vault.calls if "--method put" in call]
    assert f"https://management.usgovcloudapi.net{VAULT}/secrets/" in put
    kept = re.search(r"--body @(\S+)", put)
    assert kept
    assert not Path(kept[1]).exists()
    assert "refresh" in vault.calls[-1]

    vault.forget()
    again = vault.run("callback-secret.sh", "g", "app", "v")
    assert again.returncode == 0
    assert not [call for call in vault.calls if "--method get" not in call and "az rest" in call]

    vault.forget()
    assert vault.run("callback-secret.sh", "g", "app", "v", "--rotate").returncode == 0
    (rotated,) = vault.files
    assert json.loads(rotated)["properties"]["value"] != secret


def test_an_app_that_sends_no_callbacks_gets_no_secret(programs: Programs) -> None:
    programs.answer("az functionapp config appsettings list")
    assert programs.run("callback-secret.sh", "g", "app", "").returncode == 0
    assert len(programs.calls) == 1


def test_no_secret_is_made_where_the_vault_does_not_answer(programs: Programs) -> None:
    programs.answer("az functionapp config appsettings list", says="hooks.contoso.com\n")
    programs.answer("az keyvault show", code=3)
    assert programs.run("callback-secret.sh", "g", "app", "v").returncode == 3
    assert not programs.files


# The identity stage


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
    found = {"id": GRAPH_ITSELF, "appRoles": roles}
    programs.answer("az rest --method get", "servicePrincipals(appId='00000003-", says=json.dumps(found))
    for one, kind in ((APP, "servicePrincipal"), (LOGIC_APP, "servicePrincipal"), (CALLER, "group")):
        said = json.dumps({"@odata.type": f"#microsoft.graph.{kind}"})
        programs.answer("az rest --method get", f"directoryObjects/{one} ", says=said)
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


def test_the_identity_stage_without_the_extension(directory: Programs) -> None:
    known = identity_stage(directory, ENVIRONMENT)
    assert list(known) == NAMES
    assert known["API_AUDIENCE"] == "api://tenant/pde-prod"
    assert known["LOGIC_APP_IDENTITY_NAME"] == "id-pde-prod-logic"
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


def test_a_second_run_of_the_identity_stage_makes_nothing(directory: Programs) -> None:
    first = identity_stage(directory, ENVIRONMENT)
    directory.forget()
    assert identity_stage(directory, ENVIRONMENT) == first
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


# What the stages tell each other


def test_what_the_identity_stage_made_is_read_from_its_deployment(programs: Programs) -> None:
    for output in ("identityName", "apiClientId", "apiAudience", "logicAppIdentityName"):
        programs.answer("--name identity ", f"outputs.{output}.value", says=f"{output}-value\n")
    told = programs.run("identity-outputs.sh", RESOURCE_GROUP="rg").stdout.splitlines()
    assert [line.split("=")[0] for line in told] == NAMES
    assert told[1] == "API_CLIENT_ID=apiClientId-value"
    programs.forget()
    registered = {"IDENTITY_NAME": "id", "API_CLIENT_ID": "client", "API_AUDIENCE": "api://audience"}
    given = programs.run("identity-outputs.sh", **registered).stdout.splitlines()
    assert given == [*(f"{name}={value}" for name, value in registered.items()), "LOGIC_APP_IDENTITY_NAME="]
    assert programs.calls == []


def test_a_stage_that_was_never_deployed_stops_the_next(programs: Programs) -> None:
    programs.answer("az deployment group show", code=3)
    assert programs.run("identity-outputs.sh", RESOURCE_GROUP="rg").returncode == 3


# The bootstrap


def test_the_bootstrap_registers_what_is_missing_and_tells_what_a_pipeline_takes(programs: Programs) -> None:
    programs.answer("az provider show --namespace Microsoft.Web ", says="NotRegistered\n")
    programs.answer("az provider show", says="Registered\n")
    programs.answer("az provider register")
    programs.answer("az deployment sub create")
    programs.answer("az deployment sub show", "outputs.resourceGroup.", says="rg-pde-dev\n")
    programs.answer("az deployment sub show", "outputs.deployPrincipalId.", says="deployer\n")
    programs.answer("az deployment sub show", says="client\n")
    programs.answer("az account show", says="of-the-account\n")
    ran = programs.run("bootstrap.sh", ENVIRONMENT="dev", LOCATION="westeurope", REPOSITORY="contoso/exports")
    assert ran.returncode == 0, ran.stderr
    assert [call for call in programs.calls if "register " in call] == [
        "az provider register --namespace Microsoft.Web --wait --output none"
    ]
    (created,) = [call for call in programs.calls if "sub create" in call]
    assert "deploySubject=repo:contoso/exports:environment:dev " in created
    assert "identitySubject=repo:contoso/exports:environment:dev-identity " in created
    sections = re.findall(r"^\[(.+)\]$", ran.stdout, re.MULTILINE)
    assert sections == ["dev", "dev-plan", "dev-identity"]
    allowed = re.findall(r"^ALLOWED_CALLER_CLIENT_IDS=(.+)$", ran.stdout, re.MULTILINE)
    assert [json.loads(one) for one in allowed] == [["client"], ["client"]]
    callers = re.search(r"^API_CALLERS=(.+)$", ran.stdout, re.MULTILINE)
    assert callers
    assert json.loads(callers[1]) == [{"principalId": "deployer", "role": "Exports.Operate"}]


def test_the_bootstrap_says_what_it_lacks(programs: Programs) -> None:
    ran = programs.run("bootstrap.sh", ENVIRONMENT="dev", LOCATION="westeurope")
    assert ran.returncode != 0
    assert "ISSUER" in ran.stderr
    assert programs.calls == []


def test_the_environments_of_a_repository_get_what_the_bootstrap_printed(programs: Programs) -> None:
    programs.answer("gh api --silent --method PUT repos/contoso/exports/environments/dev")
    programs.answer("gh variable set")
    printed = '[dev]\nRESOURCE_GROUP=rg-pde-dev\nALLOWED_CALLER_CLIENT_IDS=["client"]\n[dev-plan]\nBASE_NAME=pde\n'
    ran = programs.run("github-environments.sh", stdin=printed, REPOSITORY="contoso/exports")
    assert ran.returncode == 0, ran.stderr
    made, *variables = [call for call in programs.calls if "dev-plan" not in call]
    assert made.endswith("environments/dev --input -")
    assert variables == [
        "gh variable set RESOURCE_GROUP --repo contoso/exports --env dev --body rg-pde-dev",
        'gh variable set ALLOWED_CALLER_CLIENT_IDS --repo contoso/exports --env dev --body ["client"]',
    ]
    rules = [json.loads(text)["deployment_branch_policy"] for text in programs.inputs if text]
    assert rules == [{"protected_branches": True, "custom_branch_policies": False}, None]


# The code


@pytest.fixture
def site(programs: Programs) -> dict[str, str]:
    package = programs.folder / "package.zip"
    package.write_bytes(b"PK")
    programs.answer("az resource show", "hostNameSslStates", says="app.scm.azurewebsites.net\n")
    programs.answer("az account get-access-token", says="a-token\n")
    return {
        "RESOURCE_GROUP": "rg",
        "FUNCTION_APP_NAME": "app",
        "HOST_STORAGE_NAME": "host",
        "PACKAGE_CONTAINER": "packages",
    }


@pytest.mark.parametrize(("status", "code"), [(4, 0), (3, 1)])
def test_a_package_is_shipped_as_it_is(programs: Programs, site: dict[str, str], status: int, code: int) -> None:
    programs.answer("az resource show", "properties.sku", says="FlexConsumption\n")
    programs.answer("curl", "/api/publish?RemoteBuild=false", says='"deployment-1"\n')
    programs.answer("curl", "/api/deployments/deployment-1", says=json.dumps({"status": status}))
    ran = programs.run("deploy-code.sh", str(programs.folder / "package.zip"), **site)
    assert ran.returncode == code, ran.stderr
    assert not [call for call in programs.calls if "a-token" in call]
    assert "a-token" not in ran.stdout + ran.stderr


def test_on_elastic_premium_a_package_is_a_blob(programs: Programs, site: dict[str, str]) -> None:
    programs.answer("az resource show", "properties.sku", says="ElasticPremium\n")
    programs.answer("az storage blob upload --auth-mode login --account-name host --container-name packages")
    programs.answer("az functionapp restart")
    ran = programs.run("deploy-code.sh", str(programs.folder / "package.zip"), **site)
    assert ran.returncode == 0, ran.stderr
    assert "az functionapp restart" in programs.calls[-1]


def test_there_has_to_be_a_package(programs: Programs, site: dict[str, str]) -> None:
    ran = programs.run("deploy-code.sh", "nowhere.zip", **site)
    assert ran.returncode == 1
    assert programs.calls == []


# All of them


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
def test_shellcheck_has_nothing_to_say() -> None:
    command = ["shellcheck", "--external-sources", *map(str, sorted(SCRIPTS.glob("*.sh")))]
    ran = subprocess.run(command, cwd=SCRIPTS.parent.parent, capture_output=True, text=True, check=False)  # noqa: S603 - a linter
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("script", sorted({*SCRIPTS.glob("*.sh")} - {SCRIPTS / "lib.sh"}), ids=lambda path: path.name)
def test_a_script_stops_at_its_first_mistake(script: Path) -> None:
    assert script.read_text().startswith("#!/usr/bin/env bash\n")
    assert "\nset -euo pipefail\n" in script.read_text()
    assert script.stat().st_mode & 0o111
