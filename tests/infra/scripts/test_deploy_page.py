"""docs/deploy.md, read as by a stranger: its commands run in the order of the page, and print what it shows."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.infra.stand_ins import ROOT, SCRIPTS, Programs

PAGES = {name: (ROOT / "docs" / f"{name}.md").read_text() for name in ("deploy", "deployment-reference", "certify")}
BLOCKS = [
    pytest.param(block, id=f"{name}-{number}")
    for name, text in PAGES.items()
    for number, block in enumerate(re.findall(r"^ *```(?:sh|bash)\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL))
]


def step(number: int) -> str:
    """The text of a step of the page."""
    found = re.search(rf"^### {number}\. .*?(?=^###? )", PAGES["deploy"], re.MULTILINE | re.DOTALL)
    assert found
    return found[0]


def shown(number: int) -> list[str]:
    """What the page says that a step prints."""
    return [line for block in re.findall(r"```text\n(.*?)```", step(number), re.DOTALL) for line in block.splitlines()]


def names(lines: list[str]) -> list[str]:
    """The names of variables and sections, without values."""
    return [line.partition("=")[0] for line in lines if re.match(r"\[[\w-]+\]$|[A-Z_]+=", line)]


@pytest.mark.parametrize("block", BLOCKS)
def test_a_command_is_one_that_a_shell_can_read(block: str) -> None:
    assert subprocess.run(["bash", "-n"], input=block, text=True, check=False).returncode == 0  # noqa: S607 - bash, as make has it
    for script in re.findall(r"infra/scripts/[\w-]+\.(?:sh|py)", block):
        assert (ROOT / script).is_file(), script


@pytest.mark.parametrize("block", BLOCKS)
def test_a_command_works_on_macos_and_for_whoever_runs_it(block: str) -> None:
    # The sed of BSD takes a brace for a part of the command before it, unless a semicolon ends that.
    assert not re.search(r"sed .*[a-z]\}", block)
    assert not re.search(r'"id": \d', block), "the id of somebody else"


def bootstrapped(programs: Programs) -> "subprocess.CompletedProcess[str]":
    programs.answer("gh api repos/contoso/personal-data-export ", says="contoso/personal-data-export\n")
    prefix = "repo:contoso@1/personal-data-export@2"
    programs.answer("gh api repos/contoso/personal-data-export/actions/oidc", says=f"true\t{prefix}\n")
    programs.answer("az cloud show", says="AzureCloud\n")
    programs.answer("az config set")
    programs.install_bicep()
    programs.answer("az provider show --namespace Microsoft.App ", says="NotRegistered\n")
    programs.answer("az provider show", says="Registered\n")
    programs.answer("az provider register")
    programs.answer("az deployment sub create")
    programs.answer("az deployment sub show", "outputs.resourceGroup.", says="rg-pde-dev\n")
    programs.answer("az deployment sub show", "outputs.identityPrincipalId.", says="OBJECT_ID\n")
    programs.answer("az deployment sub show", says="of-the-deployment\n")
    programs.answer("az account show", says="of-the-account\n")
    command = re.search(r"^ENVIRONMENT=dev (.+) infra/scripts/bootstrap\.sh > dev\.env$", step(2), re.MULTILINE)
    assert command
    given = dict(one.split("=") for one in command[1].split())
    ran = programs.run("bootstrap.sh", ENVIRONMENT="dev", **given)
    assert ran.returncode == 0, ran.stderr
    return ran


def test_the_bootstrap_prints_what_the_page_shows(programs: Programs) -> None:
    ran = bootstrapped(programs)
    told = [line for line in ran.stderr.splitlines() if line]
    page = [line for line in shown(2) if line]
    assert told == page[: len(told)]
    variables = names(ran.stdout.splitlines())
    written = names(page[len(told) :])
    assert written == [
        *variables[: variables.index("[dev-plan]") + 1],
        "[dev-identity]",
        "API_CALLERS",
    ]
    assert variables[-1] == "API_CALLERS"


def test_the_environments_of_the_repository_are_made_of_it_with_a_line_for_each(
    programs: Programs, tmp_path: Path
) -> None:
    made = bootstrapped(programs).stdout
    (tmp_path / "github").mkdir()
    github = Programs(tmp_path / "github")
    github.answer("gh api", "/branches/main", says="true\n")
    github.answer("gh api")
    github.answer("gh variable set")
    ran = github.run(
        "github-environments.sh",
        stdin=made,
        REPOSITORY="contoso/personal-data-export",
        REVIEWERS='[{"type": "User", "id": 1}]',
    )
    assert ran.returncode == 0, ran.stderr
    printed = ran.stdout.splitlines()
    assert [line for line in shown(4) if line != "…"] == [
        line for line in printed if ": branch " in line or ": every " in line or line == "dev: AZURE_TENANT_ID"
    ]


def test_a_section_of_the_file_becomes_the_environment_of_a_shell(programs: Programs, tmp_path: Path) -> None:
    (tmp_path / "dev.env").write_text(bootstrapped(programs).stdout)
    define = re.search(r"^section\(\) .+$", step(5), re.MULTILINE)
    assert define
    show = 'printf "%s\\n" "$RESOURCE_GROUP" "$API_CALLERS" "${ALLOWED_CALLER_CLIENT_IDS-none}"'
    script = f"{define[0]}\nsection dev-identity\n{show}"
    ran = subprocess.run(["bash", "-euc", script], cwd=tmp_path, capture_output=True, text=True, check=True)  # noqa: S603, S607 - the page's own line
    group, callers, allowed = ran.stdout.splitlines()
    assert (group, allowed) == ("rg-pde-dev", "none"), "no other section's variables"
    assert callers == '[{"principalId": "of-the-deployment", "role": "Exports.Operate"}]'


def test_the_identity_stage_ends_with_what_the_page_shows(programs: Programs) -> None:
    programs.answer("az deployment group show", says="value\n")
    ran = programs.run("identity-outputs.sh", RESOURCE_GROUP="rg-pde-dev")
    assert names(ran.stdout.splitlines()) == names(shown(5))


def test_the_steps_of_a_deployment_are_those_of_the_script() -> None:
    described = re.findall(r"^\| \*(.+?)\* \|", step(6), re.MULTILINE)
    assert described == re.findall(r"^step '(.+)'$", (SCRIPTS / "deploy.sh").read_text(), re.MULTILINE)


def test_the_last_step_finds_all_that_it_uses(programs: Programs) -> None:
    programs.answer("az deployment group show", says="value\n")
    ran = programs.run("outputs.sh", RESOURCE_GROUP="rg-pde-dev")
    told = {
        name for page in PAGES.values() for name in re.findall(r"\$(API_\w+|FUNCTION_APP_NAME|KEY_VAULT_NAME)", page)
    }
    assert told <= set(names(ran.stdout.splitlines()))


@pytest.mark.parametrize(
    "said", ["There is no token for ", "Not resolved after ", "There is no report after ", "App Service authentication"]
)
def test_what_a_red_step_is_said_to_say_is_said_by_a_script(said: str) -> None:
    scripts = "".join(path.read_text() for path in SCRIPTS.iterdir() if path.is_file())
    assert said in scripts
    assert said.removeprefix("There is ").strip() in PAGES["deploy"]
