"""Exports, on a real table."""

import asyncio
from dataclasses import replace

import pytest

from shared.exports.audit_trail import add_warning
from shared.exports.exceptions import AlreadyRecordedError, ConflictError
from shared.exports.export import ExportWarning, File, ManifestProgress
from shared.exports.ids import new_export_id
from shared.records.export_records import MANIFEST_LINES_PER_WRITE, ExportRecords
from shared.records.index_keys import ExportFilter
from tests.exports.samples import DAY, NOW, complete, succeeded, without_events
from tests.records.record_set import RecordSet, fresh


async def trail(records: ExportRecords, export_id: str) -> list[str]:
    return [event.type for event in await records.events(export_id)]


async def test_an_export_reads_back_as_it_was_stored(records: ExportRecords) -> None:
    export = fresh(succeeded(2, 2**40))
    stored = await records.insert(export)
    assert stored.export == without_events(export)
    assert await records.get(export.id) == stored


async def test_an_export_that_is_not_there(records: ExportRecords) -> None:
    assert await records.get(new_export_id()) is None


async def test_a_state_and_its_events_are_stored_together(records: ExportRecords) -> None:
    stored = await records.insert(fresh())
    changed = add_warning(stored.export, ExportWarning("Late", "Soon."), NOW + DAY)
    assert (await records.save(stored, changed)).export == without_events(changed)
    assert await trail(records, changed.id) == ["Accepted", "Warned"]


async def test_of_two_writers_one_wins_and_the_other_stores_nothing(records: ExportRecords) -> None:
    stored = await records.insert(fresh())
    changes = [records.save(stored, add_warning(stored.export, ExportWarning(f"N{n}", "n"), NOW)) for n in range(10)]
    results = await asyncio.gather(*changes, return_exceptions=True)
    assert sum(isinstance(result, ConflictError) for result in results) == 9
    read = await records.get(stored.export.id)
    assert read is not None
    assert len(read.export.warnings) == 1
    assert await trail(records, stored.export.id) == ["Accepted", "Warned"]


async def test_a_race_of_the_same_export_records_one(records: ExportRecords) -> None:
    export = fresh()
    results = await asyncio.gather(*(records.insert(export) for _ in range(20)), return_exceptions=True)
    assert sum(isinstance(result, AlreadyRecordedError) for result in results) == 19
    assert await trail(records, export.id) == ["Accepted"]


async def test_the_tables_are_made_with_the_first_export(record_set: RecordSet) -> None:
    await record_set.records.check_readable()
    assert await record_set.queries.page(ExportFilter(), None, 10) == ([], None)
    assert await record_set.records.get("x") is None
    assert [page async for page in record_set.queries.due_pages(NOW)] == []
    assert [found async for found in record_set.queries.unanswered_exports()] == []
    await asyncio.gather(*(record_set.records.insert(fresh()) for _ in range(5)))


def lines(count: int) -> list[File]:
    return [File(name=f"f{n}", size=2**40, md5="m", sha256="s" if n else None, modified_at=NOW) for n in range(count)]


async def test_a_manifest_is_stored_with_the_state_and_read_back_in_order(records: ExportRecords) -> None:
    saved, files = await records.insert(fresh(complete())), lines(2 * MANIFEST_LINES_PER_WRITE)
    for start in (0, MANIFEST_LINES_PER_WRITE):
        page = files[start : start + MANIFEST_LINES_PER_WRITE]
        export = replace(saved.export, files=ManifestProgress(count=start + len(page), total_bytes=1))
        saved = await records.save(saved, export, page)
    assert [file async for file in records.files(saved.export)] == files
    with pytest.raises(ConflictError):
        await records.save(replace(saved, etag="W/\"datetime'2020'\""), saved.export, lines(1))
    assert [file async for file in records.files(saved.export)] == files
    await records.erase_files(saved.export.id)
    await records.erase_files(saved.export.id)
    assert [file async for file in records.files(saved.export)] == []
    assert await records.get(saved.export.id) == saved


async def test_erasures_at_once_are_no_error(record_set: RecordSet) -> None:
    records = record_set.records
    saved, files = await records.insert(fresh(complete())), lines(40)
    saved = await records.save(saved, replace(saved.export, files=ManifestProgress(count=40)), files)
    await asyncio.gather(*(records.erase_files(saved.export.id) for _ in range(5)))
    assert [file async for file in records.files(saved.export)] == []


async def test_the_trail_reads_back(records: ExportRecords) -> None:
    export = fresh(succeeded())
    await records.insert(export)
    assert await records.events(export.id) == list(export.unsaved)
    assert await records.events(new_export_id()) == []


@pytest.mark.parametrize("text", ["Ünïcødé 日本", "a'b\"c", "x" * 128])
async def test_any_reference_is_kept(records: ExportRecords, text: str) -> None:
    stored = await records.insert(replace(fresh(), reference=text))
    read = await records.get(stored.export.id)
    assert read is not None
    assert read.export.reference == text
