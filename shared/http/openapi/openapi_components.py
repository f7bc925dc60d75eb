"""The parts that operations share: parameters, headers, security schemes, error sets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shared.http import response_schema
from shared.http.app_roles import AppRole
from shared.http.query_parameters import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE

if TYPE_CHECKING:
    from collections.abc import Mapping

HEADERS_OF_STATUS = {401: ("WWW-Authenticate",), 503: ("Retry-After",)}
"""What errors of a status have beside the headers of every answer."""
STATUSES_BY_PLATFORM = frozenset({401})
"""What App Service authentication answers by itself too, before the app is reached."""
JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is sent: a type, or a schema where no type says it; with names of examples."""

    schema: Any
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is answered where all is well; `headers` are those beside the headers of every answer."""

    status: int
    meaning: str
    type: Any = None
    examples: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One call. `id` is its function's name; `roles` are sets of roles, of which a caller needs one (none: anybody)."""

    id: str
    method: str
    path: str
    tag: str
    summary: str
    description: str
    roles: tuple[frozenset[AppRole], ...]
    parameters: tuple[str, ...] = ()
    body: Mapping[str, Content] = field(default_factory=dict)
    answers: tuple[Answer, ...]
    faults: tuple[str, ...]


SUBMIT_OR_READ_ROLES = (frozenset({AppRole.READ}), frozenset({AppRole.SUBMIT}), frozenset({AppRole.ADMIN}))
SUBMIT_ROLES = (frozenset({AppRole.SUBMIT}), frozenset({AppRole.ADMIN}))
READ_ROLES = (frozenset({AppRole.READ}), frozenset({AppRole.ADMIN}))
DOWNLOAD_ROLES = (
    frozenset({AppRole.DOWNLOAD, AppRole.READ}),
    frozenset({AppRole.DOWNLOAD, AppRole.SUBMIT}),
    frozenset({AppRole.ADMIN}),
)
CALLER_ERRORS = ("Unauthorized", "Forbidden")
BODY_ERRORS = ("MissingBody", "InvalidJson", "MissingField", "UnknownField", "InvalidValue")
BODY_FORM_ERRORS = ("BodyTooLarge", "UnsupportedMediaType")
LOOKUP_ERRORS = (*CALLER_ERRORS, "ExportNotFound", "StorageUnavailable")
CHANGE_ERRORS = (*LOOKUP_ERRORS, "Busy")
KEY_PARAMETERS = ("idempotencyKey", "repeatabilityRequestId")


def accepted_answer(meaning: str, example: str) -> Answer:
    """202 and the export, with where to follow it."""
    return Answer(
        status=202,
        meaning=meaning,
        type=response_schema.Export,
        examples=(example,),
        headers=("Location", "Operation-Location", "Retry-After"),
    )


_TEXT = {"type": "string"}
_ID = {"type": "string", "format": "uuid"}
_LINK = {"type": "string", "format": "uri"}


def _parameter(place: str, name: str, description: str, schema: dict[str, Any], **more: object) -> dict[str, Any]:
    return {"name": name, "in": place, "description": description, "schema": schema, **more}


def _signed(name: str, description: str) -> dict[str, Any]:
    return _parameter("header", name, description, _TEXT, required=True)


_KEY = {"type": "string", "pattern": "^[\\x21-\\x7e]{1,255}$"}
_KEY_MEANING = "Your own key of this request: sent again with the same body, it gives the same answer again."
PARAMETERS: dict[str, dict[str, Any]] = {
    "exportId": _parameter("path", "id", "The id of the export.", _ID, required=True),
    "batchId": _parameter("path", "id", "The id of the batch.", _ID, required=True),
    "subscriptionId": _parameter("path", "id", "The id of the subscription.", _TEXT, required=True),
    "status": _parameter("query", "status", "Only exports with this status.", {"$ref": "#/components/schemas/Status"}),
    "subjectId": _parameter("query", "subjectId", "Only exports of the person with this object id.", _ID),
    "reference": _parameter("query", "reference", "Only exports with this reference, as it was given.", _TEXT),
    "dueBefore": _parameter(
        "query", "dueBefore", "Only exports that are due before this time.", {"type": "string", "format": "date-time"}
    ),
    "top": _parameter(
        "query",
        "top",
        "How many exports a page has at most.",
        {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": DEFAULT_PAGE_SIZE},
    ),
    "continuationToken": _parameter("query", "continuationToken", "Part of `nextLink`: follow that as it is.", _TEXT),
    "idempotencyKey": _parameter("header", "Idempotency-Key", _KEY_MEANING, _KEY),
    "repeatabilityRequestId": _parameter(
        "header", "Repeatability-Request-ID", f"Another name of `Idempotency-Key`. {_KEY_MEANING}", _KEY
    ),
    "clientRequestId": _parameter(
        "header",
        "x-ms-client-request-id",
        "Your own id of this call, given back and kept in the trail: up to 128 letters, digits and `.:{}_-`.",
        _TEXT,
    ),
    "traceparent": _parameter("header", "traceparent", "W3C Trace Context; the trace's id goes into the trail.", _TEXT),
}
COMMON_PARAMETERS = ("clientRequestId", "traceparent")
"""The parameters that every call has."""
SIGNATURE_PARAMETERS = (
    _signed("webhook-id", "The id of the delivery, the same for every try."),
    _signed("webhook-timestamp", "When this try was signed, in seconds since 1970. Refuse what is minutes old."),
    _signed("webhook-signature", "`v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64, by Standard Webhooks."),
)
"""The headers of a callback."""
HEADERS: dict[str, dict[str, Any]] = {
    "x-ms-request-id": {
        "description": "The service's id of this call, for support.",
        "required": True,
        "schema": _ID,
    },
    "x-ms-client-request-id": {"description": "The caller's own id of this call, given back.", "schema": _TEXT},
    "Location": {
        "description": "Where to go on: the result, the batch, or the subscription.",
        "required": True,
        "schema": _LINK,
    },
    "Operation-Location": {"description": "Where to ask how far it is.", "required": True, "schema": _LINK},
    "Retry-After": {
        "description": "In how many seconds to ask again; not there once it has ended.",
        "schema": {"type": "integer", "minimum": 1},
    },
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
        "description": "With `AUTH_MODE=functionKey`: a key of the Function App. Whoever has one may do everything.",
    },
}
