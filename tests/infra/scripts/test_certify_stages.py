"""The scripts of a certification that call Azure: whose group it is, the identity stage, and what is deployed."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.infra.stand_ins import ROOT, Programs

if TYPE_CHECKING:
    import subprocess

GIVEN = {"AZURE_ENV_NAME": "c1", "RESOURCE_GROUP": "rg-pde-c1", "LOCATION": "westeurope"}


# The bootstrap


def bootstrapped(programs: Programs, cloud: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    programs.answer("az cloud show", says=f"{cloud}\n")
    programs.answer("az config set")
    programs.install_bicep()
    programs.answer("az provider show", says="Registered\n")
    programs.answer("az account show", says="of-the-account\n")
    programs.answer("az deployment sub create", "bootstrap/certify.bicep")
    programs.answer("az deployment sub show", "outputs.deployPrincipalId.", says="deployer\n")
    programs.answer("az deployment sub show", "outputs.identityPrincipalId.", says="granter\n")
    programs.answer("az deployment sub show", says="client\n")
    given = {"ENVIRONMENT": "certify", "LOCATION": "westeurope", "REPOSITORY": "contoso/exports"}
    ran = programs.run("bootstrap.sh", SUBJECT_PREFIX="repo:contoso@1/exports@2", **given, **environment)
    assert ran.returncode == 0, ran.stderr
    return ran


def test_the_bootstrap_gives_the_workflow_identities_of_its_own(programs: Programs) -> None:
    ran = bootstrapped(programs, "AzureCloud", TEST_PERSON_ID="somebody")
    (created,) = [call for call in programs.calls if "sub create" in call]
    assert "subject=repo:contoso@1/exports@2:environment:certify " in created
    assert "audience=api://AzureADTokenExchange " in created
    assert ran.stdout.startswith("[certify]\n")
    printed = dict(line.split("=", 1) for line in ran.stdout.splitlines()[1:])
    roles = ["Exports.Operate", "Exports.Submit", "Exports.Download"]
    assert json.loads(printed["API_CALLERS"]) == [{"principalId": "deployer", "role": role} for role in roles]
    assert json.loads(printed["ALLOWED_CALLER_CLIENT_IDS"]) == ["client"]
    assert printed["TEST_PERSON_ID"] == "somebody"
    assert "allow_identity_stage.py granter" in ran.stderr
    read = set(re.findall(r"vars\.(\w+)", (ROOT / ".github" / "workflows" / "certify.yml").read_text()))
    assert set(printed) <= read, "the workflow reads each variable"


def test_the_bootstrap_of_another_cloud_names_it(programs: Programs) -> None:
    said = bootstrapped(programs, "AzureChinaCloud").stdout
    assert "AZURE_CLOUD=azurechinacloud\nAZURE_AUDIENCE=api://AzureADTokenExchangeChina\n" in said
    assert "TEST_PERSON_ID" not in said


# The group


@pytest.fixture
def subscription(programs: Programs) -> Programs:
    """A subscription in which the group exists once it was made."""
    programs.answer("az group exists --name rg-pde-c1", says="true\n", once="group")
    programs.answer("az group exists --name rg-pde-c1", says="false\n")
    programs.answer("az group show --name rg-pde-c1 --query tags.certification", says="c1\n")
    programs.answer("az group create --name rg-pde-c1", makes="group")
    return programs


def test_the_group_is_made_once_with_the_mark_of_its_certification(subscription: Programs) -> None:
    assert subscription.run("certify-group.sh", "check", **GIVEN).stdout == "exists=false\n"
    assert subscription.run("certify-group.sh", "make", **GIVEN).returncode == 0
    (made,) = [call for call in subscription.calls if "create" in call]
    assert "--location westeurope --tags certification=c1 azd-env-name=c1 " in made
    subscription.forget()
    assert subscription.run("certify-group.sh", "make", **GIVEN).returncode == 0
    assert not [call for call in subscription.calls if "create" in call]


def test_the_check_tells_the_workflow(subscription: Programs, tmp_path: Path) -> None:
    outputs = tmp_path / "outputs"
    subscription.run("certify-group.sh", "make", **GIVEN)
    assert subscription.run("certify-group.sh", "check", GITHUB_OUTPUT=str(outputs), **GIVEN).returncode == 0
    assert outputs.read_text() == "exists=true\n"


@pytest.mark.parametrize("action", ["make", "check"])
@pytest.mark.parametrize("owner", ["", "c2"])
def test_a_group_that_is_not_of_this_certification_is_neither_used_nor_deleted(
    programs: Programs, tmp_path: Path, action: str, owner: str
) -> None:
    programs.answer("az group exists", says="true\n")
    programs.answer("az group show", says=f"{owner}\n")
    outputs = tmp_path / "outputs"
    ran = programs.run("certify-group.sh", action, GITHUB_OUTPUT=str(outputs), **GIVEN)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == "rg-pde-c1 exists, and no certification has made it. It is left as it is.\n"
    assert not outputs.exists(), "so nothing is deleted"
    assert len(programs.calls) == 2


def test_an_environment_is_never_taken_for_a_certification(programs: Programs) -> None:
    ran = programs.run("certify-group.sh", "check", **{**GIVEN, "AZURE_ENV_NAME": "prod"})
    assert (ran.returncode, programs.calls) == (1, [])


# The identity stage


def outputs(programs: Programs) -> None:
    programs.answer("az config set")
    programs.install_bicep()
    programs.answer("az deployment group show --resource-group rg-pde-c1 --name identity", "identityName", says="id\n")
    programs.answer("az deployment group show --resource-group rg-pde-c1 --name identity", "outputs.", says="of-it\n")
    programs.answer(
        "az deployment group show --resource-group rg-pde-c1 --name app", "apiBaseUrl", says="https://a/api\n"
    )
    programs.answer("az deployment group show --resource-group rg-pde-c1 --name app", "functionAppName", says="func\n")
    programs.answer("az deployment group show --resource-group rg-pde-c1 --name app", "consoleUrl", says="\n")
    programs.answer("az deployment group show --resource-group rg-pde-c1 --name app", "keyVaultName", says="vault\n")


def test_the_identity_stage_tells_the_steps_that_follow_what_it_made(programs: Programs, tmp_path: Path) -> None:
    outputs(programs)
    programs.answer("az deployment group create", "identity/main.bicepparam")
    known = tmp_path / "environment"
    ran = programs.run("certify-identity.sh", GITHUB_ENV=str(known), API_CLIENT_ID="of-another", **GIVEN)
    assert ran.returncode == 0, ran.stderr
    others = ("API_CLIENT_ID", "API_AUDIENCE", "LOGIC_APP_IDENTITY_NAME", "CONSOLE_CLIENT_ID", "CONSOLE_ADDRESSES")
    assert known.read_text().splitlines() == ["IDENTITY_NAME=id", *(f"{name}=of-it" for name in others)]


def test_an_identity_stage_that_fails_tells_nothing(programs: Programs, tmp_path: Path) -> None:
    outputs(programs)
    programs.answer("az deployment group create", code=1)
    known = tmp_path / "environment"
    assert programs.run("certify-identity.sh", GITHUB_ENV=str(known), **GIVEN).returncode == 1
    assert not known.exists()


def test_another_cloud_gets_its_registration_from_the_script(programs: Programs) -> None:
    programs.answer("az cloud show", code=7)
    ran = programs.run("certify-identity.sh", AZURE_CLOUD="azureusgovernment", **GIVEN)
    assert ran.returncode == 7
    assert programs.calls == ["az cloud show --query endpoints --output json"], "register_api.py asks this first"


def test_another_cloud_is_given_time_to_know_a_new_identity(programs: Programs) -> None:
    programs.answer("az cloud show", code=1, complains="Resource '1' does not exist", times=2)
    programs.answer("az cloud show", code=7)
    assert programs.run("certify-identity.sh", AZURE_CLOUD="azureusgovernment", **GIVEN).returncode == 7
    assert programs.calls.count("sleep 15") == 2


def test_what_is_deployed_is_told_without_deploying(programs: Programs) -> None:
    outputs(programs)
    ran = programs.run("outputs.sh", RESOURCE_GROUP="rg-pde-c1")
    assert ran.returncode == 0, ran.stderr
    told = ["FUNCTION_APP_NAME=func", "API_BASE_URL=https://a/api", "CONSOLE_URL=", "KEY_VAULT_NAME=vault"]
    assert ran.stdout.splitlines()[-4:] == told
    assert not [call for call in programs.calls if "create" in call]


def test_a_certification_is_deployed_with_the_parameters_of_an_environment(programs: Programs) -> None:
    outputs(programs)
    programs.answer("az deployment group show", "--name app", says="of-app\n")
    programs.answer("az deployment group create", "environments/prod.bicepparam")
    ran = programs.run("deploy-app.sh", PARAMETERS_FROM="prod", **GIVEN)
    assert ran.returncode == 0, ran.stderr


# The report of an earlier run


def artifact(run: int, created: str, *, branch: str = "main", repository: int = 1, expired: bool = False) -> object:
    """An artifact, as GitHub lists it."""
    origin = {"id": run, "repository_id": 1, "head_repository_id": repository, "head_branch": branch}
    return {"name": "certify-c1", "created_at": created, "expired": expired, "workflow_run": origin}


def goes_on(programs: Programs, artifacts: list[object]) -> "subprocess.CompletedProcess[str]":
    listed = "gh api repos/contoso/exports/actions/artifacts?name=certify-c1&per_page=100"
    programs.answer(listed, says=json.dumps({"artifacts": artifacts}))
    programs.answer("gh run download")
    given = {"GITHUB_REPOSITORY": "contoso/exports", "GITHUB_REF_NAME": "main", "AZURE_ENV_NAME": "c1"}
    return programs.run("certify-continue.sh", **given)


def test_a_run_goes_on_with_the_newest_report(programs: Programs) -> None:
    ran = goes_on(programs, [artifact(8, "2026-11-02T00:00:00Z"), artifact(9, "2026-11-03T00:00:00Z")])
    assert ran.returncode == 0, ran.stderr
    assert programs.calls[1:] == ["gh run download 9 --repo contoso/exports --name certify-c1 --dir certify"]


def test_a_report_that_a_pull_request_could_have_made_is_not_taken(programs: Programs) -> None:
    newer = "2026-11-09T00:00:00Z"
    forged = [artifact(1, newer, branch="mine"), artifact(2, newer, repository=7), artifact(3, newer, expired=True)]
    ran = goes_on(programs, [*forged, artifact(8, "2026-11-02T00:00:00Z")])
    assert ran.returncode == 0, ran.stderr
    assert programs.calls[1:] == ["gh run download 8 --repo contoso/exports --name certify-c1 --dir certify"]


def test_a_report_that_is_gone_is_said(programs: Programs) -> None:
    ran = goes_on(programs, [])
    assert (ran.returncode, len(programs.calls)) == (0, 1)
    assert ran.stdout.startswith("::warning title=Certification::The report of the run before is gone.")


def test_a_report_that_could_not_be_got_is_not_replaced(programs: Programs) -> None:
    programs.answer("gh api", says='{"message": "Server Error"}', code=1)
    given = {"GITHUB_REPOSITORY": "contoso/exports", "GITHUB_REF_NAME": "main", "AZURE_ENV_NAME": "c1"}
    assert programs.run("certify-continue.sh", **given).returncode == 1
    assert STEPS["Report of the run before"]["id"] == "before"
    assert "steps.before.outcome != 'failure'" in JOB["steps"][-1]["if"]


# The workflow

WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "certify.yml").read_text())
JOB = WORKFLOW["jobs"]["certify"]
STEPS: dict[str, Any] = {step.get("name", step.get("uses")): step for step in JOB["steps"]}
NAMES = list(STEPS)
assert len(NAMES) == len(JOB["steps"]), "each step has a name of its own"
LAST = NAMES[NAMES.index("What to do now") :]


def minutes(names: list[str]) -> int:
    return sum(STEPS[name].get("timeout-minutes", 0) for name in names)


def test_there_is_always_time_left_to_take_everything_down() -> None:
    wait = NAMES.index("Wait for the export")
    assert minutes(NAMES[:wait]) < 285, "the longest that a run may wait (certify.py), from its start"
    assert STEPS["Wait for the export"]["timeout-minutes"] > 285
    assert 285 + minutes(LAST) < JOB["timeout-minutes"] < 360, "what a hosted runner gives a job"


def test_what_was_made_is_taken_down_and_reported_also_after_a_failure() -> None:
    assert {name: "always()" in STEPS[name].get("if", "") for name in LAST} == dict.fromkeys(LAST, True)
    for name in ("Delete the registration", "Delete the group"):
        assert STEPS[name]["if"] == "always() && steps.group.outputs.exists == 'true'", name
    # Only the group has the mark of its certification, so it goes last.
    order = [LAST.index(name) for name in ("Erase what was exported", "Delete the registration", "Delete the group")]
    assert order == sorted(order)
    assert STEPS["Is the group a certification's?"]["id"] == "group"


def test_no_step_makes_anything_for_a_certification_that_goes_on() -> None:
    for name in ("Resource group", "Deploy", "Deploy again, while the export runs", "Request the export"):
        assert STEPS[name]["if"] == "inputs.name == ''", name


def test_what_the_runs_of_a_job_print_comes_from_variables_and_not_from_inputs() -> None:
    assert not [name for name, step in STEPS.items() if "${{" in step.get("run", "")]


def test_the_workflow_gives_what_parameter_files_read() -> None:
    files = [ROOT / "infra" / "identity" / "main.bicepparam", *(ROOT / "infra" / "environments").glob("*.bicepparam")]
    read = {name for file in files for name in re.findall(r"readEnvironmentVariable\('(\w+)'", file.read_text())}
    made = {"AZURE_ENV_NAME", "IDENTITY_NAME", "API_CLIENT_ID", "API_AUDIENCE"}
    made |= {"LOGIC_APP_IDENTITY_NAME", "CONSOLE_CLIENT_ID"}
    assert len(read) > len(made) + 10
    assert read - made - {"PYTHON_VERSION"} - set(JOB["env"]) == set(), "the package is made for the default version"


def test_a_step_fails_where_any_program_of_a_pipe_does() -> None:
    # Without the name of the shell, GitHub leaves out pipefail ("Workflow syntax", jobs.<job_id>.steps[*].shell).
    workflows = {path.name: path.read_text() for path in (ROOT / ".github" / "workflows").glob("*.yml")}
    piped = {name for name, text in workflows.items() if re.search(r"^ *(?:- )?run: .* \| ", text, re.MULTILINE)}
    assert {name for name in piped if "shell: bash" not in workflows[name]} == set()
    assert "certify.yml" in piped
