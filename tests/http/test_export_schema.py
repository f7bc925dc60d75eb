"""The types of exports and trails: what can grow is no enumeration, and every field is there."""

from enum import StrEnum

import pytest

from shared.exports.states_and_codes import AttemptStatus, EventType, GrantKind, Stage, WarningCode
from tests.http.schemas import SCHEMAS, known_values, optional_fields, values_of


@pytest.mark.parametrize(
    ("name", "field", "enum"),
    [
        ("Export", "stage", Stage),
        ("Grant", "kind", GrantKind),
        ("Attempt", "status", AttemptStatus),
        ("Event", "type", EventType),
        ("Warning", "code", WarningCode),
    ],
)
def test_every_value_is_known_of_a_list_that_can_grow(name: str, field: str, enum: type[StrEnum]) -> None:
    assert known_values(SCHEMAS[name]["properties"][field]) == values_of(enum)


@pytest.mark.parametrize(
    ("name", "optional"), [("ExportPage", {"nextLink"}), ("Trail", {"nextLink"}), ("Export", set())]
)
def test_only_what_can_be_absent_is_optional(name: str, optional: set[str]) -> None:
    assert optional_fields(name) == optional
