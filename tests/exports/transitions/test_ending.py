"""What every end has in common."""

from dataclasses import replace

import pytest

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
