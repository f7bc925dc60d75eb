"""Holds: nothing erases what is held, and what fell due meanwhile is erased after."""

from dataclasses import replace

import pytest

from shared.exports.exceptions import ConflictError, NotPossibleError, StorageFailedError
from shared.exports.export import Export
from shared.exports.ids import new_export_id
from shared.protocols import Upsert
from shared.records.export_index import ExportIndex
from shared.records.index_keys import ExportFilter
from shared.records.table_names import TableName
from shared.use_cases.cancel_retry_erase import erase_export
from shared.use_cases.hold_exports import EXPORTS_PER_PAGE, HoldOutcomes, lift_hold, lift_holds, place_hold, place_holds
from shared.workflow.advance_export import advance_export
from shared.workflow.reconciler import reconcile
from tests.exports.samples import CALLER, DAY, LIMITS, accepted
from tests.fakes.hooked_services import HookedServices, ProcessDied
from tests.fakes.in_memory_containers import name_of
from tests.use_cases.export_runs import OTHER_CALLER, REQUEST, create, once, read, run_to_end

REASON, REFERENCE = "Case 12 O 345/26", "DSR-1"
WANTED = ExportFilter(reference=REFERENCE)


async def ended(fakes: HookedServices, reference: str | None = None) -> Export:
    return await run_to_end(fakes, (await create(fakes, replace(REQUEST, reference=reference))).id)


async def hold(fakes: HookedServices, export_id: str) -> Export:
    return await place_hold(export_id, REASON, OTHER_CALLER, fakes.services)


def errors(page: HoldOutcomes) -> dict[str, str | None]:
    """The code of each export's error."""
    return {each.export_id: None if each.error is None else each.error.code for each in page.value}


async def has_data(fakes: HookedServices, export: Export) -> bool:
    """Whether all of the data is there, not a part of it."""
    containers = [name_of(attempt.container) in fakes.account.containers for attempt in export.attempts]
    files = [file async for file in fakes.services.records.files(export)]
    there = {*containers, bool(files)}
    assert len(there) == 1
    return there.pop()


async def pass_days(fakes: HookedServices, days: int) -> None:
    """Rounds of the reconciler on that many days, with what the monitors do that it starts."""
    for _ in range(days):
        fakes.pass_time(DAY)
        fakes.monitors.started.clear()
        fakes.monitors.alive.clear()
        await reconcile(fakes.services, fakes.monitors)
        for export_id in fakes.monitors.started:
            await advance_export(export_id, fakes.services)


async def test_what_is_held_outlives_its_retention_and_goes_after_the_hold(fakes: HookedServices) -> None:
    export = await ended(fakes)
    held = await hold(fakes, export.id)
    assert await hold(fakes, export.id) == held
    await pass_days(fakes, LIMITS.retain_for.days + 10)
    assert await has_data(fakes, export)
    assert await read(fakes, export.id) == held
    await lift_hold(export.id, CALLER, fakes.services)
    await pass_days(fakes, 1)
    assert not await has_data(fakes, export)
    assert (await fakes.event_types(export.id))[-3:] == ["HoldPlaced", "HoldLifted", "Erased"]


async def test_a_hold_that_is_lifted_in_time_changes_nothing(fakes: HookedServices) -> None:
    export = await ended(fakes)
    await hold(fakes, export.id)
    lifted = await lift_hold(export.id, CALLER, fakes.services)
    assert await lift_hold(export.id, CALLER, fakes.services) == lifted
    assert (lifted.erase_at, lifted.next_step_at) == (export.erase_at, export.next_step_at)
    await pass_days(fakes, LIMITS.retain_for.days - 1)
    assert await has_data(fakes, export)
    await pass_days(fakes, 2)
    assert not await has_data(fakes, export)


async def test_nobody_erases_what_is_held(fakes: HookedServices) -> None:
    export = await ended(fakes)
    held = await hold(fakes, export.id)
    with pytest.raises(NotPossibleError) as error:
        await erase_export(export.id, CALLER, fakes.services)
    assert error.value.code == "OnHold"
    assert await read(fakes, export.id) == held
    assert await has_data(fakes, export)


@pytest.mark.parametrize("call", ["Exports.get", "Exports.transact", "containers.erase", "Exports.range"])
@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_hold_that_is_accepted_while_data_falls_due_keeps_all_of_it(
    fakes: HookedServices, call: str, when: str
) -> None:
    """Somebody places a hold at each call of the step that erases; what is accepted is kept, the rest refused."""
    export = await ended(fakes)
    assert export.erase_at is not None
    fakes.clock.now = export.erase_at
    refusals: list[str] = []

    async def place() -> None:
        try:
            await hold(fakes, export.id)
        except NotPossibleError as error:
            refusals.append(error.code)

    once(getattr(fakes.hooks, when), call, place)
    await advance_export(export.id, fakes.services)
    await pass_days(fakes, 2)
    after = await read(fakes, export.id)
    assert (after.hold is None) == bool(refusals)
    assert await has_data(fakes, export) == (not refusals)
    assert (after.erased_at is None) == (not refusals)
    assert set(refusals) <= {"ErasureBegun", "DataErased"}


@pytest.mark.parametrize("died_at", ["Exports.transact", "containers.erase"])
async def test_a_process_that_dies_while_it_erases_leaves_nothing_that_can_be_held(
    fakes: HookedServices, died_at: str
) -> None:
    export = await ended(fakes)
    assert export.erase_at is not None
    fakes.clock.now = export.erase_at
    fakes.hooks.die_after(died_at)
    with pytest.raises(ProcessDied):
        await advance_export(export.id, fakes.services)
    fakes.hooks.clear()
    with pytest.raises(NotPossibleError) as error:
        await hold(fakes, export.id)
    assert error.value.code == "ErasureBegun"
    await pass_days(fakes, 1)
    assert not await has_data(fakes, export)


async def test_an_export_that_failed_to_begin_its_erasure_can_be_held(fakes: HookedServices) -> None:
    export = await ended(fakes)
    assert export.erase_at is not None
    fakes.clock.now = export.erase_at
    fakes.hooks.die_before("Exports.transact")
    with pytest.raises(ProcessDied):
        await advance_export(export.id, fakes.services)
    fakes.hooks.clear()
    await hold(fakes, export.id)
    await pass_days(fakes, 2)
    assert await has_data(fakes, export)


async def test_holds_are_placed_and_lifted_on_all_exports_of_a_reference_a_page_at_a_time(
    fakes: HookedServices,
) -> None:
    request = replace(REQUEST, reference=REFERENCE, allow_duplicate=True)
    mine = {(await create(fakes, request)).id for _ in range(EXPORTS_PER_PAGE + 1)}
    other = await create(fakes, replace(request, reference="DSR-2"))
    first = await place_holds(WANTED, REASON, OTHER_CALLER, fakes.services, after=None)
    assert first.place is not None
    last = await place_holds(WANTED, REASON, OTHER_CALLER, fakes.services, after=first.place)
    assert errors(first) | errors(last) == dict.fromkeys(mine)
    assert (len(last.value), last.place) == (1, None)
    assert all([(await read(fakes, each)).hold for each in mine])
    assert (await read(fakes, other.id)).hold is None
    page = await lift_holds(WANTED, OTHER_CALLER, fakes.services, after=None)
    assert [each.error for each in page.value] == [None] * EXPORTS_PER_PAGE
    await lift_holds(WANTED, OTHER_CALLER, fakes.services, after=page.place)
    assert not any([(await read(fakes, each)).hold for each in mine])


async def test_one_export_that_can_not_be_held_keeps_no_other_from_its_hold(fakes: HookedServices) -> None:
    erased, damaged, good = [await ended(fakes, REFERENCE) for _ in range(3)]
    await erase_export(erased.id, CALLER, fakes.services)
    fakes.tables[TableName.EXPORTS].apply([Upsert({"PartitionKey": damaged.id, "RowKey": "export", "polls": "x"})])
    page = await place_holds(WANTED, REASON, CALLER, fakes.services, after=None)
    assert errors(page) == {erased.id: "DataErased", damaged.id: "RecordUnreadable", good.id: None}


@pytest.mark.parametrize(
    "error", [StorageFailedError("ServerBusy"), ConflictError("x"), ZeroDivisionError(), KeyError("x")], ids=repr
)
async def test_one_export_that_fails_keeps_no_other_from_its_hold(fakes: HookedServices, error: Exception) -> None:
    for _ in range(3):
        await ended(fakes, REFERENCE)

    async def fail() -> None:
        raise error

    once(fakes.hooks.before, "Exports.get", fail)
    page = await place_holds(WANTED, REASON, CALLER, fakes.services, after=None)
    assert sorted(errors(page).values(), key=str) == ["Busy", None, None]
    again = await place_holds(WANTED, REASON, CALLER, fakes.services, after=None)
    assert set(errors(again).values()) == {None}


async def test_an_export_that_the_index_is_ahead_of_is_left_out(fakes: HookedServices) -> None:
    export = await ended(fakes, REFERENCE)
    about_to_be = replace(accepted(), id=new_export_id(), reference=REFERENCE)
    other = await ended(fakes, "DSR-2")
    index = ExportIndex(fakes.tables[TableName.INDEX])
    for listed in (about_to_be, replace(other, reference=REFERENCE)):
        await index.add(listed)
    page = await place_holds(WANTED, REASON, CALLER, fakes.services, after=None)
    assert [outcome.export_id for outcome in page.value] == [export.id]
    assert page.place is None
    assert (await read(fakes, other.id)).hold is None
