"""A failed or canceled export is retried."""

from dataclasses import replace

import pytest

from shared.exports.exceptions import NotPossibleError
from shared.exports.export import Export, next_attempt_number
from shared.exports.next_step import Step, next_step
from shared.exports.states_and_codes import Status
from shared.exports.transitions.data_erasure import mark_erased, request_erasure
from shared.exports.transitions.ending import fail
from shared.exports.transitions.export_retry import MAX_RETRIES, reopen
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
    assert next_step(again, later, LIMITS) is Step.QUEUE
    assert next_attempt_number(again) == len(export.attempts) + 1
    assert again.unsaved[-1].actor == CALLER
    assert reopen(again, CALLER, later) == again
    assert again.begun_at == later, "its age counts anew"


@pytest.mark.parametrize("export", [succeeded(), fail(accepted(NAMED), PROBLEM, NOW, LIMITS)])
def test_an_export_that_succeeded_or_found_nobody_cannot_be_retried(export: Export) -> None:
    with pytest.raises(NotPossibleError) as raised:
        reopen(export, CALLER, NOW)
    assert raised.value.code == "ExportNotRetriable"


@pytest.mark.parametrize(
    "export",
    [
        replace(canceled(accepted()), retries=MAX_RETRIES),
        replace(failed(), attempts=failed().attempts * MAX_RETRIES),
    ],
    ids=["retried", "attempted"],
)
def test_an_export_is_retried_so_often_and_no_more(export: Export) -> None:
    with pytest.raises(NotPossibleError) as raised:
        reopen(export, CALLER, NOW)
    assert raised.value.code == "TooManyRetries"
    last = replace(export, retries=MAX_RETRIES - 1, attempts=export.attempts[: MAX_RETRIES - 1])
    assert reopen(last, CALLER, NOW).retries == MAX_RETRIES


def test_a_retry_does_not_undercut_what_graph_asked_for() -> None:
    asked = replace(failed(), graph_retry_at=NOW + DAY)
    assert reopen(asked, CALLER, NOW).next_step_at == NOW + DAY
    assert reopen(asked, CALLER, NOW + 2 * DAY).next_step_at == NOW + 2 * DAY


def test_an_export_whose_data_is_being_erased_is_not_retried_until_it_is() -> None:
    begun = request_erasure(failed(), CALLER, NOW + DAY)
    with pytest.raises(NotPossibleError) as raised:
        reopen(begun, CALLER, NOW + DAY)
    assert raised.value.code == "ErasureBegun"
    again = reopen(mark_erased(begun, NOW + DAY), CALLER, NOW + 2 * DAY)
    assert (again.erasure_begun_at, again.erased_at) == (None, None)
