"""Recording a hand-over: once, whoever else changes the export, with the callbacks that report it."""

from datetime import datetime

import pytest

from shared.exports.exceptions import ImpossibleHandoverError, NotPossibleError
from shared.exports.export import Export
from shared.exports.states_and_codes import DeliveryState, HandoverMethod
from shared.protocols import CallbackReceiver
from shared.use_cases.cancel_retry_erase import erase_export, retry_export
from shared.use_cases.hand_over import hand_over_export
from shared.workflow.advance_export import advance_export
from tests.exports.samples import DAY, ENDED, HANDED_OVER, HOUR, subscribed
from tests.fakes.hooked_services import HookedServices, ProcessDied
from tests.fakes.in_memory_graph import Fate
from tests.use_cases.export_runs import OTHER_CALLER, create, once, read, run_to_end

URL = "https://hooks.contoso.example/answers?sig=subscriber"


async def hand_over(
    fakes: HookedServices, export_id: str, at: datetime | None = None, method: HandoverMethod | None = None
) -> Export:
    return await hand_over_export(export_id, at, method, OTHER_CALLER, fakes.services, fakes.monitors)


async def ended(fakes: HookedServices, fate: Fate = Fate.COMPLETE) -> Export:
    """An ended export with nothing left to send, whose monitor has ended."""
    export = await run_to_end(fakes, (await create(fakes)).id, fate)
    await advance_export(export.id, fakes.services)
    fakes.monitors.started.clear()
    return await read(fakes, export.id)


async def subscribe(fakes: HookedServices, name: str = "answers", *, to_the_end: bool = False) -> None:
    events = HANDED_OVER | ENDED if to_the_end else HANDED_OVER
    await fakes.services.subscriptions.add(subscribed(name, events=events), CallbackReceiver(URL, "whsec_x"))


async def test_it_is_stored_and_no_monitor_is_needed_if_nobody_is_to_hear_of_it(fakes: HookedServices) -> None:
    export = await ended(fakes)
    after = await hand_over(fakes, export.id, method=HandoverMethod.PORTAL)
    assert after == await read(fakes, export.id)
    assert (after.handed_over_at, after.handover_method) == (fakes.clock(), HandoverMethod.PORTAL)
    (event,) = [each for each in await fakes.services.records.events(export.id) if each.type == "HandedOver"]
    assert event.actor == OTHER_CALLER
    assert fakes.monitors.started == []


async def test_subscribers_hear_of_it_from_a_monitor_of_its_own(fakes: HookedServices) -> None:
    export = await ended(fakes)
    await subscribe(fakes)
    await subscribed_to_ends_alone(fakes)
    fakes.pass_time(HOUR)
    after = await hand_over(fakes, export.id)
    assert [(each.target, each.event) for each in after.deliveries] == [("answers", "handedOver")]
    assert fakes.monitors.started == [export.id]
    assert fakes.callbacks.sent == []
    await advance_export(export.id, fakes.services)
    assert fakes.callbacks.urls == [URL]
    assert [each.state for each in (await read(fakes, export.id)).deliveries] == [DeliveryState.DELIVERED]


async def subscribed_to_ends_alone(fakes: HookedServices) -> None:
    await fakes.services.subscriptions.add(subscribed("ends"), CallbackReceiver(f"{URL}2", "whsec_y"))


async def test_the_same_again_is_no_news_and_starts_the_monitor_if_something_is_still_to_be_sent(
    fakes: HookedServices,
) -> None:
    export = await ended(fakes)
    await subscribe(fakes)
    first = await hand_over(fakes, export.id, method=HandoverMethod.EMAIL)
    assert await hand_over(fakes, export.id) == first
    assert fakes.monitors.started == [export.id] * 2
    await advance_export(export.id, fakes.services)
    delivered = await read(fakes, export.id)
    assert await hand_over(fakes, export.id, first.handed_over_at, HandoverMethod.EMAIL) == delivered
    assert fakes.monitors.started == [export.id] * 2
    assert len(fakes.callbacks.sent) == 1
    assert (await fakes.event_types(export.id)).count("HandedOver") == 1


async def test_a_process_that_dies_after_it_was_stored_leaves_the_callbacks_to_the_next(fakes: HookedServices) -> None:
    export = await ended(fakes)
    await subscribe(fakes)
    fakes.hooks.die_after("Exports.transact")
    with pytest.raises(ProcessDied):
        await hand_over(fakes, export.id)
    fakes.hooks.clear()
    stored = await read(fakes, export.id)
    assert stored.next_step_at == fakes.clock(), "the reconciler finds it"
    await advance_export(export.id, fakes.services)
    assert fakes.callbacks.urls == [URL]


async def test_of_two_at_the_same_time_one_is_recorded(fakes: HookedServices) -> None:
    export = await ended(fakes)
    await subscribe(fakes)
    once(fakes.hooks.after, "Exports.get", lambda: hand_over(fakes, export.id, method=HandoverMethod.POST))
    after = await hand_over(fakes, export.id)
    assert after.handover_method is HandoverMethod.POST
    assert len(after.deliveries) == 1
    assert (await fakes.event_types(export.id)).count("HandedOver") == 1


async def test_a_different_one_at_the_same_time_is_refused(fakes: HookedServices) -> None:
    export = await ended(fakes)
    once(fakes.hooks.after, "Exports.get", lambda: hand_over(fakes, export.id, method=HandoverMethod.POST))
    with pytest.raises(NotPossibleError) as raised:
        await hand_over(fakes, export.id, method=HandoverMethod.EMAIL)
    assert raised.value.code == "AlreadyHandedOver"
    assert (await read(fakes, export.id)).handover_method is HandoverMethod.POST


async def test_a_retry_at_the_same_time_wins_or_is_refused(fakes: HookedServices) -> None:
    export = await ended(fakes, Fate.FAILED)

    async def retry() -> None:
        await retry_export(export.id, OTHER_CALLER, fakes.services, fakes.monitors)

    once(fakes.hooks.after, "Exports.get", retry)
    with pytest.raises(NotPossibleError) as raised:
        await hand_over(fakes, export.id)
    assert raised.value.code == "ExportNotEnded"
    failed_again = await run_to_end(fakes, export.id, Fate.FAILED)
    await hand_over(fakes, failed_again.id)
    with pytest.raises(NotPossibleError) as raised:
        await retry()
    assert raised.value.code == "AlreadyHandedOver"


async def test_the_end_and_the_hand_over_are_told_in_their_order(fakes: HookedServices) -> None:
    await subscribe(fakes, to_the_end=True)
    export = await run_to_end(fakes, (await create(fakes)).id)
    await hand_over(fakes, export.id)
    await advance_export(export.id, fakes.services)
    assert [delivery.event for _, delivery, _ in fakes.callbacks.sent] == ["ended", "handedOver"]


async def test_erased_data_can_have_been_handed_over(fakes: HookedServices) -> None:
    export = await ended(fakes)
    await erase_export(export.id, OTHER_CALLER, fakes.services)
    fakes.pass_time(DAY)
    assert (await hand_over(fakes, export.id)).handed_over_at == fakes.clock()


async def test_what_can_not_be_stores_nothing(fakes: HookedServices) -> None:
    export = await create(fakes)
    with pytest.raises(NotPossibleError):
        await hand_over(fakes, export.id)
    done = await run_to_end(fakes, export.id)
    with pytest.raises(ImpossibleHandoverError):
        await hand_over(fakes, export.id, fakes.clock() + DAY)
    assert await read(fakes, export.id) == done
    with pytest.raises(LookupError):
        await hand_over(fakes, "0a9b1c2d-0000-4000-8000-000000000000")
