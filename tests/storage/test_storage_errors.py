"""Errors of the Azure SDK as the app's own."""

from http import HTTPStatus

import pytest
from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError, ServiceRequestError

from shared.exports.exceptions import StorageFailedError, StorageRefusedError
from shared.storage.storage_errors import error_code, export_account_errors, table_errors, to_refusal_or_failure

SIGNED = "https://a.blob.core.windows.net/c?sig=c2VjcmV0"


def answered(status: int, code: str | None = None, reason: str = "No.") -> HttpResponseError:
    error = HttpResponseError(f"GET {SIGNED}")
    error.status_code, error.reason = status, reason
    if code is not None:
        error.error_code = code  # type: ignore[attr-defined]  # where the SDK has it
    return error


@pytest.mark.parametrize("status", [400, 403, 404, 409, 412])
def test_the_export_account_says_no_for_good(status: int) -> None:
    error = to_refusal_or_failure(answered(status, "AuthorizationFailure"))
    assert isinstance(error, StorageRefusedError)
    assert error.problem.code == "AuthorizationFailure"
    assert "network rules" in error.problem.message


def test_a_refusal_without_a_code_has_its_status() -> None:
    error = to_refusal_or_failure(answered(HTTPStatus.FORBIDDEN))
    assert isinstance(error, StorageRefusedError)
    assert error.problem.code == "Http403"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (answered(500, "InternalError"), "InternalError"),
        (answered(503), "HttpResponseError"),
        (answered(408), "HttpResponseError"),
        (answered(429, "TooManyRequests"), "TooManyRequests"),
        (ServiceRequestError(f"no connection to {SIGNED}"), "ServiceRequestError"),
        (ClientAuthenticationError("no identity"), "ClientAuthenticationError"),
    ],
)
def test_an_outage_is_a_failure_with_its_code_or_kind_and_no_secret(error: AzureError, code: str) -> None:
    with pytest.raises(StorageFailedError) as failed, export_account_errors():
        raise error
    assert failed.value.code == code
    assert "sig=" not in str(failed.value)
    assert failed.value.__cause__ is None


def test_for_tables_a_refusal_is_a_failure_too() -> None:
    with pytest.raises(StorageFailedError) as failed, table_errors():
        raise answered(403, "AuthorizationPermissionMismatch")
    assert failed.value.code == "AuthorizationPermissionMismatch"
    assert str(failed.value).startswith("AuthorizationPermissionMismatch: ")


def test_other_errors_pass() -> None:
    with pytest.raises(KeyError), export_account_errors(), table_errors():
        raise KeyError
    assert error_code(AzureError("x")) is None
