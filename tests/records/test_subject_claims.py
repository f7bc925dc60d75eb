"""Claims on a person, on a real table."""

import asyncio
from dataclasses import replace

import pytest

from shared.exports.exceptions import ConflictError, SubjectBusyError
from shared.exports.export import Problem
from shared.exports.ids import new_export_id
from shared.exports.transitions.ending import fail
from shared.records.export_records import ExportRecords, SavedExport
from tests.exports.samples import LIMITS, MINUTE, NOW, accepted
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
    await records.insert(replace(gone, id=new_export_id(), updated_at=NOW + MINUTE))
