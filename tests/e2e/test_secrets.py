"""No signature, key or token is left anywhere: rows, histories, logs, telemetry, answers.

Runs last, over all that came before.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.data.tables import TableServiceClient

from local.stack import Stack
from tests.e2e.caller import Caller

SIGNATURE = b"sig="


@pytest.fixture(scope="module")
def used(caller: Caller) -> Caller:
    """A caller behind whom lie an export that went well, one that was refused and one whose answer was lost."""
    subjects = [caller.quick(caller.new_user()) for _ in range(3)]
    caller.fault("submit", "refuse", subjects[1], status=400, code="StorageLocationInvalid", message="Not valid.")
    caller.fault("submit", "dropAfter", subjects[2])
    for export in [caller.post(subject) for subject in subjects]:
        caller.ended(export["id"])
    return caller


def rows(stack: Stack) -> Iterator[str]:
    """Every row of every table of the records account."""
    credential = AzureNamedKeyCredential(stack.azurite.records_account, stack.azurite.records_key)
    endpoint, ca_bundle = stack.azurite.table_endpoint, str(stack.azurite.ca_bundle)
    with TableServiceClient(endpoint=endpoint, credential=credential, connection_verify=ca_bundle) as tables:
        for table in tables.list_tables():
            for row in tables.get_table_client(table.name).list_entities():
                yield str(row)


def written(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.usefixtures("used")
def test_the_search_finds_a_signature_where_one_must_be(stack: Stack) -> None:
    """The stand-in for Microsoft has to keep the URL that it was given."""
    assert any(SIGNATURE in content for content in written(stack.state / "graph").values())


@pytest.mark.usefixtures("used")
def test_no_row_has_a_secret(stack: Stack) -> None:
    found = list(rows(stack))
    assert len(found) > 10
    for row in found:
        assert "sig=" not in row
        assert stack.azurite.account_key not in row
        assert "callbackUrl" not in row


@pytest.mark.usefixtures("used")
def test_no_orchestration_history_has_a_secret(stack: Stack) -> None:
    histories = written(stack.state / "host" / "durable")
    assert any(b"monitor_export" in content for content in histories.values())
    for path, content in histories.items():
        for secret in (SIGNATURE, stack.azurite.account_key.encode(), b"Bearer ", b"blob.core"):
            assert secret not in content, path


@pytest.mark.usefixtures("used")
def test_no_log_has_a_secret(stack: Stack) -> None:
    logs = written(stack.logs)
    assert b"advance_export" in logs[stack.logs / "host.log"]
    for path, content in logs.items():
        for secret in (SIGNATURE, stack.azurite.account_key.encode(), stack.token.encode()):
            assert secret not in content, path


@pytest.mark.usefixtures("used")
def test_no_telemetry_has_a_secret(stack: Stack) -> None:
    telemetry = written(stack.state / "host" / "telemetry")
    assert {path.stem for path, content in telemetry.items() if b"export" in content} == {"spans", "logs", "metrics"}
    for path, content in telemetry.items():
        for secret in (SIGNATURE, stack.azurite.account_key.encode(), stack.token.encode(), b"Bearer ey"):
            assert secret not in content, path


def test_no_answer_has_a_secret(used: Caller, stack: Stack) -> None:
    assert len(used.answers) > 10
    for answer in used.answers:
        assert "sig=" not in answer
        assert stack.azurite.account_key not in answer
