"""infra/scripts/take-down.sh, delete_registration.py and reuse-names.sh: what goes, in which order, and what stays."""

import json
import subprocess

import pytest

from tests.infra.stand_ins import Programs

GRAPH = "https://graph.microsoft.com"
DEV = {"AZURE_ENV_NAME": "dev"}
LOCKS = "/locks/of the account", "/locks/of-the-vault"
UNTAGGED = (
    "Microsoft.Network/networkInterfaces\tpep-pdehost-blob.nic.0a1b\n"
    "microsoft.insights/actiongroups\tApplication Insights Smart Detection\n"
    "microsoft.alertsmanagement/smartDetectorAlertRules\tFailure Anomalies - appi-pde-dev\n"
    "Microsoft.DurableTask/schedulers/taskHubs\tdts-pde-dev/PersonalDataExport\n"
)
APPLICATIONS = f"{GRAPH}/v1.0/applications"
BIN = f"{GRAPH}/v1.0/directory/deletedItems"


@pytest.fixture
def directory(programs: Programs) -> Programs:
    """A tenant with the registrations of pde-dev, others like them, and some of each among the deleted."""
    programs.answer("az cloud show", says=json.dumps({"microsoftGraphResourceId": f"{GRAPH}/"}))
    programs.answer("az account show --query tenantId", says='"tenant"')
    held = [{"id": "1", "uniqueName": "pde-dev"}, {"id": "2", "uniqueName": "other"}]
    programs.answer(f"--method get --url {APPLICATIONS}?", "api://tenant/pde-dev", says=json.dumps({"value": held}))
    called = [*held, {"id": "5", "uniqueName": "pde-dev-console"}, {"id": "6", "uniqueName": "pde-test-console"}]
    programs.answer(f"--method get --url {APPLICATIONS}?", "startswith(displayName", says=json.dumps({"value": called}))
    more = {
        "value": [{"id": "3"}, {"id": "7", "uniqueName": "pde-dev-console"}],
        "@odata.nextLink": f"{BIN}/microsoft.graph.application?$skiptoken=x",
    }
    programs.answer(
        f"--method get --url {BIN}/", "$skiptoken=x", says='{"value": [{"id": "4", "uniqueName": "pde-dev"}]}'
    )
    programs.answer(f"--method get --url {BIN}/microsoft.graph.application?", says=json.dumps(more))
    programs.answer("--method delete")
    return programs


@pytest.fixture
def azure(directory: Programs) -> Programs:
    """An environment with everything that gets in the way of its deletion."""
    programs = directory
    programs.answer("az account show --query id", says="sub\n")
    programs.answer("az group exists", says="true\n")
    programs.answer("az resource list --resource-group rg-pde-dev ", "azd-env-name", says=UNTAGGED)
    programs.answer("az resource list --resource-group rg-pde-dev-deployers ", "!starts_with(name, 'id-pde-dev-')")
    programs.answer("az resource list", says="Microsoft.Web/sites\tfunc-pde-dev\n")
    programs.answer("az lock list --resource-group rg-pde-dev", "!='keep'")
    programs.answer("az lock list --resource-group rg-pde-dev", says="".join(f"{one}\n" for one in LOCKS))
    programs.answer("az lock delete")
    programs.answer("az role definition list", says="role-id\tAsk what would change\n")
    programs.answer("az role definition delete")
    programs.answer("az role assignment list --role role-id", says="assignment-1\nassignment-2\n")
    programs.answer("az role assignment delete")
    programs.answer("az functionapp list", says="func-pde-dev\n")
    programs.answer("az functionapp vnet-integration list", says="network\n")
    programs.answer("az functionapp vnet-integration remove")
    programs.answer("az monitor log-analytics workspace list", says="log-pde-dev\n")
    programs.answer("az monitor log-analytics workspace delete")
    programs.answer("az keyvault list --resource-group rg-pde-dev ", says="pde-kv-1\n")
    programs.answer("az keyvault list")
    programs.answer("az group delete")
    return programs


def take_down(programs: Programs, *options: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return programs.run("take-down.sh", *options, stdin=stdin, **DEV)


def removals(programs: Programs) -> list[str]:
    return [call for call in programs.calls if any(word in call.split() for word in ("delete", "remove"))]


def test_what_gets_in_the_way_goes_first(azure: Programs) -> None:
    ran = take_down(azure, "--confirm", "pde-dev")
    assert ran.returncode == 0, ran.stderr
    scope = "/subscriptions/sub/resourceGroups/rg-pde-dev"
    assert removals(azure) == [
        *(f"az lock delete --ids {one} --output none" for one in LOCKS),
        "az role assignment delete --output none --ids assignment-1",
        "az role assignment delete --output none --ids assignment-2",
        f"az role definition delete --name role-id --scope {scope} --output none",
        "az functionapp vnet-integration remove --resource-group rg-pde-dev --name func-pde-dev --output none",
        "az group delete --name rg-pde-dev --yes --output none",
        "az group delete --name rg-pde-dev-deployers --yes --output none",
        *(f"az rest --method delete --url {APPLICATIONS}/{one} --resource {GRAPH} --output json" for one in (1, 5)),
    ]
    (asked,) = [call for call in azure.calls if "role definition list" in call]
    assert "ends_with(assignableScopes[0], '/resourceGroups/rg-pde-dev')" in asked
    left = ran.stdout.partition("== What is left\n")[2]
    assert "The vault pde-kv-1, deleted" in left
    assert "another subscription" not in ran.stdout
    assert "delete_registration.py pde-dev --from-bin" in left


@pytest.mark.parametrize(("stdin", "code"), [("pde-dev\n", 0), ("yes\n", 1), ("pde-prod\n", 1), ("", 1)])
def test_the_name_has_to_be_typed(azure: Programs, stdin: str, code: int) -> None:
    ran = take_down(azure, stdin=stdin)
    assert ran.returncode == code, ran.stderr
    assert bool(removals(azure)) == (code == 0)
    assert "Microsoft.Web/sites func-pde-dev" in ran.stdout, "what would go is shown before"
    if code:
        assert "Nothing was deleted" in ran.stderr


@pytest.mark.parametrize("options", [["--confirm", "pde-prod"], ["--yes"], ["pde-dev"]])
def test_another_name_or_option_deletes_nothing(azure: Programs, options: list[str]) -> None:
    assert take_down(azure, *options).returncode == 1
    assert removals(azure) == []


@pytest.mark.parametrize(
    "other",
    [
        "Microsoft.Sql/servers\tsql-of-others\n",
        "Microsoft.Insights/actionGroups\tag-of-others\n",
        "Microsoft.Network/networkInterfaces\tvm.nic.1\n",
    ],
)
def test_a_group_with_something_of_others_is_left_alone(programs: Programs, other: str) -> None:
    programs.answer("az account show --query id", says="sub\n")
    programs.answer("az group exists", says="true\n")
    programs.answer("az resource list", "azd-env-name\" != 'dev'", says=UNTAGGED + other)
    programs.answer("az resource list", says="Microsoft.Web/sites\tfunc\n")
    ran = take_down(programs, "--confirm", "pde-dev")
    assert ran.returncode == 1
    assert f"azd-env-name=dev:\n{other.replace(chr(9), ' ')}Nothing was deleted." in ran.stderr
    assert removals(programs) == []


def test_a_group_of_identities_with_something_of_others_is_left_alone(programs: Programs) -> None:
    programs.answer("az resource list --resource-group rg-pde-dev-deployers ", "!starts_with", says="A/b\tother\n")
    programs.answer("az account show --query id", says="sub\n")
    programs.answer("az group exists --name rg-pde-dev-deployers", says="true\n")
    programs.answer("az group exists", says="false\n")
    programs.answer("az resource list", says="A/b\tother\n")
    ran = take_down(programs, "--confirm", "pde-dev")
    assert (ran.returncode, removals(programs)) == (1, [])
    assert "than the identities of this environment's pipeline:\nA/b other\n" in ran.stderr


def test_a_lock_of_others_is_respected(programs: Programs) -> None:
    programs.answer("az account show --query id", says="sub\n")
    programs.answer("az group exists", says="true\n")
    programs.answer("az resource list", "azd-env-name")
    programs.answer("az resource list", says="Microsoft.Web/sites\tfunc\n")
    programs.answer("az lock list", "!='keep'", says="do-not-touch\t/subscriptions/sub/locks/do-not-touch\n")
    ran = take_down(programs, "--confirm", "pde-dev")
    assert (ran.returncode, removals(programs)) == (1, [])
    assert "Ask them:\ndo-not-touch /subscriptions/sub/locks/do-not-touch\nNothing was deleted." in ran.stderr


def test_a_group_whose_existence_is_not_known_is_not_taken_for_gone(programs: Programs) -> None:
    programs.answer("az account show --query id", says="sub\n")
    programs.answer("az group exists", code=5)
    assert take_down(programs, "--confirm", "pde-dev").returncode == 5
    assert removals(programs) == []


def test_what_fails_is_the_last(programs: Programs) -> None:
    programs.answer("az account show --query id", says="sub\n")
    programs.answer("az group exists", says="true\n")
    programs.answer("az resource list", "azd-env-name")
    programs.answer("az resource list", "!starts_with")
    programs.answer("az resource list", says="Microsoft.Web/sites\tfunc\n")
    programs.answer("az lock list", "!='keep'")
    programs.answer("az lock list", says="".join(f"{one}\n" for one in LOCKS))
    programs.answer("az lock delete", code=6)
    assert take_down(programs, "--confirm", "pde-dev").returncode == 6
    assert len(removals(programs)) == 1


def test_a_second_run_goes_on_with_what_is_left(directory: Programs) -> None:
    directory.answer("az account show --query id", says="sub\n")
    directory.answer("az group exists", says="false\n")
    ran = take_down(directory, "--confirm", "pde-dev")
    assert ran.returncode == 0, ran.stderr
    assert [call.split()[5] for call in removals(directory)] == [f"{APPLICATIONS}/1", f"{APPLICATIONS}/5"]
    assert "rg-pde-dev: is not there" in ran.stdout
    assert "If the environment is in another subscription, it still needs these registrations." in ran.stdout


def test_purging_deletes_the_logs_and_the_registration_for_good(azure: Programs) -> None:
    ran = take_down(azure, "--confirm", "pde-dev", "--purge")
    assert ran.returncode == 0, ran.stderr
    (logs,) = [call for call in removals(azure) if "log-analytics" in call]
    assert "--workspace-name log-pde-dev --force true --yes" in logs
    gone = [call.split()[5] for call in removals(azure) if "rest" in call]
    assert gone == [f"{APPLICATIONS}/1", f"{APPLICATIONS}/5", f"{BIN}/7", f"{BIN}/4"]
    left = ran.stdout.partition("== What is left\n")[2]
    assert "workspace" not in left
    assert "registrations, among" not in left


def test_the_registration_can_be_left_to_others(azure: Programs) -> None:
    ran = take_down(azure, "--confirm", "pde-dev", "--keep-registration")
    assert ran.returncode == 0, ran.stderr
    assert not [call for call in azure.calls if "rest" in call.split()]
    assert "The registrations: python3 infra/scripts/delete_registration.py pde-dev" in ran.stdout


def test_a_registration_in_use_stays_where_the_bin_is_emptied(directory: Programs) -> None:
    ran = directory.run("delete_registration.py", "pde-dev", "--from-bin")
    assert ran.returncode == 0, ran.stderr
    assert [call.split()[5] for call in removals(directory)] == [f"{BIN}/7", f"{BIN}/4"]


def test_a_registration_that_is_not_there_is_said(programs: Programs) -> None:
    programs.answer("az cloud show", says=json.dumps({"microsoftGraphResourceId": GRAPH}))
    programs.answer("az account show", says='"tenant"')
    programs.answer("az rest --method get", says='{"value": []}')
    ran = programs.run("delete_registration.py", "pde-dev")
    assert (ran.returncode, ran.stdout) == (0, "There is no registration pde-dev.\n")


def test_the_names_of_an_environment_that_was_taken_down_are_freed(directory: Programs) -> None:
    directory.answer("az group exists --name rg-pde-dev", says="true\n")
    directory.answer("az keyvault list-deleted", "/resourceGroups/rg-pde-dev/", says="pde-kv-1\twesteurope\n")
    directory.answer("az keyvault recover")
    ran = directory.run("reuse-names.sh", **DEV)
    assert ran.returncode == 0, ran.stderr
    assert "az keyvault recover --name pde-kv-1 --location westeurope --output none" in directory.calls
    assert [call.split()[5] for call in removals(directory)] == [f"{BIN}/7", f"{BIN}/4"]


def test_a_vault_is_not_recovered_into_nowhere(programs: Programs) -> None:
    programs.answer("az group exists", says="false\n")
    ran = programs.run("reuse-names.sh", **DEV)
    assert (ran.returncode, "Run bootstrap.sh first" in ran.stderr) == (1, True)
    assert len(programs.calls) == 1
