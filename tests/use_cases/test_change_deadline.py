"""The clock of an export is changed on top of its newest state, and the index follows."""

from dataclasses import replace

import pytest

from shared.exports.exceptions import NotPossibleError
from shared.exports.export import Export
from shared.exports.transitions.deadline import Extend, Pause, Resume
from shared.records.table_names import TableName
from shared.use_cases.change_deadline import change_deadline
from shared.workflow.advance_export import advance_export
from shared.workflow.reconciler import reconcile
from tests.exports.samples import CALLER, DAY, HOUR, LIMITS, MINUTE, NOW
from tests.fakes.hooked_services import HookedServices, ProcessDied
from tests.use_cases.export_runs import OTHER_CALLER, advance, create, once, read, run_to_end, submit

DUE = NOW + 30 * DAY
PAUSE, RESUME = Pause("The person was asked."), Resume()


async def change(fakes: HookedServices, export: Export, what: Extend | Pause | Resume) -> Export:
    return await change_deadline(export.id, what, CALLER, fakes.services)


def keys_of(fakes: HookedServices, export: Export) -> set[str]:
    """The keys that list an export by its deadline."""
    rows = (stored.row for stored in fakes.tables[TableName.INDEX].all_rows())
    return {row["RowKey"] for row in rows if row.get("exportId") == export.id and "due|" in row["RowKey"]}


async def test_a_change_is_stored_and_one_that_is_repeated_stores_nothing(fakes: HookedServices) -> None:
    export = await create(fakes)
    extended = await change(fakes, export, Extend(DUE + DAY, "It is complex."))
    assert extended == await read(fakes, export.id)
    stored = await fakes.stored(export.id)
    await change(fakes, export, Extend(DUE + DAY, "It is complex."))
    assert await fakes.stored(export.id) == stored


async def test_a_refused_change_stores_nothing(fakes: HookedServices) -> None:
    export = await create(fakes)
    stored = await fakes.stored(export.id)
    with pytest.raises(NotPossibleError):
        await change(fakes, export, Extend(DUE - DAY, "It is simple."))
    assert await fakes.stored(export.id) == stored


async def test_of_two_who_resume_at_once_one_moves_the_deadline(fakes: HookedServices) -> None:
    export = await change(fakes, await create(fakes), PAUSE)
    fakes.pass_time(DAY)
    once(
        fakes.hooks.after,
        "Exports.get",
        lambda: change_deadline(export.id, RESUME, OTHER_CALLER, fakes.services),
    )
    resumed = await change(fakes, export, RESUME)
    assert resumed.due_at == DUE + DAY
    assert (await fakes.event_types(export.id)).count("ClockResumed") == 1


async def test_the_index_follows_the_deadline(fakes: HookedServices) -> None:
    export = await create(fakes)
    assert all("1796115600|" in key for key in keys_of(fakes, export))
    await change(fakes, export, Extend(DUE + DAY, "It is complex."))
    assert all("1796202000|" in key for key in keys_of(fakes, export))
    await change(fakes, export, PAUSE)
    assert all(f"999999999999-001796202000|{export.id}" in key for key in keys_of(fakes, export))
    fakes.pass_time(DAY)
    await change(fakes, export, RESUME)
    assert all("1796288400|" in key for key in keys_of(fakes, export))
    assert len(keys_of(fakes, export)) == 4, "all and those with its status, for all and for the requester"


@pytest.mark.parametrize("call", ["Exports.transact", "ExportIndex.transact"])
async def test_a_process_that_dies_leaves_the_export_listed_as_it_is(fakes: HookedServices, call: str) -> None:
    export = await create(fakes)
    fakes.hooks.die_after(call)
    with pytest.raises(ProcessDied):
        await change(fakes, export, PAUSE)
    fakes.hooks.clear()
    paused = (await read(fakes, export.id)).paused_at is not None
    assert paused is (call == "Exports.transact")
    assert any(("999999999999" in key) is paused for key in keys_of(fakes, export))
    fakes.pass_time(HOUR)
    await fakes.services.repair.repair(fakes.clock())
    assert all(("999999999999" in key) is paused for key in keys_of(fakes, export))


async def test_a_monitor_warns_within_an_hour_of_a_clock_that_was_resumed_late(fakes: HookedServices) -> None:
    export = await submit(fakes, (await create(fakes)).id)
    fakes.pass_time(DUE - 6 * DAY - fakes.clock())
    await change(fakes, export, PAUSE)
    fakes.pass_time(3 * DAY)
    come_back = await advance_export(export.id, fakes.services)
    assert come_back is not None
    assert come_back <= fakes.clock() + HOUR, "it may be resumed at any time"
    assert "DueSoon" not in await fakes.event_types(export.id)
    await change(fakes, export, RESUME)
    fakes.pass_time(DAY)
    await advance_export(export.id, fakes.services)
    assert (await fakes.event_types(export.id)).count("DueSoon") == 1


async def test_an_export_that_ends_while_its_clock_is_paused_has_a_deadline_again(fakes: HookedServices) -> None:
    export = await change(fakes, await create(fakes), PAUSE)
    ended = await run_to_end(fakes, export.id)
    assert ended.completed_at is not None
    assert (ended.paused_at, ended.due_at) == (None, DUE + (ended.completed_at - NOW))
    assert (await fakes.event_types(export.id)).index("ClockResumed") < (await fakes.event_types(export.id)).index(
        "Succeeded"
    )


async def test_an_export_that_awaits_its_hand_over_is_warned_about_without_a_monitor() -> None:
    fakes = HookedServices(replace(LIMITS, expect_handover=True, retain_for=400 * DAY))
    export = await run_to_end(fakes, (await create(fakes)).id)
    assert await advance_export(export.id, fakes.services) is None, "no monitor waits for weeks"
    assert export.warn_at == DUE - LIMITS.due_soon
    for moment, codes in ((DUE - LIMITS.due_soon, ["DueSoon"]), (DUE, ["DueSoon", "Overdue"])):
        fakes.monitors.alive.clear()
        fakes.pass_time(moment - fakes.clock() + 2 * MINUTE)
        started = len(fakes.monitors.started)
        await reconcile(fakes.services, fakes.monitors)
        assert fakes.monitors.started[started:] == [export.id]
        await advance(fakes, export.id)
        assert [warning.code for warning in (await read(fakes, export.id)).warnings] == codes
    await reconcile(fakes.services, fakes.monitors)
    assert (await read(fakes, export.id)).warn_at is None
