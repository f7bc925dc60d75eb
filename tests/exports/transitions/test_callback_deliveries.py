"""The end of an export is reported to its receivers."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.exports.callback_results import CallbackResult, Delivered, Gone, NotDelivered
from shared.exports.export import CALLBACK_TARGET, Announcement, Delivery, Export, TrailHead
from shared.exports.next_step import Step, next_step
from shared.exports.states_and_codes import DeliveryEvent, DeliveryState, Status
from shared.exports.subscription import Subscription
from shared.exports.transitions import callback_deliveries, export_retry
from shared.exports.transitions.ending import fail
from shared.exports.transitions.handover_to_person import record_handover
from tests.exports.samples import (
    CALLER,
    DAY,
    ENDED,
    HANDED_OVER,
    HOUR,
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


def handed_over(export: Export, *subscriptions: Subscription, now: datetime = NOW) -> Export:
    """That export, with a hand-over that is still to be reported."""
    recorded = record_handover(export, None, None, CALLER, now)
    return without_events(callback_deliveries.announce_handover(recorded, subscriptions, now))


def sent(export: Export, result: CallbackResult, now: datetime, number: int = 0) -> Export:
    return callback_deliveries.apply_callback_result(export, export.deliveries[number], result, now, LIMITS)


def targets(deliveries: Iterable[Delivery]) -> list[tuple[str, str]]:
    return [(delivery.target, delivery.event.value) for delivery in deliveries]


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
    assert (event.detail["tries"], event.detail["reports"]) == (1, "ended")


BOTH = ENDED | HANDED_OVER


def test_the_hand_over_is_reported_to_the_subscriptions_that_ask_for_it() -> None:
    subscriptions = [
        subscribed("ends"),
        subscribed("answers", events=HANDED_OVER),
        subscribed("both", events=BOTH),
        subscribed("other", reference="r", events=HANDED_OVER),
    ]
    export = ended(*subscriptions)
    assert targets(export.deliveries) == [(CALLBACK_TARGET, "ended"), ("ends", "ended"), ("both", "ended")]
    after = handed_over(export, *subscriptions, now=NOW + HOUR)
    assert after.deliveries[:3] == export.deliveries
    assert targets(after.deliveries[3:]) == [("answers", "handedOver"), ("both", "handedOver")]
    assert len({delivery.id for delivery in after.deliveries}) == 5
    assert [(each.event, each.at) for each in after.announcements] == [
        (DeliveryEvent.ENDED, NOW),
        (DeliveryEvent.HANDED_OVER, NOW + HOUR),
    ]


def test_the_hand_over_wakes_an_export_that_had_nothing_left_to_do() -> None:
    export = handed_over(ended(has_callback=False), subscribed(events=HANDED_OVER), now=NOW + HOUR)
    assert export.next_step_at == NOW + HOUR
    assert next_step(export, NOW + HOUR, LIMITS) is Step.NOTIFY
    assert next_step(sent(export, Delivered(), NOW + HOUR), NOW + HOUR, LIMITS) is Step.END


def test_the_trail_says_what_was_told() -> None:
    export = sent(handed_over(ended(has_callback=False), subscribed(events=HANDED_OVER)), Delivered(), NOW)
    (event,) = export.unsaved
    assert (event.type, event.detail["reports"]) == ("CallbackDelivered", "handedOver")


def test_the_same_hand_over_has_the_same_ids_whenever_it_is_announced() -> None:
    export = ended(has_callback=False)
    first, second = (handed_over(export, subscribed(events=HANDED_OVER), now=NOW + later) for later in (HOUR, DAY))
    assert first.deliveries[0].id == second.deliveries[0].id


def test_a_receiver_hears_of_the_end_before_the_hand_over() -> None:
    export = sent(ended(subscribed(events=BOTH), has_callback=False), NotDelivered("No."), NOW)
    again_at = export.deliveries[0].next_try_at
    assert again_at is not None
    answered = subscribed("answers", events=HANDED_OVER)
    export = handed_over(export, subscribed(events=BOTH), answered, now=NOW + SECOND)
    assert targets(callback_deliveries.due_deliveries(export, NOW + SECOND)) == [("answers", "handedOver")]
    export = sent(export, Delivered(), NOW + SECOND, 2)
    assert export.next_step_at == again_at, "not at once, over and over"
    assert targets(callback_deliveries.due_deliveries(export, again_at)) == [("s", "ended")]
    export = sent(export, Delivered(), again_at)
    assert export.next_step_at == NOW + SECOND
    assert targets(callback_deliveries.due_deliveries(export, again_at)) == [("s", "handedOver")]


@pytest.mark.parametrize("result", [Delivered(), Gone("Gone.")])
def test_the_callers_own_url_is_kept_while_it_waits_for_the_end_alone(result: CallbackResult) -> None:
    export = handed_over(ended(), subscribed(events=HANDED_OVER))
    assert export.has_callback
    assert sent(export, result, NOW, 1).has_callback
    assert not sent(export, result, NOW).has_callback


def test_a_hand_over_is_reported_for_a_day_after_it_was_announced() -> None:
    announced_at = NOW + 40 * DAY
    export = handed_over(ended(has_callback=False), subscribed(events=HANDED_OVER), now=announced_at)
    last_try_at = announced_at + callback_deliveries.RETRY_FOR
    export = sent(export, NotDelivered("No."), last_try_at - SECOND)
    assert export.deliveries[0].next_try_at == last_try_at
    export = sent(export, NotDelivered("No."), last_try_at)
    assert export.deliveries[0].state is DeliveryState.GIVEN_UP
    assert warning_codes(export) == ["CallbackGivenUp"]


def test_a_delivery_of_version_1_0_0_is_retried_for_a_day_after_the_end() -> None:
    export = replace(ended(), announcements=())
    last_try_at = NOW + callback_deliveries.RETRY_FOR
    export = sent(export, NotDelivered("No."), last_try_at - SECOND)
    assert export.deliveries[0].next_try_at == last_try_at
    assert sent(export, NotDelivered("No."), last_try_at).deliveries[0].state is DeliveryState.GIVEN_UP


def test_what_is_told_of_the_trail_is_how_it_was_when_that_was_announced() -> None:
    export = replace(fail(running(), PROBLEM, NOW, LIMITS), has_callback=True, trail_sha256="a" * 64)
    announced = callback_deliveries.announce_end(export, [], NOW)
    of_the_end = Announcement(DeliveryEvent.ENDED, NOW, TrailHead(export.event_count, "a" * 64))
    assert announced.announcements == (of_the_end,)
    later = replace(sent(announced, NotDelivered("No."), NOW), trail_sha256="b" * 64)
    assert later.event_count == export.event_count + 1
    recorded = replace(record_handover(later, None, None, CALLER, NOW + HOUR), trail_sha256="c" * 64)
    told = callback_deliveries.announce_handover(recorded, [subscribed(events=HANDED_OVER)], NOW + HOUR)
    with_the_hand_over = TrailHead(export.event_count + 2, "c" * 64)
    assert told.announcements == (
        of_the_end,
        Announcement(DeliveryEvent.HANDED_OVER, NOW + HOUR, with_the_hand_over),
    )


def test_a_trail_without_hashes_has_no_head() -> None:
    export = replace(fail(running(), PROBLEM, NOW, LIMITS), has_callback=True, trail_sha256=None)
    announced = callback_deliveries.announce_end(export, [], NOW)
    assert announced.announcements == (Announcement(DeliveryEvent.ENDED, NOW, None),)


def test_what_nobody_is_told_of_is_not_announced() -> None:
    assert ended(has_callback=False).announcements == ()
    assert handed_over(ended(has_callback=False), subscribed()).announcements == ()


def test_a_retry_forgets_what_was_announced() -> None:
    assert export_retry.reopen(ended(), CALLER, NOW + SECOND).announcements == ()
