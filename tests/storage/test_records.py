"""The records, on a real table."""

import asyncio
from dataclasses import replace

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.data.tables.aio import TableClient

from local.azurite import Azurite
from shared.exports import endings
from shared.exports.ids import new_export_id
from shared.exports.model import Export, File, Files, Notice
from shared.exports.moves import warned
from shared.storage.records import MANIFEST_PAGE, AlreadyRecordedError, ConflictError, Records
from tests.exports.samples import DAY, NOW, SECOND, accepted, complete, succeeded, without_events


def fresh(export: Export | None = None) -> Export:
    return replace(export or accepted(), id=new_export_id())


async def trail(table: TableClient, export_id: str) -> list[str]:
    rows = table.query_entities(f"PartitionKey eq '{export_id}' and RowKey lt 'export'")
    return [row["eventType"] async for row in rows]


async def test_an_export_reads_back_as_it_was_stored(records: Records) -> None:
    export = fresh(succeeded(2, 2**40))
    stored = await records.insert(export)
    assert stored.export == without_events(export)
    assert await records.get(export.id) == stored


async def test_an_export_that_is_not_there(records: Records) -> None:
    assert await records.get(new_export_id()) is None


async def test_a_state_and_its_events_are_stored_together(records: Records, table: TableClient) -> None:
    stored = await records.insert(fresh())
    changed = warned(stored.export, Notice("Late", "Soon."), NOW + DAY)
    assert (await records.save(stored, changed)).export == without_events(changed)
    assert await trail(table, changed.id) == ["Accepted", "Warned"]


async def test_of_two_writers_one_wins_and_the_other_stores_nothing(records: Records, table: TableClient) -> None:
    stored = await records.insert(fresh())
    changes = [records.save(stored, warned(stored.export, Notice(f"N{n}", "n"), NOW)) for n in range(10)]
    results = await asyncio.gather(*changes, return_exceptions=True)
    assert sum(isinstance(result, ConflictError) for result in results) == 9
    read = await records.get(stored.export.id)
    assert read is not None
    assert len(read.export.warnings) == 1
    assert await trail(table, stored.export.id) == ["Accepted", "Warned"]


async def test_a_race_of_the_same_export_records_one(records: Records, table: TableClient) -> None:
    export = fresh()
    results = await asyncio.gather(*(records.insert(export) for _ in range(20)), return_exceptions=True)
    assert sum(isinstance(result, AlreadyRecordedError) for result in results) == 19
    assert await trail(table, export.id) == ["Accepted"]


async def test_the_table_is_made_with_the_first_export(azurite: Azurite) -> None:
    credential = AzureNamedKeyCredential(azurite.records_account, azurite.records_key)
    endpoint, ca_bundle = azurite.table_endpoint, str(azurite.ca_bundle)
    async with TableClient(endpoint, "Unmade", credential=credential, connection_verify=ca_bundle) as table:
        records = Records(table)
        await records.reachable()
        assert await records.get("x") is None
        assert [found async for found in records.due_before(NOW)] == []
        await asyncio.gather(*(records.insert(fresh()) for _ in range(5)))


async def test_late_exports_are_found_and_ended_ones_are_not(records: Records) -> None:
    late = await records.insert(fresh())
    ended = await records.insert(fresh(endings.erased(succeeded(), NOW)))
    found = dict([found async for found in records.due_before(NOW + SECOND)])
    assert found[late.export.id] == NOW
    assert ended.export.id not in found
    assert late.export.id not in dict([found async for found in records.due_before(NOW)])


async def test_the_end_of_a_retention_falls_due(records: Records) -> None:
    kept = await records.insert(fresh(succeeded()))
    assert kept.export.next_step_at is not None
    assert kept.export.id in dict([found async for found in records.due_before(kept.export.next_step_at + SECOND)])


def lines(count: int) -> list[File]:
    return [File(name=f"f{n}", size=2**40, md5="m", sha256="s" if n else None, modified_at=NOW) for n in range(count)]


async def test_a_manifest_is_stored_with_the_state_and_read_back_in_order(records: Records) -> None:
    saved, files = await records.insert(fresh(complete())), lines(2 * MANIFEST_PAGE)
    for start in (0, MANIFEST_PAGE):
        page = files[start : start + MANIFEST_PAGE]
        export = replace(saved.export, files=Files(count=start + len(page), total_bytes=1))
        saved = await records.save(saved, export, page)
    assert [file async for file in records.files(saved.export)] == files
    with pytest.raises(ConflictError):
        await records.save(replace(saved, etag="W/\"datetime'2020'\""), saved.export, lines(1))
    assert [file async for file in records.files(saved.export)] == files
    await records.erase_files(saved.export.id)
    await records.erase_files(saved.export.id)
    assert [file async for file in records.files(saved.export)] == []
    assert await records.get(saved.export.id) == saved


async def test_the_trail_reads_back(records: Records) -> None:
    export = fresh(succeeded())
    await records.insert(export)
    assert await records.trail(export.id) == list(export.unsaved)
    assert await records.trail(new_export_id()) == []


@pytest.mark.parametrize("text", ["Ünïcødé 日本", "a'b\"c", "x" * 128])
async def test_any_reference_is_kept(records: Records, text: str) -> None:
    stored = await records.insert(replace(fresh(), reference=text))
    read = await records.get(stored.export.id)
    assert read is not None
    assert read.export.reference == text
