"""infra/scripts/refuse-older.sh: an environment does not go back to an older commit unnoticed."""

from subprocess import CompletedProcess

import pytest

from tests.infra.stand_ins import Programs

RUN = {"GITHUB_REPOSITORY": "contoso/exports", "GITHUB_SHA": "bbbb"}


def refuse(programs: Programs, deployed: str, status: str) -> CompletedProcess[str]:
    programs.answer("gh api graphql", says=f"{deployed}\n")
    programs.answer("gh api repos/contoso/exports/compare/aaaa...bbbb --jq .status", says=f"{status}\n")
    return programs.run("refuse-older.sh", "prod", **RUN)


@pytest.mark.parametrize("status", ["ahead", "identical", "diverged"])
def test_what_is_not_older_may_be_deployed(programs: Programs, status: str) -> None:
    ran = refuse(programs, "aaaa", status)
    assert ran.returncode == 0, ran.stderr
    assert f"prod has aaaa; this commit is {status}" in ran.stderr


def test_an_older_commit_is_refused(programs: Programs) -> None:
    ran = refuse(programs, "aaaa", "behind")
    assert ran.returncode == 1
    assert "prod has the newer commit aaaa already" in ran.stderr


def test_the_first_deployment_has_nothing_to_compare_with(programs: Programs) -> None:
    ran = refuse(programs, "", "")
    assert ran.returncode == 0, ran.stderr
    (asked,) = programs.calls
    for part in ("owner=contoso", "name=exports", "environment=prod", 'select(.state == "ACTIVE")'):
        assert part in asked


def test_nothing_is_deployed_where_github_cannot_be_asked(programs: Programs) -> None:
    programs.answer("gh api graphql", code=4)
    assert programs.run("refuse-older.sh", "prod", **RUN).returncode == 4
