"""Events and warnings of an export."""

from shared.exports.audit_trail import MONITOR_ACTOR, add_event, add_warning
from shared.exports.export import Event, ExportWarning
from shared.exports.states_and_codes import EventType, WarningCode
from tests.exports.samples import CALLER, DAY, NOW, accepted, event_types, succeeded, warning_codes, without_events

NO_DATA = ExportWarning(WarningCode.NO_DATA, "No data.")


def test_an_event_joins_those_that_are_still_to_be_stored() -> None:
    export = add_event(accepted(), EventType.SUBMITTING, NOW + DAY, attempt=1)
    assert export.unsaved[-1] == Event(EventType.SUBMITTING, NOW + DAY, MONITOR_ACTOR, {"attempt": 1})
    assert event_types(export) == ["Accepted", "Submitting"]
    assert export.event_count == 2


def test_an_event_counts_those_that_are_stored_already() -> None:
    stored = without_events(accepted())
    assert add_event(stored, EventType.SUBMITTING, NOW).event_count == stored.event_count + 1


def test_an_event_of_a_caller_has_the_caller_as_actor_and_no_detail_without_a_value() -> None:
    event = add_event(accepted(), EventType.RETRIED, NOW, actor=CALLER, a="", b=0, c=None).unsaved[-1]
    assert (event.actor, event.detail) == (CALLER, {"a": "", "b": 0})


def test_a_warning_is_an_event_too() -> None:
    export = add_warning(without_events(accepted()), NO_DATA, NOW)
    assert export.warnings == (NO_DATA,)
    assert event_types(export) == ["Warned"]
    assert export.unsaved[0].detail == {"code": "NoData", "message": "No data."}


def test_a_warning_can_have_an_event_of_its_own() -> None:
    warning = ExportWarning(WarningCode.OVERDUE, "Overdue.")
    assert event_types(add_warning(without_events(accepted()), warning, NOW, event=EventType.OVERDUE)) == ["Overdue"]


def test_a_second_warning_with_the_same_code_changes_nothing() -> None:
    export = add_warning(accepted(), NO_DATA, NOW)
    assert add_warning(export, ExportWarning(WarningCode.NO_DATA, "Still no data."), NOW + DAY) == export
    assert warning_codes(add_warning(export, ExportWarning(WarningCode.OVERDUE, ""), NOW)) == ["NoData", "Overdue"]


def test_every_change_of_status_is_an_event() -> None:
    expected = [
        "Accepted",
        "AttemptStarted",
        "Submitting",
        "Submitted",
        "OperationComplete",
        "GrantRevoked",
        "Succeeded",
    ]
    assert event_types(succeeded()) == expected
    assert succeeded().event_count == len(expected)
