"""infra/scripts/github-environments.sh: which jobs may use an environment, and who approves them."""

import json

import pytest

from tests.infra.stand_ins import Programs

API = "gh api --silent --method"
PLACE = "repos/contoso/exports/environments"
TEAM = '[{"type": "Team", "id": 1}]'
PRINTED = '[{0}]\nRESOURCE_GROUP=rg\n[{0}-plan]\nBASE_NAME=pde\n[{0}-identity]\nAPI_CALLERS=["client"]\n'


@pytest.fixture
def github(programs: Programs) -> Programs:
    """A repository in which main is protected and no environment has a policy yet."""
    programs.answer(f"{API} PUT {PLACE}/")
    programs.answer("gh api --paginate", "/deployment-branch-policies ")
    programs.answer(f"{API} POST {PLACE}/", "/deployment-branch-policies -f name=main -f type=branch")
    programs.answer("gh variable set")
    programs.answer("gh api repos/contoso/exports/branches/main ", says="true\n")
    return programs


def rules(programs: Programs) -> dict[str, dict[str, object]]:
    """What was sent for each environment."""
    puts = [call.split(" ")[5].rpartition("/")[2] for call in programs.calls if "--method PUT" in call]
    return dict(zip(puts, [json.loads(text) for text in programs.inputs if text], strict=True))


def opened(programs: Programs) -> list[str]:
    """The environments that got a policy for main."""
    return [call.split("/")[4] for call in programs.calls if "--method POST" in call]


def create(programs: Programs, printed: str, reviewers: str = TEAM) -> str:
    ran = programs.run("github-environments.sh", stdin=printed, REPOSITORY="contoso/exports", REVIEWERS=reviewers)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout + ran.stderr


@pytest.mark.parametrize("environment", ["dev", "test", "prod"])
def test_jobs_of_main_alone_may_use_an_environment(github: Programs, environment: str) -> None:
    told = create(github, PRINTED.format(environment))
    sent = rules(github)
    named = {"protected_branches": False, "custom_branch_policies": True}
    free = ["dev-plan"] if environment == "dev" else []
    for name, rule in sent.items():
        assert rule["deployment_branch_policy"] == (None if name in free else named), name
        assert (f"{name}: every branch" in told) == (name in free)
        assert (f"{name}: branch main only" in told) == (name not in free)
    assert opened(github) == [name for name in sent if name not in free]


def test_all_but_plans_wait_for_reviewers(github: Programs) -> None:
    told = create(github, PRINTED.format("prod"))
    sent = rules(github)
    assert sent["prod"]["reviewers"] == sent["prod-identity"]["reviewers"] == json.loads(TEAM)
    assert "reviewers" not in sent["prod-plan"]
    assert "prod: branch main only, reviewers: 1" in told


@pytest.mark.parametrize(
    ("reviewers", "expected"),
    [
        (TEAM, True),
        ('[{"type": "User", "id": 1}, {"type": "User", "id": 2}]', True),
        ('[{"type": "User", "id": 1}]', False),
    ],
)
def test_nobody_approves_a_run_of_their_own_where_others_can(
    github: Programs, reviewers: str, *, expected: bool
) -> None:
    create(github, PRINTED.format("prod"), reviewers)
    assert rules(github)["prod"]["prevent_self_review"] is expected


@pytest.mark.parametrize("environment", ["prod", "dev"])
def test_an_environment_that_needs_reviewers_is_refused_without(programs: Programs, environment: str) -> None:
    ran = programs.run("github-environments.sh", stdin=PRINTED.format(environment), REPOSITORY="contoso/exports")
    assert ran.returncode == 1
    name = "prod" if environment == "prod" else "dev-identity"
    assert f"{name} needs REVIEWERS" in ran.stderr
    assert programs.calls == []


def test_other_environments_need_no_reviewers(github: Programs) -> None:
    create(github, "[dev]\nRESOURCE_GROUP=rg\n[test]\nRESOURCE_GROUP=rg\n", "[]")
    assert [rule["reviewers"] for rule in rules(github).values()] == [[], []]


@pytest.mark.parametrize("reviewers", ["contoso/admins", '[{"type": "Team"}]', '[{"type": "Team", "id": "x"}]'])
def test_reviewers_that_are_none_are_refused(programs: Programs, reviewers: str) -> None:
    ran = programs.run(
        "github-environments.sh", stdin=PRINTED.format("dev"), REPOSITORY="contoso/exports", REVIEWERS=reviewers
    )
    assert ran.returncode == 1
    assert "REVIEWERS is a list" in ran.stderr
    assert programs.calls == []


def test_a_second_run_leaves_the_policy_of_main_and_takes_others_away(programs: Programs) -> None:
    listed = "7\tbranch\trelease/*\n8\tbranch\tmain\n9\ttag\tmain\n"
    programs.answer("gh api --paginate", says=listed)
    programs.answer(f"{API} PUT {PLACE}/test ")
    programs.answer(f"{API} DELETE {PLACE}/test/deployment-branch-policies/")
    programs.answer("gh api repos/contoso/exports/branches/main ", says="true\n")
    told = create(programs, "[test]\n")
    deleted = [call.rpartition("/")[2] for call in programs.calls if "--method DELETE" in call]
    assert deleted == ["7", "9"]
    assert opened(programs) == []
    assert "test: branch release/* may not use it any more" in told


def test_rules_that_github_refuses_end_it(programs: Programs) -> None:
    programs.answer(f"{API} PUT {PLACE}/", code=1, complains="gh: Validation Failed (HTTP 422)")
    ran = programs.run(
        "github-environments.sh", stdin=PRINTED.format("dev"), REPOSITORY="contoso/exports", REVIEWERS=TEAM
    )
    assert ran.returncode == 1
    assert "GitHub refused the rules of dev." in ran.stderr
    assert len(programs.calls) == 1


@pytest.mark.parametrize(("protected", "told"), [("true", False), ("false", True)])
def test_a_branch_that_anybody_may_push_to_is_said(programs: Programs, protected: str, *, told: bool) -> None:
    programs.answer("gh api repos/contoso/exports/branches/main ", says=f"{protected}\n")
    programs.answer(f"{API} PUT {PLACE}/dev-plan ")
    assert ("Protect the branch main" in create(programs, "[dev-plan]\n")) == told


def test_the_variables_of_the_bootstrap_are_set(github: Programs) -> None:
    create(github, PRINTED.format("dev"))
    assert [call for call in github.calls if "variable" in call] == [
        "gh variable set RESOURCE_GROUP --repo contoso/exports --env dev --body rg",
        "gh variable set BASE_NAME --repo contoso/exports --env dev-plan --body pde",
        'gh variable set API_CALLERS --repo contoso/exports --env dev-identity --body ["client"]',
    ]


def test_a_variable_without_a_value_is_left_out(github: Programs) -> None:
    told = create(github, "[dev]\nLOGIC_APP_IDENTITY_NAME=\nRESOURCE_GROUP=rg\n")
    assert sum("variable" in call for call in github.calls) == 1
    assert "dev: LOGIC_APP_IDENTITY_NAME has no value, so it is not set\n" in told
