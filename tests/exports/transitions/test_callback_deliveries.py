"""Who is told of an end, and when it is tried again."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.exports.callback_results import CallbackResult, Delivered, Gone, NotDelivered
from shared.exports.export import Export, Problem
from shared.exports.next_step import MONITOR_WAIT_AFTER_END, Step, next_look_at, next_step
from shared.exports.states_and_codes import DeliveryState, Status
from shared.exports.subscription import Subscription
from shared.exports.transitions import callback_deliveries, data_erasure, export_retry
from shared.exports.transitions.callback_deliveries import CALLBACK_TARGET
from shared.exports.transitions.ending import fail
from tests.exports.samples import CALLER, DAY, LIMITS, NOW, SECOND, running, succeeded, told, without_events


def subscription(name: str = "s", statuses: frozenset[Status] = frozenset(), ref: str | None = None) -> Subscription:
    return Subscription(id=name, caller=CALLER, created_at=NOW, statuses=statuses, reference=ref)


def ended(*subscriptions: Subscription, has_callback: bool = True) -> Export:
    """A failed export of which nobody was told yet."""
    export = fail(replace(running(), has_callback=has_callback, attempts=()), Problem("X", "x"), NOW, LIMITS)
    return without_events(callback_deliveries.announce_end(export, subscriptions, NOW))


def answered(export: Export, answer: CallbackResult, now: datetime) -> Export:
    return callback_deliveries.apply_callback_result(export, export.deliveries[0], answer, now, LIMITS)


def test_the_caller_and_every_fitting_subscription_are_told() -> None:
    fits = [subscription("all"), subscription("failed", frozenset({Status.FAILED}))]
    export = ended(*fits, subscription("succeeded", frozenset({Status.SUCCEEDED})), subscription("other", ref="r"))
    assert [d.target for d in export.deliveries] == [CALLBACK_TARGET, "all", "failed"]
    assert len({d.id for d in export.deliveries}) == 3
    assert next_step(export, NOW) is Step.NOTIFY
    assert callback_deliveries.due_deliveries(export, NOW) == list(export.deliveries)


def test_a_subscription_to_a_reference_is_told_of_that_alone() -> None:
    assert subscription(ref="r").fits(replace(succeeded(), reference="r"))
    assert not subscription(ref="r").fits(succeeded())


def test_where_nobody_is_to_be_told_nothing_is_done() -> None:
    export = ended(has_callback=False)
    assert (export.deliveries, export.next_step_at) == ((), None)
    assert next_step(export, NOW) is Step.END


def test_what_is_delivered_is_over_and_its_url_forgotten() -> None:
    export = answered(ended(subscription()), Delivered(), NOW)
    assert told(export) == ["CallbackDelivered"]
    assert (export.deliveries[0].state, export.deliveries[0].tries) == (DeliveryState.DELIVERED, 1)
    assert not export.has_callback
    assert [d.target for d in callback_deliveries.due_deliveries(export, NOW)] == ["s"]


def test_a_subscription_that_is_told_leaves_the_callers_own_url_alone() -> None:
    export = ended(subscription())
    assert callback_deliveries.apply_callback_result(
        export, export.deliveries[1], Delivered(), NOW, LIMITS
    ).has_callback


def test_what_is_gone_is_not_tried_again() -> None:
    export = answered(ended(), Gone("The receiver answered 410."), NOW)
    assert told(export) == ["CallbackGone"]
    assert (export.deliveries[0].state, export.has_callback) == (DeliveryState.GONE, False)
    assert next_step(export, NOW + DAY) is Step.END


def tries(seed: str) -> tuple[list[timedelta], Export]:
    """When each try is made, for a receiver that never answers."""
    export, moments = ended(), []
    only = replace(export.deliveries[0], id=seed)
    export = replace(export, deliveries=(only,))
    while (at := export.deliveries[0].next_try_at) is not None:
        moments.append(at - NOW)
        export = answered(export, NotDelivered("No."), at)
    return moments, export


@given(st.uuids().map(str))
def test_it_is_tried_for_a_day_and_ever_more_rarely(seed: str) -> None:
    moments, export = tries(seed)
    assert moments[0] == timedelta()
    assert moments[1] <= 2 * LIMITS.poll_floor
    assert moments[-1] == callback_deliveries.RETRY_FOR
    waits = [later - earlier for earlier, later in pairwise(moments[:-1])]
    assert all(wait >= LIMITS.poll_floor for wait in waits)
    assert 8 <= len(moments) <= 40
    assert (export.deliveries[0].state, export.has_callback) == (DeliveryState.GIVEN_UP, False)
    assert told(export)[-3:] == ["CallbackFailed", "CallbackGivenUp", "Warned"]
    assert [w.code for w in export.warnings] == ["CallbackGivenUp"]


def test_two_receivers_are_not_tried_in_step() -> None:
    assert tries("a")[0] != tries("b")[0]


def test_a_monitor_waits_for_a_near_try_and_leaves_a_far_one_to_the_reconciler() -> None:
    export = answered(ended(), NotDelivered("No."), NOW)
    again_at = export.deliveries[0].next_try_at
    assert again_at is not None
    assert next_step(export, again_at - SECOND) is Step.END
    assert next_step(export, again_at) is Step.NOTIFY
    assert next_look_at(export, again_at - MONITOR_WAIT_AFTER_END, LIMITS) == again_at
    assert next_look_at(export, again_at - MONITOR_WAIT_AFTER_END - SECOND, LIMITS) is None


def test_the_next_step_is_the_nearest_delivery_or_the_erasure() -> None:
    arrived = replace(succeeded(now=NOW), has_callback=True)
    export = callback_deliveries.announce_end(arrived, [subscription()], NOW)
    erasure = NOW + LIMITS.retain_for
    assert (export.next_step_at, export.erase_at) == (NOW, erasure)
    export = answered(export, NotDelivered("No."), NOW)
    assert export.next_step_at == NOW
    export = callback_deliveries.apply_callback_result(export, export.deliveries[1], Delivered(), NOW, LIMITS)
    assert export.next_step_at == export.deliveries[0].next_try_at
    export = answered(export, Delivered(), NOW)
    assert export.next_step_at == erasure


def test_an_erasure_that_is_wanted_now_does_not_wait_for_receivers_nor_end_their_tries() -> None:
    export = data_erasure.request_erasure(
        callback_deliveries.announce_end(replace(succeeded(now=NOW), has_callback=True), [], NOW), CALLER, NOW
    )
    assert next_step(export, NOW) is Step.ERASE
    export = data_erasure.mark_erased(export, NOW)
    assert (export.erase_at, export.next_step_at) == (None, NOW)
    assert next_step(export, NOW) is Step.NOTIFY


def test_after_a_retry_the_next_end_is_told_and_not_the_one_before() -> None:
    first = ended(subscription())
    again = export_retry.reopen(first, CALLER, NOW + SECOND)
    assert (again.deliveries, again.next_step_at, again.has_callback) == ((), NOW + SECOND, True)
    second = callback_deliveries.announce_end(
        fail(again, Problem("X", "x"), NOW + DAY, LIMITS), [subscription()], NOW + DAY
    )
    assert [d.target for d in second.deliveries] == [CALLBACK_TARGET, "s"]
    assert not {d.id for d in first.deliveries} & {d.id for d in second.deliveries}


@pytest.mark.parametrize("answer", [Delivered(), Gone("Gone."), NotDelivered("No.")])
def test_every_try_is_told_with_its_receiver_and_its_number(answer: CallbackResult) -> None:
    export = answered(ended(), answer, NOW)
    (event,) = export.unsaved
    assert (event.detail["target"], event.detail["deliveryId"]) == (CALLBACK_TARGET, export.deliveries[0].id)
    assert event.detail["tries"] == 1
