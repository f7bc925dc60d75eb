"""The SDK's table client with transactions that cost a sixth of its own.

The SDK makes a request of each operation, and writes and reads the parts with Python's e-mail and HTTP parsers: 5 to 8
ms of CPU, more than all the rest of a `POST /exports`. Here the parts are put together as text. The call goes through
the SDK's pipeline, and its errors are the SDK's.
"""

from __future__ import annotations

import json
import re
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from azure.core.exceptions import DecodeError, HttpResponseError
from azure.core.rest import HttpRequest
from azure.data.tables import EdmType, EntityProperty, TableTransactionError
from azure.data.tables.aio import TableClient

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_ACCEPTED = 202
_PART = re.compile(
    r"^HTTP/1\.1 (?P<status>\d{3})[^\n]*\n(?P<rest>.*?)(?=^--changesetresponse|\Z)", re.MULTILINE | re.DOTALL
)
_ETAG = re.compile(r"^ETag: (?P<etag>\S+)", re.MULTILINE | re.IGNORECASE)
_CODE = re.compile(r'"code":\s*"(?P<code>\w+)"')
_PART_HEADERS = ("Content-Type: application/http", "Content-Transfer-Encoding: binary", "")
_HEADERS = (
    "Accept: application/json;odata=minimalmetadata",
    "Content-Type: application/json",
    "DataServiceVersion: 3.0",
    "Prefer: return-no-content",
)


class TransactionTableClient(TableClient):
    """A table client that differs from the SDK's in `submit_transaction` alone."""

    async def submit_transaction(  # type: ignore[override]  # it takes what is used here
        self,
        operations: Iterable[tuple[Any, ...]],
        **kwargs: Any,  # noqa: ANN401 - the SDK's own
    ) -> list[Mapping[str, Any]]:
        """Carries out all operations or none, and returns the ETag of each.

        Args:
            operations: `("create", row)`, `("upsert", row)` which merges, `("delete", row)`, or `("update", row,
                condition)` which replaces the row that still has `condition["etag"]`.
            kwargs: for the pipeline.

        Raises:
            TableTransactionError: one was refused, so none was carried out; `error_code` says why.
            HttpResponseError: the call as a whole was refused.
        """
        boundary, root = str(uuid.uuid4()), f"{self.scheme}://{self._primary_hostname}"
        parts = [_part(f"{root}/{self.table_name}", *operation) for operation in operations]
        call = HttpRequest(
            "POST",
            f"{root}/$batch",
            headers={
                "Accept": "application/json",
                "Content-Type": f"multipart/mixed; boundary=batch_{boundary}",
                "DataServiceVersion": "3.0",
                "MaxDataServiceVersion": "3.0;NetFx",
                "x-ms-version": self.api_version,
            },
            content=_body(parts, boundary),
        )
        # As a stream, because the pipeline would take the answer for JSON.
        answer = await self._client.send_request(call, stream=True, **kwargs)
        await answer.read()
        if answer.status_code != _ACCEPTED:
            raise _with_code(HttpResponseError(response=answer), answer.headers.get("x-ms-error-code"))
        answers = list(_PART.finditer(answer.text()))
        for each in answers:
            if not each["status"].startswith("2"):
                error = TableTransactionError(message=each["rest"])
                error.status_code = int(each["status"])
                raise _with_code(error, _code(each["rest"]))
        if len(answers) != len(parts):
            raise DecodeError("The answer to the transaction does not have a part for each operation.", answer)
        return [{"etag": etag["etag"]} if (etag := _ETAG.search(each["rest"])) else {} for each in answers]


def _body(parts: list[list[str]], boundary: str) -> bytes:
    """The operations as one change set of an OData batch."""
    lines = [f"--batch_{boundary}", f"Content-Type: multipart/mixed; boundary=changeset_{boundary}", ""]
    for part in parts:
        lines += (f"--changeset_{boundary}", *_PART_HEADERS, *part)
    lines += (f"--changeset_{boundary}--", "", f"--batch_{boundary}--", "")
    return "\r\n".join(lines).encode()


def _part(url: str, kind: str, row: Mapping[str, Any], condition: Mapping[str, Any] | None = None) -> list[str]:
    """One operation, as the request that it would be by itself."""
    entity = f"{url}(PartitionKey='{_key(row['PartitionKey'])}',RowKey='{_key(row['RowKey'])}')"
    match kind:
        case "create":
            first = [f"POST {url} HTTP/1.1"]
        case "upsert":
            first = [f"PATCH {entity} HTTP/1.1"]
        case "update" if condition is not None:
            first = [f"PUT {entity} HTTP/1.1", f"If-Match: {condition['etag']}"]
        case "delete":
            return [f"DELETE {entity} HTTP/1.1", "If-Match: *", *_HEADERS, "", ""]
        case _:
            raise ValueError(f"There is no such operation: {kind}.")
    return [*first, *_HEADERS, "", json.dumps(_properties(row))]


def _key(text: str) -> str:
    return quote(text.replace("'", "''"), safe="")


def _properties(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as JSON, with the types that JSON does not have."""
    properties: dict[str, Any] = {}
    for name, value in row.items():
        match value:
            case datetime():
                kind, text = EdmType.DATETIME, value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
                properties |= {name: text, f"{name}@odata.type": kind.value}
            case EntityProperty(value=number, edm_type=EdmType.INT64):
                properties |= {name: str(number), f"{name}@odata.type": EdmType.INT64.value}
            case float():
                properties |= {name: value, f"{name}@odata.type": EdmType.DOUBLE.value}
            case str() | bool() | int():
                properties[name] = value
            case _:
                raise TypeError(f"A row can't have a {type(value).__name__}: {name}.")
    return properties


def _code(part: str) -> str | None:
    """Why an operation was refused."""
    found = _CODE.search(part)
    return found["code"] if found else None


def _with_code(error: HttpResponseError, code: str | None) -> HttpResponseError:
    error.error_code = code  # type: ignore[attr-defined]  # where the SDK has it
    return error
