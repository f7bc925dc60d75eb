"""What each thing that happens makes of an export."""

from datetime import datetime, timedelta

import pytest

from shared.exports.export import Export
from shared.exports.graph_results import NotDone, Operation, OperationResult, OperationStatus, Refused, Unclear
from shared.exports.states_and_codes import AttemptStatus, GrantKind, Stage, Status
from shared.exports.transitions import acceptance, ending, operation_answer
from tests.exports.samples import (
    DAY,
    HOUR,
    LIMITS,
    MINUTE,
    NAMED,
    NOW,
    USER,
    accepted,
    running,
    told,
)

UNKNOWN = Refused(404, "Request_ResourceNotFound", "Resource 'ana@contoso.example' does not exist.")


def observed(export: Export, answer: OperationResult, now: datetime = NOW + HOUR) -> Export:
    return operation_answer.apply_operation_result(export, answer, now, LIMITS)


def test_an_accepted_export_is_due_after_the_usual_time_from_receipt() -> None:
    assert accepted().due_at == NOW + 30 * DAY
    assert accepted(received_at=NOW - 3 * DAY).due_at == NOW + 27 * DAY
    assert accepted(due_at=NOW + DAY).due_at == NOW + DAY
    assert accepted().status is Status.NOT_STARTED
    assert accepted().unsaved[0].actor == accepted().caller


def test_a_resolved_user_is_known_by_object_id_and_the_name_is_dropped() -> None:
    export = acceptance.apply_resolve_result(accepted(NAMED), USER.id or "", NOW, LIMITS)
    assert export.subject == USER
    assert "ana@" not in repr(export)


def test_an_unknown_user_fails_with_graphs_code_and_without_the_name() -> None:
    export = acceptance.apply_resolve_result(accepted(NAMED), UNKNOWN, NOW, LIMITS)
    assert export.status is Status.FAILED
    assert export.error is not None
    assert export.error.code == "Request_ResourceNotFound"
    assert "Check the id" in export.error.message
    assert "ana@" not in repr(export)


def test_a_resolution_without_an_answer_is_tried_again_later() -> None:
    export = acceptance.apply_resolve_result(accepted(NAMED), NotDone("Graph throttles (429).", 90), NOW, LIMITS)
    assert export.subject == NAMED
    assert export.next_step_at is not None
    assert export.next_step_at >= NOW + 1.5 * MINUTE


def test_a_running_operation_is_polled_again_in_its_cadence() -> None:
    export = observed(running(), Operation(OperationStatus.RUNNING, progress=0.4), NOW + DAY)
    assert export.progress == 0.4
    assert export.polls == 1
    assert export.next_step_at is not None
    assert 68 * MINUTE <= export.next_step_at - (NOW + DAY) <= 72 * MINUTE
    assert told(export) == told(running()), "a poll without news is no event"


def test_a_complete_operation_is_checked_at_once() -> None:
    export = observed(running(), Operation(OperationStatus.COMPLETE, 1.0))
    assert export.stage is Stage.CHECKING
    assert export.next_step_at == NOW + HOUR
    assert export.status is Status.RUNNING


def test_a_failed_operation_ends_the_export_as_failed() -> None:
    export = observed(running(), Operation(OperationStatus.FAILED))
    assert (export.status, export.stage) == (Status.FAILED, Stage.ENDED)
    assert export.error is not None
    assert export.error.code == "OperationFailed"
    assert export.attempt is not None
    assert export.attempt.status is AttemptStatus.FAILED


@pytest.mark.parametrize("answer", [NotDone("busy"), Unclear("no answer"), Refused(400, "OperationNotFound", "")])
def test_a_poll_without_an_answer_neither_ends_nor_repeats_the_export(answer: OperationResult) -> None:
    export = observed(running(), answer)
    assert export.status is Status.RUNNING
    assert export.attempt == running().attempt
    assert export.failures == 1
    assert observed(export, Operation(OperationStatus.RUNNING)).failures == 0


def test_an_unreadable_operation_is_warned_about_once() -> None:
    refused = Refused(403, "Forbidden", "No.")
    export = observed(observed(running(), refused), refused)
    assert [w.code for w in export.warnings] == ["OperationUnreadable"]
    assert "User.Read.All" in export.warnings[0].message


def test_a_user_delegation_that_ends_first_makes_a_new_attempt() -> None:
    still = Operation(OperationStatus.RUNNING)
    before = observed(running(GrantKind.USER_DELEGATION), still, NOW + 6 * DAY)
    after = observed(running(GrantKind.USER_DELEGATION), still, NOW + 7 * DAY)
    assert before.attempt is not None
    assert before.attempt.status is AttemptStatus.RUNNING
    assert after.attempt is not None
    assert after.attempt.status is AttemptStatus.LOST
    assert after.stage is Stage.PREPARING
    assert observed(running(), still, NOW + 7 * DAY).attempt == running().attempt, "a stored policy is extended instead"


def test_an_export_that_never_ends_is_abandoned() -> None:
    assert ending.abandon_if_too_old(running(), NOW + 35 * DAY - HOUR, LIMITS) == running()
    export = ending.abandon_if_too_old(running(), NOW + 35 * DAY, LIMITS)
    assert export.error is not None
    assert (export.status, export.error.code) == (Status.FAILED, "OperationStalled")


def test_one_that_arrived_late_is_not_abandoned() -> None:
    late = observed(running(), Operation(OperationStatus.COMPLETE), NOW + 36 * DAY)
    assert ending.abandon_if_too_old(late, NOW + 36 * DAY, LIMITS) == late


@pytest.mark.parametrize(("age", "codes"), [(5 * DAY, []), (6 * DAY, ["GrantEndsSoon"])])
def test_a_user_delegation_is_warned_about_before_it_ends(age: timedelta, codes: list[str]) -> None:
    export = observed(running(GrantKind.USER_DELEGATION), Operation(OperationStatus.RUNNING), NOW + age)
    assert [w.code for w in export.warnings] == codes
    assert observed(running(), Operation(OperationStatus.RUNNING), NOW + age).warnings == ()
