"""A table whose transactions cost a quarter of the SDK's own.

The SDK writes and reads the parts of a transaction with Python's e-mail and HTTP parsers, which takes 5 to 8 ms of CPU:
more than all the rest of a `POST /exports`. Everything else is the SDK's, from the operations to the pipeline.
"""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import DecodeError, HttpResponseError
from azure.core.rest import HttpRequest
from azure.data.tables import TableTransactionError
from azure.data.tables.aio import TableClient

if TYPE_CHECKING:
    from collections.abc import Mapping

_ACCEPTED = 202
_PART = re.compile(
    r"^HTTP/1\.1 (?P<status>\d{3})[^\n]*\n(?P<rest>.*?)(?=^--changesetresponse|\Z)", re.MULTILINE | re.DOTALL
)
_ETAG = re.compile(r"^ETag: (?P<etag>\S+)", re.MULTILINE | re.IGNORECASE)
_CODE = re.compile(r'"code":\s*"(?P<code>\w+)"')


class Table(TableClient):
    """A table."""

    async def _batch_send(self, table_name: str, *reqs: HttpRequest, **kwargs: Any) -> list[Mapping[str, Any]]:  # noqa: ANN401, ARG002 - the SDK's own signature
        """Sends the operations of `submit_transaction`; gives the ETag of each.

        Raises:
            TableTransactionError: one of them can't be done, so none was; `error_code` says why.
            HttpResponseError: the call as a whole was refused.
        """
        boundary = str(uuid.uuid4())
        call = HttpRequest(
            "POST",
            f"{self.scheme}://{self._primary_hostname}/$batch",
            headers={
                "Accept": "application/json",
                "Content-Type": f"multipart/mixed; boundary=batch_{boundary}",
                "DataServiceVersion": "3.0",
                "MaxDataServiceVersion": "3.0;NetFx",
                "x-ms-version": self.api_version,
            },
            content=_body(reqs, boundary),
        )
        # As a stream, because the pipeline would take the answer for JSON.
        answer = await self._client.send_request(call, stream=True, **kwargs)
        await answer.read()
        if answer.status_code != _ACCEPTED:
            raise _with_code(HttpResponseError(response=answer), answer.headers.get("x-ms-error-code"))
        parts = list(_PART.finditer(answer.text()))
        for part in parts:
            if not part["status"].startswith("2"):
                error = TableTransactionError(message=part["rest"])
                error.status_code = int(part["status"])
                raise _with_code(error, _code(part["rest"]))
        if len(parts) != len(reqs):
            raise DecodeError("The answer to the transaction does not have a part for each operation.", answer)
        return [{"etag": etag["etag"]} if (etag := _ETAG.search(part["rest"])) else {} for part in parts]


def _body(requests: tuple[HttpRequest, ...], boundary: str) -> bytes:
    """The operations as one change set of a batch, as OData has it."""
    lines = [f"--batch_{boundary}", f"Content-Type: multipart/mixed; boundary=changeset_{boundary}", ""]
    for request in requests:
        lines += [f"--changeset_{boundary}", "Content-Type: application/http", "Content-Transfer-Encoding: binary", ""]
        lines += [f"{request.method} {request.url} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in request.headers.items()]
        lines += ["", request.content or ""]
    lines += [f"--changeset_{boundary}--", "", f"--batch_{boundary}--", ""]
    return "\r\n".join(lines).encode()


def _code(part: str) -> str | None:
    """Why an operation can't be done."""
    found = _CODE.search(part)
    return found["code"] if found else None


def _with_code(error: HttpResponseError, code: str | None) -> HttpResponseError:
    error.error_code = code  # type: ignore[attr-defined]  # where the SDK has it
    return error
