"""Looks at the schemas of response bodies."""

from enum import StrEnum
from typing import Any

from shared.http.openapi.openapi_document import openapi_document

SCHEMAS = openapi_document()["components"]["schemas"]


def known_values(field: dict[str, Any]) -> list[str]:
    """The values of a text that can grow; an AssertionError for any other field."""
    assert (field["type"], "enum" in field) == ("string", False)
    values: list[str] = field["x-extensible-enum"]
    return values


def values_of(enum: type[StrEnum]) -> list[str]:
    """The values of an enumeration of the domain, in its order."""
    return [member.value for member in enum]


def optional_fields(name: str) -> set[str]:
    """The fields that can be absent from a body."""
    return set(SCHEMAS[name]["properties"]) - set(SCHEMAS[name]["required"])
