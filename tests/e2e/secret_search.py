"""The search for secrets in all that a stack has written and answered."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from azure.core.credentials import AzureNamedKeyCredential
from azure.data.tables import TableServiceClient

from local.stack.local_stack import Stack

SIGNATURE = b"sig="


def search_rows(stack: Stack) -> Sequence[str]:
    """The rows of all tables, in none of which there is a secret."""
    found = list(rows(stack))
    for row in found:
        assert "sig=" not in row
        assert stack.azurite.account_key not in row
        assert "callbackUrl" not in row
    return found


def search_histories(stack: Stack) -> Sequence[bytes]:
    """The files with the histories of orchestrations, in none of which there is a secret."""
    histories = written(stack.state / "host" / "durable")
    for path, content in histories.items():
        for secret in (SIGNATURE, stack.azurite.account_key.encode(), b"Bearer ", b"blob.core"):
            assert secret not in content, path
    return list(histories.values())


def search_logs(stack: Stack) -> Sequence[bytes]:
    """The logs, in none of which there is a secret."""
    logs = written(stack.logs)
    for path, content in logs.items():
        for secret in (SIGNATURE, stack.azurite.account_key.encode(), stack.token.encode()):
            assert secret not in content, path
    return list(logs.values())


def search_telemetry(stack: Stack) -> dict[Path, bytes]:
    """The files with spans, log records and metrics, in none of which there is a secret."""
    telemetry = written(stack.state / "host" / "telemetry")
    for path, content in telemetry.items():
        for secret in (SIGNATURE, stack.azurite.account_key.encode(), stack.token.encode(), b"Bearer ey"):
            assert secret not in content, path
    return telemetry


def search_answers(answers: Sequence[str], stack: Stack) -> None:
    for answer in answers:
        assert "sig=" not in answer
        assert stack.azurite.account_key not in answer


def rows(stack: Stack) -> Iterator[str]:
    """Every row of every table of the records account."""
    credential = AzureNamedKeyCredential(stack.azurite.records_account, stack.azurite.records_key)
    endpoint, ca_bundle = stack.azurite.table_endpoint, str(stack.azurite.ca_bundle)
    with TableServiceClient(endpoint=endpoint, credential=credential, connection_verify=ca_bundle) as tables:
        for table in tables.list_tables():
            for row in tables.get_table_client(table.name).list_entities():
                yield str(row)


def written(folder: Path) -> dict[Path, bytes]:
    """The content of every file."""
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
