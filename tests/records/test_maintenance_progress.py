"""How far the timers' work has come is kept, on a real table."""

import logging
from dataclasses import replace

import pytest

from shared.exports.ids import new_export_id
from shared.protocols import Table, Upsert
from shared.records.maintenance_progress import (
    Job,
    Maintenance,
    MaintenanceProgress,
    RepairProgress,
    RoundsProgress,
    SecretsProgress,
    SweepProgress,
)
from tests.exports.samples import HOUR, MINUTE, NOW

NOTHING = Maintenance(rounds=None, repair=None, sweep=None, secrets=None)
ROUNDS = RoundsProgress(running_since=NOW - HOUR, round_before=NOW - 5 * MINUTE, last_round=NOW, place="step|1|x")
REPAIR = RepairProgress(is_scanned=True, place="status-due|Running|1|x")
SWEEP = SweepProgress(
    started_at=NOW,
    marker="/account/export-3",
    seen=3,
    removed=1,
    failed=4,
    unknown=2,
    known_export=new_export_id(),
    candidates=((new_export_id(), "https://account.blob/export-1"), (new_export_id(), "https://account.blob/export-2")),
)
SECRETS = SecretsProgress(place="3|1|x")


async def test_nothing_has_begun_at_first(table: Table) -> None:
    progress = MaintenanceProgress(table)
    assert await progress.load() == NOTHING
    await progress.save(REPAIR)
    await progress.end(Job.REPAIR)
    await progress.end(Job.REPAIR)
    assert await progress.load() == NOTHING


async def test_each_job_is_kept_apart_and_read_as_it_was_stored(table: Table) -> None:
    progress = MaintenanceProgress(table)
    for each in (ROUNDS, REPAIR, SWEEP, SECRETS):
        await progress.save(each)
    assert await progress.load() == Maintenance(rounds=ROUNDS, repair=REPAIR, sweep=SWEEP, secrets=SECRETS)
    await progress.end(Job.SWEEP)
    assert await progress.load() == Maintenance(rounds=ROUNDS, repair=REPAIR, sweep=None, secrets=SECRETS)


async def test_a_place_that_is_no_longer_there_is_forgotten(table: Table) -> None:
    progress = MaintenanceProgress(table)
    rounds, sweep = replace(ROUNDS, place=None), SweepProgress(started_at=NOW + HOUR)
    for each in (ROUNDS, REPAIR, SWEEP, SECRETS, rounds, RepairProgress(), sweep, SecretsProgress()):
        await progress.save(each)
    assert await progress.load() == Maintenance(
        rounds=rounds, repair=RepairProgress(), sweep=sweep, secrets=SecretsProgress()
    )


@pytest.mark.parametrize(
    "edit", [{"candidates": "[1"}, {"candidates": "[1]"}, {"candidates": 7}, {"startedDateTime": "soon"}]
)
async def test_a_row_that_cannot_be_read_lets_its_own_work_start_over(
    edit: dict[str, str | int], table: Table, caplog: pytest.LogCaptureFixture
) -> None:
    progress = MaintenanceProgress(table)
    await progress.save(REPAIR)
    await progress.save(SWEEP)
    await table.transact([Upsert({"PartitionKey": "maintenance", "RowKey": Job.SWEEP.value, **edit})])
    assert await progress.load() == replace(NOTHING, repair=REPAIR)
    (warning,) = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert warning.startswith("The row sweep of maintenance can't be read: ")


async def test_a_row_of_a_version_that_knew_less_lets_its_work_start_over(table: Table) -> None:
    await table.transact([Upsert({"PartitionKey": "maintenance", "RowKey": Job.ROUNDS.value})])
    assert await MaintenanceProgress(table).load() == NOTHING
