"""From a container to an operation."""

import pytest

from shared.exports.graph_results import Accepted, NotDone, Refused, Unclear
from shared.exports.states_and_codes import AttemptStatus, EventType, GrantKind, Stage, Status
from shared.exports.transitions import attempt_replacement, submission
from tests.exports.samples import (
    DAY,
    HOUR,
    LIMITS,
    MINUTE,
    NOW,
    OPERATION,
    SECOND,
    attempt_status,
    ready,
    running,
    submitting,
)


def test_a_submission_waits_until_its_stored_policy_works() -> None:
    assert ready(GrantKind.STORED_POLICY).next_step_at == NOW + 30 * SECOND
    assert ready(GrantKind.USER_DELEGATION).next_step_at == NOW


def test_a_submission_is_recorded_before_graph_is_called() -> None:
    export = submitting()
    assert attempt_status(export) is AttemptStatus.SUBMITTING
    assert export.next_step_at == NOW + LIMITS.recovery_delay


def test_a_submission_that_could_outlast_the_recovery_delay_is_not_sent() -> None:
    limit = LIMITS.recovery_delay - LIMITS.graph_timeout
    assert not submission.is_too_late_to_submit(submitting(), NOW + limit - SECOND, LIMITS)
    assert submission.is_too_late_to_submit(submitting(), NOW + limit, LIMITS)


def test_the_recovery_delay_counts_from_the_lost_answer() -> None:
    export = submission.apply_submit_result(submitting(), Unclear("no answer"), NOW + MINUTE, LIMITS)
    assert export.next_step_at == NOW + MINUTE + LIMITS.recovery_delay


def test_the_recovery_does_not_call_before_graph_said() -> None:
    for asked, wait in ((1, LIMITS.recovery_delay), (7200, 2 * HOUR)):
        export = submission.apply_submit_result(submitting(), Unclear("Graph answered 503.", asked), NOW, LIMITS)
        assert export.next_step_at == NOW + wait


def test_an_accepted_submission_runs() -> None:
    export = running()
    assert export.attempt is not None
    assert export.attempt.operation_id == OPERATION
    assert (export.status, export.stage) == (Status.RUNNING, Stage.EXPORTING)
    assert export.next_step_at is not None
    assert export.next_step_at >= NOW + 60 * SECOND


def test_what_graph_did_not_do_is_submitted_again_with_the_same_container() -> None:
    export = submission.apply_submit_result(submitting(), NotDone("Graph throttles (429)."), NOW, LIMITS)
    assert attempt_status(export) is AttemptStatus.READY
    assert len(export.attempts) == 1
    assert export.attempts[0].sent_at is None
    assert export.next_step_at is not None
    assert export.next_step_at > NOW


def test_a_refusal_ends_the_export_with_graphs_code_and_what_to_do() -> None:
    export = submission.apply_submit_result(submitting(), Refused(404, "ResourceNotFound", "Not found."), NOW, LIMITS)
    assert export.error is not None
    assert (export.status, export.error.code) == (Status.FAILED, "ResourceNotFound")
    assert "Check the id" in export.error.message


def test_a_missing_permission_is_waited_for_with_the_same_container() -> None:
    export = submission.apply_submit_result(submitting(), Refused(403, "Forbidden", "No."), NOW, LIMITS)
    assert (attempt_status(export), export.refused_since) == (AttemptStatus.READY, NOW)
    again = submission.mark_submitting(export, export.attempts[0].grant, NOW + DAY, LIMITS)
    assert (
        submission.mark_running(again, OPERATION, None, NOW + DAY, LIMITS, event=EventType.SUBMITTED).refused_since
        is None
    )


@pytest.mark.parametrize("result", [Unclear("no answer"), Refused(400, "StorageLocationAlreadyUsed", "Used.")])
def test_a_lost_answer_is_looked_for_in_the_container(result: Unclear | Refused) -> None:
    export = submission.apply_submit_result(submitting(), result, NOW, LIMITS)
    assert export.stage is Stage.RECOVERING
    assert attempt_status(export) is AttemptStatus.SUBMITTING
    assert export.next_step_at == NOW + LIMITS.recovery_delay


@pytest.mark.parametrize("result", [NotDone("429", 3600), Unclear("503", 3600)])
def test_what_graph_asks_for_is_not_undercut_by_any_later_attempt(result: NotDone | Unclear) -> None:
    export = submission.apply_submit_result(submitting(), result, NOW, LIMITS)
    assert export.next_step_at is not None
    assert export.next_step_at >= NOW + HOUR
    assert export.graph_retry_at == NOW + HOUR
    replaced = attempt_replacement.give_up_attempt(export, "It never began.", NOW + MINUTE, LIMITS)
    assert replaced.next_step_at == NOW + HOUR
    accepted_later = submission.apply_submit_result(submitting(), Accepted(OPERATION, None), NOW, LIMITS)
    assert accepted_later.graph_retry_at is None


def test_an_error_of_the_app_itself_is_told_by_its_code() -> None:
    result = Unclear("An unexpected error of the app (TypeError).", code="UnexpectedError")
    export = submission.apply_submit_result(submitting(), result, NOW, LIMITS)
    assert (export.unsaved[-1].type, export.unsaved[-1].detail["code"]) == ("AnswerLost", "UnexpectedError")
