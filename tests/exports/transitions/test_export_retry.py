"""A failed or canceled export is retried."""

import pytest

from shared.exports.exceptions import NotPossibleError
from shared.exports.export import Export, next_attempt_number
from shared.exports.next_step import Step, next_step
from shared.exports.states_and_codes import Status
from shared.exports.transitions.ending import fail
from shared.exports.transitions.export_retry import reopen
from tests.exports.samples import (
    CALLER,
    DAY,
    LIMITS,
    NAMED,
    NOW,
    PROBLEM,
    accepted,
    canceled,
    failed,
    running,
    submitting,
    succeeded,
)


@pytest.mark.parametrize("export", [failed(), canceled(running()), canceled(submitting()), canceled(accepted())])
def test_a_retry_makes_a_new_attempt(export: Export) -> None:
    later = NOW + 40 * DAY
    again = reopen(export, CALLER, later)
    assert (again.status, again.error, again.completed_at) == (Status.RUNNING, None, None)
    assert (again.erase_at, again.earlier_attempts) == (None, len(export.attempts))
    assert next_step(again, later) is Step.QUEUE
    assert next_attempt_number(again) == len(export.attempts) + 1
    assert again.unsaved[-1].actor == CALLER
    assert reopen(again, CALLER, later) == again
    assert again.begun_at == later, "its age counts anew"


@pytest.mark.parametrize("export", [succeeded(), fail(accepted(NAMED), PROBLEM, NOW, LIMITS)])
def test_an_export_that_succeeded_or_found_nobody_cannot_be_retried(export: Export) -> None:
    with pytest.raises(NotPossibleError) as raised:
        reopen(export, CALLER, NOW)
    assert raised.value.code == "ExportNotRetriable"
