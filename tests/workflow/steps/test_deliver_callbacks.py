"""The deliveries that are due are made, a step's worth at a time."""

from dataclasses import replace
from datetime import datetime

import pytest

from shared.exports.callback_results import Gone, NotDelivered
from shared.exports.ids import new_export_id
from shared.exports.states_and_codes import DeliveryState
from shared.exports.subscription import LIFETIME
from shared.exports.transitions import callback_deliveries, handover_to_person
from shared.protocols import CallbackReceiver
from shared.records.export_records import SavedExport
from shared.records.table_names import TableName
from shared.workflow.step_result import StepResult
from shared.workflow.steps.deliver_callbacks import DELIVERIES_PER_STEP, DELIVERY_TIME_LIMIT, deliver_callbacks
from tests.exports.samples import (
    CALLER,
    DAY,
    ENDED,
    HANDED_OVER,
    NOW,
    accepted,
    subscribed,
    succeeded,
    without_events,
)
from tests.fakes.hooked_services import HookedServices

CALLBACK_URL = "https://hooks.contoso.example/exports?sig=caller"


def url_of(number: int) -> str:
    return f"https://hooks.contoso.example/{number}?sig=subscriber"


async def ended(fakes: HookedServices, subscribers: int, *, has_callback: bool = False) -> SavedExport:
    """A succeeded export whose end is owed to that many subscribers, and to its caller."""
    for number in range(subscribers):
        receiver = CallbackReceiver(url_of(number), f"whsec_{number}")
        await fakes.services.subscriptions.add(subscribed(f"{number:02}"), receiver)
    export = replace(accepted(), id=new_export_id(), has_callback=has_callback)
    saved = await fakes.store(export, CALLBACK_URL if has_callback else None)
    done = replace(succeeded(now=NOW), id=export.id, has_callback=has_callback, event_count=saved.export.event_count)
    announced = callback_deliveries.announce_end(done, await fakes.services.subscriptions.all(), NOW)
    return await fakes.services.records.save(saved, without_events(announced))


async def handed_over(fakes: HookedServices, saved: SavedExport) -> SavedExport:
    """That export, with a hand-over that is owed to the subscribers that ask for it."""
    recorded = handover_to_person.record_handover(saved.export, None, None, CALLER, fakes.clock())
    subscriptions = await fakes.services.subscriptions.all()
    announced = callback_deliveries.announce_handover(recorded, subscriptions, fakes.clock())
    return await fakes.services.records.save(saved, announced)


def states(change: StepResult) -> list[DeliveryState]:
    return [delivery.state for delivery in change.export.deliveries]


async def test_the_caller_and_every_subscriber_hear_of_the_end(fakes: HookedServices) -> None:
    saved = await ended(fakes, 2, has_callback=True)
    change = await deliver_callbacks(saved, fakes.services)
    assert change.before == saved
    assert fakes.callbacks.urls == [CALLBACK_URL, url_of(0), url_of(1)]
    assert states(change) == [DeliveryState.DELIVERED] * 3


async def test_the_url_of_the_caller_is_kept_until_its_delivery_is_over(fakes: HookedServices) -> None:
    saved = await ended(fakes, 0, has_callback=True)
    fakes.callbacks.results[CALLBACK_URL] = NotDelivered("The receiver answered 503.")
    change = await deliver_callbacks(saved, fakes.services)
    assert states(change) == [DeliveryState.PENDING]
    saved = await fakes.services.records.save(saved, change.export)
    assert CALLBACK_URL in fakes.stored_text()
    fakes.callbacks.results.clear()
    fakes.clock.now = change.export.deliveries[0].next_try_at or NOW
    change = await deliver_callbacks(saved, fakes.services)
    await fakes.services.records.save(saved, change.export)
    assert states(change) == [DeliveryState.DELIVERED]
    assert CALLBACK_URL not in fakes.stored_text()


async def test_a_step_makes_as_many_deliveries_as_fit_into_a_transaction(fakes: HookedServices) -> None:
    change = await deliver_callbacks(await ended(fakes, DELIVERIES_PER_STEP + 2), fakes.services)
    assert len(fakes.callbacks.sent) == DELIVERIES_PER_STEP
    assert states(change).count(DeliveryState.PENDING) == 2
    assert change.export.next_step_at == NOW


@pytest.mark.parametrize(("share", "sent"), [(1, 1), (0.5, 2), (0.3, 4)])
async def test_a_step_that_takes_long_leaves_the_rest_to_the_next(
    share: float, sent: int, fakes: HookedServices
) -> None:
    saved = await ended(fakes, 6)
    fakes.hooks.take("callbacks.send", DELIVERY_TIME_LIMIT * share)
    change = await deliver_callbacks(saved, fakes.services)
    assert states(change) == [DeliveryState.DELIVERED] * sent + [DeliveryState.PENDING] * (6 - sent)
    await fakes.services.records.save(saved, change.export)
    fakes.hooks.clear()
    change = await deliver_callbacks(await fakes.stored(saved.export.id), fakes.services)
    assert fakes.callbacks.urls == [url_of(number) for number in range(6)]


async def test_a_delivery_that_is_not_due_is_not_made(fakes: HookedServices) -> None:
    saved = await ended(fakes, 1)
    fakes.callbacks.results[url_of(0)] = NotDelivered("The receiver answered 503.")
    change = await deliver_callbacks(saved, fakes.services)
    saved = await fakes.services.records.save(saved, change.export)
    again = await deliver_callbacks(saved, fakes.services)
    assert again.export == saved.export
    assert len(fakes.callbacks.sent) == 1


async def test_a_receiver_that_fails_hears_of_the_end_first_while_others_hear_of_the_hand_over(
    fakes: HookedServices,
) -> None:
    for number, events in enumerate((ENDED | HANDED_OVER, HANDED_OVER)):
        receiver = CallbackReceiver(url_of(number), f"whsec_{number}")
        await fakes.services.subscriptions.add(subscribed(f"{number:02}", events=events), receiver)
    fakes.callbacks.results[url_of(0)] = NotDelivered("The receiver answered 503.")
    saved = await handed_over(fakes, await ended(fakes, 0))
    change = await deliver_callbacks(saved, fakes.services)
    saved = await fakes.services.records.save(saved, change.export)
    assert [(each.target, each.event) for _, each, _ in fakes.callbacks.sent] == [("00", "ended"), ("01", "handedOver")]
    again_at = saved.export.next_step_at
    assert again_at is not None
    assert again_at > fakes.clock()
    fakes.callbacks.results.clear()
    fakes.clock.now = again_at
    for _ in range(2):
        change = await deliver_callbacks(saved, fakes.services)
        saved = await fakes.services.records.save(saved, change.export)
    assert [each.event for _, each, receiver in fakes.callbacks.sent if receiver.url == url_of(0)] == [
        "ended",
        "ended",
        "handedOver",
    ]
    assert states(change) == [DeliveryState.DELIVERED] * 3


async def test_a_subscription_whose_receiver_is_gone_is_removed(fakes: HookedServices) -> None:
    fakes.callbacks.results[url_of(0)] = Gone("The receiver answered 410.")
    change = await deliver_callbacks(await ended(fakes, 2), fakes.services)
    assert states(change) == [DeliveryState.GONE, DeliveryState.DELIVERED]
    assert [subscription.id for subscription in await fakes.services.subscriptions.all()] == ["01"]


def reasons(change: StepResult) -> list[object]:
    return [event.detail.get("reason") for event in change.export.unsaved]


async def test_a_subscription_that_was_deleted_meanwhile_hears_nothing(fakes: HookedServices) -> None:
    saved = await ended(fakes, 1)
    await fakes.services.subscriptions.remove(subscribed("00"))
    change = await deliver_callbacks(saved, fakes.services)
    assert states(change) == [DeliveryState.GONE]
    assert reasons(change) == ["The subscription was deleted."]
    assert fakes.callbacks.sent == []


async def test_a_subscription_that_expired_meanwhile_hears_nothing(fakes: HookedServices) -> None:
    saved = await ended(fakes, 1)
    fakes.clock.now = NOW + LIFETIME
    change = await deliver_callbacks(saved, fakes.services)
    assert states(change) == [DeliveryState.GONE]
    assert reasons(change) == ["The subscription has expired."]
    assert fakes.callbacks.sent == []


async def test_where_secrets_were_lost_nothing_is_sent(fakes: HookedServices) -> None:
    saved = await ended(fakes, 1, has_callback=True)
    fakes.tables[TableName.SECRETS].lose()
    change = await deliver_callbacks(saved, fakes.services)
    assert states(change) == [DeliveryState.GONE] * 2
    assert reasons(change) == ["Its URL is not kept any more."] * 2
    assert [each.id for each in await fakes.services.subscriptions.all()] == ["00"]


async def test_each_subscriber_has_a_secret_of_its_own_and_the_caller_that_of_the_deployment(
    fakes: HookedServices,
) -> None:
    await deliver_callbacks(await ended(fakes, 2, has_callback=True), fakes.services)
    secrets = [receiver.signing_secret for _, _, receiver in fakes.callbacks.sent]
    assert secrets == [None, "whsec_0", "whsec_1"]


async def expiry_of(fakes: HookedServices) -> datetime | None:
    (subscription,) = await fakes.services.subscriptions.all()
    return subscription.expires_at


async def test_a_delivery_that_succeeds_renews_the_subscription(fakes: HookedServices) -> None:
    saved = await ended(fakes, 1)
    fakes.clock.now = NOW + DAY
    await deliver_callbacks(saved, fakes.services)
    assert await expiry_of(fakes) == NOW + DAY + LIFETIME


async def test_it_is_renewed_once_a_day_at_most(fakes: HookedServices) -> None:
    saved = await ended(fakes, 1)
    fakes.clock.now = NOW + DAY / 2
    fakes.hooks.calls.clear()
    await deliver_callbacks(saved, fakes.services)
    assert await expiry_of(fakes) == NOW + LIFETIME
    assert "Subscriptions.transact" not in fakes.hooks.calls


async def test_a_delivery_that_fails_renews_nothing(fakes: HookedServices) -> None:
    saved = await ended(fakes, 1)
    fakes.clock.now = NOW + DAY
    fakes.callbacks.results[url_of(0)] = NotDelivered("The receiver answered 503.")
    await deliver_callbacks(saved, fakes.services)
    assert await expiry_of(fakes) == NOW + LIFETIME


async def test_what_was_delivered_is_not_delivered_again_because_the_renewal_failed(
    fakes: HookedServices, caplog: pytest.LogCaptureFixture
) -> None:
    saved = await ended(fakes, 1)
    fakes.clock.now = NOW + DAY
    fakes.hooks.fail("Subscriptions.transact")
    change = await deliver_callbacks(saved, fakes.services)
    assert states(change) == [DeliveryState.DELIVERED]
    assert "Subscription 00 is not renewed now (ServerBusy)." in caplog.text


async def test_an_error_about_one_receiver_keeps_no_other_from_its_callback(
    fakes: HookedServices, caplog: pytest.LogCaptureFixture
) -> None:
    saved = await ended(fakes, 2)

    async def break_down() -> None:
        fakes.hooks.clear()
        raise TypeError(url_of(0))

    fakes.hooks.before["callbacks.send"] = break_down
    change = await deliver_callbacks(saved, fakes.services)
    assert states(change) == [DeliveryState.PENDING, DeliveryState.DELIVERED]
    assert reasons(change) == ["An unexpected error of the app (TypeError).", None]
    assert "sig=subscriber" not in caplog.text


async def test_a_url_that_can_not_be_read_now_is_read_again_later(fakes: HookedServices) -> None:
    saved = await ended(fakes, 1)
    fakes.hooks.fail("Subscriptions.get")
    change = await deliver_callbacks(saved, fakes.services)
    assert states(change) == [DeliveryState.PENDING]
    assert change.export.unsaved[-1].detail["reason"] == "A call to storage failed (ServerBusy)."
