"""infra/scripts/key_vault_references.py and rotate-export-key.sh: an app gets its secrets before anything goes on."""

import json
import subprocess

import pytest

from tests.infra.stand_ins import Programs

GROUP = "/subscriptions/s/resourceGroups/g"
SITE = f"{GROUP}/providers/Microsoft.Web/sites/app"
VAULT = f"{GROUP}/providers/Microsoft.KeyVault/vaults/v"
REFERENCES = f"https://management.azure.com{SITE}/config/configreferences/appsettings"


def references(programs: Programs, status: str = "Resolved", times: int | None = None, **more: str) -> None:
    one = {"status": status, "vaultName": "v", "secretName": "export-account-key"} | more
    found = {"value": [{"name": "EXPORT_ACCOUNT_KEY", "properties": one}]}
    programs.answer(f"az rest --method get --url {REFERENCES}?", says=json.dumps(found), times=times)


@pytest.fixture
def app(programs: Programs) -> Programs:
    """An app whose vault has version 2 of the key of an account, which is key1."""
    programs.answer("az cloud show", "--output tsv", says="https://management.azure.com/\n")
    programs.answer("az cloud show", says='"https://management.azure.com/"')
    programs.answer("az functionapp show --resource-group g --name app", says=f'"{SITE}"')
    programs.answer("az keyvault show --resource-group g --name v", says=f"{VAULT}\n")
    secret = {
        "name": "export-account-key",
        "properties": {"secretUriWithVersion": "https://v/secrets/export-account-key/2"},
    }
    listed = f"az rest --method get --url https://management.azure.com{VAULT}/secrets?"
    programs.answer(listed, "--output json", says=json.dumps({"value": [secret]}))
    programs.answer(listed, "contentType", says="Key of pdeexp1 (key1)\n")
    programs.answer(f"az rest --method post --url {REFERENCES}/refresh?")
    programs.answer("az config set")
    programs.install_bicep()
    programs.answer("az deployment group create")
    programs.answer("az storage account keys renew")
    return programs


def wait(programs: Programs, seconds: str = "60") -> subprocess.CompletedProcess[str]:
    return programs.run("key_vault_references.py", "g", "app", "--wait", seconds, "--pause", "0")


def refreshed(programs: Programs) -> int:
    return sum("/refresh?" in call for call in programs.calls)


def test_an_app_without_secrets_is_left_alone(app: Programs) -> None:
    app.answer(f"az rest --method get --url {REFERENCES}?", says='{"value": []}')
    ran = wait(app)
    assert (ran.returncode, refreshed(app)) == (0, 0)


def test_an_app_reads_its_secrets_again(app: Programs) -> None:
    references(app, activeVersion="2")
    ran = wait(app)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == "Resolved: EXPORT_ACCOUNT_KEY\n"
    assert refreshed(app) == 1


def test_a_role_that_does_not_count_yet_is_waited_for(app: Programs) -> None:
    references(app, "AccessToKeyVaultDenied", times=2)
    references(app, "Initialized", times=1)
    references(app)
    ran = wait(app)
    assert ran.returncode == 0, ran.stderr
    assert (
        "Not yet: EXPORT_ACCOUNT_KEY: AccessToKeyVaultDenied. The app's identity may not read the vault" in ran.stderr
    )
    assert refreshed(app) == 3, "what was refused stays refused until it is read again"


def test_an_old_version_is_not_enough(app: Programs) -> None:
    references(app, activeVersion="1", times=3)
    references(app, activeVersion="2")
    ran = wait(app)
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr.count("an older version of the secret") == 2


@pytest.mark.parametrize(
    ("status", "told"),
    [("SecretNotFound", "Run callback-secret.sh"), ("OtherReasons", "OtherReasons. The details.")],
)
def test_what_is_not_resolved_in_time_is_named_with_the_reason(app: Programs, status: str, told: str) -> None:
    references(app, status, details="The details.")
    ran = wait(app, "0")
    assert ran.returncode == 1
    assert ran.stderr.startswith("Not resolved after 0 seconds:\nEXPORT_ACCOUNT_KEY: ")
    assert told in ran.stderr


def test_a_reference_that_cannot_be_read_need_not_name_a_vault(app: Programs) -> None:
    one = {"status": "InvalidSyntax", "vaultName": None, "secretName": None}
    found = {"value": [{"name": "EXPORT_ACCOUNT_KEY", "properties": one}]}
    app.answer(f"az rest --method get --url {REFERENCES}?", says=json.dumps(found))
    ran = wait(app, "0")
    assert (ran.returncode, "The reference is wrong." in ran.stderr) == (1, True)


def rotate(programs: Programs, command: str, key: str) -> subprocess.CompletedProcess[str]:
    return programs.run("rotate-export-key.sh", "g", "app", "v", command, key)


def changes(programs: Programs) -> list[str]:
    return [call for call in programs.calls if " create " in call or " renew " in call]


def test_the_other_key_is_used_before_the_old_one_is_renewed(app: Programs) -> None:
    references(app, activeVersion="2")
    ran = rotate(app, "use", "key2")
    assert ran.returncode == 0, ran.stderr
    (made,) = changes(app)
    assert made.endswith("vaultName=v accountName=pdeexp1 keyName=key2 --output none")
    assert "export-key.bicep" in made
    assert refreshed(app) == 1
    assert "Set EXPORT_KEY_NAME=key2" in ran.stderr
    assert app.calls.index("az config set bicep.use_binary_from_path=true --only-show-errors") < app.calls.index(made)


def test_a_key_that_is_in_use_already_is_not_put_there_again(app: Programs) -> None:
    references(app)
    ran = rotate(app, "use", "key1")
    assert (ran.returncode, changes(app), refreshed(app)) == (0, [], 1)


def test_the_old_key_stays_where_the_app_does_not_get_the_new_one(app: Programs) -> None:
    app.answer(f"az rest --method get --url {REFERENCES}?", code=9)
    ran = rotate(app, "use", "key2")
    assert ran.returncode == 9
    assert "Set EXPORT_KEY_NAME" not in ran.stderr
    assert not [call for call in app.calls if " renew " in call]


def test_the_key_that_the_app_uses_is_not_renewed(app: Programs) -> None:
    ran = rotate(app, "renew", "key1")
    assert (ran.returncode, changes(app)) == (1, [])
    assert "First: use key2." in ran.stderr


def test_the_key_that_it_does_not_use_is_renewed_unseen(app: Programs) -> None:
    references(app, activeVersion="2")
    assert rotate(app, "renew", "key2").returncode == 0
    assert refreshed(app) == 1, "the app has the key that is in the vault"
    assert changes(app) == [
        "az storage account keys renew --resource-group g --account-name pdeexp1 --key key2 --output none"
    ]


def test_the_old_key_is_not_renewed_while_the_app_may_have_it(app: Programs) -> None:
    app.answer(f"az rest --method get --url {REFERENCES}?", code=9)
    assert rotate(app, "renew", "key2").returncode == 9
    assert changes(app) == []


@pytest.mark.parametrize(("command", "key"), [("swap", "key1"), ("use", "primary")])
def test_other_words_are_refused(programs: Programs, command: str, key: str) -> None:
    assert rotate(programs, command, key).returncode == 1
    assert programs.calls == []


def test_a_vault_without_a_key_is_said(programs: Programs) -> None:
    programs.answer("az cloud show", says="https://management.azure.com/\n")
    programs.answer("az keyvault show", says=f"{VAULT}\n")
    programs.answer("az rest --method get")
    ran = rotate(programs, "use", "key2")
    assert (ran.returncode, "has no key of an export account" in ran.stderr) == (1, True)
