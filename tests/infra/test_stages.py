"""What the stages of a deployment have to agree on: roles, variables, and what is given from one to the next."""

import json
import re

import pytest
import yaml

from shared.exports.ids import is_guid
from shared.http.app_roles import AppRole
from tests.infra.stand_ins import ROOT, SCRIPTS
from tests.infra.tree import Tree

INFRA = ROOT / "infra"
DEFINITION = json.loads((INFRA / "identity" / "api.json").read_text())
READ = re.compile(r"readEnvironmentVariable\('(\w+)'")


def read_by(*patterns: str) -> set[str]:
    """The variables that parameter files read."""
    files = [path for pattern in patterns for path in INFRA.glob(pattern)]
    assert files
    return {name for path in files for name in READ.findall(path.read_text())}


def given_by(workflow: str) -> set[str]:
    text = (ROOT / ".github" / "workflows" / workflow).read_text()
    return set(re.findall(r"^      (\w+): \$\{\{ (?:vars|inputs|matrix)\.", text, re.MULTILINE))


def test_the_registration_has_the_roles_of_the_api_for_applications_and_people() -> None:
    roles = DEFINITION["appRoles"]
    assert [role["value"] for role in roles] == list(AppRole)
    for role in roles:
        assert (sorted(role["allowedMemberTypes"]), role["isEnabled"]) == (["Application", "User"], True)
        assert role["displayName"]
        assert role["description"]
    ids = [one["id"] for one in [*roles, *DEFINITION["oauth2PermissionScopes"]]]
    assert len(set(ids)) == len(ids)
    assert all(is_guid(one) for one in ids)


def test_ids_of_roles_never_change() -> None:
    # Assignments name them: with other ids every caller would lose its role.
    assert {role["value"]: role["id"] for role in DEFINITION["appRoles"]} == {
        "Exports.Submit": "56c50520-28cd-56a8-8589-0a93e5273337",
        "Exports.Read": "f6cd12b9-4281-54ff-aa20-7627b8dcb595",
        "Exports.Download": "c344b739-9f12-53b2-9d87-83a43384cc0a",
        "Exports.Operate": "983707df-65ea-5fe6-8e5c-a6a39f9a487a",
        "Exports.Admin": "407031c3-ce01-5019-a288-32ffb02017b7",
    }


def test_the_bootstrap_registers_the_providers_of_what_is_deployed(tree: Tree) -> None:
    made = {
        resource.type.partition("/")[0].removeprefix("Microsoft.")
        for snapshot in tree.snapshots.values()
        for resource in snapshot.resources
    }
    (registered,) = re.findall(r"^providers=\((.+)\)$", (SCRIPTS / "bootstrap.sh").read_text(), re.MULTILINE)
    # Every subscription has those of roles, locks and groups. Graph is none. App is for the subnet of Flex Consumption.
    assert set(registered.split()) == made - {"Authorization", "Resources", "Graph"} | {"App"}


def test_the_condition_of_the_deployer_is_what_it_should_be(tree: Tree) -> None:
    (condition,) = (
        made.get("properties", "condition")
        for made in tree.snapshot("bootstrap").of("Microsoft.Authorization/roleAssignments")
        if made.get("properties", "condition")
    )
    roles = re.findall(r"GuidEquals \{([^}]+)\}", condition)
    assert roles == [roles[0]] * 2
    # What a role assignment will be is in the request, and what it is in the resource.
    assert condition == " AND ".join(
        f"((!(ActionMatches{{'Microsoft.Authorization/roleAssignments/{action}'}})) OR ("
        f"@{source}[Microsoft.Authorization/roleAssignments:RoleDefinitionId] "
        f"ForAnyOfAnyValues:GuidEquals {{{roles[0]}}} AND "
        f"@{source}[Microsoft.Authorization/roleAssignments:PrincipalType] "
        "ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'}))"
        for action, source in (("write", "Request"), ("delete", "Resource"))
    )


def test_pipelines_give_what_parameter_files_read() -> None:
    fixed = {"PYTHON_VERSION"}  # the package is made for the default
    for workflow in ("plan.yml", "deploy-environment.yml"):
        assert read_by("environments/*.bicepparam") - fixed <= given_by(workflow), workflow
    assert read_by("identity/*.bicepparam") <= given_by("identity.yml")


@pytest.mark.parametrize(("script", "stage"), [("identity-outputs.sh", "identity"), ("deploy-app.sh", "prod")])
def test_scripts_read_outputs_that_a_stage_has(tree: Tree, script: str, stage: str) -> None:
    read = re.findall(r"^tell \w+ \w+ (\w+)$", (SCRIPTS / script).read_text(), re.MULTILINE)
    assert len(read) >= 4
    assert set(read) <= set(tree.snapshot(stage).outputs)


def test_the_bootstrap_reads_outputs_that_its_template_has(tree: Tree) -> None:
    read = re.findall(r"\$\(output (\w+)\)", (SCRIPTS / "bootstrap.sh").read_text())
    assert len(read) >= 4
    assert set(read) <= set(tree.snapshot("bootstrap").outputs)


def test_azd_deploys_with_the_parameters_of_dev() -> None:
    text = (INFRA / "main.bicepparam").read_text()
    said = [line for line in text.splitlines() if line and not line.startswith("//")]
    assert said == ["using 'main.bicep'", "extends 'environments/dev.bicepparam'"]


def test_azd_reads_outputs_that_the_stages_have(tree: Tree) -> None:
    text = (ROOT / "azure.yaml").read_text()
    layers = yaml.safe_load(text)["infra"]["layers"]
    assert [layer["name"] for layer in layers] == ["identity", "app"]
    outputs: list[str] = []
    for layer in layers:
        # With several layers, azd reads the outputs and parameters of this module alone, and refuses an output twice.
        assert set(layer) <= {"name", "path", "dependsOn", "hooks"}
        template = f"{layer['path']}/main.bicep"
        assert (ROOT / template).with_suffix(".bicepparam").exists()
        outputs += tree.snapshots_of(template)[0].outputs
    assert len(set(outputs)) == len(outputs)
    read = set(re.findall(r"\$([a-z]\w+)", text))
    assert len(read) >= 6
    assert read - {"schema"} <= set(outputs)
    for path in re.findall(r"infra/scripts/[\w.-]+", text):
        assert (ROOT / path).exists()
