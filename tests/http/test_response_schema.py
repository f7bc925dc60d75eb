"""The types of response bodies: all of them are schemas of the document, with the values of the domain."""

from typing import Any

import pytest

from shared.exports.states_and_codes import (
    AttemptStatus,
    BatchItemStatus,
    ErrorCode,
    EventType,
    GrantKind,
    Stage,
    Status,
    SubjectType,
    WarningCode,
)
from shared.http import response_schema
from shared.http.openapi.openapi_document import openapi_document

SCHEMAS = openapi_document()["components"]["schemas"]
BODIES = {
    name for name, kind in vars(response_schema).items() if getattr(kind, "__module__", "") == response_schema.__name__
}


@pytest.mark.parametrize("enum", [Status, SubjectType, BatchItemStatus])
def test_every_value_is_described(enum: Any) -> None:
    assert SCHEMAS[enum.__name__]["enum"] == [member.value for member in enum]


@pytest.mark.parametrize(
    ("name", "field", "enum"),
    [
        ("Export", "stage", Stage),
        ("Grant", "kind", GrantKind),
        ("Attempt", "status", AttemptStatus),
        ("Event", "type", EventType),
        ("Problem", "code", ErrorCode),
        ("Warning", "code", WarningCode),
    ],
)
def test_every_value_is_known_of_a_list_that_can_grow(name: str, field: str, enum: Any) -> None:
    schema = SCHEMAS[name]["properties"][field]
    assert (schema["type"], "enum" in schema) == ("string", False)
    assert schema["x-extensible-enum"] == [member.value for member in enum]


def test_an_item_of_a_batch_has_every_status_of_an_export_and_says_why_there_is_none() -> None:
    assert {*BatchItemStatus} - {*Status} == {"Refused", "Busy", "Unreadable"}
    assert {*Status} <= {*BatchItemStatus}


def test_every_type_is_a_schema_with_a_description() -> None:
    public = {name for name in BODIES if not name.startswith("_")}
    assert len(public) > 20
    assert {name for name in public if not SCHEMAS[name].get("description")} == set()


@pytest.mark.parametrize(
    ("name", "optional"),
    [
        ("ExportPage", {"nextLink"}),
        ("Ending", {"reference", "trail"}),
        ("Handover", {"reference", "trail"}),
        ("Export", set()),
    ],
)
def test_only_what_can_be_absent_is_optional(name: str, optional: set[str]) -> None:
    assert set(SCHEMAS[name]["properties"]) - set(SCHEMAS[name]["required"]) == optional
