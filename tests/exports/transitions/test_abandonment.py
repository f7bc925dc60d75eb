"""An export that has not ended for too long is given up."""

from shared.exports.graph_results import Operation, OperationStatus
from shared.exports.states_and_codes import Status
from shared.exports.transitions import failed_call, operation_answer
from shared.exports.transitions.abandonment import abandon_if_too_old
from tests.exports.samples import DAY, HOUR, LIMITS, NOW, PROBLEM, accepted, running, succeeded

TOO_OLD = NOW + LIMITS.abandon_after


def test_an_export_that_never_ends_fails() -> None:
    assert abandon_if_too_old(running(), TOO_OLD - HOUR, LIMITS) == running()
    export = abandon_if_too_old(running(), TOO_OLD, LIMITS)
    assert export.error is not None
    assert (export.status, export.error.code) == (Status.FAILED, "OperationStalled")
    assert "35 days" in export.error.message
    assert abandon_if_too_old(accepted(), TOO_OLD, LIMITS).status is Status.FAILED


def test_an_export_that_has_ended_stays_as_it_is() -> None:
    assert abandon_if_too_old(succeeded(), TOO_OLD, LIMITS) == succeeded()


def test_data_that_arrived_late_is_still_checked_while_the_export_account_answers() -> None:
    late = operation_answer.apply_operation_result(running(), Operation(OperationStatus.COMPLETE), TOO_OLD, LIMITS)
    assert abandon_if_too_old(late, TOO_OLD + DAY, LIMITS) == late
    refused = failed_call.record_storage_refusal(late, PROBLEM, TOO_OLD, LIMITS)
    assert abandon_if_too_old(refused, TOO_OLD + DAY, LIMITS).status is Status.FAILED
