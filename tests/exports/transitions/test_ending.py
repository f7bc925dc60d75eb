"""What every end has in common."""

from dataclasses import replace

import pytest

from shared.exports.configured_limits import Limits
from shared.exports.export import Export
from shared.exports.states_and_codes import AttemptStatus, Stage, Status
from shared.exports.transitions.attempt_replacement import give_up_attempt
from shared.exports.transitions.ending import end, fail
from tests.exports.samples import (
    DAY,
    LIMITS,
    NAMED,
    NOW,
    PROBLEM,
    accepted,
    attempt_status,
    canceled,
    complete,
    event_types,
    failed,
    running,
    succeeded,
)


@pytest.mark.parametrize(
    ("export", "status"),
    [(succeeded(), Status.SUCCEEDED), (failed(), Status.FAILED), (canceled(running()), Status.CANCELED)],
)
def test_an_end_schedules_the_erasure(export: Export, status: Status) -> None:
    assert (export.status, export.stage) == (status, Stage.ENDED)
    assert export.completed_at is not None
    assert export.erase_at == export.next_step_at == export.completed_at + LIMITS.retain_for


def test_an_end_without_a_container_leaves_nothing_to_do() -> None:
    export = end(accepted(NAMED), Status.CANCELED, NOW + DAY, LIMITS)
    assert (export.erase_at, export.next_step_at, export.completed_at) == (None, None, NOW + DAY)
    assert "ana@" not in repr(export)


EXPECTING = replace(LIMITS, expect_handover=True)


def test_where_a_hand_over_is_expected_the_clock_of_what_succeeds_runs_on() -> None:
    export = end(complete(), Status.SUCCEEDED, NOW + DAY, EXPECTING)
    assert export.awaits_handover
    assert export.warn_at == export.next_step_at == NOW + 25 * DAY
    near = end(complete(), Status.SUCCEEDED, NOW + 26 * DAY, EXPECTING)
    assert near.warn_at == NOW + 30 * DAY
    late = end(complete(), Status.SUCCEEDED, NOW + 34 * DAY, EXPECTING)
    assert (late.awaits_handover, late.warn_at) == (True, None)


@pytest.mark.parametrize("limits", [LIMITS, EXPECTING])
@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELED])
def test_nobody_waits_for_the_hand_over_of_what_did_not_succeed(limits: Limits, status: Status) -> None:
    export = end(running(), status, NOW + DAY, limits)
    assert (export.awaits_handover, export.warn_at) == (False, None)
    assert not end(complete(), Status.SUCCEEDED, NOW + DAY, LIMITS).awaits_handover


def test_a_clock_that_is_paused_at_the_end_is_resumed_unless_it_runs_on() -> None:
    export = replace(complete(), paused_at=NOW)
    ended = end(export, Status.SUCCEEDED, NOW + DAY, LIMITS)
    assert (ended.paused_at, ended.due_at) == (None, export.due_at + DAY)
    assert event_types(ended)[-1] == "ClockResumed"
    awaiting = end(export, Status.SUCCEEDED, NOW + DAY, EXPECTING)
    assert (awaiting.paused_at, awaiting.due_at, awaiting.warn_at) == (NOW, export.due_at, None)
    assert awaiting.next_step_at == awaiting.erase_at


def test_an_end_forgets_failures() -> None:
    export = end(replace(running(), failures=7, refused_since=NOW), Status.CANCELED, NOW, LIMITS)
    assert (export.failures, export.refused_since) == (0, None)


def test_a_failed_export_says_why_and_so_does_its_attempt() -> None:
    export = failed()
    assert export.attempt is not None
    assert (export.error, export.attempt.error, attempt_status(export)) == (PROBLEM, PROBLEM, AttemptStatus.FAILED)
    assert event_types(export)[-1] == "Failed"
    assert export.unsaved[-1].detail == {"code": PROBLEM.code, "message": PROBLEM.message}


def test_an_attempt_that_was_lost_before_stays_lost() -> None:
    export = fail(give_up_attempt(running(), "gone", NOW, LIMITS), PROBLEM, NOW, LIMITS)
    assert attempt_status(export) is AttemptStatus.LOST
    assert export.error == PROBLEM
