"""infra/scripts/callback-secret.sh: a second run makes nothing, and no secret is told."""

import base64
import json
import re
from pathlib import Path

import pytest

from shared.settings_reader import SettingsReader
from tests.infra.stand_ins import Programs

VAULT = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v"


@pytest.fixture
def vault(programs: Programs) -> Programs:
    programs.answer("az functionapp config appsettings list", says="hooks.contoso.com\n")
    programs.answer("az keyvault show", says=f"{VAULT}\n")
    programs.answer("az functionapp show", says='"/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/app"')
    programs.answer("az cloud show", "--output tsv", says="https://management.usgovcloudapi.net/\n")
    programs.answer("az cloud show", says='"https://management.usgovcloudapi.net/"')
    newest = {"value": [{"name": "s", "properties": {"secretUriWithVersion": "https://v/secrets/s/1"}}]}
    programs.answer("az rest --method get", "/secrets?", "--output json", says=json.dumps(newest))
    programs.answer("az rest --method get", "/secrets?", says="callback-signing-secret\n", once="secret")
    programs.answer("az rest --method get", "/secrets?")
    programs.answer("az rest --method put", "/secrets/callback-signing-secret?", makes="secret")
    programs.answer("az rest --method post", "/config/configreferences/appsettings/refresh?")
    resolved = {"status": "Resolved", "vaultName": "v", "secretName": "s"}
    found = {"value": [{"name": "CALLBACK_SIGNING_SECRET", "properties": resolved}]}
    programs.answer("az rest --method get", "/config/configreferences/appsettings?", says=json.dumps(found))
    return programs


def test_the_callback_secret_is_created_once_and_never_printed(vault: Programs) -> None:
    first = vault.run("callback-secret.sh", "g", "app", "v")
    assert first.returncode == 0, first.stderr
    (body,) = vault.files
    secret = json.loads(body)["properties"]["value"]
    key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    assert len(key) == 32
    reader = SettingsReader({"CALLBACK_SIGNING_SECRET": secret})
    assert reader.signing_key("CALLBACK_SIGNING_SECRET") == key
    reader.check()
    for told in (first.stdout, first.stderr, *vault.calls):
        assert secret not in told
        assert "whsec_" not in told
    (put,) = [call for call in vault.calls if "--method put" in call]
    assert f"https://management.usgovcloudapi.net{VAULT}/secrets/" in put
    kept = re.search(r"--body @(\S+)", put)
    assert kept
    assert not Path(kept[1]).exists()
    (refreshed,) = [call for call in vault.calls if "/refresh?" in call]
    assert vault.calls.index(put) < vault.calls.index(refreshed)
    assert "Resolved: CALLBACK_SIGNING_SECRET" in first.stdout

    vault.forget()
    again = vault.run("callback-secret.sh", "g", "app", "v")
    assert again.returncode == 0
    assert not [call for call in vault.calls if "--method get" not in call and "az rest" in call]

    vault.forget()
    assert vault.run("callback-secret.sh", "g", "app", "v", "--rotate").returncode == 0
    (rotated,) = vault.files
    assert json.loads(rotated)["properties"]["value"] != secret


def test_an_app_that_sends_no_callbacks_gets_no_secret(programs: Programs) -> None:
    programs.answer("az functionapp config appsettings list")
    assert programs.run("callback-secret.sh", "g", "app", "").returncode == 0
    assert len(programs.calls) == 1


def test_no_secret_is_made_where_the_vault_does_not_answer(programs: Programs) -> None:
    programs.answer("az functionapp config appsettings list", says="hooks.contoso.com\n")
    programs.answer("az keyvault show", code=3)
    assert programs.run("callback-secret.sh", "g", "app", "v").returncode == 3
    assert not programs.files
