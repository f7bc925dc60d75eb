"""Turns errors of the Azure SDK into the app's own: refused for good, or failed for now."""

from __future__ import annotations

from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

from azure.core.exceptions import AzureError, HttpResponseError

from shared.exports.error_hints import explain_storage_refusal
from shared.exports.exceptions import StorageFailedError, StorageRefusedError
from shared.redaction import redact

if TYPE_CHECKING:
    from collections.abc import Iterator

_PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
"""Client errors of HTTP that pass by themselves."""


@contextmanager
def table_errors() -> Iterator[None]:
    """Raises StorageFailedError for every error of the SDK inside."""
    try:
        yield
    except AzureError as error:
        raise to_failure(error) from None  # the SDK's own text can quote an answer


@contextmanager
def export_account_errors() -> Iterator[None]:
    """Raises StorageRefusedError where the account refuses a call inside for good, else StorageFailedError."""
    try:
        yield
    except AzureError as error:
        raise to_refusal_or_failure(error) from None


def to_failure(error: AzureError) -> StorageFailedError:
    """The error by the service's code, or by its kind where there is none; without secrets."""
    return StorageFailedError(error_code(error) or type(error).__name__, redact(str(error.message)))


def to_refusal_or_failure(error: AzureError) -> StorageRefusedError | StorageFailedError:
    """A refusal (4xx) with what to do about it; anything else is an outage, which the workflow waits out."""
    status = error.status_code if isinstance(error, HttpResponseError) else None
    if status is None or not HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR or status in _PASSING:
        return to_failure(error)
    reason = error.reason if isinstance(error, HttpResponseError) else None
    return StorageRefusedError(explain_storage_refusal(error_code(error) or f"Http{status}", redact(reason or "")))


def error_code(error: AzureError) -> str | None:
    """The service's own code of an error, None where it has none."""
    code = getattr(error, "error_code", None)
    value = getattr(code, "value", code)
    return str(value) if value else None
