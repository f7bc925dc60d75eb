"""Microsoft's right to write is extended or revoked."""

import pytest

from shared.exports.export import Export
from shared.exports.states_and_codes import GrantKind
from shared.exports.transitions import cancellation, submission, write_grant
from shared.exports.transitions.attempt_replacement import give_up_attempt
from tests.exports.samples import (
    CALLER,
    CONTAINER,
    DAY,
    LIMITS,
    NAMED,
    NOW,
    SECOND,
    accepted,
    canceled,
    complete,
    event_types,
    ready,
    running,
    submitting,
)


def test_a_policy_that_was_extended_must_work_before_the_submission() -> None:
    assert write_grant.wait_for_policy(ready(), NOW + DAY, LIMITS).next_step_at == NOW + DAY + 30 * SECOND


def test_an_extension_is_recorded_with_its_new_end() -> None:
    export = write_grant.extend_grant(running(), NOW + 8 * DAY, NOW + DAY)
    assert export.attempts[0].grant.expires_at == NOW + 8 * DAY
    assert event_types(export)[-1] == "GrantExtended"
    assert export.unsaved[-1].detail == {"attempt": 1, "grantExpires": "2026-11-09T09:00:00Z"}


@pytest.mark.parametrize("export", [ready(), submitting(), running()])
def test_a_policy_that_microsoft_may_need_is_kept(export: Export) -> None:
    assert write_grant.attempts_to_revoke(export) == ()


def test_a_policy_that_microsoft_no_longer_needs_is_revoked_once() -> None:
    lost = give_up_attempt(running(), "gone", NOW, LIMITS)
    assert write_grant.attempts_to_revoke(lost) == lost.attempts
    assert write_grant.attempts_to_revoke(complete()) == complete().attempts
    revoked = write_grant.mark_grant_revoked(lost, lost.attempts[0], NOW + DAY)
    assert write_grant.attempts_to_revoke(revoked) == ()
    assert write_grant.attempts_past_writing(revoked) == revoked.attempts
    assert revoked.attempts[0].grant.revoked_at == NOW + DAY
    assert event_types(revoked)[-1] == "GrantRevoked"


def test_the_policy_of_one_attempt_is_revoked_without_touching_the_others() -> None:
    lost = give_up_attempt(running(), "gone", NOW, LIMITS)
    grant = ready().attempts[0].grant
    export = write_grant.mark_grant_revoked(
        submission.start_attempt(lost, CONTAINER, grant, NOW, LIMITS), lost.attempts[0], NOW
    )
    assert [attempt.grant.revoked_at for attempt in export.attempts] == [NOW, None]


def test_a_user_delegation_cannot_be_revoked() -> None:
    lost = give_up_attempt(running(GrantKind.USER_DELEGATION), "gone", NOW, LIMITS)
    assert write_grant.attempts_past_writing(lost) == ()


@pytest.mark.parametrize("export", [accepted(NAMED), accepted(), ready(), submitting(), running(), complete()])
def test_a_cancellation_revokes_every_policy(export: Export) -> None:
    wanted = cancellation.request_cancellation(export, CALLER, NOW)
    assert write_grant.attempts_to_revoke(wanted) == export.attempts
    assert [attempt.number for attempt in write_grant.attempts_to_revoke(canceled(export))] == [
        attempt.number for attempt in export.attempts
    ]
