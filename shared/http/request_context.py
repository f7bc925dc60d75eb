"""One HTTP request and the response to it: what all handlers share, and how exceptions become error responses."""

from __future__ import annotations

import json
import logging
import re
import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import azure.functions as func

from shared.exports.exceptions import StorageFailedError, StorageRefusedError, UnreadableRowError
from shared.http.api_errors import ApiError, ApiErrorCode
from shared.http.authentication import authenticate
from shared.http.query_parameters import check_names, read_query
from shared.telemetry.telemetry_events import count_refusal
from shared.use_cases.refusals import REFUSED_ERRORS, explain_refusal, explain_unreadable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping

    from shared.http.app_roles import Caller
    from shared.settings import Settings

_log = logging.getLogger(__name__)
ROUTE_PREFIX = "api"
"""As in host.json."""
MAX_BODY_BYTES = 64 * 1024
JSON = "application/json"
_CLIENT_REQUEST_ID = re.compile(r"[\w.:{}-]{1,128}", re.ASCII)
_TRACE_PARENT = re.compile(r"[0-9a-f]{2}-(?P<trace>[0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_IDEMPOTENCY_HEADERS = ("idempotency-key", "repeatability-request-id")
_ENCODINGS = frozenset({"", "identity"})
_MISSING_BODY = (
    "The request has no body. Send one, with a Content-Length: Azure Functions does not pass on a body that is sent in "
    "chunks (Transfer-Encoding)."
)
_RETRY_AFTER_SECONDS = {
    ApiErrorCode.BUSY: 5,
    ApiErrorCode.STORAGE_REFUSED: 60,
    ApiErrorCode.STORAGE_UNAVAILABLE: 30,
}


@dataclass(frozen=True)
class RequestContext:
    """A request, as its handler sees it, and the ways to respond to it."""

    request: func.HttpRequest
    request_id: str
    settings: Settings

    @cached_property
    def caller(self) -> Caller:
        """Who calls; ApiError 401 if nobody can be trusted to."""
        return authenticate(self.request.headers, self.settings)

    @cached_property
    def query(self) -> dict[str, str]:
        """The query parameters, as they stand in the URL, without a function key.

        The values of one that may be repeated are joined with commas.

        Raises:
            ApiError: 400 InvalidValue.
        """
        return read_query(self.request.url)

    @property
    def route_id(self) -> str:
        """The id in the route, as it was given."""
        return str(self.request.route_params["id"])

    @property
    def client_request_id(self) -> str | None:
        """The caller's own id of this request; None if it sent none, or one that is not safe to send back."""
        given = self.request.headers.get("x-ms-client-request-id", "")
        return given if _CLIENT_REQUEST_ID.fullmatch(given) else None

    def correlation_ids(self) -> dict[str, str]:
        """The ids by which this request can be found again, for the audit trail."""
        traced = _TRACE_PARENT.fullmatch(self.request.headers.get("traceparent", ""))
        ids = {
            "requestId": self.request_id,
            "clientRequestId": self.client_request_id,
            "traceId": traced and traced["trace"],
        }
        return {name: value for name, value in ids.items() if value}

    def idempotency_key(self) -> str | None:
        """The caller's own key of this request, None if it sent none.

        Raises:
            ApiError: 400 InvalidValue.
        """
        headers = self.request.headers
        keys = {headers[name] for name in _IDEMPOTENCY_HEADERS if name in headers}
        if not all(_IDEMPOTENCY_KEY.fullmatch(key) for key in keys):
            message = "The key takes 1 to 255 visible ASCII characters."
            raise ApiError(ApiErrorCode.INVALID_VALUE, message, "Idempotency-Key")
        if len(keys) > 1:
            message = "Idempotency-Key and Repeatability-Request-ID are one thing, and differ. Send one of them."
            raise ApiError(ApiErrorCode.INVALID_VALUE, message, "Idempotency-Key")
        return next(iter(keys), None)

    @property
    def media_type(self) -> str:
        """The media type that the request names for its body, in lower case and without parameters."""
        given: str = self.request.headers.get("content-type", "")
        return given.partition(";")[0].strip().lower()

    def read_body(self, *media_types: str, max_bytes: int = MAX_BODY_BYTES, hint: str = "") -> bytes:
        """The body, once its size and the media type that it claims are checked.

        Args:
            media_types: what the call takes; JSON if none is given.
            max_bytes: how long the body may be.
            hint: what to do instead, for a body of another type.

        Raises:
            ApiError: 400 MissingBody, 413 BodyTooLarge, 415 UnsupportedMediaType.
        """
        body = self.request.get_body()
        if not body:
            raise ApiError(ApiErrorCode.MISSING_BODY, _MISSING_BODY, "body")
        takes = media_types or (JSON,)
        if self.media_type not in takes:
            message = f"Send the body as {' or '.join(takes)}.{hint and f' {hint}'}"
            raise ApiError(ApiErrorCode.UNSUPPORTED_MEDIA_TYPE, message, "Content-Type")
        if self.request.headers.get("content-encoding", "").strip().lower() not in _ENCODINGS:
            raise ApiError(ApiErrorCode.UNSUPPORTED_MEDIA_TYPE, "Send the body uncompressed.", "Content-Encoding")
        if len(body) > max_bytes:
            message = f"The body can have {max_bytes // 1024} kB at most."
            raise ApiError(ApiErrorCode.BODY_TOO_LARGE, message, "body")
        return bytes(body)

    def absolute_url(self, path: str) -> str:
        """The URL of a path of this API, as the caller reaches it."""
        asked = urlsplit(self.request.url)
        base = self.settings.public_base_url or f"{asked.scheme}://{asked.netloc}"
        return f"{base}/{ROUTE_PREFIX}/{path}"

    def respond(
        self, status: int, body: Mapping[str, object], headers: Mapping[str, str] | None = None
    ) -> func.HttpResponse:
        """A JSON response, with the headers that every response has."""
        sent = {**self._common_headers(), **(headers or {})}
        return func.HttpResponse(json.dumps(body), status_code=status, headers=sent, mimetype=JSON)

    def no_content(self) -> func.HttpResponse:
        """204, without a body."""
        return func.HttpResponse(status_code=204, headers=self._common_headers())

    def error_response(self, error: ApiError) -> func.HttpResponse:
        """The response that is this error."""
        headers = {"x-ms-error-code": error.code.value, **error.headers}
        if error.code in _RETRY_AFTER_SECONDS:
            headers["Retry-After"] = str(_RETRY_AFTER_SECONDS[error.code])
        return self.respond(error.status, error.body(), headers)

    def _common_headers(self) -> dict[str, str]:
        headers = {"x-ms-request-id": self.request_id, "Cache-Control": "no-store"}
        if self.client_request_id:
            headers["x-ms-client-request-id"] = self.client_request_id
        return headers


async def dispatch(
    request: func.HttpRequest,
    settings: Settings,
    handler: Callable[[RequestContext], Awaitable[func.HttpResponse]],
    *,
    parameters: Collection[str] = (),
) -> func.HttpResponse:
    """The handler's response to a request, or the error response for the exception that it raises.

    Args:
        request: what the host passes on.
        settings: those of the app.
        handler: answers the request.
        parameters: the names of the query parameters that the call takes. A request with any other is refused before
            the handler is called, so a misspelt one changes nothing.
    """
    context = RequestContext(request, str(uuid.uuid4()), settings)
    try:
        check_names(context.query, parameters)
        return await handler(context)
    except ApiError as error:
        refused = error
    except REFUSED_ERRORS as error:
        refused = ApiError.of(explain_refusal(error))
    except UnreadableRowError as error:
        _log.error("Request %s: %s.", context.request_id, error)
        refused = ApiError.of(explain_unreadable(error))
    except StorageRefusedError as error:
        refused = ApiError(ApiErrorCode.STORAGE_REFUSED, error.problem.message)
    except StorageFailedError as error:
        _log.error("Request %s: the records can't be reached (%s).", context.request_id, error.code)
        message = "The records can't be reached. Nothing is lost: call again."
        refused = ApiError(ApiErrorCode.STORAGE_UNAVAILABLE, message)
    except Exception as error:
        from shared.redaction import redacted_stack  # noqa: PLC0415 - only for what nobody foresees

        # The host has it too, but keeps it from Azure Monitor where the worker sends telemetry itself.
        _log.error("Request %s failed: %s", context.request_id, redacted_stack(error))
        raise
    count_refusal(refused.status, refused.code.value)
    return context.error_response(refused)
