"""One HTTP call: what all of them share, from who calls to the headers of the answer."""

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
from azure.core.exceptions import AzureError

from shared.bootstrap import services
from shared.exports.exceptions import ConflictError, NotPossibleError, StorageRefusedError, SubjectBusyError
from shared.http.api_errors import ApiError, subject_busy
from shared.http.authentication import authenticate
from shared.telemetry.telemetry_events import count_refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from shared.http.app_roles import Caller
    from shared.services import Services
    from shared.settings import Settings

_log = logging.getLogger(__name__)
ROUTE_PREFIX = "api"
"""As in host.json."""
MAX_BODY_BYTES = 64 * 1024
_CLIENT_REQUEST_ID = re.compile(r"[\w.:{}-]{1,128}", re.ASCII)
_TRACE_PARENT = re.compile(r"[0-9a-f]{2}-(?P<trace>[0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
JSON = "application/json"


@dataclass(frozen=True)
class RequestContext:
    """A call, as its handler sees it."""

    request: func.HttpRequest
    request_id: str
    settings: Settings

    @cached_property
    def caller(self) -> Caller:
        """Who calls; ApiError 401 where nobody can be believed."""
        return authenticate(self.request.headers, self.settings)

    @cached_property
    def services(self) -> Services:
        """What the handler works with."""
        return services()

    @property
    def client_request_id(self) -> str | None:
        """The caller's own id of this call, where it sent one that can be repeated."""
        given = self.request.headers.get("x-ms-client-request-id", "")
        return given if _CLIENT_REQUEST_ID.fullmatch(given) else None

    def correlation(self) -> dict[str, str]:
        """The ids by which this call is found again, for the trail."""
        traced = _TRACE_PARENT.fullmatch(self.request.headers.get("traceparent", ""))
        ids = {
            "requestId": self.request_id,
            "clientRequestId": self.client_request_id,
            "traceId": traced and traced["trace"],
        }
        return {name: value for name, value in ids.items() if value}

    @property
    def media_type(self) -> str:
        """What the body says to be."""
        given: str = self.request.headers.get("content-type", "")
        return given.partition(";")[0].strip().lower()

    def body(self, media_type: str = JSON, *, most: int = MAX_BODY_BYTES) -> bytes:
        """The body, of which is known only that it says to be of that type and is not too large.

        Raises:
            ApiError: 400 without a body, 413, 415.
        """
        body = self.request.get_body()
        if not body:
            raise ApiError(400, "MissingBody", "Send a body.", "body")
        if self.media_type != media_type:
            raise ApiError(415, "UnsupportedMediaType", f"Send the body as {media_type}.", "Content-Type")
        if len(body) > most:
            raise ApiError(413, "BodyTooLarge", f"The body can have {most // 1024} kB at most.", "body")
        return bytes(body)

    def link(self, path: str) -> str:
        """The absolute URL of a path of this API, as the caller reaches it."""
        asked = urlsplit(self.request.url)
        base = self.settings.public_base_url or f"{asked.scheme}://{asked.netloc}"
        return f"{base}/{ROUTE_PREFIX}/{path}"

    def answer(
        self, status: int, body: Mapping[str, object], headers: dict[str, str] | None = None
    ) -> func.HttpResponse:
        """A JSON answer with the headers that every answer has."""
        sent = {**self._headers(), **(headers or {})}
        return func.HttpResponse(json.dumps(body), status_code=status, headers=sent, mimetype=JSON)

    def done(self) -> func.HttpResponse:
        """The answer that there is nothing to say."""
        return func.HttpResponse(status_code=204, headers=self._headers())

    def refuse(self, error: ApiError) -> func.HttpResponse:
        """The answer that is an error."""
        return self.answer(error.status, error.body(), {"x-ms-error-code": error.code, **error.headers})

    def _headers(self) -> dict[str, str]:
        headers = {"x-ms-request-id": self.request_id, "Cache-Control": "no-store"}
        if self.client_request_id:
            headers["x-ms-client-request-id"] = self.client_request_id
        return headers


async def dispatch(
    request: func.HttpRequest, settings: Settings, handler: Callable[[RequestContext], Awaitable[func.HttpResponse]]
) -> func.HttpResponse:
    """The handler's answer to a call, or the error that it ends with in the API's form."""
    call = RequestContext(request, str(uuid.uuid4()), settings)
    try:
        return await handler(call)
    except ApiError as error:
        refused = error
    except NotPossibleError as error:
        refused = ApiError(409, error.code, str(error))
    except SubjectBusyError as error:
        refused = subject_busy(error)
    except ConflictError:
        message = "The export is being changed by others. Nothing was done: call again."
        refused = ApiError(503, "Busy", message, headers={"Retry-After": "5"})
    except StorageRefusedError as error:
        refused = ApiError(503, "StorageRefused", error.problem.message, headers={"Retry-After": "60"})
    except AzureError as error:
        _log.error("Call %s: storage did not answer (%s).", call.request_id, type(error).__name__)
        message = "The records can't be reached. Nothing is lost: call again."
        refused = ApiError(503, "StorageUnavailable", message, headers={"Retry-After": "30"})
    count_refusal(refused.status, refused.code)
    return call.refuse(refused)


_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def idempotency_key(call: RequestContext) -> str | None:
    """The caller's own key of this request, where it sent one.

    Raises:
        ApiError: 400, where it can't be one.
    """
    headers = call.request.headers
    keys = [headers[name] for name in ("idempotency-key", "repeatability-request-id") if name in headers]
    if not all(_IDEMPOTENCY_KEY.fullmatch(key) for key in keys):
        raise ApiError(400, "InvalidValue", "The key takes 1 to 255 visible ASCII characters.", "Idempotency-Key")
    return keys[0] if keys else None
