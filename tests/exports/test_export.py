"""An export and its attempts as values."""

import pytest

from shared.exports.export import (
    ExportRequest,
    current_attempt,
    ended_at,
    has_stored_policy,
    is_running,
    next_attempt_number,
    operation_age,
    sent_at,
    with_attempt,
)
from shared.exports.grant_lifetime import new_grant
from shared.exports.states_and_codes import AttemptStatus, GrantKind
from shared.exports.transitions import submission
from tests.exports.samples import (
    CONTAINER,
    LIMITS,
    MINUTE,
    NOW,
    SECOND,
    USER,
    accepted,
    complete,
    failed,
    ready,
    running,
    submitting,
)


def test_the_current_attempt_is_the_newest() -> None:
    export = submission.start_attempt(failed(), CONTAINER, ready().attempts[0].grant, NOW, LIMITS)
    assert [attempt.number for attempt in export.attempts] == [1, 2]
    assert export.attempt is export.attempts[1]
    assert current_attempt(export) is export.attempts[1]


def test_before_the_first_attempt_there_is_none() -> None:
    assert accepted().attempt is None
    with pytest.raises(ValueError, match="has no attempt yet"):
        current_attempt(accepted())


def test_a_change_of_the_current_attempt_leaves_those_before_it() -> None:
    export = submission.start_attempt(failed(), CONTAINER, ready().attempts[0].grant, NOW, LIMITS)
    changed = with_attempt(export, status=AttemptStatus.SUBMITTING)
    assert [attempt.status for attempt in changed.attempts] == [AttemptStatus.FAILED, AttemptStatus.SUBMITTING]


def test_attempts_are_numbered_from_one() -> None:
    assert (next_attempt_number(accepted()), next_attempt_number(running())) == (1, 2)


def test_microsoft_is_working_while_the_attempt_is_running() -> None:
    assert is_running(running())
    assert not any(is_running(export) for export in (accepted(), submitting(), complete(), failed()))


def test_an_attempt_that_was_not_sent_counts_from_when_it_was_ready() -> None:
    assert sent_at(ready()) == NOW
    later = submission.mark_submitting(ready(), ready().attempts[0].grant, NOW + MINUTE + SECOND, LIMITS)
    assert sent_at(later) == NOW + MINUTE + SECOND


def test_an_operation_is_as_old_as_its_id_is_known() -> None:
    assert operation_age(running(), NOW + MINUTE) == MINUTE
    with pytest.raises(ValueError, match="has no operation yet"):
        operation_age(submitting(), NOW)


def test_only_an_ended_export_has_a_time_at_which_it_ended() -> None:
    assert ended_at(failed()) == NOW
    with pytest.raises(ValueError, match="has not ended"):
        ended_at(running())


def test_a_stored_policy_is_not_a_user_delegation() -> None:
    assert has_stored_policy(new_grant(GrantKind.STORED_POLICY, NOW))
    assert not has_stored_policy(new_grant(GrantKind.USER_DELEGATION, NOW))


def test_a_request_does_not_show_its_callback_url() -> None:
    assert "secret" not in repr(ExportRequest(subject=USER, callback_url="https://a.example/?sig=secret"))
