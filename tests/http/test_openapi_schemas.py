"""Schemas that generators of clients understand: of a few types, and by rules for the whole document."""

import copy
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any, NotRequired

import pytest
from pydantic import BaseModel, ConfigDict, Field, with_config
from typing_extensions import TypedDict

from shared.http.openapi.openapi_document import openapi_document
from shared.http.openapi.openapi_schemas import body_schemas
from tests import openapi_rules
from tests.openapi_rules import Found

CLOSED = {
    "Status": "callers branch on it; what else there is to tell is the stage",
    "EndStatus": "the statuses of exports that have ended",
    "HandoverMethod": "requests alone have it; responses have a text with known values",
    "Language": "requests alone have it; responses have a text with known values",
    "PackageStatus": "callers branch on it; how far a package is, its progress tells",
    "SubscriptionEvent": "requests alone have it; responses have a text with known values",
    "BatchItemStatus": "that of the export, and why there is none: refused, not yet, or not readable",
    "Batch.properties.status": "whether there is anything left to wait for",
    "SubjectType": "Microsoft's own; callers name it, so they know it",
    "Verdict": "passed, failed, or something between",
    "Report.properties.status": "passed or failed",
}
"""What responses enumerate, and why nothing can join; and what has a name but is in requests alone."""
Rule = Callable[[Any], Found]


def enumerations(document: Any) -> Found:
    return openapi_rules.enumerations(document, CLOSED)


RULES: list[Rule] = [
    openapi_rules.choices,
    openapi_rules.types,
    enumerations,
    openapi_rules.descriptions,
    openapi_rules.names,
    openapi_rules.defaults,
    openapi_rules.bodies,
    openapi_rules.webhook_tags,
    openapi_rules.default_responses,
    openapi_rules.origin,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_document_follows_the_rule(rule: Rule) -> None:
    assert list(rule(openapi_document())) == []


def test_each_enumeration_that_is_closed_exists() -> None:
    found = [place for place, schema in openapi_rules.schemas(openapi_document()["components"]["schemas"])]
    assert set(CLOSED) <= set(found)


def field(**schema: Any) -> Callable[[Any], None]:
    """Puts a described field into a component."""

    def put(document: Any) -> None:
        document["components"]["schemas"]["Export"]["properties"]["new"] = {"description": "New.", **schema}

    return put


def change(*path: str, **values: Any) -> Callable[[Any], None]:
    """Sets or, with None, removes members of a part."""

    def put(document: Any) -> None:
        part = document
        for name in path:
            part = part[name]
        for name, value in values.items():
            if value is None:
                del part[name]
            else:
                part[name] = value

    return put


NULL = {"type": "null"}
INLINE = {"application/json": {"schema": {"type": "object", "properties": {"a": {"type": "string"}}}}}


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        (openapi_rules.choices, field(anyOf=[{"type": "string"}, NULL])),
        (openapi_rules.choices, field(allOf=[{"$ref": "#/components/schemas/Fault"}])),
        (openapi_rules.choices, field(oneOf=[{"type": "string"}, NULL])),
        (openapi_rules.choices, field(oneOf=[{"$ref": "#/components/schemas/Fault"}, {"type": "string"}])),
        (openapi_rules.choices, field(type="array", items={"anyOf": [{"type": "string"}, NULL]})),
        (openapi_rules.types, field(type=["string", "integer"])),
        (openapi_rules.types, field(type=["string", "null"], enum=["a"])),
        (enumerations, field(type="string", enum=["a"])),
        (enumerations, field(type="array", items={"type": "string", "enum": ["a"]})),
        (enumerations, field(**{"type": "string", "x-extensible-enum": ["a"]})),
        (openapi_rules.descriptions, field(type="string", description="")),
        (openapi_rules.descriptions, change("components", "schemas", "Export", description=None)),
        (openapi_rules.descriptions, change("components", "parameters", "top", description=None)),
        (openapi_rules.descriptions, change("components", "headers", "Location", description=None)),
        (openapi_rules.names, change("components", "schemas", "ErrorResponse", properties={"errorResponse": {}})),
        (openapi_rules.defaults, field(type="boolean", default=False)),
        (openapi_rules.bodies, change("paths", "/batches", "post", "requestBody", content=INLINE)),
        (openapi_rules.webhook_tags, change("webhooks", "exportEnded", "post", tags=["Subscriptions"])),
        (openapi_rules.webhook_tags, change("webhooks", "exportEnded", "post", tags=[])),
        (openapi_rules.default_responses, change("paths", "/health", "get", "responses", default=None)),
        (openapi_rules.default_responses, change("webhooks", "exportEnded", "post", "responses", default=None)),
        (openapi_rules.origin, change("info", license=None)),
    ],
)
def test_a_fault_is_found(rule: Rule, fault: Callable[[Any], None]) -> None:
    document = copy.deepcopy(openapi_document())
    fault(document)
    assert list(rule(document))


class Colour(StrEnum):
    RED = "red"


@with_config(ConfigDict(use_attribute_docstrings=True))
class Named(TypedDict):
    """A thing with a name."""

    name: str


@with_config(ConfigDict(use_attribute_docstrings=True))
class Thing(TypedDict):
    """A thing."""

    text: str | None
    """A text."""
    texts: list[str] | None
    time: Annotated[str, Field(json_schema_extra={"format": "date-time"})] | None
    other: Named | None
    """Another."""
    colour: Colour | None
    growing: Annotated[str, Field(json_schema_extra={"x-extensible-enum": ["a", "b"]})]
    """A letter."""
    all_of_them: NotRequired[list[Annotated[str, Field(json_schema_extra={"x-extensible-enum": ["a"]})]]]


class Request(BaseModel):
    """A request."""

    loud: bool = False
    name: str | None = Field(default=None, max_length=9)


def test_types_as_generators_read_them() -> None:
    references, schemas = body_schemas([Thing, Request])
    assert references[Thing] == {"$ref": "#/components/schemas/Thing"}
    assert list(schemas) == ["Colour", "Named", "Request", "Thing"]
    assert "title" not in schemas["Thing"]
    assert schemas["Thing"]["properties"] == {
        "text": {"type": ["string", "null"], "description": "A text."},
        "texts": {"type": ["array", "null"], "items": {"type": "string"}},
        "time": {"type": ["string", "null"], "format": "date-time"},
        "other": {"oneOf": [{"$ref": "#/components/schemas/Named"}, {"type": "null"}], "description": "Another."},
        "colour": {"oneOf": [{"$ref": "#/components/schemas/Colour"}, {"type": "null"}]},
        "growing": {
            "type": "string",
            "x-extensible-enum": ["a", "b"],
            "description": "A letter. Known values: `a`, `b`. More may be added.",
        },
        "all_of_them": {
            "type": "array",
            "items": {
                "type": "string",
                "x-extensible-enum": ["a"],
                "description": "Known values: `a`. More may be added.",
            },
        },
    }
    assert schemas["Request"]["properties"] == {
        "loud": {"type": "boolean"},
        "name": {"type": ["string", "null"], "maxLength": 9},
    }
