"""From a container to an operation, and back when the answer is lost."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.exports import attempts
from shared.exports.answers import NotDone, Operation, OperationStatus, Refused, Unclear
from shared.exports.grants import fresh_grant
from shared.exports.model import Export, Problem
from shared.exports.words import AttemptStatus, GrantKind, Stage, Status
from tests.exports.samples import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    OPERATION,
    RULES,
    SECOND,
    accepted,
    ready,
    running,
    submitting,
    told,
)

LATER = NOW + RULES.grace
NOT_FOUND = Refused(400, "OperationNotFound", "Cannot find any operations with the input Id.")


def status(export: Export) -> AttemptStatus:
    assert export.attempt is not None
    return export.attempt.status


def test_a_stored_policy_settles_before_it_is_submitted() -> None:
    assert ready(GrantKind.STORED_POLICY).next_step_at == NOW + 30 * SECOND
    assert ready(GrantKind.USER_DELEGATION).next_step_at == NOW


def test_a_policy_that_was_renewed_settles_again() -> None:
    assert attempts.settling(ready(), NOW + DAY, RULES).next_step_at == NOW + DAY + 30 * SECOND


def test_a_submission_is_recorded_before_graph_is_called() -> None:
    export = submitting()
    assert status(export) is AttemptStatus.SUBMITTING
    assert export.next_step_at == NOW + RULES.grace


def test_a_submission_that_could_outlast_its_grace_time_is_not_sent() -> None:
    limit = RULES.grace - RULES.graph_timeout
    assert not attempts.is_too_late(submitting(), NOW + limit - SECOND, RULES)
    assert attempts.is_too_late(submitting(), NOW + limit, RULES)


def test_the_grace_time_counts_from_the_lost_answer() -> None:
    export = attempts.submitted(submitting(), Unclear("no answer"), NOW + MINUTE, RULES)
    assert export.next_step_at == NOW + MINUTE + RULES.grace


def test_an_accepted_submission_runs() -> None:
    export = running()
    assert export.attempt is not None
    assert export.attempt.operation_id == OPERATION
    assert (export.status, export.stage) == (Status.RUNNING, Stage.EXPORTING)
    assert export.next_step_at is not None
    assert export.next_step_at >= NOW + 60 * SECOND


def test_what_graph_did_not_do_is_asked_again_in_the_same_container() -> None:
    export = attempts.submitted(submitting(), NotDone("Graph throttles (429)."), NOW, RULES)
    assert status(export) is AttemptStatus.READY
    assert len(export.attempts) == 1
    assert export.next_step_at is not None
    assert export.next_step_at > NOW


def test_a_refusal_ends_the_export_with_graphs_code_and_what_to_do() -> None:
    export = attempts.submitted(submitting(), Refused(404, "ResourceNotFound", "Not found."), NOW, RULES)
    assert export.error is not None
    assert (export.status, export.error.code) == (Status.FAILED, "ResourceNotFound")
    assert "Check the id" in export.error.message


def test_a_missing_permission_is_waited_out_for_a_bounded_time() -> None:
    refusal = Refused(403, "Forbidden", "Access is denied.")
    export = attempts.submitted(submitting(), refusal, NOW, RULES)
    assert (status(export), export.refused_since) == (AttemptStatus.READY, NOW)
    assert [w.code for w in export.warnings] == ["PermissionPending"]
    assert "User.Export.All" in export.warnings[0].message
    for later in (NOW + 59 * MINUTE, NOW + HOUR):
        again = attempts.submitting(export, ready().attempts[0].grant, later, RULES)
        export = attempts.submitted(again, refusal, later, RULES)
        assert export.status.is_terminal == (later == NOW + HOUR)
    assert export.error is not None
    assert export.error.code == "Forbidden"
    assert "User.Export.All" in export.error.message
    assert export.refused_since is None


@pytest.mark.parametrize("answer", [Unclear("no answer"), Refused(400, "StorageLocationAlreadyUsed", "Used.")])
def test_a_lost_answer_is_looked_for_in_the_container(answer: Unclear | Refused) -> None:
    export = attempts.submitted(submitting(), answer, NOW, RULES)
    assert export.stage is Stage.RECOVERING
    assert status(export) is AttemptStatus.SUBMITTING
    assert export.next_step_at == NOW + RULES.grace


def test_an_operation_found_in_the_container_is_adopted() -> None:
    export = attempts.recovered(submitting(), OPERATION, Operation(OperationStatus.RUNNING), LATER, RULES)
    assert status(export) is AttemptStatus.RUNNING
    assert told(export)[-1] == "OperationAdopted"


def test_an_empty_container_makes_a_fresh_attempt() -> None:
    export = attempts.recovered(submitting(), None, None, LATER, RULES)
    assert status(export) is AttemptStatus.LOST
    assert export.stage is Stage.PREPARING
    assert attempts.next_number(export) == 2


def test_an_operation_that_graph_does_not_know_is_given_time_and_then_up() -> None:
    early = attempts.recovered(submitting(), OPERATION, NOT_FOUND, NOW + RULES.patience - SECOND, RULES)
    late = attempts.recovered(submitting(), OPERATION, NOT_FOUND, NOW + RULES.patience, RULES)
    assert status(early) is AttemptStatus.SUBMITTING
    assert status(late) is AttemptStatus.LOST


@pytest.mark.parametrize("answer", [NotDone("busy"), Unclear("nothing"), Refused(403, "Forbidden", "")])
def test_an_operation_is_not_given_up_while_graph_does_not_say(answer: NotDone | Unclear | Refused) -> None:
    export = attempts.recovered(submitting(), OPERATION, answer, NOW + 10 * RULES.patience, RULES)
    assert status(export) is AttemptStatus.SUBMITTING
    assert export.status is Status.RUNNING


def test_each_lost_attempt_waits_longer_so_that_an_outage_is_outlived() -> None:
    export, waits = accepted(), []
    rules = replace(RULES, max_attempts=10)
    while not export.status.is_terminal:
        grant = fresh_grant(GrantKind.STORED_POLICY, NOW)
        export = attempts.prepared(export, "https://a/c", grant, NOW, rules)
        export = attempts.lost(attempts.submitting(export, grant, NOW, rules), "outage", NOW, rules)
        waits.append((export.next_step_at or NOW) - NOW)
    assert sum(waits[:-1], timedelta()) > HOUR
    assert all(wait >= rules.poll_floor for wait in waits[:-1])


def test_too_many_lost_attempts_fail_with_the_story_of_each() -> None:
    export = accepted()
    for number in range(1, RULES.max_attempts + 1):
        assert export.status is not Status.FAILED
        grant = fresh_grant(GrantKind.STORED_POLICY, NOW)
        export = attempts.prepared(export, f"https://a/{number}", grant, NOW, RULES)
        export = attempts.lost(attempts.submitting(export, grant, NOW, RULES), f"reason {number}", NOW, RULES)
    assert export.error is not None
    assert export.error.code == "AttemptsExhausted"
    assert all(f"reason {n}" in export.error.message for n in (1, 2, 3))


def test_storage_that_refuses_is_asked_again_and_then_fails_the_export() -> None:
    export, problem = accepted(), Problem("AuthorizationPermissionMismatch", "Give the app's identity the role.")
    for _ in range(RULES.max_attempts - 1):
        export = attempts.storage_refused(export, problem, NOW, RULES)
        assert not export.status.is_terminal
    export = attempts.storage_refused(export, problem, NOW, RULES)
    assert (export.status, export.error) == (Status.FAILED, problem)


def test_storage_that_refuses_does_not_end_what_microsoft_has_begun() -> None:
    export = running()
    for _ in range(10):
        export = attempts.storage_refused(export, Problem("AuthorizationFailure", "Network."), NOW, RULES)
    assert export.status is Status.RUNNING
    assert [w.code for w in export.warnings] == ["StorageRefused"]


def test_only_policies_without_use_are_taken_away() -> None:
    lost = attempts.lost(running(), "gone", NOW, RULES)
    assert attempts.to_revoke(running()) == ()
    assert attempts.to_revoke(lost) == lost.attempts
    assert attempts.to_revoke(attempts.lost(running(GrantKind.USER_DELEGATION), "gone", NOW, RULES)) == ()
    revoked = attempts.revoked(lost, lost.attempts[0], NOW + DAY)
    assert attempts.to_revoke(revoked) == ()
    assert revoked.attempts[0].grant.revoked_at == NOW + DAY
