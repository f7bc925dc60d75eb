"""The types of batches and of holds on many exports."""

from shared.exports.states_and_codes import BatchItemStatus, HoldStatus, Status
from tests.http.schemas import SCHEMAS, known_values, optional_fields, values_of


def test_an_item_of_a_batch_has_every_status_of_an_export_and_says_why_there_is_none() -> None:
    assert SCHEMAS["BatchItemStatus"]["enum"] == values_of(BatchItemStatus)
    assert {*BatchItemStatus} - {*Status} == {"Refused", "Busy", "Unreadable"}
    assert {*Status} <= {*BatchItemStatus}


def test_what_can_become_of_a_hold_is_known_and_can_grow() -> None:
    assert known_values(SCHEMAS["HoldResult"]["properties"]["status"]) == values_of(HoldStatus)
    assert optional_fields("HoldPage") == {"nextLink"}
