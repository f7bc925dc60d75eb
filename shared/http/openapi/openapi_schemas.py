"""Schemas of the types of bodies, in the form that generators of clients understand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic_core import core_schema

_REFERENCE = "#/components/schemas/{model}"


def body_schemas(types: Iterable[type]) -> tuple[dict[type, Any], dict[str, Any]]:
    """A schema for each type, and the components that these refer to, by name.

    Generators of clients differ in what they make of a choice of schemas: a class without fields, a class that wraps a
    text, or nothing (docs/decisions/0007-clients-are-generated.md). So a value that can be null has a second type, and
    one that is described elsewhere is a reference or null. A list of values that can grow is no enumeration.
    """
    found, definitions = TypeAdapter.json_schemas(
        [(kind, "validation", TypeAdapter(kind)) for kind in types],
        ref_template=_REFERENCE,
        schema_generator=_Schemas,
    )
    schemas = {name: _described(_untitled(schema)) for name, schema in sorted(definitions["$defs"].items())}
    return {kind: schema for (kind, _), schema in found.items()}, schemas


class _Schemas(GenerateJsonSchema):
    def field_title_should_be_set(self, _: object) -> bool:
        """Never: a title would only repeat the name of the field."""
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> dict[str, Any]:
        """A second type in place of `anyOf` with null."""
        inner = self.generate_inner(schema["schema"])
        if isinstance(inner.get("type"), str) and "enum" not in inner:
            return inner | {"type": [inner["type"], "null"]}
        return {"oneOf": [inner, {"type": "null"}]}

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> dict[str, Any]:
        """Without the default, for which openapi-typescript would require the field; its description tells it."""
        return self.generate_inner(schema["schema"])


def _untitled(schema: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in schema.items() if name != "title"}


def _described(part: Any) -> Any:  # noqa: ANN401 - JSON
    """The same, with the known values of a list that can grow at the end of its description."""
    if isinstance(part, list):
        return [_described(each) for each in part]
    if not isinstance(part, dict):
        return part
    made = {name: _described(value) for name, value in part.items()}
    if "x-extensible-enum" in made:
        known = ", ".join(f"`{value}`" for value in made["x-extensible-enum"])
        made["description"] = f"{made.get('description', '')} Known values: {known}. More may be added.".strip()
    return made
