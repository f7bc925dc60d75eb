"""Searches everything that a stack wrote and answered for secrets."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from azure.core.credentials import AzureNamedKeyCredential
from azure.data.tables import TableServiceClient

from local.stack.local_stack import Stack

SIGNATURE = b"sig="


def search_rows(stack: Stack) -> Sequence[str]:
    """Checks that no table row has a secret, and returns the rows."""
    found = list(rows(stack))
    for row in found:
        assert "sig=" not in row
        assert stack.azurite.account_key not in row
        assert "callbackUrl" not in row
    return found


def search_histories(stack: Stack) -> Sequence[bytes]:
    """Checks that no orchestration history has a secret, and returns the histories."""
    host = stack.state / "host"
    histories = written(host / "durable") if stack.runs_local_host else written(host)
    for path, content in histories.items():
        for secret in (SIGNATURE, stack.azurite.account_key.encode(), b"Bearer ", b"blob.core"):
            assert secret not in content, path
    return list(histories.values())


def search_logs(stack: Stack) -> Sequence[bytes]:
    """Checks that no log has a secret, and returns the logs."""
    logs = written(stack.logs)
    for path, content in logs.items():
        for secret in (SIGNATURE, stack.azurite.account_key.encode(), stack.token.encode()):
            assert secret not in content, path
    return list(logs.values())


def search_telemetry(stack: Stack) -> Sequence[bytes]:
    """Checks that no telemetry has a secret, neither what arrived nor what is still to be sent, and returns it."""
    telemetry = {path: content for folder in telemetry_folders(stack) for path, content in written(folder).items()}
    for path, content in telemetry.items():
        for secret in (SIGNATURE, stack.azurite.account_key.encode(), stack.token.encode(), b"Bearer ey"):
            assert secret not in content, path
    return list(telemetry.values())


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


def telemetry_folders(stack: Stack) -> Sequence[Path]:
    """What arrived, and where the exporter keeps what it could not send yet."""
    return (stack.state / "monitor", stack.temporary)


def left_by_the_app(stack: Stack) -> dict[Path, bytes]:
    """The content of every file that holds something of the app, but for its storage."""
    folders = (stack.logs, stack.state / "host", *telemetry_folders(stack))
    return {path: content for folder in folders for path, content in written(folder).items()}


def written(folder: Path) -> dict[Path, bytes]:
    """The content of every file in a folder."""
    contents = {}
    for path in sorted(folder.rglob("*")):
        # What was temporary can be gone by now.
        with suppress(FileNotFoundError):
            if path.is_file():
                contents[path] = path.read_bytes()
    return contents
