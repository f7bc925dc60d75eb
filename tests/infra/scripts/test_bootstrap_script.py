"""infra/scripts/bootstrap.sh: what it asks of Azure, and what a pipeline takes from it."""

import json
import re

from tests.infra.stand_ins import Programs


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
