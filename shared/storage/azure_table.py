"""A table on Azure Tables, as the records use it (`protocols.Table`)."""

from __future__ import annotations

import contextlib
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.data.tables import EdmType, EntityProperty, TableTransactionError, UpdateMode

from shared.protocols import (
    Create,
    Delete,
    Int64,
    Replace,
    RowChangedError,
    RowExistsError,
    RowMissingError,
    RowTooLargeError,
    StoredRow,
    Upsert,
)
from shared.storage.storage_errors import error_code, table_errors, to_failure

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime

    from shared.protocols import Operation, Row
    from shared.storage.table_transactions import TransactionTableClient

_REFUSALS: dict[str | None, type[Exception]] = {
    "EntityAlreadyExists": RowExistsError,
    "UpdateConditionNotSatisfied": RowChangedError,
    "ConditionNotMet": RowChangedError,
    "ResourceNotFound": RowMissingError,
}
"""Refusals of a transaction that the records expect."""
_TOO_LARGE = {
    "ContentLengthExceeded",
    "EntityTooLarge",
    "PropertyValueTooLarge",
    "RequestBodyTooLarge",
    "TooManyProperties",
}
"""Refusals for a size (Microsoft's "Table service error codes" and "Common REST API error codes")."""


class AzureTable:
    """A table of a storage account. Its first write makes it where it does not exist."""

    def __init__(self, client: TransactionTableClient) -> None:
        """The table that `client` reaches."""
        self._client = client

    async def get(self, partition: str, key: str, columns: Sequence[str] | None = None) -> StoredRow | None:
        """As `Table.get`."""
        selected = None if columns is None else list(columns)
        with table_errors():
            try:
                entity = await self._client.get_entity(partition, key, select=selected)
            except ResourceNotFoundError:
                return None
        return StoredRow(_row(entity), str(entity.metadata["etag"]))

    async def range(
        self,
        partition: str,
        first: str,
        end: str,
        *,
        after: str | None = None,
        limit: int | None = None,
        columns: Sequence[str] | None = None,
    ) -> AsyncIterator[Row]:
        """As `Table.range`."""
        lowest = "RowKey ge @first" if after is None or after < first else "RowKey gt @after"
        entities = self._query(
            f"PartitionKey eq @partition and {lowest} and RowKey lt @end",
            {"partition": partition, "first": first, "after": after, "end": end},
            columns,
            limit,
        )
        count = 0
        async for row in entities:
            yield row
            count += 1
            if count == limit:
                return

    async def scan(
        self, key: str, column: str, before: datetime, columns: Sequence[str], *, after: str | None = None
    ) -> AsyncIterator[Row]:
        """As `Table.scan`."""
        rest = "" if after is None else "PartitionKey gt @after and "
        condition = f"{rest}RowKey eq @key and {column} lt @before"
        async for row in self._query(condition, {"key": key, "before": before, "after": after}, columns):
            yield row

    async def transact(self, operations: Sequence[Operation]) -> list[str]:
        """As `Table.transact`."""
        sent = [_to_sdk(operation) for operation in operations]
        with table_errors():
            try:
                answers = await self._submit(sent)
            except HttpResponseError as error:
                raise _refusal(error) or to_failure(error) from None
        return [str(answer.get("etag", "")) for answer in answers]

    async def _submit(self, operations: list[tuple[Any, ...]]) -> Any:  # noqa: ANN401 - the SDK's own
        try:
            return await self._client.submit_transaction(operations)
        except TableTransactionError as error:
            if error_code(error) != "TableNotFound":
                raise
        with contextlib.suppress(ResourceExistsError):  # another instance was faster
            await self._client.create_table()
        return await self._client.submit_transaction(operations)

    async def _query(
        self, condition: str, parameters: dict[str, Any], columns: Sequence[str] | None, limit: int | None = None
    ) -> AsyncIterator[Row]:
        found = self._client.query_entities(
            condition,
            parameters={name: value for name, value in parameters.items() if f"@{name}" in condition},
            select=None if columns is None else list(columns),
            results_per_page=limit,
        )
        with table_errors(), contextlib.suppress(ResourceNotFoundError):  # the table was never written to
            async for entity in found:
                yield _row(entity)


def _refusal(error: HttpResponseError) -> Exception | None:
    """The refusal of a transaction as `Table.transact` raises it; None for any other error."""
    code = error_code(error)
    if code in _TOO_LARGE or error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return RowTooLargeError(code or f"Http{error.status_code}")
    expected = _REFUSALS.get(code) if isinstance(error, TableTransactionError) else None
    return None if expected is None else expected(code)


def _row(entity: Any) -> Row:  # noqa: ANN401 - the SDK's own
    """The columns of an entity; 64-bit integers as plain ones, and no column that has no value."""
    return {
        name: value.value if isinstance(value, EntityProperty) else value
        for name, value in entity.items()
        if value is not None  # a selected column that a row lacks
    }


def _to_sdk(operation: Operation) -> tuple[Any, ...]:
    """The operation as the SDK takes it."""
    match operation:
        case Create(row=row):
            return ("create", _entity(row))
        case Upsert(row=row):
            return ("upsert", _entity(row))
        case Replace(row=row, etag=etag):
            condition = {"mode": UpdateMode.REPLACE, "etag": etag, "match_condition": MatchConditions.IfNotModified}
            return ("update", _entity(row), condition)
        case Delete(partition=partition, key=key):
            return ("delete", {"PartitionKey": partition, "RowKey": key})


def _entity(row: Row) -> dict[str, Any]:
    """The row as the SDK takes it, which has a type of its own for 64-bit integers."""
    return {
        name: EntityProperty(int(value), EdmType.INT64) if isinstance(value, Int64) else value
        for name, value in row.items()
    }
