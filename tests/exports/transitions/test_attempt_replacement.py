"""An attempt is given up, and another takes its place."""

from dataclasses import replace
from datetime import timedelta

from shared.exports.grant_lifetime import new_grant
from shared.exports.states_and_codes import AttemptStatus, GrantKind, Stage, Status
from shared.exports.transitions import export_retry, submission
from shared.exports.transitions.attempt_replacement import give_up_attempt
from tests.exports.samples import (
    CALLER,
    HOUR,
    LIMITS,
    NOW,
    accepted,
    attempt_status,
    event_types,
    failed,
    ready,
    running,
)


def test_a_lost_attempt_says_why_and_makes_way_for_the_next() -> None:
    export = give_up_attempt(running(), "gone", NOW, LIMITS)
    assert export.attempt is not None
    assert export.attempt.error is not None
    assert (attempt_status(export), export.stage) == (AttemptStatus.LOST, Stage.PREPARING)
    assert (export.attempt.error.code, export.attempt.error.message) == ("AttemptLost", "gone")
    assert event_types(export)[-1] == "AttemptLost"
    assert export.unsaved[-1].detail == {"attempt": 1, "reason": "gone"}


def test_each_lost_attempt_waits_longer_so_that_an_outage_is_outlived() -> None:
    export, waits = accepted(), []
    limits = replace(LIMITS, max_attempts=10)
    while not export.status.is_terminal:
        grant = new_grant(GrantKind.STORED_POLICY, NOW)
        export = submission.start_attempt(export, "https://a/c", grant, NOW, limits)
        export = give_up_attempt(submission.mark_submitting(export, grant, NOW, limits), "outage", NOW, limits)
        waits.append((export.next_step_at or NOW) - NOW)
    assert sum(waits[:-1], timedelta()) > HOUR
    assert all(wait >= limits.poll_floor for wait in waits[:-1])


def test_too_many_lost_attempts_fail_the_export_with_the_reason_of_each() -> None:
    export = accepted()
    for number in range(1, LIMITS.max_attempts + 1):
        assert export.status is not Status.FAILED
        grant = new_grant(GrantKind.STORED_POLICY, NOW)
        export = submission.start_attempt(export, f"https://a/{number}", grant, NOW, LIMITS)
        export = give_up_attempt(
            submission.mark_submitting(export, grant, NOW, LIMITS), f"reason {number}", NOW, LIMITS
        )
    assert export.error is not None
    assert export.error.code == "AttemptsExhausted"
    assert all(f"reason {n}" in export.error.message for n in (1, 2, 3))
    assert {attempt.status for attempt in export.attempts} == {AttemptStatus.LOST}


def test_attempts_before_a_retry_do_not_count() -> None:
    export = export_retry.reopen(replace(failed(), attempts=running().attempts * 3), CALLER, NOW)
    export = submission.start_attempt(export, "https://a/4", ready().attempts[0].grant, NOW, LIMITS)
    assert give_up_attempt(export, "gone", NOW, LIMITS).status is Status.RUNNING
