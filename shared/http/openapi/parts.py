"""What calls share in the document: parameters, headers, and the ways in."""

from __future__ import annotations

from typing import Any

from shared.http.listing import DEFAULT_TOP, MOST

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
        {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT_TOP},
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
OF_ALL = ("clientRequestId", "traceparent")
"""The parameters that every call has."""

SIGNATURE = (
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
OF_ALL_ANSWERS = ("x-ms-request-id", "x-ms-client-request-id")

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
