"""infra/scripts/bootstrap.sh and github-subject.sh: what they ask, and what a pipeline takes from them."""

import json
import re

import pytest

from tests.infra.stand_ins import Programs

WHERE = {"ENVIRONMENT": "dev", "LOCATION": "westeurope"}
REPOSITORY = {"REPOSITORY": "contoso/exports"}
SETTING = "repos/Contoso/exports/actions/oidc/customization/sub"
NUMBERED = "repo:Contoso@11/exports@22"
NOT_FOUND = "gh: Not Found (HTTP 404)"


@pytest.fixture
def azure(programs: Programs) -> Programs:
    programs.answer("az config set")
    programs.install_bicep()
    programs.answer("az provider show --namespace Microsoft.Web ", says="NotRegistered\n")
    programs.answer("az provider show", says="Registered\n")
    programs.answer("az provider register")
    programs.answer("az deployment sub create")
    programs.answer("az deployment sub show", "outputs.resourceGroup.", says="rg-pde-dev\n")
    programs.answer("az deployment sub show", "outputs.deployPrincipalId.", says="deployer\n")
    programs.answer("az deployment sub show", says="client\n")
    programs.answer("az account show", says="of-the-account\n")
    return programs


def github(programs: Programs, said: str = "", complains: str = "") -> None:
    """A repository whose setting for subjects is read with --jq as this line."""
    programs.answer("gh api repos/contoso/exports ", says="Contoso/exports\n")
    programs.answer(f"gh api {SETTING} ", says=said, complains=complains, code=1 if complains else 0)


def test_the_bootstrap_registers_what_is_missing_and_tells_what_a_pipeline_takes(azure: Programs) -> None:
    azure.answer("az cloud show", says="AzureCloud\n")
    github(azure, f"true\t{NUMBERED}\n")
    ran = azure.run("bootstrap.sh", **WHERE, **REPOSITORY)
    assert ran.returncode == 0, ran.stderr
    assert [call for call in azure.calls if "register " in call] == [
        "az provider register --namespace Microsoft.Web --wait --output none"
    ]
    (created,) = [call for call in azure.calls if "sub create" in call]
    assert f"deploySubject={NUMBERED}:environment:dev " in created
    assert f"planSubject={NUMBERED}:environment:dev-plan " in created
    assert f"identitySubject={NUMBERED}:environment:dev-identity " in created
    assert "audience=api://AzureADTokenExchange " in created
    assert f"{NUMBERED}:environment:dev-identity" in ran.stderr, "to compare with the sign-in of a job"
    sections = re.findall(r"^\[(.+)\]$", ran.stdout, re.MULTILINE)
    assert sections == ["dev", "dev-plan", "dev-identity"]
    allowed = re.findall(r"^ALLOWED_CALLER_CLIENT_IDS=(.+)$", ran.stdout, re.MULTILINE)
    assert [json.loads(one) for one in allowed] == [["client"], ["client"]]
    callers = re.search(r"^API_CALLERS=(.+)$", ran.stdout, re.MULTILINE)
    assert callers
    assert json.loads(callers[1]) == [{"principalId": "deployer", "role": "Exports.Operate"}]
    assert "AZURE_CLOUD" not in ran.stdout


@pytest.mark.parametrize(("cloud", "suffix"), [("AzureUSGovernment", "USGov"), ("AzureChinaCloud", "China")])
def test_another_cloud_exchanges_tokens_for_an_audience_of_its_own(azure: Programs, cloud: str, suffix: str) -> None:
    azure.answer("az cloud show", says=f"{cloud}\n")
    ran = azure.run("bootstrap.sh", **WHERE, **REPOSITORY, SUBJECT_PREFIX="repo:contoso/exports")
    assert ran.returncode == 0, ran.stderr
    audience = f"api://AzureADTokenExchange{suffix}"
    assert f"audience={audience} " in "".join(azure.calls)
    assert ran.stdout.count(f"AZURE_CLOUD={cloud.lower()}\nAZURE_AUDIENCE={audience}\n") == 3
    assert not [call for call in azure.calls if call.startswith("gh")]


def test_the_bootstrap_says_what_it_lacks(programs: Programs) -> None:
    ran = programs.run("bootstrap.sh", **WHERE)
    assert ran.returncode != 0
    assert "ISSUER" in ran.stderr
    assert programs.calls == []


def test_nothing_is_made_where_the_subjects_are_not_known(programs: Programs) -> None:
    programs.answer("gh api repos/contoso/exports ", code=4)
    ran = programs.run("bootstrap.sh", **WHERE, **REPOSITORY)
    assert ran.returncode != 0
    assert "gh auth login" in ran.stderr
    assert not [call for call in programs.calls if call.startswith("az")]


def test_a_repository_with_numbers_in_its_subjects(programs: Programs) -> None:
    github(programs, f"true\t{NUMBERED}\n")
    ran = programs.run("github-subject.sh", "contoso/exports")
    assert (ran.returncode, ran.stdout) == (0, f"{NUMBERED}\n")
    assert "numbers" in ran.stderr
    assert "--method PUT" not in ran.stderr


@pytest.mark.parametrize(
    ("said", "complains"), [("true\trepo:Contoso/exports\n", ""), ("true\t\n", ""), ("", NOT_FOUND)]
)
def test_a_repository_without_is_told_how_to_get_them(programs: Programs, said: str, complains: str) -> None:
    github(programs, said, complains)
    ran = programs.run("github-subject.sh", "contoso/exports")
    assert (ran.returncode, ran.stdout) == (0, "repo:Contoso/exports\n")
    assert f"gh api --method PUT {SETTING} -F use_default=true -F use_immutable_subject=true" in ran.stderr


@pytest.mark.parametrize(
    ("said", "complains", "told"),
    [
        (f"false\t{NUMBERED}\n", "", "a template of its own"),
        ("true\trepo:*\n", "", "a subject that is none"),
        ("", "gh: Bad credentials (HTTP 401)", "Bad credentials"),
    ],
)
def test_a_subject_that_can_not_be_known_is_not_guessed(
    programs: Programs, said: str, complains: str, told: str
) -> None:
    github(programs, said, complains)
    ran = programs.run("github-subject.sh", "contoso/exports")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert told in ran.stderr
