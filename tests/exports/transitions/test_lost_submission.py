"""What becomes of a submission whose answer was lost."""

import pytest

from shared.exports.export import next_attempt_number
from shared.exports.graph_results import NotDone, NotedOperation, Operation, OperationStatus, Refused, Unclear
from shared.exports.states_and_codes import AttemptStatus, Stage, Status
from shared.exports.transitions.lost_submission import apply_recovery_result
from tests.exports.samples import LIMITS, NOW, OPERATION, SECOND, attempt_status, event_types, submitting

LATER = NOW + LIMITS.recovery_delay
NOT_FOUND = Refused(400, "OperationNotFound", "Cannot find any operations with the input Id.")


def test_an_operation_found_in_the_container_is_adopted() -> None:
    export = apply_recovery_result(
        submitting(), NotedOperation(OPERATION), Operation(OperationStatus.RUNNING), LATER, LIMITS
    )
    assert attempt_status(export) is AttemptStatus.RUNNING
    assert event_types(export)[-1] == "OperationAdopted"


def test_an_empty_container_leads_to_another_attempt() -> None:
    export = apply_recovery_result(submitting(), None, None, LATER, LIMITS)
    assert attempt_status(export) is AttemptStatus.LOST
    assert export.stage is Stage.PREPARING
    assert next_attempt_number(export) == 2


def test_an_operation_that_graph_does_not_know_is_given_time_before_the_attempt_is_given_up() -> None:
    timeout = NOW + LIMITS.adoption_timeout
    early = apply_recovery_result(submitting(), NotedOperation(OPERATION), NOT_FOUND, timeout - SECOND, LIMITS)
    late = apply_recovery_result(submitting(), NotedOperation(OPERATION), NOT_FOUND, timeout, LIMITS)
    assert attempt_status(early) is AttemptStatus.SUBMITTING
    assert attempt_status(late) is AttemptStatus.LOST


@pytest.mark.parametrize("result", [NotDone("busy"), Unclear("nothing"), Refused(403, "Forbidden", "")])
def test_an_attempt_is_not_given_up_while_graph_does_not_say(result: NotDone | Unclear | Refused) -> None:
    export = apply_recovery_result(
        submitting(), NotedOperation(OPERATION), result, NOW + 10 * LIMITS.adoption_timeout, LIMITS
    )
    assert attempt_status(export) is AttemptStatus.SUBMITTING
    assert export.status is Status.RUNNING


def test_a_note_that_names_no_operation_is_given_time_before_the_attempt_is_given_up() -> None:
    timeout = NOW + LIMITS.adoption_timeout
    early = apply_recovery_result(submitting(), NotedOperation(None), None, timeout - SECOND, LIMITS)
    late = apply_recovery_result(submitting(), NotedOperation(None), None, timeout, LIMITS)
    assert attempt_status(early) is AttemptStatus.SUBMITTING
    assert (early.failures, early.unsaved[-1].detail["reason"]) == (1, "RequestInfo.json names no operation yet.")
    assert attempt_status(late) is AttemptStatus.LOST
    assert "never named its operation" in str(late.unsaved[-1].detail["reason"])


def test_an_operation_id_without_a_result_is_refused() -> None:
    with pytest.raises(ValueError, match="Graph was not asked"):
        apply_recovery_result(submitting(), NotedOperation(OPERATION), None, LATER, LIMITS)
