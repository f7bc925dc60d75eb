"""A step that fails in any way is repeated later, and the export says why."""

from dataclasses import replace

from shared.exports.export import ManifestProgress, Problem
from shared.exports.next_step import Step, next_step
from shared.exports.states_and_codes import DeliveryState, PackageLanguage, Stage, Status, StepFailureCode, WarningCode
from shared.exports.transitions import callback_deliveries, cancellation, data_hold, handover_packages, write_grant
from shared.exports.transitions.step_failure import end_as_too_large, record_refusal_after_end, record_step_failure
from tests.exports.samples import (
    CALLER,
    DAY,
    HOUR,
    LIMITS,
    NOW,
    accepted,
    complete,
    event_types,
    failed,
    running,
    subscribed,
    succeeded,
    warning_codes,
)

OUTAGE = Problem("ServerBusy", "A call to storage failed (ServerBusy).")
DEFECT = Problem(StepFailureCode.UNEXPECTED_ERROR, "An unexpected error of the app (TypeError).")


def test_an_open_export_waits_and_says_why() -> None:
    export = record_step_failure(accepted(), OUTAGE, NOW, LIMITS)
    assert export.next_step_at is not None
    assert export.next_step_at >= NOW + LIMITS.poll_floor
    assert (export.failures, export.wait_reason) == (1, OUTAGE.message)
    event = export.unsaved[-1]
    assert event.type == "BackedOff"
    assert (event.detail["code"], event.detail["reason"]) == ("ServerBusy", OUTAGE.message)


def test_each_failure_waits_longer_up_to_hours() -> None:
    export, now, waits = running(), NOW + DAY, []
    for _ in range(30):
        export = record_step_failure(export, OUTAGE, now, LIMITS)
        assert export.next_step_at is not None
        waits.append(export.next_step_at - now)
        now = export.next_step_at
    assert max(waits[:2]) < 5 * LIMITS.poll_floor
    assert HOUR < max(waits) <= 6 * HOUR


def test_a_failure_never_brings_forward_what_was_planned_for_later() -> None:
    later = replace(running(), next_step_at=NOW + DAY)
    assert record_step_failure(later, OUTAGE, NOW, LIMITS).next_step_at == NOW + DAY


def test_a_defect_while_files_are_read_counts_as_a_try_of_the_next_file() -> None:
    export = record_step_failure(complete(), DEFECT, NOW + DAY, LIMITS)
    assert export.files == ManifestProgress(tries=1)
    assert record_step_failure(export, DEFECT, NOW + DAY, LIMITS).files == ManifestProgress(tries=2)
    assert record_step_failure(export, OUTAGE, NOW + DAY, LIMITS).files == ManifestProgress(tries=1)


def test_an_erasure_that_fails_is_postponed() -> None:
    export = replace(succeeded(), erase_at=NOW + 2 * DAY, next_step_at=NOW + 2 * DAY)
    export = record_step_failure(export, OUTAGE, NOW + 2 * DAY, LIMITS)
    assert export.erase_at is not None
    assert export.erase_at > NOW + 2 * DAY
    assert export.next_step_at == export.erase_at
    assert event_types(export)[-1] == "BackedOff"


def test_deliveries_that_fail_together_are_repeated_and_given_up_after_a_day() -> None:
    export = callback_deliveries.announce_end(
        write_grant.mark_grant_revoked(failed(), failed().attempts[0], NOW), [subscribed()], NOW
    )
    once = record_step_failure(export, OUTAGE, NOW, LIMITS)
    assert once.deliveries[0].tries == 1
    assert once.deliveries[0].next_try_at is not None
    given_up = record_step_failure(export, OUTAGE, NOW + 2 * DAY, LIMITS)
    assert given_up.deliveries[0].state is DeliveryState.GIVEN_UP


def test_a_revocation_that_fails_after_the_end_is_left_to_the_sweeper_with_a_warning() -> None:
    export = record_step_failure(failed(), OUTAGE, NOW, LIMITS)
    assert warning_codes(export) == [WarningCode.GRANT_NOT_REVOKED]
    assert next_step(export, NOW, LIMITS) is Step.END


def test_a_warning_of_the_hand_over_whose_step_failed_is_given_then() -> None:
    late = replace(succeeded(), awaits_handover=True, erase_at=None, warn_at=NOW + 25 * DAY)
    export = record_step_failure(late, DEFECT, NOW + 26 * DAY, LIMITS)
    assert warning_codes(export) == ["DueSoon"]
    assert export.warn_at == export.next_step_at == NOW + 30 * DAY
    assert record_step_failure(export, DEFECT, NOW + 27 * DAY, LIMITS) == export


def test_an_ended_export_with_nothing_due_stays_as_it_is() -> None:
    assert record_step_failure(succeeded(), OUTAGE, NOW + DAY, LIMITS) == succeeded()


def test_an_export_that_outgrows_its_row_ends() -> None:
    export = end_as_too_large(running(), NOW, LIMITS)
    assert export.error is not None
    assert (export.status, export.error.code) == (Status.FAILED, "RecordTooLarge")
    canceling = cancellation.request_cancellation(running(), CALLER, NOW)
    ended = end_as_too_large(canceling, NOW, LIMITS)
    assert (ended.status, ended.stage) == (Status.CANCELED, Stage.ENDED)


def test_what_the_export_account_refuses_after_the_end_is_postponed_and_nothing_else() -> None:
    export = handover_packages.request_package(succeeded(), PackageLanguage.GERMAN, CALLER, NOW + DAY)
    due_at = export.erase_at
    assert due_at is not None
    refused = record_refusal_after_end(export, OUTAGE, due_at, LIMITS)
    assert refused.erase_at is not None
    assert (refused.erase_at > due_at, refused.packages, refused.failures) == (True, export.packages, 1)
    held = data_hold.place_hold(export, "court", CALLER, NOW + DAY)
    refused = record_refusal_after_end(held, OUTAGE, due_at, LIMITS)
    assert (refused.erase_at, refused.failures, refused.packages[0].failures) == (due_at, 0, 1)
