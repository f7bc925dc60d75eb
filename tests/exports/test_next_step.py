"""What is next for an export, from its state and the time alone."""

import pytest

from shared.exports.export import Export, Problem
from shared.exports.next_step import Step, next_step
from shared.exports.states_and_codes import GrantKind
from shared.exports.transitions import lost_submission
from shared.exports.transitions.ending import fail
from tests.exports.samples import DAY, LIMITS, NAMED, NOW, SECOND, accepted, complete, ready, running, submitting


@pytest.mark.parametrize(
    ("export", "step"),
    [
        (accepted(NAMED), Step.RESOLVE),
        (accepted(), Step.PREPARE),
        (ready(), Step.SUBMIT),
        (submitting(), Step.RECOVER),
        (running(), Step.POLL),
        (complete(), Step.CHECK),
        (lost_submission.give_up_attempt(running(), "gone", NOW, LIMITS), Step.PREPARE),
        (fail(running(), Problem("X", "x"), NOW, LIMITS), Step.REVOKE),
        (fail(accepted(), Problem("X", "x"), NOW, LIMITS), Step.END),
        (fail(running(GrantKind.USER_DELEGATION), Problem("X", "x"), NOW, LIMITS), Step.END),
    ],
    ids=lambda value: value.value if isinstance(value, Step) else "",
)
def test_each_state_has_one_next_step(export: Export, step: Step) -> None:
    assert next_step(export, NOW + 2 * DAY) is step


def test_nothing_is_done_before_its_time() -> None:
    export = running()
    assert export.next_step_at is not None
    assert next_step(export, export.next_step_at - SECOND) is Step.WAIT
    assert next_step(export, export.next_step_at) is Step.POLL


def test_a_submission_under_way_is_left_alone_for_the_grace_time() -> None:
    assert next_step(submitting(), NOW + LIMITS.grace - SECOND) is Step.WAIT
    assert LIMITS.grace > LIMITS.graph_timeout
