"""The daily sweep: what it removes, and what it leaves."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.exports.export import Export
from shared.exports.ids import new_export_id
from shared.exports.states_and_codes import EventType
from shared.exports.transitions import data_erasure
from shared.protocols import Delete
from shared.records.export_records import SavedExport
from shared.records.table_names import TableName
from shared.telemetry import telemetry_events
from shared.telemetry.telemetry_names import SWEEPER_HEARTBEAT
from shared.workflow.reconciler import reconcile
from shared.workflow.sweeper import KEEP_HISTORY, ORPHAN_AGE, sweep
from tests.exports.samples import DAY, HOUR, MINUTE, NOW, failed, running, without_events
from tests.fakes.hooked_services import HookedServices
from tests.fakes.in_memory_containers import name_of


async def make_container(fakes: HookedServices, export_id: str, attempt: int = 1) -> str:
    """Makes a container with a policy, as a step does."""
    container_url = await fakes.services.containers.create(export_id, attempt)
    await fakes.services.containers.set_policy(container_url, NOW + DAY, NOW)
    return container_url


async def store(fakes: HookedServices, export: Export) -> SavedExport:
    """Records an export of a person of its own, in a container that was made for it."""
    export_id = new_export_id()
    container_url = await make_container(fakes, export_id)
    subject = replace(export.subject, id=new_export_id())
    attempts = tuple(replace(attempt, container=container_url) for attempt in export.attempts)
    return await fakes.services.records.insert(
        without_events(replace(export, id=export_id, subject=subject, attempts=attempts))
    )


async def sweep_at(fakes: HookedServices, age: timedelta) -> int:
    fakes.clock.now = NOW + age
    return await sweep(fakes.services, fakes.monitors)


def exists(fakes: HookedServices, container_url: str) -> bool:
    return name_of(container_url) in fakes.account.containers


@pytest.mark.parametrize(("age", "removed"), [(ORPHAN_AGE - timedelta(seconds=1), 0), (ORPHAN_AGE, 1)])
async def test_a_container_without_an_export_is_removed_when_it_is_a_day_old(
    age: timedelta, removed: int, fakes: HookedServices
) -> None:
    container_url = await make_container(fakes, new_export_id())
    assert await sweep_at(fakes, age) == removed
    assert exists(fakes, container_url) is not bool(removed)


async def test_a_container_for_an_attempt_that_was_never_recorded_is_removed_after_the_end(
    fakes: HookedServices,
) -> None:
    ended, going_on = await store(fakes, failed()), await store(fakes, running())
    left_over = await make_container(fakes, ended.export.id, 2)
    needed_soon = await make_container(fakes, going_on.export.id, 2)
    await sweep_at(fakes, ORPHAN_AGE)
    assert not exists(fakes, left_over)
    assert exists(fakes, needed_soon)
    assert exists(fakes, ended.export.attempts[0].container)


async def test_a_container_that_outlived_its_erasure_is_removed(fakes: HookedServices) -> None:
    saved = await store(fakes, data_erasure.mark_erased(failed(), NOW))
    assert await sweep_at(fakes, ORPHAN_AGE) == 1
    assert not exists(fakes, saved.export.attempts[0].container)


async def test_a_grant_that_outlived_the_end_is_revoked_and_the_data_stays(fakes: HookedServices) -> None:
    saved = await store(fakes, failed())
    assert await sweep_at(fakes, HOUR) == 1
    assert fakes.policy_end(saved.export.attempts[0].container) is None
    (attempt,) = (await fakes.stored(saved.export.id)).export.attempts
    assert attempt.grant.revoked_at == NOW + HOUR
    assert (await fakes.event_types(saved.export.id))[-1] == EventType.GRANT_REVOKED
    assert await sweep_at(fakes, 2 * HOUR) == 0


async def test_a_grant_that_microsoft_needs_stays(fakes: HookedServices) -> None:
    saved = await store(fakes, running())
    assert await sweep_at(fakes, ORPHAN_AGE) == 0
    assert fakes.policy_end(saved.export.attempts[0].container) is not None
    assert await fakes.stored(saved.export.id) == saved


async def test_a_grant_is_revoked_though_somebody_changes_the_export_meanwhile(fakes: HookedServices) -> None:
    saved = await store(fakes, failed())

    async def change() -> None:
        await fakes.services.records.save(saved, replace(saved.export, reference="case 7"))

    fakes.hooks.after["containers.remove_policy"] = change
    assert await sweep_at(fakes, HOUR) == 1
    assert (await fakes.stored(saved.export.id)).export.reference == "case 7"
    assert fakes.policy_end(saved.export.attempts[0].container) is None


async def test_a_refusal_does_not_keep_the_others(fakes: HookedServices, caplog: pytest.LogCaptureFixture) -> None:
    ids = sorted(new_export_id() for _ in range(3))
    for export_id in ids:
        await make_container(fakes, export_id)

    fakes.hooks.refuse_once("containers.erase", "BlobImmutableDueToPolicy")
    assert await sweep_at(fakes, ORPHAN_AGE) == 2
    (warning,) = (record.getMessage() for record in caplog.records if record.levelno == logging.WARNING)
    assert warning == f"A container of export {ids[0]} can't be removed or revoked: BlobImmutableDueToPolicy"


async def test_the_history_of_monitors_is_kept_for_a_month(fakes: HookedServices) -> None:
    await sweep_at(fakes, timedelta())
    assert fakes.monitors.purged_before == [NOW - KEEP_HISTORY]


async def test_an_entry_that_the_index_has_lost_is_made_again(fakes: HookedServices) -> None:
    saved = await store(fakes, running())
    fakes.clock.now = NOW + MINUTE
    await reconcile(fakes.services, fakes.monitors)  # the index is whole from now on
    index = fakes.tables[TableName.INDEX]
    steps = [row.row for row in index.all_rows() if row.row["RowKey"].startswith("step|")]
    assert steps
    index.apply([Delete(row["PartitionKey"], row["RowKey"]) for row in steps])
    fakes.clock.now = NOW + 7 * HOUR
    assert await reconcile(fakes.services, fakes.monitors) == 0
    await sweep_at(fakes, 8 * HOUR)
    assert await reconcile(fakes.services, fakes.monitors) == 1
    assert fakes.monitors.started == [saved.export.id]


async def test_a_heartbeat_says_how_much_was_removed(fakes: HookedServices, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, telemetry_events.__name__)
    await make_container(fakes, new_export_id())
    await sweep_at(fakes, ORPHAN_AGE)
    assert f"{SWEEPER_HEARTBEAT} removed=1" in caplog.messages
