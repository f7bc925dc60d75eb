"""What is next for an export, from its state and the time alone."""

from dataclasses import replace

import pytest

from shared.exports.audit_trail import add_warning
from shared.exports.callback_results import NotDelivered
from shared.exports.export import Export, ExportWarning, with_attempt
from shared.exports.next_step import MONITOR_WAIT_AFTER_END, PAUSED_LOOK_INTERVAL, Step, next_look_at, next_step
from shared.exports.states_and_codes import AttemptStatus, GrantKind, Stage, WarningCode
from shared.exports.transitions import attempt_replacement, callback_deliveries, data_erasure, write_grant
from shared.exports.transitions.ending import fail
from tests.exports.samples import (
    CALLER,
    DAY,
    HOUR,
    LIMITS,
    NAMED,
    NOW,
    PROBLEM,
    SECOND,
    accepted,
    canceled,
    complete,
    failed,
    ready,
    running,
    submitting,
    succeeded,
)

SOON = NOW + 30 * DAY - LIMITS.due_soon


def with_delivery(export: Export) -> Export:
    """An ended export whose caller is to be notified."""
    return callback_deliveries.announce_end(replace(export, has_callback=True), [], NOW)


def with_slot(export: Export) -> Export:
    """That export, with a slot two days later."""
    return replace(export, slot_at=NOW + 2 * DAY)


@pytest.mark.parametrize(
    ("export", "step"),
    [
        (accepted(NAMED), Step.RESOLVE),
        (accepted(), Step.QUEUE),
        (with_slot(accepted()), Step.PREPARE),
        (ready(), Step.QUEUE),
        (with_slot(ready()), Step.SUBMIT),
        (submitting(), Step.RECOVER),
        (running(), Step.POLL),
        (complete(), Step.CHECK),
        (attempt_replacement.give_up_attempt(running(), "gone", NOW, LIMITS), Step.QUEUE),
        (with_slot(attempt_replacement.give_up_attempt(running(), "gone", NOW, LIMITS)), Step.PREPARE),
        (with_slot(with_attempt(running(), status=AttemptStatus.FAILED)), Step.PREPARE),
        (with_slot(with_attempt(running(), status=AttemptStatus.CANCELED)), Step.PREPARE),
        (replace(running(), stage=Stage.CANCELING), Step.CANCEL),
        (replace(accepted(NAMED), stage=Stage.CANCELING), Step.CANCEL),
        (failed(), Step.REVOKE),
        (with_delivery(failed()), Step.NOTIFY),
        (fail(accepted(), PROBLEM, NOW, LIMITS), Step.END),
        (fail(running(GrantKind.USER_DELEGATION), PROBLEM, NOW, LIMITS), Step.END),
    ],
    ids=lambda value: value.value if isinstance(value, Step) else "",
)
def test_each_state_has_one_next_step(export: Export, step: Step) -> None:
    assert next_step(export, NOW + 2 * DAY, LIMITS) is step


def test_every_status_of_an_attempt_has_a_next_step() -> None:
    for status in AttemptStatus:
        assert next_step(with_attempt(running(), status=status), NOW + 2 * DAY, LIMITS) not in {Step.WAIT, Step.END}


def test_nothing_is_done_before_its_time() -> None:
    export = running()
    assert export.next_step_at is not None
    assert next_step(export, export.next_step_at - SECOND, LIMITS) is Step.WAIT
    assert next_step(export, export.next_step_at, LIMITS) is Step.POLL
    assert next_step(replace(export, next_step_at=None), NOW + 30 * DAY, LIMITS) is Step.WAIT


def test_an_export_that_is_too_old_is_abandoned_whatever_it_waits_for() -> None:
    for export in (accepted(), running(), replace(running(), next_step_at=NOW + 400 * DAY)):
        assert next_step(export, NOW + LIMITS.abandon_after, LIMITS) is Step.ABANDON


def test_a_monitor_looks_at_a_paused_clock_every_hour() -> None:
    waiting = replace(running(), next_step_at=SOON + 12 * HOUR, paused_at=NOW)
    assert next_look_at(waiting, SOON - SECOND, LIMITS) == SOON - SECOND + PAUSED_LOOK_INTERVAL
    assert next_look_at(waiting, SOON + 12 * HOUR - SECOND, LIMITS) == waiting.next_step_at
    queued = replace(waiting, stage=Stage.QUEUED)
    assert next_look_at(queued, SOON, LIMITS) is None, "it has no monitor"


def test_the_hand_over_is_warned_of_after_erasure_and_callbacks_and_before_grants_are_revoked() -> None:
    late = replace(failed(), warn_at=NOW)
    assert next_step(late, NOW - SECOND, LIMITS) is Step.REVOKE
    assert next_step(late, NOW, LIMITS) is Step.WARN
    assert next_step(with_delivery(late), NOW, LIMITS) is Step.NOTIFY
    assert next_step(replace(with_delivery(late), erase_at=NOW), NOW, LIMITS) is Step.ERASE


def test_a_submission_under_way_is_left_alone_until_the_recovery() -> None:
    assert next_step(submitting(), NOW + LIMITS.recovery_delay - SECOND, LIMITS) is Step.WAIT
    assert LIMITS.recovery_delay > LIMITS.graph_timeout


def test_data_is_erased_at_the_end_of_its_retention() -> None:
    export = succeeded()
    assert next_step(export, NOW + DAY, LIMITS) is Step.END
    assert next_step(export, NOW + DAY + LIMITS.retain_for - SECOND, LIMITS) is Step.END
    assert next_step(export, NOW + DAY + LIMITS.retain_for, LIMITS) is Step.ERASE
    assert next_step(data_erasure.mark_erased(export, NOW + DAY), NOW + 400 * DAY, LIMITS) is Step.END


def test_an_export_without_a_container_has_nothing_to_erase() -> None:
    assert next_step(canceled(accepted()), NOW + 400 * DAY, LIMITS) is Step.END


def test_a_requested_erasure_does_not_wait_for_receivers_nor_end_their_tries() -> None:
    export = data_erasure.request_erasure(with_delivery(succeeded(now=NOW)), CALLER, NOW)
    assert next_step(export, NOW, LIMITS) is Step.ERASE
    export = data_erasure.mark_erased(export, NOW)
    assert (export.erase_at, export.next_step_at) == (None, NOW)
    assert next_step(export, NOW, LIMITS) is Step.NOTIFY


def test_policies_that_outlived_the_end_are_removed_unless_that_was_given_up() -> None:
    revoked = write_grant.mark_grant_revoked(failed(), failed().attempts[0], NOW)
    given_up = add_warning(failed(), ExportWarning(WarningCode.GRANT_NOT_REVOKED, "No."), NOW)
    assert next_step(failed(), NOW, LIMITS) is Step.REVOKE
    assert next_step(revoked, NOW, LIMITS) is Step.END
    assert next_step(given_up, NOW, LIMITS) is Step.END


def test_the_monitor_looks_again_when_the_next_step_is_due() -> None:
    assert next_look_at(running(), NOW, LIMITS) == running().next_step_at
    assert next_look_at(replace(running(), next_step_at=None), NOW, LIMITS) is None


def test_the_monitor_looks_earlier_to_warn_of_the_deadline() -> None:
    waiting = replace(running(), next_step_at=SOON + HOUR)
    assert next_look_at(waiting, SOON - SECOND, LIMITS) == SOON
    assert next_look_at(waiting, SOON, LIMITS) == SOON + HOUR
    assert next_look_at(replace(waiting, next_step_at=NOW + 31 * DAY), NOW + 30 * DAY, LIMITS) == NOW + 31 * DAY


def test_the_monitor_does_not_wait_for_the_end_of_the_retention() -> None:
    assert next_look_at(succeeded(), NOW + 2 * DAY, LIMITS) is None


def test_the_monitor_comes_back_to_revoke_what_outlived_the_end() -> None:
    assert next_look_at(failed(), NOW, LIMITS) == NOW + LIMITS.poll_floor


def test_the_monitor_waits_for_a_near_try_and_leaves_a_far_one_to_the_reconciler() -> None:
    export = with_delivery(fail(accepted(), PROBLEM, NOW, LIMITS))
    export = callback_deliveries.apply_callback_result(export, export.deliveries[0], NotDelivered("No."), NOW, LIMITS)
    again_at = export.deliveries[0].next_try_at
    assert again_at is not None
    assert next_step(export, again_at - SECOND, LIMITS) is Step.END
    assert next_step(export, again_at, LIMITS) is Step.NOTIFY
    assert next_look_at(export, again_at - MONITOR_WAIT_AFTER_END, LIMITS) == again_at
    assert next_look_at(export, again_at - MONITOR_WAIT_AFTER_END - SECOND, LIMITS) is None
