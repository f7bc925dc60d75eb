"""The end of an export is reported to its receivers."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.exports.callback_results import CallbackResult, Delivered, Gone, NotDelivered
from shared.exports.export import CALLBACK_TARGET, Export
from shared.exports.next_step import Step, next_step
from shared.exports.states_and_codes import DeliveryState, Status
from shared.exports.subscription import Subscription
from shared.exports.transitions import callback_deliveries, export_retry
from shared.exports.transitions.ending import fail
from tests.exports.samples import (
    CALLER,
    DAY,
    LIMITS,
    NOW,
    PROBLEM,
    SECOND,
    event_types,
    running,
    subscribed,
    succeeded,
    warning_codes,
    without_events,
)


def ended(*subscriptions: Subscription, has_callback: bool = True) -> Export:
    """A failed export whose end is still to be reported."""
    export = fail(replace(running(), has_callback=has_callback, attempts=()), PROBLEM, NOW, LIMITS)
    return without_events(callback_deliveries.announce_end(export, subscriptions, NOW))


def sent(export: Export, result: CallbackResult, now: datetime) -> Export:
    return callback_deliveries.apply_callback_result(export, export.deliveries[0], result, now, LIMITS)


def test_the_end_is_reported_to_the_caller_and_to_every_matching_subscription() -> None:
    fits = [subscribed("all"), subscribed("failed", Status.FAILED)]
    expired = replace(subscribed("expired"), expires_at=NOW)
    export = ended(*fits, subscribed("succeeded", Status.SUCCEEDED), subscribed("other", reference="r"), expired)
    assert [d.target for d in export.deliveries] == [CALLBACK_TARGET, "all", "failed"]
    assert len({d.id for d in export.deliveries}) == 3
    assert next_step(export, NOW, LIMITS) is Step.NOTIFY
    assert callback_deliveries.due_deliveries(export, NOW) == list(export.deliveries)


def test_without_receivers_there_is_nothing_to_do() -> None:
    export = ended(has_callback=False)
    assert (export.deliveries, export.next_step_at) == ((), None)
    assert next_step(export, NOW, LIMITS) is Step.END


def test_a_delivered_callback_is_over_and_its_url_is_forgotten() -> None:
    export = sent(ended(subscribed()), Delivered(), NOW)
    assert event_types(export) == ["CallbackDelivered"]
    assert (export.deliveries[0].state, export.deliveries[0].tries) == (DeliveryState.DELIVERED, 1)
    assert not export.has_callback
    assert [d.target for d in callback_deliveries.due_deliveries(export, NOW)] == ["s"]


def test_a_delivery_to_a_subscription_leaves_the_callers_own_url_alone() -> None:
    export = ended(subscribed())
    assert callback_deliveries.apply_callback_result(
        export, export.deliveries[1], Delivered(), NOW, LIMITS
    ).has_callback


def test_a_receiver_that_is_gone_is_not_tried_again() -> None:
    export = sent(ended(), Gone("The receiver answered 410."), NOW)
    assert event_types(export) == ["CallbackGone"]
    assert (export.deliveries[0].state, export.has_callback) == (DeliveryState.GONE, False)
    assert next_step(export, NOW + DAY, LIMITS) is Step.END


def tries(seed: str) -> tuple[list[timedelta], Export]:
    """When each try is made, for a receiver that never answers."""
    export, moments = ended(), []
    only = replace(export.deliveries[0], id=seed)
    export = replace(export, deliveries=(only,))
    while (at := export.deliveries[0].next_try_at) is not None:
        moments.append(at - NOW)
        export = sent(export, NotDelivered("No."), at)
    return moments, export


@given(st.uuids().map(str))
def test_a_failing_callback_is_tried_for_a_day_at_growing_intervals(seed: str) -> None:
    moments, export = tries(seed)
    assert moments[0] == timedelta()
    assert moments[1] <= 2 * LIMITS.poll_floor
    assert moments[-1] == callback_deliveries.RETRY_FOR
    waits = [later - earlier for earlier, later in pairwise(moments[:-1])]
    assert all(wait >= LIMITS.poll_floor for wait in waits)
    assert 8 <= len(moments) <= 40
    assert (export.deliveries[0].state, export.has_callback) == (DeliveryState.GIVEN_UP, False)
    assert event_types(export)[-3:] == ["CallbackFailed", "CallbackGivenUp", "Warned"]
    assert warning_codes(export) == ["CallbackGivenUp"]


def test_two_receivers_are_not_tried_in_step() -> None:
    assert tries("a")[0] != tries("b")[0]


def test_the_next_step_is_the_nearest_delivery_or_the_erasure() -> None:
    arrived = replace(succeeded(now=NOW), has_callback=True)
    export = callback_deliveries.announce_end(arrived, [subscribed()], NOW)
    erasure = NOW + LIMITS.retain_for
    assert (export.next_step_at, export.erase_at) == (NOW, erasure)
    export = sent(export, NotDelivered("No."), NOW)
    assert export.next_step_at == NOW
    export = callback_deliveries.apply_callback_result(export, export.deliveries[1], Delivered(), NOW, LIMITS)
    assert export.next_step_at == export.deliveries[0].next_try_at
    export = sent(export, Delivered(), NOW)
    assert export.next_step_at == erasure


def test_after_a_retry_only_the_next_end_is_reported() -> None:
    first = ended(subscribed())
    again = export_retry.reopen(first, CALLER, NOW + SECOND)
    assert (again.deliveries, again.next_step_at, again.has_callback) == ((), NOW + SECOND, True)
    second = callback_deliveries.announce_end(fail(again, PROBLEM, NOW + DAY, LIMITS), [subscribed()], NOW + DAY)
    assert [d.target for d in second.deliveries] == [CALLBACK_TARGET, "s"]
    assert not {d.id for d in first.deliveries} & {d.id for d in second.deliveries}


@pytest.mark.parametrize("result", [Delivered(), Gone("Gone."), NotDelivered("No.")])
def test_every_try_is_an_event_with_its_receiver_and_its_number(result: CallbackResult) -> None:
    export = sent(ended(), result, NOW)
    (event,) = export.unsaved
    assert (event.detail["target"], event.detail["deliveryId"]) == (CALLBACK_TARGET, export.deliveries[0].id)
    assert event.detail["tries"] == 1
