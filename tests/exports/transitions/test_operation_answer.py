"""What a poll of the operation makes of an export."""

from datetime import datetime, timedelta

import pytest

from shared.exports.export import Export, current_attempt
from shared.exports.grant_lifetime import CLOCK_SKEW
from shared.exports.graph_results import NotDone, Operation, OperationResult, OperationStatus, Refused, Unclear
from shared.exports.states_and_codes import AttemptStatus, GrantKind, Stage, Status
from shared.exports.transitions.operation_answer import apply_operation_result
from tests.exports.samples import (
    DAY,
    HOUR,
    LIMITS,
    MINUTE,
    NOW,
    attempt_status,
    event_types,
    running,
    warning_codes,
)


def poll(export: Export, result: OperationResult, now: datetime = NOW + HOUR) -> Export:
    return apply_operation_result(export, result, now, LIMITS)


def test_a_running_operation_is_polled_again_at_its_pace() -> None:
    export = poll(running(), Operation(OperationStatus.RUNNING, progress=0.4), NOW + DAY)
    assert export.progress == 0.4
    assert export.polls == 1
    assert export.next_step_at is not None
    assert 68 * MINUTE <= export.next_step_at - (NOW + DAY) <= 72 * MINUTE
    assert event_types(export) == event_types(running()), "a poll without news is no event"


def test_an_operation_that_has_not_started_is_polled_again() -> None:
    export = poll(running(), Operation(OperationStatus.NOT_STARTED, retry_after=7200))
    assert (attempt_status(export), export.polls) == (AttemptStatus.RUNNING, 1)
    assert export.next_step_at is not None
    assert export.next_step_at >= NOW + 3 * HOUR


def test_a_complete_operation_is_checked_at_once() -> None:
    export = poll(running(), Operation(OperationStatus.COMPLETE, 1.0))
    assert (export.stage, attempt_status(export)) == (Stage.CHECKING, AttemptStatus.COMPLETE)
    assert export.next_step_at == NOW + HOUR
    assert export.status is Status.RUNNING
    assert export.unsaved[-1].detail == {"progress": "1.0"}


def test_a_failed_operation_ends_the_export_as_failed() -> None:
    export = poll(running(), Operation(OperationStatus.FAILED))
    assert (export.status, export.stage) == (Status.FAILED, Stage.ENDED)
    assert export.error is not None
    assert export.error.code == "OperationFailed"
    assert attempt_status(export) is AttemptStatus.FAILED


@pytest.mark.parametrize("result", [NotDone("busy"), Unclear("no answer"), Refused(400, "OperationNotFound", "")])
def test_a_poll_without_an_answer_neither_ends_nor_repeats_the_export(result: OperationResult) -> None:
    export = poll(running(), result)
    assert export.status is Status.RUNNING
    assert export.attempt == running().attempt
    assert (export.failures, export.polls) == (1, 0)


@pytest.mark.parametrize("status", [OperationStatus.NOT_STARTED, OperationStatus.RUNNING, OperationStatus.COMPLETE])
def test_an_answer_ends_a_row_of_failures(status: OperationStatus) -> None:
    assert poll(poll(running(), NotDone("busy")), Operation(status)).failures == 0


def test_an_unreadable_operation_is_warned_about_once() -> None:
    refused = Refused(403, "Forbidden", "No.")
    export = poll(poll(running(), refused), refused)
    assert warning_codes(export) == ["OperationUnreadable"]
    assert "User.Read.All" in export.warnings[0].message


def test_a_user_delegation_that_ends_first_leads_to_another_attempt() -> None:
    still = Operation(OperationStatus.RUNNING)
    before = poll(running(GrantKind.USER_DELEGATION), still, NOW + 6 * DAY)
    after = poll(running(GrantKind.USER_DELEGATION), still, NOW + 7 * DAY)
    assert attempt_status(before) is AttemptStatus.RUNNING
    assert attempt_status(after) is AttemptStatus.LOST
    assert after.stage is Stage.PREPARING
    assert poll(running(), still, NOW + 7 * DAY).attempt == running().attempt, "a stored policy is extended instead"


@pytest.mark.parametrize(
    ("after_its_end", "status"),
    [
        (timedelta(), AttemptStatus.RUNNING),
        (CLOCK_SKEW - MINUTE, AttemptStatus.RUNNING),
        (CLOCK_SKEW, AttemptStatus.LOST),
    ],
)
def test_a_user_delegation_has_ended_only_where_no_clock_says_otherwise(
    after_its_end: timedelta, status: AttemptStatus
) -> None:
    export = running(GrantKind.USER_DELEGATION)
    ends_at = current_attempt(export).grant.expires_at
    polled = poll(export, Operation(OperationStatus.RUNNING), ends_at + after_its_end)
    assert attempt_status(polled) is status


@pytest.mark.parametrize(("age", "codes"), [(5 * DAY, []), (6 * DAY, ["GrantEndsSoon"])])
def test_a_user_delegation_is_warned_about_before_it_ends(age: timedelta, codes: list[str]) -> None:
    export = poll(running(GrantKind.USER_DELEGATION), Operation(OperationStatus.RUNNING), NOW + age)
    assert warning_codes(export) == codes
    assert poll(running(), Operation(OperationStatus.RUNNING), NOW + age).warnings == ()
