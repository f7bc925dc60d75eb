"""The OpenAPI 3.1 document, put together from the operations, the error codes and the types of bodies."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from shared.http import error_schema
from shared.http.api_errors import ApiErrorCode
from shared.http.openapi.batch_operations import BATCH_OPERATIONS
from shared.http.openapi.export_operations import EXPORT_OPERATIONS
from shared.http.openapi.file_operations import FILE_OPERATIONS
from shared.http.openapi.hold_operations import HOLD_OPERATIONS
from shared.http.openapi.openapi_components import (
    COMMON_PARAMETERS,
    COMMON_RESPONSE_HEADERS,
    ERROR_HEADERS,
    HEADERS,
    PARAMETERS,
    PLATFORM_STATUSES,
    QUERY_ERRORS,
    SECURITY_SCHEMES,
    SIGNATURE_PARAMETERS,
    Operation,
    RequestContent,
    Response,
    Webhook,
)
from shared.http.openapi.openapi_examples import EXAMPLES
from shared.http.openapi.openapi_schemas import body_schemas
from shared.http.openapi.service_operations import SERVICE_OPERATIONS
from shared.http.openapi.subscription_operations import SUBSCRIPTION_OPERATIONS, WEBHOOKS
from shared.http.request_context import JSON, ROUTE_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from shared.http.app_roles import AppRole

VERSION = "1.0.0"
"""The version of the API."""
_DESCRIPTION = """\
One HTTP call exports a person's Microsoft 365 data, and every export reaches a recorded outcome.

Bodies are JSON in camelCase, with times in ISO 8601 UTC. Every error has the same body, with its code in
`x-ms-error-code` too. Responses can get more fields, and texts with known values can get more values: ignore those that
you don't know. The security of a call names the app roles of which it takes one.
"""
_TAGS = {
    "Exports": "Start exports and follow them.",
    "Batches": "Start many exports at once.",
    "Files": "Download what arrived, and erase it.",
    "Holds": "Keep exported data from being erased.",
    "Subscriptions": "Subscribe to what becomes of exports.",
    "Service": "Check the service itself.",
    "Callbacks": "What the service sends when an export has ended, and when its person was answered.",
}
OPERATIONS = (
    *EXPORT_OPERATIONS,
    *FILE_OPERATIONS,
    *HOLD_OPERATIONS,
    *BATCH_OPERATIONS,
    *SUBSCRIPTION_OPERATIONS,
    *SERVICE_OPERATIONS,
)


@cache
def openapi_document() -> dict[str, Any]:
    """The whole document. Every caller gets the same object, so change only a copy."""
    references, schemas = _schemas()
    errors = {code.value: code.example() for code in ApiErrorCode}
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation, references)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Personal data export",
            "version": VERSION,
            "description": _DESCRIPTION,
            "contact": {"name": "The team that operates this deployment"},
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": f"/{ROUTE_PREFIX}"}],
        "tags": [{"name": name, "description": description} for name, description in _TAGS.items()],
        "paths": paths,
        "webhooks": {webhook.name: {"post": _webhook(webhook, references)} for webhook in WEBHOOKS},
        "components": {
            "schemas": schemas,
            "parameters": PARAMETERS,
            "headers": HEADERS,
            "responses": {"Error": _other_error(references)},
            "examples": {name: {"value": value} for name, value in (EXAMPLES | errors).items()},
            "securitySchemes": SECURITY_SCHEMES,
        },
    }


def operation_id(function: str) -> str:
    """The id of the call that a function answers, in camelCase: NSwag makes a class of what is before an underscore."""
    first, *others = function.split("_")
    return first + "".join(word.capitalize() for word in others)


def _operation(operation: Operation, references: Mapping[Any, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation_id(operation.id),
        "summary": operation.summary,
        "description": operation.description,
        "tags": [operation.tag],
        "security": _security(operation.roles),
        "parameters": [
            {"$ref": f"#/components/parameters/{name}"} for name in (*operation.parameters, *COMMON_PARAMETERS)
        ],
        "responses": _responses(operation, references),
    }
    if operation.body:
        content = {media_type: _request_content(body, references) for media_type, body in operation.body.items()}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _security(roles: Iterable[AppRole] | None) -> list[dict[str, list[str]]]:
    """Any of the roles, or a key; any token where no role is needed; nothing for a call that is open to anybody."""
    if roles is None:
        return []
    ways: list[dict[str, list[str]]] = [{"entra": [role.value]} for role in roles]
    return [*(ways or [{"entra": []}]), {"functionKey": []}]


def _request_content(body: RequestContent, references: Mapping[Any, Any]) -> dict[str, Any]:
    schema = body.schema if isinstance(body.schema, dict) else references[body.schema]
    return {"schema": schema, "examples": _examples(body.examples)}


def _responses(operation: Operation, references: Mapping[Any, Any]) -> dict[str, Any]:
    responses = {str(response.status): _response(response, references) for response in operation.responses}
    errors = [code for code in ApiErrorCode if code in (*operation.errors, *QUERY_ERRORS)]
    for status in {code.status for code in errors}:
        responses[str(status)] = _error(status, [code for code in errors if code.status == status], references)
    return dict(sorted(responses.items())) | {"default": {"$ref": "#/components/responses/Error"}}


def _response(response: Response, references: Mapping[Any, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {"description": response.description, "headers": _headers(response.headers)}
    if response.type is not None:
        described["content"] = {JSON: {"schema": references[response.type]}}
        if response.examples:
            described["content"][JSON]["examples"] = _examples(response.examples)
    return described


def _error(status: int, codes: list[ApiErrorCode], references: Mapping[Any, Any]) -> dict[str, Any]:
    names = [code.value for code in codes]
    headers = _headers(ERROR_HEADERS.get(status, ()))
    if status in PLATFORM_STATUSES:  # the platform sends none of this app's headers
        headers["x-ms-request-id"] = HEADERS["x-ms-request-id"] | {"required": False}
    return {
        "description": "\n".join(f"- `{code}`: {code.meaning}" for code in codes),
        "headers": headers | _headers(("x-ms-error-code",)),
        "content": {JSON: {"schema": references[error_schema.ErrorResponse], "examples": _examples(names)}},
    }


def _other_error(references: Mapping[Any, Any]) -> dict[str, Any]:
    """What generated clients make of a status that the call doesn't list: one of a later version, or the platform's."""
    return {
        "description": "Any other error. One of the platform, such as 502, can have another body or none.",
        "content": {JSON: {"schema": references[error_schema.ErrorResponse]}},
    }


def _webhook(webhook: Webhook, references: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        "operationId": webhook.name,
        "summary": webhook.summary,
        "description": webhook.description,
        "tags": ["Callbacks"],
        "security": [],
        "parameters": list(SIGNATURE_PARAMETERS),
        "requestBody": {
            "required": True,
            "content": {JSON: {"schema": references[webhook.type], "examples": _examples([webhook.example])}},
        },
        "responses": {
            "2XX": {"description": "It is delivered."},
            "410": {"description": "Nothing more is to be sent here. A subscription is deleted."},
            "default": {"description": "It is not delivered, and is sent again later."},
        },
    }


def _headers(names: Iterable[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in (*COMMON_RESPONSE_HEADERS, *names)}


def _examples(names: Iterable[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/examples/{name}"} for name in names}


def _schemas() -> tuple[dict[Any, Any], dict[str, Any]]:
    """A schema for each type of a body, and the components that these refer to."""
    received = [body.schema for operation in OPERATIONS for body in operation.body.values()]
    types = [
        error_schema.ErrorResponse,
        *(webhook.type for webhook in WEBHOOKS),
        *(response.type for operation in OPERATIONS for response in operation.responses),
        *(schema for schema in received if isinstance(schema, type)),
    ]
    return body_schemas(kind for kind in dict.fromkeys(types) if kind is not None)
