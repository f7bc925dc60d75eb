"""infra/scripts/deploy-code.sh: how a package gets to both plans, and what is tried again."""

import json

import pytest

from tests.infra.stand_ins import SLOW, Programs

FAILED = {"status": 3, "status_text": "InaccessibleStorageException: 403"}
PUBLISH, DEPLOYMENT = "/api/publish?RemoteBuild=false", "/api/deployments/deployment-1"


@pytest.fixture
def site(programs: Programs) -> dict[str, str]:
    package = programs.folder / "package.zip"
    package.write_bytes(b"PK")
    programs.answer("az resource show", "hostNameSslStates", says="app.scm.azurewebsites.net\n")
    programs.answer("az account get-access-token", says="a-token\n")
    programs.answer("az functionapp restart")
    return {
        "RESOURCE_GROUP": "rg",
        "FUNCTION_APP_NAME": "app",
        "HOST_STORAGE_NAME": "host",
        "PACKAGE_CONTAINER": "packages",
    }


@pytest.fixture
def flex(programs: Programs, site: dict[str, str]) -> dict[str, str]:
    programs.answer("az resource show", "properties.sku", says="FlexConsumption\n")
    return site


def publishes(programs: Programs, code: int = 202, times: int | None = None) -> None:
    programs.answer(
        "curl", PUBLISH, says=f'"deployment-1"\n{code}' if code == 202 else f"Forbidden\n{code}", times=times
    )


def shows(programs: Programs, deployment: object, code: int = 200, times: int | None = None) -> None:
    programs.answer("curl", DEPLOYMENT, says=f"{json.dumps(deployment)}\n{code}", times=times)


def deploy(programs: Programs, site: dict[str, str]) -> tuple[int, str]:
    ran = programs.run("deploy-code.sh", str(programs.folder / "package.zip"), **site)
    assert "a-token" not in ran.stdout + ran.stderr + "".join(programs.calls)
    return ran.returncode, ran.stderr


def uploads(programs: Programs) -> int:
    return sum(PUBLISH in call or "blob upload" in call for call in programs.calls)


def test_a_package_is_shipped_as_it_is(programs: Programs, flex: dict[str, str]) -> None:
    publishes(programs)
    shows(programs, {"status": 1}, times=2)
    shows(programs, {"status": 4})
    assert deploy(programs, flex) == (0, "Deployed to app.\n")
    assert uploads(programs) == 1


def test_a_role_that_does_not_count_yet_is_waited_for(programs: Programs, flex: dict[str, str]) -> None:
    publishes(programs, 403, times=1)
    publishes(programs)
    shows(programs, FAILED, times=1)
    shows(programs, {"status": 4})
    code, told = deploy(programs, flex)
    assert (code, uploads(programs)) == (0, 3)
    assert "The upload got 403: Forbidden" in told
    assert "status 3: InaccessibleStorageException" in told
    assert programs.calls.count("sleep 15") == 2


def test_an_upload_without_a_response_is_repeated(programs: Programs, flex: dict[str, str]) -> None:
    programs.answer("curl", PUBLISH, says="\n000", complains="curl: (56) Connection reset by peer", code=56, times=1)
    publishes(programs, 409, times=1)
    publishes(programs, 503, times=1)
    publishes(programs)
    shows(programs, {"status": 4})
    code, told = deploy(programs, flex)
    assert (code, uploads(programs)) == (0, 4)
    assert "Connection reset by peer" in told


def test_it_gives_up_after_five_minutes(programs: Programs, flex: dict[str, str]) -> None:
    publishes(programs)
    shows(programs, FAILED)
    code, told = deploy(programs, flex)
    assert (code, uploads(programs)) == (1, 20)
    assert programs.calls.count("sleep 15") * 15 < 300
    assert "look at the role assignments" in told


def test_five_minutes_are_counted_with_what_each_attempt_takes(programs: Programs, flex: dict[str, str]) -> None:
    publishes(programs)
    shows(programs, FAILED)
    code, told = deploy(programs, flex | SLOW)
    assert (code, uploads(programs)) == (1, 4)
    assert "look at the role assignments" in told


@pytest.mark.parametrize("status", [-1, 5, 6])
def test_a_deployment_that_ended_otherwise_is_not_repeated(
    programs: Programs, flex: dict[str, str], status: int
) -> None:
    publishes(programs)
    shows(programs, {"status": status, "status_text": "Another one."})
    code, told = deploy(programs, flex)
    assert (code, uploads(programs)) == (1, 1)
    assert f"The deployment ended with status {status}: Another one." in told


def test_an_upload_that_is_wrong_is_not_repeated(programs: Programs, flex: dict[str, str]) -> None:
    publishes(programs, 400)
    code, told = deploy(programs, flex)
    assert (code, uploads(programs), "The upload got 400" in told) == (1, 1, True)


def test_a_deployment_that_is_forgotten_has_ended(programs: Programs, flex: dict[str, str]) -> None:
    """Its worker is replaced afterwards, and the new one doesn't know it. The preflight shows the rest."""
    publishes(programs)
    shows(programs, {}, 404, times=1)
    shows(programs, {"status": 2}, times=1)
    shows(programs, {}, 404)
    assert deploy(programs, flex) == (0, "Deployed to app.\n")


def test_a_deployment_that_nobody_ever_knew_has_not_ended(programs: Programs, flex: dict[str, str]) -> None:
    publishes(programs)
    shows(programs, {}, 404)
    code, told = deploy(programs, flex)
    assert (code, "has not ended after 15 minutes" in told) == (1, True)


@pytest.fixture
def premium(programs: Programs, site: dict[str, str]) -> dict[str, str]:
    programs.answer("az resource show", "properties.sku", says="ElasticPremium\n")
    return site


UPLOAD = "az storage blob upload --auth-mode login --account-name host --container-name packages"


def test_on_elastic_premium_a_package_is_a_blob(programs: Programs, premium: dict[str, str]) -> None:
    refused = "ERROR: ErrorCode:AuthorizationPermissionMismatch"
    programs.answer(UPLOAD, code=1, complains=refused, times=2)
    programs.answer(UPLOAD)
    code, told = deploy(programs, premium)
    assert (code, uploads(programs)) == (0, 3)
    assert told.count(refused) == 2
    assert "az functionapp restart" in programs.calls[-1]


def test_a_role_that_still_does_not_count_after_five_minutes_is_an_error(
    programs: Programs, premium: dict[str, str]
) -> None:
    programs.answer(UPLOAD, code=3, complains="ERROR: ErrorCode:AuthorizationPermissionMismatch")
    assert deploy(programs, premium | SLOW)[0] == 3
    assert uploads(programs) == 4


def test_an_account_that_is_not_reached_is_not_asked_again(programs: Programs, premium: dict[str, str]) -> None:
    programs.answer(UPLOAD, code=3, complains="ERROR: ErrorCode:AuthorizationFailure")
    code, told = deploy(programs, premium)
    assert (code, uploads(programs), "AuthorizationFailure" in told) == (3, 1, True)


def test_there_has_to_be_a_package(programs: Programs, site: dict[str, str]) -> None:
    ran = programs.run("deploy-code.sh", "nowhere.zip", **site)
    assert ran.returncode == 1
    assert programs.calls == []
