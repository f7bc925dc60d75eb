"""Events and warnings of an export."""

from dataclasses import replace
from itertools import pairwise

import pytest

from shared.exports.audit_trail import MONITOR_ACTOR, add_event, add_warning
from shared.exports.bounded_text import compact_json, utf16_units
from shared.exports.event_hash import event_sha256
from shared.exports.export import Event, ExportWarning
from shared.exports.states_and_codes import EventType, WarningCode
from tests.exports.samples import (
    CALLER,
    DAY,
    NOW,
    accepted,
    event_types,
    running,
    succeeded,
    warning_codes,
    without_events,
)

NO_DATA = ExportWarning(WarningCode.NO_DATA, "No data.")


def test_an_event_joins_those_that_are_still_to_be_stored() -> None:
    export = add_event(accepted(), EventType.SUBMITTING, NOW + DAY, attempt=1)
    accepted_event, event = export.unsaved
    expected = Event(
        EventType.SUBMITTING, NOW + DAY, MONITOR_ACTOR, {"attempt": 1}, number=2, previous_sha256=accepted_event.sha256
    )
    assert event == replace(expected, sha256=event_sha256(export.id, expected))
    assert event_types(export) == ["Accepted", "Submitting"]
    assert export.event_count == 2


def test_the_events_of_a_trail_are_a_chain_whose_head_the_export_has() -> None:
    export = succeeded()
    first, *others = export.unsaved
    assert (first.number, first.previous_sha256) == (1, None)
    for before, event in pairwise([first, *others]):
        assert (event.number, event.previous_sha256) == (before.number + 1, before.sha256)
    assert export.trail_sha256 == others[-1].sha256
    assert all(event.sha256 == event_sha256(export.id, event) for event in export.unsaved)
    stored = add_event(without_events(export), EventType.ERASED, NOW)
    assert stored.unsaved[0].previous_sha256 == export.trail_sha256


def test_a_trail_that_an_earlier_version_began_has_hashes_from_its_next_event_on() -> None:
    old = replace(without_events(succeeded()), trail_sha256=None)
    one, two = add_event(add_event(old, EventType.ERASED, NOW), EventType.WARNED, NOW).unsaved
    assert (one.number, one.previous_sha256) == (old.event_count + 1, None)
    assert two.previous_sha256 == one.sha256 is not None


@pytest.mark.parametrize("letter", ["x", '"', "\U0001f600"])
def test_a_long_text_is_cut_before_it_is_hashed(letter: str) -> None:
    (event,) = add_event(
        without_events(running()), EventType.FAILED, NOW, code="Forbidden", message=letter * 30_000
    ).unsaved
    message = str(event.detail["message"])
    assert utf16_units(compact_json(message)) <= 12_000
    assert set(message) == {letter, "…"}
    assert event.detail["code"] == "Forbidden"


def test_text_that_is_no_unicode_is_mended_before_it_is_hashed() -> None:
    (event,) = add_event(without_events(running()), EventType.FAILED, NOW, message="a\ud800b", attempt=2**40).unsaved
    assert event.detail == {"message": "a\ufffdb", "attempt": 2**40}


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
