"""Rounds of the reconciler: which monitors it starts and ends, and when."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.exports.backlog_counts import LATE_AFTER
from shared.exports.export import Export
from shared.exports.ids import new_export_id
from shared.exports.states_and_codes import GrantKind
from shared.exports.transitions import cancellation
from shared.records.export_records import SavedExport
from shared.records.table_names import TableName
from shared.telemetry import telemetry_events
from shared.telemetry.telemetry_names import RECONCILER_HEARTBEAT
from shared.workflow.reconciler import reconcile
from tests.exports.samples import CALLER, DAY, HOUR, LIMITS, MINUTE, NOW, running, succeeded, without_events
from tests.fakes.hooked_services import HookedServices

POLL = NOW + 6 * HOUR
ROUND = 5 * MINUTE
"""From one round to the next."""


async def waiting(fakes: HookedServices, export: Export | None = None) -> SavedExport:
    """An export that waits for its poll, and has a monitor."""
    saved = await fakes.store(without_events(export or running(GrantKind.USER_DELEGATION)))
    saved = await fakes.services.records.save(saved, replace(saved.export, next_step_at=POLL))
    await fakes.monitors.start(saved.export.id)
    await run(fakes, HOUR)
    fakes.monitors.started.clear()
    return saved


def of_another_person(export: Export) -> Export:
    return replace(export, id=new_export_id(), subject=replace(export.subject, id=new_export_id()))


async def run(fakes: HookedServices, since: timedelta) -> int:
    """One round at `NOW` and that."""
    fakes.clock.now = NOW + since
    return await reconcile(fakes.services, fakes.monitors)


async def test_an_export_with_a_monitor_is_left_alone(fakes: HookedServices) -> None:
    await waiting(fakes)
    assert await run(fakes, 6 * HOUR + ROUND) == 0
    assert (fakes.monitors.started, fakes.monitors.ended) == ([], [])


async def test_a_lost_monitor_is_started_in_the_first_round_after_its_step_was_due(fakes: HookedServices) -> None:
    saved = await waiting(fakes)
    fakes.monitors.alive.clear()
    assert await run(fakes, 6 * HOUR + 2 * LIMITS.poll_floor) == 0, "its monitor would be about to do the step"
    assert await run(fakes, 6 * HOUR + ROUND) == 1
    assert fakes.monitors.started == [saved.export.id]


@pytest.mark.parametrize(("beyond", "ended"), [(timedelta(), 0), (timedelta(seconds=1), 1)])
async def test_a_monitor_that_hangs_is_ended_and_started_in_the_next_round(
    beyond: timedelta, ended: int, fakes: HookedServices
) -> None:
    saved = await waiting(fakes)
    assert await run(fakes, 6 * HOUR + LATE_AFTER + beyond) == 0
    assert fakes.monitors.ended == [(saved.export.id, "It is late.")] * ended
    assert await run(fakes, 6 * HOUR + LATE_AFTER + beyond + ROUND) == ended


async def test_a_cancellation_whose_process_died_is_carried_out_after_the_next_round(fakes: HookedServices) -> None:
    saved = await waiting(fakes)
    fakes.monitors.alive.clear()
    fakes.clock.now = NOW + HOUR
    await fakes.services.records.save(saved, cancellation.request_cancellation(saved.export, CALLER, NOW + HOUR))
    assert await run(fakes, HOUR + ROUND) == 1


async def test_an_erasure_that_is_due_gets_a_monitor(fakes: HookedServices) -> None:
    saved = await fakes.store(without_events(succeeded(now=NOW)))
    assert saved.export.erase_at is not None
    assert await run(fakes, saved.export.erase_at - NOW) == 0
    assert await run(fakes, saved.export.erase_at - NOW + ROUND) == 1
    assert fakes.monitors.started == [saved.export.id]


async def test_an_index_that_was_lost_is_made_again_in_a_round(fakes: HookedServices) -> None:
    await waiting(fakes)
    fakes.monitors.alive.clear()
    fakes.tables[TableName.INDEX].lose()
    assert await run(fakes, 7 * HOUR) == 0
    assert await run(fakes, 7 * HOUR + ROUND) == 1


async def test_an_index_that_is_whole_is_not_compared_with_all_exports(fakes: HookedServices) -> None:
    await waiting(fakes)
    fakes.hooks.calls.clear()
    await run(fakes, 2 * HOUR)
    assert "Exports.scan" not in fakes.hooks.calls


async def test_a_heartbeat_says_what_a_round_found_and_did(
    fakes: HookedServices, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, telemetry_events.__name__)
    await waiting(fakes)
    overdue = of_another_person(replace(running(), due_at=NOW - DAY))
    await waiting(fakes, overdue)
    ended = of_another_person(replace(succeeded(now=NOW), erase_at=POLL))
    await waiting(fakes, ended)
    fakes.monitors.alive = {overdue.id}
    caplog.clear()
    await run(fakes, 6 * HOUR + LATE_AFTER + MINUTE)
    (heartbeat,) = (message for message in caplog.messages if message.startswith(RECONCILER_HEARTBEAT))
    assert heartbeat == (
        f"{RECONCILER_HEARTBEAT} notStarted=0 running=2 oldestAgeHours=6.27 dueSoon=0 overdue=1 late=3 "
        f"monitorsStarted=2 monitorsRepaired=1 submissionsPerDay={LIMITS.submissions_per_day}"
    )
