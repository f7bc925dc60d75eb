"""What is particular to Azure of a table; tests/contract/test_table.py has what every table does."""

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import HttpResponseError

from local.stack.azurite import Azurite
from shared.exports.exceptions import StorageFailedError
from shared.protocols import Create, Int64, RowExistsError, RowTooLargeError, Upsert
from shared.storage.azure_table import AzureTable
from shared.storage.table_transactions import TransactionTableClient
from tests.azure_tables import table_client, unique_name


@pytest.fixture
async def client(azurite: Azurite) -> AsyncIterator[TransactionTableClient]:
    async with table_client(azurite, unique_name()) as made:
        yield made


async def test_the_first_writers_of_all_processes_make_the_table(client: TransactionTableClient) -> None:
    table = AzureTable(client)
    rows = [{"PartitionKey": "p", "RowKey": f"{number}"} for number in range(10)]
    await asyncio.gather(*(table.transact([Create(row)]) for row in rows))
    assert [row async for row in table.range("p", "", "~")] == rows


async def test_a_64_bit_integer_is_stored_as_one_and_reads_back_plain(client: TransactionTableClient) -> None:
    table = AzureTable(client)
    await table.transact([Upsert({"PartitionKey": "p", "RowKey": "r", "size": Int64(7)})])
    entity = await client.get_entity("p", "r")
    assert entity["size"].edm_type == "Edm.Int64", "so that a reader sees one type, however large a file is"
    found = await table.get("p", "r")
    assert found is not None
    assert type(found.row["size"]) is int


async def test_a_column_that_a_row_lacks_is_left_out(client: TransactionTableClient) -> None:
    table = AzureTable(client)
    await table.transact([Create({"PartitionKey": "p", "RowKey": "r"})])
    found = await table.get("p", "r", ["RowKey", "missing"])
    assert found is not None
    assert found.row == {"RowKey": "r"}


async def test_a_refusal_does_not_make_the_table_again(client: TransactionTableClient) -> None:
    table, row = AzureTable(client), {"PartitionKey": "p", "RowKey": "r"}
    await table.transact([Create(row)])
    with pytest.raises(RowExistsError):
        await table.transact([Create(row)])


class Refusing(TransactionTableClient):
    """A client whose every transaction is refused as a whole."""

    refusal: HttpResponseError

    async def submit_transaction(self, *_operations: Any, **_options: Any) -> Any:
        raise self.refusal


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (413, "RequestBodyTooLarge", RowTooLargeError),
        (400, "ContentLengthExceeded", RowTooLargeError),
        (413, None, RowTooLargeError),
        (400, "InvalidInput", StorageFailedError),
        (404, "ResourceNotFound", StorageFailedError),
        (503, "ServerBusy", StorageFailedError),
    ],
)
async def test_a_transaction_that_is_too_large_as_a_whole(
    azurite: Azurite, status: int, code: str | None, error: type[Exception]
) -> None:
    credential = AzureNamedKeyCredential(azurite.records_account, azurite.records_key)
    async with Refusing(azurite.table_endpoint, "Unused", credential=credential) as client:
        client.refusal = HttpResponseError("No.")
        client.refusal.status_code = status
        client.refusal.error_code = code  # type: ignore[attr-defined]  # where the SDK has it
        with pytest.raises(error):
            await AzureTable(client).transact([Create({"PartitionKey": "p", "RowKey": "r"})])


async def test_an_account_that_refuses_the_app_is_a_failure(azurite: Azurite) -> None:
    credential = AzureNamedKeyCredential(azurite.records_account, base64.b64encode(bytes(64)).decode())
    async with TransactionTableClient(
        azurite.table_endpoint, unique_name(), credential=credential, connection_verify=str(azurite.ca_bundle)
    ) as client:
        table = AzureTable(client)
        for call in (table.get("p", "r"), table.transact([Create({"PartitionKey": "p", "RowKey": "r"})])):
            with pytest.raises(StorageFailedError) as failed:
                await call
            assert failed.value.code == "InvalidAuthenticationInfo"
        with pytest.raises(StorageFailedError):
            assert [row async for row in table.range("p", "", "~")]


async def test_an_error_that_the_service_tells_in_xml_has_its_code() -> None:
    async def refuse(_request: web.Request) -> web.Response:
        text = "<error><code>AuthorizationFailure</code><message>No.</message></error>"
        return web.Response(status=403, text=text, content_type="application/xml")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", refuse)
    credential = AzureNamedKeyCredential("account", base64.b64encode(bytes(64)).decode())
    async with (
        TestServer(app) as server,
        TransactionTableClient(f"http://127.0.0.1:{server.port}/account", "T", credential=credential) as client,
    ):
        with pytest.raises(StorageFailedError) as failed:
            await AzureTable(client).get("p", "r")
    assert failed.value.code == "AuthorizationFailure"
