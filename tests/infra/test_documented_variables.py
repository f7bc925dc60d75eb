"""The workflows, and the variables of the pipelines' environments, are the documented ones."""

import re

from tests.infra.stand_ins import ROOT

WORKFLOWS = ROOT / ".github" / "workflows"
OF_THE_REPOSITORY = {"ATTESTATIONS", "ADVANCED_SECURITY"}
"""Set for the whole repository, in a table of their own."""


def read_by(*names: str) -> set[str]:
    texts = [(WORKFLOWS / name).read_text() for name in names]
    return {variable for text in texts for variable in re.findall(r"\bvars\.(\w+)", text)}


def documented(page: str, heading: str) -> dict[str, str]:
    """The cells beside each variable's name in the tables under a heading."""
    text = (ROOT / "docs" / page).read_text()
    section = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return dict(re.findall(r"^\| `(\w+)`(?: \*b\*)? \| (.+?) \|", section, re.MULTILINE))


def test_each_variable_that_a_workflow_reads_is_documented_and_no_other() -> None:
    workflows = [path.name for path in WORKFLOWS.glob("*.yml") if path.name != "certify.yml"]
    described = documented("deployment-reference.md", "Variables of an environment")
    assert len(described) > 20
    assert set(described) - OF_THE_REPOSITORY == read_by(*workflows) - OF_THE_REPOSITORY


def test_a_variable_is_said_to_be_where_it_is_read() -> None:
    described = documented("deployment-reference.md", "Variables of an environment")
    both = read_by("plan.yml") & read_by("deploy-environment.yml")
    identity = read_by("identity.yml")
    for name, where in described.items():
        if name in OF_THE_REPOSITORY:
            continue
        said = {
            "all three": name in both & identity or name in {"AZURE_CLOUD", "AZURE_AUDIENCE"},
            "both": name in both - identity,
            "`ENV`": name in read_by("deploy-environment.yml") - both,
            "`ENV-identity`": name in identity - both,
        }
        assert said[where], name


def test_each_variable_of_a_certification_is_documented() -> None:
    of_an_environment = documented("deployment-reference.md", "Variables of an environment")
    described = {*of_an_environment, *documented("certify.md", "Set it up")}
    printed = {"IDENTITY_CLIENT_ID", "LOCATION"}
    """Printed by the bootstrap of a certification alone."""
    assert read_by("certify.yml") - set(described) == printed


def test_each_workflow_that_starts_by_itself_or_by_hand_is_documented() -> None:
    text = (ROOT / "docs" / "deployment-reference.md").read_text()
    section = text.partition("\n## The workflows\n")[2].partition("\n## ")[0]
    described = re.findall(r"^\| \[?(\w[\w-]*)(?:\]\(.+?\))? \|", section, re.MULTILINE)
    started = {
        path.stem
        for path in WORKFLOWS.glob("*.yml")
        if not re.search(r"^on:\n  workflow_call", path.read_text(), re.MULTILINE)
    }
    assert set(described) - {"workflow"} == started
