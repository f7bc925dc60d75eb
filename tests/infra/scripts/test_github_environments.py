"""infra/scripts/github-environments.sh: which jobs may use an environment, and who approves them."""

import json

from tests.infra.stand_ins import Programs


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
