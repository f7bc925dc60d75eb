"""The daily sweep: what it removes, and what it leaves."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from shared.exports.export import Export
from shared.exports.ids import new_export_id
from shared.exports.states_and_codes import EventType
from shared.exports.subscription import LIFETIME
from shared.exports.transitions import data_erasure, data_hold
from shared.protocols import CallbackReceiver, Delete, Upsert
from shared.records.export_records import SavedExport
from shared.records.maintenance_progress import SweepProgress
from shared.records.table_names import TableName
from shared.telemetry import telemetry_events
from shared.telemetry.telemetry_names import SWEEPER_HEARTBEAT
from shared.workflow.reconciler import reconcile
from shared.workflow.sweeper import (
    KEEP_HISTORY,
    MOST_CANDIDATES,
    ORPHAN_AGE,
    PIECE_TIME_LIMIT,
    SECRETS_PIECE_TIME_LIMIT,
    sweep,
)
from tests.exports.samples import (
    CALLER,
    DAY,
    HOUR,
    MINUTE,
    NOW,
    accepted,
    failed,
    running,
    subscribed,
    succeeded,
    without_events,
)
from tests.fakes.hooked_services import HookedServices, ProcessDied
from tests.fakes.in_memory_containers import name_of
from tests.fakes.recording_monitors import RecordingMonitors
from tests.workflow.quiet_traffic import quiet_traffic


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
    """The daily sweep at `NOW` and that: one piece of it."""
    fakes.clock.now = NOW + age
    return await sweep(fakes.services, fakes.monitors)


async def bystanders(fakes: HookedServices, count: int = 3) -> None:
    """Records exports that run, so that the containers of others are the exception."""
    for _ in range(count):
        await store(fakes, running())


def at_lookup(fakes: HookedServices, number: int, do: Callable[[], Awaitable[None]]) -> None:
    """Does something right before the sweep looks an export up for that many times, and never again."""

    async def count() -> None:
        if fakes.hooks.calls.count("Exports.get") == number:
            fakes.hooks.clear()
            await do()

    async def begin() -> None:
        fakes.hooks.calls.clear()
        fakes.hooks.before["Exports.get"] = count

    fakes.hooks.after["containers.list_containers"] = begin


class MonitorsWithoutHistory(RecordingMonitors):
    """Monitors whose history can't be deleted."""

    async def purge_history(self, before: datetime) -> None:
        raise LookupError(before)


def heartbeats(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [message for message in caplog.messages if message.startswith(SWEEPER_HEARTBEAT)]


def exists(fakes: HookedServices, container_url: str) -> bool:
    return name_of(container_url) in fakes.account.containers


@pytest.mark.parametrize(("age", "removed"), [(ORPHAN_AGE - timedelta(seconds=1), 0), (ORPHAN_AGE, 1)])
async def test_a_container_without_an_export_is_removed_when_it_is_a_day_old(
    age: timedelta, removed: int, fakes: HookedServices
) -> None:
    await bystanders(fakes)
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


async def test_a_container_of_packages_is_kept_as_long_as_the_data_and_removed_after(fakes: HookedServices) -> None:
    kept, erased = await store(fakes, succeeded()), await store(fakes, replace(succeeded(), erased_at=NOW))
    for saved in (kept, erased):
        await fakes.services.zip_blobs().create(saved.export.id)
    await sweep_at(fakes, 2 * ORPHAN_AGE)
    assert set(fakes.account.containers) == {
        name_of(kept.export.attempts[0].container),
        name_of(fakes.zip_blobs.container_url(kept.export.id)),
    }


async def test_under_a_hold_no_container_is_removed_until_it_is_lifted(fakes: HookedServices) -> None:
    ended = await store(fakes, data_hold.place_hold(failed(), "court", CALLER, NOW))
    left_over = await make_container(fakes, ended.export.id, 2)
    await sweep_at(fakes, ORPHAN_AGE)
    assert exists(fakes, left_over)
    assert exists(fakes, ended.export.attempts[0].container)
    saved = await fakes.stored(ended.export.id)
    await fakes.services.records.save(saved, data_hold.lift_hold(saved.export, CALLER, NOW))
    await sweep_at(fakes, 2 * ORPHAN_AGE)
    assert not exists(fakes, left_over)
    assert exists(fakes, ended.export.attempts[0].container)


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


async def test_a_failure_does_not_keep_the_others(fakes: HookedServices, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, telemetry_events.__name__)
    ended = [await store(fakes, data_erasure.mark_erased(failed(), NOW)) for _ in range(3)]
    fakes.hooks.refuse_once("containers.erase", "BlobImmutableDueToPolicy")
    assert await sweep_at(fakes, ORPHAN_AGE) == 2
    (left,) = (saved.export.id for saved in ended if exists(fakes, saved.export.attempts[0].container))
    (warning,) = (record.getMessage() for record in caplog.records if record.levelno == logging.WARNING)
    assert warning.startswith(f"The sweep of a container of export {left} failed: StorageRefusedError: BlobImmutable")
    assert heartbeats(caplog) == [f"{SWEEPER_HEARTBEAT} removed=2 seen=2 failed=1 orphansKept=0"]


async def test_an_orphan_that_cannot_be_removed_is_counted(
    fakes: HookedServices, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, telemetry_events.__name__)
    await bystanders(fakes)
    await make_container(fakes, new_export_id())
    fakes.hooks.refuse_once("containers.erase", "BlobImmutableDueToPolicy")
    assert await sweep_at(fakes, ORPHAN_AGE) == 0
    assert heartbeats(caplog) == [f"{SWEEPER_HEARTBEAT} removed=0 seen=4 failed=1 orphansKept=0"]


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
    await bystanders(fakes)
    await make_container(fakes, new_export_id())
    await sweep_at(fakes, ORPHAN_AGE)
    assert heartbeats(caplog) == [f"{SWEEPER_HEARTBEAT} removed=1 seen=4 failed=0 orphansKept=0"]


async def test_a_table_that_was_lost_erases_nothing(fakes: HookedServices, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, telemetry_events.__name__)
    saved = [await store(fakes, export) for export in (running(), failed(), running())]
    fakes.tables[TableName.EXPORTS].lose()
    assert await sweep_at(fakes, ORPHAN_AGE) == 0
    assert all(exists(fakes, each.export.attempts[0].container) for each in saved)
    assert heartbeats(caplog) == [f"{SWEEPER_HEARTBEAT} removed=0 seen=3 failed=0 orphansKept=3"]
    (error,) = (record.getMessage() for record in caplog.records if record.levelno == logging.ERROR)
    assert error.startswith("3 of 3 containers are of exports that are not recorded.")
    await bystanders(fakes, 8)
    assert await sweep_at(fakes, 2 * ORPHAN_AGE) == 0, "3 of 11 are more than a quarter"
    await bystanders(fakes, 1)
    assert await sweep_at(fakes, 3 * ORPHAN_AGE) == 3, "these are orphans by now"


async def test_the_only_container_is_no_orphan(fakes: HookedServices) -> None:
    container_url = await make_container(fakes, new_export_id())
    assert await sweep_at(fakes, ORPHAN_AGE) == 0
    assert exists(fakes, container_url)


async def test_one_orphan_can_be_believed_beside_one_other(fakes: HookedServices) -> None:
    await bystanders(fakes, 1)
    await make_container(fakes, new_export_id())
    assert await sweep_at(fakes, ORPHAN_AGE) == 1


async def test_a_table_that_is_lost_while_a_sweep_runs_erases_nothing(fakes: HookedServices) -> None:
    await bystanders(fakes, 8)

    async def lose() -> None:
        fakes.tables[TableName.EXPORTS].lose()

    at_lookup(fakes, 7, lose)
    assert await sweep_at(fakes, ORPHAN_AGE) == 0
    assert len(fakes.account.containers) == 8


async def test_an_export_that_was_recorded_meanwhile_keeps_its_container(fakes: HookedServices) -> None:
    await bystanders(fakes)
    late = without_events(replace(running(), id=new_export_id(), allow_duplicate=True))
    container_url = await make_container(fakes, late.id)

    async def record() -> None:
        await fakes.services.records.insert(late)

    at_lookup(fakes, 5, record)  # each container's was looked up once
    assert await sweep_at(fakes, ORPHAN_AGE) == 0
    assert exists(fakes, container_url)


async def test_an_export_that_cannot_be_read_keeps_its_container(
    fakes: HookedServices, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, telemetry_events.__name__)
    await bystanders(fakes)
    bad = await store(fakes, failed())
    fakes.tables[TableName.EXPORTS].apply([Upsert({"PartitionKey": bad.export.id, "RowKey": "export", "stage": "New"})])
    assert await sweep_at(fakes, ORPHAN_AGE) == 0
    assert exists(fakes, bad.export.attempts[0].container)
    assert heartbeats(caplog) == [f"{SWEEPER_HEARTBEAT} removed=0 seen=3 failed=1 orphansKept=0"]


async def test_so_many_orphans_are_removed_in_a_sweep_and_the_rest_in_the_next(fakes: HookedServices) -> None:
    await bystanders(fakes, 4 * MOST_CANDIDATES)
    for _ in range(MOST_CANDIDATES + 1):
        await make_container(fakes, new_export_id())
    assert await sweep_at(fakes, ORPHAN_AGE) == MOST_CANDIDATES
    assert await sweep_at(fakes, ORPHAN_AGE + HOUR) == 1


async def test_history_and_preflights_go_first_and_their_failure_keeps_nothing(fakes: HookedServices) -> None:
    await bystanders(fakes)
    container_url = await make_container(fakes, new_export_id())
    fakes.clock.now = NOW + ORPHAN_AGE
    fakes.account_probe.left = [NOW - HOUR, NOW]
    assert await sweep(fakes.services, MonitorsWithoutHistory()) == 2, "a preflight's and this one"
    assert fakes.account_probe.left == [NOW]
    assert not exists(fakes, container_url)


async def rounds(fakes: HookedServices) -> int:
    """Rounds of the reconciler until the sweep has ended; returns how many."""
    count = 0
    while (await fakes.services.maintenance.load()).sweep is not None:
        fakes.clock.now += 5 * MINUTE
        await reconcile(fakes.services, fakes.monitors)
        count += 1
    return count


async def test_a_sweep_that_takes_long_goes_on_in_the_rounds_of_the_reconciler(fakes: HookedServices) -> None:
    await bystanders(fakes, 1001)
    fakes.hooks.calls.clear()
    fakes.hooks.take("containers.list_containers", PIECE_TIME_LIMIT)
    await sweep_at(fakes, ORPHAN_AGE)
    assert fakes.hooks.calls.count("containers.list_containers") == 1
    assert await rounds(fakes) == 2
    assert fakes.hooks.calls.count("containers.list_containers") == 3


async def test_a_sweep_whose_process_died_goes_on_where_it_was(fakes: HookedServices) -> None:
    await bystanders(fakes, 1001)
    ended = [await store(fakes, data_erasure.mark_erased(failed(), NOW)) for _ in range(3)]
    fakes.hooks.calls.clear()

    async def die_at_the_second_page() -> None:
        if fakes.hooks.calls.count("containers.list_containers") == 2:
            raise ProcessDied

    fakes.hooks.before["containers.list_containers"] = die_at_the_second_page
    with pytest.raises(ProcessDied):
        await sweep_at(fakes, ORPHAN_AGE)
    fakes.hooks.clear()
    assert await rounds(fakes) == 1
    assert fakes.hooks.calls.count("containers.list_containers") == 1 + 1 + 2, (
        "the first of three pages is not repeated"
    )
    assert not any(exists(fakes, each.export.attempts[0].container) for each in ended)


async def test_a_sweep_that_has_not_ended_goes_on_and_one_that_never_ends_begins_anew(fakes: HookedServices) -> None:
    progress = fakes.services.maintenance
    await progress.save(SweepProgress(started_at=NOW, marker="export-f", seen=7))
    fakes.hooks.fail("containers.list_containers")
    await sweep_at(fakes, 2 * DAY)
    kept = (await progress.load()).sweep
    assert kept is not None
    assert kept.seen == 7
    await sweep_at(fakes, 2 * DAY + MINUTE)
    anew = (await progress.load()).sweep
    assert anew == SweepProgress(started_at=NOW + 2 * DAY + MINUTE)


URL = "https://hooks.contoso.example/exports?sig=caller"


async def leave_urls(fakes: HookedServices, count: int = 1) -> None:
    """Stores URLs of exports that are never recorded, as processes do that die in between."""
    for _ in range(count):
        await fakes.services.secrets.store_callback(replace(accepted(), id=new_export_id()), URL)


def urls(fakes: HookedServices) -> int:
    return len(fakes.tables[TableName.SECRETS].rows("callback", "", "~"))


async def test_the_url_of_a_callback_whose_export_was_never_recorded_is_removed_after_a_day(
    fakes: HookedServices, caplog: pytest.LogCaptureFixture
) -> None:
    fakes.hooks.die_before("Exports.transact")
    export = replace(accepted(), id=new_export_id(), has_callback=True)
    with pytest.raises(ProcessDied):
        await fakes.services.records.insert(export, URL)
    fakes.hooks.clear()
    await sweep_at(fakes, ORPHAN_AGE)
    assert urls(fakes) == 1
    caplog.set_level(logging.INFO)
    await sweep_at(fakes, ORPHAN_AGE + MINUTE)
    assert urls(fakes) == 0
    assert "Removed 1 secrets of callbacks" in caplog.text
    assert URL not in caplog.text


async def test_a_url_that_was_left_when_its_delivery_was_over_is_removed(fakes: HookedServices) -> None:
    saved = await fakes.services.records.insert(replace(accepted(), has_callback=True), URL)
    fakes.hooks.die_before("CallbackSecrets.transact")
    with pytest.raises(ProcessDied):
        await fakes.services.records.save(saved, replace(saved.export, has_callback=False))
    fakes.hooks.clear()
    assert urls(fakes) == 1
    await sweep_at(fakes, 2 * DAY)
    assert urls(fakes) == 0


async def test_many_urls_are_looked_at_in_pieces_and_the_next_round_goes_on(fakes: HookedServices) -> None:
    await leave_urls(fakes, 120)
    fakes.hooks.take("CallbackSecrets.range", SECRETS_PIECE_TIME_LIMIT)
    await sweep_at(fakes, 2 * DAY)
    assert urls(fakes) == 70
    await sweep_at(fakes, 2 * DAY + MINUTE)
    assert urls(fakes) == 20
    await reconcile(fakes.services, fakes.monitors)
    assert urls(fakes) == 0
    assert (await fakes.services.maintenance.load()).secrets is None


async def test_a_sweep_of_urls_that_fails_is_taken_up_where_it_was(
    fakes: HookedServices, caplog: pytest.LogCaptureFixture
) -> None:
    await leave_urls(fakes)
    fakes.hooks.fail("CallbackSecrets.range")
    await sweep_at(fakes, 2 * DAY)
    assert "The sweep of callback secrets" in caplog.text
    assert urls(fakes) == 1
    fakes.hooks.clear()
    await reconcile(fakes.services, fakes.monitors)
    assert urls(fakes) == 0


async def test_subscriptions_that_have_expired_are_removed_and_told_of(
    fakes: HookedServices, caplog: pytest.LogCaptureFixture
) -> None:
    expired, kept = subscribed(new_export_id()), replace(subscribed(new_export_id()), expires_at=NOW + LIFETIME + DAY)
    for each in (expired, kept):
        await fakes.services.subscriptions.add(each, CallbackReceiver(URL, "whsec_x"))
    await sweep_at(fakes, LIFETIME)
    assert await fakes.services.subscriptions.all() == [kept]
    assert f"Subscription {expired.id} has expired and is removed" in caplog.text
    assert len(fakes.tables[TableName.SECRETS].rows("subscription", "", "~")) == 1


async def test_secrets_of_a_subscription_that_was_never_recorded_are_removed(fakes: HookedServices) -> None:
    fakes.hooks.die_before("Subscriptions.transact")
    with pytest.raises(ProcessDied):
        await fakes.services.subscriptions.add(subscribed(new_export_id()), CallbackReceiver(URL, "whsec_x"))
    fakes.hooks.clear()
    secrets = fakes.tables[TableName.SECRETS]
    await sweep_at(fakes, ORPHAN_AGE)
    assert len(secrets.rows("subscription", "", "~")) == 1
    await sweep_at(fakes, ORPHAN_AGE + MINUTE)
    assert not secrets.rows("subscription", "", "~")


async def test_a_sweep_leaves_no_span_of_what_it_read(fakes: HookedServices, monkeypatch: pytest.MonkeyPatch) -> None:
    await bystanders(fakes)
    with quiet_traffic(fakes, monkeypatch) as traffic:
        await sweep_at(fakes, DAY)
    assert traffic.reads > 5
    assert traffic.spans == []
