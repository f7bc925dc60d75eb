"""infra/scripts/deploy.sh: the steps of a deployment, in their order; and deploy-identity.sh."""

import json
import subprocess

import pytest

from tests.infra.stand_ins import Programs

STEPS = [
    "Outputs of the identity stage",
    "Tokens for the later steps",
    "Infrastructure",
    "Callback secret",
    "Key Vault references",
    "Code",
    "Preflight",
    "Console",
]
PAGE = "https://app.example/api/console"
DEV = {"AZURE_ENV_NAME": "dev", "RESOURCE_GROUP": "rg-pde-dev"}
TOKEN_OF_API, TOKEN_OF_STORAGE = "--resource api://tenant/pde-dev", "--scope https://storage.azure.com/.default"
SITE = "/subscriptions/s/resourceGroups/rg-pde-dev/providers/Microsoft.Web/sites/of-app"


@pytest.fixture
def azure(programs: Programs) -> Programs:
    """An environment on Elastic Premium, whose app never answers."""
    (programs.folder / "package.zip").write_bytes(b"PK")
    programs.answer("az config set")
    programs.install_bicep()
    programs.answer("--name identity ", "outputs.apiAudience.", says="api://tenant/pde-dev\n")
    programs.answer("--name identity ", "outputs.", says="of-identity\n")
    programs.answer("az account get-access-token", "--query accessToken", says="a-token\n")
    programs.answer("az account get-access-token")
    programs.answer("az deployment group create", "dev.bicepparam")
    programs.answer("--name app ", "outputs.apiBaseUrl.", says="https://127.0.0.1:1/api\n")
    programs.answer("--name app ", "outputs.consoleUrl.", says="\n")
    programs.answer("--name app ", "outputs.", says="of-app\n")
    programs.answer("az functionapp config appsettings list")
    programs.answer("az cloud show", says='"https://management.azure.com/"')
    programs.answer("az functionapp show", says=json.dumps(SITE))
    programs.answer("az rest --method get", "configreferences", says='{"value": []}')
    programs.answer("az resource show", "properties.sku", says="ElasticPremium\n")
    programs.answer("az storage blob upload")
    return programs


def deploy(programs: Programs, **more: str) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    ran = programs.run("deploy.sh", str(programs.folder / "package.zip"), **DEV, **more)
    return ran, [line.removeprefix("== ") for line in ran.stdout.splitlines() if line.startswith("== ")]


def place(programs: Programs, text: str) -> int:
    return next(number for number, call in enumerate(programs.calls) if text in call)


def test_a_whole_deployment_in_its_order(azure: Programs) -> None:
    azure.answer("az functionapp restart", code=7)
    # Empty, as pipelines give what nobody has set; a parameter file's defaults are for what is not there.
    ran, steps = deploy(azure, API_CLIENT_ID="", HOSTING="")
    assert (ran.returncode, steps) == (7, STEPS[:6]), "a step that fails is the last"
    order = [place(azure, text) for text in ("group create", "appsettings list", "configreferences", "blob upload")]
    assert order == sorted(order)
    assert "--account-name of-app" in azure.calls[order[3]]
    assert azure.empty_at("group create") == []


def test_tokens_are_asked_for_while_a_pipeline_still_can(azure: Programs) -> None:
    azure.answer("az functionapp restart", code=7)
    deploy(azure, HOSTING="elasticPremium")
    first = place(azure, "group create")
    assert place(azure, TOKEN_OF_API) < first
    assert place(azure, TOKEN_OF_STORAGE) < first


def test_flex_consumption_needs_no_token_for_storage(azure: Programs) -> None:
    azure.answer("az functionapp restart", code=7)
    deploy(azure)
    assert not [call for call in azure.calls if TOKEN_OF_STORAGE in call]


def test_nothing_is_deployed_whose_preflight_could_not_run(programs: Programs) -> None:
    (programs.folder / "package.zip").write_bytes(b"PK")
    programs.answer("--name identity ", "outputs.apiAudience.", says="api://tenant/pde-dev\n")
    programs.answer("--name identity ", "outputs.", says="of-identity\n")
    programs.answer("az account get-access-token", code=1, complains="AADSTS501051")
    ran, steps = deploy(programs)
    assert (ran.returncode, steps) == (1, STEPS[:2])
    assert "Exports.Operate" in ran.stderr
    assert "Nothing was deployed" in ran.stderr


@pytest.mark.parametrize("credential", ["TOKEN", "FUNCTION_KEY"])
def test_who_brings_a_credential_needs_no_token(azure: Programs, credential: str) -> None:
    azure.answer("az functionapp restart", code=7)
    _, steps = deploy(azure, **{credential: "x"})
    assert "Infrastructure" in steps
    assert not [call for call in azure.calls if TOKEN_OF_API in call]


def test_the_preflight_can_be_left_to_another_machine(azure: Programs) -> None:
    azure.answer("az functionapp restart")
    ran, steps = deploy(azure, PREFLIGHT="skip")
    assert (ran.returncode, steps) == (0, STEPS), ran.stderr
    assert "python3 infra/scripts/preflight.py https://127.0.0.1:1/api --audience api://tenant/pde-dev" in ran.stdout
    assert not [call for call in azure.calls if TOKEN_OF_API in call]


def test_a_console_is_named_where_nobody_can_look_at_it(azure: Programs) -> None:
    azure.answer("az functionapp restart")
    assert "It is off." in deploy(azure, PREFLIGHT="skip")[0].stdout
    azure.answer("--name app ", "outputs.consoleUrl.", says=f"{PAGE}\n", first=True)
    ran, steps = deploy(azure, PREFLIGHT="skip")
    assert (ran.returncode, steps) == (0, STEPS), ran.stderr
    assert ran.stdout.endswith(f"== Console\n{PAGE}\n")
    assert not [call for call in azure.calls if call.startswith("curl")]


@pytest.mark.parametrize("registered", ["", PAGE, f"https://other.example/api/console,{PAGE}", PAGE.upper()])
def test_a_console_that_is_there_is_named(programs: Programs, registered: str) -> None:
    programs.answer("curl", says="200")
    ran = programs.run("check-console.sh", PAGE, registered)
    assert (ran.returncode, ran.stdout) == (0, f"{PAGE}\n"), ran.stderr
    asked = [call.split()[-1] for call in programs.calls]
    # The page, a page below it, which shows that all of them need no token, and what the page reads first.
    assert asked == [PAGE, f"{PAGE}/new", f"{PAGE}/config.json"]


@pytest.mark.parametrize("registered", ["https://other.example/api/console", f"{PAGE}/more", f"x{PAGE}"])
def test_a_console_at_an_address_that_is_not_registered_is_said(programs: Programs, registered: str) -> None:
    ran = programs.run("check-console.sh", PAGE, registered)
    assert (ran.returncode, "Nobody can sign in at" in ran.stderr, "PUBLIC_BASE_URL" in ran.stderr) == (1, True, True)
    assert programs.calls == []


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("401", "App Service authentication asks for a token"),
        ("403", "ALLOWED_NETWORKS"),
        ("404", "CONSOLE_CLIENT_ID"),
        ("500", "answered 500"),
        ("", "answered nothing"),
    ],
)
def test_a_console_that_is_not_there_says_why(programs: Programs, status: str, said: str) -> None:
    programs.answer("curl", "/new", says=status, code=0 if status else 7)
    programs.answer("curl", says="200")
    ran = programs.run("check-console.sh", PAGE, PAGE)
    assert ran.returncode == 1
    assert said in ran.stderr
    assert f"{PAGE}/new" in ran.stderr


def test_another_word_for_the_preflight_is_refused(programs: Programs) -> None:
    ran, _ = deploy(programs, PREFLIGHT="no")
    assert (ran.returncode, "PREFLIGHT is run or skip" in ran.stderr) == (1, True)
    assert programs.calls == []


def test_a_package_that_is_not_there_stops_it_first(programs: Programs) -> None:
    ran, _ = deploy(programs)
    assert (ran.returncode, "Run: make package" in ran.stderr) == (1, True)
    assert programs.calls == []


@pytest.fixture
def identity(programs: Programs) -> Programs:
    programs.answer("az config set")
    programs.install_bicep()
    programs.answer("az deployment group show", says="value\n")
    return programs


def test_an_identity_that_graph_does_not_know_yet_is_waited_for(identity: Programs) -> None:
    unknown = "ERROR: Resource '0' does not exist or one of its queried reference-property objects are not present."
    identity.answer("az deployment group create", code=1, complains=unknown, times=2)
    identity.answer("az deployment group create")
    ran = identity.run("deploy-identity.sh", **DEV)
    assert ran.returncode == 0, ran.stderr
    assert identity.calls.count("sleep 15") == 2
    assert ran.stdout.startswith("IDENTITY_NAME=value\n")


def test_an_entry_that_exists_already_has_a_way_out(identity: Programs) -> None:
    identity.answer("az deployment group create", code=1, complains="ERROR: EntitlementGrant entry already exists.")
    ran = identity.run("deploy-identity.sh", **DEV)
    assert ran.returncode == 1
    assert "register_api.py" in ran.stderr
    assert "sleep 15" not in identity.calls
