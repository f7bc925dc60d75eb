"""The types of what went wrong."""

from shared.exports.states_and_codes import ErrorCode
from tests.http.schemas import SCHEMAS, known_values, optional_fields, values_of


def test_the_codes_of_a_failed_export_are_known_and_can_grow() -> None:
    assert known_values(SCHEMAS["Problem"]["properties"]["code"]) == values_of(ErrorCode)


def test_every_field_of_an_error_is_always_there() -> None:
    assert [optional_fields(name) for name in ("ErrorResponse", "Refusal", "Fault", "Problem")] == [set()] * 4
