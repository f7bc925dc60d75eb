"""Schemas of OpenAPI 3.1 in OpenAPI 2.0, with titles that a designer shows."""

from typing import Any

import pytest

from tools.swagger import Schemas, prose, title


@pytest.mark.parametrize(
    ("name", "shown"),
    [("dueDateTime", "Due Date Time"), ("id", "ID"), ("callbackUrl", "Callback URL"), ("sha256", "SHA-256")],
)
def test_titles(name: str, shown: str) -> None:
    assert title(name) == shown


@pytest.mark.parametrize(
    ("schema", "plain"),
    [
        ({"type": ["string", "null"], "maxLength": 9}, {"type": "string", "maxLength": 9, "x-nullable": True}),
        (
            {"oneOf": [{"$ref": "#/c/Word"}, {"type": "null"}], "description": "own"},
            {"type": "string", "enum": ["a", "b"], "description": "own", "x-nullable": True},
        ),
        (
            {"type": ["array", "null"], "items": {"$ref": "#/c/Word"}},
            {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}, "x-nullable": True},
        ),
        ({"type": "string", "x-extensible-enum": ["a"]}, {"type": "string"}),
        (
            {"$ref": "#/c/Word", "description": "own `d`"},
            {"type": "string", "enum": ["a", "b"], "description": "own d"},
        ),
        ({"type": "string", "const": "x", "default": None}, {"type": "string", "enum": ["x"]}),
        (
            {"type": "array", "items": {"$ref": "#/c/Word"}},
            {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}},
        ),
    ],
)
def test_schemas(schema: dict[str, Any], plain: dict[str, Any]) -> None:
    assert Schemas({"Word": {"type": "string", "enum": ["a", "b"]}}).plain(schema) == plain


@pytest.mark.parametrize(
    "schema",
    [
        {"oneOf": [{"type": "string"}, {"type": "integer"}]},
        {"oneOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]},
        {"type": ["string", "integer"]},
        {"type": ["string", "integer", "null"]},
    ],
)
def test_what_openapi_2_can_not_express_is_noticed(schema: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="several types"):
        Schemas({}).plain(schema)


def test_fields_can_be_left_out_or_shown_on_demand() -> None:
    schemas = Schemas({}, advanced={"b"}, without={"c"})
    fields = {name: {"type": "string"} for name in "abc"}
    assert schemas.plain({"type": "object", "properties": fields, "required": ["a", "c"]}) == {
        "type": "object",
        "properties": {
            "a": {"x-ms-summary": "A", "type": "string"},
            "b": {"x-ms-summary": "B", "type": "string", "x-ms-visibility": "advanced"},
        },
        "required": ["a"],
    }


def test_marks_are_not_shown() -> None:
    assert prose("the `id`") == "the id"
