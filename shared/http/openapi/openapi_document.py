"""The OpenAPI 3.1 document: put together from the calls, the errors and the schemas."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from shared.http import response_schema
from shared.http.api_errors import ERROR_DESCRIPTIONS
from shared.http.openapi.export_operations import EXPORT_OPERATIONS
from shared.http.openapi.openapi_components import (
    COMMON_PARAMETERS,
    COMMON_RESPONSE_HEADERS,
    HEADERS,
    HEADERS_OF_STATUS,
    JSON,
    PARAMETERS,
    SECURITY_SCHEMES,
    SIGNATURE_PARAMETERS,
    STATUSES_BY_PLATFORM,
    Answer,
    Content,
    Operation,
)
from shared.http.openapi.openapi_examples import EXAMPLES
from shared.http.openapi.service_operations import SERVICE_OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from shared.http.app_roles import AppRole

VERSION = "1.0.0"
"""Of the API: raised where it changes."""
_REFERENCE = "#/components/schemas/{model}"
_DESCRIPTION = """\
Turns *"export this person's Microsoft 365 data"* into one call with a certain end.

JSON in camelCase, times in ISO 8601 UTC. Every error has the same body, and its code in `x-ms-error-code`. Answers can
get more fields: pass over those that you don't know. The app roles that a call takes are named in its security.
"""
_TAGS = {
    "Exports": "Ask for exports and follow them.",
    "Batches": "Ask for many exports at once.",
    "Files": "Get at what arrived, and erase it.",
    "Subscriptions": "Be told of the end of exports.",
    "Service": "What the service says of itself.",
}
OPERATIONS = (*EXPORT_OPERATIONS, *SERVICE_OPERATIONS)


class _Schemas(GenerateJsonSchema):
    """Schemas without titles that only repeat the name of the field."""

    def field_title_should_be_set(self, _: object) -> bool:
        return False


@cache
def openapi_document() -> dict[str, Any]:
    """The whole document. It is one object for all: change a copy."""
    references, schemas = _schemas()
    errors = {code: fault.example(code) for code, fault in ERROR_DESCRIPTIONS.items()}
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation, references)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Personal data export", "version": VERSION, "description": _DESCRIPTION},
        "servers": [{"url": "/api"}],
        "tags": [{"name": name, "description": meaning} for name, meaning in _TAGS.items()],
        "paths": paths,
        "webhooks": {"exportEnded": {"post": _webhook(references)}},
        "components": {
            "schemas": schemas,
            "parameters": PARAMETERS,
            "headers": HEADERS,
            "examples": {name: {"value": value} for name, value in (EXAMPLES | errors).items()},
            "securitySchemes": SECURITY_SCHEMES,
        },
    }


def _operation(operation: Operation, references: Mapping[Any, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.id,
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
        content = {kind: _request_body(body, references) for kind, body in operation.body.items()}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _security(roles: Iterable[frozenset[AppRole]]) -> list[dict[str, list[str]]]:
    """One of the sets of roles, or a key; nothing for a call that is open to anybody."""
    ways: list[dict[str, list[str]]] = [{"entra": sorted(needed)} for needed in roles]
    return [*ways, {"functionKey": []}] if ways else []


def _request_body(body: Content, references: Mapping[Any, Any]) -> dict[str, Any]:
    schema = body.schema if isinstance(body.schema, dict) else references[body.schema]
    return {"schema": schema, "examples": _examples(body.examples)}


def _responses(operation: Operation, references: Mapping[Any, Any]) -> dict[str, Any]:
    responses = {str(answer.status): _answer(answer, references) for answer in operation.answers}
    for status in sorted({ERROR_DESCRIPTIONS[code].status for code in operation.faults}):
        codes = [
            code
            for code in ERROR_DESCRIPTIONS
            if code in operation.faults and ERROR_DESCRIPTIONS[code].status == status
        ]
        responses[str(status)] = _error(status, codes, references)
    return dict(sorted(responses.items()))


def _answer(answer: Answer, references: Mapping[Any, Any]) -> dict[str, Any]:
    response: dict[str, Any] = {
        "description": answer.meaning,
        "headers": _headers(answer.headers),
    }
    if answer.type is not None:
        response["content"] = {JSON: {"schema": references[answer.type]}}
        if answer.examples:
            response["content"][JSON]["examples"] = _examples(answer.examples)
    return response


def _error(status: int, codes: list[str], references: Mapping[Any, Any]) -> dict[str, Any]:
    code = {"x-ms-error-code": {"description": "The error's code.", "schema": {"type": "string", "enum": codes}}}
    headers = _headers(HEADERS_OF_STATUS.get(status, ()))
    if status in STATUSES_BY_PLATFORM:  # and then there is nothing of ours
        headers["x-ms-request-id"] = HEADERS["x-ms-request-id"] | {"required": False}
    return {
        "description": "\n".join(f"- `{code}`: {ERROR_DESCRIPTIONS[code].meaning}" for code in codes),
        "headers": headers | code,
        "content": {
            JSON: {
                "schema": references[response_schema.Error],
                "examples": _examples(codes),
            }
        },
    }


def _webhook(references: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        "operationId": "export_ended",
        "summary": "When an export ends",
        "description": (
            "Sent to the `callbackUrl` of an export, and to those of subscriptions. It is sent again, over a day, "
            "until it is answered with a 2xx; 410 stops it."
        ),
        "tags": ["Subscriptions"],
        "security": [],
        "parameters": list(SIGNATURE_PARAMETERS),
        "requestBody": {
            "required": True,
            "content": {
                JSON: {"schema": references[response_schema.ExportEnded], "examples": _examples(["ExportEnded"])}
            },
        },
        "responses": {
            "2XX": {"description": "It is delivered."},
            "410": {"description": "Nobody waits for it any more; a subscription that answers so is deleted."},
        },
    }


def _headers(names: Iterable[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in (*COMMON_RESPONSE_HEADERS, *names)}


def _examples(names: Iterable[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/examples/{name}"} for name in names}


def _schemas() -> tuple[dict[Any, Any], dict[str, Any]]:
    """A schema for each type that is sent or answered, and the components that these refer to."""
    answered = [answer.type for operation in OPERATIONS for answer in operation.answers]
    sent = [body.schema for operation in OPERATIONS for body in operation.body.values()]
    types = [
        response_schema.Error,
        response_schema.ExportEnded,
        *answered,
        *(schema for schema in sent if isinstance(schema, type)),
    ]
    found, definitions = TypeAdapter.json_schemas(
        [(kind, "validation", TypeAdapter(kind)) for kind in dict.fromkeys(types) if kind is not None],
        ref_template=_REFERENCE,
        schema_generator=_Schemas,
    )
    schemas = {name: _untitled(schema) for name, schema in sorted(definitions["$defs"].items())}
    return {kind: schema for (kind, _), schema in found.items()}, schemas


def _untitled(schema: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in schema.items() if name != "title"}
