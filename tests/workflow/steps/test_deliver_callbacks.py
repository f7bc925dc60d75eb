"""The deliveries that are due are made, a step's worth at a time."""

from dataclasses import replace

import pytest

from shared.exports.callback_results import Gone, NotDelivered
from shared.exports.ids import new_export_id
from shared.exports.states_and_codes import DeliveryState
from shared.exports.subscription import Subscription
from shared.exports.transitions import callback_deliveries
from shared.protocols import Upsert
from shared.records.export_records import SavedExport
from shared.records.table_names import TableName
from shared.workflow.step_result import StepResult
from shared.workflow.steps.deliver_callbacks import DELIVERIES_PER_STEP, DELIVERY_TIME_LIMIT, deliver_callbacks
from tests.exports.samples import CALLER, NOW, accepted, succeeded, without_events
from tests.fakes.hooked_services import HookedServices

CALLBACK_URL = "https://hooks.contoso.example/exports?sig=caller"


def url_of(number: int) -> str:
    return f"https://hooks.contoso.example/{number}?sig=subscriber"


async def ended(fakes: HookedServices, subscribers: int, *, has_callback: bool = False) -> SavedExport:
    """A succeeded export whose end is owed to that many subscribers, and to its caller."""
    for number in range(subscribers):
        subscription = Subscription(
            id=f"{number:02}", caller=CALLER, created_at=NOW, statuses=frozenset(), reference=None
        )
        await fakes.services.subscriptions.add(subscription, url_of(number))
    export = replace(accepted(), id=new_export_id(), has_callback=has_callback)
    saved = await fakes.store(export, CALLBACK_URL if has_callback else None)
    done = replace(succeeded(now=NOW), id=export.id, has_callback=has_callback, event_count=saved.export.event_count)
    announced = callback_deliveries.announce_end(done, await fakes.services.subscriptions.all(), NOW)
    return await fakes.services.records.save(saved, without_events(announced))


def states(change: StepResult) -> list[DeliveryState]:
    return [delivery.state for delivery in change.export.deliveries]


async def test_the_caller_and_every_subscriber_hear_of_the_end(fakes: HookedServices) -> None:
    saved = await ended(fakes, 2, has_callback=True)
    change = await deliver_callbacks(saved, fakes.services)
    assert change.before == saved
    assert [url for _, _, url in fakes.callbacks.sent] == [CALLBACK_URL, url_of(0), url_of(1)]
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
    assert [url for _, _, url in fakes.callbacks.sent] == [url_of(number) for number in range(6)]


async def test_a_delivery_that_is_not_due_is_not_made(fakes: HookedServices) -> None:
    saved = await ended(fakes, 1)
    fakes.callbacks.results[url_of(0)] = NotDelivered("The receiver answered 503.")
    change = await deliver_callbacks(saved, fakes.services)
    saved = await fakes.services.records.save(saved, change.export)
    again = await deliver_callbacks(saved, fakes.services)
    assert again.export == saved.export
    assert len(fakes.callbacks.sent) == 1


async def test_a_subscription_whose_receiver_is_gone_is_removed(fakes: HookedServices) -> None:
    fakes.callbacks.results[url_of(0)] = Gone("The receiver answered 410.")
    change = await deliver_callbacks(await ended(fakes, 2), fakes.services)
    assert states(change) == [DeliveryState.GONE, DeliveryState.DELIVERED]
    assert [subscription.id for subscription in await fakes.services.subscriptions.all()] == ["01"]


async def test_a_subscription_that_can_not_be_removed_at_this_moment_is_gone_for_this_export(
    fakes: HookedServices,
) -> None:
    saved = await ended(fakes, 1)
    fakes.callbacks.results[url_of(0)] = Gone("The receiver answered 410.")
    table = fakes.tables[TableName.SUBSCRIPTIONS]

    async def count_anew() -> None:
        table.apply([Upsert({"PartitionKey": "subscription", "RowKey": "~count"})])

    fakes.hooks.before["Subscriptions.transact"] = count_anew
    assert states(await deliver_callbacks(saved, fakes.services)) == [DeliveryState.GONE]
    assert [subscription.id for subscription in await fakes.services.subscriptions.all()] == ["00"]


async def test_a_subscription_that_was_deleted_meanwhile_hears_nothing(fakes: HookedServices) -> None:
    saved = await ended(fakes, 1)
    await fakes.services.subscriptions.remove("00")
    change = await deliver_callbacks(saved, fakes.services)
    assert states(change) == [DeliveryState.GONE]
    assert fakes.callbacks.sent == []


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
    reasons = [event.detail.get("reason") for event in change.export.unsaved]
    assert reasons == ["An unexpected error of the app (TypeError).", None]
    assert "sig=subscriber" not in caplog.text


async def test_a_url_that_can_not_be_read_now_is_read_again_later(fakes: HookedServices) -> None:
    saved = await ended(fakes, 1)
    fakes.hooks.fail("Subscriptions.get")
    change = await deliver_callbacks(saved, fakes.services)
    assert states(change) == [DeliveryState.PENDING]
    assert change.export.unsaved[-1].detail["reason"] == "A call to storage failed (ServerBusy)."
