"""Turns errors of the Azure SDK into the app's own: refused for good, or an outage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.error_hints import explain_storage_refusal
from shared.exports.exceptions import StorageRefusedError
from shared.redaction import redact

if TYPE_CHECKING:
    from azure.core.exceptions import HttpResponseError
    from azure.data.tables import TableTransactionError


def to_storage_error(error: HttpResponseError) -> StorageRefusedError | HttpResponseError:
    """The error as a refusal where it is one (4xx), else as it is: an outage, for the workflow to wait out."""
    status = error.status_code or 0
    if not 400 <= status < 500 or status in {408, 429}:  # noqa: PLR2004 - the client errors of HTTP, less the passing ones
        return error
    code = getattr(error, "error_code", None)
    return StorageRefusedError(
        explain_storage_refusal(str(getattr(code, "value", code) or f"Http{status}"), redact(error.reason or ""))
    )


def error_code(error: TableTransactionError) -> str:
    """Why a transaction was not done, in the words of the service."""
    code = getattr(error, "error_code", None)
    return str(getattr(code, "value", code))
