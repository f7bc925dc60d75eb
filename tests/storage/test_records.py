"""The records, on a real table."""

import asyncio
from dataclasses import replace

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.data.tables.aio import TableClient

from local.stack.azurite import Azurite
from shared.exports.audit_trail import add_warning
from shared.exports.exceptions import AlreadyRecordedError, ConflictError, SubjectBusyError
from shared.exports.export import Export, ExportWarning, File, ManifestProgress, Problem
from shared.exports.ids import new_export_id
from shared.exports.states_and_codes import Status
from shared.exports.transitions import cancellation
from shared.exports.transitions.ending import fail
from shared.records.export_index import ExportIndex
from shared.records.export_records import MANIFEST_LINES_PER_WRITE, ExportRecords, SavedExport
from shared.records.index_keys import ExportFilter, listing_keys
from shared.records.table_names import TableName
from shared.storage.azure_table import AzureTable
from tests.exports.samples import DAY, LIMITS, MINUTE, NOW, SECOND, accepted, complete, succeeded, without_events


def fresh(export: Export | None = None) -> Export:
    """Of a person of its own."""
    export = export or accepted()
    return replace(export, id=new_export_id(), subject=replace(export.subject, id=new_export_id()))


async def trail(table: TableClient, export_id: str) -> list[str]:
    rows = table.query_entities(f"PartitionKey eq '{export_id}' and RowKey lt 'export'")
    return [row["eventType"] async for row in rows]


async def test_an_export_reads_back_as_it_was_stored(records: ExportRecords) -> None:
    export = fresh(succeeded(2, 2**40))
    stored = await records.insert(export)
    assert stored.export == without_events(export)
    assert await records.get(export.id) == stored


async def test_an_export_that_is_not_there(records: ExportRecords) -> None:
    assert await records.get(new_export_id()) is None


async def test_a_state_and_its_events_are_stored_together(records: ExportRecords, table: TableClient) -> None:
    stored = await records.insert(fresh())
    changed = add_warning(stored.export, ExportWarning("Late", "Soon."), NOW + DAY)
    assert (await records.save(stored, changed)).export == without_events(changed)
    assert await trail(table, changed.id) == ["Accepted", "Warned"]


async def test_of_two_writers_one_wins_and_the_other_stores_nothing(records: ExportRecords, table: TableClient) -> None:
    stored = await records.insert(fresh())
    changes = [records.save(stored, add_warning(stored.export, ExportWarning(f"N{n}", "n"), NOW)) for n in range(10)]
    results = await asyncio.gather(*changes, return_exceptions=True)
    assert sum(isinstance(result, ConflictError) for result in results) == 9
    read = await records.get(stored.export.id)
    assert read is not None
    assert len(read.export.warnings) == 1
    assert await trail(table, stored.export.id) == ["Accepted", "Warned"]


async def test_a_race_of_the_same_export_records_one(records: ExportRecords, table: TableClient) -> None:
    export = fresh()
    results = await asyncio.gather(*(records.insert(export) for _ in range(20)), return_exceptions=True)
    assert sum(isinstance(result, AlreadyRecordedError) for result in results) == 19
    assert await trail(table, export.id) == ["Accepted"]


async def test_the_table_is_made_with_the_first_export(azurite: Azurite) -> None:
    credential = AzureNamedKeyCredential(azurite.records_account, azurite.records_key)
    endpoint, ca_bundle = azurite.table_endpoint, str(azurite.ca_bundle)
    async with AzureTable(endpoint, "Unmade", credential=credential, connection_verify=ca_bundle) as table:
        index = AzureTable(endpoint, "UnmadeIndex", credential=credential, connection_verify=ca_bundle)
        records = ExportRecords(table, ExportIndex(index))
        await records.reachable()
        assert await records.page(ExportFilter(), None, 10) == ([], None)
        assert await records.get("x") is None
        assert [found async for found in records.due_before(NOW)] == []
        assert [found async for found in records.open()] == []
        await records.mend_index(NOW)
        async with index:
            await asyncio.gather(*(records.insert(fresh()) for _ in range(5)))


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


async def test_the_trail_reads_back(records: ExportRecords) -> None:
    export = fresh(succeeded())
    await records.insert(export)
    assert await records.trail(export.id) == list(export.unsaved)
    assert await records.trail(new_export_id()) == []


@pytest.mark.parametrize("text", ["Ünïcødé 日本", "a'b\"c", "x" * 128])
async def test_any_reference_is_kept(records: ExportRecords, text: str) -> None:
    stored = await records.insert(replace(fresh(), reference=text))
    read = await records.get(stored.export.id)
    assert read is not None
    assert read.export.reference == text


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


async def test_a_claim_whose_export_never_came_does_not_hold_for_ever(
    records: ExportRecords, index: ExportIndex
) -> None:
    gone = fresh()
    await index.enter(gone, claim=True)
    with pytest.raises(ConflictError):
        await records.insert(replace(gone, id=new_export_id()))
    await records.insert(replace(gone, id=new_export_id(), updated_at=NOW + MINUTE))


async def pages(records: ExportRecords, query: ExportFilter, top: int) -> list[list[str]]:
    found, after = [], None
    while True:
        exports, after = await records.page(query, after, top)
        found.append([export.id for export in exports])
        if after is None:
            return found


async def test_exports_are_listed_newest_first_page_by_page(records: ExportRecords) -> None:
    reference = new_export_id()
    made = [
        replace(fresh(), reference=reference, created_at=NOW + n * SECOND, due_at=NOW + (20 - n) * DAY)
        for n in range(7)
    ]
    for export in made:
        await records.insert(export)
    newest_first = [export.id for export in reversed(made)]
    assert await pages(records, ExportFilter(reference=reference), 3) == [
        newest_first[:3],
        newest_first[3:6],
        newest_first[6:],
    ]
    assert await pages(records, ExportFilter(reference=reference, due_before=NOW + 15 * DAY), 50) == [newest_first[:1]]
    assert await pages(records, ExportFilter(subject_id=made[2].subject.id), 50) == [[made[2].id]]
    assert await pages(records, ExportFilter(subject_id=made[2].subject.id, status=Status.FAILED), 50) == [[]]
    listed = [id_ for page in await pages(records, ExportFilter(), 50) for id_ in page]
    assert [id_ for id_ in listed if id_ in newest_first] == newest_first
    due = [id_ for page in await pages(records, ExportFilter(due_before=NOW + 18 * DAY), 50) for id_ in page]
    assert [id_ for id_ in due if id_ in newest_first] == newest_first[:4], "soonest due first"


async def test_a_listing_by_status_follows_the_status(records: ExportRecords) -> None:
    saved = await records.insert(fresh())

    async def listed(status: Status) -> bool:
        return any(saved.export.id in page for page in await pages(records, ExportFilter(status=status), 100))

    assert await listed(Status.NOT_STARTED)
    await records.save(saved, fail(saved.export, Problem("X", "x"), NOW, LIMITS))
    assert not await listed(Status.NOT_STARTED)
    assert await listed(Status.FAILED)
    with pytest.raises(ConflictError):
        await records.save(saved, cancellation.cancel(saved.export, NOW, LIMITS))
    assert not await listed(Status.CANCELED), "an entry that came to nothing is not believed"


async def test_a_listing_by_reference_and_status_has_whole_pages(records: ExportRecords) -> None:
    reference = new_export_id()
    asked_for = [replace(fresh(), reference=reference, created_at=NOW + n * SECOND) for n in range(6)]
    made = [await records.insert(export) for export in asked_for]
    failing = [saved.export.id for saved in made[::2]]
    for saved in made[::2]:
        await records.save(saved, fail(saved.export, Problem("X", "x"), NOW, LIMITS))
    newest_first = failing[::-1]
    assert await pages(records, ExportFilter(reference=reference, status=Status.FAILED), 2) == [
        newest_first[:2],
        newest_first[2:],
    ]
    waiting = await pages(records, ExportFilter(reference=reference, status=Status.NOT_STARTED), 50)
    assert waiting == [[saved.export.id for saved in made[1::2]][::-1]]


async def test_a_status_is_left_though_a_row_of_it_is_gone(
    records: ExportRecords, index: ExportIndex, azurite: Azurite
) -> None:
    saved = await records.insert(fresh())
    await index.leave_status(saved.export)
    await index.leave_status(saved.export)
    await index.enter_status(saved.export)
    credential = AzureNamedKeyCredential(azurite.records_account, azurite.records_key)
    async with AzureTable(
        azurite.table_endpoint, TableName.INDEX, credential=credential, connection_verify=str(azurite.ca_bundle)
    ) as rows:
        of_status = [key for key in listing_keys(saved.export) if key.startswith("status")]
        await rows.delete_entity("index", of_status[0])
        await index.leave_status(saved.export)
        left = [row["RowKey"] async for row in rows.query_entities(f"exportId eq '{saved.export.id}'")]
    assert len(of_status) == 2
    assert not set(of_status) & set(left)


async def test_a_row_that_was_left_over_lists_nothing_twice(records: ExportRecords, index: ExportIndex) -> None:
    saved = await records.insert(replace(fresh(), reference=new_export_id()))
    asked_again = replace(saved.export, created_at=saved.export.created_at + SECOND)
    await index.enter(asked_again, claim=False)
    assert await pages(records, ExportFilter(reference=saved.export.reference), 50) == [[saved.export.id]]


CALLBACK_URL = "https://hooks.contoso.com/run?sig=secret"


async def with_callback(records: ExportRecords) -> SavedExport:
    return await records.insert(replace(fresh(), has_callback=True), CALLBACK_URL)


async def rows_of(table: TableClient, export_id: str) -> dict[str, str]:
    rows = table.query_entities(f"PartitionKey eq '{export_id}'")
    return {row["RowKey"]: str(row) async for row in rows}


async def test_the_callers_own_url_is_in_a_row_of_its_own_and_in_no_other(
    records: ExportRecords, table: TableClient
) -> None:
    export = (await with_callback(records)).export
    rows = await rows_of(table, export.id)
    assert [key for key, row in rows.items() if "secret" in row] == ["secret-callback"]
    assert [key for key, row in rows.items() if "sig=" in row] == ["secret-callback"]
    assert await records.callback_url(export.id) == CALLBACK_URL
    assert await records.callback_url(new_export_id()) is None
    assert [event.type for event in await records.trail(export.id)] == ["Accepted"]


async def test_an_export_that_was_not_stored_left_no_url(records: ExportRecords) -> None:
    first = await records.insert(fresh())
    second = replace(first.export, id=new_export_id(), has_callback=True, unsaved=accepted().unsaved)
    with pytest.raises(SubjectBusyError):
        await records.insert(second, CALLBACK_URL)
    assert await records.callback_url(second.id) is None


async def test_the_url_goes_with_the_state_that_needs_it_no_more(records: ExportRecords, table: TableClient) -> None:
    saved = await with_callback(records)
    told = replace(saved.export, has_callback=False)
    with pytest.raises(ConflictError):
        await records.save(replace(saved, etag="W/\"datetime'2020'\""), told)
    assert await records.callback_url(told.id) == CALLBACK_URL
    await records.save(saved, told)
    assert "secret-callback" not in await rows_of(table, told.id)


async def test_a_url_that_somebody_took_away_by_hand_stops_nothing(records: ExportRecords, table: TableClient) -> None:
    saved = await with_callback(records)
    await table.delete_entity(saved.export.id, "secret-callback")
    told = replace(saved.export, has_callback=False)
    assert (await records.save(saved, told)).export == told
