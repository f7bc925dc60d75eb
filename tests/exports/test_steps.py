"""What is next for an export, from its state and the time alone."""

import pytest

from shared.exports import attempts
from shared.exports.model import Export, Problem
from shared.exports.moves import failed
from shared.exports.steps import Step, next_step
from shared.exports.words import GrantKind
from tests.exports.samples import DAY, NAMED, NOW, RULES, SECOND, accepted, complete, ready, running, submitting


@pytest.mark.parametrize(
    ("export", "step"),
    [
        (accepted(NAMED), Step.RESOLVE),
        (accepted(), Step.PREPARE),
        (ready(), Step.SUBMIT),
        (submitting(), Step.RECOVER),
        (running(), Step.POLL),
        (complete(), Step.CHECK),
        (attempts.lost(running(), "gone", NOW, RULES), Step.PREPARE),
        (failed(running(), Problem("X", "x"), NOW, RULES), Step.REVOKE),
        (failed(accepted(), Problem("X", "x"), NOW, RULES), Step.END),
        (failed(running(GrantKind.USER_DELEGATION), Problem("X", "x"), NOW, RULES), Step.END),
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
    assert next_step(submitting(), NOW + RULES.grace - SECOND) is Step.WAIT
    assert RULES.grace > RULES.graph_timeout
