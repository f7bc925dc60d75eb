"""From a container to an operation, and back when the answer is lost."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.exports.export import Export, Problem, next_attempt_number
from shared.exports.graph_results import NotDone, Operation, OperationStatus, Refused, Unclear
from shared.exports.states_and_codes import AttemptStatus, GrantKind, Stage, Status
from shared.exports.transitions import lost_submission, submission, write_grant
from shared.exports.transitions.write_grant import new_grant
from tests.exports.samples import (
    DAY,
    HOUR,
    LIMITS,
    MINUTE,
    NOW,
    OPERATION,
    SECOND,
    accepted,
    ready,
    running,
    submitting,
    told,
)

LATER = NOW + LIMITS.grace
NOT_FOUND = Refused(400, "OperationNotFound", "Cannot find any operations with the input Id.")


def status(export: Export) -> AttemptStatus:
    assert export.attempt is not None
    return export.attempt.status


def test_a_stored_policy_settles_before_it_is_submitted() -> None:
    assert ready(GrantKind.STORED_POLICY).next_step_at == NOW + 30 * SECOND
    assert ready(GrantKind.USER_DELEGATION).next_step_at == NOW


def test_a_policy_that_was_renewed_settles_again() -> None:
    assert write_grant.wait_for_policy(ready(), NOW + DAY, LIMITS).next_step_at == NOW + DAY + 30 * SECOND


def test_a_submission_is_recorded_before_graph_is_called() -> None:
    export = submitting()
    assert status(export) is AttemptStatus.SUBMITTING
    assert export.next_step_at == NOW + LIMITS.grace


def test_a_submission_that_could_outlast_its_grace_time_is_not_sent() -> None:
    limit = LIMITS.grace - LIMITS.graph_timeout
    assert not submission.is_too_late_to_submit(submitting(), NOW + limit - SECOND, LIMITS)
    assert submission.is_too_late_to_submit(submitting(), NOW + limit, LIMITS)


def test_the_grace_time_counts_from_the_lost_answer() -> None:
    export = submission.apply_submit_result(submitting(), Unclear("no answer"), NOW + MINUTE, LIMITS)
    assert export.next_step_at == NOW + MINUTE + LIMITS.grace


def test_an_accepted_submission_runs() -> None:
    export = running()
    assert export.attempt is not None
    assert export.attempt.operation_id == OPERATION
    assert (export.status, export.stage) == (Status.RUNNING, Stage.EXPORTING)
    assert export.next_step_at is not None
    assert export.next_step_at >= NOW + 60 * SECOND


def test_what_graph_did_not_do_is_asked_again_in_the_same_container() -> None:
    export = submission.apply_submit_result(submitting(), NotDone("Graph throttles (429)."), NOW, LIMITS)
    assert status(export) is AttemptStatus.READY
    assert len(export.attempts) == 1
    assert export.next_step_at is not None
    assert export.next_step_at > NOW


def test_a_refusal_ends_the_export_with_graphs_code_and_what_to_do() -> None:
    export = submission.apply_submit_result(submitting(), Refused(404, "ResourceNotFound", "Not found."), NOW, LIMITS)
    assert export.error is not None
    assert (export.status, export.error.code) == (Status.FAILED, "ResourceNotFound")
    assert "Check the id" in export.error.message


def test_a_missing_permission_is_waited_out_for_a_bounded_time() -> None:
    refusal = Refused(403, "Forbidden", "Access is denied.")
    export = submission.apply_submit_result(submitting(), refusal, NOW, LIMITS)
    assert (status(export), export.refused_since) == (AttemptStatus.READY, NOW)
    assert [w.code for w in export.warnings] == ["PermissionPending"]
    assert "User.Export.All" in export.warnings[0].message
    for later in (NOW + 59 * MINUTE, NOW + HOUR):
        again = submission.mark_submitting(export, ready().attempts[0].grant, later, LIMITS)
        export = submission.apply_submit_result(again, refusal, later, LIMITS)
        assert export.status.is_terminal == (later == NOW + HOUR)
    assert export.error is not None
    assert export.error.code == "Forbidden"
    assert "User.Export.All" in export.error.message
    assert export.refused_since is None


@pytest.mark.parametrize("answer", [Unclear("no answer"), Refused(400, "StorageLocationAlreadyUsed", "Used.")])
def test_a_lost_answer_is_looked_for_in_the_container(answer: Unclear | Refused) -> None:
    export = submission.apply_submit_result(submitting(), answer, NOW, LIMITS)
    assert export.stage is Stage.RECOVERING
    assert status(export) is AttemptStatus.SUBMITTING
    assert export.next_step_at == NOW + LIMITS.grace


def test_an_operation_found_in_the_container_is_adopted() -> None:
    export = lost_submission.apply_recovery_result(
        submitting(), OPERATION, Operation(OperationStatus.RUNNING), LATER, LIMITS
    )
    assert status(export) is AttemptStatus.RUNNING
    assert told(export)[-1] == "OperationAdopted"


def test_an_empty_container_makes_a_fresh_attempt() -> None:
    export = lost_submission.apply_recovery_result(submitting(), None, None, LATER, LIMITS)
    assert status(export) is AttemptStatus.LOST
    assert export.stage is Stage.PREPARING
    assert next_attempt_number(export) == 2


def test_an_operation_that_graph_does_not_know_is_given_time_and_then_up() -> None:
    early = lost_submission.apply_recovery_result(
        submitting(), OPERATION, NOT_FOUND, NOW + LIMITS.patience - SECOND, LIMITS
    )
    late = lost_submission.apply_recovery_result(submitting(), OPERATION, NOT_FOUND, NOW + LIMITS.patience, LIMITS)
    assert status(early) is AttemptStatus.SUBMITTING
    assert status(late) is AttemptStatus.LOST


@pytest.mark.parametrize("answer", [NotDone("busy"), Unclear("nothing"), Refused(403, "Forbidden", "")])
def test_an_operation_is_not_given_up_while_graph_does_not_say(answer: NotDone | Unclear | Refused) -> None:
    export = lost_submission.apply_recovery_result(submitting(), OPERATION, answer, NOW + 10 * LIMITS.patience, LIMITS)
    assert status(export) is AttemptStatus.SUBMITTING
    assert export.status is Status.RUNNING


def test_each_lost_attempt_waits_longer_so_that_an_outage_is_outlived() -> None:
    export, waits = accepted(), []
    limits = replace(LIMITS, max_attempts=10)
    while not export.status.is_terminal:
        grant = new_grant(GrantKind.STORED_POLICY, NOW)
        export = submission.start_attempt(export, "https://a/c", grant, NOW, limits)
        export = lost_submission.give_up_attempt(
            submission.mark_submitting(export, grant, NOW, limits), "outage", NOW, limits
        )
        waits.append((export.next_step_at or NOW) - NOW)
    assert sum(waits[:-1], timedelta()) > HOUR
    assert all(wait >= limits.poll_floor for wait in waits[:-1])


def test_too_many_lost_attempts_fail_with_the_story_of_each() -> None:
    export = accepted()
    for number in range(1, LIMITS.max_attempts + 1):
        assert export.status is not Status.FAILED
        grant = new_grant(GrantKind.STORED_POLICY, NOW)
        export = submission.start_attempt(export, f"https://a/{number}", grant, NOW, LIMITS)
        export = lost_submission.give_up_attempt(
            submission.mark_submitting(export, grant, NOW, LIMITS), f"reason {number}", NOW, LIMITS
        )
    assert export.error is not None
    assert export.error.code == "AttemptsExhausted"
    assert all(f"reason {n}" in export.error.message for n in (1, 2, 3))


def test_storage_that_refuses_is_asked_again_and_then_fails_the_export() -> None:
    export, problem = accepted(), Problem("AuthorizationPermissionMismatch", "Give the app's identity the role.")
    for _ in range(LIMITS.max_attempts - 1):
        export = submission.record_storage_refusal(export, problem, NOW, LIMITS)
        assert not export.status.is_terminal
    export = submission.record_storage_refusal(export, problem, NOW, LIMITS)
    assert (export.status, export.error) == (Status.FAILED, problem)


def test_storage_that_refuses_does_not_end_what_microsoft_has_begun() -> None:
    export = running()
    for _ in range(10):
        export = submission.record_storage_refusal(export, Problem("AuthorizationFailure", "Network."), NOW, LIMITS)
    assert export.status is Status.RUNNING
    assert [w.code for w in export.warnings] == ["StorageRefused"]


def test_only_policies_without_use_are_taken_away() -> None:
    lost = lost_submission.give_up_attempt(running(), "gone", NOW, LIMITS)
    assert write_grant.attempts_to_revoke(running()) == ()
    assert write_grant.attempts_to_revoke(lost) == lost.attempts
    assert (
        write_grant.attempts_to_revoke(
            lost_submission.give_up_attempt(running(GrantKind.USER_DELEGATION), "gone", NOW, LIMITS)
        )
        == ()
    )
    revoked = write_grant.mark_grant_revoked(lost, lost.attempts[0], NOW + DAY)
    assert write_grant.attempts_to_revoke(revoked) == ()
    assert revoked.attempts[0].grant.revoked_at == NOW + DAY
