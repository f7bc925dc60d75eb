"""Cancel, retry and erase: stored first, carried out at once, and repeatable."""

from dataclasses import replace

import pytest

from shared.exports.exceptions import NotPossibleError, SubjectBusyError
from shared.exports.export import current_attempt
from shared.exports.states_and_codes import AttemptStatus, Stage, Status
from shared.use_cases.cancel_retry_erase import Command, cancel_export, erase_export, next_try_at, retry_export
from shared.workflow.advance_export import advance_export
from tests.exports.samples import DAY, LIMITS, NAMED
from tests.fakes.hooked_services import HookedServices
from tests.fakes.in_memory_containers import name_of
from tests.fakes.in_memory_graph import Fate
from tests.use_cases.export_runs import OTHER_CALLER, REQUEST, create, once, read, run_to_end, submit


async def cancel(fakes: HookedServices, export_id: str) -> Status:
    return (await cancel_export(export_id, OTHER_CALLER, fakes.services, fakes.monitors)).status


async def test_a_canceled_export_has_ended_and_nobody_can_write(fakes: HookedServices) -> None:
    export = await submit(fakes, (await create(fakes)).id)
    canceled = await cancel_export(export.id, OTHER_CALLER, fakes.services, fakes.monitors)
    assert (canceled.status, canceled.stage) == (Status.CANCELED, Stage.ENDED)
    assert current_attempt(canceled).status is AttemptStatus.CANCELED
    assert fakes.policy_end(current_attempt(canceled).container) is None
    assert fakes.monitors.ended == [(export.id, "The export was canceled.")]
    events = await fakes.services.records.events(export.id)
    assert [event.actor for event in events if event.type == "CancelRequested"] == [OTHER_CALLER]


async def test_cancel_can_be_repeated_and_changes_no_export_that_has_ended(fakes: HookedServices) -> None:
    export = await create(fakes)
    for _ in range(2):
        assert await cancel(fakes, export.id) is Status.CANCELED
    other = await run_to_end(fakes, (await create(fakes)).id)
    fakes.monitors.ended.clear()
    assert await cancel(fakes, other.id) is Status.SUCCEEDED
    assert await read(fakes, other.id) == other
    assert fakes.monitors.ended == []


async def test_a_cancellation_that_storage_stops_is_carried_out_later(fakes: HookedServices) -> None:
    export = await submit(fakes, (await create(fakes)).id)
    fakes.hooks.fail("containers.remove_policy")
    canceling = await cancel_export(export.id, OTHER_CALLER, fakes.services, fakes.monitors)
    assert (canceling.status, canceling.stage) == (Status.RUNNING, Stage.CANCELING)
    assert fakes.monitors.ended == []
    assert canceling.wait_reason == "A call to storage failed (ServerBusy)."
    fakes.hooks.clear()
    fakes.clock.now = canceling.next_step_at or fakes.clock.now
    await advance_export(export.id, fakes.services)
    assert (await read(fakes, export.id)).status is Status.CANCELED


@pytest.mark.parametrize("fate", [Fate.FAILED, None], ids=["failed", "canceled"])
async def test_a_retry_opens_the_export_and_starts_its_monitor(fakes: HookedServices, fate: Fate | None) -> None:
    export = await create(fakes)
    await (cancel(fakes, export.id) if fate is None else run_to_end(fakes, export.id, fate))
    again = await retry_export(export.id, OTHER_CALLER, fakes.services, fakes.monitors)
    assert (again.status, again.stage) == (Status.RUNNING, Stage.PREPARING)
    assert fakes.monitors.started == [export.id, export.id]
    with pytest.raises(SubjectBusyError):
        await create(fakes)
    assert (await run_to_end(fakes, export.id)).status is Status.SUCCEEDED


async def test_a_retry_of_an_open_export_starts_its_monitor_only(fakes: HookedServices) -> None:
    export = await create(fakes)
    await retry_export(export.id, OTHER_CALLER, fakes.services, fakes.monitors)
    assert await fakes.event_types(export.id) == ["Accepted"]
    assert fakes.monitors.started == [export.id, export.id]


async def test_a_retry_is_refused_while_another_export_of_the_person_is_open(fakes: HookedServices) -> None:
    export = await run_to_end(fakes, (await create(fakes)).id, Fate.FAILED)
    other = await create(fakes)
    with pytest.raises(SubjectBusyError) as error:
        await retry_export(export.id, OTHER_CALLER, fakes.services, fakes.monitors)
    assert error.value.export_id == other.id
    assert await read(fakes, export.id) == export


async def test_an_export_that_succeeded_is_not_retried(fakes: HookedServices) -> None:
    export = await run_to_end(fakes, (await create(fakes)).id)
    with pytest.raises(NotPossibleError) as error:
        await retry_export(export.id, OTHER_CALLER, fakes.services, fakes.monitors)
    assert error.value.code == "ExportNotRetriable"


async def test_an_export_of_somebody_who_was_not_found_is_not_retried(fakes: HookedServices) -> None:
    fakes.graph.people = {}
    export = await run_to_end(fakes, (await create(fakes, replace(REQUEST, subject=NAMED))).id)
    with pytest.raises(NotPossibleError) as error:
        await retry_export(export.id, OTHER_CALLER, fakes.services, fakes.monitors)
    assert error.value.code == "ExportNotRetriable"


async def test_of_two_retries_at_the_same_time_both_find_it_open(fakes: HookedServices) -> None:
    export = await run_to_end(fakes, (await create(fakes)).id, Fate.FAILED)
    once(
        fakes.hooks.after,
        "Exports.get",
        lambda: retry_export(export.id, OTHER_CALLER, fakes.services, fakes.monitors),
    )
    again = await retry_export(export.id, OTHER_CALLER, fakes.services, fakes.monitors)
    assert again.status is Status.RUNNING
    assert (await fakes.event_types(export.id)).count("Retried") == 1


async def test_erased_data_is_gone_and_the_trail_stays(fakes: HookedServices) -> None:
    export = await run_to_end(fakes, (await create(fakes)).id)
    container = name_of(current_attempt(export).container)
    assert container in fakes.account.containers
    erased = await erase_export(export.id, OTHER_CALLER, fakes.services)
    assert erased.erased_at == fakes.clock()
    assert container not in fakes.account.containers
    assert [file async for file in fakes.services.records.files(erased)] == []
    assert (await fakes.event_types(export.id))[-2:] == ["EraseRequested", "Erased"]
    assert await erase_export(export.id, OTHER_CALLER, fakes.services) == erased


async def test_an_erasure_that_storage_stops_is_carried_out_later(fakes: HookedServices) -> None:
    export = await run_to_end(fakes, (await create(fakes)).id)
    fakes.hooks.fail("containers.erase")
    waiting = await erase_export(export.id, OTHER_CALLER, fakes.services)
    assert (waiting.erased_at, waiting.wait_reason) == (None, "A call to storage failed (ServerBusy).")
    fakes.hooks.clear()
    fakes.clock.now = waiting.next_step_at or fakes.clock.now
    await advance_export(export.id, fakes.services)
    assert (await read(fakes, export.id)).erased_at is not None


async def test_an_open_export_is_not_erased(fakes: HookedServices) -> None:
    export = await create(fakes)
    with pytest.raises(NotPossibleError) as error:
        await erase_export(export.id, OTHER_CALLER, fakes.services)
    assert error.value.code == "ExportNotEnded"


async def test_a_policy_that_outlived_the_end_keeps_a_cancellation_pending_until_it_is_revoked(
    fakes: HookedServices,
) -> None:
    export = await submit(fakes, (await create(fakes)).id)
    fakes.hooks.fail("containers.remove_policy")
    ended = await run_to_end(fakes, export.id, Fate.FAILED)
    soonest = fakes.clock() + LIMITS.poll_floor
    assert next_try_at(Command.CANCEL, ended, fakes.services) == soonest, "not at the end of the retention"
    assert next_try_at(Command.ERASE, ended, fakes.services) is None
    fakes.hooks.clear()
    await cancel_export(export.id, OTHER_CALLER, fakes.services, fakes.monitors)
    assert next_try_at(Command.CANCEL, await read(fakes, export.id), fakes.services) is None


async def test_a_command_is_followed_at_its_next_try_and_not_in_a_hurry_once_that_is_late(
    fakes: HookedServices,
) -> None:
    export = await run_to_end(fakes, (await create(fakes)).id)
    fakes.hooks.fail("containers.erase")
    waiting = await erase_export(export.id, OTHER_CALLER, fakes.services)
    assert waiting.erase_at is not None
    fakes.clock.now = waiting.erase_at - DAY
    assert next_try_at(Command.ERASE, waiting, fakes.services) == waiting.erase_at
    fakes.clock.now = waiting.erase_at + DAY
    assert next_try_at(Command.ERASE, waiting, fakes.services) == fakes.clock() + LIMITS.poll_floor
