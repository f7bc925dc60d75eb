"""Claims on a person, on a real table."""

import asyncio
from dataclasses import replace
from datetime import datetime

import pytest

from shared.exports.exceptions import ConflictError, SubjectBusyError
from shared.exports.export import Export, Problem
from shared.exports.ids import new_export_id
from shared.exports.transitions import export_retry
from shared.exports.transitions.ending import fail
from shared.protocols import Upsert
from shared.records.export_records import ExportRecords, SavedExport
from shared.records.subject_claims import CLAIM_AHEAD
from tests.exports.samples import CALLER, DAY, HOUR, LIMITS, NAMED, NOW, accepted, running
from tests.records.record_set import RecordSet, fresh


async def test_of_two_open_exports_of_a_person_one_is_refused(records: ExportRecords) -> None:
    first = await records.insert(fresh())
    second = replace(first.export, id=new_export_id(), unsaved=accepted().unsaved)
    with pytest.raises(SubjectBusyError) as busy:
        await records.insert(second)
    assert busy.value.export_id == first.export.id
    assert await records.get(second.id) is None
    await records.insert(replace(second, id=new_export_id(), allow_duplicate=True))
    await records.save(first, fail(first.export, Problem("X", "x"), NOW, LIMITS))
    await records.insert(second)


async def test_a_race_for_a_person_makes_one_export(records: ExportRecords) -> None:
    subject = fresh().subject
    results = await asyncio.gather(
        *(records.insert(replace(fresh(), subject=subject)) for _ in range(20)), return_exceptions=True
    )
    assert sum(isinstance(result, SavedExport) for result in results) == 1
    assert sum(isinstance(result, SubjectBusyError | ConflictError) for result in results) == 19


async def test_a_claim_whose_export_never_came_does_not_hold_for_ever(record_set: RecordSet) -> None:
    records, gone = record_set.records, fresh()
    await record_set.claims.claim(gone)
    with pytest.raises(ConflictError):
        await records.insert(replace(gone, id=new_export_id()))
    record_set.clock.now += CLAIM_AHEAD
    await records.insert(replace(gone, id=new_export_id()))


async def test_the_claim_of_an_export_that_is_being_retried_is_not_taken(record_set: RecordSet) -> None:
    records, saved = record_set.records, await ended(record_set)
    reopened = reopen_at(record_set, saved, NOW + DAY)
    await record_set.claims.claim(reopened)
    with pytest.raises(ConflictError):
        await records.insert(another(saved, record_set.clock.now))
    await records.save(saved, reopened)
    with pytest.raises(SubjectBusyError) as busy:
        await records.insert(another(saved, record_set.clock.now))
    assert busy.value.export_id == saved.export.id


async def test_a_call_that_meets_a_retry_waits_for_it(record_set: RecordSet) -> None:
    records, saved = record_set.records, await ended(record_set)
    reopened = reopen_at(record_set, saved, NOW + DAY)
    await record_set.claims.claim(reopened)

    async def retry() -> None:
        await asyncio.sleep(0)
        await records.save(saved, reopened)

    results = await asyncio.gather(
        records.insert(another(saved, record_set.clock.now)), retry(), return_exceptions=True
    )
    assert isinstance(results[0], SubjectBusyError)


async def test_a_retry_that_never_came_does_not_hold_the_claim_for_ever(record_set: RecordSet) -> None:
    saved = await ended(record_set)
    reopened = reopen_at(record_set, saved, NOW + DAY)
    await record_set.claims.claim(reopened)
    record_set.clock.now += CLAIM_AHEAD
    new = await record_set.records.insert(another(saved, record_set.clock.now))
    # The process that retries was only slow: its export is open now, and it finds out before it is submitted.
    slow = await record_set.records.save(saved, reopened)
    assert await record_set.claims.holder_of(slow.export) == new.export.id
    assert await record_set.claims.holder_of(new.export) is None


async def test_a_claim_whose_holder_has_ended_goes_back_to_who_needs_it(record_set: RecordSet) -> None:
    saved = await ended(record_set)
    new = await record_set.records.insert(another(saved, NOW + DAY))
    reopened = reopen_at(record_set, saved, NOW + DAY)
    again = await record_set.records.save(saved, reopened)
    assert await record_set.claims.holder_of(again.export) == new.export.id
    await record_set.records.save(new, fail(new.export, Problem("X", "x"), NOW + 2 * DAY, LIMITS))
    assert await record_set.claims.holder_of(again.export) is None
    with pytest.raises(SubjectBusyError) as busy:
        await record_set.records.insert(another(saved, NOW + 2 * DAY))
    assert busy.value.export_id == again.export.id


async def test_a_claim_that_was_lost_is_made_again(record_set: RecordSet) -> None:
    saved = await record_set.records.insert(fresh())
    (key,) = await record_set.index_keys("claim|")
    await record_set.index.remove(key)
    assert await record_set.claims.holder_of(saved.export) is None
    assert await record_set.index_keys("claim|") == [key]


async def test_a_claim_that_is_ahead_of_its_export_for_ever_is_taken_in_time(record_set: RecordSet) -> None:
    saved = await record_set.records.insert(fresh())
    (key,) = await record_set.index_keys("claim|")
    await record_set.index.remove(key)
    await record_set.claims.claim(another(saved, NOW))  # of a process that died
    with pytest.raises(ConflictError):
        await record_set.claims.holder_of(saved.export)
    record_set.clock.now += CLAIM_AHEAD
    assert await record_set.claims.holder_of(saved.export) is None


async def test_who_allows_a_duplicate_or_is_not_known_yet_has_no_other(record_set: RecordSet) -> None:
    saved = await record_set.records.insert(fresh())
    assert await record_set.claims.holder_of(replace(another(saved, NOW), allow_duplicate=True)) is None
    unknown = replace(another(saved, NOW), subject=NAMED)
    assert await record_set.claims.holder_of(unknown) is None


async def test_a_holder_that_can_not_be_read_counts_as_open(record_set: RecordSet) -> None:
    saved = await ended(record_set)
    for wrong in ({"status": "Paused"}, {"status": "Failed", "lastUpdatedDateTime": "now"}):
        await record_set.exports.transact([Upsert({"PartitionKey": saved.export.id, "RowKey": "export", **wrong})])
        with pytest.raises(SubjectBusyError):
            await record_set.records.insert(another(saved, NOW + DAY))


async def test_a_claim_of_an_earlier_version_can_be_taken_once_its_export_has_ended(record_set: RecordSet) -> None:
    saved = await ended(record_set)
    (key,) = await record_set.index_keys("claim|")
    await record_set.index.remove(key)
    await record_set.index_table.transact(
        [Upsert({"PartitionKey": "index", "RowKey": key, "exportId": saved.export.id})]
    )
    await record_set.records.insert(another(saved, NOW + DAY))


async def ended(record_set: RecordSet) -> SavedExport:
    """An export that has failed."""
    saved = await record_set.records.insert(fresh(running()))
    return await record_set.records.save(saved, fail(saved.export, Problem("X", "x"), NOW + HOUR, LIMITS))


def another(saved: SavedExport, at: datetime) -> Export:
    """A new export of the same person."""
    return replace(fresh(), subject=saved.export.subject, updated_at=at)


def reopen_at(record_set: RecordSet, saved: SavedExport, at: datetime) -> Export:
    """What a retry at that time makes of an export."""
    record_set.clock.now = at
    return export_retry.reopen(saved.export, CALLER, at)
