"""What operations are described with: their type, and the parameters, headers, errors and roles that they share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shared.exports.export import FUNCTION_KEY_CALLER
from shared.exports.ids import GUID
from shared.http import export_schema
from shared.http.api_errors import ApiErrorCode
from shared.http.app_roles import SEES_EXPORTS, SEES_FILES, SEES_SUBSCRIPTIONS, AppRole
from shared.http.query_parameters import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from shared.use_cases.cancel_retry_erase import Command

if TYPE_CHECKING:
    from collections.abc import Mapping

ERROR_HEADERS = {401: ("WWW-Authenticate",), 503: ("Retry-After",)}
"""The headers of errors with a status, in addition to those of every response."""
PLATFORM_STATUSES = frozenset({401})
"""The statuses that App Service authentication also responds with, before the app is reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestContent:
    """A request body in one media type."""

    schema: Any
    """A type, or a schema where there is no type."""
    examples: tuple[str, ...]
    """Names in `EXAMPLES`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A response that is no error."""

    status: int
    description: str
    type: Any = None
    """The type of its body; None for a response without one."""
    examples: tuple[str, ...] = ()
    """Names in `EXAMPLES`."""
    headers: tuple[str, ...] = ()
    """Names in `HEADERS`, in addition to those of every response."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One call."""

    id: str
    """The name of its function."""
    method: str
    path: str
    tag: str
    summary: str
    description: str
    roles: tuple[AppRole, ...] | None
    """The caller needs one of these roles. Empty: every caller may call. None: anybody may, also without a token."""
    parameters: tuple[str, ...] = ()
    """Names in `PARAMETERS`, in addition to those of every call."""
    body: Mapping[str, RequestContent] = field(default_factory=dict)
    """By media type."""
    responses: tuple[Response, ...]
    errors: tuple[ApiErrorCode, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """One kind of callback."""

    name: str
    """Its key in the document."""
    summary: str
    description: str
    type: Any
    """The type of its body."""
    example: str
    """A name in `EXAMPLES`."""


WHO_MAY_SEE = "An export is visible to its requester, and to callers with `Exports.Read` or `Exports.Admin`."
WHO_MAY_CHANGE = "Only the requester and callers with `Exports.Admin` may call it. It can be repeated."
WORK_LEFT = "Work is left. `Location` responds with 200 once it is done, whatever the export ended as."
OPERATE_ROLES = (AppRole.OPERATE, AppRole.ADMIN)
SUBMIT_OR_READ_ROLES = (*SEES_EXPORTS, AppRole.ADMIN)
SUBMIT_ROLES = (AppRole.SUBMIT, AppRole.ADMIN)
READ_ROLES = (AppRole.READ, AppRole.ADMIN)
FILE_ROLES = (*SEES_FILES, AppRole.ADMIN)
DOWNLOAD_ROLES = (AppRole.DOWNLOAD,)
SUBSCRIPTION_ROLES = (*SEES_SUBSCRIPTIONS, AppRole.ADMIN)
QUERY_ERRORS = (ApiErrorCode.UNKNOWN_FIELD, ApiErrorCode.INVALID_VALUE)
"""Of every call, because none takes other parameters than it describes, or one without a value."""
CALLER_ERRORS = (ApiErrorCode.UNAUTHORIZED, ApiErrorCode.FORBIDDEN)
JSON_BODY_ERRORS = (
    ApiErrorCode.MISSING_BODY,
    ApiErrorCode.INVALID_JSON,
    ApiErrorCode.MISSING_FIELD,
    ApiErrorCode.UNKNOWN_FIELD,
    ApiErrorCode.INVALID_VALUE,
    ApiErrorCode.BODY_TOO_LARGE,
    ApiErrorCode.UNSUPPORTED_MEDIA_TYPE,
)
RECORD_ERRORS = (ApiErrorCode.RECORD_UNREADABLE, ApiErrorCode.STORAGE_UNAVAILABLE)
LOOKUP_ERRORS = (*CALLER_ERRORS, ApiErrorCode.EXPORT_NOT_FOUND, *RECORD_ERRORS)
CHANGE_ERRORS = (*LOOKUP_ERRORS, ApiErrorCode.BUSY)
KEY_PARAMETERS = ("idempotencyKey", "repeatabilityRequestId")


def accepted_response(description: str, example: str) -> Response:
    """202 and the export, with where to follow it."""
    return Response(
        status=202,
        description=description,
        type=export_schema.Export,
        examples=(example,),
        headers=("Location", "Operation-Location", "Retry-After"),
    )


def command_response(example: str) -> Response:
    """202 and the export, with where to follow a command that is not carried out yet."""
    return Response(
        status=202,
        description=WORK_LEFT,
        type=export_schema.Export,
        examples=(example,),
        headers=("Location", "Retry-After"),
    )


def export_response(description: str, example: str) -> Response:
    """200 and the export."""
    return Response(status=200, description=description, type=export_schema.Export, examples=(example,))


_TEXT = {"type": "string"}
_ID = {"type": "string", "format": "uuid"}
_LINK = {"type": "string", "format": "uri"}


def _parameter(place: str, name: str, description: str, schema: dict[str, Any], **more: object) -> dict[str, Any]:
    return {"name": name, "in": place, "description": description, "schema": schema, **more}


def _signed(name: str, description: str) -> dict[str, Any]:
    return _parameter("header", name, description, _TEXT, required=True)


_KEY = {"type": "string", "pattern": "^[\\x21-\\x7e]{1,255}$"}
_KEY_MEANING = "Your own key of this request. The same key with the same body returns the same result again."
PARAMETERS: dict[str, dict[str, Any]] = {
    "exportId": _parameter("path", "id", "The id of the export.", _ID, required=True),
    "command": _parameter(
        "path",
        "command",
        "The command.",
        {"type": "string", "enum": [command.value for command in Command]},
        required=True,
    ),
    "batchId": _parameter("path", "id", "The id of the batch.", _ID, required=True),
    "subscriptionId": _parameter("path", "id", "The id of the subscription.", _TEXT, required=True),
    "status": _parameter(
        "query",
        "status",
        "Only exports with one of these statuses, separated by commas: `NotStarted,Running` for what is open.",
        {"type": "array", "items": {"$ref": "#/components/schemas/Status"}, "minItems": 1},
        style="form",
        explode=False,
    ),
    "subjectId": _parameter("query", "subjectId", "Only exports of the person with this object id.", _ID),
    "reference": _parameter("query", "reference", "Only exports with exactly this reference.", _TEXT),
    "heldReference": _parameter(
        "query", "reference", "The exports that have exactly this reference.", _TEXT, required=True
    ),
    "requestedBy": _parameter(
        "query",
        "requestedBy",
        "Only exports that this caller requested: its object id, or `functionKey`.",
        {"type": "string", "pattern": f"^({GUID}|{FUNCTION_KEY_CALLER})$"},
    ),
    "dueBefore": _parameter(
        "query",
        "dueBefore",
        "Only exports with a deadline before this time. A paused clock has none.",
        {"type": "string", "format": "date-time"},
    ),
    "paused": _parameter("query", "paused", "Only exports whose clock is paused, or only others.", {"type": "boolean"}),
    "onHold": _parameter("query", "onHold", "Only exports that are on hold, or only others.", {"type": "boolean"}),
    "awaitsHandover": _parameter(
        "query",
        "awaitsHandover",
        "Only exports that have succeeded and await their hand-over, or only others.",
        {"type": "boolean"},
    ),
    "unanswered": _parameter(
        "query",
        "unanswered",
        "Only exports that are open or await their hand-over, or only others.",
        {"type": "boolean"},
    ),
    "top": _parameter(
        "query",
        "top",
        "The most exports that a page has.",
        {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": DEFAULT_PAGE_SIZE},
    ),
    "continuationToken": _parameter(
        "query", "continuationToken", "Part of `nextLink`, which you follow unchanged.", _TEXT
    ),
    "language": _parameter(
        "query",
        "language",
        "The language of the package; default English.",
        {"$ref": "#/components/schemas/Language"},
    ),
    "idempotencyKey": _parameter("header", "Idempotency-Key", _KEY_MEANING, _KEY),
    "repeatabilityRequestId": _parameter(
        "header", "Repeatability-Request-ID", f"Another name for `Idempotency-Key`. {_KEY_MEANING}", _KEY
    ),
    "clientRequestId": _parameter(
        "header",
        "x-ms-client-request-id",
        "Your own id of this request, returned and kept in the audit trail: up to 128 letters, digits and `.:{}_-`.",
        _TEXT,
    ),
    "traceparent": _parameter(
        "header", "traceparent", "W3C Trace Context; the trace id goes into the audit trail.", _TEXT
    ),
}
COMMON_PARAMETERS = ("clientRequestId", "traceparent")
"""The parameters that every call has."""
SIGNATURE_PARAMETERS = (
    _signed("webhook-id", "The id of the delivery, the same for every try."),
    _signed(
        "webhook-timestamp", "When this try was signed, in seconds since 1970. Refuse a callback that is minutes old."
    ),
    _signed(
        "webhook-signature", "`v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64, as in Standard Webhooks."
    ),
)
"""The headers of a callback."""
HEADERS: dict[str, dict[str, Any]] = {
    "x-ms-request-id": {
        "description": "The service's id of this request, for support.",
        "required": True,
        "schema": _ID,
    },
    "x-ms-client-request-id": {"description": "The caller's own id of this request, returned.", "schema": _TEXT},
    "Location": {
        "description": "The URL of the result, the command, the package, the batch, or the subscription.",
        "required": True,
        "schema": _LINK,
    },
    "Operation-Location": {
        "description": "The URL of the export, to ask how far it is.",
        "required": True,
        "schema": _LINK,
    },
    "Retry-After": {
        "description": "In how many seconds to ask again; absent once it has ended.",
        "schema": {"type": "integer", "minimum": 1},
    },
    "x-ms-error-code": {"description": "The error code, as in the body.", "schema": _TEXT},
    "WWW-Authenticate": {"description": "How to authenticate.", "schema": _TEXT},
}
COMMON_RESPONSE_HEADERS = ("x-ms-request-id", "x-ms-client-request-id")
SECURITY_SCHEMES = {
    "entra": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "With `AUTH_MODE=entra`: a token of Microsoft Entra ID for this app, with the app roles named.",
    },
    "functionKey": {
        "type": "apiKey",
        "in": "header",
        "name": "x-functions-key",
        "description": "With `AUTH_MODE=functionKey`: a key of the Function App. Whoever has a key may do everything.",
    },
}
