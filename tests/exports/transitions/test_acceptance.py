"""An export is accepted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.exports.calendar_period import CalendarPeriod
from shared.exports.exceptions import ImpossibleDeadlineError
from shared.exports.export import ExportRequest
from shared.exports.states_and_codes import Stage, Status
from shared.exports.transitions.acceptance import accept
from tests.exports.samples import CALLER, DAY, HOUR, LIMITS, NAMED, NOW, SECOND, USER, accepted

MONTH = CalendarPeriod(months=1)


def test_an_export_without_a_deadline_is_due_after_the_usual_time_from_receipt() -> None:
    assert accepted().due_at == NOW + 30 * DAY
    assert accepted(received_at=NOW - 3 * DAY).due_at == NOW + 27 * DAY
    assert accepted(due_at=NOW + DAY).due_at == NOW + DAY


def test_a_month_from_receipt_ends_with_a_shorter_month() -> None:
    received = datetime(2027, 1, 31, 23, 59, 59, tzinfo=UTC)
    request = ExportRequest(subject=USER, received_at=received)
    export = accept(request, "id", CALLER, received + HOUR, due_after=MONTH, correlation={})
    assert export.due_at == datetime(2027, 2, 28, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize("received_at", [None, NOW, NOW - 90 * DAY, NOW + DAY])
def test_a_deadline_is_after_the_receipt_which_is_now_unless_it_is_given(received_at: datetime | None) -> None:
    received = received_at or NOW
    for due_at in (received, received - SECOND, received - 400 * DAY):
        with pytest.raises(ImpossibleDeadlineError):
            accepted(received_at=received_at, due_at=due_at)
    soonest = received + timedelta(microseconds=1)
    assert accepted(received_at=received_at, due_at=soonest).due_at == soonest


def test_who_is_late_may_say_so() -> None:
    assert accepted(received_at=NOW - 60 * DAY, due_at=NOW - 30 * DAY).due_at == NOW - 30 * DAY


def test_an_accepted_export_starts_at_once() -> None:
    export = accepted()
    assert (export.status, export.stage, export.next_step_at) == (Status.NOT_STARTED, Stage.ACCEPTED, NOW)
    assert (export.created_at, export.begun_at, export.received_at) == (NOW, NOW, NOW)
    assert accepted(received_at=NOW - HOUR).received_at == NOW - HOUR


def test_an_acceptance_is_an_event_of_the_caller_with_the_ids_of_the_call() -> None:
    (event,) = accepted().unsaved
    assert (event.actor, event.detail) == (CALLER, {"requestId": "r1"})


def test_an_export_keeps_what_was_requested_but_not_the_callback_url() -> None:
    request = ExportRequest(
        subject=NAMED, reference="r", digest="d", allow_duplicate=True, callback_url="https://a.example/?sig=secret"
    )
    export = accept(request, "id", CALLER, NOW, due_after=LIMITS.due_after, correlation={})
    assert (export.subject, export.reference, export.request_digest, export.allow_duplicate) == (NAMED, "r", "d", True)
    assert export.has_callback
    assert "secret" not in repr(replace(export))
    assert not accept(ExportRequest(subject=USER), "id", CALLER, NOW, due_after=MONTH, correlation={}).has_callback
