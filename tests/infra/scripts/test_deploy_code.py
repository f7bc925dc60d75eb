"""infra/scripts/deploy-code.sh: how a package gets to both plans."""

import json

import pytest

from tests.infra.stand_ins import Programs


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
