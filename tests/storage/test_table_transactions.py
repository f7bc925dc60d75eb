"""Transactions as this service sends them, on a real table: what they give and raise is what the SDK's do."""

import base64
from collections.abc import AsyncIterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from azure.core import MatchConditions
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import HttpResponseError
from azure.data.tables import EdmType, EntityProperty, TableTransactionError, UpdateMode
from azure.data.tables.aio import TableClient

from local.stack.azurite import Azurite
from shared.exports.ids import new_export_id
from shared.storage.table_transactions import TransactionTableClient


def on(azurite: Azurite, kind: type[TableClient], name: str, key: str | None = None) -> TableClient:
    credential = AzureNamedKeyCredential(azurite.records_account, key or azurite.records_key)
    return kind(azurite.table_endpoint, name, credential=credential, connection_verify=str(azurite.ca_bundle))


def code(error: HttpResponseError) -> str:
    given = getattr(error, "error_code", None)
    return str(getattr(given, "value", given))


@pytest.fixture(params=[TransactionTableClient, TableClient])
async def table(request: pytest.FixtureRequest, azurite: Azurite) -> AsyncIterator[TableClient]:
    """An empty table, of both kinds: each test is also a test that the SDK still does the same."""
    async with on(azurite, request.param, f"T{new_export_id().replace('-', '')}") as made:
        await made.create_table()
        yield made


@pytest.mark.parametrize(
    "text", ["plain", "d'Arc é 日本 %25+&", "a\r\n\r\nHTTP/1.1 500 No\r\n--changesetresponse_x\r\n{}"]
)
async def test_rows_read_back_as_they_were_sent_with_the_etags_that_were_given(table: TableClient, text: str) -> None:
    key = text.partition("\r")[0].replace("%", "").replace("+", "")
    rows: list[dict[str, Any]] = [
        {"PartitionKey": "p", "RowKey": f"{key}{n}", "text": text, "count": n} for n in range(3)
    ]
    given = await table.submit_transaction([("create", rows[0]), ("upsert", rows[1]), ("upsert", rows[2])])
    for row, metadata in zip(rows, given, strict=True):
        read = await table.get_entity("p", row["RowKey"])
        assert dict(read) == row
        assert read.metadata["etag"] == metadata["etag"]


async def test_where_one_operation_can_not_be_done_none_is(table: TableClient) -> None:
    there, new = {"PartitionKey": "p", "RowKey": "there"}, {"PartitionKey": "p", "RowKey": "new"}
    await table.create_entity(there)
    with pytest.raises(TableTransactionError) as raised:
        await table.submit_transaction([("create", new), ("create", there)])
    assert (code(raised.value), raised.value.status_code) == ("EntityAlreadyExists", 409)
    assert [row["RowKey"] async for row in table.list_entities()] == ["there"]


async def test_a_condition_that_does_not_hold(table: TableClient) -> None:
    row = {"PartitionKey": "p", "RowKey": "r"}
    await table.create_entity(row)
    condition = {"mode": UpdateMode.REPLACE, "etag": 'W/"x"', "match_condition": MatchConditions.IfNotModified}
    with pytest.raises(TableTransactionError) as raised:
        await table.submit_transaction([("update", row, condition)])
    assert (code(raised.value), raised.value.status_code) == ("UpdateConditionNotSatisfied", 412)


@pytest.mark.parametrize("kind", [TransactionTableClient, TableClient])
async def test_a_table_that_is_not_there(azurite: Azurite, kind: type[TableClient]) -> None:
    async with on(azurite, kind, "Missing") as table:
        with pytest.raises(TableTransactionError) as raised:
            await table.submit_transaction([("create", {"PartitionKey": "p", "RowKey": "r"})])
    assert (code(raised.value), raised.value.status_code) == ("TableNotFound", 404)


@pytest.mark.parametrize("kind", [TransactionTableClient, TableClient])
async def test_a_call_that_is_refused_as_a_whole(azurite: Azurite, kind: type[TableClient]) -> None:
    async with on(azurite, kind, "Refused", key=base64.b64encode(bytes(64)).decode()) as table:
        with pytest.raises(HttpResponseError) as raised:
            await table.submit_transaction([("create", {"PartitionKey": "p", "RowKey": "r"})])
    assert (code(raised.value), raised.value.status_code) == ("InvalidAuthenticationInfo", 400)
    assert not isinstance(raised.value, TableTransactionError)


async def test_rows_are_changed_and_taken_away(table: TableClient) -> None:
    row = {"PartitionKey": "p", "RowKey": "r", "kept": "k", "changed": "before"}
    other = {"PartitionKey": "p", "RowKey": "other"}
    created = await table.submit_transaction([("create", row), ("create", other)])
    await table.submit_transaction([("upsert", {"PartitionKey": "p", "RowKey": "r", "changed": "merged"})])
    assert dict(await table.get_entity("p", "r")) == row | {"changed": "merged"}
    etag = (await table.get_entity("p", "r")).metadata["etag"]
    replaced = {"PartitionKey": "p", "RowKey": "r", "changed": "replaced"}
    condition = {"mode": UpdateMode.REPLACE, "etag": etag, "match_condition": MatchConditions.IfNotModified}
    await table.submit_transaction([("update", replaced, condition), ("delete", other)])
    assert [dict(row) async for row in table.list_entities()] == [replaced]
    assert created[0]["etag"] != etag


async def test_every_type_reads_back_as_it_was(table: TableClient) -> None:
    row = {
        "PartitionKey": "p",
        "RowKey": "r",
        "text": "",
        "yes": True,
        "small": -7,
        "large": EntityProperty(2**40, EdmType.INT64),
        "share": 1.0,
        "moment": datetime(2026, 11, 1, 11, 30, 0, 123456, tzinfo=timezone(timedelta(hours=2))),
    }
    await table.submit_transaction([("create", row)])
    read = await table.get_entity("p", "r")
    assert {name: (type(value), value) for name, value in read.items() if name != "moment"} == {
        name: (type(value), value) for name, value in row.items() if name != "moment"
    }
    assert read["moment"] == row["moment"]


async def test_what_a_table_can_not_hold_is_refused(azurite: Azurite) -> None:
    async with on(azurite, TransactionTableClient, "Unused") as table:
        with pytest.raises(TypeError, match="bytes"):
            await table.submit_transaction([("create", {"PartitionKey": "p", "RowKey": "r", "wrong": b"x"})])
        with pytest.raises(ValueError, match="remove"):
            await table.submit_transaction([("remove", {"PartitionKey": "p", "RowKey": "r"})])
