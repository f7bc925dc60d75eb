"""Rounds of the reconciler: which monitors it starts and ends, and when."""

import json
import logging
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from shared.exports.backlog_counts import LATE_AFTER
from shared.exports.export import Export
from shared.exports.ids import new_export_id
from shared.exports.states_and_codes import EventType, GrantKind, Status
from shared.exports.transitions import cancellation
from shared.protocols import Upsert
from shared.records.export_records import SavedExport
from shared.records.index_queries import EXPORTS_PER_TRANSACTION
from shared.records.table_names import TableName
from shared.telemetry import telemetry_events
from shared.telemetry.telemetry_names import RECONCILER_HEARTBEAT
from shared.workflow.reconciler import (
    DISPATCH_TIME_LIMIT,
    DUE_TIME_LIMIT,
    LOOK_TIME_LIMIT,
    READ_TIME_LIMIT,
    reconcile,
)
from shared.workflow.sweeper import (
    HISTORY_TIME_LIMIT,
    PART_TIME_LIMIT,
    PIECE_TIME_LIMIT,
    SECRETS_PIECE_TIME_LIMIT,
    SECRETS_TIME_LIMIT,
)
from tests.exports.samples import CALLER, DAY, HOUR, LIMITS, MINUTE, NOW, running, succeeded, without_events
from tests.fakes.hooked_services import HookedServices, ProcessDied
from tests.fakes.manual_clock import ManualClock
from tests.fakes.recording_monitors import RecordingMonitors
from tests.workflow.quiet_traffic import quiet_traffic

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


async def keep_running(fakes: HookedServices, until: timedelta) -> None:
    """Rounds without a gap, from the last one until `NOW` and that."""
    at = fakes.clock.now - NOW + ROUND
    while at < until:
        await run(fakes, at)
        at += ROUND
    fakes.monitors.ended.clear()


def heartbeats(caplog: pytest.LogCaptureFixture) -> list[dict[str, str]]:
    """The fields of each heartbeat."""
    sent = [message for message in caplog.messages if message.startswith(RECONCILER_HEARTBEAT)]
    return [dict(field.split("=") for field in message.split(" ")[1:]) for message in sent]


class FailingMonitors(RecordingMonitors):
    """Monitors that can't be asked for, some of them.

    Attributes:
        broken: the exports whose monitors can't be asked for.
    """

    def __init__(self, broken: set[str] | None = None) -> None:
        super().__init__()
        self.broken = broken or set()

    async def is_alive(self, export_id: str) -> bool:
        if export_id in self.broken:
            raise LookupError("https://a.blob/c?sig=abc")
        return await super().is_alive(export_id)


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
async def test_a_step_that_is_late_is_recorded_and_its_monitor_is_ended(
    beyond: timedelta, ended: int, fakes: HookedServices
) -> None:
    saved = await waiting(fakes)
    late = 6 * HOUR + LATE_AFTER + beyond
    await keep_running(fakes, late)
    assert await run(fakes, late) == 0
    assert fakes.monitors.ended == [(saved.export.id, "It is late.")] * ended
    stored = (await fakes.stored(saved.export.id)).export
    assert stored.failures == ended
    assert (await fakes.event_types(saved.export.id)).count(EventType.BACKED_OFF) == ended
    assert stored.next_step_at is not None
    assert (stored.next_step_at > fakes.clock.now) is bool(ended)


async def test_a_monitor_that_was_ended_is_started_when_its_step_is_due_again(fakes: HookedServices) -> None:
    saved = await waiting(fakes)
    await keep_running(fakes, 8 * HOUR)
    assert saved.export.id in fakes.monitors.started
    assert saved.export.id in fakes.monitors.alive


async def test_a_late_export_without_a_monitor_is_recorded_and_gets_one(fakes: HookedServices) -> None:
    saved = await waiting(fakes)
    await keep_running(fakes, 6 * HOUR + LATE_AFTER + MINUTE)
    fakes.monitors.alive.clear()
    assert await run(fakes, 6 * HOUR + LATE_AFTER + MINUTE) == 1
    assert fakes.monitors.ended == []
    assert (await fakes.stored(saved.export.id)).export.failures == 1


async def test_a_step_that_was_done_meanwhile_is_not_recorded_as_late(fakes: HookedServices) -> None:
    saved = await waiting(fakes)
    await keep_running(fakes, 6 * HOUR + LATE_AFTER + MINUTE)
    done = replace(saved.export, next_step_at=NOW + 7 * HOUR)

    async def finish() -> None:
        del fakes.hooks.before["Exports.get"]
        fakes.hooks.before["Exports.get"] = save

    async def save() -> None:
        del fakes.hooks.before["Exports.get"]
        await fakes.services.records.save(saved, done)

    fakes.hooks.before["Exports.get"] = finish
    await run(fakes, 6 * HOUR + LATE_AFTER + MINUTE)
    assert len(fakes.monitors.ended) == 1
    assert (await fakes.stored(saved.export.id)).export == done


async def test_a_step_whose_record_somebody_overtakes_is_left_to_them(
    fakes: HookedServices, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, telemetry_events.__name__)
    saved = await waiting(fakes)
    await keep_running(fakes, 6 * HOUR + LATE_AFTER + MINUTE)

    async def overtake() -> None:
        del fakes.hooks.before["Exports.transact"]
        await fakes.services.records.save(saved, replace(saved.export, reference="case 7"))

    fakes.hooks.before["Exports.transact"] = overtake
    await run(fakes, 6 * HOUR + LATE_AFTER + MINUTE)
    stored = (await fakes.stored(saved.export.id)).export
    assert (stored.reference, stored.failures) == ("case 7", 0)
    assert heartbeats(caplog)[-1]["failed"] == "0", "it is in good hands"


async def test_an_app_that_was_stopped_makes_nothing_late(fakes: HookedServices) -> None:
    saved = await waiting(fakes)
    await keep_running(fakes, 3 * HOUR)
    for round_ in range(4):
        await run(fakes, 7 * HOUR + round_ * ROUND)
    assert fakes.monitors.ended == []
    await run(fakes, 7 * HOUR + 4 * ROUND)
    assert [export_id for export_id, _ in fakes.monitors.ended] == [saved.export.id]


async def test_where_rounds_are_rare_the_first_to_see_a_due_step_gives_it_a_monitor(fakes: HookedServices) -> None:
    erased = NOW + 5.5 * HOUR
    saved = await fakes.store(without_events(replace(succeeded(now=NOW), erase_at=erased, next_step_at=erased)))
    for hours in range(1, 7):
        await run(fakes, hours * HOUR)
    assert fakes.monitors.started == [saved.export.id]
    assert EventType.BACKED_OFF not in await fakes.event_types(saved.export.id)
    await run(fakes, 7 * HOUR)
    assert EventType.BACKED_OFF in await fakes.event_types(saved.export.id)


async def test_rounds_that_die_on_their_way_are_no_gap(fakes: HookedServices) -> None:
    saved = await waiting(fakes)
    await keep_running(fakes, 6 * HOUR)
    fakes.hooks.die_before("Exports.get")
    for minutes in (5, 10, 15):
        with pytest.raises(ProcessDied):
            await run(fakes, 6 * HOUR + minutes * MINUTE)
    fakes.hooks.clear()
    await run(fakes, 6 * HOUR + 20 * MINUTE)
    assert [export_id for export_id, _ in fakes.monitors.ended] == [saved.export.id]


async def test_an_export_whose_steps_always_die_ends_at_its_age_limit(fakes: HookedServices) -> None:
    saved = await waiting(fakes)
    end = LIMITS.abandon_after
    await keep_running(fakes, 7 * HOUR)
    for hours in range(8, int(end.total_seconds() // 3600) + 4):
        await run(fakes, hours * HOUR)
    stored = (await fakes.stored(saved.export.id)).export
    assert stored.status is Status.FAILED
    assert stored.completed_at is not None
    assert NOW + end <= stored.completed_at <= NOW + end + 2 * HOUR


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
    await fakes.store(of_another_person(replace(succeeded(now=NOW), awaits_handover=True, paused_at=NOW)))
    await keep_running(fakes, 6 * HOUR + LATE_AFTER + MINUTE)
    fakes.monitors.alive = {overdue.id}
    caplog.clear()
    await run(fakes, 6 * HOUR + LATE_AFTER + MINUTE)
    assert heartbeats(caplog) == [
        {
            "notStarted": "0",
            "running": "2",
            "oldestAgeHours": "6.27",
            "awaitingHandover": "1",
            "paused": "1",
            "dueSoon": "0",
            "overdue": "1",
            "queued": "0",
            "late": "3",
            "unreadable": "0",
            "failed": "0",
            "failedParts": "0",
            "dispatched": "0",
            "monitorsStarted": "2",
            "monitorsRepaired": "1",
            "submissionsPerDay": str(LIMITS.submissions_per_day),
        }
    ]


async def test_an_export_that_fails_does_not_keep_the_others(
    fakes: HookedServices, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, telemetry_events.__name__)
    saved = [await waiting(fakes, of_another_person(running())) for _ in range(3)]
    broken, *others = sorted(each.export.id for each in saved)
    monitors = FailingMonitors({broken})
    caplog.clear()
    fakes.clock.now = NOW + 6 * HOUR + ROUND
    assert await reconcile(fakes.services, monitors) == 2
    assert sorted(monitors.started) == others
    (heartbeat,) = heartbeats(caplog)
    assert (heartbeat["failed"], heartbeat["failedParts"]) == ("1", "0")
    (error,) = (record.getMessage() for record in caplog.records if record.levelno == logging.ERROR)
    assert broken in error
    assert "LookupError" in error
    assert "sig=abc" not in error


async def test_a_late_step_is_recorded_though_its_monitor_cannot_be_asked_for(fakes: HookedServices) -> None:
    saved = await waiting(fakes)
    await keep_running(fakes, 6 * HOUR + LATE_AFTER + MINUTE)
    monitors = FailingMonitors({saved.export.id})
    fakes.clock.now = NOW + 6 * HOUR + LATE_AFTER + MINUTE
    assert await reconcile(fakes.services, monitors) == 0
    assert [export_id for export_id, _ in monitors.ended] == [saved.export.id]
    assert (await fakes.stored(saved.export.id)).export.failures == 1


async def test_a_late_export_gets_a_monitor_though_it_cannot_be_recorded(fakes: HookedServices) -> None:
    await waiting(fakes)
    await keep_running(fakes, 6 * HOUR + LATE_AFTER + MINUTE)
    fakes.monitors.alive.clear()
    fakes.hooks.fail("Exports.transact")
    assert await run(fakes, 6 * HOUR + LATE_AFTER + MINUTE) == 1


async def test_a_row_that_cannot_be_read_does_not_keep_the_others(
    fakes: HookedServices, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, telemetry_events.__name__)
    bad, good = await waiting(fakes), await waiting(fakes, of_another_person(running()))
    key = {"PartitionKey": bad.export.id, "RowKey": "export"}
    fakes.tables[TableName.EXPORTS].apply([Upsert({**key, "stage": "OfANewerVersion"})])
    bad_entry = {"PartitionKey": "index", "RowKey": "step|0|", "exportId": 7}
    fakes.tables[TableName.INDEX].apply([Upsert(bad_entry)])
    fakes.monitors.alive.clear()
    for _ in range(2):
        caplog.clear()
        await run(fakes, 6 * HOUR + ROUND)
        assert fakes.monitors.alive == {good.export.id}
        (heartbeat,) = heartbeats(caplog)
        assert heartbeat["unreadable"] == "2"
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert any(bad.export.id in warning for warning in warnings)


@pytest.mark.parametrize(
    ("call", "failed", "absent"),
    [
        ("ExportIndex.range", 5, {"running", "overdue", "queued"}),
        ("ExportIndex.transact", 1, set()),
        ("Exports.get", 1, set()),
    ],
)
async def test_a_heartbeat_is_sent_though_parts_of_the_round_fail(
    call: str, failed: int, absent: set[str], fakes: HookedServices, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, telemetry_events.__name__)
    await waiting(fakes)
    caplog.clear()
    fakes.hooks.fail(call)
    await run(fakes, 6 * HOUR + ROUND)
    (heartbeat,) = heartbeats(caplog)
    assert heartbeat["failedParts"] == str(failed)
    assert {"running", "overdue", "queued"} - heartbeat.keys() == absent


class SlowMonitors(RecordingMonitors):
    """Monitors that are all alive, and take time to say so.

    Attributes:
        asked: the exports whose monitors were asked for, in order.
    """

    def __init__(self, clock: ManualClock, takes: timedelta) -> None:
        super().__init__()
        self._clock, self._takes = clock, takes
        self.asked: list[str] = []

    async def is_alive(self, export_id: str) -> bool:
        self.asked.append(export_id)
        self._clock.now += self._takes
        return True


async def test_a_round_that_runs_out_of_time_is_gone_on_with_and_none_is_left_out(fakes: HookedServices) -> None:
    saved = [await waiting(fakes, of_another_person(running())) for _ in range(3 * EXPORTS_PER_TRANSACTION)]
    await keep_running(fakes, 6 * HOUR + ROUND)
    rounds = []
    for number in range(3):
        monitors = SlowMonitors(fakes.clock, DUE_TIME_LIMIT / (1.5 * EXPORTS_PER_TRANSACTION))
        fakes.clock.now = NOW + 6 * HOUR + (number + 1) * ROUND
        await reconcile(fakes.services, monitors)
        assert len(monitors.asked) == 2 * EXPORTS_PER_TRANSACTION
        rounds.append(set(monitors.asked))
    everyone = {each.export.id for each in saved}
    assert rounds[0] != rounds[1]
    assert rounds[0] | rounds[1] == rounds[1] | rounds[2] == everyone


async def test_a_round_that_goes_on_looks_after_each_once_and_the_next_begins_at_the_start(
    fakes: HookedServices,
) -> None:
    saved = [await waiting(fakes, of_another_person(running())) for _ in range(3 * EXPORTS_PER_TRANSACTION)]
    await keep_running(fakes, 6 * HOUR + ROUND)
    fakes.clock.now = NOW + 6 * HOUR + ROUND
    await reconcile(fakes.services, SlowMonitors(fakes.clock, DUE_TIME_LIMIT / EXPORTS_PER_TRANSACTION))
    progress = (await fakes.services.maintenance.load()).rounds
    assert progress is not None
    assert progress.place is not None
    monitors = SlowMonitors(fakes.clock, timedelta())
    fakes.clock.now = NOW + 6 * HOUR + 2 * ROUND
    await reconcile(fakes.services, monitors)
    assert sorted(monitors.asked) == sorted(each.export.id for each in saved)
    progress = (await fakes.services.maintenance.load()).rounds
    assert progress is not None
    assert progress.place is None


async def test_a_round_costs_by_what_is_due_and_not_by_what_is_kept(fakes: HookedServices) -> None:
    await waiting(fakes)
    fakes.hooks.calls.clear()
    await run(fakes, 2 * HOUR)
    few = len(fakes.hooks.calls)
    for _ in range(20):
        await waiting(fakes, of_another_person(succeeded(now=NOW)))
    fakes.hooks.calls.clear()
    await run(fakes, 2 * HOUR + ROUND)
    assert len(fakes.hooks.calls) == few


def test_a_round_and_a_sweep_end_before_the_host_ends_them() -> None:
    host = json.loads((Path(__file__).parents[2] / "host.json").read_text())
    hours, minutes, seconds = map(int, host["functionTimeout"].split(":"))
    limit = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    pieces = 2 * PART_TIME_LIMIT + SECRETS_TIME_LIMIT
    assert limit > 3 * READ_TIME_LIMIT + DISPATCH_TIME_LIMIT + LOOK_TIME_LIMIT + pieces
    assert limit > HISTORY_TIME_LIMIT + SECRETS_TIME_LIMIT + PART_TIME_LIMIT + pieces
    assert DUE_TIME_LIMIT < LOOK_TIME_LIMIT
    assert PIECE_TIME_LIMIT < PART_TIME_LIMIT
    assert SECRETS_PIECE_TIME_LIMIT < SECRETS_TIME_LIMIT


async def test_a_round_that_finds_nothing_leaves_no_span_of_what_it_read(
    fakes: HookedServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    with quiet_traffic(fakes, monkeypatch) as traffic:
        await run(fakes, HOUR)
    assert traffic.reads > 5
    assert traffic.spans == []
