"""An export joins the queue, waits, and is given a slot."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.exports.export import Export
from shared.exports.fair_submission_order import SLOT_LIFETIME
from shared.exports.next_step import Step, next_look_at, next_step
from shared.exports.states_and_codes import EventType, Stage, Status
from shared.exports.timestamps import to_iso
from shared.exports.transitions import cancellation, step_failure, submission
from shared.exports.transitions.ending import fail
from shared.exports.transitions.submission_turn import LONGEST_UNSEEN, give_slot, has_slot, is_slot_wasted, join_queue
from tests.exports.samples import (
    CALLER,
    DAY,
    HOUR,
    LIMITS,
    MINUTE,
    NOW,
    PROBLEM,
    SECOND,
    accepted,
    event_types,
    ready,
    without_events,
)


def test_an_export_that_joins_says_so_once_with_the_time_that_is_expected() -> None:
    queued = join_queue(without_events(accepted()), NOW + HOUR, NOW, LIMITS)
    assert (queued.stage, queued.status, queued.expected_at) == (Stage.QUEUED, Status.NOT_STARTED, NOW + HOUR)
    (event,) = queued.unsaved
    assert (event.type, event.detail) == (EventType.QUEUED, {"expected": to_iso(NOW + HOUR)})
    again = join_queue(without_events(queued), NOW + 3 * HOUR, NOW + HOUR, LIMITS)
    assert (again.expected_at, again.unsaved) == (NOW + 3 * HOUR, ())


@pytest.mark.parametrize(
    ("wait", "look"),
    [
        (timedelta(), 10 * MINUTE),
        (HOUR, HOUR + 10 * MINUTE),
        (10 * HOUR, 10 * HOUR + 30 * MINUTE),
        (11 * HOUR + 40 * MINUTE, LONGEST_UNSEEN),
        (5 * DAY, LONGEST_UNSEEN),
    ],
)
def test_it_looks_for_itself_some_time_after_its_turn_was_expected(wait: timedelta, look: timedelta) -> None:
    assert join_queue(accepted(), NOW + wait, NOW, LIMITS).next_step_at == NOW + look


def test_it_looks_in_time_to_warn_of_its_deadline() -> None:
    urgent = replace(accepted(), due_at=NOW + LIMITS.due_soon + HOUR)
    assert join_queue(urgent, NOW + DAY, NOW, LIMITS).next_step_at == NOW + HOUR
    overdue = replace(accepted(), due_at=NOW - DAY)
    assert join_queue(overdue, NOW + DAY, NOW, LIMITS).next_step_at == NOW + LONGEST_UNSEEN


def test_a_queued_export_has_no_monitor_until_its_turn_comes() -> None:
    queued = join_queue(accepted(), NOW + HOUR, NOW, LIMITS)
    assert next_step(queued, NOW, LIMITS) is Step.WAIT
    assert next_look_at(queued, NOW, LIMITS) is None
    granted = give_slot(queued, NOW + HOUR)
    assert next_look_at(granted, NOW + HOUR, LIMITS) == NOW + HOUR
    assert next_step(queued, NOW + DAY, LIMITS) is Step.QUEUE, "its turn did not come"


def test_a_slot_makes_the_submission_due() -> None:
    granted = give_slot(join_queue(accepted(), NOW + HOUR, NOW, LIMITS), NOW + MINUTE)
    assert (granted.stage, granted.expected_at, granted.slot_at) == (Stage.PREPARING, None, NOW + MINUTE)
    assert next_step(granted, NOW + MINUTE, LIMITS) is Step.PREPARE
    again = give_slot(join_queue(ready(), NOW + HOUR, NOW, LIMITS), NOW + MINUTE)
    assert again.stage is Stage.SUBMITTING
    assert next_step(again, NOW + MINUTE, LIMITS) is Step.SUBMIT


@pytest.mark.parametrize("export", [accepted(), ready()], ids=["no attempt", "ready"])
def test_a_slot_is_good_for_a_while(export: Export) -> None:
    granted = give_slot(export, NOW)
    assert has_slot(granted, NOW + SLOT_LIFETIME - SECOND)
    assert has_slot(granted, NOW - SECOND), "by a clock that is late"
    assert not has_slot(granted, NOW + SLOT_LIFETIME)
    assert not has_slot(granted, NOW - SLOT_LIFETIME)
    assert next_step(granted, NOW + SLOT_LIFETIME, LIMITS) is Step.QUEUE


@pytest.mark.parametrize("export", [accepted(), ready()], ids=["no attempt", "ready"])
def test_a_slot_that_becomes_too_old_is_wasted_unless_the_step_said_why(export: Export) -> None:
    granted = give_slot(export, NOW)
    assert not is_slot_wasted(export, NOW + DAY), "it had none"
    assert not is_slot_wasted(granted, NOW + SLOT_LIFETIME - SECOND)
    assert is_slot_wasted(granted, NOW + SLOT_LIFETIME)
    failed = step_failure.record_step_failure(granted, PROBLEM, NOW + MINUTE, LIMITS)
    assert not is_slot_wasted(failed, NOW + DAY)
    assert not is_slot_wasted(join_queue(granted, NOW + DAY, NOW + HOUR, LIMITS), NOW + DAY)


def test_the_call_uses_the_slot_up() -> None:
    granted = give_slot(ready(), NOW)
    submitting = submission.mark_submitting(granted, ready().attempts[0].grant, NOW, LIMITS)
    assert not has_slot(submitting, NOW)


def test_an_export_that_leaves_the_queue_expects_no_turn() -> None:
    queued = join_queue(accepted(), NOW + HOUR, NOW, LIMITS)
    assert cancellation.request_cancellation(queued, CALLER, NOW).expected_at is None
    assert fail(queued, PROBLEM, NOW, LIMITS).expected_at is None
    assert event_types(give_slot(without_events(queued), NOW)) == []
