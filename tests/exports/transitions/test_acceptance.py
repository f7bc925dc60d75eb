"""An export is accepted."""

from dataclasses import replace

from shared.exports.export import ExportRequest
from shared.exports.states_and_codes import Stage, Status
from shared.exports.transitions.acceptance import accept
from tests.exports.samples import CALLER, DAY, HOUR, NAMED, NOW, USER, accepted


def test_an_export_without_a_deadline_is_due_after_the_usual_time_from_receipt() -> None:
    assert accepted().due_at == NOW + 30 * DAY
    assert accepted(received_at=NOW - 3 * DAY).due_at == NOW + 27 * DAY
    assert accepted(due_at=NOW + DAY).due_at == NOW + DAY


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
    export = accept(request, "id", CALLER, NOW, due_after=30 * DAY, correlation={})
    assert (export.subject, export.reference, export.request_digest, export.allow_duplicate) == (NAMED, "r", "d", True)
    assert export.has_callback
    assert "secret" not in repr(replace(export))
    assert not accept(ExportRequest(subject=USER), "id", CALLER, NOW, due_after=DAY, correlation={}).has_callback
