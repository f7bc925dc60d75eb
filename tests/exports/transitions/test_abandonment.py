"""An export that has not ended for too long is given up, whatever it waits for."""

from dataclasses import replace

import pytest

from shared.exports.export import Export, Problem
from shared.exports.graph_results import Operation, OperationStatus
from shared.exports.states_and_codes import Stage, Status
from shared.exports.transitions import cancellation, operation_answer, submission_turn
from shared.exports.transitions.abandonment import abandon, abandon_at, is_too_old, wake_to_abandon
from shared.exports.transitions.step_failure import record_step_failure
from tests.exports.samples import CALLER, DAY, HOUR, LIMITS, NOW, accepted, complete, ready, running, succeeded

TOO_OLD = NOW + LIMITS.abandon_after


@pytest.mark.parametrize("export", [accepted(), ready(), running(), complete()], ids=lambda export: export.stage)
def test_an_open_export_is_too_old_at_the_age_limit(export: Export) -> None:
    assert not is_too_old(export, TOO_OLD - HOUR, LIMITS)
    assert is_too_old(export, TOO_OLD, LIMITS)


def test_an_export_that_has_ended_is_never_too_old() -> None:
    assert not is_too_old(succeeded(), TOO_OLD + DAY, LIMITS)


def test_an_export_that_is_too_old_fails() -> None:
    export = abandon(running(), TOO_OLD, LIMITS)
    assert export.error is not None
    assert (export.status, export.error.code) == (Status.FAILED, "OperationStalled")
    assert "did not end within 35 days" in export.error.message
    assert abandon(accepted(), TOO_OLD, LIMITS).status is Status.FAILED


def test_an_export_whose_files_are_still_being_checked_says_so() -> None:
    late = operation_answer.apply_operation_result(running(), Operation(OperationStatus.COMPLETE), TOO_OLD, LIMITS)
    export = abandon(late, TOO_OLD, LIMITS)
    assert export.error is not None
    assert (export.status, export.error.code) == (Status.FAILED, "OperationStalled")
    assert "could not be checked within 35 days" in export.error.message


def test_an_export_whose_turn_never_came_says_so() -> None:
    queued = submission_turn.join_queue(accepted(), TOO_OLD, NOW, LIMITS)
    export = abandon(queued, TOO_OLD, LIMITS)
    assert export.error is not None
    assert (export.status, export.error.code) == (Status.FAILED, "OperationStalled")
    assert "turn to be submitted did not come within 35 days" in export.error.message


def test_an_export_that_was_to_be_canceled_is_canceled() -> None:
    canceling = cancellation.request_cancellation(running(), CALLER, NOW)
    assert canceling.stage is Stage.CANCELING
    assert abandon(canceling, TOO_OLD, LIMITS).status is Status.CANCELED


def test_an_open_export_is_looked_at_when_it_is_to_be_given_up() -> None:
    far = replace(running(), next_step_at=TOO_OLD + DAY)
    assert wake_to_abandon(far, LIMITS).next_step_at == TOO_OLD == abandon_at(far, LIMITS)
    assert wake_to_abandon(running(), LIMITS) == running()
    nothing = replace(running(), next_step_at=None)
    assert wake_to_abandon(nothing, LIMITS) == nothing
    ended = replace(succeeded(), next_step_at=TOO_OLD + DAY)
    assert wake_to_abandon(ended, LIMITS) == ended


def test_one_that_could_not_be_given_up_waits_before_the_next_try() -> None:
    late = TOO_OLD + HOUR
    failed = record_step_failure(running(), Problem("ServerBusy", "Storage failed."), late, LIMITS)
    after = wake_to_abandon(failed, LIMITS)
    assert after.next_step_at is not None
    assert after.next_step_at >= late + LIMITS.poll_floor
